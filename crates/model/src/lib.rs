//! The nouns of Bascule: typed ids, units, estate, policy, observations, incidents, fences,
//! steps and plans. Pure: no runtime, no I/O, no clock, no randomness.

#![forbid(unsafe_code)]

pub mod action;
pub mod call;
pub mod diagnostic;
pub mod era;
pub mod era_order;
pub mod estate;
pub mod fence;
pub mod id;
pub mod incident;
pub mod observation;
pub mod plan;
pub mod policy;
pub mod product;
pub mod seeded_bug;
pub mod standing;
pub mod step;
pub mod text;
pub mod time;
pub mod units;
pub mod yaml;
