//! Collects names while an answer arrives: each is kept once, and so is each set. What an answer of many snapshots repeats costs no memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Bits, NameSet, Table};

/// How many bytes a name takes beside its characters.
const NAME: usize = 128;

/// How many bytes a set takes beside its blocks.
const SET: usize = 64;

/// Names and sets of names, as far as they have arrived.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    ids: BTreeMap<Arc<str>, u32>,
    names: Vec<Known>,
    sets: BTreeMap<Bits, u32>,
    /// The names of the set that arrives.
    arriving: Vec<u32>,
    /// The first name of the set that arrived before it.
    first: Option<u32>,
    size: usize,
}

#[derive(Debug)]
struct Known {
    name: Arc<str>,
    /// The name that came after it when it came last: it mostly does again.
    next: Option<u32>,
    /// Whether it is written in JSON as it is.
    plain: bool,
}

/// A set whose names are not sorted yet, by its number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unsorted(u32);

impl Interner {
    /// Number of bytes that it takes.
    pub(crate) fn size(&self) -> usize {
        self.size + self.arriving.len() * size_of::<u32>()
    }

    /// The name that is expected next, as JSON writes it.
    pub(crate) fn expected(&self) -> Option<&str> {
        let known = self.known(self.expected_id()?)?;
        known.plain.then_some(&*known.name)
    }

    fn expected_id(&self) -> Option<u32> {
        match self.arriving.last() {
            Some(last) => self.known(*last)?.next,
            None => self.first,
        }
    }

    fn known(&self, id: u32) -> Option<&Known> {
        self.names.get(usize::try_from(id).ok()?)
    }

    /// Adds the name that was expected to the set that arrives.
    pub(crate) fn add_expected(&mut self) {
        if let Some(id) = self.expected_id() {
            self.arriving.push(id);
        }
    }

    /// Adds a name to the set that arrives.
    pub(crate) fn add(&mut self, name: &str) {
        let id = match self.ids.get(name) {
            Some(id) => *id,
            None => {
                let Ok(id) = u32::try_from(self.names.len()) else {
                    return;
                };
                let name: Arc<str> = Arc::from(name);
                self.size += NAME + name.len();
                self.ids.insert(Arc::clone(&name), id);
                let escaped = |c: char| c.is_control() || matches!(c, '"' | '\\');
                self.names.push(Known {
                    plain: !name.contains(escaped),
                    name,
                    next: None,
                });
                id
            }
        };
        let last = self.arriving.last().copied();
        let last = last.and_then(|last| self.names.get_mut(usize::try_from(last).ok()?));
        match last {
            Some(last) => last.next = Some(id),
            None => self.first = Some(id),
        }
        self.arriving.push(id);
    }

    /// Ends the set that arrives.
    pub(crate) fn end(&mut self) -> Unsorted {
        let bits: Bits = self.arriving.drain(..).collect();
        if let Some(known) = self.sets.get(&bits) {
            return Unsorted(*known);
        }
        self.size += bits.size() + SET;
        let number = u32::try_from(self.sets.len()).unwrap_or(u32::MAX);
        self.sets.insert(bits, number);
        Unsorted(number)
    }

    /// Sorts the names; gives what turns the sets of the answer into sets of names.
    pub(crate) fn sorted(self) -> impl Fn(Unsorted) -> NameSet {
        let Self {
            ids, names, sets, ..
        } = self;
        drop(names);
        let mut places = vec![0; ids.len()];
        for (place, id) in (0_u32..).zip(ids.values()) {
            if let Some(slot) = slot(&mut places, *id) {
                *slot = place;
            }
        }
        let names = ids.into_keys().map(|name| (*name).into());
        let table = Arc::new(Table(names.collect()));
        let place = |id: u32| places.get(usize::try_from(id).ok()?).copied();
        let mut sorted = vec![Arc::default(); sets.len()];
        for (bits, number) in sets {
            if let Some(slot) = slot(&mut sorted, number) {
                *slot = Arc::new(bits.iter().filter_map(place).collect());
            }
        }
        move |set| NameSet {
            table: Arc::clone(&table),
            bits: usize::try_from(set.0)
                .ok()
                .and_then(|number| sorted.get(number))
                .map_or_else(Arc::default, Arc::clone),
        }
    }
}

fn slot<T>(all: &mut [T], number: u32) -> Option<&mut T> {
    all.get_mut(usize::try_from(number).ok()?)
}
