//! At the start: only one controller runs on a folder, and none while the guardian beside it has
//! promised that none does.

use std::path::Path;
use std::time::Duration;

use drivers::guard_post::{Held, Post, PostError, boot, since_boot};

/// A guardian holds the lock for the length of one write; another controller for its whole life.
const TRIES: u32 = 100;
const BETWEEN: Duration = Duration::from_millis(50);

/// Why no controller starts here.
#[derive(Debug, thiserror::Error)]
pub enum GuardedError {
    /// Another one runs.
    #[error(
        "another controller runs on {}: two on one log would destroy it; end that one first",
        .folder.display()
    )]
    Taken {
        /// Where.
        folder: std::path::PathBuf,
    },
    /// The lock or the guardian's record.
    #[error(transparent)]
    Post(#[from] PostError),
}

/// Takes the lock, which the caller keeps as long as it runs, and waits until the guardian's last
/// promise is over. Meanwhile the guardian sees the lock and promises no more.
pub(crate) async fn take_place(folder: &Path) -> Result<Held, GuardedError> {
    let post = Post::at(folder)?;
    let mut held = None;
    for _ in 0..TRIES {
        held = post.try_hold()?;
        if held.is_some() {
            break;
        }
        tokio::time::sleep(BETWEEN).await;
    }
    let held = held.ok_or_else(|| GuardedError::Taken { folder: folder.to_owned() })?;
    let boot = boot()?;
    while let Some(left) = post.closed_for(&held, &boot, since_boot())? {
        tracing::info!(%left, "hosts were promised that no controller runs here: waiting");
        // The timer may not count through suspend, the clock does: it is asked again.
        tokio::time::sleep(left.to_std().min(Duration::from_secs(1))).await;
    }
    Ok(held)
}
