//! JSON for programs: one document for a plan, one object a line for an apply. Strings keep every character; what a terminal or a CI runner
//! would obey is written as an escape.

use serde::Serialize;

use crate::report::view::Run;
use crate::spec::visible;

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
    escaped(&serde_json::to_string_pretty(result).unwrap_or_default())
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
    escaped(&serde_json::to_string(event).unwrap_or_default())
}

/// The same JSON with a line end. Only strings hold the characters that are escaped here.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len() + 1);
    let mut before = ' ';
    for c in json.chars() {
        // `##[` and `##word[` are commands to CI runners, wherever in a line they stand.
        if c == '#' && before == '#' || c != '\n' && visible(c) != c {
            for unit in c.encode_utf16(&mut [0; 2]) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            text.push(c);
        }
        before = c;
    }
    text.push('\n');
    text
}
