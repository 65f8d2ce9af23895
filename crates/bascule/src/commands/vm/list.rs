use std::process::ExitCode;

use model::text::Lang;
use server::query::VmView;

use crate::commands::read::{self, ListArgs};
use crate::failure::Failure;

/// `bascule vm list`
pub(super) fn run(args: &ListArgs, lang: Lang) -> Result<ExitCode, Failure> {
    read::list::<VmView>("vms", args, lang)
}
