//! The service tree: each service with what it depends on, who is called, what people do
//! meanwhile, and, where it is known how services are, the lowest of those that are not up.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Contact, Estate, Service};
use crate::id::{ChainId, ContactId, ServiceId};
use crate::observation::Status;
use crate::text::Text;
use crate::units::Span;

/// How services are, as far as it is known. A service that is not in it is not known.
pub type Health = BTreeMap<ServiceId, Status>;

/// The tree of one service, or of the whole estate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceTree {
    /// The estate's name.
    pub estate: String,
    /// The services on which no other one of the tree depends, most important first.
    pub roots: Vec<ServiceId>,
    /// Every service of the tree, each after those that it depends on.
    pub services: Vec<TreeService>,
    /// Every chain that has a service of the tree as a link, whole.
    pub chains: Vec<TreeChain>,
    /// Everybody who is called for one of these services.
    pub contacts: BTreeMap<ContactId, Contact>,
    /// What to look at first: services that are down while nothing below them is, then those that
    /// are not seen while everything below them is up.
    pub lowest: Vec<Lowest>,
}

/// A service of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeService {
    /// Which.
    pub service: ServiceId,
    /// Its name.
    pub title: Text,
    /// Its importance.
    pub tier: u8,
    /// Its recovery time objective.
    pub rto: Span,
    /// Past this its absence does harm.
    pub mtpd: Option<Span>,
    /// How many VMs.
    pub vms: usize,
    /// What it depends on.
    pub depends_on: Vec<ServiceId>,
    /// Who is called for it, in this order.
    pub contacts: Vec<ContactId>,
    /// What people do while it is down.
    pub degraded: Option<Text>,
    /// How it is; none where nobody was asked.
    pub status: Option<Status>,
}

/// A chain, link by link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeChain {
    /// Which.
    pub chain: ChainId,
    /// Its name.
    pub title: Text,
    /// Its links, in the order in which the data passes.
    pub links: Vec<TreeLink>,
}

/// A link of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeLink {
    /// Its service.
    pub service: ServiceId,
    /// Who answers for it.
    pub answers: Option<ContactId>,
    /// How it is; none where nobody was asked.
    pub status: Option<Status>,
    /// Where it is not up: the lowest ones that are not, itself or services below it.
    pub because_of: Vec<ServiceId>,
}

/// A service to look at before those above it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lowest {
    /// Which.
    pub service: ServiceId,
    /// Down, or not seen.
    pub status: Status,
    /// Who is called, in this order.
    pub contacts: Vec<ContactId>,
    /// What it depends on and is not seen: it may be down to one of these.
    pub unseen: Vec<ServiceId>,
    /// What depends on it, however far, and is not up either.
    pub takes_along: Vec<ServiceId>,
}

impl Estate {
    /// The tree below one service, or of every service. `health` is empty where nobody was asked.
    /// Nothing when there is no such service.
    pub fn service_tree(&self, of: Option<&ServiceId>, health: &Health) -> Option<ServiceTree> {
        let shown: BTreeSet<&ServiceId> = match of {
            Some(service) => {
                let (root, _) = self.services.get_key_value(service)?;
                let mut shown = self.below(root);
                // The others of its chains too: which link broke cannot be told from one of them.
                let chains = self.chains.values().filter(|chain| chain.links.contains(root));
                for link in chains.flat_map(|chain| &chain.links) {
                    shown.extend(self.below(link));
                    shown.insert(link);
                }
                shown.insert(root);
                shown
            }
            None => self.services.keys().collect(),
        };
        let services = self.lowest_first(&shown);
        let contacts = services.iter().flat_map(|(_, service)| &service.contacts);
        let contacts = contacts.filter_map(|id| self.contacts.get_key_value(id));
        let chains = self
            .chains
            .iter()
            .filter(|(_, chain)| chain.links.iter().any(|link| of.is_none_or(|of| of == link)));
        Some(ServiceTree {
            estate: self.name.clone(),
            roots: match of {
                Some(service) => vec![service.clone()],
                None => self.roots(),
            },
            chains: chains
                .map(|(id, chain)| TreeChain {
                    chain: id.clone(),
                    title: chain.title.clone(),
                    links: chain.links.iter().map(|link| self.link(link, health)).collect(),
                })
                .collect(),
            contacts: contacts.map(|(id, contact)| (id.clone(), contact.clone())).collect(),
            lowest: self.lowest(&shown, health),
            services: services
                .into_iter()
                .map(|(id, service)| TreeService {
                    service: id.clone(),
                    title: service.title.clone(),
                    tier: service.tier.0,
                    rto: service.rto,
                    mtpd: service.mtpd,
                    vms: self.vms_of(id).count(),
                    depends_on: service.depends_on.iter().cloned().collect(),
                    contacts: service.contacts.clone(),
                    degraded: service.degraded.clone(),
                    status: health.get(id).copied(),
                })
                .collect(),
        })
    }

