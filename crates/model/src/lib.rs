//! The nouns of Bascule: typed ids, units, estate, policy, products, observations, incidents,
//! fences, steps, what persons do by hand, plans and orders of eras, what steps rely on and what an
//! incident may take with it, and the list of seeded bugs. Pure: no runtime, no I/O,
//! no clock, no randomness.

#![forbid(unsafe_code)]

pub mod action;
pub mod blast_radius;
pub mod call;
pub mod date;
pub mod diagnostic;
pub mod era;
pub mod era_order;
pub mod estate;
pub mod fence;
pub mod id;
pub mod incident;
pub mod manual;
pub mod observation;
pub mod plan;
pub mod policy;
pub mod product;
pub mod relied_on;
pub mod seeded_bug;
pub mod standing;
pub mod step;
pub mod text;
pub mod time;
pub mod units;
pub mod yaml;
