//! Text from services and specs made safe for a terminal: what a terminal would obey is shown, not sent.

use crate::spec::visible;

/// A text on one line: control and bidirectional characters, line ends too, become visible signs.
pub fn line(text: &str) -> String {
    text.chars()
        .map(|c| if c == '\t' { ' ' } else { visible(c) })
        .collect()
}

/// A text of several lines, each safe.
pub fn lines(text: &str) -> impl Iterator<Item = String> + '_ {
    text.lines().map(line)
}
