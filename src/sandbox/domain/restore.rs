//! Restores: nothing open is overwritten, and what comes back is what the snapshot's files hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::message::Answer;
use super::super::search_state::{Documents, Index, Recovery};
use super::super::state::Repository;
use super::blobs::Place;
use super::catalogue::{self, Catalogue, IndexEntry, Shard, Snapshot};
use super::engine::Engine;
use super::errors::{Exception, of_snapshot};
use super::index_settings;
use super::restore_request::Asked;
use super::{Call, access, expression, indices, repository, restored_aliases, shards, streams};
use crate::names::wildcard::matches;

/// Answers `POST _snapshot/REPOSITORY/NAME/_restore`.
pub(super) fn restore(call: &mut Call<'_>, repository: &str, name: &str) -> Result<Answer, Answer> {
    let held = call.repository(repository)?;
    let asked = Asked::read(&call.json()?, Engine::of(&call.domain))?;
    let catalogue = repository::catalogue(call, repository, &held)?;
    let place = Place::of(&call.domain, repository, &held);
    let Some(entry) = catalogue.entry(name) else {
        access::refuse_nameless(call)?;
        let failure = of_snapshot(
            "snapshot_restore_exception",
            (repository, name),
            "snapshot does not exist",
        );
        return Err(failure.answer(500));
    };
    let full = format!("{name}/{}", entry.uuid);
    let names = (repository, full.as_str());
    let Some(snapshot) = Snapshot::read(call.state, &place, &entry.uuid) else {
        return Err(of_snapshot("snapshot_missing_exception", names, "is missing").answer(404));
    };
    check_snapshot(call, names, &snapshot, &asked)?;
    let mut available = snapshot.indices.clone();
    available.sort();
    streams::refuse_unknown(call, &snapshot, &asked)?;
    let back = streams::asked_for(call, &snapshot, &asked)?;
    let is_stream = |name: &&String| back.iter().any(|one| one.name == **name);
    let mut wanted: Vec<String> = asked.indices.clone();
    if !back.is_empty() {
        wanted.retain(|name| !is_stream(&name));
    }
    let mut found = match wanted.is_empty() && !back.is_empty() {
        true => BTreeSet::new(),
        false => expression::filter(&available, &wanted, asked.ignore_unavailable)
            .map_err(|name| missing(call, &name))?,
    };
    let of_streams = back
        .iter()
        .filter_map(|one| snapshot.data_streams.get(&one.name));
    let backing: BTreeSet<&String> = of_streams.flatten().collect();
    found.extend(backing.iter().map(|name| (*name).clone()));
    let security =
        |name: &String| name == ".opendistro_security" || name.starts_with(".opensearch-security");
    if found.iter().any(security) {
        access::refuse_nameless(call)?;
    }
    let targets = asked.targets(names, &found, &backing)?;
    let plan = plan(
        call,
        names,
        (&place, &held),
        &catalogue,
        &snapshot,
        &asked,
        targets,
    )?;
    restored_aliases::check(Engine::of(&call.domain), &call.domain.cluster, &plan)?;
    let shards = counts(&plan);
    let restored: Vec<String> = plan.iter().map(|(name, _)| name.clone()).collect();
    streams::refuse_future_names(call, &back, &restored)?;
    call.indices(|all| all.extend(plan));
    let back = back.into_iter().map(|one| (one.target, one.backing));
    call.change(|domain| domain.cluster.data_streams.extend(back));
    if call.parameter("wait_for_completion") != Some("true") {
        return Ok(Answer::json(200, &json!({"accepted": true})));
    }
    let now = call.state.now_millis();
    call.indices(|all| {
        for name in &restored {
            if let Some(recovery) = all.get_mut(name).and_then(|index| index.recovery.as_mut()) {
                recovery.ends = recovery.ends.min(now);
            }
        }
    });
    Ok(Answer::json(
        200,
        &json!({"snapshot": {"snapshot": name, "indices": restored, "shards": shards}}),
    ))
}

fn missing(call: &Call<'_>, name: &str) -> Answer {
    let engine = Engine::of(&call.domain);
    let reason = match engine.is_old() {
        true => "no such index".to_owned(),
        false => format!("no such index [{name}]"),
    };
    let failure = Exception::new("index_not_found_exception", reason).about("index_uuid", "_na_");
    failure.about("index", name).answer(404)
}

