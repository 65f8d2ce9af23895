//! Copies of volumes outside of their storage layer.

pub mod twin;
