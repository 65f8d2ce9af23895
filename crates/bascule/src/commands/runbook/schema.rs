use std::process::ExitCode;

use crate::failure::Failure;
use crate::output::{Format, as_data, print};

/// `bascule runbook schema`
pub(super) fn run() -> Result<ExitCode, Failure> {
    print(&as_data(&runbook::schema(), Format::Json)?)?;
    Ok(ExitCode::SUCCESS)
}
