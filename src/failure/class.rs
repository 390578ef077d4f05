//! The class of a failure: what it means to whoever meets it.

use serde::Serialize;

use crate::exit::Exit;

/// Class of a failure, a blocked resource or an obstacle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A permission is missing.
    Denied,
    /// The credentials are missing, expired, unknown or signed wrongly, or they belong to another account.
    Credentials,
    /// A guard, a rule of esbackup, or what is there forbids it.
    Refused,
    /// Something changed after it was read.
    Interfered,
    /// Too many requests.
    Throttled,
    /// Something else is running or changes the same thing, or a change has not propagated yet.
    Busy,
    /// The service failed, or a read got no answer.
    Unavailable,
    /// The service says that the thing does not exist.
    Absent,
    /// No answer in time.
    Timeout,
    /// No connection, or it broke.
    Unreachable,
    /// An answer that is another document than the operation's, or that leaves out what was asked.
    Unexpected,
    /// An answer that is the service's and cannot be used, such as a document that is not understood.
    Unusable,
    /// The work was started and did not end well.
    Incomplete,
    /// The command line does not fit what was read.
    Usage,
    /// A question was answered with no.
    Cancelled,
    /// SIGINT.
    Interrupted,
    /// SIGTERM.
    Terminated,
    /// The time of `--timeout` is over, or the wait was long enough.
    TimeUp,
    /// Anything else.
    Failed,
}

impl Class {
    /// Returns the exit code: the only place that turns classes into exit codes.
    pub fn exit(self) -> Exit {
        match self {
            Self::Denied | Self::Credentials => Exit::Denied,
            Self::Refused => Exit::Refused,
            Self::Interfered => Exit::Stale,
            Self::Throttled | Self::Busy | Self::Unavailable | Self::TimeUp => Exit::TryAgain,
            Self::Incomplete => Exit::Partly,
            Self::Usage => Exit::Usage,
            Self::Interrupted => Exit::Interrupted,
            Self::Terminated => Exit::Terminated,
            Self::Absent
            | Self::Timeout
            | Self::Unreachable
            | Self::Unexpected
            | Self::Unusable
            | Self::Cancelled
            | Self::Failed => Exit::Failed,
        }
    }

    /// Returns whether a permission, the credentials or the account is what was wrong.
    pub fn is_permission(self) -> bool {
        matches!(self, Self::Denied | Self::Credentials)
    }

    /// Returns whether the same may work later without a change by anyone.
    pub fn may_pass(self) -> bool {
        matches!(self, Self::Throttled | Self::Busy | Self::Unavailable)
    }

    /// Returns the class that decides among several: the one whose exit code comes first.
    pub fn first(classes: impl IntoIterator<Item = Class>) -> Option<Class> {
        let classes: Vec<Class> = classes.into_iter().collect();
        let exit = Exit::of_environment(classes.iter().map(|class| class.exit()));
        classes.into_iter().find(|class| class.exit() == exit)
    }
}

#[cfg(test)]
mod tests;
