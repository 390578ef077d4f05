//! The text of a spec: where its lines begin, and which parts of them are never shown because they may be secrets.

use std::cell::RefCell;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::diagnostic::Place;
use crate::outlet::visible;

/// Most characters of a line that are kept before and after a place; far more than are shown.
const WINDOW: usize = 500;

/// The text of one file.
#[derive(Debug)]
pub(crate) struct Source {
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
    pub(crate) fn new(file: &Path, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
        // A lone carriage return ends a line too, as in YAML.
        let ends = |(at, end): (usize, &str)| {
            let after = at + end.len();
            let whole =
                end == "\n" || !text.get(after..).is_some_and(|rest| rest.starts_with('\n'));
            whole.then_some(after)
        };
        let lines = std::iter::once(0)
            .chain(text.match_indices(['\n', '\r']).filter_map(ends))
            .collect();
        let masks = RefCell::new(super::secrets::find(&text));
        Self {
            file: file.to_owned(),
            text,
            lines,
            masks,
        }
    }

    /// Returns the file as it was named.
    #[must_use]
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Returns the text.
    #[must_use]
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Hides these bytes wherever a line is shown.
    pub(crate) fn mask(&self, span: Range<usize>) {
        self.masks.borrow_mut().push(span);
    }

    /// Returns the bytes of a line, from 1, without its end.
    #[must_use]
    pub(crate) fn line(&self, line: usize) -> Option<Range<usize>> {
        let start = *self.lines.get(line.checked_sub(1)?)?;
        let end = self.lines.get(line).copied().unwrap_or(self.text.len());
        let text = self.text.get(start..end)?;
        Some(start..start + text.trim_end_matches(['\n', '\r']).len())
    }

    /// Tells whether a part of these bytes is never shown.
    #[must_use]
    pub(crate) fn hides(&self, span: &Range<usize>) -> bool {
        let masks = self.masks.borrow();
        masks
            .iter()
            .any(|mask| mask.start < span.end && mask.end > span.start)
    }

    /// Returns the line, from 1, that holds a byte.
    #[must_use]
    pub(crate) fn line_of(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at).max(1)
    }

    /// Returns the place of these bytes; a span of several lines is cut at the end of its first.
    #[must_use]
    pub(crate) fn place(&self, span: &Range<usize>, label: impl Into<String>) -> Place {
        let line = self.line_of(span.start);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let raw = self.line(line).and_then(|line| self.text.get(line));
        let raw = raw.unwrap_or_default();
        let end = span.end.min(start + raw.len()).max(span.start);
        let count =
            |range: Range<usize>| self.text.get(range).map_or(0, |part| part.chars().count());
        let before = count(start..span.start);
        let length = count(span.start..end).clamp(1, WINDOW);
        let left_out = if before > 2 * WINDOW {
            before - WINDOW
        } else {
            0
        };
        Place {
            file: self.file.clone(),
            line,
            column: before + 1,
            length,
            source: self.shown(start, raw, left_out, before - left_out + length + WINDOW),
            left_out,
            label: label.into(),
        }
    }

    /// Returns a part of a line with secrets masked, one character for each of the text's.
    fn shown(&self, start: usize, raw: &str, skip: usize, keep: usize) -> String {
        let masks = self.masks.borrow();
        let end = start + raw.len();
        let touching: Vec<_> = masks
            .iter()
            .filter(|mask| mask.start < end && mask.end > start)
            .collect();
        let show = |(at, c): (usize, char)| {
            let hidden = touching.iter().any(|mask| mask.contains(&(start + at)));
            if hidden && !c.is_whitespace() {
                '*'
            } else {
                visible(c)
            }
        };
        raw.char_indices().skip(skip).take(keep).map(show).collect()
    }
}
