use std::process::ExitCode;

use model::text::Lang;
use server::query::RoomView;

use crate::commands::read::{self, ListArgs};
use crate::failure::Failure;

/// `bascule room list`
pub(super) fn run(args: &ListArgs, lang: Lang) -> Result<ExitCode, Failure> {
    read::list::<RoomView>("rooms", args, lang)
}
