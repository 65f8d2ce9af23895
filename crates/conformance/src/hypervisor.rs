//! The contract of [`contracts::hypervisor::Hypervisor`].

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use contracts::error::DriverError;
use contracts::hypervisor::{Hypervisor, VmStatus};
use model::era::{Epoch, Era, Token};
use model::estate::Vm;
use model::id::{RunId, VmId};
use model::step::{ItemRef, StepKey};

use crate::report::{Finding, Report, broken, not_tried};
use crate::wait::eventually;

/// What the suite needs of a driver's tests.
#[async_trait]
pub trait Bench: Send + Sync {
    /// A hypervisor on which nothing runs.
    async fn fresh(&self) -> Arc<dyn Hypervisor>;

    /// A VM that it can start.
    fn vm(&self) -> Vm;

    /// How long a guest may take to boot, or to die.
    fn patience(&self) -> Duration;

    /// How many times a VM has really been started since `fresh`, told by something other than
    /// the driver (a journal, a process list). None if nothing else can tell.
    async fn starts(&self, vm: &VmId) -> Option<u32>;

    /// Whether a VM executes, told by something other than the driver. None if nothing can tell.
    async fn executes(&self, vm: &VmId) -> Option<bool>;

    /// Starts a VM behind the driver's back. False if this bench can't.
    async fn start_behind_its_back(&self, vm: &VmId) -> bool;

    /// Ends a VM behind the driver's back, as a crash would. False if this bench can't.
    async fn crash(&self, vm: &VmId) -> bool;

    /// A VM that it can't start, if there is such a thing.
    fn impossible(&self) -> Option<(VmId, Vm)>;

    /// The token under which the orders of this suite are given; grows by one per call.
    fn next_token(&self) -> Token {
        Token { era: Era(1), epoch: Epoch(1) }
    }
}

/// Runs every rule.
pub async fn suite(bench: &dyn Bench) -> Report {
    let mut report = Report::default();
    report.note("a fresh hypervisor runs nothing", fresh_runs_nothing(bench).await);
    report.note("a started VM is seen running, then booted", start_is_seen(bench).await);
    report.note("the same key changes nothing and says so", same_key(bench).await);
    report.note("a VM that runs is not started twice", running_is_not_started(bench).await);
    report.note("many orders at once start a VM once", at_once(bench).await);
    report.note("after a stop the VM does not execute", stop_is_final(bench).await);
    report.note("a stop of a stopped VM changes nothing", stop_of_stopped(bench).await);
    report.note("booted tells of this start only", booted_is_of_this_start(bench).await);
    report.note("a VM started by others is told of", foreign_is_seen(bench).await);
    report.note("a crash is seen as not running", crash_is_seen(bench).await);
    report.note("an error changes nothing", error_changes_nothing(bench).await);
    report
}

fn key(number: u64) -> StepKey {
    StepKey {
        era: Era(1),
        run: RunId(number),
        item: ItemRef { step: "start".into(), item: "v1".into() },
    }
}

fn id() -> VmId {
    VmId::from("v1")
}

fn failed(what: &str) -> impl Fn(DriverError) -> Finding + '_ {
    move |error| broken(format!("{what}: {error}"))
}

async fn status(hypervisor: &Arc<dyn Hypervisor>, vm: &VmId) -> Result<Option<VmStatus>, Finding> {
    let all = hypervisor.observe().await.map_err(failed("observe"))?;
    let mut of_this: Vec<VmStatus> =
        all.into_iter().filter(|(id, _)| id == vm).map(|(_, status)| status).collect();
    if of_this.len() > 1 {
        return Err(broken(format!("{vm} is named {} times in one answer", of_this.len())));
    }
    Ok(of_this.pop())
}

async fn booted(
    bench: &dyn Bench,
    hypervisor: &Arc<dyn Hypervisor>,
    vm: &VmId,
) -> Result<VmStatus, Finding> {
    let found = eventually(bench.patience(), async || match status(hypervisor, vm).await {
        Ok(Some(status)) if status.running && status.booted => Some(Ok(status)),
        Ok(_) => None,
        Err(finding) => Some(Err(finding)),
    });
    found.await.unwrap_or_else(|| Err(broken(format!("{vm} is not seen booted in time"))))
}

async fn started(bench: &dyn Bench) -> Result<(Arc<dyn Hypervisor>, Token), Finding> {
    let (hypervisor, token) = (bench.fresh().await, bench.next_token());
    hypervisor
        .ensure_running(&id(), &bench.vm(), token, &key(1))
        .await
        .map_err(failed("the first start"))?;
    booted(bench, &hypervisor, &id()).await?;
    Ok((hypervisor, token))
}

async fn expect_starts(bench: &dyn Bench, expected: u32) -> Result<(), Finding> {
    match bench.starts(&id()).await {
        Some(starts) if starts != expected => {
            Err(broken(format!("{starts} real starts, expected {expected}")))
        }
        _ => Ok(()),
    }
}

async fn fresh_runs_nothing(bench: &dyn Bench) -> Result<(), Finding> {
    let all = bench.fresh().await.observe().await.map_err(failed("observe"))?;
    match all.iter().find(|(_, status)| status.running) {
        Some((vm, _)) => Err(broken(format!("{vm} runs"))),
        None => Ok(()),
    }
}

async fn start_is_seen(bench: &dyn Bench) -> Result<(), Finding> {
    let (hypervisor, token) = started(bench).await?;
    let seen = status(&hypervisor, &id()).await?.ok_or_else(|| broken("no longer told of"))?;
    if seen.token != Some(token) || seen.key != Some(key(1)) {
        return Err(broken(format!("token or key of the start are lost: {seen:?}")));
    }
    expect_starts(bench, 1).await
}

