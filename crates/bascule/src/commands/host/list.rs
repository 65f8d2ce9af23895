use std::process::ExitCode;

use model::text::Lang;
use server::query::HostView;

use crate::commands::read::{self, ListArgs};
use crate::failure::Failure;

/// `bascule host list`
pub(super) fn run(args: &ListArgs, lang: Lang) -> Result<ExitCode, Failure> {
    read::list::<HostView>("hosts", args, lang)
}
