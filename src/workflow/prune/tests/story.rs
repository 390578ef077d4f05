//! Sequences of takes, deletions, re-creations and prunes, and what is restorable after each of them.

use proptest::prelude::*;

use super::copies::live;
use super::properties::policies;
use super::*;
use crate::data::snapshot::ShardFailure;

/// What happens to a domain of a few indices, and to its repository.
#[derive(Debug, Clone)]
enum Happens {
    /// Some of the indices are taken; the state is that of the snapshot.
    Take(Vec<usize>, State),
    /// An index is deleted, if it is there.
    Delete(usize),
    /// An index is created, also in the place of one that is there.
    Create(usize),
    /// Snapshots are pruned, with or without the dates of the indices.
    Prune(Policy, bool),
}

fn happens() -> impl Strategy<Value = Happens> {
    let states =
        prop_oneof![6 => Just(State::Success), 1 => Just(State::Partial), 1 => Just(State::Failed)];
    prop_oneof![
        4 => (prop::collection::vec(0_usize..6, 1..6), states).prop_map(|(names, state)| Happens::Take(names, state)),
        2 => (0_usize..6).prop_map(Happens::Delete),
        2 => (0_usize..6).prop_map(Happens::Create),
        3 => (policies(), any::<bool>()).prop_map(|(policy, dates)| Happens::Prune(policy, dates)),
    ]
}

/// A domain and its repository.
#[derive(Default)]
struct World {
    /// When each index was created, in hours.
    there: BTreeMap<usize, i64>,
    snapshots: Vec<Snapshot>,
    /// What was ever in a successful snapshot.
    ever: BTreeSet<String>,
    hour: i64,
}

const START: i64 = NOW - 400 * DAY;

impl World {
    fn name(index: usize) -> String {
        // A stream of one backing index is among them.
        if index == 5 {
            ".ds-s-000001".to_owned()
        } else {
            format!("i{index}")
        }
    }

    fn now(&self) -> i64 {
        START + self.hour * 3_600_000
    }

    fn happens(&mut self, what: &Happens) {
        // Hours and days, so that the rules of days and weeks have something to do.
        self.hour += 7;
        match what {
            Happens::Take(indices, state) => self.take(indices, state),
            Happens::Delete(index) => drop(self.there.remove(index)),
            Happens::Create(index) => drop(self.there.insert(*index, self.now())),
            Happens::Prune(policy, dates) => {
                let live = dates.then(|| self.live());
                let gone = prune(
                    &self.snapshots,
                    by_name,
                    Scope::Own,
                    policy,
                    live.as_ref(),
                    at(self.now()),
                );
                let gone: BTreeSet<&str> = deleted(&gone).into_iter().collect();
                self.snapshots
                    .retain(|one| !gone.contains(one.name.as_str()));
            }
        }
    }

    fn take(&mut self, indices: &[usize], state: &State) {
        let taken: BTreeSet<usize> = indices
            .iter()
            .copied()
            .filter(|one| self.there.contains_key(one))
            .collect();
        let mut one = good(&format!("s{:05}", self.hour), NOW - self.now());
        one.indices = taken.iter().map(|index| Self::name(*index)).collect();
        one.data_streams = taken
            .iter()
            .filter(|index| **index == 5)
            .map(|_| std::sync::Arc::from("s"))
            .collect();
        one.state = state.clone();
        if *state == State::Partial {
            one.shards.failed = 1;
            let index = one
                .indices
                .iter()
                .next()
                .map(ToString::to_string)
                .unwrap_or_default();
            one.failures = vec![ShardFailure {
                index,
                shard: 0,
                reason: String::new(),
            }];
        }
        if one.is_good() {
            self.ever
                .extend(taken.iter().map(|index| Self::name(*index)));
        }
        self.snapshots.push(one);
    }

    fn live(&self) -> Live {
        let there: Vec<(String, Option<i64>)> = self
            .there
            .iter()
            .map(|(index, created)| (Self::name(*index), Some(NOW - created)))
            .collect();
        let there: Vec<(&str, Option<i64>)> = there
            .iter()
            .map(|(name, created)| (name.as_str(), *created))
            .collect();
        live(&there)
    }

