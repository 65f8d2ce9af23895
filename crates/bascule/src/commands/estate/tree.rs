use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use model::estate::Estate;
use model::estate::service_tree::Health;
use model::id::ServiceId;
use model::text::Lang;

use super::check::reported;
use crate::diagnostics::{read_file, report};
use crate::failure::{Class, Failure};
use crate::output::{OutputArgs, one, print};
use crate::words::both;

#[derive(Args)]
pub(crate) struct TreeArgs {
    /// The estate file
    file: PathBuf,
    /// Only this service, with its chains whole
    service: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule estate tree`
pub(super) fn run(args: &TreeArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let (file, text) = read_file(&args.file)?;
    let estate = match Estate::parse(&file, &text) {
        Ok((estate, _)) => estate,
        Err(found) => {
            return report(&[reported(file, &text, &found, lang)], args.output.output, lang);
        }
    };
    let service = args.service.as_deref().map(ServiceId::from);
    let tree = estate
        .service_tree(service.as_ref(), &Health::new())
        .ok_or_else(|| no_such_service(&estate, args.service.as_deref().unwrap_or_default()))?;
    print(&one(&tree, args.output.output, lang)?)?;
    Ok(ExitCode::SUCCESS)
}

fn no_such_service(estate: &Estate, service: &str) -> Failure {
    let there: Vec<&str> = estate.services.keys().map(ServiceId::as_str).collect();
    let there = there.join(", ");
    Failure::new(
        Class::NoSuch,
        both!("the estate has no service `{service}`", "le parc n'a pas de service « {service} »"),
    )
    .advising(both!("name one of these: {there}", "nommez l'un de ceux-ci : {there}"))
}
