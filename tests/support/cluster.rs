//! Three controllers as three processes, with real certificates, sockets and disks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use model::id::{ControllerId, PersonId};
use model::units::Span;
use serde_json::{Value, json};
use wire::api::{ExecuteRequest, OperateRequest, QueryRequest};
use wire::ca::{ClusterPlan, cluster_init};
use wire::dial::{DialSettings, Dialer};
use wire::endpoint::{EndpointName, Endpoints};
use wire::tls::Credentials;

/// The rooms of the cluster, controller 1 in the first.
const ROOMS: [&str; 3] = ["a", "b", "c"];

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// A cluster of three controller processes; they end with it.
pub struct Cluster {
    folder: tempfile::TempDir,
    binary: PathBuf,
    processes: BTreeMap<u64, Child>,
    dialers: BTreeMap<String, Dialer>,
    metrics: Vec<SocketAddr>,
    endpoints: BTreeMap<String, Vec<SocketAddr>>,
}

impl Cluster {
    /// Prepares certificates and configurations, and starts all three.
    pub fn start() -> Self {
        Self::start_with_persons(&[])
    }

    /// As [`Self::start`], with persons who may open an era: the key of each is in `NAME.key`.
    pub fn start_with_persons(names: &[&str]) -> Self {
        Self::start_with_policy(names, |_, policy| policy)
    }

