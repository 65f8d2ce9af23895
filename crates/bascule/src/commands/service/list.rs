use std::process::ExitCode;

use model::text::Lang;
use server::query::ServiceView;

use crate::commands::read::{self, ListArgs};
use crate::failure::Failure;

/// `bascule service list`
pub(super) fn run(args: &ListArgs, lang: Lang) -> Result<ExitCode, Failure> {
    read::list::<ServiceView>("services", args, lang)
}
