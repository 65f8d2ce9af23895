use std::process::ExitCode;

use clap::Args;
use model::text::Lang;
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{OutputArgs, Shown, one, print};

#[derive(Args)]
pub(crate) struct VersionArgs {
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Serialize)]
struct Version {
    version: &'static str,
    protocol: String,
    apply: u32,
    audit_bundle: &'static str,
}

impl Shown for Version {
    fn page(&self, _lang: Lang, _wide: bool) -> String {
        format!(
            "bascule {} (protocol {}, apply {}, {})\n",
            self.version, self.protocol, self.apply, self.audit_bundle
        )
    }

    fn name(&self) -> String {
        format!("bascule/{}", self.version)
    }
}

/// `bascule version`
pub(super) fn run(args: &VersionArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let version = Version {
        version: env!("CARGO_PKG_VERSION"),
        protocol: wire::protocol::PROTOCOL.to_string(),
        apply: state_machine::APPLY_VERSIONS.newest,
        audit_bundle: audit::bundle::FORMAT,
    };
    print(&one(&version, args.output.output, lang)?)?;
    Ok(ExitCode::SUCCESS)
}
