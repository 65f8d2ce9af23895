//! Lease renewals and their answers.

use std::collections::BTreeSet;

use model::era::Token;
use model::id::{ControllerId, HostId};
use model::units::Span;

use super::ConvertError;
use super::token::{require_token, token_to};
use crate::peer;

/// An agent's renewal of its host's lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewal {
    /// Which host.
    pub host: HostId,
    /// Its boot.
    pub boot: String,
    /// Whether its watchdog is armed.
    pub armed: bool,
    /// W, as read back from the device.
    pub watchdog: Span,
    /// The number of the promise set that the host confirms having received.
    pub set_number: u64,
    /// Nothing but Bascule starts managed VMs on this host.
    pub sole_starter: bool,
}

/// The answer to a renewal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenewalAnswer {
    /// Granted.
    Granted(Grant),
    /// Not granted.
    Refused {
        /// Why.
        reason: String,
    },
}

/// What a host is granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// How long, counted by the host from its sending.
    pub lasts: Span,
    /// Hosts whose agents must all promise when no lease can be had.
    pub promise_set: BTreeSet<HostId>,
    /// The number of that set.
    pub set_number: u64,
    /// Hosts of the set that are fenced: not asked.
    pub fenced: BTreeSet<HostId>,
    /// The current token.
    pub token: Token,
    /// Controllers whose guardians can promise instead.
    pub guardians: BTreeSet<ControllerId>,
}

impl From<&Renewal> for peer::Renewal {
    fn from(renewal: &Renewal) -> Self {
        Self {
            host: renewal.host.to_string(),
            boot: renewal.boot.clone(),
            armed: renewal.armed,
            watchdog_ms: renewal.watchdog.as_millis(),
            set_number: renewal.set_number,
            sole_starter: renewal.sole_starter,
        }
    }
}

impl TryFrom<peer::Renewal> for Renewal {
    type Error = ConvertError;

    fn try_from(message: peer::Renewal) -> Result<Self, ConvertError> {
        if message.host.is_empty() {
            return Err(ConvertError::Missing { field: "host" });
        }
        if message.boot.is_empty() {
            return Err(ConvertError::Missing { field: "boot" });
        }
        Ok(Self {
            host: HostId(message.host),
            boot: message.boot,
            armed: message.armed,
            watchdog: Span::from_millis(message.watchdog_ms),
            set_number: message.set_number,
            sole_starter: message.sole_starter,
        })
    }
}

impl From<&RenewalAnswer> for peer::RenewalAnswer {
    fn from(answer: &RenewalAnswer) -> Self {
        let names = |hosts: &BTreeSet<HostId>| hosts.iter().map(HostId::to_string).collect();
        match answer {
            RenewalAnswer::Granted(grant) => Self {
                granted: true,
                refusal: String::new(),
                lease_ms: grant.lasts.as_millis(),
                promise_set: names(&grant.promise_set),
                set_number: grant.set_number,
                fenced: names(&grant.fenced),
                token: Some(token_to(grant.token)),
                guardians: grant.guardians.iter().map(|id| id.0).collect(),
            },
            RenewalAnswer::Refused { reason } => {
                Self { refusal: reason.clone(), ..Self::default() }
            }
        }
    }
}

impl TryFrom<peer::RenewalAnswer> for RenewalAnswer {
    type Error = ConvertError;

    fn try_from(message: peer::RenewalAnswer) -> Result<Self, ConvertError> {
        if !message.granted {
            return Ok(Self::Refused { reason: message.refusal });
        }
        // A grant without a length would be read as one that has ended, or as one that never
        // does: neither is what the granter meant.
        if message.lease_ms == 0 {
            return Err(ConvertError::Missing { field: "lease_ms" });
        }
        let hosts = |names: Vec<String>| names.into_iter().map(HostId).collect();
        Ok(Self::Granted(Grant {
            lasts: Span::from_millis(message.lease_ms),
            promise_set: hosts(message.promise_set),
            set_number: message.set_number,
            fenced: hosts(message.fenced),
            token: require_token(message.token)?,
            guardians: message.guardians.into_iter().map(ControllerId).collect(),
        }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use model::era::{Epoch, Era};

    #[test]
    fn renewals_and_answers_read_back_from_their_messages() {
        let renewal = Renewal {
            host: "a1".into(),
            boot: "b1".to_owned(),
            armed: true,
            watchdog: Span::from_secs(10),
            set_number: 3,
            sole_starter: true,
        };
        assert_eq!(Renewal::try_from(peer::Renewal::from(&renewal)).unwrap(), renewal);
        let granted = RenewalAnswer::Granted(Grant {
            lasts: Span::from_secs(20),
            promise_set: ["b1".into(), "b2".into()].into(),
            set_number: 3,
            fenced: ["b2".into()].into(),
            token: Token { era: Era(1), epoch: Epoch(9) },
            guardians: [ControllerId(1), ControllerId(2)].into(),
        });
        let refused = RenewalAnswer::Refused { reason: "no quorum".to_owned() };
        for answer in [granted, refused] {
            let message = peer::RenewalAnswer::from(&answer);
            assert_eq!(RenewalAnswer::try_from(message).unwrap(), answer);
        }
    }

    #[test]
    fn a_grant_without_a_length_or_a_token_is_no_grant() {
        let lengthless = peer::RenewalAnswer { granted: true, ..Default::default() };
        let error = RenewalAnswer::try_from(lengthless).unwrap_err();
        assert!(error.to_string().contains("`lease_ms`"), "{error}");
        let tokenless = peer::RenewalAnswer { granted: true, lease_ms: 1, ..Default::default() };
        let error = RenewalAnswer::try_from(tokenless).unwrap_err();
        assert!(error.to_string().contains("`token`"), "{error}");
    }
}
