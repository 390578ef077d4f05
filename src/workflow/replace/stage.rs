//! Which stage of a replacement comes next: a pure function of what is there.

use super::{Open, Origin, Own, Proof, Shape, Subject, World};

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Nothing is replaced: the index is restored under its own name at once.
    Restore,
    /// The old index is untouched: its writes are blocked, and the copy is restored and counted.
    Prove {
        /// The old index.
        old: Open,
        /// A copy of which shards are lost: it is removed first.
        broken: Option<Proof>,
        /// A copy that is there.
        copy: Option<Proof>,
    },
    /// The copy is being restored.
    AwaitCopy {
        /// The copy.
        copy: Proof,
    },
    /// Both are there and counted: the old index may be deleted.
    Decide {
        /// The old index.
        old: Open,
        /// The copy.
        copy: Proof,
        /// Its documents.
        docs: u64,
    },
    /// The old index is gone: the copy is proven, and the index is restored under its own name.
    Finish {
        /// The copy.
        copy: Proof,
        /// Its documents.
        docs: u64,
    },
    /// The index is being restored under its own name.
    AwaitOwn,
    /// It is restored and refuses writes: they are let in, and the copy is removed.
    Release {
        /// The restored index.
        new: Open,
        /// The copies.
        copies: Vec<Proof>,
        /// Its documents.
        docs: u64,
    },
    /// The index takes writes already: only the copy is left to be removed.
    CleanUp {
        /// The copies.
        copies: Vec<Proof>,
        /// The documents of the index now.
        docs: u64,
    },
    /// It was done in an earlier run.
    Done {
        /// The documents of the index.
        docs: u64,
    },
    /// What is there is not what this replacement made or began with.
    Stopped(Stopped),
}

/// Why nothing more is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// The index is closed.
    Closed,
    /// An index took the name in between: both data are there.
    Recreated {
        /// Its documents, where they can be counted.
        docs: Option<u64>,
        /// The copy.
        copy: Proof,
    },
    /// The restored index holds another number of documents than the copy.
    Unequal {
        /// The documents of the restored index.
        docs: u64,
        /// The copy.
        copy: Proof,
        /// The documents of the copy.
        proven: u64,
    },
    /// The old index is gone, and the copy is not whole.
    Lost {
        /// The copy.
        copy: Proof,
    },
}

/// Which stage comes next. `counted` says that writes were seen to be blocked and documents were made visible in this run: only then are the
/// counts worth showing.
#[must_use]
pub(crate) fn stage(subject: &Subject<'_>, world: &World, counted: bool) -> Stage {
    match &world.own {
        Own::Closed => Stage::Stopped(Stopped::Closed),
        Own::Absent => absent(&world.copies),
        Own::Open(own) => {
            let name = subject.temporary(&own.uuid);
            let matching = world
                .copies
                .iter()
                .find(|copy| Some(&copy.name) == name.as_ref());
            match (matching, world.copies.as_slice()) {
                (Some(copy), _) => old(own, copy, counted),
                (None, []) => untouched(own),
                (None, [first, ..]) => new(own, first, &world.copies),
            }
        }
    }
}

fn docs_of(shape: &Shape) -> Option<u64> {
    match shape {
        Shape::Whole { docs } => Some(*docs),
        Shape::Growing | Shape::Broken => None,
    }
}

/// There is no copy: nothing was begun, or all of it was done.
fn untouched(own: &Open) -> Stage {
    match own.as_restored() {
        Some(docs) => Stage::Done { docs },
        None => Stage::Prove {
            old: own.clone(),
            broken: None,
            copy: None,
        },
    }
}

/// Nothing has the name: the old index was deleted, or there never was one.
fn absent(copies: &[Proof]) -> Stage {
    let whole = copies
        .iter()
        .find_map(|copy| Some((copy, docs_of(&copy.shape)?)));
    match (whole, copies.first()) {
        (Some((copy, docs)), _) => Stage::Finish {
            copy: copy.clone(),
            docs,
        },
        (None, None) => Stage::Restore,
        (None, Some(copy)) if copy.shape == Shape::Growing => {
            Stage::AwaitCopy { copy: copy.clone() }
        }
        (None, Some(copy)) => Stage::Stopped(Stopped::Lost { copy: copy.clone() }),
    }
}

/// The copy was made for the index that is there: it is the old one.
fn old(own: &Open, copy: &Proof, counted: bool) -> Stage {
    match docs_of(&copy.shape) {
        Some(docs) if own.blocked && counted => Stage::Decide {
            old: own.clone(),
            copy: copy.clone(),
            docs,
        },
        Some(_) => Stage::Prove {
            old: own.clone(),
            broken: None,
            copy: Some(copy.clone()),
        },
        None if copy.shape == Shape::Growing => Stage::AwaitCopy { copy: copy.clone() },
        None => Stage::Prove {
            old: own.clone(),
            broken: Some(copy.clone()),
            copy: None,
        },
    }
}

/// The copy was made for another index, which is gone: what is there is the restored one, or somebody's.
fn new(own: &Open, copy: &Proof, copies: &[Proof]) -> Stage {
    let recreated = || {
        Stage::Stopped(Stopped::Recreated {
            docs: docs_of(&own.shape),
            copy: copy.clone(),
        })
    };
    let proven = docs_of(&copy.shape);
    let docs = match (&own.origin, &own.shape) {
        (Origin::Restored, Shape::Growing) => return Stage::AwaitOwn,
        // It was restored with its writes blocked, which nobody who writes to it could have done.
        (Origin::Unknown, Shape::Growing) if own.blocked || own.partly => return Stage::AwaitOwn,
        (Origin::Restored, Shape::Whole { docs }) => *docs,
        (Origin::Unknown, Shape::Whole { docs }) if own.blocked && proven == Some(*docs) => *docs,
        _ => return recreated(),
    };
    if !own.blocked && !own.partly {
        // It was counted before its writes were let in.
        return Stage::CleanUp {
            copies: copies.to_vec(),
            docs,
        };
    }
    match proven {
        Some(proven) if proven != docs => Stage::Stopped(Stopped::Unequal {
            docs,
            copy: copy.clone(),
            proven,
        }),
        _ => Stage::Release {
            new: own.clone(),
            copies: copies.to_vec(),
            docs,
        },
    }
}
