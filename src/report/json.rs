//! JSON for programs: one document for a plan, one object a line for an apply. Strings keep every character; what a terminal or a CI runner
//! would obey is written as an escape. Secrets are masked in each string before it is written: no escape hides one, and no key is taken for one.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, PrettyFormatter};

use crate::outlet::secret;
use crate::outlet::visible;

/// Writes a whole result as indented JSON with a line end.
///
/// # Errors
/// What the writer answers.
pub fn write_document(result: &impl Serialize, to: &mut dyn Write) -> io::Result<()> {
    into(result, PrettyFormatter::new(), to)
}

/// Writes an event as one line.
///
/// # Errors
/// What the writer answers.
pub(crate) fn write_event(event: &impl Serialize, to: &mut dyn Write) -> io::Result<()> {
    into(event, CompactFormatter, to)
}

fn into(result: &impl Serialize, layout: impl Formatter, to: &mut dyn Write) -> io::Result<()> {
    let inert = Inert {
        layout,
        text: String::new(),
        key: false,
    };
    result.serialize(&mut Serializer::with_formatter(&mut *to, inert))?;
    to.write_all(b"\n")
}

/// Writes strings masked and inert, and leaves the rest to a layout.
struct Inert<L> {
    layout: L,
    /// The string that is being written, as it is meant.
    text: String,
    /// Whether it is a key.
    key: bool,
}

impl<L> Inert<L> {
    /// The string in the characters that are written between its quotes.
    fn escaped(&self) -> String {
        let text = match self.key && is_name(&self.text) {
            true => self.text.as_str().into(),
            false => secret::masked(&self.text),
        };
        let mut out = String::with_capacity(text.len());
        let mut before = ' ';
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                // `##[` and `##word[` are commands to CI runners, wherever in a line they stand.
                c if c == '#' && before == '#' || visible(c) != c => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        out.push_str(&format!("\\u{unit:04x}"));
                    }
                }
                c => out.push(c),
            }
            before = c;
        }
        out
    }
}

/// Whether a key is a name of the format itself, which no secret looks like but by chance.
fn is_name(key: &str) -> bool {
    key.bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

impl<L: Formatter> Formatter for Inert<L> {
    fn begin_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.text.clear();
        writer.write_all(b"\"")
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        _: &mut W,
        part: &str,
    ) -> io::Result<()> {
        self.text.push_str(part);
        Ok(())
    }

    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        _: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        self.text.push(match escape {
            CharEscape::Quote => '"',
            CharEscape::ReverseSolidus => '\\',
            CharEscape::Solidus => '/',
            CharEscape::Backspace => '\u{8}',
            CharEscape::FormFeed => '\u{c}',
            CharEscape::LineFeed => '\n',
            CharEscape::CarriageReturn => '\r',
            CharEscape::Tab => '\t',
            CharEscape::AsciiControl(byte) => char::from(byte),
        });
        Ok(())
    }

    fn end_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(self.escaped().as_bytes())?;
        writer.write_all(b"\"")
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.key = true;
        self.layout.begin_object_key(writer, first)
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.key = false;
        self.layout.end_object_key(writer)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_object_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_object(writer)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.layout.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_array_value(writer)
    }
}

#[cfg(test)]
mod tests;
