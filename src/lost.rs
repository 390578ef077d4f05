//! Answers that do not arrive: what a call says about sending it again. It decides nothing about any one call.

/// What a lost answer leaves to do, for a call whose answer did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenLost {
    /// Sending it again does no harm.
    Resend,
    /// Only a read may tell whether it was applied; it is sent again only if it was not.
    ReadBack,
}

/// What a read tells of a call whose answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The call is in effect.
    InEffect,
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
            true => Self::InEffect,
            false => Self::Missing,
        }
    }
}