    /// Everything that a service depends on, however far.
    fn below<'e>(&'e self, service: &ServiceId) -> BTreeSet<&'e ServiceId> {
        let mut below = BTreeSet::new();
        let mut ahead: Vec<&ServiceId> = self.depends_on(service).collect();
        while let Some(next) = ahead.pop() {
            if below.insert(next) {
                ahead.extend(self.depends_on(next));
            }
        }
        below
    }

    fn depends_on<'e>(
        &'e self,
        service: &ServiceId,
    ) -> impl Iterator<Item = &'e ServiceId> + use<'e> {
        self.services.get(service).into_iter().flat_map(|service| &service.depends_on)
    }

    fn roots(&self) -> Vec<ServiceId> {
        let needed: BTreeSet<_> =
            self.services.values().flat_map(|service| &service.depends_on).collect();
        let mut roots: Vec<_> =
            self.services.iter().filter(|(id, _)| !needed.contains(id)).collect();
        roots.sort_by_key(|(_, service)| service.tier);
        roots.into_iter().map(|(id, _)| id.clone()).collect()
    }

    /// These services, each after those that it depends on: one that depends on more comes later.
    fn lowest_first<'e>(
        &'e self,
        shown: &BTreeSet<&ServiceId>,
    ) -> Vec<(&'e ServiceId, &'e Service)> {
        let mut services: Vec<_> =
            self.services.iter().filter(|(id, _)| shown.contains(id)).collect();
        // What a service depends on has all of its own dependencies below it, and one service more.
        services.sort_by_cached_key(|(id, service)| (self.below(id).len(), service.tier));
        services
    }

    fn link(&self, service: &ServiceId, health: &Health) -> TreeLink {
        TreeLink {
            service: service.clone(),
            answers: self.services.get(service).and_then(|found| found.contacts.first()).cloned(),
            status: health.get(service).copied(),
            because_of: self.because_of(service, health),
        }
    }

    /// What a service that is not up is down to: the lowest ones, itself included. For one that is
    /// down these are down; one that is not seen may be down to what is not seen either.
    fn because_of(&self, service: &ServiceId, health: &Health) -> Vec<ServiceId> {
        let Some(status) = not_up(service, health) else { return Vec::new() };
        let mut all = self.below(service);
        all.insert(service);
        let lowest = all.iter().filter(|id| {
            let down = health.get(**id) == Some(&Status::Down);
            (down || status == Status::Unknown) && self.is_lowest(id, health)
        });
        lowest.map(|id| (*id).clone()).collect()
    }

    fn is_lowest(&self, service: &ServiceId, health: &Health) -> bool {
        let below = self.below(service);
        let mut below = below.iter().filter_map(|id| not_up(id, health));
        match not_up(service, health) {
            // What is down while something below it is not seen may have broken by itself.
            Some(Status::Down) => !below.any(|status| status == Status::Down),
            Some(_) => below.next().is_none(),
            None => false,
        }
    }

    fn lowest(&self, shown: &BTreeSet<&ServiceId>, health: &Health) -> Vec<Lowest> {
        let lowest: BTreeSet<&ServiceId> =
            shown.iter().copied().filter(|id| self.is_lowest(id, health)).collect();
        let in_order = self.lowest_first(&lowest);
        let lowest = in_order.into_iter().filter_map(|(id, service)| {
            let unseen = self.below(id).into_iter();
            let above = self.services.keys().filter(|other| self.below(other).contains(id));
            Some(Lowest {
                service: id.clone(),
                status: not_up(id, health)?,
                contacts: service.contacts.clone(),
                unseen: unseen.filter(|id| health.get(*id) != Some(&Status::Up)).cloned().collect(),
                takes_along: above.filter(|id| not_up(id, health).is_some()).cloned().collect(),
            })
        });
        let mut lowest: Vec<Lowest> = lowest.collect();
        lowest.sort_by_key(|one| one.status);
        lowest
    }
}

