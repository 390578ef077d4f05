//! YAML text becomes a tree of located values; the only module that names the YAML engine, and it never drops or merges a key.

mod error;

use std::fmt;
use std::ops::Range;

use error::describe;
pub(crate) use error::{NO_VALUE_HERE, NOT_YAML, SyntaxError};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{DuplicateKeyPolicy, Location, MergeKeyPolicy, NonFiniteFloatPolicy, Spanned};

/// Largest file that is read, in bytes.
pub(crate) const MAX_BYTES: usize = 1024 * 1024;
/// Deepest nesting that is read.
const MAX_DEPTH: usize = 64;
/// Most nodes that are read, those that aliases repeat included.
const MAX_NODES: usize = 10_000;
/// Stack of the thread that reads; measured at 40 KB a level without optimisation.
const STACK_BYTES: usize = 8 * 1024 * 1024;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    /// The value.
    pub value: Value,
    /// Bytes of the text that hold it, or that refer to it by an alias.
    pub span: Range<usize>,
    /// Bytes of the text that hold it, behind an alias too.
    pub source: Range<usize>,
}

/// A value of a YAML document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A plain number, as it is written.
    Number(String),
    /// Text.
    Text(String),
    /// A sequence.
    Sequence(Vec<Node>),
    /// A mapping, its entries in the order of the text, equal keys kept.
    Mapping(Vec<Entry>),
}

/// An entry of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// The key; anything but text is a mistake that the reader reports.
    pub key: Node,
    /// The value.
    pub value: Node,
}

impl Node {
    /// Returns the value in words, for "expected text, found …".
    #[must_use]
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::Text(_) => "text",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
        }
    }

    /// Returns the text if it is text.
    #[must_use]
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Reads one document; `Ok(None)` when there is nothing in it.
///
/// # Errors
/// The first place that is not YAML, or that breaks a limit.
pub(crate) fn read(text: &str) -> Result<Option<Node>, SyntaxError> {
    // 64 levels need more stack than the threads of a test or a small main thread have.
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, || read_here(text));
        match worker.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(result)) => result,
            Ok(Err(_)) | Err(_) => Err(SyntaxError::unread()),
        }
    })
}

fn read_here(text: &str) -> Result<Option<Node>, SyntaxError> {
    let raw: Spanned<Raw> = serde_saphyr::from_str_with_options(text, options())
        .map_err(|error| describe(text, &error))?;
    let root = locate(text, raw);
    Ok((root.value != Value::Null).then_some(root))
}

fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            max_nodes: MAX_NODES,
            max_events: 4 * MAX_NODES,
            max_aliases: 1_000,
            max_anchors: 1_000,
            max_recorded_anchor_events: 4 * MAX_NODES,
            max_documents: 2,
            max_total_scalar_bytes: 2 * MAX_BYTES,
        },
        // Equal keys reach the reader, which reports both places.
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        // A key that quietly brings others along has no place in a file that grants access.
        merge_keys: MergeKeyPolicy::AsOrdinary,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_NODES },
        strict_booleans: true,
        reject_unsupported_tags: true,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
    }
}

/// What the engine hands over, before its place is known in bytes.
enum Raw {
    Null,
    Bool(bool),
    Number,
    Text(String),
    Sequence(Vec<Spanned<Raw>>),
    Mapping(Vec<(Spanned<Raw>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Raw, E> {
        Ok(Raw::Text(value))
    }

    fn visit_bytes<E>(self, value: &[u8]) -> Result<Raw, E> {
        Ok(Raw::Text(String::from_utf8_lossy(value).into_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Raw::Sequence(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Mapping(entries))
    }
}

/// Turns engine positions into byte ranges and reads numbers back as they are written.
fn locate(text: &str, raw: Spanned<Raw>) -> Node {
    let span = bytes(text, raw.referenced);
    let source = bytes(text, raw.defined);
    let value = match raw.value {
        Raw::Null => Value::Null,
        Raw::Bool(value) => Value::Bool(value),
        Raw::Number => Value::Number(
            text.get(source.clone())
                .unwrap_or_default()
                .trim()
                .to_owned(),
        ),
        Raw::Text(value) => Value::Text(value),
        Raw::Sequence(items) => {
            Value::Sequence(items.into_iter().map(|item| locate(text, item)).collect())
        }
        Raw::Mapping(entries) => Value::Mapping(
            entries
                .into_iter()
                .map(|(key, value)| Entry {
                    key: locate(text, key),
                    value: locate(text, value),
                })
                .collect(),
        ),
    };
    Node {
        value,
        span,
        source,
    }
}

fn bytes(text: &str, location: Location) -> Range<usize> {
    let span = location.span();
    let clamp = |offset: Option<u64>| {
        offset
            .and_then(|at| usize::try_from(at).ok())
            .map(|at| at.min(text.len()))
    };
    let start = clamp(span.byte_offset()).unwrap_or(0);
    let end = clamp(
        span.byte_offset()
            .zip(span.byte_len())
            .map(|(at, len)| at.saturating_add(len)),
    )
    .unwrap_or(start);
    if text.is_char_boundary(start) && text.is_char_boundary(end) {
        start..end.max(start)
    } else {
        0..0
    }
}
