//! What esbackup asks of a failed AWS call: its words, whether the thing is absent, whether the request may have been applied.

use std::error::Error;

pub use crate::domain::{CallError, CallErrorKind};

impl CallError {
    /// Code and message as the service said them.
    pub fn words(&self) -> String {
        match (&self.code, self.status) {
            (Some(code), _) if self.message.is_empty() => code.clone(),
            (Some(code), _) => format!("{code}: {}", self.message),
            (None, Some(status)) if self.message.is_empty() => format!("HTTP {status}"),
            (None, Some(status)) => format!("HTTP {status}: {}", self.message),
            (None, None) => self.message.clone(),
        }
    }

    /// Whether the request may have been applied although no answer said so.
    pub fn outcome_unknown(&self) -> bool {
        matches!(self.kind, CallErrorKind::Timeout | CallErrorKind::Network)
            || self.status.is_some_and(|status| status >= 500)
    }

    /// Whether the service said that it does not exist.
    pub fn is_absent(&self) -> bool {
        self.kind == CallErrorKind::Absent || self.code.as_deref() == Some("NoSuchEntity")
    }

    /// Whether the service said that what was to be created exists already.
    pub fn exists_already(&self) -> bool {
        matches!(
            self.code.as_deref(),
            Some("EntityAlreadyExists" | "BucketAlreadyOwnedByYou")
        )
    }

    /// Whether a permission is what was missing.
    pub fn is_denied(&self) -> bool {
        self.kind == CallErrorKind::Denied
    }

    /// A request that could not be built, and so was never sent.
    pub fn unsent(
        service: &'static str,
        operation: &'static str,
        source: impl Error + Send + Sync + 'static,
    ) -> Self {
        Self {
            service,
            operation,
            status: None,
            code: None,
            message: source.to_string(),
            request_id: None,
            kind: CallErrorKind::Other,
            source: Some(Box::new(source)),
        }
    }
}
