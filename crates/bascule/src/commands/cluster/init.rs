use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use clap::Args;
use model::estate::Estate;
use model::id::{ControllerId, PersonId, RoomId};
use model::product::Product;
use model::text::Lang;
use wire::ca::{CaError, ClusterPlan, cluster_init};

use crate::diagnostics::read_file;
use crate::failure::{Class, Failure};
use crate::output::print;
use crate::words::{both, cluster};

/// The roles that controllers know.
const ROLES: [&str; 3] = ["viewer", "operator", "administrator"];

#[derive(Args)]
pub(crate) struct InitArgs {
    /// The folder to make; it must not be there yet
    #[arg(long, value_name = "FOLDER")]
    dir: PathBuf,
    /// The cluster's name, which stands in every certificate
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Take controllers, hosts and twin rooms from this estate
    #[arg(long, value_name = "FILE", conflicts_with_all = ["controllers", "hosts"], required_unless_present = "controllers")]
    estate: Option<PathBuf>,
    /// Controllers and their rooms, as 1=a,2=b,3=c
    #[arg(long, value_name = "NUMBER=ROOM", value_delimiter = ',')]
    controllers: Vec<ControllerIn>,
    /// Hosts with an agent, as a1,a2,b1
    #[arg(long, value_name = "HOST", value_delimiter = ',')]
    hosts: Vec<String>,
    /// Persons and their roles (viewer, operator, administrator), as dana=operator
    #[arg(
        long = "person",
        value_name = "NAME=ROLE",
        value_delimiter = ',',
        default_value = "admin=administrator"
    )]
    persons: Vec<PersonWith>,
}

#[derive(Clone, Debug)]
struct ControllerIn(ControllerId, RoomId);

#[derive(Clone, Debug)]
struct PersonWith(PersonId, String);

#[derive(Clone, Debug, thiserror::Error)]
enum NotAPair {
    #[error("`{0}` is not a controller and its room; write for example `1=a`")]
    Controller(String),
    #[error(
        "`{0}` is not a person and their role; write for example `dana=operator`; roles are viewer, operator, administrator"
    )]
    Person(String),
}

impl FromStr for ControllerIn {
    type Err = NotAPair;

    fn from_str(text: &str) -> Result<Self, NotAPair> {
        let wrong = || NotAPair::Controller(text.to_owned());
        let (number, room) = text.split_once('=').ok_or_else(wrong)?;
        let number = number.trim().parse().map_err(|_| wrong())?;
        match room.trim() {
            "" => Err(wrong()),
            room => Ok(Self(ControllerId(number), room.into())),
        }
    }
}

impl FromStr for PersonWith {
    type Err = NotAPair;

    fn from_str(text: &str) -> Result<Self, NotAPair> {
        match text.split_once('=') {
            Some((name, role)) if !name.trim().is_empty() && ROLES.contains(&role.trim()) => {
                Ok(Self(name.trim().into(), role.trim().to_owned()))
            }
            _ => Err(NotAPair::Person(text.to_owned())),
        }
    }
}

/// `bascule cluster init`
pub(super) fn run(args: &InitArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let mut plan = match &args.estate {
        Some(path) => of_estate(path, lang)?,
        None => ClusterPlan {
            members: args.controllers.iter().map(|one| (one.0, one.1.clone())).collect(),
            hosts: args.hosts.iter().map(|host| host.as_str().into()).collect(),
            ..ClusterPlan::default()
        },
    };
    plan.cluster.clone_from(&args.name);
    let mut persons: BTreeMap<PersonId, BTreeSet<String>> = BTreeMap::new();
    for PersonWith(name, role) in &args.persons {
        persons.entry(name.clone()).or_default().insert(role.clone());
    }
    plan.persons = persons;
    cluster_init(&args.dir, &plan).map_err(|error| {
        let class = match error {
            CaError::Exists { .. } => Class::Rejected,
            _ => Class::Input,
        };
        Failure::of(class, &error)
    })?;
    print(&told(&args.dir, &plan, lang))?;
    Ok(ExitCode::SUCCESS)
}

fn of_estate(path: &Path, lang: Lang) -> Result<ClusterPlan, Failure> {
    let (file, text) = read_file(path)?;
    let (estate, _) = Estate::parse(&file, &text).map_err(|found| {
        let first = found.iter().find(|one| one.is_error()).map(|one| one.one_line(lang));
        let first = first.unwrap_or_default();
        Failure::new(
            Class::Input,
            both!("the estate cannot be used: {first}", "le parc est inutilisable : {first}"),
        )
        .advising(both!(
            "see everything with `bascule estate check {file}`",
            "voyez tout avec `bascule estate check {file}`",
        ))
    })?;
    let twin = |product: Product| product == Product::Twin;
    Ok(ClusterPlan {
        cluster: String::new(),
        members: estate.rooms.iter().map(|(id, room)| (room.controller, id.clone())).collect(),
        hosts: estate.hosts.keys().cloned().collect(),
        devices: estate
            .rooms
            .iter()
            .filter(|(_, room)| twin(room.technology))
            .map(|(id, _)| id.clone())
            .collect(),
        persons: BTreeMap::new(),
    })
}

fn told(folder: &Path, plan: &ClusterPlan, lang: Lang) -> String {
    let mut made = vec!["ca".to_owned(), "keys".to_owned()];
    made.extend(plan.members.iter().map(|(id, _)| format!("controller-{}", id.0)));
    made.extend(plan.members.iter().map(|(id, _)| format!("guardian-{}", id.0)));
    made.extend(plan.hosts.iter().map(|host| format!("agent-{host}")));
    made.extend(plan.devices.iter().map(|room| format!("device-{room}")));
    made.extend(plan.persons.keys().map(|name| format!("person-{name}")));
    format!(
        "{} {}: {} {}: {}\n{}\n",
        cluster::CLUSTER.in_lang(lang),
        plan.cluster,
        folder.display(),
        cluster::MADE.in_lang(lang),
        made.join(", "),
        cluster::KEEP_AUTHORITY.in_lang(lang)
    )
}
