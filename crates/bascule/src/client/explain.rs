//! From a call's status to a failure that helps.

use model::id::ControllerId;
use tonic::{Code, Status};
use wire::dial::was_never_sent;

use crate::failure::{Class, Failure};
use crate::words::both;

/// A controller's no.
pub(crate) fn status_failure(status: &Status) -> Failure {
    let class = match status.code() {
        Code::PermissionDenied | Code::Unauthenticated => Class::NotAllowed,
        Code::NotFound => Class::NoSuch,
        Code::FailedPrecondition | Code::InvalidArgument | Code::OutOfRange => Class::Rejected,
        Code::Unavailable => Class::NoMajority,
        Code::Unknown | Code::DeadlineExceeded | Code::Cancelled | Code::Aborted => {
            Class::OutcomeUnknown
        }
        _ => Class::Internal,
    };
    Failure::new(class, status.message().into())
}

/// No controller gave a definite answer. What each said is told, and the class is the worst that
/// the person can do something about.
pub(super) fn nobody(asked: &[(ControllerId, Status)]) -> Failure {
    let said = asked
        .iter()
        .map(|(id, status)| {
            let words = status.message();
            let name = id.to_string();
            let slashed = format!("controller/{}", id.0);
            if words.contains(&name) || words.contains(&slashed) {
                words.to_owned()
            } else {
                format!("{name}: {words}")
            }
        })
        .collect::<Vec<_>>()
        .join("; ");
    if asked.iter().any(|(_, status)| is_about_keys(status)) {
        return Failure::new(
            Class::NotAllowed,
            both!(
                "this certificate and that of the cluster do not fit: {said}",
                "ce certificat et celui de la grappe ne vont pas ensemble : {said}",
            ),
        );
    }
    if asked.iter().any(|(_, status)| has_no_majority(status)) {
        return Failure::new(
            Class::NoMajority,
            both!(
                "a controller answers, but it has no majority: {said}",
                "un contrôleur répond, mais il n'a pas de majorité : {said}",
            ),
        );
    }
    Failure::new(
        Class::NobodyAnswers,
        both!("no controller answers: {said}", "aucun contrôleur ne répond : {said}"),
    )
}

/// No address could be found.
pub(super) fn unresolved(unknown: &[String]) -> Failure {
    let unknown = unknown.join("; ");
    Failure::new(
        Class::NobodyAnswers,
        both!(
            "no controller's address can be found: {unknown}",
            "aucune adresse de contrôleur n'est trouvée : {unknown}",
        ),
    )
}

/// Whether TLS says that one side does not accept the other's certificate. The words are those of
/// our own dialler and the names of TLS alerts.
fn is_about_keys(status: &Status) -> bool {
    let said = status.message();
    ["of another authority", "its certificate is not that of", "its certificate has ended"]
        .into_iter()
        .chain(["received fatal alert", "certificate required"])
        .any(|words| said.contains(words))
}

/// Whether a controller answered that it can't have anything decided, as opposed to a transport
/// that broke. An answer carries at least the headers of its HTTP response.
pub(super) fn has_no_majority(status: &Status) -> bool {
    status.code() == Code::Unavailable && !was_never_sent(status) && !status.metadata().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(status: Status) -> Class {
        nobody(&[(ControllerId(1), status)]).class()
    }

    #[test]
    fn silence_and_a_wrong_key_are_told_apart() {
        assert_eq!(class(Status::deadline_exceeded("silent")), Class::NobodyAnswers);
        let other = "127.0.0.1:1: a node of another cluster answers there: its certificate is of another authority";
        assert_eq!(class(Status::unavailable(other)), Class::NotAllowed);
        let alert = "controller/1: received fatal alert: UnknownCA";
        assert_eq!(class(Status::unavailable(alert)), Class::NotAllowed);
    }

    #[test]
    fn an_answer_without_a_majority_says_so() {
        let mut status = Status::unavailable("no controller leads at the moment");
        status.metadata_mut().insert("date", "today".parse().expect("plain text"));
        assert_eq!(class(status), Class::NoMajority);
    }

    #[test]
    fn each_refusal_has_its_class() {
        for (status, expected) in [
            (Status::permission_denied("no"), Class::NotAllowed),
            (Status::not_found("no"), Class::NoSuch),
            (Status::failed_precondition("no"), Class::Rejected),
            (Status::unknown("?"), Class::OutcomeUnknown),
        ] {
            assert_eq!(status_failure(&status).class(), expected);
        }
    }
}
