//! What a call was answered, or why it did not succeed.

use crate::aws::CallError;
use crate::diagnosis::{self, Explained, Transient};
use crate::failure::{Class, Failure, Speaker};
use crate::resources::observed::Unread;

/// Why a call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// From an AWS service.
    #[error(transparent)]
    Aws(#[from] CallError),
    /// From the domain.
    #[error(transparent)]
    Domain(#[from] crate::domain::Error),
    /// What tells whether a lost call was applied could not be read.
    #[error("{} could not be read: {}", .0.what, .0.words)]
    Unread(Unread),
    /// The domain cannot be reached, so nothing was sent.
    #[error("the domain has no endpoint that requests may go to")]
    NoDomain,
}

impl SendError {
    /// Whether the request may have been applied although no answer said so.
    pub fn outcome_unknown(&self) -> bool {
        match self {
            SendError::Aws(error) => error.outcome_unknown(),
            SendError::Domain(error) => error.outcome_unknown(),
            SendError::Unread(_) | SendError::NoDomain => false,
        }
    }

    /// Whether the service itself failed or throttles, so that sending the request again later may help.
    pub fn service_failed(&self) -> bool {
        match self {
            SendError::Aws(error) => error.class == Class::Throttled || error.service_failed(),
            SendError::Domain(error) => error.service_failed(),
            SendError::Unread(_) | SendError::NoDomain => false,
        }
    }

    /// Whether the service said that what was to be created exists already.
    pub fn exists_already(&self) -> bool {
        matches!(self, SendError::Aws(error) if error.exists_already())
    }

    /// Explains it: the text is made here, once nothing is tried any more.
    pub fn explain(&self, task: &str, context: &diagnosis::Context) -> Failure {
        match self {
            SendError::Aws(error) => Failure {
                task: format!("{task} ({} {})", error.service, error.operation),
                ..diagnosis::explain(Explained::Call(error), context)
            },
            SendError::Domain(error) => Failure {
                task: task.to_owned(),
                ..diagnosis::explain(Explained::Domain { task, error }, context)
            },
            SendError::Unread(_) | SendError::NoDomain => Failure {
                hint: None,
                speaker: Speaker::Service,
                ..Failure::new(Class::Failed, task, self.to_string(), "")
            },
        }
    }

    /// Returns whether it may pass by itself.
    pub fn transience(&self, context: &diagnosis::Context) -> Transient {
        match self {
            SendError::Aws(error) => diagnosis::transience(Explained::Call(error), context),
            SendError::Domain(error) => {
                diagnosis::transience(Explained::Domain { task: "", error }, context)
            }
            SendError::Unread(_) | SendError::NoDomain => Transient::No,
        }
    }

    /// Returns what the service said first.
    pub fn message(&self) -> String {
        match self {
            SendError::Aws(error) => error.words(),
            SendError::Domain(error) => match error.refusal() {
                Some(refusal) => refusal.chain.first().cloned().unwrap_or_default(),
                None => error.to_string(),
            },
            SendError::Unread(_) | SendError::NoDomain => self.to_string(),
        }
    }
}

impl From<Unread> for SendError {
    fn from(unread: Unread) -> Self {
        SendError::Unread(unread)
    }
}

/// What a call was seen to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The service confirmed it.
    Done,
    /// These nodes reached the repository.
    Verified {
        /// The nodes' names.
        nodes: Vec<String>,
    },
}
