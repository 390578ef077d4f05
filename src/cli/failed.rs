//! Why an environment ended before its work was done: what to show, and the exit code. The only place that turns errors into both.
use crate::diagnosis::{self, Context, Explained};
use crate::domain;
use crate::execute;
use crate::exit::Exit;
use crate::interrupt::Signal;
use crate::observe::ObserveError;
use crate::report::view::Failure;
use crate::resources::SendError;

/// Why an environment ended early.
#[derive(Debug, Clone)]
pub struct Failed {
    /// What to show.
    pub failure: Failure,
    /// How the environment ends.
    pub exit: Exit,
}

impl Failed {
    /// A failure without a service's answer.
    pub fn local(
        exit: Exit,
        doing: impl Into<String>,
        words: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            failure: Failure::local(doing, words, remedy),
            exit,
        }
    }

    /// What was not read before it was asked to stop.
    pub fn unread_in_time(signal: Signal) -> Self {
        let remedy = match signal {
            Signal::TimeUp(_) => "run it again, or with a longer --timeout; nothing was written",
            Signal::Interrupt | Signal::Terminate => "run it again; nothing was written",
        };
        Self::local(signal.exit(), "read the live state", signal.words(), remedy)
    }

    /// A read of the domain that was refused or failed. A guard whose own read is refused blocks as a missing permission.
    pub fn unread(doing: &str, error: domain::Error, context: &Context) -> Self {
        let error = SendError::Domain(error);
        let explanation = error.explain(doing, context);
        let exit = execute::failure::class(&error, &explanation).exit();
        Self {
            failure: Failure::explained(&explanation),
            exit,
        }
    }

    /// The environment could not be observed at all.
    pub fn unobserved(error: &ObserveError) -> Self {
        match error {
            ObserveError::WrongAccount { expected, .. } => Failed {
                failure: Failure::local(
                    "confirm the account",
                    error.to_string(),
                    format!(
                        "use credentials of account {expected}, or correct `account` in the spec; nothing was sent to the domain"
                    ),
                ),
                exit: Exit::Denied,
            },
            ObserveError::WrongPartition { .. } => Failed {
                failure: Failure::local(
                    "confirm the account",
                    error.to_string(),
                    "use credentials of that partition, or correct `region` in the spec; nothing was sent to the domain",
                ),
                exit: Exit::Denied,
            },
            ObserveError::Caller(call) => {
                let explanation =
                    diagnosis::explain(Explained::Call(call), &diagnosis::Context::default());
                let mut failure = Failure::explained(&explanation);
                "confirm the account with STS".clone_into(&mut failure.doing);
                Failed {
                    failure,
                    exit: call.class.exit(),
                }
            }
        }
    }
}
