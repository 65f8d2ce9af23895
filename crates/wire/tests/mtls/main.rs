//! Mutual TLS over loopback sockets, with certificates of real clusters.

#![allow(clippy::unwrap_used)]

mod calls;
mod cluster;
mod folders;
mod identities;
mod node;
