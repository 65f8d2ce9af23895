use std::collections::BTreeSet;

use model::estate::{
    Backup, Courier, Estate, Measured, Repair, Repository, Room, RoomRole, Service, Site, Tier,
    WideLink,
};
use model::id::{ControllerId, LinkId};
use model::product::Product;
use model::units::{DataRate, DataSize, Span};
use proptest::prelude::*;

use super::super::crossover::wins;
use super::super::dominance::dominates;
use super::super::{Ages, Kind, Lost, RestorePlan, Standing, Wins, plan};

const GB: u64 = 1_000_000_000;

/// A set: its tier, its size in gigabytes, and for each of three repositories its age in hours.
type SetShape = (u8, u64, [Option<u64>; 3]);

/// One room, three sites with a repository each, a link to each, a courier, and a repair.
fn estate(sets: &[SetShape], links: [u64; 3], reads: [u64; 3], drive: u64) -> Estate {
    let mut estate = Estate::default();
    let (role, technology) = (RoomRole::Production, Product::Twin);
    let controller = ControllerId(1);
    estate.rooms.insert("hq".into(), Room { title: "hq".into(), role, technology, controller });
    for number in 0..3_usize {
        let id = format!("s{number}");
        let away = Some(model::estate::Away::Drive(Span::from_secs(drive * (number as u64 + 1))));
        let (rooms, to) = (BTreeSet::new(), Default::default());
        estate.sites.insert(id.as_str().into(), Site { title: "".into(), rooms, away, to });
        let (rate, load) = (DataRate(links[number] * 1_000_000), DataRate(0));
        let between = ["hq".into(), id.as_str().into()].into();
        let link = WideLink { between, measured: Measured { rate, load } };
        estate.wide_links.insert(format!("l{number}").into(), link);
        let repository = Repository {
            title: "".into(),
            tool: "tar".to_owned(),
            at: [id.as_str().into()].into(),
            read: Some(DataRate(reads[number] * 1_000_000)),
            portable: number != 1,
            serves_in: None,
        };
        estate.repositories.insert(id.as_str().into(), repository);
    }
    for tier in 0..4_u8 {
        let service = Service {
            title: "".into(),
            tier: Tier(tier),
            rto: Span::from_secs(3600),
            rpo: Span::ZERO,
            ..Service::default()
        };
        estate.services.insert(format!("t{tier}").into(), service);
    }
    let (title, start, handling) = ("".into(), Span::from_secs(600), Span::from_secs(1200));
    estate
        .couriers
        .insert("van".into(), Courier { title, start, handling, from: None, speed: None });
    for (number, (tier, gigabytes, ages)) in sets.iter().enumerate() {
        let kept = ages.iter().enumerate().filter_map(|(at, age)| {
            Some((format!("s{at}").into(), Span::from_secs((*age)? * 3600)))
        });
        let backup = Backup {
            title: "".into(),
            services: [format!("t{tier}").into()].into(),
            volumes: BTreeSet::new(),
            machine: (number % 3 == 0).then(|| "old".into()),
            size: DataSize(gigabytes * GB),
            turn: 0,
            restore_to: vec!["hq".into()],
            kept_in: kept.collect(),
        };
        estate.backups.insert(format!("set-{number:02}").into(), backup);
    }
    let old = crate::small_estate::clinic().hosts[&"a1".into()].clone();
    estate.hosts.insert("old".into(), model::estate::Host { room: "hq".into(), ..old });
    let takes = Span::from_secs(drive * 5);
    estate
        .repairs
        .insert("maker".into(), Repair { title: "".into(), machine: "old".into(), takes });
    estate
}

fn whole(estate: &Estate) -> RestorePlan {
    plan(estate, &Lost::default(), &Ages::new())
}

fn sets() -> impl Strategy<Value = Vec<SetShape>> {
    let age = || proptest::option::of(0_u64..48);
    let ages = (age(), age(), age()).prop_map(|(a, b, c)| [a, b, c]);
    proptest::collection::vec((0_u8..4, 1_u64..20_000, ages), 0..8)
}

fn rates() -> impl Strategy<Value = [u64; 3]> {
    [1_u64..20_000, 1_u64..20_000, 1_u64..20_000]
}

/// The link alone, for one set.
fn link_alone(gigabytes: u64, megabits: u64) -> Span {
    let estate = estate(&[(0, gigabytes, [Some(1), None, None])], [megabits; 3], [50_000; 3], 600);
    let plan = whole(&estate);
    let mut ways = plan.sets[0].ways.iter();
    ways.find(|choice| choice.way.is_over_links()).unwrap().way.ready
}

