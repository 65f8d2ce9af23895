use std::process::ExitCode;

use model::text::Lang;
use server::query::ServiceView;

use crate::commands::read::{self, ShowArgs};
use crate::failure::Failure;

/// `bascule service show`
pub(super) fn run(args: &ShowArgs, lang: Lang) -> Result<ExitCode, Failure> {
    read::show::<ServiceView>("services", Some(&args.id), &args.rest, lang)
}
