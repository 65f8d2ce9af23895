use std::process::ExitCode;

use model::text::Lang;
use server::query::IncidentView;

use crate::commands::read::{self, ShowArgs};
use crate::failure::Failure;

/// `bascule incident show`
pub(super) fn run(args: &ShowArgs, lang: Lang) -> Result<ExitCode, Failure> {
    read::show::<IncidentView>(
        "incidents",
        Some(&read::numbered("incident", &args.id)),
        &args.rest,
        lang,
    )
}
