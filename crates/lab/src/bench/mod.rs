//! What is measured beside a peer, or against a budget.

mod python;
pub mod simulate;

pub use python::PythonError;
