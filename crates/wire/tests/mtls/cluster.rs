//! A small cluster's folders.

use std::path::PathBuf;

use model::id::ControllerId;
use model::units::Span;
use tempfile::TempDir;
use wire::ca::{Authority, ClusterPlan, cluster_init};
use wire::dial::{DialSettings, Dialer};
use wire::endpoint::{EndpointName, Endpoints};
use wire::tls::Credentials;

pub(crate) struct Cluster {
    folder: TempDir,
    pub(crate) authority: Authority,
}

pub(crate) fn plan() -> ClusterPlan {
    ClusterPlan {
        cluster: "clinic".to_owned(),
        members: vec![
            (ControllerId(1), "a".into()),
            (ControllerId(2), "b".into()),
            (ControllerId(3), "c".into()),
        ],
        hosts: vec!["a1".into(), "b1".into()],
        devices: vec!["a".into()],
        persons: [
            ("admin".into(), ["operate".to_owned()].into()),
            ("auditor".into(), ["read".to_owned()].into()),
        ]
        .into(),
    }
}

impl Cluster {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = cluster_init(&folder.path().join("keys"), &plan()).unwrap();
        Self { folder, authority }
    }

    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.folder.path().join("keys").join(name)
    }

    pub(crate) fn credentials(&self, name: &str) -> Credentials {
        Credentials::load(&self.folder(name)).unwrap()
    }

    /// A dialer that shows the certificate in this folder and knows one endpoint.
    pub(crate) fn dialer(&self, name: &str, to: &str, at: &[std::net::SocketAddr]) -> Dialer {
        let endpoints: Endpoints = [(name_of(to), at.to_vec())].into_iter().collect();
        Dialer::new(self.credentials(name), endpoints, settings())
    }
}

pub(crate) fn name_of(text: &str) -> EndpointName {
    text.parse().unwrap()
}

/// Bounds far above what loopback needs, so that a slow machine changes no result.
pub(crate) fn settings() -> DialSettings {
    DialSettings {
        connect_within: Span::from_secs(10),
        call_within: Span::from_secs(30),
        ..DialSettings::default()
    }
}
