mod draft;
mod key;
mod open;
mod order_file;
mod sign;
mod status;

use std::process::ExitCode;

use clap::Subcommand;
use model::text::Lang;

use super::read::ListArgs;
use crate::failure::Failure;

#[derive(Subcommand)]
pub(crate) enum EraCommand {
    /// Make a person's key for signing orders
    Key(key::KeyArgs),
    /// Draft the order that lets the one controller left go on alone
    Draft(draft::DraftArgs),
    /// Sign an order with a person's key
    Sign(sign::SignArgs),
    /// Hand a signed order to the controller that it names
    Open(open::OpenArgs),
    /// The era, and an opening that is under way
    Status(ListArgs),
}

impl EraCommand {
    pub(super) fn run(self, lang: Lang) -> Result<ExitCode, Failure> {
        match self {
            Self::Key(args) => key::run(&args, lang),
            Self::Draft(args) => draft::run(&args, lang),
            Self::Sign(args) => sign::run(&args, lang),
            Self::Open(args) => open::run(&args, lang),
            Self::Status(args) => status::run(&args, lang),
        }
    }
}
