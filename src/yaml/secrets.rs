//! Finds what may be a secret in a text whose structure is not known, so that a text that is no YAML is masked too; it rather masks too much.

use std::ops::Range;

/// Parts of keys whose values are never shown, misspelt passwords included.
const WORDS: [&str; 6] = ["pas", "pw", "secret", "token", "access_key", "credential"];
/// Longest key that is looked at, in bytes.
const LONGEST_KEY: usize = 100;

/// Returns the bytes that are never shown.
pub(crate) fn find(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut open: Option<Open> = None;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let blank = line.trim().is_empty();
        let belongs = open.as_ref().is_some_and(|open| blank || open.holds(line));
        if belongs && !blank {
            if !names_a_source(line) {
                found.push(start..end);
            }
            open = open.map(|open| Open {
                next_line: false,
                ..open
            });
        } else if !belongs {
            open = None;
            for value in secret_values(line) {
                let rest = line.get(value..).unwrap_or_default();
                if !names_a_source(rest) {
                    found.push(start + value..end);
                }
                let next_line = rest.trim().is_empty() || rest.trim().ends_with(['{', '[']);
                open = Some(Open {
                    indent: indent_of(line),
                    next_line,
                });
            }
        }
        found.extend(bare_logins(line).map(|span| start + span.start..start + span.end));
        found.extend(user_infos(line).map(|span| start + span.start..start + span.end));
        start = end;
    }
    found
}

/// A secret key whose value may go on in the next lines.
struct Open {
    indent: usize,
    /// Whether the next line belongs to it wherever it begins, as in a flow mapping.
    next_line: bool,
}

impl Open {
    fn holds(&self, line: &str) -> bool {
        self.next_line || line.len() - line.trim_start().len() > self.indent
    }
}

/// Returns where a key of the line begins, behind the dashes of a list.
fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '-']).len()
}

/// Returns where the values of keys with a secret word begin.
fn secret_values(line: &str) -> impl Iterator<Item = usize> {
    line.match_indices(':')
        .filter(|(colon, _)| is_secret_key(line, *colon))
        .map(|(colon, _)| colon + 1)
}

fn is_secret_key(line: &str, colon: usize) -> bool {
    key_before(line, colon).is_some_and(|key| WORDS.iter().any(|word| key.contains(word)))
}

/// Returns the key, in lowercase, that ends at a colon.
fn key_before(line: &str, colon: usize) -> Option<String> {
    let from = (colon.saturating_sub(LONGEST_KEY)..colon)
        .find(|at| line.is_char_boundary(*at))
        .unwrap_or(colon);
    let before = line.get(from..colon).unwrap_or_default().trim_end();
    let bare = before.trim_end_matches(['"', '\'']);
    // Without quotes a colon ends a key only before white space; `secretsmanager:…` is an action.
    let next = line.get(colon + 1..).and_then(|rest| rest.chars().next());
    if bare.len() == before.len() && next.is_some_and(|c| !c.is_whitespace()) {
        return None;
    }
    let key = bare
        .rsplit(|c: char| !(c.is_ascii_alphanumeric() || "_-.".contains(c)))
        .next()
        .unwrap_or_default();
    Some(key.to_ascii_lowercase())
}

/// Returns values that hold a user and a password although their key is no secret: `basic: user:password`, `endpoint: user:password@host`.
fn bare_logins(line: &str) -> impl Iterator<Item = Range<usize>> {
    line.match_indices(':').filter_map(|(colon, _)| {
        let key = key_before(line, colon)?;
        let value = line.get(colon + 1..)?;
        let length = match key.as_str() {
            "basic" | "auth" if !is_mapping_or_word(value) => value.len(),
            "endpoint" | "connect_to" => value.rfind('@')?,
            _ => return None,
        };
        Some(colon + 1..colon + 1 + length)
    })
}

/// Returns whether a value of `auth` is what belongs there, or a short misspelt word.
fn is_mapping_or_word(value: &str) -> bool {
    let value = value.trim();
    value.starts_with('{') || (value.len() <= 8 && value.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Returns whether the text says where a password is found, which is no secret; what is no variable's name may be one.
fn names_a_source(text: &str) -> bool {
    let text = text.trim_start().trim_start_matches('{').trim_start();
    let Some(variable) = text.strip_prefix("env:") else {
        return text.starts_with("file:");
    };
    let name = variable
        .trim()
        .trim_end_matches(['}', ','])
        .trim_end()
        .trim_matches(['"', '\'']);
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Returns the users and passwords of URLs in the line.
fn user_infos(line: &str) -> impl Iterator<Item = Range<usize>> {
    line.match_indices("://").filter_map(|(at, _)| {
        let start = at + 3;
        let authority = line
            .get(start..)?
            .split(['/', '?', '#', ' ', '"', '\'', '\n'])
            .next()?;
        authority.rfind('@').map(|at| start..start + at)
    })
}
