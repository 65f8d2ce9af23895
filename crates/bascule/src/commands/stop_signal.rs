//! When a node is to stop.

use std::io::Read;

use tokio::signal::unix::{SignalKind, signal};

use crate::failure::{Class, Failure};

/// Is over at SIGTERM, SIGINT, or, if asked, when standard input ends: then a node does not
/// outlive the process that started it, however that one dies.
pub(crate) fn stop_signal(
    with_stdin: bool,
) -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    let watched = |kind| signal(kind).map_err(|error| Failure::of(Class::Internal, &error));
    let mut terminate = watched(SignalKind::terminate())?;
    let mut interrupt = watched(SignalKind::interrupt())?;
    let (ended, stdin_ends) = tokio::sync::oneshot::channel::<()>();
    if with_stdin {
        // A thread of its own: a read from standard input can't be taken back.
        std::thread::spawn(move || {
            let mut stdin = std::io::stdin().lock();
            let mut bytes = [0; 64];
            while stdin.read(&mut bytes).is_ok_and(|read| read > 0) {}
            let _ = ended.send(());
        });
    }
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = stdin_ends, if with_stdin => {}
        }
    })
}
