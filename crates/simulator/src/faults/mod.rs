//! What goes wrong: one file per kind. A fault strikes, lasts, and undoes itself; the healing at
//! the end of the safety phase undoes whatever still lasts.

mod agent_pause;
mod agents_apart;
mod asked;
mod bit_flip;
mod blackout;
mod bmc_trouble;
mod controller_crash;
mod controller_pause;
mod controllers_killed;
mod copies_lag;
mod crash_after_ack;
mod crash_storm;
mod cut_both_ways;
mod cut_direction;
mod cut_one_way;
mod disk_errors;
mod disk_full;
mod disk_slow;
mod duplicated_messages;
mod false_attestations;
mod fast_reboot;
mod hand_over;
mod host_power;
mod isolation;
mod late_orders;
mod lost_messages;
mod lying_bmc;
mod lying_fsync;
mod mute_agents;
mod old_image;
mod operator;
mod operator_approves;
mod operator_arms;
mod operator_attests;
mod operator_maintains;
mod operator_pauses;
mod operator_takes_runs;
mod reordered_messages;
mod rolling_disaster;
mod room_loss;
mod room_returns;
mod second_failure;
mod slow_clock;
mod slow_messages;
mod split_view;
mod stillborn_vms;
mod storage_freeze;
mod storage_split;
mod vm_crash;

use std::fmt;
use std::time::Duration;

use consensus::simulation::{self, SimulatedDisk};
use futures_util::future::join_all;
use model::id::{ControllerId, HostId, RoomId};
use serde::{Deserialize, Serialize};

use crate::fact::Fact;
use crate::fault_list::Fault;
use crate::node;
use crate::world::World;

/// The kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// One controller dies as in a power cut, and starts again.
    ControllerCrash,
    /// All controllers die again and again, some of them while they are electing.
    CrashStorm,
    /// Every room loses its power at once, and gets it back.
    Blackout,
    /// One room loses its power, with all that stands in it.
    RoomLoss,
    /// Nothing passes between two rooms.
    CutBothWays,
    /// Nothing passes from one room to another; the way back works.
    CutOneWay,
    /// Nothing passes from one room to another, neither network nor storage.
    CutDirection,
    /// An operator moves the leadership to another controller.
    HandOver,
    /// Every controller is dead at once; hosts and links live.
    ControllersKilled,
    /// Some messages are late, some very late.
    SlowMessages,
    /// Many messages are lost.
    LostMessages,
    /// One host loses its power; its management controller answers.
    HostPower,
    /// One VM dies by itself.
    VmCrash,
    /// Controllers die right after something was acknowledged; the leader comes back last.
    CrashAfterAck,
    /// An operator pauses automatic acts, and resumes or lets the pause end by itself.
    OperatorPauses,
    /// Operators take a run in hand: hold it, end it and hand its incident back, have a step tried
    /// again or passed over, well and badly.
    OperatorTakesRuns,
    /// Operators approve, an incident or a step of a run: in time, twice, late, without the right
    /// to, or what nobody asked about.
    OperatorApproves,
    /// Operators pull the plug of a host that is to be fenced, and attest that it is off.
    OperatorAttests,
    /// An operator disarms a host's watchdog and arms it again.
    OperatorArms,
    /// An operator puts a room or a host under maintenance for a while.
    OperatorMaintains,
    /// A controller's disk fails reads and writes for a while.
    DiskErrors,
    /// A controller's disk has no space for a while.
    DiskFull,
    /// A controller's disk is slow.
    DiskSlow,
    /// A bit of a controller's disk flips while it is down.
    BitFlip,
    /// A controller's disk is put back to an earlier moment.
    OldImage,
    /// Every disk acknowledges syncs that it does not carry out; then all lose their power.
    LyingFsync,
    /// Messages arrive a second time, later.
    DuplicatedMessages,
    /// Messages overtake each other.
    ReorderedMessages,
    /// Orders to agents are held up on their way.
    LateOrders,
    /// Agents do what they are told and their answers are lost.
    MuteAgents,
    /// No room hears any other one.
    Isolation,
    /// Some directions of some links, network and storage by themselves.
    SplitView,
    /// An agent's process is stopped and goes on later.
    AgentPause,
    /// Agents of different rooms do not hear each other; controllers and guardians are heard.
    AgentsApart,
    /// A controller's process is stopped and goes on later.
    ControllerPause,
    /// A host reboots before anybody has noticed.
    FastReboot,
    /// Management controllers are dead, refusing, late, or ahead of the truth.
    BmcTrouble,
    /// VMs die while they start.
    StillbornVms,
    /// A room comes back in the middle of the recovery.
    RoomReturns,
    /// Something else fails in the middle of the recovery.
    SecondFailure,
    /// A cut, an election of storage, and then the elected side dies.
    RollingDisaster,
    /// A storage layer's software freezes on both sides, and thaws.
    StorageFreeze,
    /// A storage layer elects a side, which then burns; the other one's copy is old.
    StorageSplit,
    /// The copies outside of the layers fall behind.
    CopiesLag,
    /// A host's clock runs far slower than any clock may.
    SlowClock,
    /// A management controller says "off" and switches nothing off.
    LyingBmc,
    /// Two persons attest that a host is off while it runs.
    FalseAttestations,
}

