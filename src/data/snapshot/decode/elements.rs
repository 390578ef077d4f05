//! Cuts `{"snapshots": [...]}` into its snapshots while it arrives. Names of indices, nearly all of the answer, go straight to the interner;
//! the rest of one snapshot is held until it is complete. It validates what it passes over, and serde reads everything else.

use serde::Deserialize;
use serde::de::{Error as _, IgnoredAny};

use crate::data::snapshot::names::{Interner, Unsorted};
use crate::domain::Undecoded;

/// How many bytes one snapshot may have beside the names of its indices, and what surrounds the snapshots.
const LONGEST: usize = 16 * 1024 * 1024;

/// How many bytes a name may have: engines allow 255.
const LONGEST_NAME: usize = 64 * 1024;

/// The list whose elements are cut.
const SNAPSHOTS: &str = "snapshots";

/// The list of each element whose names are interned.
const NAMES: &[u8] = b"indices";

/// An answer as far as it has arrived.
#[derive(Debug, Default)]
pub(super) struct Elements {
    place: Place,
    /// What surrounds the snapshots.
    around: Text,
    /// The snapshot that arrives, without the names of its indices.
    element: Text,
    /// The beginning of a name whose end has not arrived.
    name: Vec<u8>,
    /// Whether the last byte of it is a backslash that escapes what comes next.
    escaped: bool,
    names: Option<Unsorted>,
}

/// Where the next byte belongs.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum Place {
    /// Around the snapshots.
    #[default]
    Around,
    /// Between two snapshots.
    Between(Next),
    /// In a snapshot.
    Element,
    /// Between two names.
    Names(Next),
    /// In a name.
    Name,
}

/// What a list may go on with.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Next {
    /// A value, or the end.
    First,
    /// A value.
    Value,
    /// A comma, or the end.
    Rest,
}

/// JSON that is collected until it is complete.
#[derive(Debug, Default)]
struct Text {
    bytes: Vec<u8>,
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Text {
    /// Adds a byte.
    fn push(&mut self, byte: u8) -> Result<(), Undecoded> {
        if self.bytes.len() >= LONGEST {
            return Err(Undecoded::TooMuch);
        }
        self.bytes.push(byte);
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = self.in_string,
            b'"' => self.in_string = !self.in_string,
            _ if self.in_string => {}
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        Ok(())
    }

    /// Returns true if the value of this key begins here, and the key belongs to the outermost object.
    fn at_value_of(&self, key: &[u8]) -> bool {
        let before = |text: &[u8]| self.depth == 1 && matches!(text.last(), Some(b'{' | b','));
        let text = self.bytes.trim_ascii_end().strip_suffix(b":");
        let text = text.and_then(|text| text.trim_ascii_end().strip_suffix(b"\""));
        let text = text.and_then(|text| text.strip_suffix(key)?.strip_suffix(b"\""));
        !self.in_string && text.is_some_and(|text| before(text.trim_ascii_end()))
    }
}

/// What surrounds the snapshots once they are cut out.
#[derive(Deserialize)]
struct Around {
    snapshots: Option<Vec<IgnoredAny>>,
}

/// What an answer means that has no list of snapshots.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(super) enum NoList {
    /// It is another answer.
    #[default]
    Refused,
    /// It has none: engines leave out what is empty when fields are filtered.
    Empty,
}

impl Elements {
    /// Takes what has arrived; shows each snapshot that is complete, without the names of its indices, and the set of these.
    pub(super) fn take(
        &mut self,
        mut bytes: &[u8],
        interner: &mut Interner,
        see: &mut impl FnMut(&[u8], Option<Unsorted>, &Interner) -> Result<(), Undecoded>,
    ) -> Result<(), Undecoded> {
        while let Some((byte, rest)) = bytes.split_first() {
            match self.place {
                Place::Name => {
                    bytes = self.name(bytes, interner)?;
                    continue;
                }
                Place::Names(Next::First | Next::Value) if *byte == b'"' => {
                    self.place = Place::Name;
                    bytes = self.expected(rest, interner);
                    continue;
                }
                Place::Names(next) => self.between_names(next, *byte, interner)?,
                Place::Element => {
                    self.element(*byte)?;
                    if self.element.depth == 0 {
                        see(&self.element.bytes, self.names.take(), interner)?;
                        self.element.bytes.clear();
                        self.place = Place::Between(Next::Rest);
                    }
                }
                Place::Between(next) => self.between(next, *byte)?,
                Place::Around => {
                    let is_list = *byte == b'[' && self.around.at_value_of(SNAPSHOTS.as_bytes());
                    self.around.push(*byte)?;
                    if is_list {
                        self.place = Place::Between(Next::First);
                    }
                }
            }
            bytes = rest;
        }
        Ok(())
    }

