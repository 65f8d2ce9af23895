//! What only a leader has: what is on its way, and what each call was made for.

use std::collections::BTreeMap;

use model::call::Call;
use model::era::Token;
use model::fence::Rung;
use model::id::{CallId, HostId};
use model::step::StepKey;
use model::time::Monotonic;
use model::units::Span;
use state_machine::Command;

use crate::output::Output;
use crate::pending::{Pending, about};

/// What a call was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CallFor {
    /// An attempt of a step.
    Step { key: StepKey, attempt: u32 },
    /// A rung of the ladder for a host.
    Rung { host: HostId, rung: Rung, token: Token },
    /// An admission.
    Admission { host: HostId, token: Token },
}

/// Where a leader's proposals and calls leave from.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    pub(crate) outputs: Vec<Output>,
    pub(crate) pending: Pending,
    calls: BTreeMap<CallId, CallFor>,
    next_call: u64,
}

impl Desk {
    /// Proposes, unless the same is on its way already.
    pub(crate) fn propose(&mut self, now: Monotonic, command: Command) {
        if let Some(about) = about(&command) {
            if !self.pending.may_propose(&about, now) {
                return;
            }
            self.pending.proposed(about, now);
        }
        self.outputs.push(Output::Propose(command));
    }

    /// Whether nothing about this is on its way.
    pub(crate) fn is_free(&self, now: Monotonic, about: &crate::pending::About) -> bool {
        self.pending.may_propose(about, now)
    }

    pub(crate) fn call(&mut self, for_what: CallFor, what: Call, deadline: Span) -> CallId {
        self.next_call += 1;
        let call = CallId(self.next_call);
        self.calls.insert(call, for_what);
        self.outputs.push(Output::Call { call, what, deadline });
        call
    }

    pub(crate) fn ended(&mut self, call: CallId) -> Option<CallFor> {
        self.calls.remove(&call)
    }

    /// A leadership ends: what was asked for is nobody's any more. Numbers go on.
    pub(crate) fn clear(&mut self) {
        self.calls.clear();
        self.pending = Pending::default();
    }
}
