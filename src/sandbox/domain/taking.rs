//! Starting snapshots; one that cannot be whole must say so as its engine does.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::message::Answer;
use super::super::search_state::{Index, Taking};
use super::super::state::{Repository, RunningKind};
use super::blobs::Place;
use super::catalogue::{self, Catalogue};
use super::chain::{self, Use};
use super::engine::Engine;
use super::errors::{self, Exception, of_snapshot};
use super::expression::{self, Reading};
use super::shards::{self, Ready};
use super::{Call, index_settings, indices, listing, progress, repository, settings, streams};

/// What a body asks for.
struct Asked {
    indices: Vec<String>,
    ignore_unavailable: bool,
    include_global_state: bool,
    partial: bool,
    metadata: Option<Value>,
}

/// Answers `PUT _snapshot/REPOSITORY/NAME`.
pub(super) fn take(call: &mut Call<'_>, repository: &str, name: &str) -> Result<Answer, Answer> {
    let held = call.repository(repository)?;
    let engine = Engine::of(&call.domain);
    check_name(repository, name)?;
    let asked = read(&call.json()?, engine)?;
    let place = Place::of(&call.domain, repository, &held);
    check_place(call, (repository, name), &held, &place)?;
    refuse_while_running(call, (repository, name), "a snapshot is already running")?;
    // A wildcard leaves closed indices out, a name does not.
    let reading = Reading {
        ignore_unavailable: asked.ignore_unavailable,
        closed: false,
        ..Reading::ALL
    };
    let found = expression::resolve(&call.domain.cluster, &asked.indices, reading)
        .map_err(|problem| errors::unresolved(engine, &problem))?;
    let streams = streams::taken(&call.domain.cluster, &asked.indices);
    let found: BTreeMap<String, Index> = call
        .held(&found)
        .map(|(name, index)| (name.clone(), index.clone()))
        .collect();
    if engine.is_old() && found.values().any(|index| index.closed) {
        let reason = "blocked by: [FORBIDDEN/4/index closed];";
        return Err(Exception::new("cluster_block_exception", reason).answer(403));
    }
    let taking = Taking {
        data_streams: streams,
        ..begin(call, (repository, name), &held, &place, found, asked)?
    };
    let torn = taking.is_torn();
    let uuid = taking.uuid.clone();
    call.change(|domain| domain.cluster.taking.push(taking));
    if call.parameter("wait_for_completion") != Some("true") {
        return Ok(Answer::json(200, &json!({"accepted": true})));
    }
    progress::finish_now(call.state, call.place, &uuid);
    if torn {
        return Err(Exception::new("null_pointer_exception", "").answer(500));
    }
    let snapshot = listing::one(call.state, &place, &uuid, engine);
    Ok(Answer::json(200, &json!({ "snapshot": snapshot })))
}

/// Checks a snapshot's name.
pub(super) fn check_name(repository: &str, name: &str) -> Result<(), Answer> {
    let invalid = ['\\', '/', '*', '?', '"', '<', '>', '|'];
    let why = if name.is_empty() {
        "cannot be empty"
    } else if name.contains(' ') {
        "must not contain whitespace"
    } else if name.contains(',') {
        "must not contain ','"
    } else if name.contains('#') {
        "must not contain '#'"
    } else if name.starts_with('_') {
        "must not start with '_'"
    } else if name.to_lowercase() != name {
        "must be lowercase"
    } else if name.contains(invalid) {
        "must not contain the following characters [ , \", *, \\, <, |, ,, >, /, ?]"
    } else {
        return Ok(());
    };
    Err(invalid_name((repository, name), why))
}

fn invalid_name(names: (&str, &str), why: &str) -> Answer {
    let reason = format!("Invalid snapshot name [{}], {why}", names.1);
    of_snapshot("invalid_snapshot_name_exception", names, &reason).answer(400)
}

