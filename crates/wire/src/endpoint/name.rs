//! Names of endpoints.

use std::fmt;
use std::str::FromStr;

use model::id::{ControllerId, HostId, LinkId, PathId, RoomId, ServiceId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::identity::server_name;

/// The name of something that is reached over the network.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EndpointName {
    /// `controller/1`
    Controller(ControllerId),
    /// `guardian/1`: the guardian beside a controller.
    Guardian(ControllerId),
    /// `agent/a1`
    Agent(HostId),
    /// `device/a`: the management controllers, arrays and switch of a twin room.
    Device(RoomId),
    /// `light/<link>/<path>@<room>`: the switch of a room, over one path of a link.
    Light {
        /// Which link.
        link: LinkId,
        /// Which path of it.
        path: PathId,
        /// The room at its far end.
        room: RoomId,
    },
    /// `service/<id>`: a service's own address, as its users reach it; probed without our TLS.
    Service(ServiceId),
}

impl EndpointName {
    /// The DNS name that the certificate of who answers there must hold; none for a service,
    /// whose certificate is not ours.
    pub fn server_name(&self) -> Option<String> {
        match self {
            Self::Controller(id) => Some(server_name("controller", &id.0.to_string())),
            Self::Guardian(id) => Some(server_name("guardian", &id.0.to_string())),
            Self::Agent(host) => Some(server_name("agent", host.as_str())),
            Self::Device(room) | Self::Light { room, .. } => {
                Some(server_name("device", room.as_str()))
            }
            Self::Service(_) => None,
        }
    }
}

impl fmt::Display for EndpointName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Controller(id) => write!(f, "controller/{}", id.0),
            Self::Guardian(id) => write!(f, "guardian/{}", id.0),
            Self::Agent(host) => write!(f, "agent/{host}"),
            Self::Device(room) => write!(f, "device/{room}"),
            Self::Light { link, path, room } => write!(f, "light/{link}/{path}@{room}"),
            Self::Service(id) => write!(f, "service/{id}"),
        }
    }
}

/// Why a text names no endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` names no endpoint; write `controller/1`, `guardian/1`, `agent/a1`, `device/a`, \
     `light/lan/p1@b` or `service/dpi`"
)]
pub struct EndpointNameError {
    /// What was written.
    pub text: String,
}

impl FromStr for EndpointName {
    type Err = EndpointNameError;

    fn from_str(text: &str) -> Result<Self, EndpointNameError> {
        let wrong = || EndpointNameError { text: text.to_owned() };
        let (kind, id) = text.split_once('/').ok_or_else(wrong)?;
        if id.is_empty() {
            return Err(wrong());
        }
        match kind {
            "controller" => {
                id.parse().map(|id| Self::Controller(ControllerId(id))).map_err(|_| wrong())
            }
            "guardian" => {
                id.parse().map(|id| Self::Guardian(ControllerId(id))).map_err(|_| wrong())
            }
            "agent" => Ok(Self::Agent(id.into())),
            "device" => Ok(Self::Device(id.into())),
            "service" => Ok(Self::Service(id.into())),
            "light" => {
                let (link, rest) = id.split_once('/').ok_or_else(wrong)?;
                let (path, room) = rest.rsplit_once('@').ok_or_else(wrong)?;
                if link.is_empty() || path.is_empty() || room.is_empty() {
                    return Err(wrong());
                }
                Ok(Self::Light { link: link.into(), path: path.into(), room: room.into() })
            }
            _ => Err(wrong()),
        }
    }
}

impl Serialize for EndpointName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EndpointName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::endpoint::Endpoints;
    use crate::identity::Identity;

    #[test]
    fn endpoint_names_read_back_what_they_write() {
        for text in
            ["controller/1", "guardian/2", "agent/a1", "device/a", "light/lan/p1@b", "service/dpi"]
        {
            assert_eq!(text.parse::<EndpointName>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_names_no_endpoint_is_refused_with_examples() {
        for text in ["", "agent", "agent/", "controller/x", "light/lan", "light/lan/p1", "x/y"] {
            let error = text.parse::<EndpointName>().unwrap_err();
            assert!(error.to_string().contains("write `controller/1`"), "{error}");
        }
    }

    #[test]
    fn endpoints_read_back_from_json() {
        let text = r#"{"controller/1":["127.0.0.1:7001","[::1]:7001"],"light/lan/p1@b":["10.0.0.2:9000"]}"#;
        let endpoints: Endpoints = serde_json::from_str(text).unwrap();
        assert_eq!(endpoints.addresses(&"controller/1".parse().unwrap()).len(), 2);
        assert!(endpoints.addresses(&"agent/a1".parse().unwrap()).is_empty());
        assert_eq!(serde_json::to_string(&endpoints).unwrap(), text);
    }

    #[test]
    fn an_endpoint_expects_the_name_that_its_node_s_certificate_holds() {
        for (endpoint, identity) in [
            ("controller/1", Identity::Controller(ControllerId(1), "a".into())),
            ("guardian/1", Identity::Guardian(ControllerId(1))),
            ("agent/A1", Identity::Agent("A1".into())),
            ("device/b", Identity::Device("b".into())),
            ("light/lan/p1@b", Identity::Device("b".into())),
        ] {
            let endpoint: EndpointName = endpoint.parse().unwrap();
            assert_eq!(endpoint.server_name(), identity.dns_name());
        }
    }
}
