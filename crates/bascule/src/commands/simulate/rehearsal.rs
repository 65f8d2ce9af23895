//! `bascule simulate` of a rehearsal: how long the recovery takes.

use std::num::NonZeroUsize;
use std::process::ExitCode;

use model::text::Lang;
use simulator::{Rehearsal, RehearsalCampaign, RehearsalOutcome, RehearsalReport, Rto, Stage};

use super::{SimulateArgs, Telling};
use crate::failure::{Class, Failure};
use crate::output::{Column, Shown, Table, always, one, print};
use crate::words::{both, columns, rehearsal as words};

/// So many steps of the critical paths are shown on the page.
const STEPS_SHOWN: usize = 8;

/// `4 min 05 s`, or a dash.
fn minutes(seconds: Option<f64>) -> String {
    match seconds {
        None => "-".to_owned(),
        Some(seconds) => {
            let whole = seconds.ceil() as u64;
            format!("{}:{:02}", whole / 60, whole % 60)
        }
    }
}

fn row(name: String, rto: &Rto, objective: Option<f64>) -> Vec<String> {
    let mut cells = vec![name];
    cells.extend([rto.p50, rto.p95, rto.p99, rto.max].map(minutes));
    cells.push(objective.map(|objective| minutes(Some(objective))).unwrap_or_default());
    cells
}

impl Shown for RehearsalReport {
    fn page(&self, lang: Lang, _wide: bool) -> String {
        let columns: Vec<Column> = vec![
            always(columns::SERVICE),
            always(words::HALF),
            always(words::P95),
            always(words::P99),
            always(words::LONGEST),
            always(words::OBJECTIVE),
        ];
        let mut table = Table::new(columns);
        for (milestone, of) in &self.milestones_s {
            table.row(row(milestone.clone(), of, None));
        }
        let all = words::ALL_SERVICES.in_lang(lang).to_owned();
        table.row(row(all, &self.rto_s.overall, None));
        for (service, of) in &self.rto_s.services {
            table.row(row(service.clone(), &of.rto, Some(of.objective)));
        }
        let mut page = format!(
            "{}: {} {}, {:.0} {}\n{}\n\n{}\n",
            self.scenario,
            self.runs,
            words::RUNS.in_lang(lang),
            self.runs_per_s_and_job,
            words::A_SECOND.in_lang(lang),
            words::FROM_LAST_UP.in_lang(lang),
            table.draw(lang, false),
        );
        let percent = |runs: u64| 100.0 * runs as f64 / self.runs.max(1) as f64;
        page.push_str(&format!(
            "{}: {}, {}: {}\n",
            words::PAST_OBJECTIVE.in_lang(lang),
            self.past_objective,
            words::NOT_RECOVERED.in_lang(lang),
            self.not_recovered,
        ));
        let path: Vec<String> = self
            .critical_path
            .iter()
            .take(STEPS_SHOWN)
            .map(|step| format!("{} {:.0} %", step.step, percent(step.runs)))
            .collect();
        page.push_str(&format!("{}: {}\n", words::WAITED_FOR.in_lang(lang), path.join(", ")));
        for (trouble, runs) in &self.troubles {
            page.push_str(&format!("{:.1} %: {trouble}\n", percent(*runs)));
        }
        page.push_str(&format!("{}: {}\n", words::LONGEST_RUN.in_lang(lang), self.replay));
        page
    }

    fn name(&self) -> String {
        format!("rehearsal/{}/{}", self.scenario, self.digest)
    }
}

/// What happened, a line each, in minutes and seconds since the first strike.
fn timeline(outcome: &RehearsalOutcome) -> String {
    let begins = outcome.timeline.first().map_or(0, |(at, _)| *at);
    let lines = outcome.timeline.iter().map(|(at, words)| {
        let ms = at.saturating_sub(begins);
        format!("{:>4}:{:02}.{:03}  {words}\n", ms / 60_000, ms / 1000 % 60, ms % 1000)
    });
    lines.collect()
}

/// What says something about faults, properties or campaigns says nothing about a rehearsal: it is
/// refused, not passed over.
fn of_a_scenario_only(args: &SimulateArgs) -> Option<&'static str> {
    let given = [
        ("--resume", args.resume.is_some()),
        ("--faults", args.faults.is_some()),
        ("--property", !args.property.is_empty()),
        ("--keep-going", args.keep_going),
    ];
    given.into_iter().find(|(_, given)| *given).map(|(name, _)| name)
}

/// Plays it.
pub(super) fn run(args: &SimulateArgs, lang: Lang) -> Result<ExitCode, Failure> {
    if let Some(option) = of_a_scenario_only(args) {
        let file = args.scenario.display();
        return Err(Failure::new(
            Class::Input,
            both!(
                "{file} is a rehearsal, and {option} is for scenarios: leave it out",
                "{file} est une répétition, et {option} est pour les scénarios : l'enlever"
            ),
        ));
    }
    let rehearsal =
        Rehearsal::read(&args.scenario).map_err(|error| Failure::of(Class::Input, &error))?;
    let stage = Stage::prepare(rehearsal).map_err(|error| Failure::of(Class::Input, &error))?;
    let processors = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let campaign = RehearsalCampaign {
        file: args.scenario.clone(),
        seed: args.seed,
        runs: args.runs,
        jobs: args.jobs.unwrap_or(processors),
    };
    if args.trace.is_some()
        && let Some(outcome) = campaign.told(&stage)
    {
        super::write_text(&timeline(&outcome), args.trace_to.as_deref())?;
    }
    let telling = Telling::new(args.progress, lang);
    let report = campaign.run(&stage, &|now| telling.tell(now));
    telling.end();
    print(&one(&report, args.output.output, lang)?)?;
    Ok(ExitCode::SUCCESS)
}
