//! Deleting snapshots and cleaning up; a file that another snapshot needs must stay.

use std::collections::BTreeSet;

use serde_json::json;

use super::super::message::Answer;
use super::super::state::{Repository, RunningKind, State};
use super::blobs::Place;
use super::catalogue::{self, Catalogue, Entry, Shard};
use super::engine::Engine;
use super::errors::{Exception, of_snapshot};
use super::expression::split;
use super::{Call, listing, repository, settings, taking};
use crate::names::wildcard::matches;

/// Answers `DELETE _snapshot/REPOSITORY/NAMES`.
pub(super) fn delete(call: &mut Call<'_>, repository: &str, names: &str) -> Result<Answer, Answer> {
    let held = call.repository(repository)?;
    refuse_readonly(
        repository,
        &held,
        "cannot delete snapshot from a readonly repository",
    )?;
    let engine = Engine::of(&call.domain);
    // Earlier engines take a comma or a star for a part of the name.
    let several = engine.cleans_up();
    let wanted = match several {
        true => split(names),
        false => vec![names.to_owned()],
    };
    let meant = |name: &str| match several {
        true => wanted.iter().any(|pattern| matches(pattern, name)),
        false => name == names,
    };
    let running = &call.domain.cluster.taking;
    let aborted: BTreeSet<String> = running
        .iter()
        .filter(|taking| taking.repository == repository && meant(&taking.snapshot))
        .map(|taking| taking.uuid.clone())
        .collect();
    let names_aborted: Vec<String> = running
        .iter()
        .filter(|taking| aborted.contains(&taking.uuid))
        .map(|taking| taking.snapshot.clone())
        .collect();
    let catalogue = repository::catalogue(call, repository, &held)?;
    let place = Place::of(&call.domain, repository, &held);
    let found: Vec<Entry> = catalogue
        .snapshots
        .iter()
        .filter(|entry| meant(&entry.name))
        .cloned()
        .collect();
    let is_there = |name: &String| {
        (several && name.contains('*'))
            || names_aborted.contains(name)
            || found.iter().any(|entry| entry.name == *name)
            || listing::is_only_listed(call.state, &place, name)
    };
    if let Some(name) = wanted.iter().find(|name| !is_there(name)) {
        return Err(of_snapshot(
            "snapshot_missing_exception",
            (repository, name),
            "is missing",
        )
        .answer(404));
    }
    if aborted.is_empty() {
        taking::refuse_while_running(
            call,
            (repository, names),
            "cannot delete while a snapshot is running",
        )?;
    }
    refuse_while_restored(call, repository, &found)?;
    call.change(|domain| {
        domain
            .cluster
            .taking
            .retain(|taking| !aborted.contains(&taking.uuid))
    });
    if let Some(listed) = call.state.snapshots.get_mut(&place.listed()) {
        listed.retain(|value| {
            !value
                .get("snapshot")
                .and_then(|name| name.as_str())
                .is_some_and(meant)
        });
    }
    remove(call.state, &place, catalogue, &found);
    Ok(call.acknowledged())
}

fn refuse_readonly(name: &str, held: &Repository, why: &str) -> Result<(), Answer> {
    match settings::is_readonly(held) {
        true => Err(Exception::new("repository_exception", format!("[{name}] {why}")).answer(500)),
        false => Ok(()),
    }
}

fn refuse_while_restored(call: &Call<'_>, repository: &str, found: &[Entry]) -> Result<(), Answer> {
    let now = call.state.now_millis();
    let recoveries = call
        .domain
        .cluster
        .indices
        .values()
        .filter_map(|index| index.recovery.as_ref());
    let restored: BTreeSet<&str> = recoveries
        .filter(|recovery| recovery.ends > now)
        .map(|recovery| recovery.snapshot_uuid.as_str())
        .collect();
    let scripted = |entry: &Entry| {
        let mut running = call.domain.running.iter();
        running.any(|one| {
            one.kind == RunningKind::Restore
                && one.repository == repository
                && one.snapshot == entry.name
        })
    };
    match found
        .iter()
        .find(|entry| restored.contains(entry.uuid.as_str()) || scripted(entry))
    {
        None => Ok(()),
        Some(entry) => {
            let name = format!("{}/{}", entry.name, entry.uuid);
            let why = format!(
                "cannot delete snapshot during a restore in progress in [[{repository}:{name}]]"
            );
            let failure = of_snapshot(
                "concurrent_snapshot_execution_exception",
                (repository, &name),
                &why,
            );
            Err(failure.answer(Engine::of(&call.domain).busy()))
        }
    }
}

