use std::process::ExitCode;

use model::text::Lang;
use server::query::HostView;

use crate::commands::read::{self, ShowArgs};
use crate::failure::Failure;

/// `bascule host show`
pub(super) fn run(args: &ShowArgs, lang: Lang) -> Result<ExitCode, Failure> {
    read::show::<HostView>("hosts", Some(&args.id), &args.rest, lang)
}
