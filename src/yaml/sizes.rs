//! How large policy documents may be; the same limits for given and for generated documents.

use super::diagnostic::Severity;
use crate::policy_document::{
    BUCKET_POLICY_BYTES, Document, INLINE_POLICIES_CHARACTERS, Kind, MANAGED_POLICY_CHARACTERS,
    TRUST_POLICY_CHARACTERS, TRUST_POLICY_CHARACTERS_RAISED,
};

/// A document that is larger than a limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{size} {unit}, {limit} are allowed{remark}")]
pub(crate) struct TooLarge {
    /// Whether it is refused, or only where the account's quota was not raised.
    pub severity: Severity,
    /// Its size.
    pub size: usize,
    /// The limit.
    pub limit: usize,
    unit: &'static str,
    remark: &'static str,
}

/// Checks the size of a document, given or generated.
#[must_use]
pub(crate) fn check_size(document: &Document, kind: Kind) -> Option<TooLarge> {
    let characters = "characters without whitespace";
    match kind {
        Kind::Managed => over(document.size(), MANAGED_POLICY_CHARACTERS, characters),
        Kind::Inline => over(document.size(), INLINE_POLICIES_CHARACTERS, characters),
        Kind::BucketPolicy => over(document.to_json().len(), BUCKET_POLICY_BYTES, "bytes"),
        Kind::Trust => {
            over(document.size(), TRUST_POLICY_CHARACTERS_RAISED, characters).or_else(|| {
                over(document.size(), TRUST_POLICY_CHARACTERS, characters).map(|large| TooLarge {
                    severity: Severity::Warning,
                    remark: " unless the account's quota was raised",
                    ..large
                })
            })
        }
    }
}

fn over(size: usize, limit: usize, unit: &'static str) -> Option<TooLarge> {
    (size > limit).then_some(TooLarge {
        severity: Severity::Error,
        size,
        limit,
        unit,
        remark: "",
    })
}