/// Removes snapshots with all files that no other one needs.
fn remove(state: &mut State, place: &Place, mut held: Catalogue, gone: &[Entry]) {
    if gone.is_empty() {
        return;
    }
    let gone: BTreeSet<&str> = gone.iter().map(|entry| entry.uuid.as_str()).collect();
    held.snapshots
        .retain(|entry| !gone.contains(entry.uuid.as_str()));
    for index in held.indices.values_mut() {
        index.snapshots.retain(|uuid| !gone.contains(uuid.as_str()));
    }
    held.indices.retain(|_, index| !index.snapshots.is_empty());
    held.write(state, place);
    for file in unneeded(state, place, &held) {
        place.remove(state, &file);
    }
}

/// Returns the files that no snapshot of the root file needs.
fn unneeded(state: &State, place: &Place, held: &Catalogue) -> Vec<String> {
    let mut needed: BTreeSet<String> = BTreeSet::new();
    for entry in &held.snapshots {
        needed.extend([
            format!("snap-{}.dat", entry.uuid),
            format!("meta-{}.dat", entry.uuid),
        ]);
    }
    for index in held.indices.values() {
        let folder = format!("indices/{}/", index.id);
        for uuid in &index.snapshots {
            needed.insert(format!("{folder}meta-{uuid}.dat"));
            let end = format!("/snap-{uuid}.dat");
            for file in place
                .names(state, &folder)
                .into_iter()
                .filter(|file| file.ends_with(&end))
            {
                let shard = file.strip_suffix(&end).unwrap_or_default().to_owned();
                needed.extend(place.names(state, &format!("{shard}/index-")));
                let read: Option<Shard> = catalogue::read(state, place, &file);
                needed.extend(
                    read.into_iter()
                        .flat_map(|shard| shard.files)
                        .map(|data| format!("{shard}/{}", data.name)),
                );
                needed.insert(file);
            }
        }
    }
    let own = ["snap-", "meta-", "indices/"];
    let mut files: Vec<String> = own
        .iter()
        .flat_map(|prefix| place.names(state, prefix))
        .collect();
    files.retain(|file| !needed.contains(file));
    files
}

/// Answers `POST _snapshot/REPOSITORY/_cleanup`; old engines take it for a snapshot's name.
pub(super) fn cleanup(call: &mut Call<'_>, repository: &str) -> Result<Answer, Answer> {
    let engine = Engine::of(&call.domain);
    if !engine.cleans_up() {
        taking::check_name(repository, "_cleanup")?;
    }
    let held = call.repository(repository)?;
    refuse_readonly(
        repository,
        &held,
        "cannot run cleanup on readonly repository",
    )?;
    taking::refuse_while_running(
        call,
        (repository, "_cleanup"),
        "cannot cleanup a repository while a snapshot is running",
    )?;
    let place = Place::of(&call.domain, repository, &held);
    let catalogue = repository::catalogue(call, repository, &held)?;
    let files = unneeded(call.state, &place, &catalogue);
    let bytes: usize = files
        .iter()
        .filter_map(|file| place.read(call.state, file))
        .map(|body| body.0.len())
        .sum();
    files.iter().for_each(|file| place.remove(call.state, file));
    Ok(Answer::json(
        200,
        &json!({"results": {"deleted_bytes": bytes, "deleted_blobs": files.len()}}),
    ))
}
