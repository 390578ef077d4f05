//! JSON for programs: one document for a plan, one object a line for an apply.

use serde::Serialize;

use crate::report::view::Run;

/// A plan as indented JSON with a line end.
pub fn plan(run: &Run) -> String {
    document(run)
}

/// A whole result as indented JSON with a line end.
#[cfg_attr(
    not(test),
    expect(
        clippy::disallowed_methods,
        reason = "every key is a string and no value refuses to be written"
    )
)]
pub fn document(result: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(result).unwrap_or_default();
    text.push('\n');
    text
}

/// An event as one line.
#[cfg_attr(
    not(test),
    expect(
        clippy::disallowed_methods,
        reason = "every key is a string and no value refuses to be written"
    )
)]
pub fn event(event: &impl Serialize) -> String {
    let mut text = serde_json::to_string(event).unwrap_or_default();
    text.push('\n');
    text
}
