use std::process::ExitCode;

use clap::Args;
use model::text::Text;
use runbook::skeleton;

use crate::failure::{Class, Failure};
use crate::output::print;
use crate::words::both;

#[derive(Args)]
pub(crate) struct NewArgs {
    /// Its name: lower-case letters, digits and `-`
    name: String,
    /// Begin like this shipped runbook
    #[arg(long, value_name = "RUNBOOK")]
    like: Option<String>,
}

/// `bascule runbook new`
pub(super) fn run(args: &NewArgs) -> Result<ExitCode, Failure> {
    let text = skeleton(&args.name, args.like.as_deref())
        .map_err(|error| Failure::new(Class::Input, Text::Same(error.to_string())).advising(both!(
            "give another name; `bascule runbook new NAME --like room-loss > NAME.yaml` writes one",
            "donnez un autre nom ; `bascule runbook new NOM --like room-loss > NOM.yaml` en écrit une"
        )))?;
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}
