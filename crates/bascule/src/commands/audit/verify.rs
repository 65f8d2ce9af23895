use std::path::PathBuf;
use std::process::ExitCode;

use audit::verify::{Verification, verify};
use clap::Args;
use model::id::PersonId;
use model::text::Lang;

use crate::commands::bundle_folder::{read, trust};
use crate::failure::{Class, Failure};
use crate::output::{OutputArgs, Shown, one, print};
use crate::words::audit as words;

#[derive(Args)]
pub(crate) struct VerifyArgs {
    /// The bundle: a folder
    path: PathBuf,
    /// The rooms' public keys from a source of your own, one a line
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// How many keys must have signed, by default more than half
    #[arg(long, value_name = "NUMBER")]
    signatures: Option<usize>,
    #[command(flatten)]
    output: OutputArgs,
}

impl Shown for Verification {
    fn page(&self, lang: Lang, _wide: bool) -> String {
        let mut page: String =
            self.findings.iter().map(|finding| format!("{}\n", finding.line(lang))).collect();
        let verdict = if self.holds() { words::HOLDS } else { words::DOES_NOT_HOLD };
        page.push_str(&format!(
            "{}: {} {}, {} {}, {} {}, {} {} ({}/{})\n",
            verdict.in_lang(lang),
            self.size,
            words::LEAVES.in_lang(lang),
            self.leaves_proved,
            words::PROVED.in_lang(lang),
            words::ROOT.in_lang(lang),
            self.root.map_or_else(|| "-".to_owned(), |root| root.to_string()),
            words::SIGNED_BY.in_lang(lang),
            self.signed_by.join(", "),
            self.signed_by.len(),
            self.keys,
        ));
        for older in &self.older_eras {
            let signed_by: Vec<&str> = older.signed_by.iter().map(PersonId::as_str).collect();
            page.push_str(&format!(
                "{} {}: {} {}, {} {}, {} {}, {} {}\n",
                words::ERA.in_lang(lang),
                older.era.0,
                older.size,
                words::LEAVES.in_lang(lang),
                older.leaves_proved,
                words::PROVED.in_lang(lang),
                words::ROOT.in_lang(lang),
                older.root,
                words::ENDED_BY.in_lang(lang),
                signed_by.join(", "),
            ));
        }
        page
    }

    fn name(&self) -> String {
        format!("bundle/{}/{}", self.cluster, self.size)
    }
}

/// `bascule audit verify`
pub(super) fn run(args: &VerifyArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let files = read(&args.path)?;
    let found = verify(&files, &trust(args.keys.as_ref(), args.signatures)?);
    print(&one(&found, args.output.output, lang)?)?;
    let code = if found.holds() { 0 } else { Class::NotInOrder.exit_code() };
    Ok(ExitCode::from(code))
}