fn read(body: &Value, engine: Engine) -> Result<Asked, Answer> {
    let mut asked = Asked {
        indices: Vec::new(),
        ignore_unavailable: false,
        include_global_state: true,
        partial: false,
        metadata: None,
    };
    let fields = match body {
        Value::Null => return Ok(asked),
        Value::Object(fields) => fields,
        _ => return Err(errors::invalid("malformed snapshot request")),
    };
    for (key, value) in fields {
        match key.as_str() {
            "indices" => asked.indices = names(value)?,
            "ignore_unavailable" => asked.ignore_unavailable = flag(key, value)?,
            "include_global_state" => asked.include_global_state = flag(key, value)?,
            "partial" => asked.partial = flag(key, value)?,
            "metadata" if !engine.is_old() => asked.metadata = metadata(value)?,
            // What is not known is passed over.
            _ => {}
        }
    }
    Ok(asked)
}

fn metadata(value: &Value) -> Result<Option<Value>, Answer> {
    match value {
        Value::Null => Ok(None),
        Value::Object(_) if value.to_string().len() <= 1024 => Ok(Some(value.clone())),
        Value::Object(_) => {
            let length = value.to_string().len();
            let reason = format!(
                "Validation Failed: 1: metadata must be smaller than 1024 bytes, but was [{length}];"
            );
            Err(Exception::new("action_request_validation_exception", reason).answer(400))
        }
        _ => Err(errors::invalid("malformed metadata, should be an object")),
    }
}

/// Reads names from a text or a list.
pub(super) fn names(value: &Value) -> Result<Vec<String>, Answer> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(text) => Ok(expression::split(text)),
        Value::Array(list) => Ok(list
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()),
        _ => Err(errors::invalid(
            "malformed indices section, should be an array of strings",
        )),
    }
}

/// Reads a switch, that may be text.
pub(super) fn flag(key: &str, value: &Value) -> Result<bool, Answer> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::String(text) if text == "true" || text == "false" => Ok(text == "true"),
        other => Err(errors::invalid(format!(
            "Could not convert [{key}] to boolean: Failed to parse value [{other}] as only [true] or [false] are allowed."
        ))),
    }
}

fn check_place(
    call: &Call<'_>,
    names: (&str, &str),
    held: &Repository,
    place: &Place,
) -> Result<(), Answer> {
    let (repository, name) = names;
    if settings::is_readonly(held) {
        let reason = format!("[{repository}] cannot create snapshot in a readonly repository");
        return Err(Exception::new("repository_exception", reason).answer(500));
    }
    let catalogue = repository::catalogue(call, repository, held)?;
    let role = repository::role_of(call, held).map_err(|failure| failure.answer(500))?;
    if held.kind == "s3" {
        chain::reach(call, held, role.as_ref(), Use::Verify).map_err(|cause| {
            of_snapshot(
                "snapshot_exception",
                names,
                "failed to update snapshot in repository",
            )
            .because(cause)
            .answer(500)
        })?;
    }
    let listed = call
        .state
        .snapshots
        .get(&place.listed())
        .into_iter()
        .flatten();
    let mut listed = listed.filter_map(|held| held.get("snapshot")?.as_str());
    if catalogue.entry(name).is_some() || listed.any(|held| held == name) {
        return Err(invalid_name(
            names,
            "snapshot with the same name already exists",
        ));
    }
    let mut running = call.domain.cluster.taking.iter();
    if running.any(|taking| taking.repository == repository && taking.snapshot == name) {
        let why = match Engine::of(&call.domain).is_old() {
            true => "snapshot with the same name already exists",
            false => "snapshot with the same name is already in-progress",
        };
        return Err(invalid_name(names, why));
    }
    Ok(())
}

/// Refuses what may not run beside a snapshot: Amazon and older engines run one at a time.
pub(super) fn refuse_while_running(
    call: &Call<'_>,
    names: (&str, &str),
    why: &str,
) -> Result<(), Answer> {
    let engine = Engine::of(&call.domain);
    if call.domain.self_managed && engine.concurrent_snapshots() {
        return Ok(());
    }
    let scripted = call
        .domain
        .running
        .iter()
        .any(|running| running.kind == RunningKind::Snapshot);
    if call.domain.cluster.taking.is_empty() && !scripted {
        return Ok(());
    }
    let failure = of_snapshot(
        "concurrent_snapshot_execution_exception",
        names,
        &format!(" {why}"),
    );
    Err(failure.answer(engine.busy()))
}

