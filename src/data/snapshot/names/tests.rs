//! Sets of names, and what collects them.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

fn numbers() -> impl Strategy<Value = BTreeSet<u32>> {
    let near = prop::collection::btree_set(0..200_u32, 0..40);
    let far = prop::collection::btree_set(any::<u32>(), 0..6);
    (near, far).prop_map(|(near, far)| near.union(&far).copied().collect())
}

fn bits(numbers: &BTreeSet<u32>) -> Bits {
    numbers.iter().rev().copied().collect()
}

proptest! {
    #[test]
    fn bits_are_a_set_of_numbers(one in numbers(), two in numbers(), asked in any::<u32>()) {
        let (a, b) = (bits(&one), bits(&two));
        prop_assert_eq!(a.len(), one.len());
        prop_assert_eq!(a.is_empty(), one.is_empty());
        prop_assert_eq!(a.iter().collect::<Vec<_>>(), one.iter().copied().collect::<Vec<_>>());
        prop_assert!(a.has(asked) == one.contains(&asked) && one.iter().all(|number| a.has(*number)));
        prop_assert_eq!(a.without(&b), bits(&one.difference(&two).copied().collect()));
        prop_assert_eq!(a.with(&b), bits(&one.union(&two).copied().collect()));
    }

    #[test]
    fn interned_sets_are_the_sets_that_arrived(lists in prop::collection::vec(prop::collection::vec("[a-c\"\\\\]{0,2}", 0..6), 0..6)) {
        let mut interner = Interner::default();
        let mut sets = Vec::new();
        for list in &lists {
            for name in list {
                match interner.expected() == Some(name) {
                    true => interner.add_expected(),
                    false => interner.add(name),
                }
            }
            sets.push(interner.end());
        }
        let sorted = interner.sorted();
        for (list, set) in lists.iter().zip(sets) {
            let (set, want) = (sorted(set), list.iter().map(String::as_str).collect::<BTreeSet<_>>());
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), want.iter().copied().collect::<Vec<_>>());
            prop_assert!(want.iter().all(|name| set.contains(name)) && !set.contains("d"));
            // One of another table is equal.
            prop_assert_eq!(set, list.iter().collect::<NameSet>());
        }
    }

    #[test]
    fn first_holder_of_a_name_is_the_first_that_was_added(
        lists in prop::collection::vec((0..2_u8, prop::collection::btree_set(0..8_u8, 0..5), any::<bool>()), 0..8),
    ) {
        let all: NameSet = (0..8).map(|name: u8| name.to_string()).collect();
        // Some share their names with the others, some have a table of their own.
        let sets: Vec<NameSet> = lists.iter().map(|(_, names, shared)| match shared {
            true => NameSet {
                table: Arc::clone(&all.table),
                bits: Arc::new(names.iter().copied().map(u32::from).collect()),
            },
            false => names.iter().map(ToString::to_string).collect(),
        }).collect();
        let (mut holders, mut want) = (FirstHolders::default(), BTreeMap::new());
        for (place, ((key, names, _), set)) in lists.iter().zip(&sets).enumerate() {
            let new: BTreeSet<&str> = holders.add(*key, set, place).into_iter().collect();
            let names = names.iter().map(ToString::to_string);
            let fresh: Vec<String> = names.filter(|name| !want.contains_key(&(*key, name.clone()))).collect();
            prop_assert_eq!(new, fresh.iter().map(String::as_str).collect::<BTreeSet<_>>());
            want.extend(fresh.into_iter().map(|name| ((*key, name), place)));
        }
        for key in 0..3_u8 {
            for name in 0..9_u8 {
                let name = name.to_string();
                prop_assert_eq!(holders.get(&key, &name), want.get(&(key, name.clone())));
            }
        }
    }
}

#[test]
fn thousands_of_equal_sets_are_kept_once() {
    let mut interner = Interner::default();
    for _ in 0..1_000 {
        for name in 0..1_000 {
            interner.add(&format!("logs-{name:04}"));
        }
        interner.end();
        if interner.size() > 200_000 {
            break;
        }
    }
    assert!(interner.size() < 200_000, "{}", interner.size());
}
