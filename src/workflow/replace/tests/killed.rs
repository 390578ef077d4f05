//! A run killed at any point, and a stray write at any point, over a domain in memory.

use std::collections::BTreeMap;

use super::*;
use crate::data::index;
use crate::data::index::BLOCK;
use crate::resources::Call;

/// A domain in memory that does what the engines do.
#[derive(Debug, Clone)]
struct Domain {
    indices: BTreeMap<String, Open>,
    made: u32,
}

impl Domain {
    fn new() -> Self {
        let old = open("old", false, whole(OLD), Origin::Other);
        Self {
            indices: [("blog".to_owned(), old)].into(),
            made: 0,
        }
    }

    fn world(&self, subject: &Subject<'_>) -> World {
        let copies = self
            .indices
            .iter()
            .filter(|(name, _)| subject.relation(name) == Relation::Copy);
        let copies = copies.map(|(name, index)| Proof {
            name: IndexName::parse(name).unwrap(),
            uuid: index.uuid.clone(),
            shape: index.shape.clone(),
        });
        let own = self.indices.get("blog").cloned();
        world(own.map_or(Own::Absent, Own::Open), copies.collect())
    }

    fn apply(&mut self, call: &Call) {
        match call {
            Call::Index(index::Call::Block { index, writes }) => {
                let index = self.indices.get_mut(index.as_str()).unwrap();
                index.blocked = *writes == index::Writes::Refused;
            }
            Call::Index(index::Call::Refresh { .. }) => {}
            Call::Index(index::Call::Delete { index })
            | Call::Index(index::Call::DeleteStream { stream: index }) => {
                drop(self.indices.remove(index.as_str()).unwrap())
            }
            Call::Snapshot(snapshot::Call::Restore { restore, .. }) => {
                self.made += 1;
                let blocked = restore.index_settings.contains_key(BLOCK);
                let mut new = open(
                    &format!("made-{}", self.made),
                    blocked,
                    Shape::Growing,
                    Origin::Restored,
                );
                new.written = Some(0);
                // A data stream is known by its name, and comes back with its backing indices.
                let target = restore.targets[0].as_str();
                let name = index::stream::stream_of(target).unwrap_or(target);
                let there = self.indices.insert(name.to_owned(), new);
                assert_eq!(
                    there, None,
                    "an engine refuses to restore over an open index"
                );
            }
            other => panic!("{other:?}"),
        }
    }

    /// What was being restored is whole.
    fn settle(&mut self) {
        for index in self.indices.values_mut() {
            if index.shape == Shape::Growing {
                index.shape = whole(KEPT);
            }
        }
    }

    /// The old index is there with all its documents, or the snapshot's data is there beside the snapshot.
    fn check(&self) {
        let old = self.indices.values().any(|index| index.uuid == "old");
        let restored = self
            .indices
            .values()
            .any(|index| index.shape == whole(KEPT));
        assert!(old || restored, "{self:?}");
    }

    /// Runs until it is done, or killed before so many calls more; says whether it got through.
    fn run(&mut self, subject: &Subject<'_>, mut calls: usize, settles: bool) -> bool {
        let mut counted = false;
        for _ in 0..12 {
            let next = next(
                &wanted(),
                subject,
                &stage(subject, &self.world(subject), counted),
            );
            assert_eq!(next.prepared.obstacles, []);
            if next.wait.is_some() {
                self.settle();
            }
            for step in &next.prepared.steps {
                if calls == 0 {
                    return false;
                }
                calls -= 1;
                self.apply(&step.call);
                if calls > 0 || settles {
                    self.settle();
                }
                self.check();
            }
            counted |= next.counted;
            if next.last {
                return true;
            }
        }
        panic!("it goes round in circles: {self:?}")
    }
}

#[test]
fn a_run_killed_after_any_call_is_finished_by_the_same_command_and_loses_nothing() {
    with_subject(killed_anywhere);
}

#[test]
fn stream_replacement_killed_after_any_call_loses_nothing() {
    let backing = [".ds-blog-000001", ".ds-blog-000002"];
    let backing = backing.map(|name| IndexName::parse(name).unwrap());
    with_subject(|subject| {
        killed_anywhere(&Subject {
            backing: Some(&backing),
            ..subject.clone()
        });
    });
}

fn killed_anywhere(subject: &Subject<'_>) {
    {
        for settles in [true, false] {
            for killed_after in 0..=7 {
                for again_after in 0..=7 {
                    let mut domain = Domain::new();
                    domain.run(subject, killed_after, settles);
                    domain.run(subject, again_after, settles);
                    assert!(domain.run(subject, usize::MAX, true));
                    let left: Vec<(&str, bool, &Shape)> = domain
                        .indices
                        .iter()
                        .map(|(name, index)| (name.as_str(), index.blocked, &index.shape))
                        .collect();
                    assert_eq!(
                        left,
                        [("blog", false, &whole(KEPT))],
                        "{killed_after} {again_after}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_stray_write_that_recreates_the_index_between_any_two_calls_is_noticed_and_kept() {
    with_subject(|subject| {
        for killed_after in 0..=7 {
            let mut domain = Domain::new();
            domain.run(subject, killed_after, true);
            if domain.indices.contains_key("blog") {
                continue;
            }
            let stray = open("stray", false, whole(1), Origin::Other);
            domain.indices.insert("blog".to_owned(), stray);
            let stage = stage(subject, &domain.world(subject), false);
            assert_eq!(word(&stage), "recreated");
            assert_eq!(next(&wanted(), subject, &stage).prepared.steps, []);
        }
    });
}
