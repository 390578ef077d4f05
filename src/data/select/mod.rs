//! Which indices an expression means, by the rules of the engines; what is shown is what the engine will take.

mod rename;
mod stream;
mod system;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::names::wildcard::matches;
use crate::names::{IndexName, NameError};
use stream::Streams;

pub use rename::Rename;
pub(crate) use rename::RenameError;
pub(crate) use stream::{Rewritten, Torn, stream_backed};
pub use system::is_system;

/// Names, patterns and exclusions of indices in their order, as in `logs-*,-logs-old*`. No exclusion stands where an engine would take it
/// for the name of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    parts: Vec<Part>,
}

/// One part of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    takes: Takes,
    /// A name, or a pattern in which `*` stands for anything.
    pattern: String,
}

/// What a part does with what it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    In,
    Out,
}

/// Why a text is no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Nothing between two commas, or nothing at all.
    #[error("an index pattern is empty")]
    Empty,
    /// Date math, which means another index tomorrow.
    #[error("`{0}` is date math, which means another index each day; name the index")]
    DateMath(String),
    /// An exclusion that no engine takes for one.
    #[error("nothing before `-{0}` has a `*`, so that engines take it for the name of an index")]
    ExcludesNothing(String),
    /// An exclusion first and an inclusion later: everything but, or only?
    #[error("`-{0}` comes first and `{1}` later; begin with `*` or with what is meant")]
    ExclusionFirst(String, String),
    /// A `?`, which no engine takes for a wildcard.
    #[error("`{0}`: only `*` is a wildcard")]
    QuestionMark(String),
    /// No name of an index can match.
    #[error("`{text}` matches no index")]
    Name {
        /// The part as it was written.
        text: String,
        /// The rule that it breaks.
        #[source]
        source: NameError,
    },
}

/// What an expression means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selected {
    /// The indices, sorted.
    pub names: Vec<String>,
    /// What is named without a wildcard and is not there: engines answer 404 unless told to ignore it.
    pub missing: Vec<String>,
    /// What is excluded without a wildcard and is not there. Engines answer 404 to this in a snapshot as well.
    pub missing_exclusions: Vec<String>,
    /// What an alias's exact name is meant to exclude, and does not: engines exclude indices by pattern or by their own name.
    pub idle_exclusions: Vec<String>,
    /// What the expression matches and is left out all the same, sorted.
    pub left_out: Vec<(String, Why)>,
    /// Data streams that are taken whole, sorted; their backing indices are among the names.
    pub streams: Vec<String>,
    /// Parts to send so that the engine takes what is shown here.
    pub sent: Vec<String>,
    /// Data streams that are excluded by name, which engines do not do to their backing indices.
    pub rewritten: Vec<Rewritten>,
    /// Data streams that are named at the end of what is sent, since some of their backing indices are closed.
    pub completed: Vec<String>,
    /// Data streams that would be taken without some of their backing indices: engines fail on them.
    pub torn: Vec<Torn>,
    /// Backing indices that would be taken without their data stream, by the stream.
    pub loose: BTreeMap<String, Vec<String>>,
}

/// Why an index is left out although it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It is closed, and only its exact name takes it.
    Closed,
    /// It belongs to the system and only a pattern takes it: it comes back by its exact name only.
    System,
    /// It belongs to the system and is named; the guard `system-index` stands before it.
    SystemNamed,
}

/// An index of the domain, as far as an expression can see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Present<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whether it is open.
    pub open: bool,
    /// The aliases that point to it.
    pub aliases: &'a BTreeSet<String>,
    /// Data stream that it backs.
    pub stream: Option<&'a str>,
}

/// Whether system indices that are named exactly are restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemIndices {
    /// They are left out.
    LeftOut,
    /// They are restored; those that only a pattern matches are left out all the same.
    Named,
}

