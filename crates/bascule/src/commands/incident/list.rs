use std::process::ExitCode;

use model::text::Lang;
use server::query::IncidentView;

use crate::commands::read::{self, ListArgs};
use crate::failure::Failure;

/// `bascule incident list`
pub(super) fn run(args: &ListArgs, lang: Lang) -> Result<ExitCode, Failure> {
    read::list::<IncidentView>("incidents", args, lang)
}
