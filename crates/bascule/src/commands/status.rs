use std::process::ExitCode;

use model::text::Lang;
use server::query::StatusView;

use super::read::{self, ListArgs};
use crate::failure::Failure;

pub(crate) type StatusArgs = ListArgs;

/// `bascule status`
pub(crate) fn run(args: &StatusArgs, lang: Lang) -> Result<ExitCode, Failure> {
    read::show::<StatusView>("status", None, args, lang)
}
