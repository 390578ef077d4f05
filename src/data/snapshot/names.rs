//! Index names that thousands of snapshots share: one sorted table of names for a whole list, and a set of bits for each snapshot.

mod by_name;
mod intern;
mod set;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

pub(crate) use by_name::{ByName, Numeral};
pub(super) use intern::{Interner, Unsorted};
pub(crate) use set::Bits;

/// A set of names, iterated in their order. Sets of one list share their names, so that a clone is two pointers.
#[derive(Clone)]
pub struct NameSet {
    table: Arc<Table>,
    bits: Arc<Bits>,
}

/// The names of one list, sorted, each once.
#[derive(Debug, Default, PartialEq, Eq)]
struct Table(Box<[Box<str>]>);

impl Table {
    fn find(&self, name: &str) -> Option<u32> {
        let place = self.0.binary_search_by(|one| (**one).cmp(name)).ok()?;
        u32::try_from(place).ok()
    }

    fn name(&self, id: u32) -> Option<&str> {
        let place = usize::try_from(id).ok()?;
        self.0.get(place).map(|name| &**name)
    }
}

impl NameSet {
    /// Number of names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bits.len()
    }

    /// Returns true if there is no name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bits.is_empty()
    }

    /// Returns true if the name is in the set.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.table.find(name).is_some_and(|id| self.bits.has(id))
    }

    /// Returns those of the names that are kept, with the same numbers.
    #[cfg(test)]
    pub(crate) fn kept(&self, keep: impl Fn(&str) -> bool) -> Self {
        let kept = |number: &u32| self.name(*number).is_some_and(&keep);
        Self {
            table: Arc::clone(&self.table),
            bits: Arc::new(self.bits.iter().filter(kept).collect()),
        }
    }

    /// Returns the numbers of the names. Only sets of one list number their names alike.
    #[must_use]
    pub fn numbers(&self) -> &Bits {
        &self.bits
    }

    /// Returns the name of a number.
    #[must_use]
    pub fn name(&self, number: u32) -> Option<&str> {
        self.table.name(number)
    }

    /// Iterates over the names in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        self.bits.iter().filter_map(|id| self.table.name(id))
    }

    /// Returns true if every name of another set is in this one.
    #[must_use]
    pub fn contains_all(&self, other: &Self) -> bool {
        match Arc::ptr_eq(&self.table, &other.table) {
            true => other.bits.without(&self.bits).is_empty(),
            false => other.iter().all(|name| self.contains(name)),
        }
    }
}

impl<'s> IntoIterator for &'s NameSet {
    type Item = &'s str;
    type IntoIter = Box<dyn Iterator<Item = &'s str> + 's>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

impl Default for NameSet {
    fn default() -> Self {
        Self {
            table: Arc::new(Table::default()),
            bits: Arc::new(Bits::default()),
        }
    }
}

impl<S: AsRef<str>> FromIterator<S> for NameSet {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let mut names: Vec<Box<str>> = names.into_iter().map(|name| name.as_ref().into()).collect();
        names.sort_unstable();
        names.dedup();
        let bits = (0..).zip(&names).map(|(id, _)| id).collect();
        Self {
            table: Arc::new(Table(names.into())),
            bits: Arc::new(bits),
        }
    }
}

impl<S: AsRef<str>, const N: usize> From<[S; N]> for NameSet {
    fn from(names: [S; N]) -> Self {
        names.into_iter().collect()
    }
}

impl PartialEq for NameSet {
    fn eq(&self, other: &Self) -> bool {
        match Arc::ptr_eq(&self.table, &other.table) {
            true => self.bits == other.bits,
            false => self.len() == other.len() && self.iter().eq(other.iter()),
        }
    }
}

impl Eq for NameSet {}

impl fmt::Debug for NameSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl serde::Serialize for NameSet {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter())
    }
}

/// For each key the names that are in one of its sets, each with the first item that holds it, in the order in which items are added. Adding
/// a set costs its bits and not its names: a list of thousands of snapshots that hold the same indices is gone through in one pass.
#[derive(Debug)]
pub struct FirstHolders<'s, K, T> {
    keys: BTreeMap<K, Held<'s, T>>,
}

#[derive(Debug)]
struct Held<'s, T> {
    /// The names that are known, of each table.
    seen: Vec<(&'s Table, Bits)>,
    first: BTreeMap<&'s str, T>,
}

impl<'s, K: Ord, T: Clone> Default for FirstHolders<'s, K, T> {
    fn default() -> Self {
        Self {
            keys: BTreeMap::new(),
        }
    }
}

impl<'s, K: Ord, T: Clone> FirstHolders<'s, K, T> {
    /// Adds an item that holds these names; returns those that none of the key held before it.
    pub fn add(&mut self, key: K, names: &'s NameSet, item: T) -> Vec<&'s str> {
        self.add_some(key, names, &names.bits, item)
    }

    /// Adds an item that holds those of the names that have these numbers; returns those that none of the key held before it.
    pub fn add_some(
        &mut self,
        key: K,
        names: &'s NameSet,
        numbers: &Bits,
        item: T,
    ) -> Vec<&'s str> {
        let held = self.keys.entry(key).or_insert_with(|| Held {
            seen: Vec::new(),
            first: BTreeMap::new(),
        });
        let table = &*names.table;
        let known = held
            .seen
            .iter()
            .position(|(one, _)| std::ptr::eq(*one, table));
        let place = known.unwrap_or_else(|| {
            held.seen.push((table, Bits::default()));
            held.seen.len() - 1
        });
        let Some((_, seen)) = held.seen.get_mut(place) else {
            return Vec::new();
        };
        let new = numbers.without(seen);
        if new.is_empty() {
            return Vec::new();
        }
        *seen = seen.with(&new);
        let mut added = Vec::new();
        for name in new.iter().filter_map(|id| table.name(id)) {
            // Another table may have named it already.
            if !held.first.contains_key(name) {
                held.first.insert(name, item.clone());
                added.push(name);
            }
        }
        added
    }

    /// Iterates over the names of a key.
    pub fn names(&self, key: &K) -> impl Iterator<Item = &'s str> {
        let held = self.keys.get(key);
        held.into_iter().flat_map(|held| held.first.keys().copied())
    }

    /// The first item of a key that holds a name.
    pub fn get(&self, key: &K, name: &str) -> Option<&T> {
        self.keys.get(key)?.first.get(name)
    }
}
