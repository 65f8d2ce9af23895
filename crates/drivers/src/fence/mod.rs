//! Power: management controllers and power distribution units.

pub mod twin;
