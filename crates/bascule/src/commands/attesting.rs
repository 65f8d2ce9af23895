//! A person attests that a host, or each host of a room, is off.

use std::process::ExitCode;

use model::text::Lang;
use server::query::HostView;
use state_machine::{AttestedHost, Command, PERSONS_NEEDED};

use crate::client::{Client, ReachArgs};
use crate::commands::orders;
use crate::failure::{Class, Failure};
use crate::output::OutputArgs;
use crate::words::both;
use crate::words::fences::attested;
use crate::words::orders::ATTESTED;

/// What is attested, for messages, and what was seen.
pub(crate) struct Order<'a> {
    pub(crate) about: &'a str,
    pub(crate) evidence: &'a str,
}

/// Has the attestation committed for those of the hosts that are being fenced, and tells how many
/// persons have attested each.
pub(crate) fn give(
    reach: &ReachArgs,
    output: OutputArgs,
    lang: Lang,
    order: &Order<'_>,
    hosts: impl AsyncFn(&Client) -> Result<Vec<HostView>, Failure>,
) -> Result<ExitCode, Failure> {
    orders::give_and_tell(
        reach,
        output,
        lang,
        (order.about, ATTESTED),
        async |client| {
            let wanted = wanted(&hosts(client).await?);
            if wanted.is_empty() {
                return Err(nothing_to_attest(order.about));
            }
            Ok(Command::Attested { hosts: wanted, statement: order.evidence.to_owned() })
        },
        async |client| {
            let hosts = hosts(client).await.ok()?;
            let fences = hosts.iter().filter_map(|host| Some((host, host.fence.as_ref()?)));
            let told: Vec<String> = fences
                .map(|(host, fence)| {
                    let counted = fence.attested.iter().filter(|one| one.counts).count();
                    attested(&host.host, counted.min(PERSONS_NEEDED), lang)
                })
                .collect();
            Some(told.join(", "))
        },
    )
}

/// The hosts under a fence order that no rung has proved; all those under one where each is
/// proved, so that it is the cluster that says no.
fn wanted(hosts: &[HostView]) -> Vec<AttestedHost> {
    let ordered = hosts.iter().filter_map(|host| Some((&host.host, host.fence.as_ref()?)));
    let (unproved, proved): (Vec<_>, Vec<_>) =
        ordered.partition(|(_, fence)| fence.proofs.is_empty());
    let wanted = if unproved.is_empty() { proved } else { unproved };
    wanted
        .into_iter()
        .map(|(host, fence)| AttestedHost { host: host.clone(), token: fence.order })
        .collect()
}

fn nothing_to_attest(about: &str) -> Failure {
    Failure::new(
        Class::Rejected,
        both!(
            "nothing of {about} is being fenced: there is no question that an attestation answers",
            "rien de {about} n'est en cours d'isolement : aucune question n'attend d'attestation"
        ),
    )
    .advising(both!(
        "see what is lost and what is waited for: bascule incident list",
        "voir ce qui est perdu et ce qui est attendu : bascule incident list"
    ))
}

#[cfg(test)]
mod tests {
    use model::era::{Epoch, Era, Token};
    use model::fence::Rung;
    use model::observation::Status;
    use model::units::MemoryMib;
    use server::query::FenceView;

    use super::*;

    fn host(name: &str, fence: Option<&[Rung]>) -> HostView {
        let order = Token { era: Era(0), epoch: Epoch(7) };
        HostView {
            host: name.into(),
            room: "a".into(),
            agent: Status::Unknown,
            power: Status::Unknown,
            admitted: false,
            armed: true,
            fence: fence.map(|proofs| FenceView {
                token: order.to_string(),
                order,
                proofs: proofs.to_vec(),
                withheld_by: Vec::new(),
                attested: Vec::new(),
            }),
            vms: 0,
            memory_used_mib: MemoryMib(0),
            memory_capacity_mib: MemoryMib(0),
        }
    }

    #[test]
    fn a_room_is_attested_for_its_hosts_that_wait_for_a_proof() {
        let hosts = [host("a1", None), host("a2", Some(&[])), host("a3", Some(&[Rung::Power]))];
        let named: Vec<String> = wanted(&hosts).iter().map(|one| one.host.to_string()).collect();
        assert_eq!(named, ["a2"]);
        assert_eq!(wanted(&hosts[..1]), []);
        assert_eq!(wanted(&hosts[2..]).len(), 1, "the cluster answers for what is proved");
    }
}
