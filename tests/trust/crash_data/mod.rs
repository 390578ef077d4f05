//! The crash matrix of day two: no document and no good snapshot is lost, wherever a command is cut off.

mod cell;
mod judge;
mod work;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Instant;

use esbackup::data::{index, snapshot};
use esbackup::names::{IndexName, RepositoryName, SnapshotName};
use esbackup::resources::{Call, repository};

use self::cell::{MISFORTUNES, Misfortune, Uninterrupted, Write, uninterrupted};
use self::work::{Lab, WORKS};
use super::sample;

/// Each how manyth cell is in the sample; no divisor of the number of misfortunes.
const EVERY: usize = 7;

struct Cell {
    work: usize,
    write: Write,
    what: Misfortune,
}

#[test]
fn a_command_of_day_two_cut_off_anywhere_loses_nothing_and_is_finished_by_what_it_printed() {
    let began = Instant::now();
    let labs = [Lab::new(), Lab::new()];
    let usual: Vec<Uninterrupted> = (0..WORKS.len())
        .map(|work| uninterrupted(&labs[0], work))
        .collect();
    assert_every_call_is_met(&usual);
    let mut cells = Vec::new();
    for (work, usual) in usual.iter().enumerate() {
        for write in &usual.writes {
            for what in MISFORTUNES {
                let write = write.clone();
                cells.push(Cell { work, write, what });
            }
        }
    }
    let all = cells.len();
    let cells = sample::of(cells, EVERY);
    let taken = cells.len();
    let left = Mutex::new(cells.into_iter());
    let totals = Mutex::new((0, 0, Vec::new()));
    std::thread::scope(|scope| {
        for lab in &labs {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().next();
                    let Some(Cell { work, write, what }) = next else {
                        return;
                    };
                    let ended = cell::run(lab, work, &usual[work], &write, what);
                    let mut totals = totals.lock().unwrap();
                    totals.0 += ended.states;
                    totals.1 += ended.runs;
                    if !ended.wrong.is_empty() {
                        let wrong = ended.wrong.join("\n");
                        println!("{wrong}");
                        totals.2.push(wrong);
                    }
                }
            });
        }
    });
    let (states, runs, wrong) = totals.into_inner().unwrap();
    let writes: usize = usual.iter().map(|usual| usual.writes.len()).sum();
    println!(
        "crash matrix of day two: {} commands, {writes} writes x {} misfortunes = {all} cells; {taken} run, {runs} runs of the binary, \
         {states} states looked at, {} exceptions, {:.0?}",
        WORKS.len(),
        MISFORTUNES.len(),
        wrong.len(),
        began.elapsed()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What of the matrix meets a call: the sandbox's word for it, or why no command of day two sends it.
enum Met {
    As(&'static str),
    Exempt(&'static str),
}

/// One more call does not compile until it is met or has a reason.
fn met_as(call: &Call) -> Met {
    use index::Call as Index;
    use repository::Call as Repository;
    use snapshot::Call as Snapshot;
    match call {
        Call::Snapshot(Snapshot::Take { .. }) => Met::As("es:PUT _snapshot/snapshot"),
        Call::Snapshot(Snapshot::Restore { .. }) => Met::As("es:POST _snapshot/_restore"),
        Call::Snapshot(Snapshot::Delete { .. }) => Met::As("es:DELETE _snapshot/snapshot"),
        Call::Index(Index::Block { .. }) => Met::As("es:PUT _settings"),
        Call::Index(Index::Refresh { .. }) => Met::As("es:POST _refresh"),
        Call::Index(Index::Close { .. }) => Met::As("es:POST _close"),
        Call::Index(Index::Delete { .. }) => Met::As("es:DELETE index"),
        Call::Repository(Repository::Verify { .. }) => Met::As("es:POST _snapshot/_verify"),
        Call::Repository(Repository::Put { .. } | Repository::Delete { .. }) => {
            Met::Exempt("only apply registers")
        }
        Call::Bucket(_) | Call::Policy(_) | Call::Role(_) => {
            Met::Exempt("only apply writes to AWS")
        }
    }
}

/// Each call to the domain once; that there is no other, `met_as` holds.
fn calls_to_the_domain() -> Vec<Call> {
    let index = IndexName::parse("logs").unwrap();
    let (repository, name) = (
        RepositoryName::parse("snapshots").unwrap(),
        "one".to_owned(),
    );
    let in_it = repository.to_string();
    let take = snapshot::Take {
        indices: Vec::new(),
        ignore_unavailable: false,
        include_global_state: false,
        partial: false,
        metadata: Default::default(),
    };
    let restore = snapshot::Restore {
        indices: vec![index.clone()],
        rename: None,
        include_aliases: false,
        include_global_state: false,
        index_settings: Default::default(),
        ignore_index_settings: Vec::new(),
        partial: false,
        targets: vec![index.clone()],
    };
    vec![
        Call::Snapshot(snapshot::Call::Take {
            repository: in_it.clone(),
            name: SnapshotName::parse(&name).unwrap(),
            take,
        }),
        Call::Snapshot(snapshot::Call::Restore {
            repository: in_it.clone(),
            name: name.clone(),
            restore,
        }),
        Call::Snapshot(snapshot::Call::Delete {
            repository: in_it,
            name,
        }),
        Call::Index(index::Call::Block {
            index: index.clone(),
            writes: index::Writes::Refused,
        }),
        Call::Index(index::Call::Refresh {
            index: index.clone(),
        }),
        Call::Index(index::Call::Close {
            index: index.clone(),
        }),
        Call::Index(index::Call::Delete { index }),
        Call::Repository(repository::Call::Verify { name: repository }),
    ]
}

/// Every call to the domain that a command of day two may send is in the matrix, and nothing else is sent.
fn assert_every_call_is_met(usual: &[Uninterrupted]) {
    let sent = usual.iter().flat_map(|usual| &usual.writes);
    let sent: BTreeSet<&str> = sent.map(|write| write.operation.as_str()).collect();
    let mut wanted = BTreeSet::new();
    for call in calls_to_the_domain() {
        match met_as(&call) {
            Met::As(operation) => drop(wanted.insert(operation)),
            Met::Exempt(why) => println!("not met: {}: {why}", call.describe()),
        }
    }
    assert_eq!(sent, wanted);
}
