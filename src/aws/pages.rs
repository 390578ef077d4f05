//! Paged answers to their end; a service that repeats a page is noticed, never believed to be done.

use crate::failure::Class;
use std::collections::BTreeSet;

use super::CallError;

/// More pages than any account has.
const MOST: usize = 1_000;

/// A longer marker is none, and could not be sent: it becomes part of a URL.
const LONGEST_MARKER: usize = 10_000;

/// Follows the markers of a paged answer.
#[derive(Debug)]
pub(crate) struct Pages {
    service: &'static str,
    operation: &'static str,
    seen: BTreeSet<String>,
    marker: Option<String>,
}

impl Pages {
    /// Begins at the first page.
    pub(crate) fn of(service: &'static str, operation: &'static str) -> Self {
        Self {
            service,
            operation,
            seen: BTreeSet::new(),
            marker: None,
        }
    }

    /// The marker of the page to ask for; none for the first one.
    pub(crate) fn marker(&self) -> Option<String> {
        self.marker.clone()
    }

    /// Notes the end of a page and says whether another one follows.
    ///
    /// # Errors
    /// When the service repeats a marker, gives none, or never ends.
    pub(crate) fn another(
        &mut self,
        truncated: bool,
        next: Option<&str>,
    ) -> Result<bool, CallError> {
        // A marker says that more follows even where the answer leaves out whether it is truncated, as IAM allows.
        if !truncated && next.is_none_or(str::is_empty) {
            return Ok(false);
        }
        let fresh = next.filter(|next| {
            next.len() <= LONGEST_MARKER
                && self.seen.len() < MOST
                && self.seen.insert((*next).to_owned())
        });
        let Some(next) = fresh else {
            return Err(CallError {
                service: self.service,
                operation: self.operation,
                status: None,
                code: None,
                message: "the service repeats its pages, so the list cannot be read to its end"
                    .to_owned(),
                request_id: None,
                class: Class::Unexpected,
                source: None,
            });
        };
        self.marker = Some(next.to_owned());
        Ok(true)
    }
}