fn check_snapshot(
    call: &Call<'_>,
    names: (&str, &str),
    snapshot: &Snapshot,
    asked: &Asked,
) -> Result<(), Answer> {
    let engine = Engine::of(&call.domain);
    let refuse =
        |why: String| Err(of_snapshot("snapshot_restore_exception", names, &why).answer(500));
    if !matches!(snapshot.state.as_str(), "SUCCESS" | "PARTIAL") {
        return refuse(format!("unsupported snapshot state [{}]", snapshot.state));
    }
    let (open_search, major) = Engine::family_of(snapshot.version_id);
    let theirs = (Engine::generation(open_search, major), snapshot.version_id);
    let own = (
        Engine::generation(engine.open_search, u64::from(engine.major)),
        engine.id(),
    );
    if theirs > own {
        let product = if engine.open_search {
            "OpenSearch"
        } else {
            "Elasticsearch"
        };
        return refuse(format!(
            "the snapshot was created with {product} version [{}] which is higher than the version of this node [{}]",
            snapshot.version,
            engine.number()
        ));
    }
    if asked.include_global_state {
        access::refuse_nameless(call)?;
        if !snapshot.include_global_state {
            return refuse(
                "cannot restore global state since the snapshot was created without global state"
                    .to_owned(),
            );
        }
    }
    Ok(())
}

/// Builds the indices that will be there, or says why not; nothing is changed here.
fn plan(
    call: &mut Call<'_>,
    names: (&str, &str),
    (place, held): (&Place, &Repository),
    catalogue: &Catalogue,
    snapshot: &Snapshot,
    asked: &Asked,
    targets: BTreeMap<String, String>,
) -> Result<Vec<(String, Index)>, Answer> {
    let rate = shards::rate(
        call.domain.cluster.rates.restore_bytes_per_second,
        held.settings.get("max_restore_bytes_per_sec"),
    );
    let mut plan: Vec<(String, Index)> = Vec::new();
    let now = call.state.now_millis();
    let mut begins = now;
    for (target, source) in targets {
        let entry = catalogue.indices.get(&source).cloned().unwrap_or_default();
        let file = format!("indices/{}/meta-{}.dat", entry.id, snapshot.uuid);
        let Some(mut index) = catalogue::read::<Index>(call.state, place, &file) else {
            let reason =
                format!("Blob object [{file}] not found: The specified key does not exist.");
            return Err(Exception::new("no_such_file_exception", reason).answer(500));
        };
        check_target(call, names, (&source, &target), &index, snapshot, asked)?;
        change_settings(call, names, (&source, &target), &mut index, asked)?;
        if !asked.include_aliases {
            index.aliases.clear();
        }
        asked.rename_aliases(&mut index.aliases)?;
        let (mut documents, sizes, mut failed) =
            content(call, place, &entry, &source, snapshot, &index);
        let bytes: u64 = sizes.iter().flatten().sum();
        let mut ends = begins.saturating_add(shards::duration(bytes, rate));
        if !index_settings::assignable(&index.settings) {
            // The restore of what no node takes is over at once, and stays red whatever is set later.
            failed = (0..index_settings::shards(&index)).collect();
            documents.clear();
            ends = now;
        }
        // Over a closed index, its uuid stays.
        let replaced = call.domain.cluster.indices.get(&target);
        let replaced = replaced.map(|held| held.uuid.clone());
        let fresh = format!("index {target} {}", call.state.next_serial());
        index.uuid = replaced.unwrap_or_else(|| indices::uuid(&fresh));
        index.documents = Documents(Arc::new(documents));
        index.closed = false;
        index.assigned = true;
        index.recovery = Some(Recovery {
            repository: names.0.to_owned(),
            snapshot: snapshot.name.clone(),
            snapshot_uuid: snapshot.uuid.clone(),
            started: begins.min(ends),
            ends,
            shards: sizes,
            failed,
        });
        begins = begins.max(ends);
        plan.push((target, index));
    }
    Ok(plan)
}

