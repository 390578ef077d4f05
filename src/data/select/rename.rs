//! New names for restored indices: predicted here and asked of the engine as one anchored regular expression, so that both agree.

use std::collections::BTreeMap;

use super::is_system;
use crate::data::index::stream::{BACKING, is_backing};
use crate::names::{IndexName, NameError};

/// A rule that renames indices: an exact name, or a pattern with one `*` that the new name may repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    from: Ends,
    to: Ends,
}

/// A text around its `*`, or without one.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ends {
    Exact(String),
    Around(String, String),
}

/// Why a rule renames nothing, or not these indices.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenameError {
    /// More than one `*`.
    #[error("`{0}` has more than one `*`")]
    Wildcards(String),
    /// The new name repeats what the old one does not catch.
    #[error("`{0}` has a `*`, and `{1}` has none that it could stand for")]
    NothingCaught(String, String),
    /// A prefix that is none.
    #[error("a prefix is not empty and has no `*`")]
    Prefix,
    /// A name that is none.
    #[error("`{text}` names no index")]
    Name {
        /// What was to be a name.
        text: String,
        /// The rule that it breaks.
        #[source]
        source: NameError,
    },
    /// Indices that the rule does not rename: they would come back under their own names.
    #[error("`{rule}` does not rename {}", .names.join(", "))]
    Unmatched {
        /// The pattern of the rule.
        rule: String,
        /// The indices.
        names: Vec<String>,
    },
    /// Indices that would be one.
    #[error("{} would all be {target}", .names.join(", "))]
    Collision {
        /// The new name.
        target: String,
        /// The indices.
        names: Vec<String>,
    },
    /// An index that would keep its name.
    #[error("{0} would keep its name")]
    Same(String),
    /// An index that would come back as one of the system's.
    #[error("{0} would be named {1}, which belongs to the system")]
    System(String, String),
}

impl Ends {
    fn parse(text: &str) -> Result<Self, RenameError> {
        let name = |source| RenameError::Name {
            text: text.to_owned(),
            source,
        };
        IndexName::parse(&text.replace('*', "a")).map_err(name)?;
        match text.split_once('*') {
            None => Ok(Ends::Exact(text.to_owned())),
            Some((_, after)) if after.contains('*') => Err(RenameError::Wildcards(text.to_owned())),
            Some((before, after)) => Ok(Ends::Around(before.to_owned(), after.to_owned())),
        }
    }

    fn text(&self) -> String {
        match self {
            Ends::Exact(text) => text.clone(),
            Ends::Around(before, after) => format!("{before}*{after}"),
        }
    }
}

impl Rename {
    /// A rule from `FROM` and `TO`; `*` in `TO` stands for what `*` in `FROM` matched.
    ///
    /// # Errors
    /// When one of them is no name or pattern of that kind.
    pub fn parse(from: &str, to: &str) -> Result<Self, RenameError> {
        let rule = Self {
            from: Ends::parse(from)?,
            to: Ends::parse(to)?,
        };
        match (&rule.from, &rule.to) {
            (Ends::Exact(_), Ends::Around(..)) => {
                Err(RenameError::NothingCaught(to.to_owned(), from.to_owned()))
            }
            _ => Ok(rule),
        }
    }

    /// The rule that puts a prefix before every name.
    ///
    /// # Errors
    /// When no name can begin so.
    pub fn prefix(prefix: &str) -> Result<Self, RenameError> {
        if prefix.is_empty() || prefix.contains('*') {
            return Err(RenameError::Prefix);
        }
        Self::parse("*", &format!("{prefix}*"))
    }

    /// `rename_pattern` and `rename_replacement` of a restore. The engines replace every match (`String.replaceAll`), so the pattern is
    /// anchored to match once.
    /// <https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/regex/Matcher.html#replaceAll(java.lang.String)>
    #[must_use]
    pub fn sent(&self) -> (String, String) {
        let pattern = match &self.from {
            Ends::Exact(name) => format!("^{}$", literal(name)),
            Ends::Around(before, after) => format!("^{}(.*){}$", literal(before), literal(after)),
        };
        let replacement = match &self.to {
            Ends::Exact(name) => replacing(name),
            // One group: a digit after `$1` is text, since there is no tenth one.
            Ends::Around(before, after) => format!("{}$1{}", replacing(before), replacing(after)),
        };
        (pattern, replacement)
    }