    /// As [`Self::start_with_persons`], with the policy changed by somebody who is told the
    /// cluster's folder.
    pub fn start_with_policy(names: &[&str], change: impl FnOnce(&Path, String) -> String) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let members = (1..).map(ControllerId).zip(ROOMS.map(Into::into)).collect();
        let person = |roles: &str| -> BTreeSet<String> { [roles.to_owned()].into() };
        let plan = ClusterPlan {
            cluster: "test".into(),
            members,
            hosts: Vec::new(),
            devices: Vec::new(),
            persons: BTreeMap::from([
                (PersonId::from("admin"), person("administrator")),
                (PersonId::from("guest"), person("viewer")),
            ]),
        };
        cluster_init(&folder.path().join("pki"), &plan).expect("certificates");
        let mut addresses = free_addresses(2 * ROOMS.len());
        let metrics = addresses.split_off(ROOMS.len());
        let endpoints: BTreeMap<String, Vec<SocketAddr>> = addresses
            .iter()
            .enumerate()
            .map(|(at, address)| (format!("controller/{}", at + 1), vec![*address]))
            .collect();
        for (at, room) in ROOMS.iter().enumerate() {
            let id = at as u64 + 1;
            let members: Vec<(u64, &str)> = (1..).zip(ROOMS).collect();
            let mut config = config(id, room, &members, &endpoints);
            config["metrics_listen"] = json!(metrics[at]);
            config["bootstrap"] = json!(id == 1);
            config["tls_dir"] = json!(format!("pki/controller-{id}"));
            write_config(folder.path(), id, &config);
        }
        write_policy(folder.path(), names);
        let written = folder.path().join("policy.yaml");
        let policy = fs::read_to_string(&written).expect("it was written");
        fs::write(&written, change(folder.path(), policy)).expect("written");
        let reachable: Endpoints = addresses
            .iter()
            .enumerate()
            .map(|(at, address)| {
                (EndpointName::Controller(ControllerId(at as u64 + 1)), vec![*address])
            })
            .collect();
        let dialers = ["admin", "guest"]
            .map(|name| {
                let own = folder.path().join("pki").join(format!("person-{name}"));
                let credentials = Credentials::load(&own).expect("a person's credentials");
                let dialer = Dialer::new(credentials, reachable.clone(), DialSettings::default());
                (name.to_owned(), dialer)
            })
            .into();
        let binary = crate::bascule();
        let processes = BTreeMap::new();
        let mut cluster = Self { folder, binary, processes, dialers, metrics, endpoints };
        for id in 1..=3 {
            cluster.start_one(id);
        }
        cluster
    }

    /// The cluster's folder: `pki/` and everybody's configurations.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes the configuration of a controller that is to replace another in its room; its
    /// certificate is expected in `joined-N`.
    pub fn prepare_replacement(&mut self, id: u64, room: &str) -> SocketAddr {
        let address = free_addresses(1)[0];
        self.endpoints.insert(format!("controller/{id}"), vec![address]);
        let members: Vec<(u64, &str)> = (1..)
            .zip(ROOMS)
            .map(|(old, its)| if its == room { (id, its) } else { (old, its) })
            .collect();
        let mut config = config(id, room, &members, &self.endpoints);
        config["tls_dir"] = json!(format!("joined-{id}"));
        write_config(self.folder.path(), id, &config);
        for dialer in self.dialers.values() {
            let mut known = dialer.endpoints();
            known.set(EndpointName::Controller(ControllerId(id)), vec![address]);
            dialer.set_endpoints(known);
        }
        address
    }

    /// Runs a command of the binary with the certificate in this folder, against the controllers
    /// that are named; its exit code and what it wrote.
    pub fn run(
        &self,
        tls: &str,
        controllers: &[u64],
        args: &[&str],
    ) -> (Option<i32>, String, String) {
        let mut command = Command::new(&self.binary);
        command.args(args).arg("--tls-dir").arg(self.folder.path().join(tls));
        for id in controllers {
            let address = self.endpoints[&format!("controller/{id}")][0];
            command.arg("--controller").arg(format!("{id}={address}"));
        }
        outcome(&mut command)
    }

    /// Runs a command of the binary that asks nobody, in the cluster's folder.
    pub fn run_alone(&self, args: &[&str]) -> (Option<i32>, String, String) {
        outcome(Command::new(&self.binary).args(args).current_dir(self.folder.path()))
    }

    /// The folder of one controller's log.
    pub fn data_dir(&self, id: u64) -> PathBuf {
        self.folder.path().join(format!("data-{id}"))
    }

    /// What one controller wrote to standard error.
    pub fn words(&self, id: u64) -> String {
        fs::read_to_string(self.words_path(id)).unwrap_or_default()
    }

    fn words_path(&self, id: u64) -> PathBuf {
        self.folder.path().join(format!("controller-{id}.log"))
    }

    /// Where a controller serves `/metrics`.
    pub fn metrics_address(&self, id: u64) -> SocketAddr {
        self.metrics[id as usize - 1]
    }

    /// Starts one controller.
    pub fn start_one(&mut self, id: u64) {
        let words = fs::File::create(self.words_path(id)).expect("a file for its words");
        let config: &Path = &self.folder.path().join(format!("controller-{id}.yaml"));
        let child = Command::new(&self.binary)
            .args(["server", "--stop-on-stdin-close", "--config"])
            .arg(config)
            // Its end of standard input closes when the test dies, however it dies.
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(words)
            .spawn()
            .expect("the binary starts");
        self.processes.insert(id, child);
    }

    /// kill -9.
    pub fn kill(&mut self, id: u64) {
        if let Some(mut child) = self.processes.remove(&id) {
            child.kill().expect("our own process can be killed");
            child.wait().expect("and waited for");
        }
    }

    /// Waits until a controller that was started ends by itself; its exit code.
    pub fn wait_for_end(&mut self, id: u64) -> Option<i32> {
        let mut child = self.processes.remove(&id).expect("it was started");
        // Waiting closes standard input otherwise, which tells it to stop.
        let _open = child.stdin.take();
        // The runner's own limit ends a wait that would last for ever.
        child.wait().expect("our own process").code()
    }

    /// Asks one controller as a person.
    pub async fn query(&self, id: u64, kind: &str) -> Result<Value, tonic::Status> {
        let mut api = self.dial("admin", id).api();
        let request = QueryRequest { kind: kind.into(), id: String::new(), linearizable: false };
        let reply = api.query(request).await?.into_inner();
        Ok(serde_json::from_slice(&reply.json).expect("views are JSON"))
    }

    /// Proposes a command as a person; the rejection, if any.
    pub async fn execute(
        &self,
        person: &str,
        id: u64,
        command: &state_machine::Command,
    ) -> Result<(u64, String), tonic::Status> {
        let command = serde_json::to_vec(command).expect("plain data");
        let mut api = self.dial(person, id).api();
        let reply = api.execute(ExecuteRequest { command }).await?.into_inner();
        Ok((reply.index, reply.rejected))
    }

    /// Hands the leadership over.
    pub async fn transfer_leader(&self, from: u64, to: u64) -> Result<String, tonic::Status> {
        let mut api = self.dial("admin", from).api();
        let request = OperateRequest { what: "transfer-leader".into(), argument: to.to_string() };
        Ok(api.operate(request).await?.into_inner().says)
    }

    fn dial(&self, person: &str, id: u64) -> wire::dial::Connection {
        self.dialers[person]
            .dial(&EndpointName::Controller(ControllerId(id)))
            .expect("every controller has an address")
            .within(Span::from_secs(8))
    }

    /// Polls until `seen` gives something; panics with every controller's words otherwise.
    pub async fn until<T>(&self, what: &str, mut seen: impl AsyncFnMut(&Self) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        let mut beat = tokio::time::interval(Duration::from_millis(50));
        while Instant::now() < deadline {
            beat.tick().await;
            if let Some(found) = seen(self).await {
                return found;
            }
        }
        let words: String =
            (1..=3).map(|id| format!("--- controller {id}\n{}\n", self.words(id))).collect();
        panic!("not seen within {} s: {what}\n{words}", PATIENCE.as_secs());
    }

    /// The leader on which the given controllers agree, once they do.
    pub async fn leader_seen_by(&self, ids: &[u64]) -> u64 {
        self.until("one leader on which all agree", async |cluster| {
            let mut leaders = BTreeSet::new();
            for id in ids {
                let view = cluster.query(*id, "cluster").await.ok()?;
                leaders.insert(view["leader"].as_u64()?);
            }
            let leader = (leaders.len() == 1).then(|| leaders.first().copied())??;
            ids.contains(&leader).then_some(leader)
        })
        .await
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for child in self.processes.values_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn config(
    id: u64,
    room: &str,
    members: &[(u64, &str)],
    endpoints: &BTreeMap<String, Vec<SocketAddr>>,
) -> Value {
    let members: Vec<Value> =
        members.iter().map(|(id, room)| json!({"controller": id, "room": room})).collect();
    json!({
        "cluster": "test",
        "controller": id,
        "room": room,
        "listen": endpoints[&format!("controller/{id}")][0],
        "data_dir": format!("data-{id}"),
        "endpoints": endpoints,
        "members": members,
        "estate": crate::repository().join("simulations/estates/ward.yaml"),
        "policy": "policy.yaml",
        "runbooks": crate::repository().join("runbooks"),
    })
}

fn outcome(command: &mut Command) -> (Option<i32>, String, String) {
    let ran = command.output().expect("the binary starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (ran.status.code(), text(&ran.stdout), text(&ran.stderr))
}

/// The short figures of `fast-lease.yaml`, with these persons and their fresh keys.
fn write_policy(folder: &Path, names: &[&str]) {
    let shipped = crate::repository().join("simulations/policies/fast-lease.yaml");
    let mut policy = fs::read_to_string(shipped).expect("it is in the repository");
    if !names.is_empty() {
        policy.push_str("  persons:\n");
    }
    for name in names {
        let file = folder.join(format!("{name}.key"));
        let public = wire::ca::new_person_key(name, &file).expect("a new key");
        policy.push_str(&format!("    {name}: {{ key: \"{public}\", roles: [opens-eras] }}\n"));
    }
    fs::write(folder.join("policy.yaml"), policy).expect("written");
}

fn write_config(folder: &Path, id: u64, config: &Value) {
    let text = serde_json::to_string_pretty(config).expect("plain data");
    fs::write(folder.join(format!("controller-{id}.yaml")), text).expect("written");
}

fn free_addresses(count: usize) -> Vec<SocketAddr> {
    // All are held at once, so that they differ.
    let held: Vec<TcpListener> =
        (0..count).map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port")).collect();
    held.iter().map(|listener| listener.local_addr().expect("bound")).collect()
}
