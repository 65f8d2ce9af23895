use std::process::ExitCode;

use model::text::Lang;
use server::query::ClusterView;

use crate::commands::read::{self, ListArgs};
use crate::failure::Failure;

/// `bascule cluster status`
pub(super) fn run(args: &ListArgs, lang: Lang) -> Result<ExitCode, Failure> {
    read::show::<ClusterView>("cluster", None, args, lang)
}
