//! Where a runbook is to run: `--estate` and `--policy`, of several commands.

use std::path::PathBuf;

use clap::Args;
use model::estate::Estate;
use model::policy::Policy;
use model::text::Lang;
use planning::blast_radius;
use runbook::Scope;

use super::usable::{self, Usable};
use crate::failure::Failure;
use crate::output::Format;

#[derive(Args)]
pub(crate) struct PlaceArgs {
    /// The estate in which it is to run
    #[arg(long, value_name = "FILE")]
    estate: Option<PathBuf>,
    /// The policy that names it
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

/// An estate and a policy, as far as they are given.
pub(super) struct Place {
    pub(super) estate: Option<Estate>,
    pub(super) policy: Option<Policy>,
}

impl PlaceArgs {
    /// Reads what is given.
    pub(super) fn read(&self, format: Format, lang: Lang) -> Result<Usable<Place>, Failure> {
        let estate = match &self.estate {
            None => None,
            Some(path) => match usable::estate(path, format, lang)? {
                Ok(estate) => Some(estate),
                Err(code) => return Ok(Err(code)),
            },
        };
        let policy = match &self.policy {
            None => None,
            Some(path) => match usable::policy(path, estate.as_ref(), format, lang)? {
                Ok(policy) => Some(policy),
                Err(code) => return Ok(Err(code)),
            },
        };
        Ok(Ok(Place { estate, policy }))
    }
}

impl Place {
    /// What lint is to know of it.
    pub(super) fn scope(&self) -> Scope {
        blast_radius::scope(self.estate.as_ref(), self.policy.as_ref())
    }
}
