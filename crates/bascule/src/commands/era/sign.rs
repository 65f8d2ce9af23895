use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use model::text::Lang;

use super::order_file;
use crate::failure::{Class, Failure};
use crate::output::print;
use crate::words::era;

#[derive(Args)]
pub(crate) struct SignArgs {
    /// The order
    order: PathBuf,
    /// The file with your private key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

/// `bascule era sign`
pub(super) fn run(args: &SignArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let mut order = order_file::read(&args.order)?;
    let signer = wire::ca::load_person_key(&args.key)
        .map_err(|error| Failure::of(Class::NotAllowed, &error))?;
    if order.order().signs_of_life().next().is_some() {
        print(&order_file::summary(&order, lang))?;
        return Err(Failure::new(Class::Rejected, era::LIFE_SEEN.into()));
    }
    order.sign(&signer).map_err(|error| Failure::of(Class::Rejected, &error))?;
    order_file::write(&args.order, &order)?;
    print(&order_file::summary(&order, lang))?;
    Ok(ExitCode::SUCCESS)
}
