//! One failure, played through the policy, its runbook and the planning, to its end.

use std::collections::{BTreeMap, BTreeSet};

use model::action::Action;
use model::estate::{Host, Vm};
use model::id::{HostId, RunbookName, VmId};
use model::incident::Cause;
use model::plan::Plan;
use model::policy::{Autonomy, ClassPolicy, PersonRole};
use model::text::Text;
use model::units::{CpuCount, MemoryMib, Span};
use runbook::Runbook;
use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::forecasts::{Ends, Fates, ServiceForecast, forecasts};
use super::lack::Lack;
use super::left_down::{LeftDown, Outcome};
use super::level::{Level, Remark};
use super::situation::Situation;
use super::timing::{self, Fence};
use super::waived::waived;
use crate::expand::{View, expand};
use crate::forecast;
use crate::lost::{lost, lost_vms, volumes_gone};

/// Two persons sign an order, two attest.
const TWO_PERSONS: usize = 2;

/// Who or what answers a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum Answer {
    /// Nothing that runs VMs is lost: users see nothing.
    Absorbed,
    /// A run of this runbook.
    Runbook {
        /// Which.
        runbook: RunbookName,
        /// How far the policy goes by itself.
        autonomy: Autonomy,
    },
    /// Nobody: what is lost stays down.
    Nobody,
}

/// One failure, as it would go now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Played {
    /// Which.
    pub failure: Failure,
    /// The worst of what follows.
    pub level: Level,
    /// Who answers it.
    pub answer: Answer,
    /// How many VMs it takes down.
    pub lost: usize,
    /// From the last moment at which it was seen up until the verdict.
    pub verdict_after: Span,
    /// From the verdict to the first act.
    pub hold_off: Span,
    /// From the first act until the last host is proved fenced by itself.
    pub fence_wait: Span,
    /// Until the last step of the plan ends.
    pub forecast: Span,
    /// Where persons must say yes: how long they may take until the first objective is missed. It
    /// is in no forecast.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persons_have: Option<Span>,
    /// The forecast of each service, beside its objective.
    pub services: Vec<ServiceForecast>,
    /// The shortest list of VMs that stay down, lowest tier first, as the placement finds it.
    pub left_down: Vec<LeftDown>,
    /// What those that lack room need together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lacking: Option<Lacking>,
    /// What else is to be said.
    pub remarks: Vec<Remark>,
}

/// What the VMs that lack room need together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lacking {
    /// How many VMs.
    pub vms: usize,
    /// Their virtual processors.
    pub cpus: CpuCount,
    /// Their memory.
    pub memory_mib: MemoryMib,
}

/// What a failure comes to before it is judged.
#[derive(Default)]
struct Course {
    lost: BTreeSet<VmId>,
    lacks: Vec<(VmId, Lack)>,
    starts: BTreeMap<VmId, HostId>,
    ends: Ends,
    verdict_after: Span,
    fence_wait: Span,
    forecast: Span,
    hold_off: Span,
    asks: bool,
}

/// Plays one failure.
pub(super) fn play(situation: &Situation, failure: &Failure) -> Played {
    let (course, answer) = course(situation, failure);
    judge(situation, failure, course, answer)
}

/// The VMs that a failure takes down, and where its run starts those that it starts.
pub(super) fn aftermath(
    situation: &Situation,
    failure: &Failure,
) -> (BTreeSet<VmId>, BTreeMap<VmId, HostId>) {
    let (course, _) = course(situation, failure);
    (course.lost, course.starts)
}

fn course(situation: &Situation, failure: &Failure) -> (Course, Answer) {
    let class = failure.class(&situation.estate);
    let policy = situation.policy.class(class);
    let verdict_after = timing::verdict_after(situation, failure);
    let causes = causes(situation, failure);
    let mut course = Course { verdict_after, hold_off: policy.hold_off, ..Course::default() };
    let mut answer = Answer::Absorbed;
    for cause in &causes {
        course.lost.extend(lost_to(situation, cause));
    }
    if !course.lost.is_empty() {
        answer = match refusal(situation, failure, &policy) {
            Ok(runbook) => {
                for cause in &causes {
                    course.run(situation, failure, cause, runbook);
                }
                brake(situation, &causes, &mut course);
                Answer::Runbook { runbook: runbook.name.clone(), autonomy: policy.autonomy }
            }
            Err(lack) => {
                let of = |vm: &VmId| (vm.clone(), of_this_vm(situation, vm, &lack));
                course.lacks = course.lost.iter().map(of).collect();
                Answer::Nobody
            }
        };
    }
    (course, answer)
}

