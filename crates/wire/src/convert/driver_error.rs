//! Errors of drivers, over the wire and of it.

use contracts::error::DriverError;
use tonic::{Code, Status};

use crate::dial::was_never_sent;

/// The `error` of a reply: empty when all went well.
pub fn order_error(result: &Result<(), DriverError>) -> String {
    match result {
        Ok(()) => String::new(),
        Err(error) => serde_json::to_string(error).unwrap_or_else(|_| error.to_string()),
    }
}

/// What the `error` of a reply says. What can't be read leaves the outcome unknown, never done.
pub fn order_result(error: &str) -> Result<(), DriverError> {
    if error.is_empty() {
        return Ok(());
    }
    Err(serde_json::from_str(error).unwrap_or_else(|_| DriverError::Unknown {
        reason: format!("the answer cannot be read: {error}"),
    }))
}

/// What a failed call means for its effect: a call that was never sent, or that was turned away
/// before any service saw it, had none; everything else leaves it unknown.
pub fn driver_error_of_status(status: &Status) -> DriverError {
    let reason = format!("{}: {}", status.code(), status.message());
    if was_never_sent(status) {
        return DriverError::Failed { reason: status.message().to_owned() };
    }
    match status.code() {
        Code::PermissionDenied | Code::Unauthenticated | Code::FailedPrecondition => {
            DriverError::Refused { reason }
        }
        Code::InvalidArgument | Code::Unimplemented | Code::NotFound => {
            DriverError::Failed { reason }
        }
        _ => DriverError::Unknown { reason },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use model::era::{Epoch, Era, Token};

    #[test]
    fn driver_errors_read_back_what_they_write() {
        let token = |epoch| Token { era: Era(1), epoch: Epoch(epoch) };
        let reason = || "é \" \\".to_owned();
        for result in [
            Ok(()),
            Err(DriverError::Refused { reason: reason() }),
            Err(DriverError::OlderToken { given: token(1), seen: token(2) }),
            Err(DriverError::Failed { reason: reason() }),
            Err(DriverError::Unknown { reason: reason() }),
        ] {
            assert_eq!(order_result(&order_error(&result)), result);
        }
    }

    #[test]
    fn an_answer_that_cannot_be_read_leaves_the_outcome_unknown() {
        for text in ["{", "ok", "{\"error\":\"new-kind\"}", " "] {
            assert!(matches!(order_result(text), Err(DriverError::Unknown { .. })), "{text}");
        }
    }

    #[test]
    fn a_call_without_an_answer_leaves_the_outcome_unknown() {
        for status in [Status::deadline_exceeded(""), Status::unavailable(""), Status::internal("")]
        {
            assert!(matches!(driver_error_of_status(&status), DriverError::Unknown { .. }));
        }
    }
}
