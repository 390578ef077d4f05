//! What verifying found, for people: one row for each check, nothing left out. Pure.
#![cfg_attr(
    not(test),
    expect(
        clippy::let_underscore_must_use,
        reason = "writing to a String never fails"
    )
)]

use std::fmt::Write as _;

use crate::outlet::safe;
use crate::report::table;
use crate::workflow::verify::{Check, Verdict};

/// The checks of one environment.
#[must_use]
pub(crate) fn checks(environment: &str, snapshot: Option<&str>, checks: &[Check]) -> String {
    let mut text = safe::line(environment);
    if let Some(snapshot) = snapshot {
        let _ = write!(text, " (snapshot {})", safe::line(snapshot));
    }
    text.push('\n');
    let rows = checks.iter().flat_map(rows);
    text.push_str(&table::render(&["LEVEL", "CHECK", "RESULT", "SEEN"], rows));
    text
}

/// One row for each thing that was seen.
fn rows(check: &Check) -> Vec<Vec<String>> {
    let mut words = check.messages.iter();
    let first = vec![
        check.level.as_str().to_owned(),
        check.what.clone(),
        result(check.result).to_owned(),
        words.next().cloned().unwrap_or_default(),
    ];
    let more = words.map(|words| vec![String::new(), String::new(), String::new(), words.clone()]);
    std::iter::once(first).chain(more).collect()
}

fn result(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::Failed => "FAILED",
        Verdict::NotChecked => "not checked",
    }
}
