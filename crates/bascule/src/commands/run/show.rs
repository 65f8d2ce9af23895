use std::process::ExitCode;

use model::text::Lang;
use server::query::RunView;

use crate::commands::read::{self, ShowArgs};
use crate::failure::Failure;

/// `bascule run show`
pub(super) fn run(args: &ShowArgs, lang: Lang) -> Result<ExitCode, Failure> {
    read::show::<RunView>("runs", Some(&read::numbered("run", &args.id)), &args.rest, lang)
}