fn begin(
    call: &mut Call<'_>,
    names: (&str, &str),
    held: &Repository,
    place: &Place,
    found: BTreeMap<String, Index>,
    asked: Asked,
) -> Result<Taking, Answer> {
    let engine = Engine::of(&call.domain);
    let now = call.state.now_millis();
    let lost = |index: &Index| shards::ready(index, now) == Ready::Never;
    let missing = listed(&found, lost);
    let reason = (!asked.partial && !missing.is_empty())
        .then(|| format!("Indices don't have primary shards [{missing}]"));
    if let Some(reason) = reason.as_ref().filter(|_| !engine.is_old()) {
        return Err(of_snapshot("snapshot_exception", names, reason).answer(500));
    }
    let failures = failures(&found, now);
    let (uuid, new_files) = (
        indices::uuid(&format!(
            "snapshot {} {}",
            names.1,
            call.state.next_serial()
        )),
        new_files(call, place, &found, &failures),
    );
    let rate = shards::rate(
        call.domain.cluster.rates.snapshot_bytes_per_second,
        held.settings.get("max_snapshot_bytes_per_sec"),
    );
    let bytes: u64 = new_files.values().flatten().flatten().sum();
    // One after the other, and behind the restores of what it holds.
    let taking = call.domain.cluster.taking.iter().map(|taking| taking.ends);
    let restores = found
        .values()
        .filter_map(|index| Some(index.recovery.as_ref()?.ends));
    let begins = taking
        .chain(restores)
        .max()
        .map_or(now, |ends| ends.max(now));
    let ends = if reason.is_some() {
        now
    } else {
        begins.saturating_add(shards::duration(bytes, rate))
    };
    Ok(Taking {
        repository: names.0.to_owned(),
        snapshot: names.1.to_owned(),
        uuid,
        started: now,
        begins,
        ends,
        include_global_state: asked.include_global_state,
        metadata: asked.metadata,
        indices: found,
        data_streams: BTreeMap::new(),
        failures,
        reason,
        new_files,
    })
}

fn listed(found: &BTreeMap<String, Index>, is: impl Fn(&Index) -> bool) -> String {
    let names = found
        .iter()
        .filter(|(_, index)| is(index))
        .map(|(name, _)| name.as_str());
    names.collect::<Vec<_>>().join(", ")
}

fn failures(found: &BTreeMap<String, Index>, now: i64) -> Vec<(String, usize, String)> {
    let mut failures = Vec::new();
    for (name, index) in found {
        let lost = |shard: &usize| match (shards::ready(index, now), &index.recovery) {
            (Ready::Never, Some(recovery)) => recovery.failed.contains(shard),
            (Ready::Never, None) => true,
            _ => false,
        };
        let why = || "primary shard is not allocated".to_owned();
        let shards = (0..index_settings::shards(index)).filter(lost);
        failures.extend(shards.map(|shard| (name.clone(), shard, why())));
    }
    failures
}

/// Returns the sizes of the files that the repository does not hold yet.
fn new_files(
    call: &Call<'_>,
    place: &Place,
    found: &BTreeMap<String, Index>,
    failures: &[(String, usize, String)],
) -> BTreeMap<String, Vec<Vec<u64>>> {
    let catalogue = Catalogue::read(call.state, place).unwrap_or_default();
    let mut all = BTreeMap::new();
    for (name, index) in found {
        let id = catalogue.indices.get(name).map(|entry| entry.id.as_str());
        let of_shard = |shard: usize| -> Vec<u64> {
            if failures
                .iter()
                .any(|(index, failed, _)| index == name && *failed == shard)
            {
                return Vec::new();
            }
            let files = shards::files(index, shard).into_iter();
            let absent = files.filter(|(file, _)| {
                id.is_none_or(|id| {
                    place
                        .read(call.state, &catalogue::data(id, shard, file))
                        .is_none()
                })
            });
            absent.map(|(_, bytes)| bytes.len() as u64).collect()
        };
        all.insert(
            name.clone(),
            (0..index_settings::shards(index)).map(of_shard).collect(),
        );
    }
    all
}