    fn restorable(&self) -> BTreeSet<String> {
        let good = self.snapshots.iter().filter(|one| one.is_good());
        good.flat_map(|one| &one.indices)
            .map(ToString::to_string)
            .collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn what_was_ever_in_a_successful_snapshot_stays_restorable(story in prop::collection::vec(happens(), 0..60)) {
        let mut world = World::default();
        for what in &story {
            world.happens(what);
            prop_assert_eq!(&world.restorable(), &world.ever, "{:?}", what);
        }
    }

    /// Names of one list are compared by their numbers, and what is settled is passed over; names of different lists never are.
    #[test]
    fn snapshots_that_share_names_are_pruned_as_those_that_do_not(
        story in prop::collection::vec(happens(), 0..60),
        policy in policies(),
        age in prop::option::of(0_u64..400),
        live in 0_usize..4,
        theirs in 2_usize..5,
    ) {
        let mut world = World::default();
        for what in story.iter().filter(|what| !matches!(what, Happens::Prune(..))) {
            world.happens(what);
        }
        for one in world.snapshots.iter_mut().step_by(theirs) {
            one.name = format!("web.{}", one.name);
        }
        let names: NameSet = (0..6).map(World::name).collect();
        let shared: Vec<Snapshot> = world.snapshots.iter().map(|one| Snapshot {
            indices: names.kept(|name| one.holds(name)),
            ..one.clone()
        }).collect();
        prop_assert_eq!(&shared, &world.snapshots);
        let there = match live {
            0 => None,
            1 => Some(world.live().with_cold_storage(true)),
            _ => Some(world.live()),
        };
        let gone_after = age.map(|hours| GoneAfter { indices: "*".to_owned(), age: Duration::from_secs(hours * 3_600) });
        let policy = Policy { gone_after: gone_after.into_iter().collect(), ..policy };
        let verdicts = |all: &[Snapshot]| prune(all, by_name, Scope::All, &policy, there.as_ref(), at(world.now()));
        prop_assert_eq!(verdicts(&shared), verdicts(&world.snapshots));
    }

    #[test]
    fn a_longer_gone_after_never_deletes_more(
        story in prop::collection::vec(happens(), 0..60),
        policy in policies(),
        ages in prop::collection::vec((prop_oneof![Just("*"), Just("i*"), Just("i1"), Just("s")], 0_u64..400), 1..4),
        longer in 1_u64..400,
        which in 0_usize..4,
    ) {
        let mut world = World::default();
        for what in &story {
            world.happens(what);
        }
        let there = world.live();
        let gone = |policy: &Policy| -> BTreeSet<String> {
            let verdicts = prune(&world.snapshots, by_name, Scope::Own, policy, Some(&there), at(world.now()));
            deleted(&verdicts).into_iter().map(str::to_owned).collect()
        };
        let hours = |hours: u64| Duration::from_secs(hours * 3_600);
        let mut policy = policy;
        let none = gone(&policy);
        policy.gone_after = ages.iter().map(|(pattern, age)| GoneAfter { indices: (*pattern).to_owned(), age: hours(*age) }).collect();
        let short = gone(&policy);
        prop_assert!(none.is_subset(&short));
        let which = which % policy.gone_after.len();
        policy.gone_after[which].age += hours(longer);
        let long = gone(&policy);
        prop_assert!(long.is_subset(&short), "{:?} {:?}", long, short);
        // What is given up was gone, and what lives has its copy still.
        let kept = |name: &str| world.snapshots.iter().any(|one| one.is_good() && one.holds(name) && !short.contains(&one.name));
        for name in world.there.keys().map(|index| World::name(*index)) {
            let created = there_since(&world, &name);
            let had = world.snapshots.iter().any(|one| one.is_good() && one.holds(&name) && one.started >= Moment::from_millis(created));
            prop_assert!(!had || kept(&name), "{}", name);
        }
    }
}

fn there_since(world: &World, name: &str) -> i64 {
    let mut there = world.there.iter();
    there
        .find(|(index, _)| World::name(**index) == name)
        .map_or(0, |(_, created)| *created)
}