/// The incidents that the failure opens.
fn causes(situation: &Situation, failure: &Failure) -> Vec<Cause> {
    match failure {
        Failure::BaseService(service) => {
            let vms = situation.wanted_of(situation.estate.vms_of(service).cloned());
            vms.into_iter()
                .filter_map(|vm| {
                    let host = situation.now.runs_on.get(&vm)?.clone();
                    Some(Cause::VmLost { vm, host })
                })
                .collect()
        }
        _ => failure.cause(&situation.estate).into_iter().collect(),
    }
}

/// The VMs that an incident takes down, an array's own included: the hosts live, and what a VM
/// writes to is nowhere any more.
fn lost_to(situation: &Situation, cause: &Cause) -> BTreeSet<VmId> {
    let estate = &situation.estate;
    let mut vms = lost_vms(estate, cause, &situation.now.runs_on);
    if matches!(cause, Cause::ArrayLost { .. }) {
        let gone = volumes_gone(estate, &lost(estate, cause).arrays);
        let on_it = |vm: &Vm| !vm.volumes.is_disjoint(&gone);
        vms.extend(estate.vms.iter().filter(|(_, vm)| on_it(vm)).map(|(id, _)| id.clone()));
    }
    situation.wanted_of(vms)
}

/// The runbook that answers, or why nobody does.
fn refusal<'s>(
    situation: &'s Situation,
    failure: &Failure,
    policy: &ClassPolicy,
) -> Result<&'s Runbook, Lack> {
    let estate = &situation.estate;
    let class = failure.class(estate);
    if *failure == Failure::Production {
        let persons = situation.policy.persons.values();
        if persons.filter(|person| person.may(PersonRole::OpensEras)).count() < TWO_PERSONS {
            return Err(Lack::NobodySigns);
        }
    } else if !majority_without(situation, failure) {
        return Err(Lack::NoMajority);
    }
    let runbook = policy.runbook.as_ref().filter(|_| policy.autonomy != Autonomy::Observe);
    let Some(name) = runbook else {
        // What an array alone held is gone, whatever the policy says.
        if let Failure::Array(array) = failure {
            let gone = volumes_gone(estate, &BTreeSet::from([array.clone()]));
            return Err(Lack::NoCopyLeft { volumes: gone.into_iter().collect() });
        }
        return Err(Lack::OnlyObserved { class });
    };
    situation.runbooks.get(name).ok_or_else(|| Lack::NoRunbook { class, runbook: name.clone() })
}

/// What is gone for good is each VM's own volumes.
fn of_this_vm(situation: &Situation, vm: &VmId, lack: &Lack) -> Lack {
    match (lack, situation.estate.vms.get(vm)) {
        (Lack::NoCopyLeft { volumes }, Some(vm)) => {
            let own = volumes.iter().filter(|volume| vm.volumes.contains(*volume));
            Lack::NoCopyLeft { volumes: own.cloned().collect() }
        }
        _ => lack.clone(),
    }
}

/// Whether more than half of the controllers are left and answer.
fn majority_without(situation: &Situation, failure: &Failure) -> bool {
    let estate = &situation.estate;
    let mut out = situation.now.silent_controllers.clone();
    out.extend(failure.controllers(estate));
    let left = estate.rooms.values().filter(|room| !out.contains(&room.controller)).count();
    left * 2 > estate.rooms.len()
}

