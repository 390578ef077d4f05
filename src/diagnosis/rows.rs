//! The table of known messages, most specific first; a row never matches on less than words that only this cause produces.

use super::refusal::{Origin, Refusal};
use super::remedy::Remedy;
use super::{Layer, Transient};

/// One known message.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) number: u8,
    pub(super) origin: Option<Origin>,
    /// Parts that must all occur in the lower-case words.
    pub(super) all: &'static [&'static str],
    pub(super) layer: Layer,
    pub(super) cause: &'static str,
    pub(super) remedy: Remedy,
    pub(super) transient: Transient,
}

impl Row {
    pub(super) fn matches(&self, refusal: &Refusal, words: &str) -> bool {
        self.origin.is_none_or(|origin| origin == refusal.origin)
            && self.all.iter().all(|part| words.contains(part))
    }
}

pub(super) const ROWS: &[Row] = &[];