proptest! {
    /// What is offered is outdone by nothing; what is put aside is outdone by something offered,
    /// by as much as is said; and what is reckoned with is offered.
    #[test]
    fn a_dominated_way_is_never_offered(sets in sets(), links in rates(), reads in rates(), drive in 60_u64..20_000) {
        let plan = whole(&estate(&sets, links, reads, drive));
        prop_assert_eq!(plan.sets.len(), sets.len());
        for set in &plan.sets {
            for choice in &set.ways {
                let better = |other: &&super::super::Choice| dominates(&other.way, &choice.way);
                match &choice.standing {
                    Standing::Offered => prop_assert!(!set.ways.iter().any(|other| better(&other))),
                    Standing::Dominated(said) => {
                        let by = set.ways.iter().find(|other| other.name == said.by).unwrap();
                        prop_assert!(better(&by) && by.standing == Standing::Offered);
                        prop_assert_eq!(by.way.ready.saturating_add(said.later), choice.way.ready);
                        prop_assert_eq!(by.way.lost.saturating_add(said.loses_more), choice.way.lost);
                    }
                }
                prop_assert!(!choice.reckoned || choice.standing == Standing::Offered);
            }
            prop_assert_eq!(set.ways.iter().filter(|choice| choice.reckoned).count(), set.ways.len().min(1));
        }
    }

    /// A question is asked exactly where offered ways differ, and each later one loses less.
    #[test]
    fn a_question_is_a_true_trade(sets in sets(), links in rates(), reads in rates(), drive in 60_u64..20_000) {
        let plan = whole(&estate(&sets, links, reads, drive));
        for set in &plan.sets {
            let offered: BTreeSet<(Span, Span)> = set.ways.iter()
                .filter(|choice| choice.standing == Standing::Offered)
                .map(|choice| (choice.way.ready, choice.way.lost))
                .collect();
            let question = plan.questions.iter().find(|question| question.backup == set.backup);
            prop_assert_eq!(question.map_or(1, |question| question.answers.len()), offered.len().max(1));
            prop_assert!(question.is_none_or(|question| question.answers[0].whole == plan.whole));
            let losses: Vec<Span> = offered.into_iter().map(|(_, lost)| lost).collect();
            prop_assert!(losses.windows(2).all(|pair| pair[0] > pair[1]));
        }
    }

    #[test]
    fn more_rate_is_never_slower(gigabytes in 1_u64..50_000, slow in 1_u64..20_000, more in 0_u64..20_000) {
        prop_assert!(link_alone(gigabytes, slow + more) <= link_alone(gigabytes, slow));
    }

    /// A link carries one set at a time, and so does a reader.
    #[test]
    fn sets_that_share_a_link_do_not_use_it_at_once(sets in sets(), links in rates(), reads in rates()) {
        let plan = whole(&estate(&sets, links, reads, 40_000));
        let reckoned = plan.sets.iter().filter_map(|set| set.ways.iter().find(|choice| choice.reckoned));
        let mut uses: Vec<(LinkId, Span, Span)> = Vec::new();
        for choice in reckoned {
            if let Kind::Link { over, .. } = &choice.way.kind {
                uses.extend(over.iter().map(|link| (link.clone(), choice.way.begins, choice.way.ready)));
            }
        }
        uses.sort();
        for pair in uses.windows(2) {
            prop_assert!(pair[0].0 != pair[1].0 || pair[0].2 <= pair[1].1, "{:?}", pair);
        }
    }

    /// What comes later in the plan changes nothing of what comes before.
    #[test]
    fn a_less_important_set_delays_no_other(sets in sets(), links in rates(), reads in rates()) {
        let estate = estate(&sets, links, reads, 5000);
        let plan = whole(&estate);
        let Some(last) = plan.sets.last() else { return Ok(()) };
        let mut fewer = estate.clone();
        fewer.backups.remove(&last.backup);
        prop_assert_eq!(&whole(&fewer).sets[..], &plan.sets[..plan.sets.len() - 1]);
    }

    /// At the crossover both take equally long, to the second; on either side of it the right one
    /// wins.
    #[test]
    fn the_courier_wins_from_where_the_times_are_equal(
        link_begins in 0_u64..100_000,
        begins in 0_u64..100_000,
        link_rate in 1_u64..100_000,
        rate in 1_u64..100_000,
        size in 1_u64..1_000_000,
    ) {
        let (link_rate, rate) = (DataRate(link_rate * 1_000_000), DataRate(rate * 1_000_000));
        let (link_begins, begins) = (Span::from_secs(link_begins), Span::from_secs(begins));
        let times = |size: DataSize| {
            let link = link_begins.saturating_add(link_rate.time_for(size));
            (link.as_millis(), begins.saturating_add(rate.time_for(size)).as_millis())
        };
        let (link, courier) = times(DataSize(size * GB));
        match wins((link_begins, link_rate), (begins, rate)) {
            Wins::Always => prop_assert!(courier <= link),
            Wins::Never => prop_assert!(courier >= link),
            Wins::From(equal) | Wins::UpTo(equal) => {
                let (link_there, courier_there) = times(equal);
                prop_assert!(link_there.abs_diff(courier_there) <= 1000, "{link_there} {courier_there}");
                let wins_above = matches!(wins((link_begins, link_rate), (begins, rate)), Wins::From(_));
                let above = DataSize(size * GB) > equal;
                if above == wins_above {
                    prop_assert!(courier <= link + 1000);
                } else {
                    prop_assert!(link <= courier + 1000);
                }
            }
        }
    }

    /// Couriers can be left out: what they gain is the difference of the two wholes.
    #[test]
    fn what_couriers_gain_is_a_difference(sets in sets(), links in rates(), reads in rates()) {
        let mut estate = estate(&sets, links, reads, 3000);
        let with = whole(&estate);
        estate.couriers.clear();
        let without = whole(&estate);
        prop_assert_eq!(without.without_couriers, None);
        if let Some(said) = with.without_couriers {
            prop_assert_eq!(said.whole, without.whole);
            prop_assert_eq!(said.gains, without.whole.ready.saturating_sub(with.whole.ready));
        }
    }
}
