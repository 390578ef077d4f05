//! Which indices an expression means, as engines resolve it; a name that is not there must never be passed over unasked.

use std::collections::{BTreeMap, BTreeSet};

use super::super::search_state::{Cluster, Index};
use crate::names::wildcard::matches;

/// How an expression is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    pub ignore_unavailable: bool,
    pub allow_no_indices: bool,
    pub open: bool,
    pub closed: bool,
    pub hidden: bool,
    /// Whether an alias or a data stream stands for its indices.
    pub aliases: bool,
}

impl Reading {
    /// What most requests use: wildcards mean open indices that are not hidden.
    pub(super) const OPEN: Self = Self {
        ignore_unavailable: false,
        allow_no_indices: true,
        open: true,
        closed: false,
        hidden: false,
        aliases: true,
    };
    /// Everything, hidden and closed too, as snapshots read it.
    pub(super) const ALL: Self = Self {
        closed: true,
        hidden: true,
        ..Self::OPEN
    };
}

/// Why an expression means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unresolved {
    Missing(String),
    IsAlias(String),
    IsStream(String),
}

/// Splits what a path or a body says.
pub(super) fn split(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

fn means_all(expressions: &[String]) -> bool {
    match expressions {
        [] => true,
        [one] => one == "_all",
        _ => false,
    }
}

/// Returns the concrete indices that a name means: itself, or those of an alias or a data stream.
pub(super) fn concrete(cluster: &Cluster, name: &str) -> Option<BTreeSet<String>> {
    if cluster.indices.contains_key(name) {
        return Some(BTreeSet::from([name.to_owned()]));
    }
    if let Some(backing) = cluster.data_streams.get(name) {
        return Some(backing.iter().cloned().collect());
    }
    let held: BTreeSet<String> = cluster
        .indices
        .iter()
        .filter(|(_, index)| index.aliases.contains_key(name))
        .map(|(index, _)| index.clone())
        .collect();
    (!held.is_empty()).then_some(held)
}

fn fits(index: &Index, pattern: &str, name: &str, reading: Reading) -> bool {
    let hidden = index.settings.get("index.hidden").map(String::as_str) == Some("true");
    let seen = !hidden || reading.hidden || (pattern.starts_with('.') && name.starts_with('.'));
    let state = if index.closed {
        reading.closed
    } else {
        reading.open
    };
    seen && state
}

fn wild(cluster: &Cluster, pattern: &str, reading: Reading) -> BTreeSet<String> {
    let named = |index: &Index, name: &str| {
        let alias = |alias: &String| matches(pattern, alias);
        let stream = || {
            let mut streams = cluster.data_streams.iter();
            streams.any(|(stream, backing)| {
                matches(pattern, stream) && backing.iter().any(|held| held == name)
            })
        };
        matches(pattern, name) || (reading.aliases && (index.aliases.keys().any(alias) || stream()))
    };
    let fitting = cluster
        .indices
        .iter()
        .filter(|(name, index)| named(index, name) && fits(index, pattern, name, reading));
    fitting.map(|(name, _)| name.clone()).collect()
}

/// Resolves expressions on a cluster; an exclusion counts only after a wildcard, else `-x` is a name.
pub(super) fn resolve(
    cluster: &Cluster,
    expressions: &[String],
    reading: Reading,
) -> Result<BTreeSet<String>, Unresolved> {
    if means_all(expressions) {
        return Ok(wild(cluster, "*", reading));
    }
    let mut found = BTreeSet::new();
    let mut streams: BTreeSet<&str> = BTreeSet::new();
    let mut wildcard_seen = false;
    for expression in expressions {
        let excluded = expression.strip_prefix('-').filter(|_| wildcard_seen);
        let text = excluded.unwrap_or(expression);
        let these = if text.contains('*') {
            wildcard_seen = true;
            let these = wild(cluster, text, reading);
            if these.is_empty() && !reading.allow_no_indices {
                return Err(Unresolved::Missing(text.to_owned()));
            }
            these
        } else {
            match concrete(cluster, text) {
                Some(_) if !reading.aliases && cluster.data_streams.contains_key(text) => {
                    return Err(Unresolved::IsStream(text.to_owned()));
                }
                Some(_) if !reading.aliases && !cluster.indices.contains_key(text) => {
                    return Err(Unresolved::IsAlias(text.to_owned()));
                }
                Some(these) => these,
                None if reading.ignore_unavailable => BTreeSet::new(),
                None => return Err(Unresolved::Missing(text.to_owned())),
            }
        };
        // A stream stays a name until the end, and an exclusion by name takes out that name alone.
        if cluster.data_streams.contains_key(text) {
            match excluded {
                Some(_) => streams.remove(text),
                None => streams.insert(text),
            };
            continue;
        }
        match excluded {
            Some(_) => found.retain(|name| !these.contains(name)),
            None => found.extend(these),
        }
    }
    for stream in streams {
        found.extend(concrete(cluster, stream).unwrap_or_default());
    }
    Ok(found)
}

/// Resolves what a restore asks for among a snapshot's indices; a leading exclusion begins with all, a later one does not.
pub(super) fn filter(
    available: &[String],
    expressions: &[String],
    ignore_unavailable: bool,
) -> Result<BTreeSet<String>, String> {
    if means_all(expressions) || expressions == ["*"] {
        return Ok(available.iter().cloned().collect());
    }
    let mut found: BTreeSet<String> = BTreeSet::new();
    for (place, expression) in expressions.iter().enumerate() {
        if available.contains(expression) {
            found.insert(expression.clone());
            continue;
        }
        let excluded = expression.strip_prefix('-');
        if excluded.is_some() && place == 0 {
            found = available.iter().cloned().collect();
        }
        let text = excluded.unwrap_or(expression);
        if !text.contains('*') && !available.iter().any(|held| held == text) {
            if !ignore_unavailable {
                return Err(text.to_owned());
            }
            continue;
        }
        for name in available.iter().filter(|name| matches(text, name)) {
            match excluded {
                Some(_) => drop(found.remove(name)),
                None => drop(found.insert(name.clone())),
            }
        }
    }
    Ok(found)
}

/// Returns what is wrong with the name of a new index.
pub(super) fn invalid_name(
    name: &str,
    colon_refused: bool,
    indices: &BTreeMap<String, Index>,
) -> Option<String> {
    let characters = ['\\', '/', '*', '?', '"', '<', '>', '|', ' ', ','];
    if name.contains(characters) {
        return Some(
            "must not contain the following characters [ , \", *, \\, <, |, ,, >, /, ?]".to_owned(),
        );
    }
    if name.contains('#') {
        return Some("must not contain '#'".to_owned());
    }
    if colon_refused && name.contains(':') {
        return Some("must not contain ':'".to_owned());
    }
    if name.starts_with(['_', '-', '+']) {
        return Some("must not start with '_', '-', or '+'".to_owned());
    }
    if name.len() > 255 {
        let length = name.len();
        return Some(format!("index name is too long, ({length} > 255)"));
    }
    if name == "." || name == ".." {
        return Some("must not be '.' or '..'".to_owned());
    }
    if name.to_lowercase() != name {
        return Some("must be lowercase".to_owned());
    }
    indices
        .values()
        .any(|index| index.aliases.contains_key(name))
        .then(|| "already exists as alias".to_owned())
}
