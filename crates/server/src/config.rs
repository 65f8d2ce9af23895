//! The controller's configuration file.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use model::id::{ControllerId, RoomId};

/// The configuration of one controller.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The cluster's name, the same in every room; part of every certificate.
    pub cluster: String,
    /// Which controller this is.
    pub controller: ControllerId,
    /// The room in which it stands.
    pub room: RoomId,
    /// Where it listens for peers, agents and people.
    pub listen: SocketAddr,
    /// Where it serves `/metrics`; none means nowhere. Loopback, or a management network.
    #[serde(default)]
    pub metrics_listen: Option<SocketAddr>,
    /// Where its log and state lie.
    pub data_dir: PathBuf,
    /// Its certificate, key, CA and audit key, as `bascule cluster init` made them.
    pub tls_dir: PathBuf,
    /// Where everything else is reached: endpoint name to addresses, tried in order.
    pub endpoints: BTreeMap<String, Vec<SocketAddr>>,
    /// The members of the cluster, this one included.
    pub members: Vec<MemberConfig>,
    /// Forms the cluster if there is none yet; true on one controller only.
    #[serde(default)]
    pub bootstrap: bool,
    /// The estate loaded when the cluster has none yet.
    #[serde(default)]
    pub estate: Option<PathBuf>,
    /// The policy loaded with it; the shipped one if absent.
    #[serde(default)]
    pub policy: Option<PathBuf>,
    /// The folder of the runbooks loaded with it.
    #[serde(default)]
    pub runbooks: Option<PathBuf>,
    /// Consensus timers; the shipped ones if absent.
    #[serde(default)]
    pub timers: Option<Timers>,
}

/// A member as the configuration names it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberConfig {
    /// Its id.
    pub controller: ControllerId,
    /// Its room.
    pub room: RoomId,
}

/// Consensus timers, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timers {
    /// How often a leader shows that it lives.
    pub heartbeat_ms: u64,
    /// The shortest silence after which a follower campaigns.
    pub election_min_ms: u64,
    /// The longest.
    pub election_max_ms: u64,
}

/// Why a configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("cannot read the configuration {}: {source}; check the path and its permissions", .path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not a configuration.
    #[error("the configuration {} is not valid: {reason}", .path.display())]
    Parse {
        /// Which file.
        path: PathBuf,
        /// What is wrong, with its place.
        reason: String,
    },
    /// It contradicts itself.
    #[error("the configuration {} contradicts itself: {reason}", .path.display())]
    Contradiction {
        /// Which file.
        path: PathBuf,
        /// How.
        reason: String,
    },
}

impl Config {
    /// Reads and checks a configuration. Relative paths in it are relative to its folder.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.into(), source })?;
        let mut config: Self = serde_saphyr::from_str(&text)
            .map_err(|error| ConfigError::Parse { path: path.into(), reason: error.to_string() })?;
        let folder = path.parent().unwrap_or(Path::new("."));
        config.data_dir = folder.join(&config.data_dir);
        config.tls_dir = folder.join(&config.tls_dir);
        for file in [&mut config.estate, &mut config.policy, &mut config.runbooks] {
            *file = file.take().map(|file| folder.join(file));
        }
        config
            .check()
            .map_err(|reason| ConfigError::Contradiction { path: path.into(), reason })?;
        Ok(config)
    }

    /// The addresses of an endpoint by its name, or of a literal `host:port`.
    pub fn resolve(&self, name: &str) -> Vec<SocketAddr> {
        match self.endpoints.get(name) {
            Some(addresses) => addresses.clone(),
            None => name.parse().into_iter().collect(),
        }
    }

    fn check(&self) -> Result<(), String> {
        let me = self.members.iter().find(|member| member.controller == self.controller);
        match me {
            None => return Err(format!("{} is not among its `members`", self.controller)),
            Some(member) if member.room != self.room => {
                return Err(format!(
                    "`members` puts {} in room {}, `room` says {}",
                    self.controller, member.room, self.room
                ));
            }
            Some(_) => {}
        }
        for (at, member) in self.members.iter().enumerate() {
            if self.members[..at].iter().any(|other| other.room == member.room) {
                return Err(format!(
                    "room {} has two controllers: at most one a room, so that no room holds two votes",
                    member.room
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("controller.yaml");
        std::fs::write(&path, text).expect("written");
        let message = Config::read(&path).expect_err("it must be refused").to_string();
        message.replace(&folder.path().display().to_string(), "")
    }

    const GOOD: &str = "
cluster: clinic
controller: 1
room: a
listen: 127.0.0.1:7000
data_dir: data
tls_dir: tls
endpoints: {}
members: [{controller: 1, room: a}, {controller: 2, room: b}]
";

    #[test]
    fn a_wrong_configuration_says_what_and_where() {
        for (change, words) in [
            (("members:", "membres:"), "membres"),
            (("room: a\nlisten", "room: b\nlisten"), "`members` puts controller-1 in room a"),
            (("controller: 1\n", "controller: 9\n"), "controller-9 is not among its `members`"),
            (("room: b}", "room: a}"), "room a has two controllers"),
            (("127.0.0.1:7000", "here"), "here"),
        ] {
            let text = GOOD.replacen(change.0, change.1, 1);
            let message = message(&text);
            assert!(message.contains(words), "{words:?} not in: {message}");
        }
    }

    #[test]
    fn a_missing_file_says_what_to_check() {
        let error = Config::read(Path::new("/nonexistent/controller.yaml")).expect_err("missing");
        assert!(error.to_string().contains("check the path"), "{error}");
    }
}
