//! Names of snapshots and indices by the engines' rules; a name here is one thing and never a pattern.

use super::{NameError, text};

/// Name of a snapshot, by the rules of all engines.
/// <https://github.com/opensearch-project/OpenSearch/blob/main/server/src/main/java/org/opensearch/snapshots/SnapshotsService.java>
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SnapshotName(String);
text!(SnapshotName);

/// Name of one concrete index, by the rules of all engines: no pattern, no list, no date math.
/// <https://docs.opensearch.org/latest/api-reference/index-apis/create-index/#index-naming-restrictions>
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexName(String);
text!(IndexName);

/// Characters that neither a snapshot's nor an index's name may have.
const FORBIDDEN: &str = "\\/*?\"<>| ,#";

fn broken_rule(text: &str) -> Option<&'static str> {
    let forbidden =
        |c: char| c.is_whitespace() || c.is_control() || FORBIDDEN.contains(c) || c == '\u{7f}';
    match text {
        "" => Some("is not empty"),
        "." | ".." => Some("is not . or .., which are no names in a URL"),
        _ if text.len() > 255 => Some("has at most 255 bytes"),
        _ if text.starts_with('_') => Some("does not begin with _"),
        _ if text.contains(forbidden) => {
            Some("has no space, control character or any of \\ / * ? \" < > | , #")
        }
        _ if text.chars().any(char::is_uppercase) => Some("has no capital letters"),
        _ => None,
    }
}

impl SnapshotName {
    /// Checks the name.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        match broken_rule(text) {
            Some(rule) => Err(NameError::Snapshot(rule)),
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl IndexName {
    /// Checks the name.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let rule = broken_rule(text).or_else(|| match text {
            _ if text.starts_with(['-', '+']) => Some("does not begin with - or +"),
            _ if text.contains(':') => Some("has no colon"),
            _ => None,
        });
        match rule {
            Some(rule) => Err(NameError::Index(rule)),
            None => Ok(Self(text.to_owned())),
        }
    }
}
