//! Finds, for each owner and index name, the newest successful copy, which prune keeps. Pure; it deletes nothing and reads nothing.
//!
//! - A copy is an index of which every shard is in a snapshot that ended. A PARTIAL snapshot holds copies too, and never takes the place of
//!   a SUCCESS one.
//! - The backing indices of a data stream are one thing, under the stream's name, in a snapshot that holds the stream as a stream. A backing
//!   index that was taken by itself counts by its own name.
//! - Where the domain's indices are known, a copy that is older than the live index of its name is a copy of another index, which is gone.
//! - Indices in Amazon's cold storage are in no list: where the domain has any, none is known to be gone.
//! - Only `gone_after` gives up a last copy, and only of an index of this environment that is known to be gone.

mod entry;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use super::{Ownership, Policy};
use crate::data::index::Index;
use crate::data::index::stream::{is_backing, stream_of};
use crate::data::snapshot::{ByName, Numeral, Snapshot};
use crate::moment::Moment;
use crate::names::wildcard::matches;
use entry::{Born, Entry, Key, is_backing_name, key};

/// The indices that are on the domain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Live {
    created: BTreeMap<String, Option<Moment>>,
    streams: BTreeSet<String>,
    cold_storage: bool,
}

impl Live {
    /// Takes the indices of the domain: all of them, closed and hidden ones included.
    #[must_use]
    pub fn of(indices: &[Index]) -> Self {
        let created = indices.iter().map(|one| (one.name.clone(), one.created));
        let streams = indices.iter().filter_map(|one| stream_of(&one.name));
        Self {
            created: created.collect(),
            streams: streams.map(str::to_owned).collect(),
            cold_storage: false,
        }
    }

    /// Says whether the domain has cold storage, where an index can be that is in no list.
    #[must_use]
    pub fn with_cold_storage(self, cold_storage: bool) -> Self {
        Self {
            cold_storage,
            ..self
        }
    }

    /// When an index was created that is not listed.
    fn unlisted(&self) -> Born {
        match self.cold_storage {
            true => Born::Unknown,
            false => Born::Never,
        }
    }

    fn has_stream(&self, name: &str) -> bool {
        let backs = |index: &String| is_backing(index, name);
        self.streams.contains(name) || self.created.keys().any(backs)
    }
}

/// When the last copy of a gone index may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoneAfter {
    /// Which indices, or data streams: a name in which `*` stands for anything.
    pub indices: String,
    /// How much older than the owner's newest successful snapshot the copy must be.
    pub age: Duration,
}

/// Whether an index that is in a snapshot is on the domain too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Life {
    /// It is.
    Live,
    /// It is not, or another index has its name now.
    Gone,
    /// The domain's indices could not be read, or not all of them: it may be in cold storage.
    Unknown,
}

/// What a copy is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct CopyOf {
    /// The index, or the data stream.
    pub name: String,
    /// Whether it is a data stream.
    pub stream: bool,
    /// Whether it is on the domain.
    pub life: Life,
}

impl CopyOf {
    /// The index or the data stream, in words.
    #[must_use]
    pub fn subject(&self) -> String {
        match self.stream {
            true => format!("data stream {}", self.name),
            false => self.name.clone(),
        }
    }
}

impl fmt::Display for CopyOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.subject())?;
        match self.life {
            Life::Gone => f.write_str(" (gone)"),
            Life::Live | Life::Unknown => Ok(()),
        }
    }
}

/// What a snapshot counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts {
    /// It holds no copy that can be counted on.
    Not,
    /// It may be deleted where nothing keeps it.
    Yes,
    /// It stays whatever becomes of the others.
    Stays,
}

/// The newest copies among some snapshots.
pub(super) struct Copies<'s> {
    all: &'s [&'s Snapshot],
    whose: &'s [usize],
    counts: &'s [Counts],
    owners: Vec<Owned<'s>>,
    entries: Vec<Entry<'s>>,
}

/// The entries of one owner, by their places in [`Copies::entries`].
#[derive(Default)]
struct Owned<'s> {
    indices: ByName<'s, usize>,
    streams: BTreeMap<&'s str, usize>,
    /// Settled names of which older snapshots may hold another index: by the creation of the live one.
    asleep: BTreeSet<(Moment, Numeral)>,
}

impl<'s> Owned<'s> {
    /// Returns the indices of a snapshot that may change an entry. Snapshots come newest first: once the newest copy of an index is known, older
    /// ones change nothing, until they are older than the live index.
    fn unsettled(&mut self, one: &'s Snapshot, started: Moment) -> Vec<(Numeral, &'s str)> {
        while let Some((created, numeral)) = self.asleep.last().copied()
            && created > started
        {
            self.asleep.pop_last();
            self.indices.unsettle(numeral);
        }
        self.indices.unsettled(&one.indices, &one.whole_numbers())
    }
}

