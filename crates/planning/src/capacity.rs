//! The standing proof: is every single failure survived by every VM?

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use model::estate::Estate;
use model::id::{HostId, PowerFeedId, RoomId, VmId};
use model::incident::Cause;

use crate::copies::{Copies, Opens};
use crate::lost::{Lost, lost, volumes_gone};
use crate::placement::{Ground, Placement, Request, ShedVm, WhyShed, place, place_rows};

/// One failure that must be survived.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    /// A whole room.
    Room(RoomId),
    /// One host.
    Host(HostId),
    /// One power feed, with everything that draws from it alone.
    PowerFeed(PowerFeedId),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Room(room) => write!(f, "room {room}"),
            Self::Host(host) => write!(f, "host {host}"),
            Self::PowerFeed(feed) => write!(f, "power feed {feed}"),
        }
    }
}

/// Whether a failure is survived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurvivalProof {
    /// Which failure.
    pub failure: Failure,
    /// How many VMs must restart elsewhere.
    pub restarts: usize,
    /// Those that would have to be left down, lowest tier first, each with what it lacks.
    pub shed: Vec<ShedVm>,
    /// The load of the fullest host left, in percent of its capacity.
    pub peak_percent: u64,
}

impl SurvivalProof {
    /// Whether every VM runs again.
    pub fn fits(&self) -> bool {
        self.shed.is_empty()
    }
}

/// Proves, or disproves, that every VM runs again when one room, one host or one power feed is
/// gone, from the state where every VM runs at home.
pub fn prove(estate: &Estate) -> Vec<SurvivalProof> {
    let runs_on = estate.vms.iter().map(|(id, vm)| (id.clone(), vm.home.clone())).collect();
    let hosts = estate.hosts.keys().cloned().collect();
    prove_from(estate, &runs_on, &hosts)
}

/// The same from any other state: where the VMs run, and which hosts may take them.
pub fn prove_from(
    estate: &Estate,
    runs_on: &BTreeMap<VmId, HostId>,
    hosts: &BTreeSet<HostId>,
) -> Vec<SurvivalProof> {
    let copies = Copies::default();
    let mut ground = Ground::of(estate, runs_on, Opens { copies: &copies, from_copies: false });
    let before = Before {
        usable: ground.usable(hosts),
        strangers: runs_on.iter().filter(|(vm, _)| !estate.vms.contains_key(*vm)).collect(),
    };
    let rooms = estate.rooms.keys().cloned().map(Failure::Room);
    let feeds = estate.power_feeds.keys().cloned().map(Failure::PowerFeed);
    let each = rooms.chain(estate.hosts.keys().cloned().map(Failure::Host)).chain(feeds);
    each.map(|failure| survive(estate, failure, &mut ground, &before)).collect()
}

/// How things stand before any failure.
struct Before<'a> {
    /// By number of host: whether it may take VMs.
    usable: Vec<bool>,
    /// VMs that run somewhere and that the estate does not have.
    strangers: Vec<(&'a VmId, &'a HostId)>,
}

/// Where every VM would run if there were no host but these.
pub fn all_on(estate: &Estate, hosts: &BTreeSet<HostId>) -> Placement {
    let vms: BTreeSet<VmId> = estate.vms.keys().cloned().collect();
    place(&Request::with_own_volumes(estate, &vms, hosts, &BTreeMap::new()))
}

