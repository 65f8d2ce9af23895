//! The guardian beside a controller: "no controller runs here and none starts for so long".
//!
//! A process of its own, because it has to answer while the controller is dead. Agents that get no
//! lease ask it; with promises of the guardians of all controllers a host runs on.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use drivers::guard_post::{Post, PostError, Written, boot, since_boot};
use lease::guardian::{ControllerHere, Guardian, Record};
use model::id::ControllerId;
use model::policy::LeasePolicy;
use model::units::Span;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tonic::service::Routes;
use tonic::{Request, Response, Status};
use wire::agent::guardian_server::Guardian as GuardianService;
use wire::agent::{AskNoControllerRequest, AskPromiseReply};
use wire::identity::{Identity, require_agent};
use wire::serve::{ServeError, guardian_service, serve};
use wire::tls::{Credentials, CredentialsError};

/// The configuration file of a guardian.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GuardianConfig {
    /// Beside which controller.
    pub controller: ControllerId,
    /// Where it answers.
    pub listen: SocketAddr,
    /// The folder with its certificate and key.
    pub credentials: PathBuf,
    /// The controller's data folder.
    pub data_dir: PathBuf,
    /// The lease's figures, as in the policy: no promise lasts longer than theirs.
    #[serde(default)]
    pub lease: LeasePolicy,
}