impl Course {
    /// Plays the run that answers one incident.
    fn run(&mut self, situation: &Situation, failure: &Failure, cause: &Cause, runbook: &Runbook) {
        let estate = &situation.estate;
        let policy = situation.policy.class(cause.class());
        let lost_hosts = lost(estate, cause).hosts;
        let restart = lost_to(situation, cause);
        self.hold_off = timing::hold_off(situation, &policy, lost_hosts.iter());
        let after = self.verdict_after.saturating_add(self.hold_off);
        // The order that opens an era proves the hosts of the rooms that it gives up.
        let by_order = *failure == Failure::Production;
        let mut fenced = situation.now.fenced.clone();
        if by_order {
            fenced.extend(lost_hosts.iter().cloned());
            self.fence_wait = situation.policy.lease.wait();
        }
        let hosts = |admitted: &BTreeSet<HostId>| -> BTreeSet<HostId> {
            let usable = |id: &&HostId| !lost_hosts.contains(*id) && !fenced.contains(*id);
            admitted.iter().filter(usable).cloned().collect()
        };
        let plan_onto = |admitted: &BTreeSet<HostId>| {
            let view = View {
                estate,
                starts: situation.policy.starts,
                admitted,
                fenced: &fenced,
                runs_on: &situation.now.runs_on,
                might_run_on: &BTreeMap::new(),
                restart: &restart,
                copies: &situation.now.copies,
                level: policy.autonomy,
            };
            expand(runbook, cause, &view)
        };
        let admitted = first_choice(situation, cause);
        let mut planned = plan_onto(&admitted).map(|plan| (plan, hosts(&admitted)));
        if planned.as_ref().is_ok_and(|(plan, _)| !plan.shed.is_empty()) {
            let all = &situation.now.admitted;
            planned = plan_onto(all).map(|plan| (plan, hosts(all)));
        }
        let (mut plan, hosts) = match planned {
            Ok(planned) => planned,
            Err(error) => {
                let lack = Lack::NoPlan { reason: error.to_string() };
                self.lacks.extend(restart.iter().map(|vm| (vm.clone(), lack.clone())));
                return;
            }
        };
        let gone = volumes_gone(estate, &lost(estate, cause).arrays);
        let outcome = Outcome {
            situation,
            runbook,
            plan: &plan,
            hosts: &hosts,
            restart: &restart,
            gone: &gone,
        };
        self.lacks.extend(outcome.lacks());
        let starts = plan.items.iter().filter_map(|item| item.action.starts());
        self.starts.extend(starts.map(|(vm, host)| (vm.clone(), host.clone())));
        self.asks |= plan.items.iter().any(|item| matches!(item.action, Action::Approval { .. }));
        let unfenced = self.fences(situation, failure, &mut plan, after);
        // The new era's run begins when the order's wait is over.
        let begins = if by_order { self.fence_wait } else { Span::ZERO };
        match forecast::ends(&plan) {
            Ok(ends) => {
                let ends: Vec<Span> =
                    ends.into_iter().map(|end| end.saturating_add(begins)).collect();
                self.forecast = ends.iter().copied().max().unwrap_or(begins).max(self.forecast);
                self.ends.join(Ends::of(&plan, &ends));
            }
            Err(error) => {
                let lack = Lack::NoPlan { reason: error.to_string() };
                self.lacks.extend(restart.iter().map(|vm| (vm.clone(), lack.clone())));
            }
        }
        for host in unfenced {
            let on_it = restart.iter().filter(|vm| situation.now.runs_on.get(*vm) == Some(&host));
            let lack = Lack::NobodyFences { host: host.clone() };
            self.lacks.extend(on_it.map(|vm| (vm.clone(), lack.clone())));
        }
    }

    /// Puts the time that each fence takes in place of what the runbook expects. Gives the hosts
    /// that nobody would ever prove fenced.
    fn fences(
        &mut self,
        situation: &Situation,
        failure: &Failure,
        plan: &mut Plan,
        after: Span,
    ) -> Vec<HostId> {
        let mut never = Vec::new();
        for item in &mut plan.items {
            let Action::FenceHost { host } = &item.action else { continue };
            match timing::fence(situation, failure, host, after, item.expect) {
                Fence::Within(wait) => {
                    self.fence_wait = self.fence_wait.max(wait);
                    item.expect = wait;
                }
                Fence::People if situation.policy.people.attest.len() >= TWO_PERSONS => {
                    self.asks = true;
                    item.expect = Span::ZERO;
                }
                Fence::People => never.push(host.clone()),
            }
        }
        never
    }
}

/// What merely stopped on a living host starts again where it was.
fn first_choice(situation: &Situation, cause: &Cause) -> BTreeSet<HostId> {
    let admitted = &situation.now.admitted;
    match cause {
        Cause::VmLost { host, .. } => {
            admitted.iter().filter(|admitted| *admitted == host).cloned().collect()
        }
        _ => admitted.clone(),
    }
}

/// The brake on automatic runs counts one run an incident.
fn brake(situation: &Situation, causes: &[Cause], course: &mut Course) {
    let limit = situation.policy.rate_limit;
    let allowed = usize::try_from(limit.runs).unwrap_or(usize::MAX);
    for cause in causes.iter().skip(allowed) {
        let lack = Lack::Braked { runs: limit.runs, window: limit.window };
        course.lacks.extend(lost_to(situation, cause).into_iter().map(|vm| (vm, lack.clone())));
    }
}

