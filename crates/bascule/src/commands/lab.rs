use std::path::PathBuf;
use std::process::ExitCode;

use ::lab::netns::{self, DEFAULT_DIR, Lab, LabError, Outcome, Progress, Status};
use clap::{Args, Subcommand};
use model::text::Lang;

use crate::failure::{Class, Failure};
use crate::output::{OutputArgs, Shown, one, print};
use crate::runtime;
use crate::words::{both, say};

#[derive(Subcommand)]
pub(crate) enum LabCommand {
    /// Build the rooms and start everything in them
    Up(Where),
    /// What there is, what runs, and what the controllers say
    Status(StatusArgs),
    /// Cut the paths between two rooms
    Cut(CutArgs),
    /// Undo every cut
    Heal(Where),
    /// Kill everything in a room without warning
    Kill(KillArgs),
    /// Remove everything, also what a crash has left
    Down(Where),
    /// Build it, kill room A, see its VMs run in room B, remove it
    Smoke(SmokeArgs),
    /// Drive the smoke test, from the operator's desk
    #[command(hide = true)]
    Drive(Where),
    /// What every controller says, from the operator's desk
    #[command(hide = true)]
    View(Where),
}

#[derive(Args)]
pub(crate) struct Where {
    /// The lab's folder
    #[arg(long, value_name = "DIR", default_value = DEFAULT_DIR)]
    dir: PathBuf,
}

#[derive(Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    at: Where,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Args)]
pub(crate) struct CutArgs {
    /// One room
    #[arg(value_name = "ROOM")]
    from: String,
    /// The other room
    #[arg(value_name = "ROOM")]
    to: String,
    /// Only this path of their link
    #[arg(long, value_name = "PATH")]
    path: Option<String>,
    /// Only what the first room sends to the second
    #[arg(long)]
    one_way: bool,
    #[command(flatten)]
    at: Where,
}

#[derive(Args)]
pub(crate) struct KillArgs {
    /// The room
    room: String,
    #[command(flatten)]
    at: Where,
}

#[derive(Args)]
pub(crate) struct SmokeArgs {
    /// Leave the lab as it is at the end
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    at: Where,
    #[command(flatten)]
    output: OutputArgs,
}

impl LabCommand {
    /// Does it.
    pub(super) fn run(self, lang: Lang) -> Result<ExitCode, Failure> {
        runtime::wait_for(async { self.act(lang).await })
    }

    fn dir(&self) -> &PathBuf {
        match self {
            Self::Up(at) | Self::Heal(at) | Self::Down(at) | Self::Drive(at) | Self::View(at) => {
                &at.dir
            }
            Self::Status(args) => &args.at.dir,
            Self::Cut(args) => &args.at.dir,
            Self::Kill(args) => &args.at.dir,
            Self::Smoke(args) => &args.at.dir,
        }
    }

    async fn act(self, lang: Lang) -> Result<ExitCode, Failure> {
        let progress = Progress::new(lang);
        let lab = Lab::new(self.dir()).map_err(|error| explain(&error))?;
        let executable =
            std::env::current_exe().map_err(|error| Failure::of(Class::Internal, &error))?;
        let done = match self {
            Self::Up(_) => netns::up(&lab, &executable, &progress).await,
            Self::Heal(_) => netns::heal(&lab, &progress).await,
            Self::Down(_) => netns::down(&lab, &progress).await.map(drop),
            Self::Kill(args) => netns::kill(&lab, &args.room, &progress).await.map(drop),
            Self::Cut(args) => {
                let rooms = (args.from.as_str(), args.to.as_str());
                netns::cut(&lab, rooms, args.path.as_deref(), args.one_way, &progress).await
            }
            Self::Status(args) => {
                let status = netns::status(&lab, &executable, &progress).await;
                let status = status.map_err(|error| explain(&error))?;
                return show(&status, args.output, lang, true);
            }
            Self::Smoke(args) => {
                let outcome = netns::smoke(&lab, &executable, args.keep, &progress).await;
                let outcome = outcome.map_err(|error| explain(&error))?;
                return show(&outcome, args.output, lang, outcome.result == "ok");
            }
            Self::Drive(_) => {
                let outcome = netns::drive(&lab, &progress).await;
                return as_json(&outcome.map_err(|error| explain(&error))?);
            }
            Self::View(_) => {
                let answers = netns::view(&lab).await;
                return as_json(&answers.map_err(|error| explain(&error))?);
            }
        };
        done.map(|()| ExitCode::SUCCESS).map_err(|error| explain(&error))
    }
}

fn show<T: Shown>(
    thing: &T,
    output: OutputArgs,
    lang: Lang,
    in_order: bool,
) -> Result<ExitCode, Failure> {
    print(&one(thing, output.output, lang)?)?;
    Ok(if in_order { ExitCode::SUCCESS } else { ExitCode::from(Class::NotInOrder.exit_code()) })
}

