//! Values by the names of sets. A name is looked up once in each table of names and found by its number from then on; and names can be settled,
//! so that a list of thousands of snapshots that hold the same indices is gone through by bits.

use std::collections::BTreeMap;

use super::{Bits, NameSet, Table};

/// Values by name.
#[derive(Debug)]
pub(crate) struct ByName<'s, V> {
    by_name: BTreeMap<&'s str, V>,
    tables: Vec<Numbered<'s, V>>,
}

/// The names of one table.
#[derive(Debug)]
struct Numbered<'s, V> {
    table: &'s Table,
    values: Vec<Option<V>>,
    settled: Bits,
}

/// A name of a set, by its table and its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Numeral {
    table: usize,
    number: u32,
}

impl<V> Default for ByName<'_, V> {
    fn default() -> Self {
        Self {
            by_name: BTreeMap::new(),
            tables: Vec::new(),
        }
    }
}

impl<'s, V: Copy> ByName<'s, V> {
    /// Returns those of the names with these numbers that are not settled, each with its numeral.
    pub(crate) fn unsettled(
        &mut self,
        names: &'s NameSet,
        numbers: &Bits,
    ) -> Vec<(Numeral, &'s str)> {
        let table = match self.table_of(names) {
            Some(table) => table,
            None => {
                self.tables.push(Numbered {
                    table: &names.table,
                    values: Vec::new(),
                    settled: Bits::default(),
                });
                self.tables.len() - 1
            }
        };
        let settled = self.tables.get(table).map(|one| &one.settled);
        let open = settled.map(|settled| numbers.without(settled));
        let open = open.iter().flat_map(Bits::iter);
        open.filter_map(|number| Some((Numeral { table, number }, names.name(number)?)))
            .collect()
    }

    /// Returns the value of a name, which is made where it has none.
    pub(crate) fn value_or(
        &mut self,
        numeral: Numeral,
        name: &'s str,
        make: impl FnOnce() -> V,
    ) -> V {
        let known = self.value(numeral);
        let value = known.unwrap_or_else(|| *self.by_name.entry(name).or_insert_with(make));
        let place = usize::try_from(numeral.number).unwrap_or(usize::MAX);
        if let (None, Some(one)) = (known, self.tables.get_mut(numeral.table)) {
            if one.values.len() <= place {
                one.values.resize(one.table.0.len().max(place + 1), None);
            }
            if let Some(slot) = one.values.get_mut(place) {
                *slot = Some(value);
            }
        }
        value
    }

    fn value(&self, numeral: Numeral) -> Option<V> {
        let values = &self.tables.get(numeral.table)?.values;
        let place = usize::try_from(numeral.number).ok()?;
        values.get(place).copied().flatten()
    }

    /// Returns the names with these numbers, each with its value.
    pub(crate) fn values<'a>(
        &'a self,
        names: &'a NameSet,
        numbers: &'a Bits,
    ) -> impl Iterator<Item = (&'a str, Option<V>)> {
        let table = self.table_of(names);
        let table = table.and_then(|table| self.tables.get(table));
        numbers.iter().filter_map(move |number| {
            let place = usize::try_from(number).ok();
            let value = table
                .zip(place)
                .and_then(|(one, place)| one.values.get(place));
            Some((names.name(number)?, value.copied().flatten()))
        })
    }

    /// Settles names: [`ByName::unsettled`] leaves them out.
    pub(crate) fn settle(&mut self, mut numerals: Vec<Numeral>) {
        numerals.sort_unstable();
        for of_table in numerals.chunk_by(|one, next| one.table == next.table) {
            let table = of_table.first().map(|one| one.table);
            if let Some(one) = table.and_then(|table| self.tables.get_mut(table)) {
                let numbers = of_table.iter().map(|numeral| numeral.number);
                one.settled = one.settled.with(&numbers.collect());
            }
        }
    }

    /// Takes back that a name is settled.
    pub(crate) fn unsettle(&mut self, numeral: Numeral) {
        if let Some(one) = self.tables.get_mut(numeral.table) {
            one.settled = one.settled.without(&Bits::from_iter([numeral.number]));
        }
    }

    fn table_of(&self, names: &NameSet) -> Option<usize> {
        let is = |one: &Numbered<'_, V>| std::ptr::eq(one.table, &raw const *names.table);
        self.tables.iter().position(is)
    }
}
