//! The contract of [`contracts::watchdog::Watchdog`].

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use contracts::error::DriverError;
use contracts::watchdog::Watchdog;

use crate::report::{Finding, Report, broken};
use crate::wait::eventually;

/// What the suite needs of a driver's tests.
#[async_trait]
pub trait Bench: Send + Sync {
    /// A device that is not armed, and its client.
    async fn fresh(&self) -> Arc<dyn Watchdog>;

    /// How often the device of the last `fresh` has reset its host.
    async fn resets(&self) -> u32;
}

/// Runs every rule.
pub async fn suite(bench: &dyn Bench) -> Report {
    let mut report = Report::default();
    report.note("arming tells the timeout of the device", arming_tells(bench).await);
    report.note("an unarmed device resets nothing", unarmed_rests(bench).await);
    report.note("who feeds is not reset", fed_is_not_reset(bench).await);
    report.note("who stops feeding is reset", unfed_is_reset(bench).await);
    report.note("the death of the feeder disarms nothing", survives_its_feeder(bench).await);
    report.note("arming again puts nothing off", arming_again(bench).await);
    report.note("disarming ends it", disarming_ends(bench).await);
    report
}

fn failed(what: &str) -> impl Fn(DriverError) -> Finding + '_ {
    move |error| broken(format!("{what}: {error}"))
}

async fn armed(bench: &dyn Bench) -> Result<(Arc<dyn Watchdog>, Duration), Finding> {
    let watchdog = bench.fresh().await;
    let timeout = watchdog.arm().await.map_err(failed("arming"))?.to_std();
    Ok((watchdog, timeout))
}

async fn feed_for(watchdog: &Arc<dyn Watchdog>, timeout: Duration) -> Result<(), Finding> {
    for _ in 0..10 {
        tokio::time::sleep(timeout / 4).await;
        watchdog.feed().await.map_err(failed("feeding"))?;
    }
    Ok(())
}

async fn expect_reset(bench: &dyn Bench, timeout: Duration) -> Result<(), Finding> {
    // Far more than the timeout: a slow machine is not a broken device.
    let patience = timeout * 10 + Duration::from_secs(5);
    eventually(patience, async || (bench.resets().await == 1).then_some(()))
        .await
        .ok_or_else(|| broken("the host was not reset"))
}

async fn expect_no_reset(bench: &dyn Bench) -> Result<(), Finding> {
    match bench.resets().await {
        0 => Ok(()),
        resets => Err(broken(format!("{resets} resets"))),
    }
}

async fn arming_tells(bench: &dyn Bench) -> Result<(), Finding> {
    let (watchdog, timeout) = armed(bench).await?;
    watchdog.disarm().await.map_err(failed("disarming"))?;
    if timeout.is_zero() { Err(broken("a timeout of zero was told")) } else { Ok(()) }
}

async fn unarmed_rests(bench: &dyn Bench) -> Result<(), Finding> {
    let (watchdog, timeout) = armed(bench).await?;
    watchdog.disarm().await.map_err(failed("disarming"))?;
    let _fresh = bench.fresh().await;
    tokio::time::sleep(timeout * 2).await;
    expect_no_reset(bench).await
}

async fn fed_is_not_reset(bench: &dyn Bench) -> Result<(), Finding> {
    let (watchdog, timeout) = armed(bench).await?;
    feed_for(&watchdog, timeout).await?;
    expect_no_reset(bench).await?;
    watchdog.disarm().await.map_err(failed("disarming"))
}

async fn unfed_is_reset(bench: &dyn Bench) -> Result<(), Finding> {
    let (_watchdog, timeout) = armed(bench).await?;
    expect_reset(bench, timeout).await
}

async fn survives_its_feeder(bench: &dyn Bench) -> Result<(), Finding> {
    let (watchdog, timeout) = armed(bench).await?;
    drop(watchdog);
    expect_reset(bench, timeout).await
}

async fn arming_again(bench: &dyn Bench) -> Result<(), Finding> {
    let (watchdog, timeout) = armed(bench).await?;
    // Somebody whose agent restarts in a loop, and never gets a lease, must be reset all the same.
    let reset = eventually(timeout * 10 + Duration::from_secs(5), async || {
        if bench.resets().await == 1 {
            return Some(());
        }
        let _ = watchdog.arm().await;
        None
    });
    reset.await.ok_or_else(|| broken("arming again and again put the reset off for ever"))
}

async fn disarming_ends(bench: &dyn Bench) -> Result<(), Finding> {
    let (watchdog, timeout) = armed(bench).await?;
    watchdog.disarm().await.map_err(failed("disarming"))?;
    tokio::time::sleep(timeout * 2).await;
    expect_no_reset(bench).await
}
