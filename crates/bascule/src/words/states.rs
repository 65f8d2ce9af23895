//! States of things.

use model::estate::RoomRole;
use model::incident::Phase;
use model::observation::Status;
use server::query::VmState;
use state_machine::{ItemState, RunEnd};

use super::{Word, words};

words! {
    UP: "up", "vivant";
    DOWN: "down", "arrêté";
    UNKNOWN: "unknown", "inconnu";
    YES: "yes", "oui";
    NO: "no", "non";
    NONE: "-", "-";
    PRODUCTION: "production", "production";
    LAST_RESORT: "last resort", "ultime secours";
    RUNNING: "running", "en marche";
    BOOTING: "booting", "démarre";
    STOPPED: "stopped", "arrêtée";
    STOPPED_ON_PURPOSE: "stopped on purpose", "arrêtée exprès";
    OPEN: "open", "ouvert";
    ACTING: "acting", "en traitement";
    WAITS_FOR_APPROVAL: "waits for approval", "attend une approbation";
    ABSORBED: "being absorbed", "en cours d'absorption";
    WITHDRAWN: "withdrawn", "retiré";
    CLOSED: "closed", "clos";
    UNDER_WAY: "under way", "en cours";
    HELD: "held", "retenue";
    ENDING: "ending", "se termine";
    WAITS_FOR_PERSONS: "waits for persons", "attend des personnes";
    TAKEN_OVER: "taken over", "repris en main";
    SUCCEEDED: "succeeded", "réussie";
    FAILED: "failed", "échouée";
    WAITING: "waiting", "en attente";
    STARTED: "started", "commencée";
    RETRYING: "retrying", "nouvel essai";
    SKIPPED: "skipped", "sautée";
    STEP_UNKNOWN: "unknown", "inconnue";
}

/// Whether something is up.
pub(crate) fn status(status: Status) -> Word {
    match status {
        Status::Up => UP,
        Status::Down => DOWN,
        Status::Unknown => UNKNOWN,
    }
}

/// Yes or no.
pub(crate) fn yes(yes: bool) -> Word {
    if yes { YES } else { NO }
}

/// What a room is for.
pub(crate) fn role(role: RoomRole) -> Word {
    match role {
        RoomRole::Production => PRODUCTION,
        RoomRole::LastResort => LAST_RESORT,
    }
}

/// How a VM is.
pub(crate) fn vm(state: VmState) -> Word {
    match state {
        VmState::Running => RUNNING,
        VmState::Booting => BOOTING,
        VmState::Stopped => STOPPED,
        VmState::StoppedOnPurpose => STOPPED_ON_PURPOSE,
        VmState::Unknown => STEP_UNKNOWN,
    }
}

/// Where an incident stands.
pub(crate) fn phase(phase: Phase) -> Word {
    match phase {
        Phase::Open => OPEN,
        Phase::Acting => ACTING,
        Phase::Absorbed => ABSORBED,
        Phase::Withdrawn => WITHDRAWN,
        Phase::Closed => CLOSED,
    }
}

/// How a run ended, or that it has not.
pub(crate) fn run_end(end: Option<&RunEnd>) -> Word {
    match end {
        None => UNDER_WAY,
        Some(RunEnd::Succeeded) => SUCCEEDED,
        Some(RunEnd::Failed { .. }) => FAILED,
    }
}

/// Where a step stands.
pub(crate) fn item(state: ItemState) -> Word {
    match state {
        ItemState::Waiting => WAITING,
        ItemState::Started => STARTED,
        ItemState::Retrying => RETRYING,
        ItemState::Unknown => STEP_UNKNOWN,
        ItemState::Succeeded => SUCCEEDED,
        ItemState::Failed => FAILED,
        ItemState::Skipped => SKIPPED,
    }
}
