//! Renewing at any controller.

use std::sync::Arc;

use lease::guardian::GuardianSet;
use lease::holder::PromiseSet;
use model::era::Token;
use model::id::ControllerId;
use model::time::Monotonic;
use model::units::Span;
use wire::convert::{Renewal, RenewalAnswer};
use wire::dial::Dialer;
use wire::endpoint::EndpointName;

use crate::clock;

/// A grant, with the time from which it counts.
#[derive(Clone, Debug)]
pub(crate) struct Granted {
    pub(crate) by: ControllerId,
    pub(crate) sent_at: Monotonic,
    pub(crate) lease: Span,
    pub(crate) set: PromiseSet,
    pub(crate) token: Token,
}

/// Asks one controller after the other until one grants. A refusal of one may be its own
/// isolation, so the others are asked too.
pub(crate) async fn renew(
    dialer: Arc<Dialer>,
    controllers: Vec<ControllerId>,
    renewal: Renewal,
    bound: Span,
) -> Result<Granted, String> {
    let mut reasons = Vec::new();
    for by in controllers {
        let connection = match dialer.dial(&EndpointName::Controller(by)) {
            Ok(connection) => connection.within(bound),
            Err(error) => {
                reasons.push(error.to_string());
                continue;
            }
        };
        // The lease counts from here, whatever happens to the message on its way.
        let sent_at = clock::now();
        let answer =
            match connection.controller().renew_lease(wire::peer::Renewal::from(&renewal)).await {
                Ok(answer) => RenewalAnswer::try_from(answer.into_inner()),
                Err(status) => {
                    reasons.push(format!("{by}: {}", status.message()));
                    continue;
                }
            };
        match answer {
            Ok(RenewalAnswer::Granted(grant)) => {
                let set = PromiseSet {
                    number: grant.set_number,
                    of: grant.promise_set,
                    fenced: grant.fenced,
                    guardians: GuardianSet { of: grant.guardians },
                };
                return Ok(Granted { by, sent_at, lease: grant.lasts, set, token: grant.token });
            }
            Ok(RenewalAnswer::Refused { reason }) => reasons.push(format!("{by}: {reason}")),
            Err(error) => reasons.push(format!("{by}: {error}")),
        }
    }
    Err(reasons.join("; "))
}