impl Expression {
    /// Everything.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            parts: vec![Part::everything()],
        }
    }

    /// Reads patterns and exclusions; each text may hold several with commas between them. Exclusions alone get `*` first, `_all` is `*`,
    /// space around a part means nothing, and no text at all is everything.
    ///
    /// # Errors
    /// What no engine takes for what it looks like.
    pub fn parse<S: AsRef<str>>(patterns: &[S]) -> Result<Self, Problem> {
        let texts = patterns.iter().flat_map(|text| text.as_ref().split(','));
        let mut parts: Vec<Part> = texts.map(Part::parse).collect::<Result<_, _>>()?;
        let included = parts.iter().find(|part| part.takes == Takes::In);
        match (parts.first(), included) {
            (Some(first), Some(later)) if first.takes == Takes::Out => {
                let (first, later) = (first.pattern.clone(), later.pattern.clone());
                return Err(Problem::ExclusionFirst(first, later));
            }
            (_, None) => parts.insert(0, Part::everything()),
            _ => {}
        }
        let mut wildcard = false;
        for part in &parts {
            if part.takes == Takes::Out && !wildcard {
                return Err(Problem::ExcludesNothing(part.pattern.clone()));
            }
            wildcard |= part.is_pattern();
        }
        Ok(Self { parts })
    }

    /// The parts as they are sent to take a snapshot; it never begins with an exclusion.
    #[must_use]
    pub fn sent(&self) -> Vec<String> {
        self.parts.iter().map(Part::to_string).collect()
    }

    /// Whether every part is the name of one index.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.parts.iter().all(|part| !part.is_pattern())
    }

    /// What a snapshot takes of a domain's indices when this is sent. As in all engines from 6.8 on, a `*` matches hidden indices, and
    /// aliases with the open indices behind them; later parts overrule earlier ones.
    /// <https://github.com/opensearch-project/OpenSearch/blob/main/server/src/main/java/org/opensearch/cluster/metadata/IndexNameExpressionResolver.java>
    #[must_use]
    pub fn taken(&self, domain: &[Present<'_>]) -> Selected {
        let streams = Streams::of(domain);
        let written = streams.written(&self.parts);
        let parts = written.parts;
        let mut selected = walked(&parts, domain);
        let found: BTreeSet<String> = selected.names.iter().cloned().collect();
        let indices = |parts: &[Part]| walked(parts, domain).names.into_iter().collect();
        selected.torn = streams.torn(&self.parts, &parts, &indices);
        let taken = streams.taken(&parts);
        for (stream, backing) in &streams.backing {
            let held: Vec<String> = backing
                .iter()
                .map(|one| one.name.to_owned())
                .filter(|name| found.contains(name))
                .collect();
            if !taken.contains(stream) && !held.is_empty() {
                selected.loose.insert((*stream).to_owned(), held);
            }
        }
        let torn = |stream: &&str| selected.torn.iter().any(|one| one.stream == **stream);
        let whole = taken.iter().filter(|stream| !torn(stream));
        selected.streams = whole.map(|stream| (*stream).to_owned()).collect();
        selected.sent = parts.iter().map(Part::to_string).collect();
        selected.rewritten = written.rewritten;
        selected.completed = written.named;
        selected
    }

    /// Returns the indices that the expression names, by their own name or by that of an alias or of a data stream.
    #[must_use]
    pub fn named<'d>(&self, domain: &[Present<'d>]) -> BTreeSet<&'d str> {
        let exact = |name: &str| self.names(name);
        let named = domain.iter().filter(|one| {
            let mut others = one.aliases.iter().map(String::as_str).chain(one.stream);
            exact(one.name) || others.any(exact)
        });
        named.map(|one| one.name).collect()
    }

    /// What is restored of the indices that a snapshot holds. Their exact names are sent, so that engines, which differ in the order of
    /// exclusions, have nothing left to resolve. Indices of the system are always left out but by their exact name.
    #[must_use]
    pub fn restored<'a>(
        &self,
        held: impl IntoIterator<Item = &'a str>,
        system: SystemIndices,
    ) -> Selected {
        self.restored_with(held, &BTreeMap::new(), system)
    }

    /// What is restored of the indices and data streams that a snapshot holds. A stream that is selected by its name comes back whole;
    /// backing indices that only their own names select come back as plain indices.
    #[must_use]
    pub fn restored_with<'a>(
        &self,
        held: impl IntoIterator<Item = &'a str>,
        streams: &BTreeMap<&str, Vec<&str>>,
        system: SystemIndices,
    ) -> Selected {
        let held: BTreeSet<&str> = held.into_iter().collect();
        let (mut walk, mut whole) = (Walk::default(), Walk::default());
        for part in &self.parts {
            let of_streams = streams.iter().filter(|(name, _)| part.matches(name));
            let backing = of_streams.clone().flat_map(|(_, backing)| backing.iter());
            whole.pattern(part, of_streams.clone().map(|(name, _)| *name));
            if part.is_pattern() {
                let matching = held.iter().filter(|name| part.matches(name));
                walk.pattern(part, matching.copied());
            } else if !streams.contains_key(part.pattern.as_str()) {
                walk.name(part, held.contains(part.pattern.as_str()));
            }
            if part.takes == Takes::Out {
                walk.pattern(part, backing.copied());
            }
        }
        let mut selected = walk.selected;
        for (stream, backing) in streams {
            if !whole.found.contains(*stream) {
                let loose = backing.iter().filter(|name| walk.found.contains(**name));
                let loose: Vec<String> = loose.map(|name| (*name).to_owned()).collect();
                if !loose.is_empty() {
                    selected.loose.insert((*stream).to_owned(), loose);
                }
                continue;
            }
            walk.found.retain(|name| !backing.contains(&name.as_str()));
            if is_system(stream) && (!self.names(stream) || system == SystemIndices::LeftOut) {
                let why = match self.names(stream) {
                    true => Why::SystemNamed,
                    false => Why::System,
                };
                selected.left_out.push(((*stream).to_owned(), why));
                continue;
            }
            selected.streams.push((*stream).to_owned());
            let torn = Torn::of_restore(stream, backing, &self.parts);
            selected.torn.extend(torn);
        }
        for name in walk.found {
            let named = self.names(&name);
            match (is_system(&name), named, system) {
                (true, true, SystemIndices::LeftOut) => {
                    selected.left_out.push((name, Why::SystemNamed));
                }
                (true, false, _) => selected.left_out.push((name, Why::System)),
                (true, true, SystemIndices::Named) | (false, ..) => selected.names.push(name),
            }
        }
        selected
    }

    /// Tells whether it means something that goes by any of these names: the last part that matches one of them decides. What belongs to the
    /// system is meant only by a part that does not begin with a wildcard.
    #[must_use]
    pub fn selects(&self, names: &[&str], system: bool) -> bool {
        let matching = |part: &&Part| {
            let meant = !system || part.takes == Takes::Out || !part.pattern.starts_with('*');
            meant && names.iter().any(|name| part.matches(name))
        };
        let last = self.parts.iter().rev().find(matching);
        last.is_some_and(|part| part.takes == Takes::In)
    }

    fn names(&self, name: &str) -> bool {
        let mut parts = self.parts.iter();
        parts.any(|part| part.takes == Takes::In && part.pattern == name)
    }
}

