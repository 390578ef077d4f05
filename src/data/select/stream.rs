//! What an expression means beside data streams. Engines resolve the streams and the indices of a snapshot apart from each other, so that an
//! expression can take a stream without one of its backing indices, which ends in an internal error once the data is written, or backing
//! indices without their stream, which a restore brings back as plain indices. Pure.
//! <https://github.com/opensearch-project/OpenSearch/blob/main/server/src/main/java/org/opensearch/snapshots/SnapshotsService.java>

use std::collections::{BTreeMap, BTreeSet};

use super::{Part, Present, Takes};
use crate::data::index::stream::BACKING;
use crate::names::wildcard::matches;

/// A data stream that an expression would take without some of its backing indices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Torn {
    /// Name of the stream.
    pub stream: String,
    /// Backing indices that would be left out.
    pub without: Vec<String>,
    /// Parts of the expression that leave them out.
    pub by: Vec<String>,
    /// Expression that takes the stream whole, where one was found.
    pub whole: Option<String>,
    /// Expression that leaves the stream out, where one was found.
    pub left_out: Option<String>,
}

impl Torn {
    /// Returns what excludes single backing indices of a stream that is restored: a stream comes back whole or not at all.
    pub(super) fn of_restore(stream: &str, backing: &[&str], parts: &[Part]) -> Option<Self> {
        let cuts = |part: &&Part| {
            part.takes == Takes::Out
                && part.pattern.starts_with(BACKING)
                && !part.matches(stream)
                && backing.iter().any(|name| part.matches(name))
        };
        let by: Vec<&Part> = parts.iter().filter(cuts).collect();
        let without = backing
            .iter()
            .filter(|name| by.iter().any(|part| part.matches(name)));
        (!by.is_empty()).then(|| Self {
            stream: stream.to_owned(),
            without: without.map(|name| (*name).to_owned()).collect(),
            by: by.iter().map(ToString::to_string).collect(),
            whole: None,
            left_out: None,
        })
    }
}

/// An exclusion of a data stream by its name, which engines do not apply to its backing indices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// Name of the stream.
    pub stream: String,
    /// Pattern that leaves out this stream and nothing else; none where every pattern would leave out more.
    pub pattern: Option<String>,
}

/// Returns the data stream that an index backs.
#[must_use]
pub(crate) fn stream_backed<'s>(
    streams: &'s BTreeMap<String, Vec<String>>,
    index: &str,
) -> Option<&'s str> {
    let backs = |backing: &Vec<String>| backing.iter().any(|name| name == index);
    let mut found = streams.iter().filter(|(_, backing)| backs(backing));
    found.next().map(|(stream, _)| stream.as_str())
}

/// The data streams of a domain.
pub(super) struct Streams<'d> {
    /// Backing indices of each stream.
    pub backing: BTreeMap<&'d str, Vec<&'d Present<'d>>>,
    /// Every name that a pattern can match.
    names: BTreeSet<&'d str>,
}

/// An expression as it is sent beside data streams.
#[derive(Default)]
pub(super) struct Written {
    /// Parts that are sent.
    pub parts: Vec<Part>,
    /// Exclusions that were written as patterns.
    pub rewritten: Vec<Rewritten>,
    /// Streams that are named at the end because closed backing indices are taken by name only.
    pub named: Vec<String>,
}

