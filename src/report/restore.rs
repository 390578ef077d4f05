//! What a restore brought back, for people and programs. Pure.
#![cfg_attr(
    not(test),
    expect(
        clippy::let_underscore_must_use,
        reason = "writing to a String never fails"
    )
)]

use std::fmt::Write as _;

use serde::Serialize;

use crate::outlet::safe;
use crate::report::table;

/// One index that is complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Restored {
    /// Its name now.
    pub index: String,
    /// Its name in the snapshot.
    pub from: String,
    /// Its documents, counted.
    pub docs: u64,
    /// How many backing indices came back with it, where it is a data stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backing_indices: Option<usize>,
}

/// A table for people.
#[must_use]
pub(crate) fn table(
    environment: &str,
    repository: &str,
    snapshot: &str,
    restored: &[Restored],
) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}: restored from {} (repository {})",
        safe::line(environment),
        safe::line(snapshot),
        safe::line(repository)
    );
    let rows = restored.iter().map(|one| {
        let kind = match one.backing_indices {
            None => one.index.clone(),
            Some(1) => format!("{} (data stream, 1 backing index)", one.index),
            Some(number) => format!("{} (data stream, {number} backing indices)", one.index),
        };
        vec![kind, one.docs.to_string(), one.from.clone()]
    });
    text.push_str(&table::render(&["INDEX", "DOCUMENTS", "FROM"], rows));
    text
}
