//! This controller's era is over: another one was opened without it. It does nothing more, says
//! so, keeps what it has as evidence, and tells the newer era where its log ended.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use consensus::NewerEra;

use crate::config::Config;
use crate::process::{ProcessError, Shared};

/// How long the newer era's controller may take to listen.
const WORD: Duration = Duration::from_secs(2);

/// Bytes read from the store at once.
const AT_ONCE: usize = 1 << 20;

fn marker(config: &Config) -> PathBuf {
    config.data_dir.join("left-behind")
}

/// An earlier life has heard of the newer era: this one does not even start.
pub(crate) fn check(config: &Config) -> Result<(), ProcessError> {
    match fs::read_to_string(marker(config)) {
        Ok(why) => Err(ProcessError::LeftBehind { why: why.trim().to_owned() }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(ProcessError::LeftBehind {
            why: format!("{} can't be read: {error}", marker(config).display()),
        }),
    }
}

fn words(shared: &Shared, newer: &NewerEra) -> String {
    let ours = shared.node.era().0;
    let order = newer.order.as_deref().unwrap_or("none");
    if newer.era.0 == ours {
        format!(
            "TWO ERAS HAVE THE NUMBER {ours}: that of {} was opened by the order {order}, ours by \
             {}; people must decide which one stands",
            newer.by,
            shared.node.era_order().unwrap_or("none")
        )
    } else {
        format!(
            "era {} was opened by the order {order} while this controller was away ({} says so); \
             its own era {ours} is over",
            newer.era.0, newer.by
        )
    }
}

/// Writes the evidence, leaves word, and gives the sentence to end with.
pub(crate) async fn leave(shared: &Shared, newer: &NewerEra) -> String {
    let why = words(shared, newer);
    tracing::error!("{why}");
    let head = match shared.node.own_head() {
        Ok(head) => head,
        Err(error) => return format!("{why}; where its own log ends is not known: {error}"),
    };
    let folder = shared.config.data_dir.join(format!("orphan-of-era-{}", head.era.0));
    let kept = match keep(shared, &folder, head.size) {
        Ok(()) => format!("its log is kept in {} as evidence", folder.display()),
        Err(error) => format!("its log could not be written to {}: {error}", folder.display()),
    };
    let heard = shared.node.leave_word(newer.by, &head, WORD).await;
    if !heard {
        tracing::warn!(to = %newer.by, "nobody heard where this log ended");
    }
    let why = format!("{why}; {kept}");
    if let Err(error) = write(&marker(&shared.config), format!("{why}\n").as_bytes()) {
        tracing::error!(%error, "that this era is over could not be written down");
    }
    why
}

/// The leaves, and the entries that may or may not have been committed.
fn keep(shared: &Shared, folder: &Path, size: u64) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut leaves = Vec::new();
    let mut next = 0;
    while next < size {
        let more = shared
            .node
            .leaves(next..size, AT_ONCE)
            .map_err(|error| std::io::Error::other(error.to_string()))?;
        if more.is_empty() {
            break;
        }
        for leaf in more {
            leaves.extend_from_slice(&leaf);
            leaves.push(b'\n');
            next += 1;
        }
    }
    write(&folder.join("leaves.jsonl"), &leaves)?;
    let tail = shared.node.own_tail().map_err(|error| std::io::Error::other(error.to_string()))?;
    let tail = serde_json::to_vec_pretty(&tail)?;
    write(&folder.join("not-known-to-be-committed.json"), &tail)
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