impl<'d> Streams<'d> {
    pub(super) fn of(domain: &'d [Present<'d>]) -> Self {
        let mut backing: BTreeMap<&str, Vec<&Present<'_>>> = BTreeMap::new();
        let mut names = BTreeSet::new();
        for one in domain {
            names.insert(one.name);
            names.extend(one.aliases.iter().map(String::as_str));
            if let Some(stream) = one.stream {
                names.insert(stream);
                backing.entry(stream).or_default().push(one);
            }
        }
        Self { backing, names }
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.backing.contains_key(name)
    }

    /// Returns the streams that engines put into the snapshot: by their names alone.
    pub(super) fn taken(&self, parts: &[Part]) -> BTreeSet<&'d str> {
        let mut found = BTreeSet::new();
        for part in parts {
            for stream in self.backing.keys().filter(|one| part.matches(one)) {
                match part.takes {
                    Takes::In => found.insert(*stream),
                    Takes::Out => found.remove(*stream),
                };
            }
        }
        found
    }

    /// Writes an expression so that it means to the engine what it says: an exclusion of a stream takes out its backing indices, and a stream
    /// with closed backing indices is named.
    pub(super) fn written(&self, parts: &[Part]) -> Written {
        let mut written = Written::default();
        for part in parts {
            if part.takes == Takes::In {
                written.parts.push(part.clone());
                continue;
            }
            self.exclude(part, &mut written);
        }
        for stream in self.taken(&written.parts) {
            let all = self.backing.get(stream).into_iter().flatten();
            let closed = all.clone().any(|one| !one.open);
            let named = written.parts.iter().any(|part| part.pattern == stream);
            let by_name = |one: &&&Present<'_>| {
                let mut out = written.parts.iter().filter(|part| part.takes == Takes::Out);
                out.any(|part| part.matches(one.name))
            };
            if closed && !named && !all.clone().any(|one| by_name(&one)) {
                written.named.push(stream.to_owned());
            }
        }
        let named = written.named.iter().map(|stream| Part {
            takes: Takes::In,
            pattern: stream.clone(),
        });
        written.parts.extend(named);
        written
    }

    fn exclude(&self, part: &Part, written: &mut Written) {
        let before = |stream: &str, pattern: bool| {
            let mut before = written.parts.iter().filter(|one| one.takes == Takes::In);
            before.any(|one| one.is_pattern() == pattern && one.matches(stream))
        };
        let out = |pattern: String| Part {
            takes: Takes::Out,
            pattern,
        };
        if part.is_pattern() {
            // A stream that was named is taken out by its name only.
            let named: Vec<Part> = self
                .backing
                .keys()
                .filter(|stream| part.matches(stream) && before(stream, false))
                .map(|stream| out((*stream).to_owned()))
                .collect();
            written.parts.push(part.clone());
            written.parts.extend(named);
            return;
        }
        let stream = part.pattern.as_str();
        if !self.contains(stream) || !before(stream, true) {
            written.parts.push(part.clone());
            return;
        }
        let pattern = self.only(stream);
        if before(stream, false) || pattern.is_none() {
            written.parts.push(part.clone());
        }
        written.parts.extend(pattern.clone().map(out));
        written.rewritten.push(Rewritten {
            stream: stream.to_owned(),
            pattern,
        });
    }

    /// Returns a pattern that matches this name and no other one of the domain.
    fn only(&self, name: &str) -> Option<String> {
        let whole = [format!("{name}*"), format!("*{name}")];
        let inside = name.char_indices().skip(1).filter_map(|(at, _)| {
            let (before, after) = name.split_at_checked(at)?;
            Some(format!("{before}*{after}"))
        });
        whole.into_iter().chain(inside).find(|pattern| {
            let mut matching = self.names.iter().filter(|one| matches(pattern, one));
            matching.next() == Some(&name) && matching.next().is_none()
        })
    }

    /// Returns the streams that would be taken without some of their backing indices, each with the expressions that work.
    pub(super) fn torn(
        &self,
        asked: &[Part],
        parts: &[Part],
        indices: &dyn Fn(&[Part]) -> BTreeSet<String>,
    ) -> Vec<Torn> {
        let found = indices(parts);
        let streams: BTreeSet<&str> = self
            .taken(parts)
            .into_iter()
            .filter(|stream| self.lacks(stream, &found))
            .collect();
        if streams.is_empty() {
            return Vec::new();
        }
        let works = |asked: Vec<Part>| {
            let parts = self.written(&asked).parts;
            let found = indices(&parts);
            let torn = self.taken(&parts).into_iter();
            let whole = torn.filter(|stream| self.lacks(stream, &found)).count() == 0;
            let text: Vec<String> = asked.iter().map(Part::to_string).collect();
            (whole && !found.is_empty()).then(|| text.join(","))
        };
        let whole = works(self.without_backing(asked, &streams, &found));
        let left_out = works(self.without_streams(asked, &streams));
        streams
            .iter()
            .map(|stream| Torn {
                stream: (*stream).to_owned(),
                without: self
                    .backing(stream)
                    .filter(|name| !found.contains(*name))
                    .map(str::to_owned)
                    .collect(),
                by: asked
                    .iter()
                    .filter(|part| self.cuts(part, stream))
                    .map(Part::to_string)
                    .collect(),
                whole: whole.clone(),
                left_out: left_out.clone(),
            })
            .collect()
    }

    fn backing(&self, stream: &str) -> impl Iterator<Item = &'d str> + use<'d, '_> {
        let all = self.backing.get(stream).into_iter().flatten();
        all.map(|one| one.name)
    }

    fn lacks(&self, stream: &str, found: &BTreeSet<String>) -> bool {
        self.backing(stream).any(|name| !found.contains(name))
    }

    /// Tells whether a part excludes backing indices of a stream by their own names.
    fn cuts(&self, part: &Part, stream: &str) -> bool {
        let mut backing = self.backing(stream);
        part.takes == Takes::Out && !part.matches(stream) && backing.any(|name| part.matches(name))
    }

    /// The same expression, in which what excludes backing indices excludes the other indices that it matches, each by its name.
    fn without_backing(
        &self,
        asked: &[Part],
        streams: &BTreeSet<&str>,
        found: &BTreeSet<String>,
    ) -> Vec<Part> {
        let backing: BTreeSet<&str> = streams.iter().flat_map(|one| self.backing(one)).collect();
        let mut parts: Vec<Part> = Vec::new();
        for part in asked {
            if !streams.iter().any(|stream| self.cuts(part, stream)) {
                parts.push(part.clone());
                continue;
            }
            let others = self.names.iter().filter(|name| {
                part.matches(name) && !backing.contains(*name) && !found.contains(**name)
            });
            parts.extend(others.map(|name| Part {
                takes: Takes::Out,
                pattern: (*name).to_owned(),
            }));
        }
        parts
    }

    /// The same expression, with the streams excluded before their backing indices are.
    fn without_streams(&self, asked: &[Part], streams: &BTreeSet<&str>) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        let mut excluded: BTreeSet<&str> = BTreeSet::new();
        for part in asked {
            for stream in streams.iter().filter(|stream| self.cuts(part, stream)) {
                if excluded.insert(stream) {
                    parts.push(Part {
                        takes: Takes::Out,
                        pattern: (*stream).to_owned(),
                    });
                }
            }
            parts.push(part.clone());
        }
        parts
    }
}
