//! How far snapshots are and what runs, as `_status` tells it; what it tells of each shard is passed over.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::TEXT;
use crate::data::snapshot::State;
use crate::domain::Undecoded;
use crate::moment::Moment;

/// How much memory what is kept of one answer may take.
const MOST_KEPT: usize = 32 * 1024 * 1024;

/// A snapshot or restore that runs somewhere on the domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// Its repository.
    pub repository: String,
    /// Its name.
    pub snapshot: String,
    /// The indices in it.
    pub indices: Vec<String>,
}

/// How far a snapshot is, as `_status` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The state, in the words of snapshots.
    pub state: State,
    /// Its shards.
    pub shards: ShardProgress,
    /// How many bytes were written in this snapshot so far.
    pub bytes_done: u64,
    /// How many bytes it has to write.
    pub bytes_total: u64,
    /// How many bytes its files have in all, those of earlier snapshots included.
    pub bytes_held: Option<u64>,
    /// How long it has been running, by the domain's clock.
    pub running: Option<std::time::Duration>,
}

/// How far the shards of a snapshot are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct ShardProgress {
    /// All.
    #[serde(default)]
    pub total: u64,
    /// Done.
    #[serde(default)]
    pub done: u64,
    /// Failed.
    #[serde(default)]
    pub failed: u64,
}

/// One snapshot of a `_status`, without what it tells of each shard: of a large domain that is nearly all of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    repository: Option<String>,
    snapshot: Option<String>,
    indices: Vec<Arc<str>>,
    state: Option<String>,
    shards: Option<ShardProgress>,
    /// When it began; none as long as no shard of it has begun.
    started: Option<Moment>,
    bytes_total: Option<u64>,
    bytes_done: Option<u64>,
    bytes_held: Option<u64>,
}

/// Reads `GET _snapshot/_status`, of a whole domain or of one snapshot.
///
/// # Errors
/// When the text is no such answer, or holds more than is kept.
pub fn statuses(text: &[u8]) -> Result<Vec<Status>, Undecoded> {
    let mut list = Vec::new();
    each(text, |one, kept| {
        let status = serde_json::from_str::<WireStatus>(one)?.status(kept)?;
        kept.spend(size_of::<Status>() + one.len().min(TEXT))?;
        list.push(status);
        Ok(())
    })?;
    Ok(list)
}

/// Shows each snapshot of an answer, one after the other, so that the long way through owned names holds one snapshot's only.
fn each(
    text: &[u8],
    mut see: impl FnMut(&str, &Seen) -> Result<(), Undecoded>,
) -> Result<(), Undecoded> {
    let kept = Seen::default();
    let mut refused = None;
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = Answer(&mut |one: &str| match see(one, &kept) {
        Ok(()) => true,
        Err(why) => {
            refused = Some(why);
            false
        }
    })
    .deserialize(&mut reader);
    match (refused, read) {
        (Some(why), _) => Err(why),
        (None, Err(error)) => Err(error.into()),
        (None, Ok(())) => Ok(reader.end()?),
    }
}

/// What is kept of one answer: the names seen so far, each once, and how much memory all of it takes.
#[derive(Default)]
struct Seen {
    names: RefCell<BTreeSet<Arc<str>>>,
    bytes: Cell<usize>,
}

impl Seen {
    fn spend(&self, bytes: usize) -> Result<(), Undecoded> {
        let spent = self.bytes.get().saturating_add(bytes);
        self.bytes.set(spent);
        match spent > MOST_KEPT {
            true => Err(Undecoded::TooMuch),
            false => Ok(()),
        }
    }

    fn shared(&self, name: &str) -> Result<Arc<str>, Undecoded> {
        self.spend(size_of::<Arc<str>>())?;
        let mut seen = self.names.borrow_mut();
        if let Some(known) = seen.get(name) {
            return Ok(Arc::clone(known));
        }
        self.spend(TEXT + name.len())?;
        let new: Arc<str> = Arc::from(name);
        seen.insert(Arc::clone(&new));
        Ok(new)
    }
}

/// `{"snapshots": [...]}`: each is shown, and the rest is left when one is not taken.
struct Answer<'s>(&'s mut dyn FnMut(&str) -> bool);

impl<'de> DeserializeSeed<'de> for Answer<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Answer<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of snapshots")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        let mut found = false;
        while let Some(key) = map.next_key::<String>()? {
            if key == "snapshots" {
                map.next_value_seed(List(&mut *self.0))?;
                found = true;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        match found {
            true => Ok(()),
            false => Err(serde::de::Error::missing_field("snapshots")),
        }
    }
}

