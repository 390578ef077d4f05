//! `_status`: how far each shard of a snapshot is; reads only.

use serde_json::{Map, Value, json};

use super::super::identifiers;
use super::super::message::Answer;
use super::super::search_state::Taking;
use super::super::state::RunningKind;
use super::blobs::Place;
use super::catalogue::{self, Catalogue, Shard, Snapshot};
use super::engine::Engine;
use super::errors::of_snapshot;
use super::expression::split;
use super::listing::sum;
use super::{Call, cluster, progress, repository, shards};

/// One shard's stage and numbers.
struct State {
    stage: &'static str,
    reason: Option<String>,
    /// Files and bytes: new, copied of them, all.
    new: (usize, u64),
    processed: Option<(usize, u64)>,
    total: (usize, u64),
    start: i64,
    millis: i64,
}

/// The shards of each index.
type Indices = Vec<(String, Vec<State>)>;

/// Answers `GET _snapshot/_status`, `_snapshot/REPOSITORY/_status` and `_snapshot/REPOSITORY/NAMES/_status`.
pub(super) fn answer(
    call: &Call<'_>,
    repository: Option<&str>,
    names: Option<&str>,
) -> Result<Answer, Answer> {
    let held = repository.map(|name| call.repository(name)).transpose()?;
    let wanted = names.map(split);
    let mut found = Vec::new();
    let mut seen = Vec::new();
    let meant = |name: &str, of: &str| {
        repository.is_none_or(|held| held == of)
            && wanted
                .as_ref()
                .is_none_or(|wanted| wanted.iter().any(|one| one == name))
    };
    for running in call
        .domain
        .running
        .iter()
        .filter(|running| running.kind == RunningKind::Snapshot)
    {
        if meant(&running.snapshot, &running.repository) {
            seen.push(running.snapshot.clone());
            found.push(scripted(&running.repository, &running.snapshot));
        }
    }
    for taking in &call.domain.cluster.taking {
        if meant(&taking.snapshot, &taking.repository) {
            seen.push(taking.snapshot.clone());
            found.push(running(taking, call.state.now_millis()));
        }
    }
    if let (Some(repository), Some(held), Some(wanted)) = (repository, &held, &wanted) {
        let place = Place::of(&call.domain, repository, held);
        let catalogue = repository::catalogue(call, repository, held)?;
        for name in wanted.iter().filter(|name| !seen.contains(name)) {
            let entry = catalogue.entry(name);
            let snapshot = entry.and_then(|entry| Snapshot::read(call.state, &place, &entry.uuid));
            match snapshot {
                Some(snapshot) => found.push(done(call, repository, &place, &catalogue, &snapshot)),
                None if call.flag("ignore_unavailable") => {}
                None => {
                    return Err(of_snapshot(
                        "snapshot_missing_exception",
                        (repository, name),
                        "is missing",
                    )
                    .answer(404));
                }
            }
        }
    }
    Ok(Answer::json(200, &json!({ "snapshots": found })))
}

/// A snapshot that a test's script keeps running for ever.
fn scripted(repository: &str, name: &str) -> Value {
    let counts = json!({"initializing": 0, "started": 1, "finalizing": 0, "done": 0, "failed": 0, "total": 1});
    let one = json!({"file_count": 1, "size_in_bytes": 1});
    json!({
        "snapshot": name,
        "repository": repository,
        "uuid": identifiers::letters(name, 22),
        "state": "STARTED",
        "include_global_state": false,
        "shards_stats": counts,
        "stats": {"incremental": one, "total": one},
        "indices": {},
    })
}

fn running(taking: &Taking, now: i64) -> Value {
    let copied = progress::copied_files(taking, now);
    let mut indices: Indices = Vec::new();
    for (name, index) in &taking.indices {
        let of_index = copied.get(name).into_iter().flatten().enumerate();
        let each = of_index.map(|(shard, (sizes, done))| {
            let failed = taking
                .failures
                .iter()
                .find(|(index, at, _)| index == name && *at == shard);
            let all: Vec<u64> = shards::files(index, shard)
                .iter()
                .map(|(_, bytes)| bytes.len() as u64)
                .collect();
            let whole = *done == sizes.len() && now >= taking.begins;
            let stage = match (failed, whole) {
                (Some(_), _) => "FAILURE",
                (None, true) => "DONE",
                (None, false) if now < taking.begins => "INIT",
                (None, false) => "STARTED",
            };
            State {
                stage,
                reason: failed.map(|(_, _, reason)| reason.clone()),
                new: (sizes.len(), sizes.iter().sum()),
                processed: Some((*done, sizes.iter().take(*done).sum())),
                total: if failed.is_some() {
                    (0, 0)
                } else {
                    (all.len(), all.iter().sum())
                },
                start: taking.begins,
                millis: 0,
            }
        });
        indices.push((name.clone(), each.collect()));
    }
    shown(
        (&taking.repository, &taking.snapshot, &taking.uuid),
        "STARTED",
        taking.include_global_state,
        taking.started,
        0,
        indices,
    )
}

