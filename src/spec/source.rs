//! The text of a spec: where its lines begin, and which parts of them are never shown because they may be secrets.

use std::cell::RefCell;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::diagnostic::{Place, visible};

/// Keys whose values are never shown.
const SECRET_WORDS: [&str; 5] = ["password", "passwd", "secret", "token", "access_key"];

/// The text of one file.
#[derive(Debug)]
pub struct Source {
    file: PathBuf,
    text: String,
    /// Byte where each line begins.
    lines: Vec<usize>,
    /// Bytes that are never shown.
    masks: RefCell<Vec<Range<usize>>>,
}

impl Source {
    /// Takes a text, without the byte order mark that it may begin with.
    #[must_use]
    pub fn new(file: &Path, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
        let lines = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        let masks = RefCell::new(secrets(&text));
        Self {
            file: file.to_owned(),
            text,
            lines,
            masks,
        }
    }

    /// Returns the file as it was named.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Returns the text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Hides these bytes wherever a line is shown.
    pub fn mask(&self, span: Range<usize>) {
        self.masks.borrow_mut().push(span);
    }

    /// Returns the line, from 1, that holds a byte.
    #[must_use]
    pub fn line_of(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at).max(1)
    }

    /// Returns the place of these bytes; a span of several lines is cut at the end of its first.
    #[must_use]
    pub fn place(&self, span: &Range<usize>, label: impl Into<String>) -> Place {
        let line = self.line_of(span.start);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let rest = self.text.get(start..).unwrap_or_default();
        let raw = rest
            .split('\n')
            .next()
            .unwrap_or_default()
            .trim_end_matches('\r');
        let end = span.end.min(start + raw.len()).max(span.start);
        let count =
            |range: Range<usize>| self.text.get(range).map_or(0, |part| part.chars().count());
        Place {
            file: self.file.clone(),
            line,
            column: count(start..span.start) + 1,
            length: count(span.start..end).max(1),
            source: self.shown(start, raw),
            label: label.into(),
        }
    }

    /// Returns a line with secrets masked, one character for each of the text's.
    fn shown(&self, start: usize, raw: &str) -> String {
        let masks = self.masks.borrow();
        let end = start + raw.len();
        let touching: Vec<_> = masks
            .iter()
            .filter(|mask| mask.start < end && mask.end > start)
            .collect();
        raw.char_indices()
            .map(|(at, c)| {
                let hidden = touching.iter().any(|mask| mask.contains(&(start + at)));
                if hidden && !c.is_whitespace() {
                    '*'
                } else {
                    visible(c)
                }
            })
            .collect()
    }
}

/// Finds what may be secret without knowing the structure, so that a text that is no YAML is masked too.
fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    // Indentation of the key whose value goes on in the next lines, and whether the next line belongs to it wherever it begins.
    let mut open: Option<(usize, bool)> = None;
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        let blank = line.trim().is_empty();
        if let Some((outer, unconditional)) = open {
            if blank {
                start += line.len();
                continue;
            }
            if indent > outer || unconditional {
                if !names_a_source(line) {
                    found.push(start..start + line.len());
                }
                open = Some((outer, false));
                start += line.len();
                continue;
            }
            open = None;
        }
        if let Some((outer, value)) = secret_value(line) {
            let rest = line.get(value..).unwrap_or_default();
            if !names_a_source(rest) {
                found.push(start + value..start + line.len());
            }
            let rest = rest.trim();
            open = Some((outer, rest.is_empty() || rest.ends_with(['{', '['])));
        }
        found.extend(user_info(line).map(|span| start + span.start..start + span.end));
        start += line.len();
    }
    found
}

/// Returns the indentation of a key with a secret word in it and where its value begins.
fn secret_value(line: &str) -> Option<(usize, usize)> {
    let lower = line.to_ascii_lowercase();
    let word = SECRET_WORDS
        .iter()
        .filter_map(|word| lower.find(word))
        .min()?;
    let colon = word + lower.get(word..)?.find(':')?;
    let rest_of_key = lower.get(word..colon)?.trim_end();
    let quoted = rest_of_key.ends_with(['"', '\'']);
    let plain = rest_of_key
        .trim_end_matches(['"', '\''])
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    // Without quotes a colon ends a key only before white space; `secretsmanager:…` is an action.
    let ends_key = quoted
        || lower
            .get(colon + 1..)?
            .chars()
            .next()
            .is_none_or(char::is_whitespace);
    let indent = line.len() - line.trim_start_matches([' ', '-']).len();
    (plain && ends_key).then_some((indent, colon + 1))
}

/// Returns whether the text says where a password is found, which is no secret.
fn names_a_source(text: &str) -> bool {
    let text = text.trim_start().trim_start_matches('{').trim_start();
    text.starts_with("env:") || text.starts_with("file:") || text.starts_with('#')
}

/// Returns the user and password of a URL in the line.
fn user_info(line: &str) -> Option<Range<usize>> {
    let start = line.find("://")? + 3;
    let rest = line.get(start..)?;
    let authority = rest.split(['/', '?', '#', ' ', '"', '\'', '\n']).next()?;
    let at = authority.rfind('@')?;
    Some(start..start + at)
}