async fn same_key(bench: &dyn Bench) -> Result<(), Finding> {
    let (hypervisor, token) = started(bench).await?;
    hypervisor
        .ensure_running(&id(), &bench.vm(), token, &key(1))
        .await
        .map_err(failed("the repeat"))?;
    let seen = status(&hypervisor, &id()).await?.ok_or_else(|| broken("no longer told of"))?;
    if !(seen.running && seen.booted) {
        return Err(broken(format!("the repeat disturbed the guest: {seen:?}")));
    }
    expect_starts(bench, 1).await
}

async fn running_is_not_started(bench: &dyn Bench) -> Result<(), Finding> {
    let (hypervisor, _) = started(bench).await?;
    let token = bench.next_token();
    // Whether this is a success or a refusal is the product's choice; a second start is not.
    let _ = hypervisor.ensure_running(&id(), &bench.vm(), token, &key(2)).await;
    let seen = status(&hypervisor, &id()).await?.ok_or_else(|| broken("no longer told of"))?;
    if !(seen.running && seen.booted) {
        return Err(broken(format!("the second order disturbed the guest: {seen:?}")));
    }
    expect_starts(bench, 1).await
}

async fn at_once(bench: &dyn Bench) -> Result<(), Finding> {
    let (hypervisor, token) = (bench.fresh().await, bench.next_token());
    let (vm, definition, key) = (id(), bench.vm(), key(1));
    let order = || hypervisor.ensure_running(&vm, &definition, token, &key);
    let (a, b, c) = tokio::join!(order(), order(), order());
    for answer in [a, b, c] {
        answer.map_err(failed("one of three orders at once"))?;
    }
    booted(bench, &hypervisor, &vm).await?;
    expect_starts(bench, 1).await
}

async fn stop_is_final(bench: &dyn Bench) -> Result<(), Finding> {
    let (hypervisor, _) = started(bench).await?;
    hypervisor.ensure_stopped(&id(), "conformance").await.map_err(failed("the stop"))?;
    if status(&hypervisor, &id()).await?.is_some_and(|status| status.running) {
        return Err(broken("observe says that it still runs"));
    }
    match bench.executes(&id()).await {
        Some(true) => Err(broken("it still executes")),
        _ => Ok(()),
    }
}

async fn stop_of_stopped(bench: &dyn Bench) -> Result<(), Finding> {
    let hypervisor = bench.fresh().await;
    hypervisor
        .ensure_stopped(&id(), "conformance")
        .await
        .map_err(failed("the stop of a VM that never ran"))?;
    expect_starts(bench, 0).await
}

async fn booted_is_of_this_start(bench: &dyn Bench) -> Result<(), Finding> {
    let (hypervisor, _) = started(bench).await?;
    hypervisor.ensure_stopped(&id(), "conformance").await.map_err(failed("the stop"))?;
    if let Some(seen) = status(&hypervisor, &id()).await?.filter(|status| status.booted) {
        return Err(broken(format!("a stopped VM is told of as booted: {seen:?}")));
    }
    let token = bench.next_token();
    hypervisor
        .ensure_running(&id(), &bench.vm(), token, &key(3))
        .await
        .map_err(failed("the second start"))?;
    let seen = booted(bench, &hypervisor, &id()).await?;
    if seen.token != Some(token) {
        return Err(broken(format!("it is told of under an older token: {seen:?}")));
    }
    expect_starts(bench, 2).await
}

async fn foreign_is_seen(bench: &dyn Bench) -> Result<(), Finding> {
    let hypervisor = bench.fresh().await;
    if !bench.start_behind_its_back(&id()).await {
        return Err(not_tried("nothing but the driver can start a VM here"));
    }
    let found = eventually(bench.patience(), async || match status(&hypervisor, &id()).await {
        Ok(Some(seen)) if seen.running => Some(Ok(seen)),
        Ok(_) => None,
        Err(finding) => Some(Err(finding)),
    });
    let seen = found.await.ok_or_else(|| broken("it executes and is not told of"))??;
    if seen.token.is_some() {
        return Err(broken("a token is told for a start that was not ours"));
    }
    // It must also be possible to stop what others started.
    hypervisor.ensure_stopped(&id(), "conformance").await.map_err(failed("its stop"))?;
    match bench.executes(&id()).await {
        Some(true) => Err(broken("it still executes after a stop")),
        _ => Ok(()),
    }
}

async fn crash_is_seen(bench: &dyn Bench) -> Result<(), Finding> {
    let (hypervisor, _) = started(bench).await?;
    if !bench.crash(&id()).await {
        return Err(not_tried("nothing but the driver can end a VM here"));
    }
    let found = eventually(bench.patience(), async || match status(&hypervisor, &id()).await {
        Ok(Some(seen)) if seen.running => None,
        Ok(_) => Some(Ok(())),
        Err(finding) => Some(Err(finding)),
    });
    found.await.unwrap_or_else(|| Err(broken("it is still told of as running")))
}

async fn error_changes_nothing(bench: &dyn Bench) -> Result<(), Finding> {
    let Some((vm, definition)) = bench.impossible() else {
        return Err(not_tried("there is no VM that can't be started here"));
    };
    let hypervisor = bench.fresh().await;
    match hypervisor.ensure_running(&vm, &definition, bench.next_token(), &key(1)).await {
        Ok(()) => Err(broken("a VM that can't be started was reported as started")),
        Err(DriverError::Unknown { .. }) => Ok(()),
        Err(_) if status(&hypervisor, &vm).await?.is_some_and(|status| status.running) => {
            Err(broken("a definite error, and yet it runs"))
        }
        Err(_) => Ok(()),
    }
}
