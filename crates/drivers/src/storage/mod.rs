//! Arrays and storage layers.

pub mod twin;