fn check_target(
    call: &Call<'_>,
    names: (&str, &str),
    (source, target): (&str, &str),
    index: &Index,
    snapshot: &Snapshot,
    asked: &Asked,
) -> Result<(), Answer> {
    let engine = Engine::of(&call.domain);
    let refuse =
        |why: String| Err(of_snapshot("snapshot_restore_exception", names, &why).answer(500));
    let damaged = (0..index_settings::shards(index)).any(|shard| snapshot.failed(source, shard));
    if damaged && !asked.partial {
        return refuse(format!(
            "index [{source}] wasn't fully snapshotted - cannot restore"
        ));
    }
    let (open_search, major) = Engine::family_of(index.version);
    if Engine::generation(open_search, major) + 1
        < Engine::generation(engine.open_search, u64::from(engine.major))
    {
        let reason = format!(
            "cannot restore index [[{target}/{}]] because it cannot be upgraded",
            index.uuid
        );
        return refuse(reason);
    }
    let cluster = &call.domain.cluster;
    match cluster.indices.get(target) {
        Some(held) if !held.closed => refuse(format!(
            "cannot restore index [{target}] because an open index with same name already exists in the cluster. Either close or \
             delete the existing index or restore the index under a different name by providing a rename pattern and replacement name"
        )),
        Some(_) if damaged => refuse(format!(
            "cannot restore partial index [{target}] because such index already exists"
        )),
        Some(held) if index_settings::shards(held) != index_settings::shards(index) => {
            refuse(format!(
                "cannot restore index [{target}] with [{}] shards from a snapshot of index [{source}] with [{}] shards",
                index_settings::shards(held),
                index_settings::shards(index)
            ))
        }
        Some(_) => Ok(()),
        None => match expression::invalid_name(target, !engine.is_old(), &cluster.indices) {
            None => Ok(()),
            Some(why) => {
                let reason = format!("Invalid index name [{target}], {why}");
                Err(Exception::new("invalid_index_name_exception", reason)
                    .about("index", target)
                    .answer(400))
            }
        },
    }
}

/// Settings that a restore may neither change nor take away.
const FIXED: [&str; 3] = [
    "index.number_of_shards",
    "index.version.created",
    "index.uuid",
];

fn change_settings(
    call: &Call<'_>,
    names: (&str, &str),
    _: (&str, &str),
    index: &mut Index,
    asked: &Asked,
) -> Result<(), Answer> {
    let refuse = |verb: &str, key: &str| {
        let why = format!("cannot {verb} setting [{key}] on restore");
        Err(of_snapshot("snapshot_restore_exception", names, &why).answer(500))
    };
    for pattern in &asked.ignored {
        let pattern = if pattern.starts_with("index.") {
            pattern.clone()
        } else {
            format!("index.{pattern}")
        };
        if FIXED.contains(&pattern.as_str()) || pattern == "index.number_of_replicas" {
            return refuse("remove", &pattern);
        }
        index.settings.retain(|key, _| {
            FIXED.contains(&key.as_str())
                || key == "index.number_of_replicas"
                || !matches(&pattern, key)
        });
    }
    if let Some(key) = asked
        .settings
        .keys()
        .find(|key| FIXED.contains(&key.as_str()))
    {
        return refuse("modify", key);
    }
    index_settings::check(&asked.settings)?;
    index_settings::apply(&mut index.settings, asked.settings.clone());
    index_settings::check_zones(&index.settings, call.domain.cluster.zones)
}

/// Reads the documents of all shards; the shards whose files are gone fail.
fn content(
    call: &Call<'_>,
    place: &Place,
    entry: &IndexEntry,
    source: &str,
    snapshot: &Snapshot,
    index: &Index,
) -> (BTreeMap<String, String>, Vec<Vec<u64>>, Vec<usize>) {
    let (mut documents, mut sizes, mut failed) = (BTreeMap::new(), Vec::new(), Vec::new());
    for shard in 0..index_settings::shards(index) {
        let file = catalogue::data(&entry.id, shard, &format!("snap-{}.dat", snapshot.uuid));
        let listed: Option<Shard> = catalogue::read(call.state, place, &file);
        let files = listed.map(|listed| listed.files).unwrap_or_default();
        let read = |file: &catalogue::ShardFile| {
            catalogue::read::<BTreeMap<String, String>>(
                call.state,
                place,
                &catalogue::data(&entry.id, shard, &file.name),
            )
        };
        let parts: Option<Vec<_>> = files.iter().map(read).collect();
        sizes.push(files.iter().map(|file| file.bytes).collect());
        match parts.filter(|parts| !parts.is_empty() && !snapshot.failed(source, shard)) {
            Some(parts) => documents.extend(parts.into_iter().flatten()),
            None => failed.push(shard),
        }
    }
    (documents, sizes, failed)
}

fn counts(plan: &[(String, Index)]) -> Value {
    let total: usize = plan
        .iter()
        .map(|(_, index)| index_settings::shards(index))
        .sum();
    let lost = |index: &Index| index.recovery.as_ref().map_or(0, |done| done.failed.len());
    let failed: usize = plan.iter().map(|(_, index)| lost(index)).sum();
    json!({"total": total, "failed": failed, "successful": total - failed})
}
