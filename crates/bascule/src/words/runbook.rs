//! Runbooks on the screen: `runbook show`, `diff`, `fmt`.

use model::action::Effects;
use model::plan::OnFailure;

use super::{Word, words};

words! {
    PURPOSE: "Purpose", "But";
    BEFORE: "Before", "Avant";
    REACH: "Reach", "Portée";
    UNDO: "Undo", "Annulation";
    ANSWERS: "Answers", "Répond à";
    OBJECTIVES: "Objectives", "Objectifs";
    STEPS: "Steps", "Étapes";
    GRAPH: "Graph", "Graphe";
    GRAPH_LEGEND: "(a line begins when the lines above it have ended; * is on the critical path)", "(une ligne commence quand celles du dessus sont finies ; * est sur le chemin critique)";
    CRITICAL_PATH: "Critical path", "Chemin critique";
    AFTER: "after", "après";
    AFTER_NOTHING: "nothing", "rien";
    ONLY_IF: "only if", "seulement si";
    DOES: "does", "fait";
    WAITS_FOR: "waits for", "attend";
    EFFECTS: "effects", "effets";
    READS: "reads only", "lecture seule";
    WRITES: "changes what can be changed back", "change ce qui peut être remis";
    DESTROYS: "stops or destroys", "arrête ou détruit";
    USES: "uses", "s'appuie sur";
    OR: "or", "ou";
    DONE_WHEN: "done when", "fait quand";
    TIME: "time", "durée";
    EXPECTED: "expected", "attendu";
    NOT_SAID: "not said", "non dit";
    ATTEMPT: "an attempt at most", "un essai au plus";
    ATTEMPTS: "attempts", "essais";
    APART: "apart", "d'écart";
    IF_IT_FAILS: "if it fails", "en cas d'échec";
    ABORTS: "the run starts nothing more", "l'exécution ne démarre plus rien";
    CONTINUES: "the run goes on; what needs this is skipped", "l'exécution continue ; ce qui en dépend est sauté";
    IGNORES: "the run goes on; what needs this starts all the same", "l'exécution continue ; ce qui en dépend démarre quand même";
    OF_THE_OBJECTIVE: "of the objective of", "de l'objectif de";
    HERE: "In this estate", "Dans ce parc";
    FORECAST: "forecast", "prévu";
    LEFT_DOWN: "left down", "laissées à l'arrêt";
    NO_PLAN: "no plan", "pas de plan";
    EACH_BY_ITSELF: "each by itself: too many to list", "chacune à part : trop pour une liste";
    SAME: "mean the same", "veulent dire la même chose";
    ADDED: "added", "ajoutée";
    REMOVED: "removed", "retirée";
    CHANGED: "changed", "changée";
    WAITS_NOW: "waits now for", "attend désormais";
    WAITS_NO_MORE: "waits no more for", "n'attend plus";
    ABSENT: "nothing", "rien";
    IN_FORM: "in canonical form", "sous forme canonique";
    NOT_IN_FORM: "not in canonical form", "pas sous forme canonique";
    REWRITTEN: "rewritten", "réécrit";
}

/// What an action does to the world.
pub(crate) fn effects(effects: Effects) -> Word {
    match effects {
        Effects::Read => READS,
        Effects::Write => WRITES,
        Effects::Destructive => DESTROYS,
    }
}

/// What a failure for good does to the run.
pub(crate) fn on_failure(on_failure: OnFailure) -> Word {
    match on_failure {
        OnFailure::Abort => ABORTS,
        OnFailure::Continue => CONTINUES,
        OnFailure::Ignore => IGNORES,
    }
}
