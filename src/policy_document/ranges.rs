//! Sets of numbers, dates and addresses as sorted ranges; it must never join ranges that have a gap between them.

use std::cmp::Ordering;

use super::operator::{Family, Order};
use super::scalar::{Decimal, Network, date};

/// A place between values.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Edge<T> {
    Start,
    Before(T),
    After(T),
    End,
}

impl<T: Ord> Ord for Edge<T> {
    fn cmp(&self, other: &Edge<T>) -> Ordering {
        let rank = |edge: &Edge<T>| match edge {
            Edge::Start => 0,
            Edge::Before(_) | Edge::After(_) => 1,
            Edge::End => 2,
        };
        match (self, other) {
            (Edge::Before(a), Edge::Before(b)) | (Edge::After(a), Edge::After(b)) => a.cmp(b),
            (Edge::Before(a), Edge::After(b)) => a.cmp(b).then(Ordering::Less),
            (Edge::After(a), Edge::Before(b)) => a.cmp(b).then(Ordering::Greater),
            _ => rank(self).cmp(&rank(other)),
        }
    }
}

impl<T: Ord> PartialOrd for Edge<T> {
    fn partial_cmp(&self, other: &Edge<T>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// All values between two places.
type Range<T> = (Edge<T>, Edge<T>);

/// Ranges in order, none of which touches the next.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ranges<T>(Vec<Range<T>>);

impl<T: Ord + Clone> Ranges<T> {
    fn union(mut ranges: Vec<Range<T>>) -> Ranges<T> {
        ranges.retain(|(from, to)| from < to);
        ranges.sort();
        let mut joined: Vec<Range<T>> = Vec::new();
        for (from, to) in ranges {
            match joined.last_mut() {
                Some((_, end)) if from <= *end => {
                    if to > *end {
                        *end = to;
                    }
                }
                _ => joined.push((from, to)),
            }
        }
        Ranges(joined)
    }

    fn complement(&self) -> Ranges<T> {
        let mut gaps = Vec::new();
        let mut from = Edge::Start;
        for (start, end) in &self.0 {
            gaps.push((from, start.clone()));
            from = end.clone();
        }
        gaps.push((from, Edge::End));
        Ranges::union(gaps)
    }

    fn intersection(&self, other: &Ranges<T>) -> Ranges<T> {
        let pairs = self
            .0
            .iter()
            .flat_map(|mine| other.0.iter().map(move |theirs| (mine, theirs)));
        let overlap =
            |((a, b), (c, d)): (&Range<T>, &Range<T>)| (a.max(c).clone(), b.min(d).clone());
        Ranges::union(pairs.map(overlap).collect())
    }

    fn is_within(&self, wide: &Ranges<T>) -> bool {
        self.0
            .iter()
            .all(|(from, to)| wide.0.iter().any(|(start, end)| start <= from && to <= end))
    }
}

/// The values that a condition on numbers, dates or addresses matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ValueSet(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Number(Ranges<Decimal>),
    Date(Ranges<i128>),
    Address { v4: Ranges<u128>, v6: Ranges<u128> },
}

impl ValueSet {
    /// Returns the values that any of these policy values matches; none when one of them cannot be read, or for another family.
    pub(super) fn of<'a>(
        family: Family,
        texts: impl Iterator<Item = &'a String>,
    ) -> Option<ValueSet> {
        match family {
            Family::Number(order) => {
                let ranges = texts.map(|text| Some(ordered(order, Decimal::parse(text)?)));
                let ranges = ranges.collect::<Option<Vec<_>>>()?;
                Some(ValueSet(Kind::Number(Ranges::union(ranges))))
            }
            Family::Date(order) => {
                let ranges = texts.map(|text| Some(ordered(order, date(text)?)));
                let ranges = ranges.collect::<Option<Vec<_>>>()?;
                Some(ValueSet(Kind::Date(Ranges::union(ranges))))
            }
            Family::Address => {
                let networks = texts.map(|text| Network::parse(text));
                let networks = networks.collect::<Option<Vec<_>>>()?;
                let (v4, v6): (Vec<Network>, Vec<Network>) =
                    networks.into_iter().partition(Network::is_v4);
                let ranges = |networks: Vec<Network>, last: u128| {
                    Ranges::union(networks.iter().map(|one| addresses(one, last)).collect())
                };
                Some(ValueSet(Kind::Address {
                    v4: ranges(v4, u128::from(u32::MAX)),
                    v6: ranges(v6, u128::MAX),
                }))
            }
            _ => None,
        }
    }

    /// Returns every other value.
    pub(super) fn complement(&self) -> ValueSet {
        ValueSet(match &self.0 {
            Kind::Number(ranges) => Kind::Number(ranges.complement()),
            Kind::Date(ranges) => Kind::Date(ranges.complement()),
            Kind::Address { v4, v6 } => Kind::Address {
                v4: v4.complement(),
                v6: v6.complement(),
            },
        })
    }

    /// Returns the values in both; none when they are of different kinds.
    pub(super) fn intersection(&self, other: &ValueSet) -> Option<ValueSet> {
        let kind = match (&self.0, &other.0) {
            (Kind::Number(a), Kind::Number(b)) => Kind::Number(a.intersection(b)),
            (Kind::Date(a), Kind::Date(b)) => Kind::Date(a.intersection(b)),
            (Kind::Address { v4, v6 }, Kind::Address { v4: w4, v6: w6 }) => Kind::Address {
                v4: v4.intersection(w4),
                v6: v6.intersection(w6),
            },
            _ => return None,
        };
        Some(ValueSet(kind))
    }

    /// Says whether `wide` has every value of this set.
    pub(super) fn is_within(&self, wide: &ValueSet) -> bool {
        match (&self.0, &wide.0) {
            (Kind::Number(a), Kind::Number(b)) => a.is_within(b),
            (Kind::Date(a), Kind::Date(b)) => a.is_within(b),
            (Kind::Address { v4, v6 }, Kind::Address { v4: w4, v6: w6 }) => {
                v4.is_within(w4) && v6.is_within(w6)
            }
            _ => false,
        }
    }
}

fn ordered<T: Clone>(order: Order, value: T) -> Range<T> {
    match order {
        Order::Equal => (Edge::Before(value.clone()), Edge::After(value)),
        Order::Less => (Edge::Start, Edge::Before(value)),
        Order::LessOrEqual => (Edge::Start, Edge::After(value)),
        Order::Greater => (Edge::After(value), Edge::End),
        Order::GreaterOrEqual => (Edge::Before(value), Edge::End),
    }
}

/// The addresses of a network; neighbours touch, and the first and last address of all have nothing beyond them.
fn addresses(network: &Network, last: u128) -> (Edge<u128>, Edge<u128>) {
    let (from, to) = network.bounds();
    let start = match from {
        0 => Edge::Start,
        from => Edge::Before(from),
    };
    let end = match to.checked_add(1) {
        Some(next) if to < last => Edge::Before(next),
        _ => Edge::End,
    };
    (start, end)
}
