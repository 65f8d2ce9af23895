use std::process::ExitCode;

use model::text::Lang;
use server::query::VmView;

use crate::commands::read::{self, ShowArgs};
use crate::failure::Failure;

/// `bascule vm show`
pub(super) fn run(args: &ShowArgs, lang: Lang) -> Result<ExitCode, Failure> {
    read::show::<VmView>("vms", Some(&args.id), &args.rest, lang)
}
