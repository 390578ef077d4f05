//! The crash matrix of day two: no document and no good snapshot is lost, wherever a command is cut off.

mod cell;
mod judge;
pub mod work;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Instant;

use esbackup::internals::resources::{Call, Operation, operations_of_data};

use self::cell::{MISFORTUNES, Misfortune, Uninterrupted, Write, uninterrupted};
use self::work::{Lab, WORKS};
use super::sample;
use crate::support::calls::{all_in_sandbox, of_data};
use crate::support::stage::{Does, LINES};

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

/// Every call that a command of day two may send is in the matrix, and nothing else is sent.
fn assert_every_call_is_met(usual: &[Uninterrupted]) {
    let sent = usual.iter().flat_map(|usual| &usual.writes);
    let sent: BTreeSet<String> = sent.map(|write| write.operation.clone()).collect();
    let closed = operations_of_data();
    assert_eq!(sent, all_in_sandbox(&closed));
    let calls: Vec<Operation> = of_data().iter().map(Call::operation).collect();
    assert_eq!(all_in_sandbox(&calls), all_in_sandbox(&closed));
    assert_eq!(calls.len(), closed.len());
}

#[test]
fn every_command_that_writes_is_cut_off() {
    let writing = LINES
        .iter()
        .filter(|line| matches!(line.does, Does::Writes(_)) && line.words[0] != "apply");
    for line in writing {
        let name = line.name();
        assert!(
            WORKS.iter().any(|work| work.command.starts_with(name)),
            "{name:?}"
        );
    }
}
