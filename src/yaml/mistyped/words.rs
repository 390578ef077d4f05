//! Finds the texts without quotes in a file that is no YAML, as its author meant them. It only words errors: nothing is read from it.

use std::ops::Range;

/// Most bytes of a text that are looked at; no text of a spec is as long.
const LONGEST: usize = 300;

/// A text without quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// First byte of the text.
    pub(crate) at: usize,
    /// Whether it stands in brackets.
    pub(crate) in_flow: bool,
    /// Whether only blanks and the dashes of a list stand before it in its line.
    first: bool,
}

impl Word {
    /// Returns the bytes of the text, as far as its author meant it to go.
    pub(crate) fn span(&self, text: &str) -> Range<usize> {
        let rest = text.get(self.at..).unwrap_or_default();
        self.at..self.at + length_to(rest, self.in_flow, self.first)
    }
}

/// The texts of a file, and the brackets that are still open at its end.
#[derive(Debug, Default)]
pub(crate) struct Words {
    /// The texts in their order.
    pub(crate) words: Vec<Word>,
    /// Bytes where the open brackets stand, the outermost first.
    pub(crate) open: Vec<usize>,
    /// Whether the end lies in quotes or in a block of text.
    pub(crate) in_text: bool,
}

/// Returns the texts of `text`.
pub(crate) fn find(text: &str) -> Words {
    let mut scan = Scan::default();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        scan.line(start, line.trim_end_matches(['\n', '\r']));
        start += line.len();
    }
    let in_text = scan.quote.is_some() || scan.block.is_some();
    Words {
        in_text,
        ..scan.found
    }
}

#[derive(Default)]
struct Scan {
    found: Words,
    quote: Option<char>,
    /// Indentation of the line that opened a block of text.
    block: Option<usize>,
}

impl Scan {
    fn line(&mut self, start: usize, line: &str) {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if let Some(outer) = self.block {
            if line.trim().is_empty() || indent > outer {
                return;
            }
            self.block = None;
        }
        let (mut at, mut expects, mut first) = (0, self.quote.is_none(), true);
        while let Some(c) = line.get(at..).and_then(|rest| rest.chars().next()) {
            let rest = line.get(at..).unwrap_or_default();
            if let Some(quote) = self.quote {
                at += self.quoted(quote, rest);
                continue;
            }
            let blank_before = line
                .get(..at)
                .is_none_or(|before| before.is_empty() || before.ends_with([' ', '\t']));
            if c == '#' && blank_before {
                return;
            }
            if c == ' ' || c == '\t' {
                at += 1;
                continue;
            }
            let in_flow = !self.found.open.is_empty();
            match c {
                '"' | '\'' if expects => {
                    self.quote = Some(c);
                    (expects, first) = (false, false);
                }
                '-' | '?' if expects && first && !in_flow && ends_here(rest, 1) => {}
                '[' | '{' if expects || in_flow => {
                    self.word(start + at, first);
                    self.found.open.push(start + at);
                    (expects, first) = (true, false);
                }
                ']' | '}' if in_flow => {
                    self.found.open.pop();
                    expects = false;
                }
                ',' if in_flow => expects = true,
                ':' if ends_here(rest, 1) || ends_quoted(line, at) => expects = true,
                '|' | '>' if expects && !in_flow && opens_block(rest) => {
                    self.block = Some(indent);
                    return;
                }
                _ if expects => {
                    self.word(start + at, first);
                    (expects, first) = (false, false);
                }
                _ => {}
            }
            at += c.len_utf8();
        }
    }

    /// Returns how many bytes of a quoted text the line begins with.
    fn quoted(&mut self, quote: char, rest: &str) -> usize {
        let mut chars = rest.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let doubled = chars.peek().is_some_and(|(_, next)| *next == quote);
            match c {
                '\\' if quote == '"' => drop(chars.next()),
                '\'' if quote == '\'' && c == quote && doubled => drop(chars.next()),
                _ if c == quote => {
                    self.quote = None;
                    return at + 1;
                }
                _ => {}
            }
        }
        rest.len()
    }

    fn word(&mut self, at: usize, first: bool) {
        let in_flow = !self.found.open.is_empty();
        self.found.words.push(Word { at, in_flow, first });
    }
}

/// Returns whether a blank or the end of the line follows the first `length` bytes.
fn ends_here(rest: &str, length: usize) -> bool {
    rest.get(length..)
        .is_none_or(|after| after.is_empty() || after.starts_with([' ', '\t']))
}

fn ends_quoted(line: &str, at: usize) -> bool {
    line.get(..at)
        .is_some_and(|before| before.ends_with(['"', '\'']))
}

fn opens_block(rest: &str) -> bool {
    let after = rest.trim_start_matches(['|', '>', '+', '-', '1', '2', '3', '4', '5', '6']);
    let comment = after.trim_start().starts_with('#') && after.starts_with([' ', '\t']);
    after.trim().is_empty() || comment
}

/// Returns how far a text goes that its author began at the first byte: to a comment, to the end of its line or, in brackets, of its item.
pub(crate) fn meant_length(rest: &str, in_flow: bool) -> usize {
    length_to(rest, in_flow, false)
}

/// The same of a text that may be a key, which its colon ends.
fn length_to(rest: &str, in_flow: bool, is_key: bool) -> usize {
    let near = rest.get(..rest.floor_char_boundary(LONGEST));
    let line = near.unwrap_or_default().split(['\n', '\r']).next();
    let line = line.unwrap_or_default();
    let mut depth = 0_usize;
    let mut end = line.len();
    for (at, c) in line.char_indices() {
        let before = line.get(..at).unwrap_or_default();
        let ends = match c {
            '#' => before.ends_with([' ', '\t']),
            ',' => in_flow && depth == 0,
            ']' | '}' => in_flow && depth == 0,
            ':' => {
                (is_key || in_flow)
                    && depth == 0
                    && at > 0
                    && ends_here(line.get(at..).unwrap_or_default(), 1)
            }
            _ => false,
        };
        if ends {
            end = at;
            break;
        }
        match c {
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    line.get(..end).unwrap_or_default().trim_end().len()
}
