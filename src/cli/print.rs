//! What commands print: text for people, JSON for programs, and complaints.

use serde::Serialize;

use crate::outlet::sink;
use crate::report::json;

/// Prints a result for people.
pub(super) fn print(text: &str) {
    sink::stdout(text);
}

/// Prints a whole result for programs.
pub(super) fn print_document(result: &impl Serialize) {
    sink::json_by(|to| json::write_document(result, to));
}

/// Prints what happened for programs, as one line.
pub(super) fn print_event(event: &impl Serialize) {
    sink::json_by(|to| json::write_event(event, to));
}

/// Writes a note to stderr; `--quiet` leaves it out.
pub(super) fn note(text: &str) {
    sink::note(text);
}

/// Writes to stderr, where progress and errors go.
pub(super) fn err(text: &str) {
    sink::stderr(text);
}