impl FaultKind {
    /// Whether it only drops, delays, repeats or reorders messages: that strikes so many at a time
    /// that it is counted apart.
    pub const fn is_weather(self) -> bool {
        matches!(
            self,
            Self::SlowMessages
                | Self::LostMessages
                | Self::DuplicatedMessages
                | Self::ReorderedMessages
        )
    }

    /// As written in scenarios and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ControllerCrash => "controller-crash",
            Self::CrashStorm => "crash-storm",
            Self::Blackout => "blackout",
            Self::RoomLoss => "room-loss",
            Self::CutBothWays => "cut-both-ways",
            Self::CutOneWay => "cut-one-way",
            Self::CutDirection => "cut-direction",
            Self::HandOver => "hand-over",
            Self::ControllersKilled => "controllers-killed",
            Self::SlowMessages => "slow-messages",
            Self::LostMessages => "lost-messages",
            Self::HostPower => "host-power",
            Self::VmCrash => "vm-crash",
            Self::CrashAfterAck => "crash-after-ack",
            Self::OperatorPauses => "operator-pauses",
            Self::OperatorTakesRuns => "operator-takes-runs",
            Self::OperatorApproves => "operator-approves",
            Self::OperatorAttests => "operator-attests",
            Self::OperatorArms => "operator-arms",
            Self::OperatorMaintains => "operator-maintains",
            Self::DiskErrors => "disk-errors",
            Self::DiskFull => "disk-full",
            Self::DiskSlow => "disk-slow",
            Self::BitFlip => "bit-flip",
            Self::OldImage => "old-image",
            Self::LyingFsync => "lying-fsync",
            Self::DuplicatedMessages => "duplicated-messages",
            Self::ReorderedMessages => "reordered-messages",
            Self::LateOrders => "late-orders",
            Self::MuteAgents => "mute-agents",
            Self::Isolation => "isolation",
            Self::SplitView => "split-view",
            Self::AgentPause => "agent-pause",
            Self::AgentsApart => "agents-apart",
            Self::ControllerPause => "controller-pause",
            Self::FastReboot => "fast-reboot",
            Self::BmcTrouble => "bmc-trouble",
            Self::StillbornVms => "stillborn-vms",
            Self::RoomReturns => "room-returns",
            Self::SecondFailure => "second-failure",
            Self::RollingDisaster => "rolling-disaster",
            Self::StorageFreeze => "storage-freeze",
            Self::StorageSplit => "storage-split",
            Self::CopiesLag => "copies-lag",
            Self::SlowClock => "slow-clock",
            Self::LyingBmc => "lying-bmc",
            Self::FalseAttestations => "false-attestations",
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Strikes, waits, undoes. `number` is the fault's place in the run's list. What a kind chooses
/// (`World::pick`, `World::random`) comes from the fault's own targets and seed.
pub(crate) async fn strike(world: World, number: usize, fault: Fault) {
    let world = world.choosing_for(number, &fault);
    let lasts = fault.lasts.to_std();
    match fault.kind {
        FaultKind::ControllerCrash => controller_crash::strike(&world, lasts).await,
        FaultKind::CrashStorm => crash_storm::strike(&world, lasts).await,
        FaultKind::Blackout => blackout::strike(&world, lasts).await,
        FaultKind::RoomLoss => room_loss::strike(&world, lasts).await,
        FaultKind::CutBothWays => cut_both_ways::strike(&world, lasts).await,
        FaultKind::CutOneWay => cut_one_way::strike(&world, lasts).await,
        FaultKind::CutDirection => cut_direction::strike(&world, lasts).await,
        FaultKind::HandOver => hand_over::strike(&world).await,
        FaultKind::ControllersKilled => controllers_killed::strike(&world, lasts).await,
        FaultKind::SlowMessages => slow_messages::strike(&world, lasts).await,
        FaultKind::LostMessages => lost_messages::strike(&world, lasts).await,
        FaultKind::HostPower => host_power::strike(&world, lasts).await,
        FaultKind::VmCrash => vm_crash::strike(&world),
        FaultKind::CrashAfterAck => crash_after_ack::strike(&world, lasts).await,
        FaultKind::OperatorPauses => operator_pauses::strike(&world, lasts).await,
        FaultKind::OperatorTakesRuns => operator_takes_runs::strike(&world, lasts).await,
        FaultKind::OperatorApproves => operator_approves::strike(&world, lasts).await,
        FaultKind::OperatorAttests => operator_attests::strike(&world, lasts).await,
        FaultKind::OperatorArms => operator_arms::strike(&world, lasts).await,
        FaultKind::OperatorMaintains => operator_maintains::strike(&world, lasts).await,
        FaultKind::DiskErrors => disk_errors::strike(&world, lasts).await,
        FaultKind::DiskFull => disk_full::strike(&world, lasts).await,
        FaultKind::DiskSlow => disk_slow::strike(&world, lasts).await,
        FaultKind::BitFlip => bit_flip::strike(&world, lasts).await,
        FaultKind::OldImage => old_image::strike(&world, lasts).await,
        FaultKind::LyingFsync => lying_fsync::strike(&world, lasts).await,
        FaultKind::DuplicatedMessages => duplicated_messages::strike(&world, lasts).await,
        FaultKind::ReorderedMessages => reordered_messages::strike(&world, lasts).await,
        FaultKind::LateOrders => late_orders::strike(&world, lasts).await,
        FaultKind::MuteAgents => mute_agents::strike(&world, lasts).await,
        FaultKind::Isolation => isolation::strike(&world, lasts).await,
        FaultKind::SplitView => split_view::strike(&world, lasts).await,
        FaultKind::AgentPause => agent_pause::strike(&world, lasts).await,
        FaultKind::AgentsApart => agents_apart::strike(&world, lasts).await,
        FaultKind::ControllerPause => controller_pause::strike(&world, lasts).await,
        FaultKind::FastReboot => fast_reboot::strike(&world, lasts),
        FaultKind::BmcTrouble => bmc_trouble::strike(&world, lasts).await,
        FaultKind::StillbornVms => stillborn_vms::strike(&world, lasts).await,
        FaultKind::RoomReturns => room_returns::strike(&world, lasts).await,
        FaultKind::SecondFailure => second_failure::strike(&world, lasts).await,
        FaultKind::RollingDisaster => rolling_disaster::strike(&world, lasts).await,
        FaultKind::StorageFreeze => storage_freeze::strike(&world, lasts).await,
        FaultKind::StorageSplit => storage_split::strike(&world, lasts).await,
        FaultKind::CopiesLag => copies_lag::strike(&world, lasts).await,
        FaultKind::SlowClock => slow_clock::strike(&world, lasts).await,
        FaultKind::LyingBmc => lying_bmc::strike(&world, lasts).await,
        FaultKind::FalseAttestations => false_attestations::strike(&world, lasts).await,
    }
}

fn note(world: &World, kind: FaultKind, what: impl Into<String>) {
    let number = world.fault_number();
    world.note(&Fact::Fault { number, kind: kind.as_str(), what: what.into() });
}

fn rooms(world: &World) -> Vec<RoomId> {
    world.estate.rooms.keys().cloned().collect()
}

/// Two distinct rooms.
fn two_rooms(world: &World) -> Option<(RoomId, RoomId)> {
    let one = world.pick(rooms(world))?;
    let others = rooms(world).into_iter().filter(|room| *room != one).collect();
    Some((one, world.pick(others)?))
}

/// Keeps a controller down for one reason more.
fn take_down(world: &World, controller: ControllerId) {
    *world.stage().kept_down.entry(controller).or_default() += 1;
    node::kill(world, controller);
}

/// One reason less; starts it when none is left and its room has power.
async fn let_up(world: &World, controller: ControllerId) {
    {
        let mut stage = world.stage();
        let reasons = stage.kept_down.entry(controller).or_default();
        *reasons = reasons.saturating_sub(1);
    }
    start_if_free(world, controller).await;
}

async fn start_if_free(world: &World, controller: ControllerId) {
    let free = {
        let stage = world.stage();
        let kept = stage.retired.contains(&controller)
            || stage.kept_down.get(&controller).is_some_and(|reasons| *reasons > 0);
        let powered = world.room_of(controller).is_some_and(|room| stage.has_power(room));
        let there = stage.controllers.contains_key(&controller)
            || stage.starting.contains_key(&controller)
            || stage.left_behind.contains(&controller);
        !kept && powered && !there
    };
    if free {
        // By itself: the healing may end the fault at any moment, and half a start is none.
        let world = world.choosing_for_itself();
        let booting = simulation::spawn(async move { node::boot(&world, controller).await });
        let _ = booting.await;
    }
}

/// A room is lost for good, or until it is brought back.
pub(crate) fn lose_room(world: &World, room: &RoomId) {
    note(world, FaultKind::RoomLoss, format!("{room} for good"));
    darken(world, room);
}

/// A room that was lost has power again.
pub(crate) async fn bring_back(world: &World, room: &RoomId) {
    lighten(world, room).await;
}

/// A room and all that stands in it goes dark.
fn darken(world: &World, room: &RoomId) {
    world.room_dark(room);
    if let Some(of) = world.estate.rooms.get(room) {
        node::kill(world, of.controller);
    }
}

/// Its power comes back.
async fn lighten(world: &World, room: &RoomId) {
    if world.room_lit(room)
        && let Some(of) = world.estate.rooms.get(room)
    {
        start_if_free(world, of.controller).await;
    }
}

/// A controller's disk is in trouble for a while; it may stop, and starts again when the disk is
/// well.
async fn ail(
    world: &World,
    controller: ControllerId,
    lasts: Duration,
    switch: fn(&SimulatedDisk, bool),
) {
    let Some(disk) = world.disk(controller) else { return };
    *world.stage().ailing.entry(controller).or_default() += 1;
    switch(&disk, true);
    tokio::time::sleep(lasts).await;
    recover(world, controller, switch).await;
}

/// The disk is well again, and the controller is started anew on what is on it.
async fn recover(world: &World, controller: ControllerId, switch: fn(&SimulatedDisk, bool)) {
    let Some(disk) = world.disk(controller) else { return };
    switch(&disk, false);
    take_down(world, controller);
    if let Some(faults) = world.stage().ailing.get_mut(&controller) {
        *faults = faults.saturating_sub(1);
    }
    let_up(world, controller).await;
}

/// A controller whose disk may be lost for good: any, as long as all others are well.
fn expendable(world: &World) -> Option<ControllerId> {
    let well = {
        let stage = world.stage();
        stage.retired.is_empty() && stage.spoiled.is_empty()
    };
    let running = world.running().into_iter().map(|(id, _)| id).collect();
    well.then(|| world.pick(running))?
}

/// Undoes everything that still lasts: links, power, controllers. Hosts that were switched off by
/// their management controllers are a person's business: see [`attend`].
pub(crate) async fn heal(world: &World) {
    {
        let mut stage = world.stage();
        stage.network.heal();
        stage.bmc_moods.clear();
        stage.stillborn = 0;
        stage.machines.values_mut().for_each(crate::world::Machine::wake);
        stage.layers.values_mut().for_each(|layer| layer.mend());
        stage.outages.clear();
        stage.unplugged.clear();
        stage.agents_apart = 0;
        stage.kept_down.clear();
    }
    for room in world.estate.rooms.values() {
        simulation::resume(room.controller);
        simulation::set_disk_delay_of(room.controller, None);
        let ailed = world.stage().ailing.remove(&room.controller).unwrap_or_default();
        if ailed > 0 {
            recover(world, room.controller, |disk, _| {
                disk.set_failing(false);
                disk.set_full(false);
            })
            .await;
        }
    }
    attend(world).await;
    world.note(&Fact::Healed);
}

/// The person who looks after the rooms switches on what was switched off.
pub(crate) async fn attend(world: &World) {
    let hosts: Vec<HostId> = world.estate.hosts.keys().cloned().collect();
    for host in &hosts {
        world.power_on_host(host);
    }
    let controllers: Vec<ControllerId> =
        world.estate.rooms.values().map(|room| room.controller).collect();
    join_all(controllers.into_iter().map(|controller| start_if_free(world, controller))).await;
    operator::settle(world).await;
}
