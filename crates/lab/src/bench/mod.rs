//! What is measured beside a peer, or against a budget.

pub mod planning;