/// Why a guardian does not start, or ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum GuardianError {
    /// The configuration.
    #[error("{path} is no configuration of a guardian: {message}")]
    Config {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        message: String,
    },
    /// The certificate.
    #[error("the guardian has no valid certificate")]
    Credentials(#[from] CredentialsError),
    /// The controller's folder.
    #[error(transparent)]
    Post(#[from] PostError),
    /// The address.
    #[error("the guardian can't answer at {address}: is another one running?")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Serving ended.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// Reads a configuration file. Relative paths in it are relative to its folder.
pub fn read_config(path: &Path) -> Result<GuardianConfig, GuardianError> {
    let wrong = |message: String| GuardianError::Config { path: path.to_owned(), message };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let mut config: GuardianConfig =
        serde_saphyr::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    config.credentials = folder.join(&config.credentials);
    config.data_dir = folder.join(&config.data_dir);
    Ok(config)
}

/// Serves until `stop` is over. What it has promised it keeps beyond its own end: the record lies
/// where the controller reads it.
pub async fn run(
    config: GuardianConfig,
    stop: impl Future<Output = ()>,
) -> Result<(), GuardianError> {
    let me = Identity::Guardian(config.controller);
    let credentials = Credentials::load_as(&config.credentials, &me)?;
    let keeper = Keeper::open(&config)?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|source| GuardianError::Listen { address: config.listen, source })?;
    tracing::info!(controller = %config.controller, listen = %config.listen, "the guardian runs");
    let service = Service { keeper: Arc::new(Mutex::new(keeper)) };
    let routes = Routes::new(guardian_service(service));
    Ok(serve(listener, &credentials, routes, stop).await?)
}

/// What promises.
#[derive(Debug)]
struct Keeper {
    post: Post,
    boot: String,
    guardian: Guardian,
    until_ms: u64,
}

/// Why no promise was given.
#[derive(Debug, thiserror::Error)]
enum NoPromise {
    #[error(transparent)]
    ControllerHere(#[from] ControllerHere),
    #[error(transparent)]
    Post(#[from] PostError),
}

impl Keeper {
    fn open(config: &GuardianConfig) -> Result<Self, PostError> {
        let post = Post::at(&config.data_dir)?;
        let written = post.read()?.unwrap_or_default();
        let boot = boot()?;
        let until_ms = if written.boot == boot { written.until_ms } else { 0 };
        let record = Record { promised: written.promised, controller: false };
        let guardian = Guardian::restore(record, config.lease.promise, since_boot());
        Ok(Self { post, boot, guardian, until_ms })
    }

    /// Nothing is kept of a promise that could not be written.
    fn ask(&mut self, lasts: Span) -> Result<Span, NoPromise> {
        let Some(held) = self.post.try_hold()? else {
            self.guardian.a_controller_runs();
            return Err(ControllerHere.into());
        };
        let mut next = self.guardian.clone();
        next.no_controller_runs();
        let now = since_boot();
        let lasts = next.ask(lasts, now)?;
        let until_ms = self.until_ms.max(now.after(lasts).0);
        let promised = next.record().promised;
        self.post.write(&held, &Written { promised, boot: self.boot.clone(), until_ms })?;
        self.guardian = next;
        self.until_ms = until_ms;
        Ok(lasts)
    }
}

struct Service {
    keeper: Arc<Mutex<Keeper>>,
}

#[tonic::async_trait]
impl GuardianService for Service {
    async fn ask_no_controller(
        &self,
        request: Request<AskNoControllerRequest>,
    ) -> Result<Response<AskPromiseReply>, Status> {
        let asker = require_agent(&request)?;
        let AskNoControllerRequest { host, lasts_ms } = request.into_inner();
        if asker.as_str() != host {
            return Err(Status::permission_denied(format!(
                "agent {asker} may ask for its own host only, not for {host}"
            )));
        }
        let mut keeper = self.keeper.clone().lock_owned().await;
        let lasts = Span::from_millis(lasts_ms);
        // In a task of its own: it goes on when the asker hangs up.
        let asked = tokio::task::spawn_blocking(move || keeper.ask(lasts))
            .await
            .map_err(|error| Status::internal(error.to_string()))?;
        Ok(Response::new(match asked {
            Ok(lasts) => AskPromiseReply {
                promised: true,
                lasts_ms: lasts.as_millis(),
                refusal: String::new(),
            },
            Err(error) => {
                AskPromiseReply { promised: false, lasts_ms: 0, refusal: error.to_string() }
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Span = Span::from_secs(20);

    fn keeper(folder: &Path) -> Keeper {
        let config = GuardianConfig {
            controller: ControllerId(1),
            listen: "127.0.0.1:0".parse().unwrap(),
            credentials: PathBuf::new(),
            data_dir: folder.to_owned(),
            lease: LeasePolicy { promise: T, ..LeasePolicy::default() },
        };
        Keeper::open(&config).unwrap()
    }

    #[test]
    fn nothing_is_promised_while_a_controller_holds_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let mut keeper = keeper(folder.path());
        let post = Post::at(folder.path()).unwrap();
        let controller = post.try_hold().unwrap().unwrap();
        assert!(matches!(keeper.ask(T), Err(NoPromise::ControllerHere(_))));
        assert_eq!(post.read().unwrap(), None, "and nothing is written");
        drop(controller);
        assert_eq!(keeper.ask(T).unwrap(), T);
    }

    #[test]
    fn a_controller_that_starts_after_a_promise_finds_it() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(keeper(folder.path()).ask(Span::from_secs(999)).unwrap(), T, "nobody gets more");
        let post = Post::at(folder.path()).unwrap();
        let held = post.try_hold().unwrap().unwrap();
        let left = post.closed_for(&held, &boot().unwrap(), since_boot()).unwrap().unwrap();
        assert!(left <= T && left > Span::from_secs(10), "{left}");
    }

    #[test]
    fn a_shorter_promise_after_a_restart_takes_no_longer_one_back() {
        let folder = tempfile::tempdir().unwrap();
        keeper(folder.path()).ask(T).unwrap();
        let post = Post::at(folder.path()).unwrap();
        let first = post.read().unwrap().unwrap();
        keeper(folder.path()).ask(Span::from_millis(1)).unwrap();
        let second = post.read().unwrap().unwrap();
        assert!(second.until_ms >= first.until_ms);
        assert_eq!(second.promised, Some(T));
    }
}