struct List<'s>(&'s mut dyn FnMut(&str) -> bool);

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("snapshots")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<(), S::Error> {
        while let Some(one) = seq.next_element::<&RawValue>()? {
            if !(self.0)(one.get()) {
                return Err(serde::de::Error::custom("it is not taken"));
            }
        }
        Ok(())
    }
}

/// One snapshot of a `_status` on the wire. What is not as expected is as if it were not there.
#[derive(Deserialize)]
struct WireStatus<'a> {
    #[serde(borrow, default)]
    repository: Option<&'a RawValue>,
    #[serde(borrow, default)]
    snapshot: Option<&'a RawValue>,
    #[serde(borrow, default)]
    state: Option<&'a RawValue>,
    #[serde(borrow, default)]
    shards_stats: Option<&'a RawValue>,
    #[serde(borrow, default)]
    stats: Option<&'a RawValue>,
    #[serde(borrow, default)]
    indices: Option<&'a RawValue>,
}

/// 6.x and later name the numbers alike.
#[derive(Default, Deserialize)]
struct WireStats<'a> {
    #[serde(borrow, default)]
    incremental: Option<&'a RawValue>,
    #[serde(borrow, default)]
    processed: Option<&'a RawValue>,
    #[serde(borrow, default)]
    total: Option<&'a RawValue>,
    #[serde(borrow, default)]
    start_time_in_millis: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct WireSize {
    size_in_bytes: u64,
}

impl WireStatus<'_> {
    fn status(self, kept: &Seen) -> Result<Status, Undecoded> {
        let stats: WireStats<'_> = read(self.stats).unwrap_or_default();
        let size = |part| read::<WireSize>(part).map(|part| part.size_in_bytes);
        let mut indices = Vec::new();
        if let Some(all) = self.indices.filter(|all| all.get().starts_with('{')) {
            let mut over = false;
            let mut reader = serde_json::Deserializer::from_str(all.get());
            let named = Keys(&mut |name: &str| match kept.shared(name) {
                Ok(name) => {
                    indices.push(name);
                    true
                }
                Err(_) => {
                    over = true;
                    false
                }
            })
            .deserialize(&mut reader);
            if over {
                return Err(Undecoded::TooMuch);
            }
            named?;
        }
        Ok(Status {
            repository: read(self.repository),
            snapshot: read(self.snapshot),
            indices,
            state: read(self.state),
            shards: read(self.shards_stats),
            started: read::<i64>(stats.start_time_in_millis)
                .filter(|millis| *millis > 0)
                .and_then(Moment::from_millis),
            bytes_total: size(stats.incremental),
            // `processed` is absent once nothing is left to process.
            bytes_done: size(stats.processed).or(size(stats.incremental)),
            bytes_held: size(stats.total),
        })
    }
}

fn read<'a, T: Deserialize<'a>>(value: Option<&'a RawValue>) -> Option<T> {
    serde_json::from_str(value?.get()).ok()
}

/// The keys of an object, without what is under them; the rest is left when one is not taken.
struct Keys<'s>(&'s mut dyn FnMut(&str) -> bool);

impl<'de> DeserializeSeed<'de> for Keys<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Keys<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("indices by their names")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if !(self.0)(&key) {
                return Err(serde::de::Error::custom("it is not taken"));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// What runs, of the status of a whole domain; none where one has no name.
#[must_use]
pub fn running(statuses: &[Status]) -> Option<Vec<Running>> {
    let one = |one: &Status| {
        Some(Running {
            repository: one.repository.clone()?,
            snapshot: one.snapshot.clone()?,
            indices: one.indices.iter().map(ToString::to_string).collect(),
        })
    };
    statuses.iter().map(one).collect()
}

/// How far each snapshot of a repository is that runs, by its name, of the status of a whole domain.
#[must_use]
pub(crate) fn progresses(statuses: &[Status], repository: &str) -> BTreeMap<String, Progress> {
    let own = |one: &&Status| one.repository.as_deref() == Some(repository);
    let one = |one: &Status| Some((one.snapshot.clone()?, one.progress(None)?));
    statuses.iter().filter(own).filter_map(one).collect()
}

impl Status {
    /// How far it is at a moment; none where it does not tell.
    #[must_use]
    pub fn progress(&self, now: Option<Moment>) -> Option<Progress> {
        let bytes_total = self.bytes_total?;
        Some(Progress {
            state: State::parse(self.state.as_deref()?),
            shards: self.shards?,
            bytes_done: self.bytes_done.unwrap_or(bytes_total),
            bytes_total,
            bytes_held: self.bytes_held,
            // `time_in_millis` stays 0 while it runs.
            running: now
                .zip(self.started)
                .and_then(|(now, started)| now.since(started)),
        })
    }
}