fn done(
    call: &Call<'_>,
    repository: &str,
    place: &Place,
    held: &Catalogue,
    snapshot: &Snapshot,
) -> Value {
    let engine = Engine::of(&call.domain);
    let mut indices: Indices = Vec::new();
    for name in &snapshot.indices {
        let Some(id) = held.indices.get(name).map(|entry| entry.id.as_str()) else {
            continue;
        };
        let meta = format!("indices/{id}/meta-{}.dat", snapshot.uuid);
        let Some(index) =
            catalogue::read::<super::super::search_state::Index>(call.state, place, &meta)
        else {
            continue;
        };
        let each = (0..super::index_settings::shards(&index))
            .map(|shard| of_shard(call, place, (id, name), shard, snapshot));
        indices.push((name.clone(), each.collect()));
    }
    // Elasticsearch says SUCCESS of a partial one here.
    let state = match snapshot.state.as_str() {
        "PARTIAL" if !engine.open_search => "SUCCESS",
        state => state,
    };
    let millis = snapshot.end - snapshot.start;
    shown(
        (repository, &snapshot.name, &snapshot.uuid),
        state,
        snapshot.include_global_state,
        snapshot.start,
        millis,
        indices,
    )
}

fn of_shard(
    call: &Call<'_>,
    place: &Place,
    (id, name): (&str, &str),
    shard: usize,
    snapshot: &Snapshot,
) -> State {
    let mut failures = snapshot.failures.iter();
    let failure = failures.find(|failure| failure.index == name && failure.shard == shard);
    let file = catalogue::data(id, shard, &format!("snap-{}.dat", snapshot.uuid));
    let read: Option<Shard> = catalogue::read(call.state, place, &file);
    let reason = failure.map(|failure| failure.reason.clone());
    match read {
        Some(written) if reason.is_none() => State {
            stage: "DONE",
            reason: None,
            new: (written.new_files, written.new_bytes),
            processed: None,
            total: (
                written.files.len(),
                written.files.iter().map(|file| file.bytes).sum(),
            ),
            start: written.start,
            millis: written.millis,
        },
        _ => State {
            stage: "FAILURE",
            reason,
            new: (0, 0),
            processed: None,
            total: (0, 0),
            start: 0,
            millis: 0,
        },
    }
}

fn shown(
    (repository, name, uuid): (&str, &str, &str),
    state: &str,
    global: bool,
    start: i64,
    millis: i64,
    indices: Indices,
) -> Value {
    let (mut counts, mut numbers) = (counts(&[]), Numbers::default());
    let mut shown = Map::new();
    for (index, shards) in indices {
        let mut of_index = Numbers {
            start,
            ..Numbers::default()
        };
        shards.iter().for_each(|shard| of_index.add(shard));
        shards.iter().for_each(|shard| numbers.add(shard));
        let stages = self::counts(&shards);
        sum(&mut counts, &stages);
        let each: Map<String, Value> = shards
            .iter()
            .enumerate()
            .map(|(at, shard)| (at.to_string(), one(shard)))
            .collect();
        shown.insert(
            index,
            json!({"shards_stats": stages, "stats": of_index.value(), "shards": each}),
        );
    }
    numbers.start = start;
    numbers.millis = millis;
    json!({
        "snapshot": name, "repository": repository, "uuid": uuid, "state": state, "include_global_state": global,
        "shards_stats": counts, "stats": numbers.value(), "indices": shown,
    })
}

fn counts(shards: &[State]) -> Map<String, Value> {
    let count = |stage: &str| json!(shards.iter().filter(|shard| shard.stage == stage).count());
    let stages = [
        ("initializing", "INIT"),
        ("started", "STARTED"),
        ("finalizing", "FINALIZE"),
        ("done", "DONE"),
        ("failed", "FAILURE"),
    ];
    let mut counts: Map<String, Value> = stages
        .iter()
        .map(|(key, stage)| ((*key).to_owned(), count(stage)))
        .collect();
    counts.insert("total".to_owned(), json!(shards.len()));
    counts
}

fn one(shard: &State) -> Value {
    let mut numbers = Numbers::default();
    numbers.add(shard);
    let mut value = json!({"stage": shard.stage, "stats": numbers.value()});
    if let Value::Object(fields) = &mut value {
        if let Some(reason) = &shard.reason {
            fields.insert("reason".to_owned(), json!(reason));
        }
        if shard.stage == "STARTED" {
            fields.insert("node".to_owned(), json!(cluster::node_id(0)));
        }
    }
    value
}

/// Sums of shards.
#[derive(Default)]
struct Numbers {
    new: (usize, u64),
    processed: Option<(usize, u64)>,
    total: (usize, u64),
    start: i64,
    millis: i64,
}

impl Numbers {
    fn add(&mut self, shard: &State) {
        let plus = |held: (usize, u64), more: (usize, u64)| (held.0 + more.0, held.1 + more.1);
        self.new = plus(self.new, shard.new);
        self.total = plus(self.total, shard.total);
        if let Some(processed) = shard.processed {
            self.processed = Some(plus(self.processed.unwrap_or_default(), processed));
        }
        self.start = self.start.max(shard.start);
        self.millis = self.millis.max(shard.millis);
    }

    fn value(&self) -> Value {
        let pair =
            |(files, bytes): (usize, u64)| json!({"file_count": files, "size_in_bytes": bytes});
        let mut value = json!({
            "incremental": pair(self.new), "total": pair(self.total),
            "start_time_in_millis": self.start, "time_in_millis": self.millis,
        });
        // Only while it runs, and only when something is left.
        if let (Some(processed), Value::Object(fields)) =
            (self.processed.filter(|done| *done != self.new), &mut value)
        {
            fields.insert("processed".to_owned(), pair(processed));
        }
        value
    }
}
