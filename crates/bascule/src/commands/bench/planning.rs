use std::process::ExitCode;
use std::time::Duration;

use ::lab::bench::planning::{
    Missed, Options, PeerRow, PlacementRow, ProofRow, Report, TierRow, run as measure,
};
use clap::Args;
use model::text::Lang;
use model::units::Span;

use crate::failure::{Class, Failure};
use crate::output::{OutputArgs, Shown, Table, always, one, print};
use crate::words::{bench as words, columns, say};

#[derive(Args)]
pub(crate) struct PlanningArgs {
    /// The seed of the estates
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Of how many tries each time is the median
    #[arg(long, value_name = "NUMBER", default_value_t = 9)]
    tries: usize,
    /// How long CP-SAT may look for the first objective; for each of the others a quarter
    #[arg(long, value_name = "SPAN", default_value = "60s")]
    peer_time: Span,
    /// Measure without CP-SAT
    #[arg(long)]
    no_peer: bool,
    /// End with 1 when a budget is missed
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule bench planning`
pub(super) fn run(args: &PlanningArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let peer: Option<Duration> = (!args.no_peer).then(|| args.peer_time.to_std());
    let options = Options { seed: args.seed, tries: args.tries, peer, lang };
    let report = measure(&options, &mut |now| eprintln!("{now}"));
    print(&one(&report, args.output.output, lang)?)?;
    let missed = args.check && !report.missed().is_empty();
    Ok(ExitCode::from(if missed { Class::NotInOrder.exit_code() } else { 0 }))
}

impl Shown for Report {
    fn page(&self, lang: Lang, _wide: bool) -> String {
        let mut page = conditions(self, lang);
        page.push('\n');
        page.push_str(&placements(&self.placements, lang));
        if let Some(absent) = &self.peer_absent {
            page.push_str(&format!("{absent}\n"));
        }
        for row in &self.placements {
            if let Some(failed) = &row.peer_failed {
                page.push_str(&format!("{} VM, {} %: {failed}\n", row.vms, row.fits_percent));
            }
        }
        page.push('\n');
        page.push_str(&proofs(&self.proofs, lang));
        page.push('\n');
        let missed = self.missed();
        if missed.is_empty() {
            page.push_str(&format!("{}\n", words::ALL_KEPT.in_lang(lang)));
        }
        for one in &missed {
            page.push_str(&format!("{}\n", missed_words(one, lang)));
        }
        page
    }

    fn name(&self) -> String {
        format!("bench/planning/{}", self.seed)
    }
}

/// Under what conditions this was measured.
fn conditions(report: &Report, lang: Lang) -> String {
    let (seed, tries, processors) = (report.seed, report.tries, report.processors);
    let load = report.load_before.map_or_else(|| "?".to_owned(), |load| format!("{load:.2}"));
    let mut text = say!(
        lang,
        "seed {seed}, median of {tries} tries, {processors} processors, load before {load}\n",
        "graine {seed}, médiane de {tries} essais, {processors} processeurs, charge avant {load}\n",
    );
    if report.debug_build {
        text.push_str(&format!("{}\n", words::DEBUG_BUILD.in_lang(lang)));
    }
    text.push_str(&format!("{}\n", words::LEGEND.in_lang(lang)));
    if let Some(peer) = &report.peer {
        text.push_str(&format!(
            "{}: {peer}; {}\n",
            words::PEER.in_lang(lang),
            words::PEER_LEGEND.in_lang(lang)
        ));
    }
    text
}

fn placements(rows: &[PlacementRow], lang: Lang) -> String {
    let mut table = Table::new(vec![
        always(columns::VMS),
        always(columns::HOSTS),
        always(words::FITS),
        always(words::BY),
        always(words::TIME),
        always(words::BUDGET),
        always(words::TIERS),
        always(words::WEIGHT),
        always(words::MOVES),
        always(words::PEAK),
    ]);
    for row in rows {
        table.row(vec![
            row.vms.to_string(),
            row.hosts.to_string(),
            format!("{} %", row.fits_percent),
            "bascule".to_owned(),
            format!("{:.2} ms", row.ours_ms),
            format!("{:.0} ms", row.budget_ms),
            row.tiers.iter().map(of_the_most).collect::<Vec<_>>().join(" "),
            weight_words(row),
            row.moves.to_string(),
            format!("{} %", row.peak_percent),
        ]);
        if let Some(peer) = &row.peer {
            table.row(peer_cells(peer, &row.tiers));
        }
    }
    table.draw(lang, false)
}

/// `155/156`, or `156` where as many are placed as can be.
fn of_the_most(tier: &TierRow) -> String {
    let TierRow { placed, at_most, .. } = tier;
    if placed == at_most { placed.to_string() } else { format!("{placed}/{at_most}") }
}

fn weight_words(row: &PlacementRow) -> String {
    match &row.peer {
        Some(peer) => format!("{} (-{:.3} %)", row.weight, peer.below_bound_percent),
        None => row.weight.to_string(),
    }
}

fn peer_cells(peer: &PeerRow, tiers: &[TierRow]) -> Vec<String> {
    let placed = |tier: &TierRow| peer.placed.get(&tier.tier).copied().unwrap_or(0).to_string();
    let weight = if peer.weight == peer.weight_bound {
        peer.weight.to_string()
    } else {
        format!("{}/{}", peer.weight, peer.weight_bound)
    };
    let moves = match (peer.moves, peer.moves_bound) {
        (Some(moves), Some(bound)) if moves > bound => format!("{moves}/{bound}"),
        (Some(moves), _) => moves.to_string(),
        (None, _) => "-".to_owned(),
    };
    vec![
        String::new(),
        String::new(),
        String::new(),
        "CP-SAT".to_owned(),
        format!("{:.1} s", peer.seconds.iter().sum::<f64>()),
        String::new(),
        tiers.iter().map(placed).collect::<Vec<_>>().join(" "),
        weight,
        moves,
        peer.peak_percent.map_or_else(|| "-".to_owned(), |peak| format!("{peak:.0} %")),
    ]
}

fn proofs(rows: &[ProofRow], lang: Lang) -> String {
    let mut table = Table::new(vec![
        always(columns::VMS),
        always(columns::HOSTS),
        always(words::SURVIVED),
        always(words::TIME),
        always(words::BUDGET),
    ]);
    for row in rows {
        table.row(vec![
            row.vms.to_string(),
            row.hosts.to_string(),
            format!("{}/{}", row.survived, row.failures),
            format!("{:.2} ms", row.ours_ms),
            format!("{:.0} ms", row.budget_ms),
        ]);
    }
    table.draw(lang, false)
}

fn missed_words(missed: &Missed, lang: Lang) -> String {
    let Missed { vms, measured, budget, .. } = missed;
    let fits = missed.fits_percent.map_or_else(String::new, |fits| format!(" ({fits} %)"));
    match (missed.what, missed.unit) {
        ("proof", _) => say!(
            lang,
            "MISSED: the proof of {vms} VMs took {measured:.2} ms, the budget is {budget:.0} ms",
            "MANQUÉ : la preuve de {vms} VM a pris {measured:.2} ms, le budget est de {budget:.0} ms",
        ),
        (_, "ms") => say!(
            lang,
            "MISSED: placing {vms} VMs{fits} took {measured:.2} ms, the budget is {budget:.0} ms",
            "MANQUÉ : placer {vms} VM{fits} a pris {measured:.2} ms, le budget est de {budget:.0} ms",
        ),
        _ => say!(
            lang,
            "MISSED: the weight placed of {vms} VMs{fits} is {measured:.3} % below CP-SAT's bound, {budget:.0} % is allowed",
            "MANQUÉ : le poids placé de {vms} VM{fits} est {measured:.3} % sous la borne de CP-SAT, {budget:.0} % sont admis",
        ),
    }
}
