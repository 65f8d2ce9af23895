//! What nodes say while they run, on standard error.

use tracing_subscriber::EnvFilter;

/// The variable that says how much: `info`, `debug`, `server=debug,info`.
pub(crate) const VARIABLE: &str = "BASCULE_LOG";

/// Begins to write: for a node from `info` on, as lines for people or as JSON.
pub(crate) fn begin(json: bool) {
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // An error means that something in this process began already: nothing is lost.
    let _ = if json { builder.json().try_init() } else { builder.try_init() };
}

/// Begins to write for a client, which is silent unless it is asked to speak.
pub(crate) fn begin_for_client() {
    if std::env::var_os(VARIABLE).is_some() {
        begin(false);
    }
}