/// Resolves parts to indices as engines do for a snapshot.
fn walked(parts: &[Part], domain: &[Present<'_>]) -> Selected {
    let names: BTreeSet<&str> = domain.iter().map(|one| one.name).collect();
    let mut behind: BTreeMap<&str, Vec<&Present<'_>>> = BTreeMap::new();
    let mut streams: BTreeSet<&str> = BTreeSet::new();
    for one in domain {
        let aliases = one.aliases.iter().map(String::as_str);
        for name in aliases.chain(one.stream) {
            behind.entry(name).or_default().push(one);
        }
        streams.extend(one.stream);
    }
    let mut walk = Walk::default();
    let mut closed: BTreeSet<&str> = BTreeSet::new();
    for part in parts {
        if part.is_pattern() {
            let matching = domain.iter().filter(|one| {
                let mut aliases = one.aliases.iter().map(String::as_str).chain(one.stream);
                part.matches(one.name) || aliases.any(|alias| part.matches(alias))
            });
            let (open, shut): (Vec<&Present<'_>>, Vec<&Present<'_>>) =
                matching.partition(|one| one.open);
            walk.pattern(part, open.iter().map(|one| one.name));
            for one in shut {
                match part.takes {
                    Takes::In => closed.insert(one.name),
                    Takes::Out => closed.remove(one.name),
                };
            }
        } else if streams.contains(part.pattern.as_str()) {
            walk.name(part, true);
        } else if behind.contains_key(part.pattern.as_str()) {
            walk.alias(part);
        } else {
            walk.name(part, names.contains(part.pattern.as_str()));
        }
    }
    let mut selected = walk.selected;
    let indices = walk
        .found
        .iter()
        .flat_map(|found| match behind.get(found.as_str()) {
            Some(indices) => indices.iter().map(|one| one.name.to_owned()).collect(),
            None => vec![found.clone()],
        });
    let indices: BTreeSet<String> = indices.collect();
    let left = closed.into_iter().filter(|name| !indices.contains(*name));
    selected.left_out = left.map(|name| (name.to_owned(), Why::Closed)).collect();
    selected.names = indices.into_iter().collect();
    selected
}

/// What the parts so far have found.
#[derive(Default)]
struct Walk {
    /// Indices, and aliases that were named: engines put indices in their place at the very end.
    found: BTreeSet<String>,
    selected: Selected,
}

impl Walk {
    fn pattern<'n>(&mut self, part: &Part, matching: impl Iterator<Item = &'n str>) {
        for name in matching {
            match part.takes {
                Takes::In => self.found.insert(name.to_owned()),
                Takes::Out => self.found.remove(name),
            };
        }
    }

    fn alias(&mut self, part: &Part) {
        match part.takes {
            Takes::In => {
                self.found.insert(part.pattern.clone());
            }
            Takes::Out => {
                if !self.found.remove(&part.pattern) {
                    self.selected.idle_exclusions.push(part.pattern.clone());
                }
            }
        }
    }

    fn name(&mut self, part: &Part, is_there: bool) {
        let name = part.pattern.clone();
        match (part.takes, is_there) {
            (Takes::In, true) => drop(self.found.insert(name)),
            (Takes::Out, true) => drop(self.found.remove(&name)),
            (Takes::In, false) => self.selected.missing.push(name),
            (Takes::Out, false) => self.selected.missing_exclusions.push(name),
        }
    }
}

