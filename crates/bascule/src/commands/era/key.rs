use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use model::text::Lang;

use crate::failure::{Class, Failure};
use crate::output::print;
use crate::words::both;

#[derive(Args)]
pub(crate) struct KeyArgs {
    /// The person's name, as the policy names them
    person: String,
    /// The file to make, for nobody's eyes but theirs
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

/// `bascule era key`
pub(super) fn run(args: &KeyArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let public = wire::ca::new_person_key(&args.person, &args.to)
        .map_err(|error| Failure::of(Class::Input, &error))?;
    let (person, file) = (&args.person, args.to.display());
    let said = both!(
        "{file} is the private key of {person}: keep it where only they get at it.\nIn the policy, under `persons:`:\n\n  {person}:\n    key: \"{public}\"\n    roles: [opens-eras]\n",
        "{file} est la clé privée de {person} : à garder là où personne d'autre n'y accède.\nDans la politique, sous `persons:` :\n\n  {person}:\n    key: \"{public}\"\n    roles: [opens-eras]\n",
    );
    print(said.in_lang(lang))?;
    Ok(ExitCode::SUCCESS)
}