impl<'s> Copies<'s> {
    /// Looks through snapshots once, the newest first; `whose` numbers the owners, and `newest` has the start of each one's newest
    /// successful snapshot.
    pub(super) fn find(
        all: &'s [&'s Snapshot],
        (whose, owners): (&'s [usize], &[&Ownership]),
        counts: &'s [Counts],
        live: Option<&Live>,
        policy: &Policy,
        newest: &[Option<Moment>],
    ) -> Self {
        let mut copies = Self {
            all,
            whose,
            counts,
            owners: owners.iter().map(|_| Owned::default()).collect(),
            entries: Vec::new(),
        };
        let is_cold = live.is_some_and(|live| live.cold_storage);
        for (place, one) in all.iter().copied().enumerate() {
            let Some((started, owner)) = copies.counted(place) else {
                continue;
            };
            let ours = owners
                .get(owner)
                .is_some_and(|owner| **owner == Ownership::Ours);
            let stays = counts.get(place) == Some(&Counts::Stays);
            let age = newest.get(owner).copied().flatten();
            let age = age.and_then(|newest| newest.since(started));
            let Some(owned) = copies.owners.get_mut(owner) else {
                continue;
            };
            let mut settled = Vec::new();
            for (numeral, name) in owned.unsettled(one, started) {
                let key = key(one, name);
                let index = |name| (numeral, name);
                let at = match key {
                    Key::Index(name) => copies.index(owner, index(name), ours, live),
                    Key::Stream(name) => copies.stream_entry(owner, name, ours, live),
                };
                if copies.is_rolled_off(owner, name, at) {
                    continue;
                }
                let Some(entry) = copies.entries.get_mut(at) else {
                    continue;
                };
                let frees = match key {
                    // What is not listed, or older than a live index of its name, may be in cold storage.
                    _ if stays || is_cold => None,
                    Key::Index(name) | Key::Stream(name) => policy.gone_after(name),
                };
                entry.take(place, started, one.is_good(), frees.zip(age));
                match (key, entry.settled()) {
                    // A backing index that was taken by itself, earlier than its stream, is not needed.
                    (Key::Stream(_), _) if one.is_good() => {
                        let at = copies.index(owner, index(name), ours, live);
                        if let Some(entry) = copies.entries.get_mut(at) {
                            entry.take_in_stream(place);
                        }
                    }
                    // What backs a stream in one snapshot may be an index by itself in another.
                    (Key::Index(name), Some(until)) if !is_backing_name(name) => {
                        settled.push(numeral);
                        let asleep = copies.owners.get_mut(owner).zip(until);
                        if let Some((owned, created)) = asleep {
                            owned.asleep.insert((created, numeral));
                        }
                    }
                    _ => {}
                }
            }
            if let Some(owned) = copies.owners.get_mut(owner) {
                owned.indices.settle(settled);
            }
        }
        copies
    }

    /// The start and the owner of a snapshot that holds copies.
    fn counted(&self, place: usize) -> Option<(Moment, usize)> {
        let counts = self.counts.get(place).copied().unwrap_or(Counts::Not);
        let one = self.all.get(place)?;
        let owner = self.whose.get(place).copied()?;
        one.started
            .filter(|_| counts != Counts::Not)
            .map(|started| (started, owner))
    }

    /// The place of the entry of an index, which is made where there is none.
    fn index(
        &mut self,
        owner: usize,
        (numeral, name): (Numeral, &'s str),
        ours: bool,
        live: Option<&Live>,
    ) -> usize {
        let next = self.entries.len();
        let owned = self.owners.get_mut(owner);
        let place = owned.map(|owned| owned.indices.value_or(numeral, name, || next));
        self.made(place.unwrap_or(usize::MAX), Key::Index(name), ours, live)
    }

    /// The same of a data stream.
    fn stream_entry(
        &mut self,
        owner: usize,
        name: &'s str,
        ours: bool,
        live: Option<&Live>,
    ) -> usize {
        let next = self.entries.len();
        let owned = self.owners.get_mut(owner);
        let place = owned.map(|owned| *owned.streams.entry(name).or_insert(next));
        self.made(place.unwrap_or(usize::MAX), Key::Stream(name), ours, live)
    }

    fn made(&mut self, place: usize, key: Key<'s>, ours: bool, live: Option<&Live>) -> usize {
        if place == self.entries.len() {
            let born = match (live, key) {
                (None, _) => Born::Unknown,
                (Some(live), Key::Stream(name)) if live.has_stream(name) => Born::Early,
                (Some(live), Key::Stream(_)) => live.unlisted(),
                (Some(live), Key::Index(name)) => match live.created.get(name) {
                    None => live.unlisted(),
                    Some(None) => Born::Early,
                    Some(Some(created)) => Born::At(*created),
                },
            };
            self.entries.push(Entry::new(key, ours, born));
        }
        place
    }

    /// Whether an index was backing a data stream of which a newer snapshot holds the whole, and is on the domain no more.
    fn is_rolled_off(&self, owner: usize, name: &str, at: usize) -> bool {
        let lives = |entry: &Entry<'_>| matches!(entry.born, Born::Early | Born::At(_));
        match self.entries.get(at) {
            Some(entry) if matches!(entry.key, Key::Index(_)) && !lives(entry) => {
                let stream = stream_of(name).and_then(|stream| self.stream(owner, stream));
                stream.is_some_and(|stream| stream.live.good.or(stream.gone.good).is_some())
            }
            _ => false,
        }
    }

    fn stream(&self, owner: usize, name: &str) -> Option<&Entry<'s>> {
        let at = self.owners.get(owner)?.streams.get(name)?;
        self.entries.get(*at)
    }

