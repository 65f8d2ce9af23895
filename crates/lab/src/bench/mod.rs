//! What is measured beside a peer, or against a budget.

pub mod planning;
mod python;
pub mod simulate;

pub use python::PythonError;
