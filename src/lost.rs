//! Answers that do not arrive: what a call says about sending it again. It decides nothing about any one call.

/// Retry safety of a call: what may be done about it once its answer is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetrySafety {
    /// Sending it again does no harm.
    Idempotent,
    /// A read tells whether it was applied; it is sent again only if it was not.
    ReadBack,
    /// As `ReadBack`, but one read is not enough to call it not applied: the service may still be working on it.
    ReadBackLate,
    /// Several reads tell whether it was applied; it is not sent again even if it was not.
    Never,
}

impl RetrySafety {
    /// Returns whether a read has to tell what became of the call.
    #[must_use]
    pub fn is_read_back(self) -> bool {
        match self {
            Self::Idempotent => false,
            Self::ReadBack | Self::ReadBackLate | Self::Never => true,
        }
    }

    /// Returns whether the call may take effect after a read that did not show it.
    #[must_use]
    pub fn appears_late(self) -> bool {
        match self {
            Self::Idempotent | Self::ReadBack => false,
            Self::ReadBackLate | Self::Never => true,
        }
    }
}

/// What a read tells of a call whose answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The call is in effect.
    Applied,
    /// It is not in effect: for a creation, the thing is not there.
    Missing,
    /// Something is there in its place that this call did not make.
    Another,
}

impl Effect {
    /// What a read tells that knows only whether the call is in effect.
    #[must_use]
    pub fn of(in_effect: bool) -> Self {
        match in_effect {
            true => Self::Applied,
            false => Self::Missing,
        }
    }
}
