//! Names of temporary indices. They follow from what they are made of, so that what an interrupted run left is found again without a state
//! file; and they begin with a prefix of esbackup's, so that patterns and templates of users do not match them.

use sha2::{Digest, Sha256};

use crate::data::select::Rename;
use crate::names::IndexName;

/// Hexadecimal digits of a digest in a name.
pub(crate) const DIGITS: usize = 8;
/// The longest name that engines take, in bytes.
pub(crate) const LONGEST: usize = 255;

/// What stands for a text in a name.
#[must_use]
pub(crate) fn digest(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    let hex = hash.iter().map(|byte| format!("{byte:02x}"));
    hex.collect::<String>().chars().take(DIGITS).collect()
}

/// A name that begins so and ends with as much of the index's as fits; none where no safe name comes of it.
#[must_use]
pub(crate) fn name(beginning: &str, index: &str) -> Option<IndexName> {
    let mut name = format!("{beginning}{index}");
    while name.len() > LONGEST {
        name.pop();
    }
    IndexName::parse(&name).ok()
}

/// A name for a data stream that begins so: shorter, so that the names of its backing indices fit.
#[must_use]
pub(crate) fn stream_name(beginning: &str, stream: &str) -> Option<IndexName> {
    // `.ds-` before it; a hyphen, a date, a hyphen and a generation behind it.
    const AROUND: usize = 28;
    let mut name = format!("{beginning}{stream}");
    while name.len() > LONGEST - AROUND {
        name.pop();
    }
    IndexName::parse(&name).ok()
}

/// What a restore sends to give its one data stream this name.
#[must_use]
pub(crate) fn renamed_stream(stream: &IndexName, name: &IndexName) -> Option<(String, String)> {
    let rule = Rename::parse(stream.as_str(), name.as_str()).ok()?;
    Some(rule.sent_with_streams())
}

/// The names that the backing indices of a data stream have under its new name.
#[must_use]
pub(crate) fn backing(
    stream: &IndexName,
    name: &IndexName,
    backing: &[IndexName],
) -> Vec<IndexName> {
    if stream == name {
        return backing.to_vec();
    }
    let rule = Rename::parse(stream.as_str(), name.as_str());
    let mut names = Vec::new();
    // A name that is made for a copy is one that a rename can give; the restore itself is refused where it is not.
    if let Ok(renamed) = rule.and_then(|rule| rule.backing(backing)) {
        names = renamed;
    }
    names
}

/// What a restore sends to give its one index this name, whatever it is called in the snapshot: a regular expression and its replacement.
#[must_use]
pub(crate) fn renamed(name: &IndexName) -> (String, String) {
    let literal = name.as_str().replace('\\', "\\\\").replace('$', "\\$");
    ("^.+$".to_owned(), literal)
}
