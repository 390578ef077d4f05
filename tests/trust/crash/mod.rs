//! The crash matrix of `apply`: every example spec x starting state x write x fault; it must never leave a spec, a write or a call out.

mod bench;
mod cell;
mod faults;
mod specs;
mod states;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};
use std::time::Instant;

use esbackup::internals::resources::operations_of_apply;

use super::sample;
use cell::Cell;
use specs::Row;

/// How many cells of the matrix lie between two of the sample.
const PRIME: usize = 53;
/// The children wait for the sandbox as often as they compute.
const THREADS: usize = 4;

/// The rows with their starting states and the writes of an uninterrupted run from each, shared by the tests of this room.
static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let files = specs::files();
    at_once(&files, |file| Row::prepare(file)).unwrap_or_else(|failed| panic!("{failed:#?}"))
});

/// Does the same for all, some at once; either all results in their order or what went wrong.
fn at_once<T: Sync, R: Send>(
    all: &[T],
    act: impl Fn(&T) -> R + Sync,
) -> Result<Vec<R>, Vec<String>> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(one) = all.get(place) else { break };
                    let result = catch_unwind(AssertUnwindSafe(|| act(one)));
                    done.lock().unwrap().insert(place, result);
                }
            });
        }
    });
    let (mut results, mut failed) = (Vec::new(), Vec::new());
    for result in done.into_inner().unwrap().into_values() {
        match result {
            Ok(result) => results.push(result),
            Err(panic) => failed.push(match panic.downcast_ref::<String>() {
                Some(words) => words.clone(),
                None => format!("{:?}", panic.downcast_ref::<&str>()),
            }),
        }
    }
    if failed.is_empty() {
        Ok(results)
    } else {
        Err(failed)
    }
}

#[test]
fn every_spec_that_ships_is_a_row_of_the_matrix_and_is_applied_to_its_end_from_every_start() {
    let mut shipped = Vec::new();
    crate::shipped::files("specs", &mut shipped);
    shipped.retain(|name| name.ends_with(".yaml"));
    let rows: BTreeSet<&str> = ROWS.iter().map(|row| row.file.as_str()).collect();
    for name in &shipped {
        assert!(rows.contains(name.as_str()), "{name} is in no row");
    }
    for row in ROWS.iter() {
        let names: Vec<&str> = row.starts.iter().map(|start| start.name).collect();
        assert_eq!(names, states::NAMES, "{}", row.file);
        for start in &row.starts {
            let worked = if start.worked {
                "works"
            } else {
                "does not work"
            };
            println!(
                "{}, {}: {worked}, {} writes",
                row.file,
                start.name,
                start.writes.len()
            );
        }
    }
}

#[test]
fn every_call_that_apply_can_send_is_met_by_the_matrix() {
    let starts = ROWS.iter().flat_map(|row| &row.starts);
    let met: BTreeSet<&str> = starts
        .flat_map(|start| start.writes.iter().map(String::as_str))
        .collect();
    let closed: BTreeSet<String> = operations_of_apply()
        .iter()
        .map(|one| format!("{}:{}", one.service, one.operation))
        .collect();
    assert_eq!(closed.len(), operations_of_apply().len());
    assert_eq!(
        met,
        closed.iter().map(String::as_str).collect::<BTreeSet<_>>()
    );
    println!("{} calls", closed.len());
}

#[test]
fn apply_is_finished_by_the_same_command_after_any_fault_at_any_write() {
    let faults = faults::all();
    let mut cells = Vec::new();
    for row in ROWS.iter() {
        for start in &row.starts {
            for write in 0..start.writes.len() {
                for fault in &faults {
                    cells.push(Cell {
                        row,
                        start,
                        write,
                        fault,
                    });
                }
            }
        }
    }
    let (all, began) = (cells.len(), Instant::now());
    let run = sample::of(cells, PRIME);
    let checked = AtomicUsize::new(0);
    let results = at_once(&run, |cell| {
        let seen = cell.check();
        let done = 1 + checked.fetch_add(1, Ordering::Relaxed);
        if done.is_multiple_of(500) {
            println!("{done} of {} cells hold", run.len());
        }
        seen
    });
    let starts = || ROWS.iter().flat_map(|row| &row.starts);
    let writes: usize = starts().map(|start| start.writes.len()).sum();
    println!(
        "crash matrix of apply: {} specs, {} starting states ({} with a working registration), {writes} writes, {} faults: {} of {all} \
         cells run in {} s",
        ROWS.len(),
        starts().count(),
        starts().filter(|start| start.worked).count(),
        faults.len(),
        run.len(),
        began.elapsed().as_secs(),
    );
    let ends = match results {
        Ok(ends) => ends,
        Err(failed) => panic!("{} exceptions:\n{}", failed.len(), failed.join("\n\n")),
    };
    let mut codes: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for (cell, end) in run.iter().zip(&ends) {
        *codes.entry((cell.fault.name, end.how.clone())).or_default() += 1;
    }
    for ((fault, how), count) in codes {
        println!("  {fault}: {how}: {count}");
    }
    let states: usize = ends.iter().map(|end| end.states).sum();
    println!("  {states} states judged, 0 exceptions");
}
