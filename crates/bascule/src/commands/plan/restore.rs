use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use model::estate::Estate;
use model::id::{BackupId, RepositoryId};
use model::text::Lang;
use model::units::Span;
use planning::restore::{Ages, Lost, plan};

use crate::commands::estate::reported;
use crate::diagnostics::{read_file, report};
use crate::failure::{Class, Failure};
use crate::output::{OutputArgs, one, print};
use crate::words::both;

#[derive(Args)]
pub(crate) struct RestoreArgs {
    /// The estate file
    file: PathBuf,
    /// A room or site that is gone with all in it, or a host that is dead with its disks whole; once
    /// for each. Without it, everything has to be had again
    #[arg(long, value_name = "ID")]
    lost: Vec<String>,
    /// How old the newest point of a backup was found to be, as `dictation@nas=9h`; once for each
    #[arg(long, value_name = "BACKUP@REPOSITORY=AGE", value_parser = found_age)]
    age: Vec<FoundAge>,
    #[command(flatten)]
    output: OutputArgs,
}

/// How old the newest point of a backup in a repository was found to be.
#[derive(Clone, Debug)]
struct FoundAge {
    backup: BackupId,
    repository: RepositoryId,
    age: Span,
}

/// `BACKUP@REPOSITORY=AGE`
fn found_age(text: &str) -> Result<FoundAge, String> {
    let wrong = || format!("`{text}` is not an age; write for example `dictation@nas=9h`");
    let (copy, age) = text.split_once('=').ok_or_else(wrong)?;
    let (backup, repository) = copy.split_once('@').ok_or_else(wrong)?;
    let age = age.parse().map_err(|_| wrong())?;
    Ok(FoundAge { backup: backup.into(), repository: repository.into(), age })
}

/// `bascule plan restore`
pub(super) fn run(args: &RestoreArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let (file, text) = read_file(&args.file)?;
    let format = args.output.output;
    let estate = match Estate::parse(&file, &text) {
        Ok((estate, _)) => estate,
        Err(found) => return report(&[reported(file, &text, &found, lang)], format, lang),
    };
    let lost = Lost::named(&estate, &args.lost).map_err(|unknown| no_such(&estate, &unknown.0))?;
    let ages = ages(&estate, &args.age)?;
    print(&one(&plan(&estate, &lost, &ages), format, lang)?)?;
    Ok(ExitCode::SUCCESS)
}

fn no_such(estate: &Estate, name: &str) -> Failure {
    let rooms = estate.rooms.keys().map(ToString::to_string);
    let others = estate.sites.keys().map(ToString::to_string);
    let hosts = estate.hosts.keys().map(ToString::to_string);
    let there = rooms.chain(others).chain(hosts).collect::<Vec<_>>().join(", ");
    let happened = both!(
        "the estate has no room, site or host `{name}`",
        "le parc n'a ni salle, ni site, ni hôte `{name}`"
    );
    Failure::new(Class::NoSuch, happened)
        .advising(both!("name what is lost: {there}", "nommer ce qui est perdu : {there}"))
}

fn ages(estate: &Estate, found: &[FoundAge]) -> Result<Ages, Failure> {
    let mut ages = Ages::new();
    for FoundAge { backup, repository, age } in found {
        let kept = estate.backups.get(backup).map(|backup| &backup.kept_in);
        if !kept.is_some_and(|kept| kept.contains_key(repository)) {
            let copies = estate.backups.iter().flat_map(|(id, backup)| {
                backup.kept_in.keys().map(move |repository| format!("{id}@{repository}"))
            });
            let there = copies.collect::<Vec<_>>().join(", ");
            let happened = both!(
                "the estate keeps no backup `{backup}` in a repository `{repository}`",
                "le parc ne garde aucune sauvegarde `{backup}` dans un dépôt `{repository}`"
            );
            return Err(Failure::new(Class::NoSuch, happened)
                .advising(both!("there are: {there}", "il y a : {there}")));
        }
        ages.insert((backup.clone(), repository.clone()), *age);
    }
    Ok(ages)
}
