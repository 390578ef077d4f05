//! `esbackup restore`: restores indices of a snapshot and waits until every one is complete and counted.

mod facts;
pub(super) mod next;
mod observe;
mod options;
mod replace;

use serde_json::json;

use crate::cli::act::{Act, Acted, tell_end};
use crate::failure::{Change, Failure};

use crate::cli::open::{Opened, Opening, Told};
use crate::cli::options::Format;
use crate::cli::print::{note, print};
use crate::cli::stopped::reading;
use crate::data::{Restored, Seen, index};
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::names::IndexName;
use crate::outlet::safe;
use crate::report::restore as report;
use crate::workflow::restore::{self, Existing, Finished, Wanted};
use facts::Read;

pub(super) use options::Arguments;

/// What one environment ended with.
#[derive(Default)]
struct Done {
    acted: Acted,
    snapshot: Option<String>,
    repository: String,
    restored: Vec<report::Restored>,
    notes: Vec<String>,
}

/// Restores.
pub(super) async fn run(arguments: &Arguments) -> Exit {
    let wanted = match arguments.wanted() {
        Ok(wanted) => wanted,
        Err(error) => return crate::cli::usage(&error),
    };
    let stop = Stop::listen();
    let opening = match Opening::one(&arguments.common, &arguments.acting.allowed, &stop).await {
        Ok(opening) => opening,
        Err(exit) => return exit,
    };
    let told = opening.told(arguments.common.output.format);
    let mut ends = Vec::new();
    for environment in &opening.environments {
        let done = match &environment.opened {
            Ok(opened) => one(arguments, wanted.clone(), &opening, opened, &stop).await,
            Err(failed) => Done {
                acted: Acted::early(failed.clone()),
                ..Done::default()
            },
        };
        tell(told, environment.name(), &done);
        ends.push(done.acted.exit());
    }
    opening.finish().await;
    Exit::of_run(ends)
}

fn tell(told: Told, environment: &str, done: &Done) {
    if told.format == Format::Human && !done.restored.is_empty() {
        let snapshot = done.snapshot.as_deref().unwrap_or_default();
        print(&report::table(
            environment,
            &done.repository,
            snapshot,
            &done.restored,
        ));
        for note in &done.notes {
            print(&format!("note: {}\n", safe::line(note)));
        }
    }
    let more = [
        ("repository".to_owned(), json!(done.repository)),
        ("snapshot".to_owned(), json!(done.snapshot)),
        ("restored".to_owned(), json!(done.restored)),
        ("notes".to_owned(), json!(done.notes)),
    ];
    tell_end(told, environment, &done.acted, more.into_iter().collect());
}

async fn one(
    arguments: &Arguments,
    mut wanted: Wanted,
    opening: &Opening,
    opened: &Opened,
    stop: &Stop,
) -> Done {
    wanted.repository = arguments.repository(opened);
    let mut done = Done {
        repository: wanted.repository.clone(),
        ..Done::default()
    };
    let read = match reading(stop, facts::read(arguments, &wanted, opened)).await {
        Ok(read) => read,
        Err(failed) => {
            done.acted = Acted::early(failed);
            return done;
        }
    };
    done.snapshot = Some(read.snapshot.name.clone());
    if arguments.is_latest() {
        note(&format!(
            "{}: latest is {}\n",
            safe::line(opened.spec.desired.scope.environment.as_str()),
            safe::line(&read.snapshot.name)
        ));
    }
    let act = Act {
        opened,
        limits: opening.limits,
        acting: &arguments.acting,
        format: arguments.common.output.format,
        stop,
    };
    done.acted = match wanted.existing {
        Existing::Replace => replace::all(arguments, &wanted, &act, &read).await,
        Existing::Keep | Existing::Close => plain(arguments, &wanted, &act, &read).await,
    };
    done.restored = restored(&read, &done.acted);
    if let (Ok(domain), false) = (opened.domain(), done.restored.is_empty()) {
        done.notes = blocked(domain, &read, &done.restored).await;
    }
    done
}

/// Notes on blocks that came back with the indices. They are advice: where they cannot be read, nothing is said.
async fn blocked(
    domain: &crate::domain::Reads,
    read: &Read,
    restored: &[report::Restored],
) -> Vec<String> {
    let targets = read.scope.pairs.iter().map(|(_, target)| target);
    let targets: Vec<_> = targets
        .filter(|target| restored.iter().any(|one| one.index == target.as_str()))
        .cloned()
        .collect();
    let found = index::remote::blocks(domain, &targets).await;
    let note = |(index, blocks): (String, Vec<String>)| {
        format!(
            "{index} came back with {}, as the snapshot has it: {{\"{}\": null}} sent to {index}/_settings lifts it, and a restore with --ignore-index-settings \"index.blocks.*\" leaves it out",
            blocks.join(", "),
            blocks.join("\": null, \"")
        )
    };
    match found {
        Ok(found) => found.into_iter().map(note).collect(),
        Err(_) => Vec::new(),
    }
}