fn as_json(value: &impl serde::Serialize) -> Result<ExitCode, Failure> {
    let text =
        serde_json::to_string(value).map_err(|error| Failure::of(Class::Internal, &error))?;
    print(&format!("{text}\n"))?;
    Ok(ExitCode::SUCCESS)
}

fn explain(error: &LabError) -> Failure {
    let class = match error {
        LabError::NotRoot => Class::NotAllowed,
        LabError::Exists { .. } | LabError::NotOurs { .. } => Class::Rejected,
        LabError::NoLab { .. } | LabError::NoSuchRoom { .. } | LabError::NoSuchPath { .. } => {
            Class::NoSuch
        }
        LabError::Missing { .. } | LabError::LongPath { .. } => Class::Input,
        LabError::Late { .. } | LabError::Driver { .. } => Class::NotInOrder,
        LabError::Ended { .. } => Class::NodeStopped,
        _ => Class::Internal,
    };
    let failure = Failure::of(class, error);
    match class {
        Class::NoSuch | Class::Rejected => failure.advising(both!(
            "`bascule lab status` shows what there is",
            "`bascule lab status` montre ce qui existe"
        )),
        _ => failure,
    }
}

impl Shown for Outcome {
    fn page(&self, lang: Lang, _wide: bool) -> String {
        let rungs: Vec<String> = self.rungs.iter().map(|(r, n)| format!("{r} {n}")).collect();
        let (result, rungs) = (&self.result, rungs.join(", "));
        let (vms, doubles, entries) = (self.vms, self.double_starts, self.audit.entries);
        let (total, running) = (vms.total, vms.running);
        let (restarted, moved) = (vms.restarted, vms.moved);
        let last = self.timeline_s.last_vm.map_or("-".to_owned(), |s| format!("{s:.1} s"));
        let verified = self.audit.verified;
        let mut page = say!(
            lang,
            "result        {result}\nVMs           {running} of {total} run; {restarted} restarted, {moved} of them on another host\ndouble starts {doubles}\nfence proofs  {rungs}\nlast VM       {last} after the kill\naudit log     {entries} entries, verified: {verified}\n",
            "résultat            {result}\nVM                  {running} sur {total} tournent ; {restarted} redémarrées, dont {moved} sur un autre hôte\ndoubles démarrages  {doubles}\npreuves d'isolement {rungs}\ndernière VM         {last} après la panne\njournal d'audit     {entries} entrées, vérifié : {verified}\n",
        );
        for failure in &self.failures {
            page.push_str(&format!("- {failure}\n"));
        }
        page
    }

    fn name(&self) -> String {
        format!("lab-smoke/{}", self.result)
    }
}

impl Shown for Status {
    fn page(&self, lang: Lang, _wide: bool) -> String {
        if !self.up {
            return say!(lang, "there is no lab\n", "il n'y a pas de laboratoire\n");
        }
        let mut page = String::new();
        for (name, namespace) in &self.namespaces {
            let kinds: Vec<String> =
                namespace.processes.iter().map(|(kind, n)| format!("{kind} {n}")).collect();
            let kinds = match (namespace.exists, kinds.is_empty()) {
                (false, _) => say!(lang, "missing", "absent"),
                (true, true) => say!(lang, "nothing runs", "rien ne tourne"),
                (true, false) => kinds.join(", "),
            };
            page.push_str(&format!("{name:<20} {kinds}\n"));
        }
        for (path, plugged) in &self.paths {
            let state =
                if *plugged { say!(lang, "whole", "entier") } else { say!(lang, "cut", "coupé") };
            page.push_str(&format!("{path:<20} {state}\n"));
        }
        for (id, answer) in &self.controllers {
            let id = id.to_string();
            let says = match answer {
                None => say!(lang, "does not answer", "ne répond pas"),
                Some(answer) => {
                    let number = |path: &str| {
                        answer.pointer(path).map_or("-".to_owned(), ToString::to_string)
                    };
                    let (leader, run, total) =
                        (number("/leader"), number("/vms/running"), number("/vms/total"));
                    say!(
                        lang,
                        "leader {leader}, {run} of {total} VMs run",
                        "dirigeant {leader}, {run} VM sur {total} tournent"
                    )
                }
            };
            page.push_str(&format!("{id:<20} {says}\n"));
        }
        for (vm, host) in &self.vms {
            page.push_str(&format!("{:<20} {host}\n", vm.as_str()));
        }
        page
    }

    fn name(&self) -> String {
        format!("lab/{}", if self.up { "up" } else { "down" })
    }
}