fn survive(
    estate: &Estate,
    failure: Failure,
    ground: &mut Ground<'_>,
    before: &Before<'_>,
) -> SurvivalProof {
    let gone = match &failure {
        Failure::Room(room) => lost(estate, &Cause::RoomLost { room: room.clone() }),
        Failure::Host(host) => lost(estate, &Cause::HostLost { host: host.clone() }),
        Failure::PowerFeed(feed) => {
            let dark = estate.dark_without(feed);
            Lost { hosts: dark.hosts, arrays: dark.arrays, ..Lost::default() }
        }
    };
    let mut down = vec![false; before.usable.len()];
    let mut usable = before.usable.clone();
    for host in gone.hosts.iter().filter_map(|host| ground.host_number(host)) {
        down[host] = true;
        usable[host] = false;
    }
    let rows = ground.running_on(&down);
    let mut placement = place_rows(ground, &rows, &usable, &volumes_gone(estate, &gone.arrays));
    let strangers: Vec<ShedVm> = before
        .strangers
        .iter()
        .filter(|(_, host)| gone.hosts.contains(*host))
        .map(|(vm, _)| ShedVm { vm: (*vm).clone(), why: WhyShed::NotInEstate })
        .collect();
    let restarts = rows.len() + strangers.len();
    placement.add_shed(estate, strangers);
    SurvivalProof { failure, restarts, shed: placement.shed, peak_percent: placement.peak_percent }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use model::estate::PowerFeed;
    use model::units::MemoryMib;

    use super::*;
    use crate::small_estate;

    #[test]
    fn a_small_clinic_survives_each_room_and_each_host() {
        let proofs = prove(&small_estate::clinic());
        assert_eq!(proofs.len(), 3 + 4);
        assert!(proofs.iter().all(SurvivalProof::fits), "{proofs:#?}");
        let room_a =
            proofs.iter().find(|proof| proof.failure == Failure::Room("a".into())).unwrap();
        assert_eq!(room_a.restarts, 4);
    }

    /// A feed from which these hosts draw.
    fn feed(room: &str, hosts: &[&str]) -> PowerFeed {
        let hosts = hosts.iter().map(|host| (*host).into()).collect();
        let (rooms, arrays) = Default::default();
        PowerFeed { room: room.into(), battery: None, rooms, hosts, arrays, probe: None }
    }

    #[test]
    fn a_power_feed_takes_what_draws_from_it_alone() {
        let mut estate = small_estate::clinic();
        estate.power_feeds.insert("ups-1".into(), feed("a", &["a1", "a2", "b1"]));
        estate.power_feeds.insert("ups-2".into(), feed("a", &["a2"]));
        let told = |estate: &Estate| -> String {
            let proofs = prove(estate).into_iter();
            let proofs = proofs.filter(|proof| matches!(proof.failure, Failure::PowerFeed(_)));
            proofs
                .map(|proof| {
                    let left_down: Vec<_> =
                        proof.shed.iter().map(|shed| shed.vm.as_str()).collect();
                    format!(
                        "{}: {} restart, left down {left_down:?}\n",
                        proof.failure, proof.restarts
                    )
                })
                .collect()
        };
        // a2 goes on from its second feed.
        expect_test::expect![[r#"
            power feed ups-1: 3 restart, left down []
            power feed ups-2: 0 restart, left down []
        "#]]
        .assert_eq(&told(&estate));
        // Without that one three of four hosts hang on one feed, and only b2 is left.
        estate.power_feeds.remove(&"ups-2".into());
        expect_test::expect![[r#"
            power feed ups-1: 5 restart, left down ["dns-2", "dpi-1"]
        "#]]
        .assert_eq(&told(&estate));
    }

    #[test]
    fn a_clinic_that_has_grown_too_large_names_what_would_stay_down() {
        let mut estate = small_estate::clinic();
        estate.vms.get_mut(&"wiki-1".into()).unwrap().memory_mib = MemoryMib(21 * 1024);
        let proofs = prove(&estate);
        let lost: Vec<String> = proofs
            .iter()
            .filter(|proof| !proof.fits())
            .map(|proof| format!("{}: {}", proof.failure, proof.shed[0].vm))
            .collect();
        // In room b, dns-2 is kept apart from dns-1 on a1, and a2 is full with the wiki that runs.
        assert_eq!(lost, ["room a: wiki-1", "room b: dns-2"]);
    }
}
