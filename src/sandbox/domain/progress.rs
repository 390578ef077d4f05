//! What time brings: snapshots that have run their course are written to their repository; nothing ends before its moment.

use std::collections::BTreeMap;

use serde_json::json;

use super::super::search_state::{Documents, Index, Taking};
use super::super::state::State;
use super::blobs::Place;
use super::catalogue::{self, Catalogue, Entry, Failure, Shard, ShardFile, Snapshot};
use super::engine::Engine;
use super::repository;
use super::{index_settings, indices, shards};

/// Ends what has run its course on every domain.
pub(in super::super) fn advance(state: &mut State) {
    let now = state.now_millis();
    let over = |taking: &Taking| taking.ends <= now;
    let due: Vec<(usize, String)> = state
        .domains
        .iter()
        .enumerate()
        .flat_map(|(place, domain)| {
            let ended = domain.cluster.taking.iter().filter(|taking| over(taking));
            ended.map(move |taking| (place, taking.uuid.clone()))
        })
        .collect();
    for (place, uuid) in due {
        finish_now(state, place, &uuid);
    }
}

/// Writes a running snapshot to its repository.
pub(super) fn finish_now(state: &mut State, domain_at: usize, uuid: &str) {
    let now = state.now_millis();
    let Some(domain) = state.domains.get_mut(domain_at) else {
        return;
    };
    let held = domain
        .cluster
        .taking
        .iter()
        .position(|taking| taking.uuid == uuid);
    let Some(taking) = held.map(|at| domain.cluster.taking.remove(at)) else {
        return;
    };
    let engine = Engine::of(domain);
    // The engine throws while it writes the metadata, and the snapshot is gone.
    if taking.is_torn() {
        return;
    }
    let Some(registered) = repository::held(domain, &taking.repository) else {
        return;
    };
    let place = Place::of(domain, &taking.repository, &registered);
    // Without a readable root nothing can be written; the engine loses the snapshot too.
    let Ok(mut catalogue) = Catalogue::read(state, &place) else {
        return;
    };
    let mut snapshot = Snapshot {
        name: taking.snapshot.clone(),
        uuid: taking.uuid.clone(),
        version_id: engine.id(),
        version: engine.number(),
        indices: taking.indices.keys().cloned().collect(),
        data_streams: taking.data_streams.clone(),
        include_global_state: taking.include_global_state,
        metadata: taking.metadata.clone(),
        state: String::new(),
        reason: taking.reason.clone(),
        start: taking.started,
        end: taking.ends.min(now).max(taking.started),
        failures: taking
            .failures
            .iter()
            .map(|(index, shard, reason)| Failure {
                index: index.clone(),
                shard: *shard,
                reason: reason.clone(),
            })
            .collect(),
        total_shards: taking.indices.values().map(index_settings::shards).sum(),
    };
    let ended = match (&snapshot.reason, snapshot.failures.is_empty()) {
        (Some(_), _) => "FAILED",
        (None, true) => "SUCCESS",
        (None, false) => "PARTIAL",
    };
    snapshot.state = ended.to_owned();
    if snapshot.reason.is_none() {
        for (name, index) in &taking.indices {
            write_index(state, &place, &mut catalogue, &snapshot, name, index);
        }
    }
    catalogue::write(
        state,
        &place,
        &format!("meta-{uuid}.dat"),
        &json!({"meta-data": {"version": engine.id()}}),
    );
    catalogue::write(state, &place, &format!("snap-{uuid}.dat"), &snapshot);
    catalogue.snapshots.push(Entry {
        name: snapshot.name.clone(),
        uuid: uuid.to_owned(),
        state: snapshot.ordinal(),
    });
    catalogue.write(state, &place);
}

fn write_index(
    state: &mut State,
    place: &Place,
    catalogue: &mut Catalogue,
    snapshot: &Snapshot,
    name: &str,
    index: &Index,
) {
    let serial = state.next_serial();
    let entry = catalogue.indices.entry(name.to_owned()).or_default();
    if entry.id.is_empty() {
        entry.id = indices::uuid(&format!("repository index {name} {serial}"));
    }
    entry.snapshots.push(snapshot.uuid.clone());
    let (id, uuid) = (entry.id.clone(), &snapshot.uuid);
    let plain = Index {
        documents: Documents::default(),
        unrefreshed: None,
        recovery: None,
        ..index.clone()
    };
    catalogue::write(
        state,
        place,
        &format!("indices/{id}/meta-{uuid}.dat"),
        &plain,
    );
    for shard in (0..index_settings::shards(index)).filter(|shard| !snapshot.failed(name, *shard)) {
        let mut written = Shard {
            files: Vec::new(),
            new_files: 0,
            new_bytes: 0,
            start: snapshot.start,
            millis: snapshot.end - snapshot.start,
        };
        for (file, bytes) in shards::files(index, shard) {
            let (at, size) = (catalogue::data(&id, shard, &file), bytes.len() as u64);
            if place.read(state, &at).is_none() {
                place.write(state, &at, bytes);
                written.new_files += 1;
                written.new_bytes += size;
            }
            written.files.push(ShardFile {
                name: file,
                bytes: size,
            });
        }
        let at = catalogue::data(&id, shard, &format!("snap-{uuid}.dat"));
        catalogue::write(state, place, &at, &written);
        // The shard's own list of all its snapshots, of which each new one takes the place.
        let lists = catalogue::data(&id, shard, "index-");
        for old in place.names(state, &lists) {
            place.remove(state, &old);
        }
        place.write(state, &format!("{lists}{uuid}"), b"{}".to_vec());
    }
}

/// How far a running snapshot is with each of its files: new sizes, and how many of them are copied.
pub(super) fn copied_files(taking: &Taking, now: i64) -> BTreeMap<String, Vec<(Vec<u64>, usize)>> {
    let total: u64 = taking.new_files.values().flatten().flatten().sum();
    let mut left = shards::copied(total, (taking.begins, taking.ends), now);
    let mut all = BTreeMap::new();
    for (name, of_index) in &taking.new_files {
        let mut each = Vec::new();
        for sizes in of_index {
            // Whole files are counted, as engines do.
            let done = sizes.iter().take_while(|size| {
                let fits = **size <= left;
                left = if fits { left - **size } else { 0 };
                fits
            });
            let done = done.count();
            each.push((sizes.clone(), done));
        }
        all.insert(name.clone(), each);
    }
    all
}