/// Judges what a failure came to.
fn judge(situation: &Situation, failure: &Failure, course: Course, answer: Answer) -> Played {
    let estate = &situation.estate;
    let class = failure.class(estate);
    let mut named = BTreeSet::new();
    let left_down: Vec<LeftDown> = course
        .lacks
        .iter()
        .filter(|(vm, _)| named.insert(vm.clone()))
        .map(|(vm, lack)| {
            let waived = waived(situation, vm, class);
            LeftDown::new(situation, vm.clone(), lack.clone(), waived)
        })
        .collect();
    let down = left_down.iter().filter(|left| left.waived.is_none()).map(|left| left.vm.clone());
    let down: BTreeSet<VmId> = down.collect();
    let waived_vms: BTreeSet<VmId> =
        course.lost.iter().filter(|vm| waived(situation, vm, class).is_some()).cloned().collect();
    let fates = Fates { lost: &course.lost, down: &down, waived: &waived_vms };
    let until_run = course.verdict_after.saturating_add(course.hold_off);
    let services = forecasts(estate, &fates, &course.ends, until_run);
    let asks = course.asks
        || matches!(&answer, Answer::Runbook { autonomy: Autonomy::Ask, .. })
        || (*failure == Failure::Production && answer != Answer::Nobody);
    let persons_have = asks
        .then(|| {
            let backs = services.iter().filter_map(|s| Some(s.rto.saturating_sub(s.back_after?)));
            backs.min()
        })
        .flatten();
    let remarks = remarks(situation, failure, course.lost.is_empty());
    let mut level = services.iter().map(|service| service.level).max().unwrap_or_default();
    if !left_down.is_empty() {
        level = level.max(if down.is_empty() { Level::Amber } else { Level::Red });
    }
    level = remarks.iter().map(|remark| remark.level).fold(level, Level::max);
    let nothing = course.lost.is_empty();
    let unless_nothing = |span: Span| if nothing { Span::ZERO } else { span };
    Played {
        failure: failure.clone(),
        level,
        answer,
        lost: course.lost.len(),
        verdict_after: unless_nothing(course.verdict_after),
        hold_off: unless_nothing(course.hold_off),
        fence_wait: course.fence_wait,
        forecast: unless_nothing(until_run.saturating_add(course.forecast)),
        persons_have,
        services,
        lacking: lacking(situation, &left_down),
        left_down,
        remarks,
    }
}

fn lacking(situation: &Situation, left_down: &[LeftDown]) -> Option<Lacking> {
    let without_room = left_down.iter().filter(|left| matches!(left.lack, Lack::NoRoom { .. }));
    let vms: Vec<&Vm> =
        without_room.filter_map(|left| situation.estate.vms.get(&left.vm)).collect();
    (!vms.is_empty()).then(|| Lacking {
        vms: vms.len(),
        cpus: vms.iter().map(|vm| vm.cpus).sum(),
        memory_mib: vms.iter().map(|vm| vm.memory_mib).sum(),
    })
}

/// What no forecast tells: that nobody decides any more, and that hosts stop by their lease.
fn remarks(situation: &Situation, failure: &Failure, nothing_lost: bool) -> Vec<Remark> {
    let estate = &situation.estate;
    if *failure == Failure::Production || majority_without(situation, failure) {
        return Vec::new();
    }
    if failure.controllers(estate).next().is_none() {
        return Vec::new();
    }
    let words: Text = failure.words();
    let (en, fr) = words_of(&words);
    let mut remarks = vec![Remark::amber(say!(
        "{en}: no majority of the controllers is left, nothing is restarted until one is back",
        "{fr} : il ne reste pas de majorité de contrôleurs, rien n'est redémarré avant le retour de l'un d'eux"
    ))];
    // Agents that still hear each other promise; a silent room's promise nothing.
    if let (Failure::Room(room), false) = (failure, nothing_lost) {
        let stops = |host: &HostId| {
            let elsewhere = |host: &Host| host.room != *room;
            situation.now.armed.contains(host) && estate.hosts.get(host).is_some_and(elsewhere)
        };
        let vms = situation.now.runs_on.values().filter(|host| stops(host)).count();
        if vms > 0 {
            remarks.push(Remark::red(say!(
                "{en}: elsewhere the leases of armed hosts end and their VMs stop too, {vms} in all",
                "{fr} : ailleurs le bail des hôtes armés prend fin et leurs VM s'arrêtent aussi, {vms} en tout"
            )));
        }
    }
    remarks
}

/// A text in both languages, to be put inside another.
pub(super) fn words_of(text: &Text) -> (&str, &str) {
    (text.in_lang(model::text::Lang::En), text.in_lang(model::text::Lang::Fr))
}