    /// Checks that the answer was complete.
    pub(super) fn end(&self, no_list: NoList) -> Result<(), Undecoded> {
        if self.place != Place::Around {
            return Err(wrong("the list of snapshots has no end"));
        }
        let around: Around = serde_json::from_slice(&self.around.bytes)?;
        match (around.snapshots, no_list) {
            (None, NoList::Refused) => {
                Err(Undecoded::Json(serde_json::Error::missing_field(SNAPSHOTS)))
            }
            _ => Ok(()),
        }
    }

    fn between(&mut self, next: Next, byte: u8) -> Result<(), Undecoded> {
        self.place = match (next, byte) {
            (_, b' ' | b'\t' | b'\r' | b'\n') => self.place,
            (Next::First | Next::Value, b'{') => {
                self.element.push(byte)?;
                Place::Element
            }
            (Next::Rest, b',') => Place::Between(Next::Value),
            (Next::First | Next::Rest, b']') => {
                self.around.push(byte)?;
                Place::Around
            }
            _ => return Err(wrong("a list of snapshots holds something else")),
        };
        Ok(())
    }

    fn element(&mut self, byte: u8) -> Result<(), Undecoded> {
        let are_names = byte == b'[' && self.element.at_value_of(NAMES);
        self.element.push(byte)?;
        if are_names {
            self.place = Place::Names(Next::First);
        }
        Ok(())
    }

    fn between_names(
        &mut self,
        next: Next,
        byte: u8,
        interner: &mut Interner,
    ) -> Result<(), Undecoded> {
        self.place = match (next, byte) {
            (_, b' ' | b'\t' | b'\r' | b'\n') => self.place,
            (Next::Rest, b',') => Place::Names(Next::Value),
            (Next::First | Next::Rest, b']') => {
                self.element.push(byte)?;
                self.names = Some(interner.end());
                Place::Element
            }
            _ => return Err(wrong("a list of names holds something else")),
        };
        Ok(())
    }

    /// Passes over the name that mostly comes next; what follows the quote is another one, or its beginning.
    fn expected<'b>(&mut self, bytes: &'b [u8], interner: &mut Interner) -> &'b [u8] {
        let expected = interner.expected().map(str::as_bytes);
        let after = expected.and_then(|name| bytes.strip_prefix(name)?.strip_prefix(b"\""));
        match after {
            Some(rest) => {
                interner.add_expected();
                self.place = Place::Names(Next::Rest);
                rest
            }
            None => bytes,
        }
    }

    /// Takes a name up to its closing quote, as far as it is there.
    fn name<'b>(
        &mut self,
        bytes: &'b [u8],
        interner: &mut Interner,
    ) -> Result<&'b [u8], Undecoded> {
        let end = bytes.iter().position(|byte| {
            let ends = !self.escaped && *byte == b'"';
            self.escaped = !self.escaped && *byte == b'\\';
            ends
        });
        let (part, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
        if self.name.len() + part.len() > LONGEST_NAME {
            return Err(Undecoded::TooMuch);
        }
        let Some((_quote, rest)) = rest.split_first() else {
            self.name.extend_from_slice(part);
            return Ok(rest);
        };
        if self.name.is_empty() {
            add(part, interner)?;
        } else {
            self.name.extend_from_slice(part);
            add(&self.name, interner)?;
            self.name.clear();
        }
        self.place = Place::Names(Next::Rest);
        Ok(rest)
    }
}

/// Adds a name as it is written between its quotes.
fn add(written: &[u8], interner: &mut Interner) -> Result<(), Undecoded> {
    let plain = |byte: &u8| *byte >= b' ' && *byte != b'\\';
    match std::str::from_utf8(written) {
        Ok(name) if written.iter().all(plain) => interner.add(name),
        _ => {
            let quoted = [b"\"", written, b"\""].concat();
            interner.add(&serde_json::from_slice::<String>(&quoted)?);
        }
    }
    Ok(())
}

fn wrong(words: &str) -> Undecoded {
    Undecoded::Json(serde_json::Error::custom(words))
}
