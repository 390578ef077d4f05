//! The remedies of the message table, with the names of the environment filled in; they advise and never act.

use super::Context;
use super::refusal::Refusal;

/// Names a remedy that depends on the environment, or holds one that does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// The same words everywhere.
    Text(&'static str),
}

pub(super) fn text(remedy: Remedy, _refusal: &Refusal, _context: &Context) -> String {
    match remedy {
        Remedy::Text(text) => text.to_owned(),
    }
}
