use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use model::id::{HostId, RoomId, ServiceId};
use model::units::Span;
use serde::{Deserialize, Serialize};
use wire::endpoint::Endpoints;

/// The configuration of one twin room. Paths are absolute, or relative to the file's folder.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The room that it plays.
    pub room: RoomId,
    /// Where its devices listen.
    pub listen: SocketAddr,
    /// The devices' certificate and key.
    pub tls_dir: PathBuf,
    /// The estate.
    pub estate: PathBuf,
    /// The policy: the lease's figures.
    pub policy: PathBuf,
    /// Boot times of the estate are divided by this.
    pub time_scale: u32,
    /// Where the hosts' boot journals lie: `<host>.jsonl`.
    pub journal_dir: PathBuf,
    /// Where the agents keep what must outlive them, a folder for each host.
    pub state_dir: PathBuf,
    /// Its hosts.
    #[serde(default)]
    pub hosts: BTreeMap<HostId, HostConfig>,
    /// Where everything is reached from this room.
    pub endpoints: Endpoints,
    /// Where the devices of other rooms are reached over the storage links.
    #[serde(default)]
    pub storage: BTreeMap<RoomId, SocketAddr>,
    /// Where services answer while a VM of theirs runs in this room.
    #[serde(default)]
    pub services: BTreeMap<ServiceId, SocketAddr>,
    /// Starts with every VM running on its home host, as if it had run for long.
    #[serde(default)]
    pub running_at_home: bool,
    /// How long a host takes from its reset until its agent runs again.
    #[serde(default = "default_reboot")]
    pub reboot: Span,
}

fn default_reboot() -> Span {
    Span::from_secs(3)
}

/// One host of a twin room.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostConfig {
    /// Where its agent listens.
    pub listen: SocketAddr,
    /// The agent's certificate and key.
    pub tls_dir: PathBuf,
}

/// Why a twin room's configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("cannot read {}: check the path and its permissions", .path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not a configuration of a twin room.
    #[error("{} is no configuration of a twin room: {reason}", .path.display())]
    Parse {
        /// Which file.
        path: PathBuf,
        /// What is wrong, with its place.
        reason: String,
    },
}

impl Config {
    /// Reads a configuration.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.into(), source })?;
        let mut config: Self = serde_saphyr::from_str(&text)
            .map_err(|error| ConfigError::Parse { path: path.into(), reason: error.to_string() })?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let Self { tls_dir, estate, policy, journal_dir, state_dir, hosts, .. } = &mut config;
        let of_hosts = hosts.values_mut().map(|host| &mut host.tls_dir);
        for path in [tls_dir, estate, policy, journal_dir, state_dir].into_iter().chain(of_hosts) {
            *path = folder.join(&*path);
        }
        Ok(config)
    }
}
