//! Letting a host in again: its agent seals first, then the storage maps it and the switches open,
//! then the admission is committed.

use std::collections::BTreeMap;

use model::call::{Answer, Call};
use model::era::{Epoch, Token};
use model::id::{HostId, RoomId};
use model::step::Outcome;
use model::time::Monotonic;
use model::units::Span;
use state_machine::{Command, State};

use crate::ladder::living_rooms;
use crate::leadership::{CallFor, Desk};

const DEADLINE: Span = Span::from_secs(10);
const AGAIN_AFTER: Span = Span::from_secs(5);

/// Admissions under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Admissions {
    again_at: BTreeMap<HostId, Monotonic>,
}

impl Admissions {
    /// Asks the host's agent to seal, unless that was just done.
    pub(crate) fn admit(
        &mut self,
        desk: &mut Desk,
        state: &State,
        leader_room: &RoomId,
        host: &HostId,
        now: Monotonic,
    ) {
        if self.again_at.get(host).is_some_and(|again| now < *again) {
            return;
        }
        self.again_at.insert(host.clone(), now.after(DEADLINE).after(AGAIN_AFTER));
        // The token that the admission will raise to: everything up to now is then refused.
        let current = state.token();
        let token = Token { epoch: Epoch(current.epoch.0.saturating_add(1)), ..current };
        let call = Call::Admit {
            host: host.clone(),
            token,
            arrays: state.arrays_of(host).into_iter().collect(),
            open_at: living_rooms(state, leader_room),
        };
        desk.call(CallFor::Admission { host: host.clone(), token }, call, DEADLINE);
    }

    /// Its agent answered, or did not.
    pub(crate) fn call_ended(
        &mut self,
        desk: &mut Desk,
        host: HostId,
        token: Token,
        result: Result<Answer, Outcome>,
        now: Monotonic,
    ) {
        self.again_at.insert(host.clone(), now.after(AGAIN_AFTER));
        if let Ok(Answer::Admitted { boot }) = result {
            desk.propose(now, Command::HostAdmitted { host, boot, sealed_below: token });
        }
    }
}
