#![allow(clippy::unwrap_used)]
use super::*;
use crate::storage::TieBreak;

/// Two arrays and a third site, with links that can be cut; time goes in steps of 100 ms.
struct World {
    now: Monotonic,
    a: Side,
    b: Side,
    third: TieBreak,
    a_b: bool,
    a_c: bool,
    b_c: bool,
}

impl World {
    fn new() -> Self {
        let mut world = Self::started();
        world.run(5_000);
        world
    }

    fn started() -> Self {
        let timers = ElectionTimers::default();
        let now = Monotonic(0);
        Self {
            now,
            a: Side::new("a".into(), "b".into(), true, timers, now),
            b: Side::new("b".into(), "a".into(), false, timers, now),
            third: TieBreak::default(),
            a_b: true,
            a_c: true,
            b_c: true,
        }
    }

    fn run(&mut self, millis: u64) {
        for _ in 0..millis / 100 {
            self.now = self.now.after(Span::from_millis(100));
            let now = self.now;
            if self.a_b {
                let (from_a, from_b) = (self.a.says(), self.b.says());
                if let Some(b) = from_b {
                    self.a.peer_heard(b, now);
                }
                if let Some(a) = from_a {
                    self.b.peer_heard(a, now);
                }
            }
            for (side, link) in [(&mut self.a, self.a_c), (&mut self.b, self.b_c)] {
                if link {
                    side.quorum_heard(now);
                }
                if let Some(generation) = side.tick(now).filter(|_| link) {
                    let winner = self.third.ask(&"layer".into(), &side.room, generation);
                    side.tie_broken(generation, &winner, now);
                }
            }
            let apart = self.a.generation != self.b.generation;
            assert!(!(apart && self.a.serves() && self.b.serves()), "both serve at {now:?}");
        }
    }
}

#[test]
fn while_the_arrays_see_each_other_both_serve_even_without_the_third_site() {
    let mut world = World::new();
    assert!(world.a.serves() && world.b.serves());
    world.a_c = false;
    world.b_c = false;
    world.run(10_000);
    assert!(world.a.serves() && world.b.serves());
    assert!(!world.a.sees_quorum(world.now));
}

#[test]
fn when_they_lose_each_other_the_preferred_side_goes_on_and_the_other_stops() {
    let mut world = World::new();
    world.a_b = false;
    world.run(3_000);
    assert!(world.a.serves());
    assert!(!world.b.serves());
    assert_eq!(world.a.elected(), Some(&"a".into()));
    assert_eq!(world.b.elected(), Some(&"a".into()));
    assert!(world.a.is_current() && !world.b.is_current());
}

#[test]
fn a_split_right_after_the_start_goes_to_the_preferred_side_too() {
    let mut world = World::started();
    world.run(1_000);
    world.a_b = false;
    world.run(3_000);
    assert!(world.a.serves() && !world.b.serves());
}

#[test]
fn when_the_preferred_array_dies_the_other_goes_on() {
    let mut world = World::new();
    world.a.power(false, world.now);
    world.run(3_000);
    assert!(!world.a.serves());
    assert!(world.b.serves());
    assert_eq!(world.b.elected(), Some(&"b".into()));
}

#[test]
fn the_stopped_side_serves_again_only_after_it_has_copied_what_it_missed() {
    let mut world = World::new();
    world.a_b = false;
    world.run(3_000);
    world.a_b = true;
    world.run(4_000);
    assert!(world.a.serves() && !world.b.serves() && !world.b.is_current());
    world.run(2_000);
    assert!(world.a.serves() && world.b.serves() && world.b.is_current());
    assert_eq!(world.a.elected(), None);
    assert_eq!(world.b.elected(), None);
}

#[test]
fn when_every_link_is_silent_both_stop_and_both_go_on_afterwards_with_nobody_elected() {
    let mut world = World::new();
    (world.a_b, world.a_c, world.b_c) = (false, false, false);
    world.run(50_000);
    assert!(!world.a.serves() && !world.b.serves());
    // The third site is heard first: it must not be asked before the arrays had their chance.
    (world.a_c, world.b_c) = (true, true);
    world.run(1_000);
    world.a_b = true;
    world.run(500);
    assert!(world.a.serves() && world.b.serves());
    assert_eq!(world.a.elected(), None);
}

#[test]
fn a_dead_array_that_comes_back_after_an_election_is_behind() {
    let mut world = World::new();
    world.a.power(false, world.now);
    world.run(5_000);
    world.a.power(true, world.now);
    world.run(3_000);
    assert!(!world.a.serves() && !world.a.is_current());
    world.run(4_000);
    assert!(world.a.serves() && world.b.serves());
}

#[test]
fn the_winner_that_dies_later_does_not_hand_over_to_the_old_copy() {
    let mut world = World::new();
    world.a_b = false;
    world.run(3_000);
    world.a.power(false, world.now);
    world.run(20_000);
    assert!(!world.b.serves(), "B's copy is older than what A acknowledged");
}
