use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use model::text::Lang;

use crate::cli;
use crate::failure::{Class, Failure};
use crate::output::print;
use crate::words::both;

#[derive(Args)]
pub(crate) struct ManArgs {
    /// The folder to write them into, which exists
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
}

/// `bascule man`
pub(super) fn run(args: &ManArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let mut tree = cli::tree(lang);
    tree.build();
    let mut written = Vec::new();
    write(&tree, &args.to, &mut written)?;
    print(&written.iter().map(|path| format!("{}\n", path.display())).collect::<String>())?;
    Ok(ExitCode::SUCCESS)
}

fn write(
    command: &clap::Command,
    folder: &Path,
    written: &mut Vec<PathBuf>,
) -> Result<(), Failure> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let path = folder.join(format!("{name}.1"));
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone())
        .render(&mut page)
        .and_then(|()| std::fs::write(&path, page))
        .map_err(|error| {
            let path = path.display();
            Failure::new(
                Class::Input,
                both!("{path} cannot be written: {error}", "{path} ne peut être écrit : {error}"),
            )
        })?;
    written.push(path);
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        write(below, folder, written)?;
    }
    Ok(())
}
