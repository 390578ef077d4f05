//! Failures of a whole environment: of its reads, its account and its time.

use crate::diagnosis::{self, Context, Explained};
use crate::domain;
use crate::failure::{Class, Failure};
use crate::interrupt::Signal;
use crate::observe::ObserveError;
use crate::resources::SendError;

/// Makes the failure of what was not read before it was asked to stop.
pub(super) fn unread_in_time(signal: Signal) -> Failure {
    let hint = match signal {
        Signal::TimeUp(_) => "run it again, or with a longer --timeout; nothing was written",
        Signal::Interrupt | Signal::Terminate => "run it again; nothing was written",
    };
    Failure::new(signal.into(), "read the live state", signal.words(), hint)
}

/// Makes the failure of a read of the domain. A guard whose own read is refused blocks as a missing permission.
pub(super) fn unread(task: &str, error: domain::Error, context: &Context) -> Failure {
    SendError::Domain(error).explain(task, context)
}

/// Makes the failure of an environment that could not be observed at all.
pub(super) fn unobserved(error: &ObserveError) -> Failure {
    match error {
        ObserveError::WrongAccount { expected, .. } => Failure::new(
            Class::Credentials,
            "confirm the account",
            error.to_string(),
            format!(
                "use credentials of account {expected}, or correct `account` in the spec; nothing was sent to the domain"
            ),
        ),
        ObserveError::WrongPartition { .. } => Failure::new(
            Class::Credentials,
            "confirm the account",
            error.to_string(),
            "use credentials of that partition, or correct `region` in the spec; nothing was sent to the domain",
        ),
        ObserveError::Caller(call) => Failure {
            task: "confirm the account with STS".to_owned(),
            ..diagnosis::explain(Explained::Call(call), &Context::default())
        },
    }
}