/// The indices that were seen to be complete, each with the name that it has in the snapshot.
fn restored(read: &Read, acted: &Acted) -> Vec<report::Restored> {
    let seen = acted.seen.iter().flat_map(|seen| match seen {
        Seen::Restored(all) => all.clone(),
        Seen::Snapshot(_) => Vec::new(),
    });
    let seen: Vec<Restored> = seen.collect();
    let docs = |index: &str| {
        let found = seen.iter().rev().find(|one| one.index == index)?;
        Some(found.docs)
    };
    let row = |source: &IndexName, target: &IndexName, docs: u64, backing: Option<usize>| {
        report::Restored {
            index: target.to_string(),
            from: source.to_string(),
            docs,
            backing_indices: backing,
        }
    };
    let plain = read.scope.plain().filter_map(|(source, target)| {
        let docs = docs(target.as_str())?;
        Some(row(source, target, docs, None))
    });
    let streams = read.scope.streams.iter().filter_map(|stream| {
        // A replacement that an earlier run finished counts the stream as one.
        let backing = stream
            .backing
            .iter()
            .map(|(_, target)| docs(target.as_str()));
        let sum = backing
            .sum::<Option<u64>>()
            .or_else(|| docs(stream.target.as_str()))?;
        Some(row(
            &stream.source,
            &stream.target,
            sum,
            Some(stream.backing.len()),
        ))
    });
    plain.chain(streams).collect()
}

async fn plain(arguments: &Arguments, wanted: &Wanted, act: &Act<'_>, read: &Read) -> Acted {
    let opened = act.opened;
    let again = arguments.resuming(opened, &read.snapshot.name);
    let finished = match arguments.resume {
        true => Finished::Counts,
        false => Finished::DoesNot,
    };
    let begun = match wanted.existing {
        Existing::Keep => reading(act.stop, resumes(opened, wanted, read, finished)).await,
        _ => Ok(false),
    };
    let begun = match begun {
        Ok(begun) => begun,
        Err(failed) => return Acted::early(failed),
    };
    if begun {
        let targets = read
            .scope
            .pairs
            .iter()
            .map(|(_, target)| target.clone())
            .collect();
        let wait = restore::waiting(
            wanted,
            &read.snapshot,
            targets,
            wanted.timeout.unwrap_or_default(),
        );
        note("it is being restored, or was, from this snapshot already: nothing is sent\n");
        if arguments.acting.dry_run || wanted.timeout.is_none() {
            return Acted::default();
        }
        let mut acted =
            crate::cli::act::wait(opened, act.limits, &wait, act.format, act.stop).await;
        hint(&mut acted, &again);
        return acted;
    }
    let mut prepared = restore::prepare(wanted, &read.snapshot, &read.scope, &read.facts);
    // An earlier run that was cut off may have restored all of it: nobody was told then how to go on.
    let finished = resumes(opened, wanted, read, Finished::Counts);
    if wanted.existing == Existing::Keep
        && !prepared.obstacles.is_empty()
        && reading(act.stop, finished).await.unwrap_or(false)
    {
        for obstacle in &mut prepared.obstacles {
            let ways = std::mem::take(&mut obstacle.remedy);
            obstacle.remedy = format!("if an earlier run restored them: {again}\notherwise {ways}");
        }
    }
    let mut acted = act.carry_out(&prepared).await;
    if let (Some(failed), false) = (&mut acted.failed, acted.goes_on) {
        let changed = |change: &Change| arguments.changed(opened, &read.snapshot.name, change);
        let hint = failed.hint.take();
        failed.hint = hint.map(|hint| hint.for_caller("restore", &changed));
    }
    hint(&mut acted, &again);
    if acted.failed.is_none()
        && wanted.timeout.is_none()
        && !arguments.acting.dry_run
        && act.format == Format::Human
    {
        print(&format!(
            "The restore from {} has started. To wait for its end: {again}\n",
            safe::line(&read.snapshot.name)
        ));
    }
    acted
}

/// Says how to see a restore that goes on.
fn hint(acted: &mut Acted, again: &str) {
    if let (Some(failure), true) = (&mut acted.failed, acted.goes_on) {
        failure.advise(format!(
            "the restore goes on; to see it and to wait for its end: {again}"
        ));
    }
}

/// Whether an earlier run of this command began it: it still goes on, or has finished where that counts. What cannot be read does not say so:
/// the conflict is told then.
///
/// # Errors
/// That requests cannot go to the domain.
async fn resumes(
    opened: &Opened,
    wanted: &Wanted,
    read: &Read,
    finished: Finished,
) -> Result<bool, Failure> {
    let domain = opened.domain()?;
    let targets: Vec<_> = read
        .scope
        .pairs
        .iter()
        .map(|(_, target)| target.clone())
        .collect();
    let there = |name: &str| read.facts.indices.iter().any(|index| index.name == name);
    if targets.is_empty() || !targets.iter().all(|target| there(target.as_str())) {
        return Ok(false);
    }
    let (healths, recoveries) = tokio::join!(
        index::remote::healths(domain, &targets),
        index::remote::recoveries(domain, &targets)
    );
    Ok(match (healths, recoveries) {
        (Ok(healths), Ok(recoveries)) => {
            let (snapshot, scope) = (&read.snapshot, &read.scope);
            restore::resumes(wanted, snapshot, scope, &healths, &recoveries, finished)
        }
        _ => false,
    })
}
