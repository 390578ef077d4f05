//! Text from services and specs made safe for a terminal: what a terminal would obey is shown, not sent, and no line is without end.

use super::secret;
use super::visible;

/// The most characters of a text that one line shows; no name, message or document of a service is as long.
pub const LONGEST: usize = 10_000;

/// The most lines of one message that are shown.
const MOST_LINES: usize = 200;

/// A whole text on one line, however long it is: control and bidirectional characters, line ends too, become visible signs.
pub(crate) fn whole(text: &str) -> String {
    shown(&secret::masked(text))
}

/// A text on one line: control and bidirectional characters, line ends too, become visible signs. Secrets are masked before it is cut.
pub(crate) fn line(text: &str) -> String {
    let text = secret::masked(text);
    match text.char_indices().nth(LONGEST) {
        None => shown(&text),
        Some((cut, _)) => {
            let (first, rest) = text.split_at(cut);
            let more = rest.chars().count();
            format!("{} … ({more} more characters are left out)", shown(first))
        }
    }
}

/// A text with nothing in it that a terminal would obey.
pub(crate) fn shown(text: &str) -> String {
    text.chars()
        .map(|c| if c == '\t' { ' ' } else { visible(c) })
        .collect()
}

/// A text of several lines, each safe and whole.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = String> + '_ {
    text.lines().map(whole)
}

/// A text of several lines, each safe, and not more of them than a person reads.
pub(crate) fn few_lines(text: &str) -> impl Iterator<Item = String> + '_ {
    let more = text.lines().count().saturating_sub(MOST_LINES);
    let rest = (more > 0).then(|| format!("… ({more} more lines are left out)"));
    text.lines().take(MOST_LINES).map(line).chain(rest)
}

/// Returns a word as a shell takes it, quoted where it needs that. A list and `--allow replace=index.logs` need no quotes as arguments, and
/// are read more easily without those that shlex writes for the sake of words that begin a command.
pub(crate) fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    let quoted = shlex::Quoter::new().allow_nul(true).quote(word);
    quoted.map_or_else(|_| word.to_owned(), std::borrow::Cow::into_owned)
}

/// The beginning of a text with its control and direction characters escaped. Secrets are masked before it is cut.
pub(crate) fn excerpt(text: &str, longest: usize) -> String {
    let mut safe = String::new();
    // Before it is cut: half a secret would not be known again.
    for character in secret::masked(text).chars().take(longest) {
        let hidden = matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if character.is_control() || hidden {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    safe
}
