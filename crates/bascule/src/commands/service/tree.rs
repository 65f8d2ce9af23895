use std::process::ExitCode;

use clap::Args;
use model::estate::service_tree::ServiceTree;
use model::text::Lang;

use crate::commands::read::{self, ListArgs};
use crate::failure::Failure;

#[derive(Args)]
pub(crate) struct TreeArgs {
    /// Only this service, with its chains whole
    service: Option<String>,
    #[command(flatten)]
    rest: ListArgs,
}

/// `bascule service tree`
pub(super) fn run(args: &TreeArgs, lang: Lang) -> Result<ExitCode, Failure> {
    read::show::<ServiceTree>("service-tree", args.service.as_deref(), &args.rest, lang)
}
