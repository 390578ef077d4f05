//! One name of one owner: the newest copies of the live index, and of what had its name before.

use std::time::Duration;

use super::{CopyOf, Life};
use crate::data::index::stream::{BACKING, is_backing};
use crate::data::snapshot::Snapshot;
use crate::moment::Moment;

/// What an index of a snapshot counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key<'s> {
    Index(&'s str),
    Stream(&'s str),
}

/// Of one owner and key, of the live index or of what was there before it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Slot {
    /// The newest copy in a SUCCESS snapshot.
    pub(super) good: Option<usize>,
    /// The newest copy in a PARTIAL snapshot, where that is newer.
    pub(super) partial: Option<usize>,
    /// Whether `gone_after` gives the copies up.
    pub(super) freed: bool,
    /// Whether the copy is that of a whole data stream, which is kept by the stream's name.
    pub(super) in_stream: bool,
}

impl Slot {
    fn is_taken(&self) -> bool {
        self.good.is_some() || self.partial.is_some()
    }

    /// The snapshots with the copies that are not given up.
    pub(super) fn kept(&self) -> impl Iterator<Item = usize> {
        let kept = !self.freed;
        let places = self.good.into_iter().chain(self.partial);
        places.filter(move |_| kept)
    }

    /// Those of them that stay for this key.
    pub(super) fn pins(&self) -> impl Iterator<Item = usize> {
        let pins = !self.in_stream;
        self.kept().filter(move |_| pins)
    }
}

/// An owner and a key, with what is known of the live index of that name.
#[derive(Debug)]
pub(super) struct Entry<'s> {
    pub(super) key: Key<'s>,
    ours: bool,
    pub(super) born: Born,
    pub(super) live: Slot,
    pub(super) gone: Slot,
}

/// When the live index was created.
#[derive(Debug, Clone, Copy)]
pub(super) enum Born {
    /// The domain's indices are not known, or not all of them are listed.
    Unknown,
    /// There is no live index of that name.
    Never,
    /// Some time before all copies, as far as anybody knows.
    Early,
    At(Moment),
}

impl<'s> Entry<'s> {
    /// Begins without a copy.
    pub(super) fn new(key: Key<'s>, ours: bool, born: Born) -> Self {
        Self {
            key,
            ours,
            born,
            live: Slot::default(),
            gone: Slot::default(),
        }
    }

    /// Returns whether no older copy changes anything, and until when: a snapshot that began before the creation of the live index holds another
    /// one of its name.
    pub(super) fn settled(&self) -> Option<Option<Moment>> {
        match self.born {
            Born::Unknown | Born::Early => self.live.good.map(|_| None),
            Born::Never => self.gone.good.map(|_| None),
            Born::At(_) if self.gone.good.is_some() => Some(None),
            Born::At(created) => self.live.good.map(|_| Some(created)),
        }
    }

    /// Whether a copy that began then is of the live index.
    pub(super) fn life(&self, started: Moment) -> Life {
        match self.born {
            Born::Unknown => Life::Unknown,
            Born::Never => Life::Gone,
            Born::Early => Life::Live,
            Born::At(created) if started >= created => Life::Live,
            Born::At(_) => Life::Gone,
        }
    }

    pub(super) fn slot(&self, started: Moment) -> &Slot {
        match self.life(started) {
            Life::Gone => &self.gone,
            Life::Live | Life::Unknown => &self.live,
        }
    }

    pub(super) fn slots(&self) -> [(&Slot, Life); 2] {
        let live = match self.born {
            Born::Unknown => Life::Unknown,
            Born::Never | Born::Early | Born::At(_) => Life::Live,
        };
        [(&self.live, live), (&self.gone, Life::Gone)]
    }

    /// Takes a copy, unless a newer one was taken; `frees` says after which age it may go, and how old it is.
    pub(super) fn take(
        &mut self,
        place: usize,
        started: Moment,
        good: bool,
        frees: Option<(Duration, Duration)>,
    ) {
        let gone = self.life(started) == Life::Gone;
        let slot = if gone { &mut self.gone } else { &mut self.live };
        if !slot.is_taken() {
            slot.freed = gone && self.ours && frees.is_some_and(|(after, age)| age >= after);
        }
        match good {
            true if slot.good.is_none() => slot.good = Some(place),
            false if !slot.is_taken() => slot.partial = Some(place),
            _ => {}
        }
    }

    /// Takes the copy that a whole data stream is.
    pub(super) fn take_in_stream(&mut self, place: usize) {
        for slot in [&mut self.live, &mut self.gone] {
            if !slot.is_taken() {
                slot.good = Some(place);
                slot.in_stream = true;
            }
        }
    }

    pub(super) fn of(&self, life: Life) -> CopyOf {
        let (name, stream) = match self.key {
            Key::Index(name) => (name, false),
            Key::Stream(name) => (name, true),
        };
        CopyOf {
            name: name.to_owned(),
            stream,
            life,
        }
    }
}

/// Whether an index may back a data stream, by its name.
pub(super) fn is_backing_name(name: &str) -> bool {
    name.starts_with(BACKING)
}

/// What an index of a snapshot counts as.
pub(super) fn key<'s>(one: &'s Snapshot, name: &'s str) -> Key<'s> {
    if !is_backing_name(name) {
        return Key::Index(name);
    }
    let mut streams = one.data_streams.iter();
    match streams.find(|stream| is_backing(name, stream)) {
        Some(stream) => Key::Stream(stream),
        None => Key::Index(name),
    }
}
