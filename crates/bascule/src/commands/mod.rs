//! Every subcommand: one file per verb.

mod agent;
mod attesting;
mod audit;
#[cfg(feature = "lab")]
mod bench;
mod bundle_folder;
mod cluster;
mod completion;
#[cfg(feature = "lab")]
mod demo;
mod era;
mod estate;
mod host;
mod incident;
#[cfg(feature = "lab")]
mod lab;
mod man;
mod orders;
mod pause;
mod plan;
mod policy;
mod read;
mod readiness;
mod resume;
mod room;
mod run;
pub(crate) mod runbook;
mod server;
mod service;
mod simulate;
mod status;
mod stop_signal;
#[cfg(feature = "lab")]
mod twin_room;
mod version;
mod vm;
#[cfg(feature = "lab")]
mod watchdog;

use std::process::ExitCode;

use clap::Subcommand;
use model::id::RunId;
use model::text::Lang;

use crate::failure::Failure;

pub(crate) use readiness::UNKNOWN as READINESS_UNKNOWN;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Everything on one page
    Status(status::StatusArgs),
    /// Run the controller of a room
    Server(server::ServerArgs),
    /// Run the agent of a host
    Agent(agent::AgentArgs),
    /// Estate files
    #[command(subcommand)]
    Estate(estate::EstateCommand),
    /// Plans made beforehand, from an estate alone
    #[command(subcommand)]
    Plan(plan::PlanCommand),
    /// Policy files
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Runbook files
    #[command(subcommand)]
    Runbook(runbook::RunbookCommand),
    /// Whether each single failure is survived now, and what a change would break
    Readiness(readiness::ReadinessArgs),
    /// Rooms
    #[command(subcommand)]
    Room(room::RoomCommand),
    /// Hosts
    #[command(subcommand)]
    Host(host::HostCommand),
    /// Virtual machines
    #[command(subcommand)]
    Vm(vm::VmCommand),
    /// Services, as their users see them
    #[command(subcommand)]
    Service(service::ServiceCommand),
    /// Incidents: what is lost, and what led to the verdict
    #[command(subcommand)]
    Incident(incident::IncidentCommand),
    /// Runs of runbooks
    #[command(subcommand)]
    Run(run::RunCommand),
    /// Stop automatic acts for a while; ends by itself
    Pause(pause::PauseArgs),
    /// End a pause early
    Resume(resume::ResumeArgs),
    /// The audit log
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// The cluster of controllers
    #[command(subcommand)]
    Cluster(cluster::ClusterCommand),
    /// Eras: going on with the one controller that is left
    #[command(subcommand)]
    Era(era::EraCommand),
    /// Run a scenario from a seed and check what must hold
    Simulate(simulate::SimulateArgs),
    /// Play a fault on the twin of a clinic and show what becomes of it
    #[cfg(feature = "lab")]
    Demo(demo::DemoArgs),
    /// The lab: three rooms as network namespaces, with real VMs
    #[cfg(feature = "lab")]
    #[command(subcommand)]
    Lab(lab::LabCommand),
    /// Measure, beside a peer where there is one
    #[cfg(feature = "lab")]
    #[command(subcommand)]
    Bench(bench::BenchCommand),
    /// Play one room of a twin
    #[cfg(feature = "lab")]
    #[command(hide = true)]
    TwinRoom(twin_room::TwinRoomArgs),
    /// Play a watchdog device
    #[cfg(feature = "lab")]
    #[command(hide = true)]
    Watchdog(watchdog::WatchdogArgs),
    /// Write a completion script for a shell
    Completion(completion::CompletionArgs),
    /// Write the man pages
    Man(man::ManArgs),
    /// The version of this binary and of what it speaks
    Version(version::VersionArgs),
}

impl Command {
    /// Does it.
    pub(crate) fn run(self, lang: Lang) -> Result<ExitCode, Failure> {
        match self {
            Self::Status(args) => status::run(&args, lang),
            Self::Server(args) => server::run(&args),
            Self::Agent(args) => agent::run(&args),
            Self::Estate(command) => command.run(lang),
            Self::Plan(command) => command.run(lang),
            Self::Policy(command) => command.run(lang),
            Self::Runbook(command) => command.run(lang),
            Self::Room(command) => command.run(lang),
            Self::Host(command) => command.run(lang),
            Self::Readiness(args) => readiness::run(&args, lang),
            Self::Vm(command) => command.run(lang),
            Self::Service(command) => command.run(lang),
            Self::Incident(command) => command.run(lang),
            Self::Run(command) => command.run(lang),
            Self::Pause(args) => pause::run(&args, lang),
            Self::Resume(args) => resume::run(&args, lang),
            Self::Audit(command) => command.run(lang),
            Self::Cluster(command) => command.run(lang),
            Self::Era(command) => command.run(lang),
            Self::Simulate(args) => simulate::run(&args, lang),
            #[cfg(feature = "lab")]
            Self::Demo(args) => demo::run(&args, lang),
            #[cfg(feature = "lab")]
            Self::Lab(command) => command.run(lang),
            #[cfg(feature = "lab")]
            Self::Bench(command) => command.run(lang),
            #[cfg(feature = "lab")]
            Self::TwinRoom(args) => twin_room::run(&args),
            #[cfg(feature = "lab")]
            Self::Watchdog(args) => watchdog::run(&args),
            Self::Completion(args) => completion::run(&args, lang),
            Self::Man(args) => man::run(&args, lang),
            Self::Version(args) => version::run(&args, lang),
        }
    }
}

/// `12` or `run-12`.
fn run_id(text: &str) -> Result<RunId, String> {
    let digits = text.strip_prefix("run-").unwrap_or(text);
    digits
        .parse()
        .map(RunId)
        .map_err(|_| format!("`{text}` is not a run; write for example `run-12`"))
}
