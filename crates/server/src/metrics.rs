//! `/metrics`, in the OpenMetrics text format.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use planning::readiness::Level;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::process::Shared;
use crate::query;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CommandLabel {
    command: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    state: String,
}

/// The metrics of one controller.
pub(crate) struct Metrics {
    registry: Registry,
    entries: Family<CommandLabel, Counter>,
    applied_index: Gauge<u64, AtomicU64>,
    calls: Counter,
    leads: Gauge,
    incidents_open: Gauge,
    runs_running: Gauge,
    vms: Family<StateLabel, Gauge>,
    memory_bytes: Gauge,
    readiness: Gauge,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("bascule");
        let metrics = Self {
            entries: Family::default(),
            applied_index: Gauge::default(),
            calls: Counter::default(),
            leads: Gauge::default(),
            incidents_open: Gauge::default(),
            runs_running: Gauge::default(),
            vms: Family::default(),
            memory_bytes: Gauge::default(),
            readiness: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register("entries_applied", "Log entries applied", metrics.entries.clone());
        registry.register("applied_index", "Last applied index", metrics.applied_index.clone());
        registry.register("driver_calls", "Calls to drivers", metrics.calls.clone());
        registry.register("leads", "Whether this controller leads (a hint)", metrics.leads.clone());
        registry.register("incidents_open", "Open incidents", metrics.incidents_open.clone());
        registry.register("runs_running", "Runs under way", metrics.runs_running.clone());
        registry.register("vms", "VMs by state", metrics.vms.clone());
        registry.register(
            "readiness",
            "The standing proof: 0 green, 1 amber, 2 red, 3 none, or made from another estate",
            metrics.readiness.clone(),
        );
        registry.register("memory_bytes", "Resident memory", metrics.memory_bytes.clone());
        Self { registry, ..metrics }
    }

    pub(crate) fn entry_applied(&self, command: &str, index: u64) {
        self.entries.get_or_create(&CommandLabel { command: command.to_owned() }).inc();
        self.applied_index.set(index);
    }

    pub(crate) fn call_started(&self) {
        self.calls.inc();
    }

    fn refresh(&self, shared: &Shared) {
        let view = shared.view();
        self.leads.set(i64::from(view.leads));
        let status = shared.node.with_state(|state| {
            self.incidents_open.set(count(state.open_incidents().count()));
            self.runs_running.set(count(state.running_runs().count()));
            query::answer("status", None, state, &view)
        });
        if let Ok(Some(vms)) = status.map(|status| status["vms"].as_object().cloned()) {
            for (name, number) in vms {
                self.vms
                    .get_or_create(&StateLabel { state: name })
                    .set(number.as_i64().unwrap_or(0));
            }
        }
        self.readiness.set(readiness(shared));
        self.memory_bytes.set(resident_bytes().unwrap_or(0));
    }
}

/// As `bascule readiness` ends.
fn readiness(shared: &Shared) -> i64 {
    let current = crate::readiness::current(shared);
    match shared.readiness.brief(current.as_ref()) {
        Some(brief) if !brief.stale => match brief.level {
            Level::Green => 0,
            Level::Amber => 1,
            Level::Red => 2,
        },
        _ => 3,
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Resident memory of this process, from the kernel.
fn resident_bytes() -> Option<i64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: i64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    let page = i64::try_from(rustix::param::page_size()).ok()?;
    Some(pages * page)
}

/// Serves `/metrics`. Plain HTTP and no secrets in it: bind it to loopback or a management
/// network.
pub(crate) async fn serve(shared: Arc<Shared>, address: SocketAddr) {
    let listener = match tokio::net::TcpListener::bind(address).await {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%address, %error, "cannot serve /metrics");
            return;
        }
    };
    let app = Router::new().route(
        "/metrics",
        get(move || {
            let shared = shared.clone();
            async move {
                shared.metrics.refresh(&shared);
                let mut text = String::new();
                let _ =
                    prometheus_client::encoding::text::encode(&mut text, &shared.metrics.registry);
                let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
                ([(CONTENT_TYPE, kind)], text).into_response()
            }
        }),
    );
    if let Err(error) = axum::serve(listener, app).await {
        tracing::error!(%error, "serving /metrics ended");
    }
}
