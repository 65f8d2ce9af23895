use std::process::ExitCode;

use model::text::Lang;
use server::query::RoomView;

use crate::commands::read::{self, ShowArgs};
use crate::failure::Failure;

/// `bascule room show`
pub(super) fn run(args: &ShowArgs, lang: Lang) -> Result<ExitCode, Failure> {
    read::show::<RoomView>("rooms", Some(&args.id), &args.rest, lang)
}