    /// Of each snapshot that must stay for it, what it holds the newest copy of.
    pub(super) fn pinned(&self) -> BTreeMap<usize, Vec<CopyOf>> {
        let mut pinned: BTreeMap<usize, Vec<CopyOf>> = BTreeMap::new();
        for entry in &self.entries {
            for (slot, life) in entry.slots() {
                for place in slot.pins() {
                    pinned.entry(place).or_default().push(entry.of(life));
                }
            }
        }
        for copies in pinned.values_mut() {
            copies.sort();
        }
        pinned
    }

    /// The snapshots with the copies that make one superfluous: they must still be there when it goes.
    pub(super) fn instead_of(&self, place: usize) -> BTreeSet<usize> {
        let mut instead = BTreeSet::new();
        let held = self.held(place).into_iter();
        let held = held.filter_map(|(at, started)| Some((self.entries.get(at)?, started)));
        for (entry, started) in held {
            instead.extend(entry.slot(started).kept());
            if let (Key::Index(name), Some(owner)) = (entry.key, self.whose.get(place)) {
                let stream = stream_of(name).and_then(|stream| self.stream(*owner, stream));
                let slots = stream.into_iter().flat_map(Entry::slots);
                instead.extend(slots.flat_map(|(slot, _)| slot.kept()));
            }
        }
        instead.remove(&place);
        instead
    }

    /// Of each snapshot that goes, what nothing holds a copy of any more once all of them are gone.
    pub(super) fn lost(&self, goes: &BTreeSet<usize>) -> BTreeMap<usize, Vec<CopyOf>> {
        let mut freed: BTreeMap<(usize, Life), usize> = BTreeMap::new();
        for (at, entry) in self.entries.iter().enumerate() {
            for (slot, life) in entry.slots() {
                let newest = slot
                    .partial
                    .or(slot.good)
                    .filter(|_| slot.freed && !slot.in_stream);
                if let Some(place) = newest.filter(|place| goes.contains(place)) {
                    freed.insert((at, life), place);
                }
            }
        }
        if freed.is_empty() {
            return BTreeMap::new();
        }
        for place in (0..self.all.len()).filter(|place| !goes.contains(place)) {
            for (at, started) in self.held(place) {
                if let Some(entry) = self.entries.get(at) {
                    freed.remove(&(at, entry.life(started)));
                }
            }
        }
        let mut lost: BTreeMap<usize, Vec<CopyOf>> = BTreeMap::new();
        for ((at, life), place) in freed {
            if let Some(entry) = self.entries.get(at) {
                lost.entry(place).or_default().push(entry.of(life));
            }
        }
        for copies in lost.values_mut() {
            copies.sort();
        }
        lost
    }

    /// The entries of which a snapshot holds a copy.
    fn held(&self, place: usize) -> Vec<(usize, Moment)> {
        let found = self.all.get(place).copied().zip(self.counted(place));
        let Some((one, (started, owner))) = found else {
            return Vec::new();
        };
        let Some(owned) = self.owners.get(owner) else {
            return Vec::new();
        };
        let whole = one.whole_numbers();
        let indices = owned.indices.values(&one.indices, &whole);
        let mut held: Vec<usize> = indices
            .filter_map(|(name, at)| match key(one, name) {
                Key::Index(_) => at,
                Key::Stream(stream) => owned.streams.get(stream).copied(),
            })
            .collect();
        held.dedup();
        held.into_iter().map(|at| (at, started)).collect()
    }
}

impl Policy {
    /// After which age the last copy of an index may go; the longest where several say so.
    fn gone_after(&self, name: &str) -> Option<Duration> {
        let backs = |pattern: &str| stream_of(name).is_some_and(|stream| matches(pattern, stream));
        let meant = |one: &&GoneAfter| matches(&one.indices, name) || backs(&one.indices);
        let ages = self.gone_after.iter().filter(meant).map(|one| one.age);
        ages.max()
    }
}
