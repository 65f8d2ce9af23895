//! Asking the controllers, as a person.

mod args;
mod calls;
mod contexts;
mod explain;

pub(crate) use args::ReachArgs;
pub(crate) use calls::Client;
pub(crate) use explain::status_failure;
