//! Which single index a name means; whatever means another thing, or more than one, is refused with what it would have meant. Pure.

use super::Facts;
use crate::data::index::Index;
use crate::data::select::is_system;
use crate::names::IndexName;
use crate::names::wildcard::matches_glob;

/// How many names are listed of those that something would have meant.
const SHOWN: usize = 20;

/// What a name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meant<'f> {
    /// This index.
    Index(IndexName, &'f Index),
    /// This data stream, with its backing indices, oldest first.
    Stream(IndexName, Vec<(IndexName, &'f Index)>),
    /// No index that there is.
    Absent,
    /// Something that is never deleted by that name.
    Refused {
        /// Why.
        what: String,
        /// The ways out.
        remedy: String,
    },
}

/// Says what a name means.
#[must_use]
pub(crate) fn meant<'f>(name: &str, facts: &'f Facts) -> Meant<'f> {
    match several(name, facts) {
        Some((what, indices)) => means_others(name, &what, &indices),
        None => single(name, facts),
    }
}

/// What is no single name: what kind of expression it is, and the indices that it would have meant.
fn several(name: &str, facts: &Facts) -> Option<(String, Vec<String>)> {
    let matching = |pattern: &str| -> Vec<String> {
        let names = facts.indices.iter().map(|index| &index.name);
        names
            .filter(|name| matches_glob(pattern, name))
            .cloned()
            .collect()
    };
    if name == "_all" {
        return Some(("stands for every index".to_owned(), matching("*")));
    }
    if name.contains(',') {
        let all = name.split(',').flat_map(&matching).collect();
        return Some(("is a list".to_owned(), all));
    }
    if name.starts_with('<') {
        return Some((
            "is date math, which the engine resolves to a name of its own".to_owned(),
            matching(&without_braces(name)),
        ));
    }
    if name.starts_with('-') || name.starts_with('+') {
        let rest = name.get(1..).unwrap_or_default();
        return Some(("is an exclusion or an addition".to_owned(), matching(rest)));
    }
    if name.contains(['*', '?']) {
        return Some(("is a pattern".to_owned(), matching(name)));
    }
    None
}

/// A name that could be one index.
fn single<'f>(name: &str, facts: &'f Facts) -> Meant<'f> {
    if let Some(backing) = facts.streams.get(name) {
        return stream(name, backing, facts);
    }
    let stream = facts
        .streams
        .iter()
        .find(|(_, backing)| backing.iter().any(|index| index == name));
    if let Some((stream, _)) = stream {
        return Meant::Refused {
            what: format!("{name} is a backing index of the data stream {stream}"),
            remedy: format!(
                "`esbackup indices delete {stream}` deletes the data stream with all its indices; a single one is the affair of the stream's \
                 retention"
            ),
        };
    }
    let Some(index) = facts.indices.iter().find(|index| index.name == name) else {
        return alias_or_nothing(name, facts);
    };
    // A plugin that nobody here knows names its indices so as well.
    if is_system(name) || name.starts_with('.') {
        return Meant::Refused {
            what: format!("{name} is a system index, or a hidden one of a plugin"),
            remedy: "esbackup deletes no index whose name begins with a dot; use the plugin that it belongs to".to_owned(),
        };
    }
    match IndexName::parse(name) {
        Ok(parsed) => Meant::Index(parsed, index),
        Err(error) => Meant::Refused {
            what: format!("{name} cannot be named safely in a request: {error}"),
            remedy: "delete it with a request of your own".to_owned(),
        },
    }
}

/// A data stream goes whole, and only when each of its indices is known.
fn stream<'f>(name: &str, backing: &[String], facts: &'f Facts) -> Meant<'f> {
    let refused = |what: String, remedy: &str| Meant::Refused {
        what,
        remedy: remedy.to_owned(),
    };
    if is_system(name) || name.starts_with('.') {
        return refused(
            format!("{name} is a data stream of the system, or of a plugin"),
            "esbackup deletes nothing whose name begins with a dot; use the plugin that it belongs to",
        );
    }
    let known = backing.iter().map(|name| {
        let index = facts.indices.iter().find(|index| index.name == *name)?;
        Some((IndexName::parse(name).ok()?, index))
    });
    match (IndexName::parse(name), known.collect::<Option<Vec<_>>>()) {
        (Ok(name), Some(backing)) if !backing.is_empty() => Meant::Stream(name, backing),
        _ => refused(
            format!("the backing indices of data stream {name} are not all known"),
            "run it again; where that does not help, delete it with a request of your own",
        ),
    }
}

fn alias_or_nothing<'f>(name: &str, facts: &'f Facts) -> Meant<'f> {
    let behind: Vec<String> = facts
        .aliases
        .iter()
        .filter(|(_, aliases)| aliases.contains(name))
        .map(|(index, _)| index.clone())
        .collect();
    if !behind.is_empty() {
        return means_others(name, "is an alias", &behind);
    }
    match IndexName::parse(name) {
        Ok(_) => Meant::Absent,
        Err(error) => Meant::Refused {
            what: format!("{name}: {error}"),
            remedy: "`esbackup indices list` shows the indices that there are".to_owned(),
        },
    }
}

fn means_others<'f>(name: &str, what: &str, indices: &[String]) -> Meant<'f> {
    if indices.is_empty() {
        return Meant::Refused {
            what: format!("{name} {what}, and it would have meant no index that there is"),
            remedy: "name each index exactly as `esbackup indices list` shows it".to_owned(),
        };
    }
    Meant::Refused {
        what: format!("{name} {what}; it would have meant {}", listed(indices)),
        remedy: "name each of those indices that is to go, exactly".to_owned(),
    }
}

/// Names in a row; of very many only the first and how many more there are.
fn listed(names: &[String]) -> String {
    let mut names = names.to_vec();
    names.sort();
    names.dedup();
    let (shown, more) = names.split_at(names.len().min(SHOWN));
    match more.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Date math as a pattern: what stands in braces could be any date.
fn without_braces(name: &str) -> String {
    let inner = name.trim_start_matches('<').trim_end_matches('>');
    let mut pattern = String::new();
    let mut depth = 0_u32;
    for c in inner.chars() {
        match c {
            '{' => {
                if depth == 0 {
                    pattern.push('*');
                }
                depth += 1;
            }
            '}' => depth = depth.saturating_sub(1),
            c if depth == 0 => pattern.push(c),
            _ => {}
        }
    }
    pattern
}
