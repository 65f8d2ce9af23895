//! The runtime under a node.

use std::future::Future;
use std::io;

use openraft_rt::AsyncRuntime;

mod sealed {
    /// Keeps the two runtimes the only ones: a third would need its own proof of determinism or
    /// of fairness.
    pub trait Sealed {}
    impl Sealed for openraft_rt_tokio::TokioRuntime {}
    #[cfg(any(test, feature = "simulation"))]
    impl Sealed for crate::simulation::Seeded {}
}

/// Under what a node runs: tasks, timers, channels, random numbers, and where disk work goes.
pub trait Runtime: AsyncRuntime + sealed::Sealed + Send + Sync + Sized {
    /// Runs disk work: on a thread that may block, or, simulated, in line after a seeded delay.
    fn blocking<T, F>(work: F) -> impl Future<Output = io::Result<T>> + Send
    where
        F: FnOnce() -> io::Result<T> + Send + 'static,
        T: Send + 'static;

    /// Whether a restarted leader resumes its old term: never, but in a simulated world that
    /// shows why.
    fn restores_leader() -> bool {
        false
    }

    /// Whether a restarted node forgets what was known to be committed: never, but in a simulated
    /// world that shows why.
    fn forgets_committed() -> bool {
        false
    }
}

/// The runtime of the real controllers: tokio.
pub type Production = openraft_rt_tokio::TokioRuntime;

impl Runtime for Production {
    // Not the trait's own `spawn_blocking`: that starts a thread for each call.
    async fn blocking<T, F>(work: F) -> io::Result<T>
    where
        F: FnOnce() -> io::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result,
            Err(error) => Err(io::Error::other(error)),
        }
    }
}
