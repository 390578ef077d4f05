//! Answers that do not arrive: what a call says about sending it again. It decides nothing about any one call.

/// What a lost answer leaves to do, for a call whose answer did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenLost {
    /// Sending it again does no harm.
    Resend,
    /// Only a read may tell whether it was applied; it is sent again only if it was not.
    ReadBack,
}