/// How a service is that was asked and is not up.
fn not_up(service: &ServiceId, health: &Health) -> Option<Status> {
    health.get(service).copied().filter(|status| *status != Status::Up)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::estate::{Chain, ContactKind, Tier};

    /// The imaging chain of a hospital, in short: who answers for a link is named after it.
    fn imaging() -> Estate {
        let mut estate = Estate { name: "imaging".to_owned(), ..Estate::default() };
        for (id, tier, below) in [
            ("dns", 0, &[][..]),
            ("database", 1, &["dns"]),
            ("cache", 1, &["database"]),
            ("reconciliation", 1, &["database"]),
            ("viewer", 1, &["cache", "reconciliation"]),
            ("wiki", 3, &["dns"]),
        ] {
            let answers = format!("{id}-people");
            let service = Service {
                title: id.into(),
                tier: Tier(tier),
                depends_on: below.iter().map(|id| (*id).into()).collect(),
                contacts: vec![answers.as_str().into(), "vendor".into()],
                ..Service::default()
            };
            estate.services.insert(id.into(), service);
            for contact in [answers.as_str(), "vendor"] {
                estate.contacts.insert(
                    contact.into(),
                    Contact {
                        title: contact.into(),
                        kind: ContactKind::Role,
                        phone: Some("1".to_owned()),
                        mail: None,
                        when: None,
                    },
                );
            }
        }
        let links = ["cache", "reconciliation", "viewer"].map(ServiceId::from).to_vec();
        estate.chains.insert("imaging".into(), Chain { title: "Imaging".into(), links });
        estate
    }

    fn health(estate: &Estate, down: &[&str], unseen: &[&str]) -> Health {
        let services = estate.services.keys();
        services
            .map(|id| {
                let down = down.contains(&id.as_str());
                let unseen = unseen.contains(&id.as_str());
                let status = match (down, unseen) {
                    (true, _) => Status::Down,
                    (_, true) => Status::Unknown,
                    _ => Status::Up,
                };
                (id.clone(), status)
            })
            .collect()
    }

    fn told(estate: &Estate, down: &[&str], unseen: &[&str]) -> String {
        let tree = estate.service_tree(None, &health(estate, down, unseen)).unwrap();
        let list =
            |ids: &[ServiceId]| ids.iter().map(ServiceId::as_str).collect::<Vec<_>>().join(" ");
        let mut told = String::new();
        for lowest in &tree.lowest {
            let (takes, maybe) = (list(&lowest.takes_along), list(&lowest.unseen));
            told.push_str(&format!(
                "{} is {:?}: call {}; takes along [{takes}]; not seen below [{maybe}]\n",
                lowest.service, lowest.status, lowest.contacts[0]
            ));
        }
        for link in &tree.chains[0].links {
            told.push_str(&format!("link {}: [{}]\n", link.service, list(&link.because_of)));
        }
        told
    }

    #[test]
    fn the_lowest_broken_link_is_named_and_not_what_fell_with_it() {
        let estate = imaging();
        expect_test::expect![[r#"
            cache is Down: call cache-people; takes along [viewer]; not seen below []
            link cache: [cache]
            link reconciliation: []
            link viewer: [cache]
        "#]]
        .assert_eq(&told(&estate, &["cache", "viewer"], &[]));
    }

    #[test]
    fn a_cause_below_the_whole_chain_is_named_at_every_link() {
        let estate = imaging();
        expect_test::expect![[r#"
            database is Down: call database-people; takes along [cache reconciliation viewer]; not seen below []
            link cache: [database]
            link reconciliation: [database]
            link viewer: [database]
        "#]].assert_eq(&told(
            &estate,
            &["database", "cache", "reconciliation", "viewer"],
            &[],
        ));
    }

    #[test]
    fn two_links_that_broke_apart_are_both_named_and_what_is_not_seen_is_said() {
        let estate = imaging();
        expect_test::expect![[r#"
            cache is Down: call cache-people; takes along [viewer]; not seen below [dns]
            reconciliation is Down: call reconciliation-people; takes along [viewer]; not seen below [dns]
            dns is Unknown: call dns-people; takes along [cache reconciliation viewer]; not seen below []
            link cache: [cache]
            link reconciliation: [reconciliation]
            link viewer: [cache reconciliation]
        "#]].assert_eq(&told(
            &estate,
            &["cache", "reconciliation", "viewer"],
            &["dns"],
        ));
    }

    #[test]
    fn what_is_not_seen_is_followed_down_to_the_lowest_that_is_not_seen() {
        let estate = imaging();
        expect_test::expect![[r#"
            database is Unknown: call database-people; takes along [cache viewer]; not seen below []
            link cache: [database]
            link reconciliation: []
            link viewer: [database]
        "#]]
        .assert_eq(&told(&estate, &[], &["database", "cache", "viewer"]));
    }

    #[test]
    fn the_tree_of_one_service_holds_its_whole_chain_and_nothing_else() {
        let estate = imaging();
        let tree = estate.service_tree(Some(&"cache".into()), &Health::new()).unwrap();
        assert_eq!(tree.roots, ["cache".into()]);
        let shown: Vec<&str> = tree.services.iter().map(|one| one.service.as_str()).collect();
        assert_eq!(shown, ["dns", "database", "cache", "reconciliation", "viewer"]);
        assert!(!tree.contacts.contains_key(&"wiki-people".into()));
        assert_eq!(tree.lowest, []);
        assert_eq!(estate.service_tree(Some(&"cash".into()), &Health::new()), None);
        let whole = estate.service_tree(None, &Health::new()).unwrap();
        assert_eq!(whole.roots, ["viewer".into(), "wiki".into()]);
    }

    proptest! {
        /// Whatever is down or not seen: every service that is not up leads to one to look at
        /// first, what is down to one that is down; nothing that is down stands below one that is
        /// to be looked at; and services stand after those that they depend on.
        #[test]
        fn each_outage_leads_to_a_repair(
            edges in proptest::collection::vec((0_usize..10, 0_usize..10), 0..25),
            states in proptest::collection::vec(0_u8..3, 10),
        ) {
            let mut estate = Estate::default();
            let mut health = Health::new();
            for (at, state) in states.iter().enumerate() {
                let below = edges.iter().filter(|(from, to)| *from == at && to < from);
                let depends_on = below.map(|(_, to)| format!("s{to}").into()).collect();
                let service = Service { depends_on, ..Service::default() };
                let id = ServiceId(format!("s{at}"));
                estate.services.insert(id.clone(), service);
                let status = [Status::Up, Status::Down, Status::Unknown][usize::from(*state)];
                health.insert(id, status);
            }
            let tree = estate.service_tree(None, &health).unwrap();
            let first: BTreeMap<_, _> =
                tree.lowest.iter().map(|one| (&one.service, one.status)).collect();
            for service in estate.services.keys() {
                let because_of = estate.because_of(service, &health);
                let status = not_up(service, &health);
                prop_assert_eq!(because_of.is_empty(), status.is_none());
                prop_assert!(because_of.iter().all(|cause| first.contains_key(cause)));
                let down = |cause: &ServiceId| first.get(cause) == Some(&Status::Down);
                prop_assert!(status != Some(Status::Down) || because_of.iter().all(down));
            }
            for lowest in first.keys() {
                let below = estate.below(lowest);
                prop_assert!(below.iter().all(|id| health.get(*id) != Some(&Status::Down)));
            }
            let mut before = BTreeSet::new();
            for one in &tree.services {
                prop_assert!(one.depends_on.iter().all(|other| before.contains(other)));
                before.insert(one.service.clone());
            }
            prop_assert_eq!(before.len(), estate.services.len());
        }
    }
}
