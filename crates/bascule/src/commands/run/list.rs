use std::process::ExitCode;

use model::text::Lang;
use server::query::RunView;

use crate::commands::read::{self, ListArgs};
use crate::failure::Failure;

/// `bascule run list`
pub(super) fn run(args: &ListArgs, lang: Lang) -> Result<ExitCode, Failure> {
    read::list::<RunView>("runs", args, lang)
}
