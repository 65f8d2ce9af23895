//! The operator's desk: what asks the controllers runs in its namespace, from which a cable leads
//! to every room.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use audit::note::NoteVerifier;
use model::id::ControllerId;
use model::text::Lang;
use model::units::Span;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::process::Command;
use wire::api::{CheckpointRequest, LeavesRequest, OperateRequest, QueryRequest};
use wire::dial::{Connection, DialSettings, Dialer};
use wire::endpoint::EndpointName;
use wire::tls::Credentials;

use super::error::LabError;
use super::log::Log;
use super::plan::{Lab, Place};

const HAND_OVER_WITHIN: Span = Span::from_secs(8);
const SIGNED_WITHIN: Span = Span::from_secs(20);
/// A stream on which nothing comes for so long is given up.
const SILENT: Duration = Duration::from_secs(2);

/// The way to the controllers.
pub(super) struct Desk {
    dialer: Dialer,
    controllers: Vec<ControllerId>,
    pub(super) audit_keys: Vec<NoteVerifier>,
}

/// What of a controller's answer matters here.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Seen {
    pub(super) estate: Option<String>,
    pub(super) leader: Option<ControllerId>,
    pub(super) vms: SeenVms,
    pub(super) hosts: Vec<SeenHost>,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct SeenVms {
    pub(super) total: usize,
    pub(super) running: usize,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct SeenHost {
    pub(super) host: String,
    pub(super) admitted: bool,
    pub(super) armed: bool,
}

impl Desk {
    pub(super) fn new(lab: &Lab) -> Result<Self, LabError> {
        let path = lab.operator_tls();
        let credentials = Credentials::load(&path).map_err(|source| LabError::Credentials {
            path: path.clone(),
            source: Box::new(source),
        })?;
        let audit_keys = wire::ca::load_audit_keys(&path)
            .map_err(|error| LabError::Certificates(Box::new(error)))?;
        Ok(Self {
            dialer: Dialer::new(credentials, lab.endpoints(&Place::Desk), DialSettings::default()),
            controllers: lab.estate.rooms.values().map(|room| room.controller).collect(),
            audit_keys,
        })
    }

    pub(super) fn controllers(&self) -> impl Iterator<Item = ControllerId> {
        self.controllers.iter().copied()
    }

    /// What is in a room that was killed is asked no more.
    pub(super) fn forget(&mut self, dead: ControllerId) {
        self.controllers.retain(|id| *id != dead);
    }

    fn controller(&self, id: ControllerId) -> Option<Connection> {
        self.dialer.dial(&EndpointName::Controller(id)).ok()
    }

    async fn status(&self, id: ControllerId) -> Option<Value> {
        let request = QueryRequest { kind: "status".to_owned(), ..QueryRequest::default() };
        let reply = self.controller(id)?.api().query(request).await.ok()?;
        serde_json::from_slice(&reply.into_inner().json).ok()
    }

    /// What the leader sees, if somebody leads and answers.
    pub(super) async fn leader_sees(&self) -> Option<Seen> {
        for id in self.controllers() {
            let Some(value) = self.status(id).await else { continue };
            let seen: Seen = serde_json::from_value(value).ok()?;
            match seen.leader {
                Some(leader) if leader == id => return Some(seen),
                _ => {}
            }
        }
        None
    }

    /// Asks the leader to hand over; says what it answered.
    pub(super) async fn hand_over(&self, from: ControllerId, to: ControllerId) -> String {
        let request =
            OperateRequest { what: "transfer-leader".to_owned(), argument: to.0.to_string() };
        let Some(connection) = self.controller(from) else { return "no address".to_owned() };
        match connection.within(HAND_OVER_WITHIN).api().operate(request).await {
            Ok(reply) => reply.into_inner().says,
            Err(status) => status.message().to_owned(),
        }
    }

    /// The log's head, signed by the rooms that answer.
    pub(super) async fn checkpoint(&self, id: ControllerId, size: u64) -> Result<String, String> {
        let connection = self.controller(id).ok_or_else(|| "no address".to_owned())?;
        let request = CheckpointRequest { size };
        let reply = connection.within(SIGNED_WITHIN).api().checkpoint(request).await;
        reply.map(|reply| reply.into_inner().note).map_err(|status| status.message().to_owned())
    }

    /// Reads what is new in the log, at the controllers that answer.
    pub(super) async fn catch_up(&self, log: &mut Log) {
        for id in self.controllers() {
            let request = LeavesRequest {
                from: log.leaves.len() as u64,
                limit: 0,
                follow: false,
                older_era: None,
            };
            let Some(connection) = self.controller(id) else { continue };
            let Ok(stream) = connection.api().leaves(request).await else { continue };
            let mut stream = stream.into_inner();
            while let Ok(Ok(Some(chunk))) = tokio::time::timeout(SILENT, stream.message()).await {
                log.add(chunk.index, chunk.leaf);
            }
        }
    }
}

/// What every controller answers; nothing for one that does not. To be called in the desk's
/// namespace.
pub async fn view(lab: &Lab) -> Result<BTreeMap<ControllerId, Option<Value>>, LabError> {
    let desk = Desk::new(lab)?;
    let mut answers = BTreeMap::new();
    for id in desk.controllers() {
        answers.insert(id, desk.status(id).await);
    }
    Ok(answers)
}

/// Runs `bascule lab WORDS` in the desk's namespace and returns what it wrote to standard output,
/// and how it ended; standard error is shared.
pub(super) async fn at_the_desk(
    lab: &Lab,
    executable: &Path,
    words: &str,
    lang: Lang,
) -> Result<(Vec<u8>, std::process::ExitStatus), LabError> {
    let lang = match lang {
        Lang::En => "en",
        Lang::Fr => "fr",
    };
    let failed = |source| LabError::Start { what: format!("bascule lab {words}"), source };
    let child = Command::new("ip")
        .args(["netns", "exec", &Place::Desk.namespace()])
        .arg(executable)
        .args(["lab", words, "--lang", lang, "--dir"])
        .arg(&lab.dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    let output = child.wait_with_output().await.map_err(failed)?;
    Ok((output.stdout, output.status))
}
