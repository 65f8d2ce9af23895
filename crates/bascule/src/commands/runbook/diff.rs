use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use model::text::Lang;
use runbook::{Difference, Scope};

use super::usable;
use crate::failure::{Class, Failure};
use crate::output::{OutputArgs, one, print};
use crate::views::runbook_diff::DiffPage;

#[derive(Args)]
pub(crate) struct DiffArgs {
    /// The old version
    old: PathBuf,
    /// The new version
    new: PathBuf,
    /// End with 1 where they mean something different
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule runbook diff`
pub(super) fn run(args: &DiffArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let format = args.output.output;
    // What runs where is for lint: two versions can be compared anywhere.
    let scope = Scope::default();
    let old = match usable::runbook(&args.old, &scope, format, lang)? {
        Ok(old) => old,
        Err(code) => return Ok(code),
    };
    let new = match usable::runbook(&args.new, &scope, format, lang)? {
        Ok(new) => new,
        Err(code) => return Ok(code),
    };
    let difference = Difference::between(&old, &new);
    let differ = !difference.is_empty();
    let page = DiffPage {
        old: args.old.display().to_string(),
        new: args.new.display().to_string(),
        difference,
        books: (old, new),
    };
    print(&one(&page, format, lang)?)?;
    let code = if args.exit_code && differ { Class::NotInOrder.exit_code() } else { 0 };
    Ok(ExitCode::from(code))
}
