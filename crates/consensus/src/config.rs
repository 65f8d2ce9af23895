//! A node's timers and limits.

use std::time::Duration;

use openraft::SnapshotPolicy;
use state_machine::{APPLY_VERSIONS, Versions};

use model::seeded_bug::{SeededBug, seeded_bug};

/// A node's timers and limits. The defaults leave ample room inside the 5 s from a room's death
/// to the committed verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeConfig {
    /// How often a leader shows that it lives.
    pub heartbeat: Duration,
    /// The shortest silence after which a follower campaigns.
    pub election_min: Duration,
    /// The longest, exclusive: each node draws between the two.
    pub election_max: Duration,
    /// How long one transfer of a snapshot may take.
    pub snapshot_ttl: Duration,
    /// A snapshot is taken after this many entries.
    pub snapshot_every: u64,
    /// This many entries are kept in the log behind a snapshot, so that a room that was away
    /// briefly needs no snapshot.
    pub keep_behind_snapshot: u64,
    /// How long a proposal waits for its quorum before its outcome is reported as unknown.
    pub propose_within: Duration,
    /// The versions of `apply` that this binary carries. Tests play an older binary with it.
    pub apply_versions: Versions,
}

impl Default for NodeConfig {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_millis(150),
            election_min: Duration::from_millis(450),
            election_max: Duration::from_millis(900),
            snapshot_ttl: Duration::from_secs(10),
            snapshot_every: 2000,
            keep_behind_snapshot: 500,
            propose_within: Duration::from_secs(5),
            apply_versions: APPLY_VERSIONS,
        }
    }
}

/// Timers that cannot work together.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// openraft's own check said no.
    #[error(
        "the consensus timers do not fit together: {reason}; the heartbeat must be shorter than \
         the shortest election time, and that shorter than the longest"
    )]
    Timers {
        /// What does not fit.
        reason: String,
    },
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl NodeConfig {
    /// `restores_leader` is [`Runtime::restores_leader`](crate::runtime::Runtime).
    pub(crate) fn to_openraft(
        &self,
        era: u64,
        restores_leader: bool,
    ) -> Result<openraft::Config, ConfigError> {
        let config = openraft::Config {
            cluster_name: format!("era-{era}"),
            heartbeat_interval: millis(self.heartbeat),
            election_timeout_min: millis(self.election_min),
            election_timeout_max: millis(self.election_max),
            install_snapshot_timeout: millis(self.snapshot_ttl),
            snapshot_policy: SnapshotPolicy::LogsSinceLast(self.snapshot_every),
            max_in_snapshot_log_to_keep: self.keep_behind_snapshot,
            // A room that comes back from a cut would otherwise depose a healthy leader.
            enable_pre_vote: Some(true),
            // A restarted leader that resumes its old term takes that term's first entry as the
            // floor of its reads, which lies below writes already acknowledged: its
            // "linearizable" reads would be stale. It has to be elected again instead. The other
            // half of the remedy is that the store keeps `committed` (see `disk/applied.rs`).
            // Seeded bug `leader-restored`; `tests/stale_reads.rs` shows the hazard with both halves
            // taken away.
            enable_leader_restore: Some(restores_leader || seeded_bug(SeededBug::LeaderRestored)),
            // Never: a shorter log than one already acknowledged is a lost disk, and a lost disk
            // is a new member under a new id.
            allow_log_reversion: Some(false),
            // An entry can carry a whole estate; what goes in one message has to fit into 16 MiB.
            max_payload_entries: 64,
            backoff: "100ms 200ms ...500ms".to_owned(),
            ..openraft::Config::default()
        };
        config.validate().map_err(|error| ConfigError::Timers { reason: error.to_string() })
    }
}