    /// The new names of indices, in their order.
    ///
    /// # Errors
    /// When one is not renamed, keeps its name, gets one that is none or that is the system's, or when two get the same.
    pub fn targets(&self, names: &[IndexName]) -> Result<Vec<IndexName>, RenameError> {
        let pairs: Vec<(&IndexName, Option<String>)> = names
            .iter()
            .map(|name| (name, self.renamed(name.as_str())))
            .collect();
        let unmatched = pairs.iter().filter(|(_, target)| target.is_none());
        let unmatched: Vec<String> = unmatched.map(|(name, _)| name.to_string()).collect();
        if !unmatched.is_empty() {
            return Err(RenameError::Unmatched {
                rule: self.from.text(),
                names: unmatched,
            });
        }
        let pairs = pairs
            .into_iter()
            .filter_map(|(name, target)| Some((name, target?)));
        let mut sources: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut targets = Vec::new();
        for (name, target) in pairs {
            sources
                .entry(target.clone())
                .or_default()
                .push(name.to_string());
            targets.push(checked(name, target)?);
        }
        let collision = sources.into_iter().find(|(_, names)| names.len() > 1);
        match collision {
            Some((target, names)) => Err(RenameError::Collision { target, names }),
            None => Ok(targets),
        }
    }

    /// `rename_pattern` and `rename_replacement` of a restore with data streams. Engines apply the pattern to the name of a stream, and to the
    /// names of its backing indices without their `.ds-`.
    /// <https://github.com/opensearch-project/OpenSearch/blob/main/server/src/main/java/org/opensearch/snapshots/RestoreService.java>
    #[must_use]
    pub fn sent_with_streams(&self) -> (String, String) {
        let (pattern, replacement) = self.sent();
        let group = match &self.from {
            Ends::Exact(_) => "$1",
            Ends::Around(..) => "$2",
        };
        let pattern = pattern.strip_suffix('$').unwrap_or(&pattern);
        (
            format!("{pattern}{GENERATION}$"),
            format!("{replacement}{group}"),
        )
    }

    /// The new names of the backing indices of a data stream, in their order.
    ///
    /// # Errors
    /// When one is not renamed, keeps its name, or gets one that is none.
    pub fn backing(&self, names: &[IndexName]) -> Result<Vec<IndexName>, RenameError> {
        let renamed = |name: &IndexName| {
            let bare = name.as_str().strip_prefix(BACKING);
            let (before, rest) = match bare {
                Some(rest) => (BACKING, rest),
                None => ("", name.as_str()),
            };
            let whole = self.renamed(rest).or_else(|| {
                let (stem, generation) = without_generation(rest)?;
                Some(format!("{}{generation}", self.renamed(stem)?))
            });
            let whole = whole.ok_or_else(|| RenameError::Unmatched {
                rule: self.from.text(),
                names: vec![name.to_string()],
            })?;
            checked(name, format!("{before}{whole}"))
        };
        names.iter().map(renamed).collect()
    }

    fn renamed(&self, name: &str) -> Option<String> {
        let caught = match &self.from {
            Ends::Exact(from) => (from == name).then_some("")?,
            Ends::Around(before, after) => name
                .strip_prefix(before.as_str())?
                .strip_suffix(after.as_str())?,
        };
        Some(match &self.to {
            Ends::Exact(to) => to.clone(),
            Ends::Around(before, after) => format!("{before}{caught}{after}"),
        })
    }
}

/// What follows the name of the stream in the name of a backing index, as an optional group of a regular expression.
pub(crate) const GENERATION: &str = r"(-(?:\d{4}\.\d{2}\.\d{2}-)?\d{6,})?";

/// Splits `logs-2021.01.31-000001` before what [`GENERATION`] matches, at the first place where it does.
fn without_generation(name: &str) -> Option<(&str, &str)> {
    let dashes = name.match_indices('-').map(|(at, _)| at);
    let mut splits = dashes.filter_map(|at| name.split_at_checked(at));
    splits.find(|(stem, rest)| !stem.is_empty() && is_backing(&format!("{BACKING}x{rest}"), "x"))
}

fn checked(name: &IndexName, target: String) -> Result<IndexName, RenameError> {
    if target == name.as_str() {
        return Err(RenameError::Same(target));
    }
    if is_system(&target) {
        return Err(RenameError::System(name.to_string(), target));
    }
    IndexName::parse(&target).map_err(|source| RenameError::Name {
        text: target,
        source,
    })
}

/// A text as a Java regular expression that matches nothing else.
fn literal(text: &str) -> String {
    escaped(text, "\\^$.|?+()[]{}*")
}

/// A text as a Java replacement that puts in nothing else.
fn replacing(text: &str) -> String {
    escaped(text, "\\$")
}

fn escaped(text: &str, special: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for one in text.chars() {
        if special.contains(one) {
            escaped.push('\\');
        }
        escaped.push(one);
    }
    escaped
}
