use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use model::manual::{ManualEvidence, Photo};
use model::text::Lang;
use sha2::{Digest, Sha256};
use state_machine::Command;

use super::step::StepArgs;
use crate::commands::orders;
use crate::failure::{Class, Failure};
use crate::words::both;
use crate::words::orders::SAID_DONE;

#[derive(Args)]
pub(crate) struct DoneArgs {
    #[command(flatten)]
    step: StepArgs,
    /// What you saw, with your own eyes
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    evidence: String,
    /// A photograph; the log keeps its name and its SHA-256, you keep the file
    #[arg(long, value_name = "FILE")]
    photo: Option<PathBuf>,
}

/// `bascule run done`
pub(super) fn run(args: &DoneArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let photo = args.photo.as_deref().map(photo).transpose()?;
    let evidence = ManualEvidence { text: args.evidence.clone(), photo };
    let step = &args.step;
    orders::give_and_tell(
        &step.reach,
        step.output,
        lang,
        (&step.about(), SAID_DONE),
        async |client| Ok(Command::StepDone { key: step.key(client).await?, evidence }),
        async |client| step.said(client, lang).await,
    )
}

fn photo(path: &Path) -> Result<Photo, Failure> {
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|error| {
        Failure::new(
            Class::Input,
            both!("{shown} cannot be read: {error}", "{shown} est illisible : {error}"),
        )
    })?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let sha256 = audit::Hash(Sha256::digest(&bytes).into()).to_string();
    Ok(Photo { name: name.unwrap_or_default(), sha256 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_photograph_is_known_by_the_name_and_the_digest_of_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("breakers.jpg");
        std::fs::write(&path, b"abc").unwrap();
        let found = photo(&path).unwrap_or_else(|_| panic!("the file is there"));
        assert_eq!(found.name, "breakers.jpg");
        // The first vector of FIPS 180-2.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(found.sha256, abc);
        assert!(photo(&folder.path().join("none.jpg")).is_err());
    }
}
