use std::process::ExitCode;

use model::text::Lang;
use server::EraView;

use crate::commands::read::{self, ListArgs};
use crate::failure::Failure;

/// `bascule era status`
pub(super) fn run(args: &ListArgs, lang: Lang) -> Result<ExitCode, Failure> {
    read::show::<EraView>("era", None, args, lang)
}