impl Part {
    fn everything() -> Self {
        Self {
            takes: Takes::In,
            pattern: "*".to_owned(),
        }
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        let (takes, pattern) = match text.strip_prefix('-') {
            Some(excluded) => (Takes::Out, excluded),
            None => (Takes::In, text),
        };
        match pattern {
            "" => return Err(Problem::Empty),
            "_all" => {
                return Ok(Self {
                    takes,
                    ..Self::everything()
                });
            }
            _ if pattern.starts_with('<') => return Err(Problem::DateMath(pattern.to_owned())),
            _ if pattern.contains('?') => return Err(Problem::QuestionMark(pattern.to_owned())),
            _ => {}
        }
        // Each `*` may stand for a letter: what is then no name never matches one.
        if let Err(source) = IndexName::parse(&pattern.replace('*', "a")) {
            let text = text.to_owned();
            return Err(Problem::Name { text, source });
        }
        Ok(Self {
            takes,
            pattern: pattern.to_owned(),
        })
    }

    fn is_pattern(&self) -> bool {
        self.pattern.contains('*')
    }

    fn matches(&self, name: &str) -> bool {
        matches(&self.pattern, name)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.takes {
            Takes::In => f.write_str(&self.pattern),
            Takes::Out => write!(f, "-{}", self.pattern),
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sent().join(","))
    }
}
