//! Runtimes for commands that wait for something.

use std::future::Future;

use crate::failure::{Class, Failure};

/// Runs a client's work on one thread.
pub(crate) fn wait_for<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    built(&mut tokio::runtime::Builder::new_current_thread())?.block_on(work)
}

/// Runs a node's work on all processors.
pub(crate) fn run_node<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    built(&mut tokio::runtime::Builder::new_multi_thread())?.block_on(work)
}

fn built(builder: &mut tokio::runtime::Builder) -> Result<tokio::runtime::Runtime, Failure> {
    builder.enable_all().build().map_err(|error| Failure::of(Class::Internal, &error))
}
