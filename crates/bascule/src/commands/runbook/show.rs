use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use model::policy::Policy;
use model::text::Lang;
use runbook::CriticalPath;

use super::here::in_estate;
use super::place::PlaceArgs;
use super::usable;
use crate::failure::Failure;
use crate::lang::asked;
use crate::output::{OutputArgs, one, print};
use crate::paper;
use crate::views::runbook::RunbookPage;

#[derive(Args)]
pub(crate) struct ShowArgs {
    /// The runbook file
    file: PathBuf,
    #[command(flatten)]
    place: PlaceArgs,
    /// Write a page for paper instead (HTML): boxes to tick, in both languages unless --lang is given
    #[arg(long)]
    print: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule runbook show`
pub(super) fn run(args: &ShowArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let format = args.output.output;
    let place = match args.place.read(format, lang)? {
        Ok(place) => place,
        Err(code) => return Ok(code),
    };
    let book = match usable::runbook(&args.file, &place.scope(), format, lang)? {
        Ok(book) => book,
        Err(code) => return Ok(code),
    };
    let policy = place.policy.clone().unwrap_or_else(Policy::default);
    let here = place
        .estate
        .as_ref()
        .map(|estate| in_estate(&book, estate, &policy, lang))
        .unwrap_or_default();
    let page = RunbookPage { critical_path: CriticalPath::of(&book), runbook: book, here };
    if args.print {
        let arguments: Vec<_> = std::env::args_os().collect();
        let langs = asked(&arguments).map_or(vec![Lang::Fr, Lang::En], |lang| vec![lang]);
        let estate = place.estate.as_ref();
        print(&paper::page(&page, estate, &langs))?;
    } else {
        print(&one(&page, format, lang)?)?;
    }
    Ok(ExitCode::SUCCESS)
}
