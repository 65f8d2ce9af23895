//! VMs, step keys, and what an agent tells of its host.

use contracts::hypervisor::VmStatus;
use model::era::Token;
use model::estate::Vm;
use model::id::{HostId, VmId};
use model::step::StepKey;

use super::token::{token_from, token_to};
use super::{ConvertError, from_json};
use crate::agent;

/// The bytes of a step key.
pub fn key_to(key: &StepKey) -> Vec<u8> {
    serde_json::to_vec(key).expect("a step key is plain data")
}

/// The step key in bytes.
pub fn key_from(bytes: &[u8]) -> Result<StepKey, ConvertError> {
    from_json("key", bytes)
}

/// The bytes of a VM's definition.
pub fn vm_to(vm: &Vm) -> Vec<u8> {
    serde_json::to_vec(vm).expect("a VM's definition is plain data")
}

/// The VM's definition in bytes.
pub fn vm_from(bytes: &[u8]) -> Result<Vm, ConvertError> {
    from_json("definition", bytes)
}

/// What an agent tells of its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostReport {
    /// Which host.
    pub host: HostId,
    /// Its boot: changes when the host starts anew.
    pub boot: String,
    /// Whether its watchdog is armed.
    pub armed: bool,
    /// The last order to arm or disarm that its watchdog has carried out.
    pub arming: Token,
    /// The newest token that it accepted.
    pub accepted: Option<Token>,
    /// Whether it durably refuses what is older than `accepted`.
    pub sealed: bool,
    /// The number of this state, for the next request's `since_revision`.
    pub revision: u64,
    /// VMs: all, or those that changed.
    pub vms: Vec<(VmId, VmStatus)>,
    /// Whether `vms` are all.
    pub complete: bool,
}

impl From<&HostReport> for agent::ObserveReply {
    fn from(report: &HostReport) -> Self {
        Self {
            host: report.host.to_string(),
            boot: report.boot.clone(),
            armed: report.armed,
            arming: Some(token_to(report.arming)),
            accepted: report.accepted.map(token_to),
            sealed: report.sealed,
            revision: report.revision,
            vms: report.vms.iter().map(|(id, status)| status_to(id, status)).collect(),
            complete: report.complete,
        }
    }
}

impl TryFrom<agent::ObserveReply> for HostReport {
    type Error = ConvertError;

    fn try_from(reply: agent::ObserveReply) -> Result<Self, ConvertError> {
        if reply.host.is_empty() {
            return Err(ConvertError::Missing { field: "host" });
        }
        Ok(Self {
            host: HostId(reply.host),
            boot: reply.boot,
            armed: reply.armed,
            arming: reply.arming.map(token_from).unwrap_or_default(),
            accepted: reply.accepted.map(token_from),
            sealed: reply.sealed,
            revision: reply.revision,
            vms: reply.vms.into_iter().map(status_from).collect::<Result<_, _>>()?,
            complete: reply.complete,
        })
    }
}

fn status_to(id: &VmId, status: &VmStatus) -> agent::VmStatus {
    agent::VmStatus {
        vm: id.to_string(),
        running: status.running,
        booted: status.booted,
        token: status.token.map(token_to),
        key: status
            .key
            .as_ref()
            .map(|key| serde_json::to_string(key).expect("a step key is plain data"))
            .unwrap_or_default(),
        stopped_on_purpose: status.stopped_on_purpose,
    }
}

fn status_from(message: agent::VmStatus) -> Result<(VmId, VmStatus), ConvertError> {
    if message.vm.is_empty() {
        return Err(ConvertError::Missing { field: "vm" });
    }
    let key = match message.key.as_str() {
        "" => None,
        text => Some(key_from(text.as_bytes())?),
    };
    let status = VmStatus {
        running: message.running,
        booted: message.booted,
        token: message.token.map(token_from),
        key,
        stopped_on_purpose: message.stopped_on_purpose,
    };
    Ok((VmId(message.vm), status))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use model::era::{Epoch, Era};
    use model::id::RunId;
    use model::step::ItemRef;
    use proptest::prelude::*;

    fn tokens() -> impl Strategy<Value = Token> {
        (any::<u64>(), any::<u64>())
            .prop_map(|(era, epoch)| Token { era: Era(era), epoch: Epoch(epoch) })
    }

    fn keys() -> impl Strategy<Value = StepKey> {
        (any::<u64>(), any::<u64>(), ".{0,8}", ".{0,8}").prop_map(|(era, run, step, item)| {
            StepKey { era: Era(era), run: RunId(run), item: ItemRef { step: step.into(), item } }
        })
    }

    fn statuses() -> impl Strategy<Value = VmStatus> {
        (
            any::<bool>(),
            any::<bool>(),
            proptest::option::of(tokens()),
            proptest::option::of(keys()),
            any::<bool>(),
        )
            .prop_map(|(running, booted, token, key, stopped_on_purpose)| VmStatus {
                running,
                booted,
                token,
                key,
                stopped_on_purpose,
            })
    }

    proptest! {
        #[test]
        fn a_host_s_report_reads_back_from_its_message(
            vms in proptest::collection::vec((".{1,8}".prop_map(VmId), statuses()), 0..4),
            accepted in proptest::option::of(tokens()),
            arming in tokens(),
            revision: u64,
            (armed, sealed, complete) in any::<(bool, bool, bool)>(),
        ) {
            let report = HostReport {
                host: "a1".into(), boot: "b7".to_owned(), armed, arming, accepted, sealed, revision, vms,
                complete,
            };
            let read = HostReport::try_from(agent::ObserveReply::from(&report)).unwrap();
            prop_assert_eq!(read, report);
        }

        #[test]
        fn no_bytes_make_the_readers_panic(bytes: Vec<u8>, key in ".{0,20}") {
            let _ = key_from(&bytes);
            let _ = vm_from(&bytes);
            let message = agent::VmStatus { vm: "v".to_owned(), key, ..Default::default() };
            let _ = status_from(message);
        }
    }

    #[test]
    fn a_report_that_names_no_host_or_vm_is_refused() {
        let nameless = agent::ObserveReply::default();
        assert!(HostReport::try_from(nameless).unwrap_err().to_string().contains("`host`"));
        let vm = agent::ObserveReply {
            host: "a1".to_owned(),
            vms: vec![agent::VmStatus::default()],
            ..Default::default()
        };
        assert!(HostReport::try_from(vm).unwrap_err().to_string().contains("`vm`"));
    }
}
