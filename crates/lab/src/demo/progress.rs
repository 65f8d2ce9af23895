//! What a person sees while it happens.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use model::incident::Cause;
use model::text::Lang;
use state_machine::Command;

use super::log::{Log, Logged};

/// Picks the words of a language.
macro_rules! say {
    ($lang:expr, $en:literal, $fr:literal $(,)?) => {
        match $lang {
            Lang::En => format!($en),
            Lang::Fr => format!($fr),
        }
    };
}
pub(super) use say;

/// Says what happens, on stderr: stdout is for the result.
#[derive(Debug)]
pub(super) struct Progress {
    lang: Lang,
    began: Instant,
    struck: Option<Instant>,
    target: Duration,
    /// Entries of the log that were said.
    said: usize,
    live: bool,
    last_line: String,
    last_said: Instant,
}

/// Without a terminal the moving line is said this often.
const SAY_EVERY: Duration = Duration::from_secs(5);

impl Progress {
    pub(super) fn new(lang: Lang, target: Duration) -> Self {
        Self {
            lang,
            began: Instant::now(),
            struck: None,
            target,
            said: 0,
            live: std::io::stderr().is_terminal(),
            last_line: String::new(),
            last_said: Instant::now(),
        }
    }

    /// From here the clock runs against the target, and the log is told from here on.
    pub(super) fn struck(&mut self, log: &Log) {
        self.struck = Some(Instant::now());
        self.said = log.entries.len();
    }

    fn clock(&self) -> String {
        match self.struck {
            None => minutes(self.began.elapsed()),
            Some(struck) => format!("{} / {}", minutes(struck.elapsed()), minutes(self.target)),
        }
    }

    /// A line that stays.
    pub(super) fn say(&mut self, text: &str) {
        let mut err = std::io::stderr().lock();
        let wipe = if self.live { "\r\x1b[K" } else { "" };
        // Nobody may be listening any more: what is measured does not depend on it.
        let _ = writeln!(err, "{wipe}[{}] {text}", self.clock());
    }

    /// A line that is replaced by the next.
    pub(super) fn now(&mut self, text: &str) {
        if self.live {
            let mut err = std::io::stderr().lock();
            let _ = write!(err, "\r\x1b[K[{}] {text}", self.clock());
            let _ = err.flush();
        } else if text != self.last_line && self.last_said.elapsed() >= SAY_EVERY {
            self.last_said = Instant::now();
            text.clone_into(&mut self.last_line);
            self.say(text);
        }
    }

    /// Says what is new in the log.
    pub(super) fn tell(&mut self, log: &Log) {
        let new: Vec<String> =
            log.entries.iter().skip(self.said).filter_map(|entry| self.words(entry)).collect();
        self.said = log.entries.len();
        for line in new {
            self.say(&line);
        }
    }

    fn words(&self, entry: &Logged) -> Option<String> {
        let lang = self.lang;
        Some(match &entry.command {
            Command::LeaderStarted { controller } => {
                let id = controller.0;
                say!(lang, "controller {id} leads", "le contrôleur {id} dirige")
            }
            Command::IncidentOpened { cause, hold_off, evidence, .. } => {
                let cause = cause_words(cause, lang);
                let seen = evidence.len();
                say!(
                    lang,
                    "VERDICT: {cause} ({seen} pieces of evidence); hold-off {hold_off}",
                    "VERDICT : {cause} ({seen} constats) ; délai de retenue {hold_off}",
                )
            }
            Command::IncidentEnded { incident, withdrawn: true, reason } => {
                say!(
                    lang,
                    "verdict {incident} withdrawn: {reason}",
                    "verdict {incident} retiré : {reason}"
                )
            }
            Command::IncidentEnded { incident, withdrawn: false, reason } => {
                say!(lang, "{incident} closed: {reason}", "{incident} clos : {reason}")
            }
            Command::IncidentAbsorbed { incident, reason } => {
                say!(lang, "{incident} is absorbed: {reason}", "{incident} est absorbé : {reason}")
            }
            Command::RunStarted { runbook, plan, .. } => {
                let (items, forecast) = (plan.items.len(), plan.forecast);
                say!(
                    lang,
                    "run of {runbook} begins: {items} steps, forecast {forecast}",
                    "la procédure {runbook} commence : {items} étapes, prévision {forecast}",
                )
            }
            Command::FenceProved { proof } => {
                let (host, rung) = (&proof.target, proof.evidence.rung());
                say!(
                    lang,
                    "host {host} is fenced, proof by {rung}",
                    "hôte {host} isolé, preuve par {rung}"
                )
            }
            Command::HostAdmitted { host, .. } => {
                say!(lang, "host {host} is admitted again", "hôte {host} réadmis")
            }
            Command::RunEnded { run, end } => match end {
                state_machine::RunEnd::Succeeded => {
                    say!(lang, "{run} has succeeded", "{run} a réussi")
                }
                state_machine::RunEnd::Failed { reason } => {
                    say!(lang, "{run} has FAILED: {reason}", "{run} a ÉCHOUÉ : {reason}")
                }
            },
            _ => return None,
        })
    }
}

fn cause_words(cause: &Cause, lang: Lang) -> String {
    match (lang, cause) {
        (Lang::En, cause) => cause.to_string(),
        (Lang::Fr, Cause::VmLost { vm, host }) => format!("VM {vm} perdue sur l'hôte {host}"),
        (Lang::Fr, Cause::HostLost { host }) => format!("hôte {host} perdu"),
        (Lang::Fr, Cause::ArrayLost { array }) => format!("baie {array} perdue"),
        (Lang::Fr, Cause::LinkLost { link }) => format!("lien {link} perdu ou dégradé"),
        (Lang::Fr, Cause::ControllerLost { controller }) => {
            format!("contrôleur {} perdu", controller.0)
        }
        (Lang::Fr, Cause::RoomLost { room }) => format!("salle {room} perdue"),
        (Lang::Fr, Cause::StorageSideLost { layer, room }) => {
            format!("le stockage {layer} ne sert plus la salle {room}")
        }
        (Lang::Fr, Cause::StorageLayerLost { layer }) => {
            format!("le stockage {layer} ne sert plus aucune salle")
        }
        (Lang::Fr, Cause::ProductionLost) => "toutes les salles de production perdues".to_owned(),
    }
}

fn minutes(duration: Duration) -> String {
    let seconds = duration.as_secs();
    format!("{:02}:{:02}", seconds / 60, seconds % 60)
}
