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
pub struct Restored {
    /// Its name now.
    pub index: String,
    /// Its name in the snapshot.
    pub from: String,
    /// Its documents, counted.
    pub docs: u64,
}

/// A table for people.
#[must_use]
pub fn table(environment: &str, repository: &str, snapshot: &str, restored: &[Restored]) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}: restored from {} (repository {})",
        safe::line(environment),
        safe::line(snapshot),
        safe::line(repository)
    );
    let rows = restored
        .iter()
        .map(|one| vec![one.index.clone(), one.docs.to_string(), one.from.clone()]);
    text.push_str(&table::render(&["INDEX", "DOCUMENTS", "FROM"], rows));
    text
}
