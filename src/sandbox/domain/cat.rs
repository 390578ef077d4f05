//! The `_cat` tables and `_stats`: the same numbers as the rest answers, every value of a table as text.

use serde_json::{Map, Value, json};

use super::super::clock;
use super::super::message::Answer;
use super::super::search_state::{Index, Recovery};
use super::super::state::RunningKind;
use super::engine::Engine;
use super::expression::Reading;
use super::shards::{self, Ready};
use super::{Call, cat_shards, cluster, errors, index_settings as settings, indices};

/// A row: column and value.
pub(super) type Row = Vec<(&'static str, Option<String>)>;

pub(super) fn cell(column: &'static str, value: impl ToString) -> (&'static str, Option<String>) {
    (column, Some(value.to_string()))
}

/// Answers `GET _cat/…`.
pub(super) fn answer(call: &Call<'_>, what: &str, target: Option<&str>) -> Result<Answer, Answer> {
    let rows = match what {
        "indices" => indices_rows(call, target)?,
        "recovery" => recovery_rows(call, target)?,
        "allocation" => allocation_rows(call),
        "nodeattrs" => attribute_rows(call),
        "nodes" => node_rows(call),
        "shards" => cat_shards::rows(call, target)?,
        _ => return Err(errors::unknown_path(call.request)),
    };
    Ok(table(call, rows))
}

/// Columns that are only shown when they are asked for.
const EXTRA: [&str; 4] = [
    "creation.date",
    "creation.date.string",
    "unassigned.reason",
    "unassigned.details",
];

fn table(call: &Call<'_>, rows: Vec<Row>) -> Answer {
    let wanted: Option<Vec<&str>> = call.parameter("h").map(|list| list.split(',').collect());
    let pick = |row: Row| -> Row {
        match &wanted {
            None => row
                .into_iter()
                .filter(|(column, _)| !EXTRA.contains(column))
                .collect(),
            Some(wanted) => wanted
                .iter()
                .filter_map(|name| row.iter().find(|(column, _)| column == name).cloned())
                .collect(),
        }
    };
    let rows: Vec<Row> = rows.into_iter().map(pick).collect();
    if call.parameter("format") == Some("json") {
        let rows: Vec<Value> = rows
            .into_iter()
            .map(|row| {
                row.into_iter()
                    .map(|(column, value)| (column.to_owned(), json!(value)))
                    .collect::<Map<_, _>>()
            })
            .map(Value::Object)
            .collect();
        return Answer::json(200, &Value::Array(rows));
    }
    let mut lines = Vec::new();
    if let (true, Some(first)) = (call.flag("v"), rows.first()) {
        lines.push(
            first
                .iter()
                .map(|(column, _)| (*column).to_owned())
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    lines.extend(rows.iter().map(|row| {
        let values = row
            .iter()
            .map(|(_, value)| value.clone().unwrap_or_default());
        values.collect::<Vec<_>>().join(" ")
    }));
    lines.push(String::new());
    Answer::text(200, &lines.join("\n"))
}

/// A number of bytes, in the unit that was asked for.
pub(super) fn size(call: &Call<'_>, bytes: u64) -> String {
    if call.parameter("bytes") == Some("b") {
        return bytes.to_string();
    }
    let units = [(30, "gb"), (20, "mb"), (10, "kb")];
    for (power, unit) in units {
        if bytes >= 1 << power {
            return format!("{:.1}{unit}", bytes as f64 / (1_u64 << power) as f64);
        }
    }
    format!("{bytes}b")
}

fn indices_rows(call: &Call<'_>, target: Option<&str>) -> Result<Vec<Row>, Answer> {
    let engine = Engine::of(&call.domain);
    if engine.is_old() && call.parameter("expand_wildcards").is_some() {
        let uri = call.request.path();
        return Err(errors::invalid(format!(
            "request [{uri}] contains unrecognized parameter: [expand_wildcards]"
        )));
    }
    let found = indices::resolve(
        call,
        target,
        Reading {
            closed: true,
            ..Reading::OPEN
        },
    )?;
    let now = call.state.now_millis();
    let row = |(name, index): (&String, &Index)| {
        let known = !index.closed && shards::unready(index, now) < settings::shards(index);
        let copies = settings::replicas(index, call.domain.cluster.nodes)
            .min(u64::from(call.domain.cluster.nodes - 1))
            + 1;
        let if_known = |value: String| known.then_some(value);
        let bytes = shards::bytes(index);
        vec![
            cell("health", cluster::health_of(call, index).status),
            cell("status", if index.closed { "close" } else { "open" }),
            cell("index", name),
            cell("uuid", &index.uuid),
            cell("pri", settings::shards(index)),
            cell("rep", settings::replicas(index, call.domain.cluster.nodes)),
            (
                "docs.count",
                if_known(shards::visible(index, now).to_string()),
            ),
            ("docs.deleted", if_known("0".to_owned())),
            ("store.size", if_known(size(call, bytes * copies))),
            ("pri.store.size", if_known(size(call, bytes))),
            cell("creation.date", index.created),
            cell("creation.date.string", clock::iso_of_millis(index.created)),
        ]
    };
    Ok(call.held(&found).map(row).collect())
}

fn recovery_rows(call: &Call<'_>, target: Option<&str>) -> Result<Vec<Row>, Answer> {
    let found = indices::resolve(call, target, Reading::ALL)?;
    let now = call.state.now_millis();
    let active = call.flag("active_only");
    let mut rows = Vec::new();
    for (name, index) in call.held(&found).filter(|(_, index)| index.assigned) {
        match &index.recovery {
            Some(recovery) if recovery.ends > now || !active => {
                rows.extend(restored(call, name, recovery))
            }
            None if !active => rows.extend(empty(call, name, index)),
            _ => {}
        }
    }
    // Restores that a test's script keeps running for ever.
    let scripted = call
        .domain
        .running
        .iter()
        .filter(|running| running.kind == RunningKind::Restore);
    for running in scripted {
        let recovery = Recovery {
            repository: running.repository.clone(),
            snapshot: running.snapshot.clone(),
            snapshot_uuid: String::new(),
            started: now,
            ends: i64::MAX,
            shards: vec![vec![1]],
            failed: Vec::new(),
        };
        rows.extend(restored(call, "restored", &recovery));
    }
    Ok(rows)
}

fn percent(part: u64, whole: u64) -> String {
    match whole {
        0 => "100.0%".to_owned(),
        whole => format!("{:.1}%", part as f64 * 100.0 / whole as f64),
    }
}

fn restored(call: &Call<'_>, name: &str, recovery: &Recovery) -> Vec<Row> {
    let now = call.state.now_millis();
    let progress = shards::progress(recovery, now).into_iter().enumerate();
    let row = |(shard, done): (usize, shards::Progress)| {
        let over = now >= recovery.ends;
        let stage = if over { "done" } else { "index" };
        let time = now.min(recovery.ends) - recovery.started;
        let (files, files_done) = (done.files as u64, done.files_done as u64);
        vec![
            cell("index", name),
            cell("shard", shard),
            cell("time", format!("{time}ms")),
            cell("type", "snapshot"),
            cell("stage", stage),
            cell("source_host", "n/a"),
            cell("source_node", "n/a"),
            cell("target_host", "127.0.0.1"),
            cell("target_node", cluster::NODE),
            cell("repository", &recovery.repository),
            cell("snapshot", &recovery.snapshot),
            cell("files", files),
            cell("files_recovered", files_done),
            cell("files_percent", percent(files_done, files)),
            cell("files_total", files),
            cell("bytes", size(call, done.bytes)),
            cell("bytes_recovered", size(call, done.bytes_done)),
            cell("bytes_percent", percent(done.bytes_done, done.bytes)),
            cell("bytes_total", size(call, done.bytes)),
            cell("translog_ops", 0),
            cell("translog_ops_recovered", 0),
            cell("translog_ops_percent", "100.0%"),
        ]
    };
    progress
        .filter(|(shard, _)| !recovery.failed.contains(shard))
        .map(row)
        .collect()
}

/// A shard that began empty.
fn empty(call: &Call<'_>, name: &str, index: &Index) -> Vec<Row> {
    let recovery = Recovery {
        repository: "n/a".to_owned(),
        snapshot: "n/a".to_owned(),
        snapshot_uuid: String::new(),
        started: index.created,
        ends: index.created,
        shards: vec![Vec::new(); settings::shards(index)],
        failed: Vec::new(),
    };
    let mut rows = restored(call, name, &recovery);
    for (column, value) in rows.iter_mut().flatten() {
        if *column == "type" {
            *value = Some("empty_store".to_owned());
        }
    }
    rows
}

fn allocation_rows(call: &Call<'_>) -> Vec<Row> {
    let held = &call.domain.cluster;
    let (total, used) = (held.disk_bytes, cluster::used(call));
    let shards: usize = held.indices.values().map(settings::shards).sum();
    let mut rows: Vec<Row> = (0..held.nodes)
        .map(|place| {
            vec![
                cell("shards", shards),
                cell("disk.indices", size(call, used)),
                cell("disk.used", size(call, used)),
                cell("disk.avail", size(call, total.saturating_sub(used))),
                cell("disk.total", size(call, total)),
                cell("disk.percent", used * 100 / total.max(1)),
                cell("host", "127.0.0.1"),
                cell("ip", "127.0.0.1"),
                cell("node", cluster::node(place)),
            ]
        })
        .collect();
    let lacking = held
        .indices
        .values()
        .filter(|index| cluster::health_of(call, index).unassigned() > 0);
    let lacking: usize = lacking
        .map(|index| cluster::health_of(call, index).unassigned())
        .sum();
    if lacking > 0 {
        let names = [
            "disk.indices",
            "disk.used",
            "disk.avail",
            "disk.total",
            "disk.percent",
            "host",
            "ip",
        ];
        let mut row = vec![cell("shards", lacking)];
        row.extend(names.map(|name| (name, None)));
        row.push(cell("node", "UNASSIGNED"));
        rows.push(row);
    }
    rows
}

fn attribute_rows(call: &Call<'_>) -> Vec<Row> {
    let row = |place: u32, name: &str, value: String| {
        vec![
            cell("node", cluster::node(place)),
            cell("host", "127.0.0.1"),
            cell("ip", "127.0.0.1"),
            cell("attr", name),
            cell("value", value),
        ]
    };
    let mut rows = Vec::new();
    for place in 0..call.domain.cluster.nodes {
        if Engine::of(&call.domain).open_search {
            rows.push(row(
                place,
                "shard_indexing_pressure_enabled",
                "true".to_owned(),
            ));
        }
        if call.domain.cluster.zones > 1 {
            rows.push(row(place, "zone", cluster::zone(call, place)));
        }
    }
    rows
}

fn node_rows(call: &Call<'_>) -> Vec<Row> {
    let manager = if Engine::of(&call.domain).manager() == "master" {
        "master"
    } else {
        "cluster_manager"
    };
    (0..call.domain.cluster.nodes)
        .map(|place| {
            vec![
                cell("ip", "127.0.0.1"),
                cell("heap.percent", 10),
                cell("ram.percent", 10),
                cell("cpu", 1),
                cell("load_1m", "0.10"),
                cell("load_5m", "0.10"),
                cell("load_15m", "0.10"),
                cell("node.role", "dim"),
                cell(manager, if place == 0 { "*" } else { "-" }),
                cell("name", cluster::node(place)),
            ]
        })
        .collect()
}

/// Answers `GET /INDEX/_stats`.
pub(super) fn stats(call: &Call<'_>, target: Option<&str>) -> Result<Answer, Answer> {
    let found = indices::resolve(call, target, Reading::OPEN)?;
    let now = call.state.now_millis();
    let nodes = call.domain.cluster.nodes;
    let numbers = |documents: u64, bytes: u64| json!({"docs": {"count": documents, "deleted": 0}, "store": {"size_in_bytes": bytes, "reserved_in_bytes": 0}});
    let (mut each, mut sums) = (Map::new(), [0_u64; 4]);
    let (mut total, mut successful) = (0, 0);
    for (name, index) in call.held(&found).filter(|(_, index)| !index.closed) {
        let copies = settings::replicas(index, nodes).min(u64::from(nodes.saturating_sub(1))) + 1;
        total += settings::shards(index) as u64 * (1 + settings::replicas(index, nodes));
        if shards::ready(index, now) != Ready::All {
            continue;
        }
        successful += settings::shards(index) as u64 * copies;
        let (documents, bytes) = (shards::visible(index, now) as u64, shards::bytes(index));
        let these = [documents, bytes, documents * copies, bytes * copies];
        sums.iter_mut()
            .zip(these)
            .for_each(|(sum, one)| *sum += one);
        let value = json!({
            "uuid": index.uuid,
            "primaries": numbers(documents, bytes),
            "total": numbers(documents * copies, bytes * copies),
        });
        each.insert(name.clone(), value);
    }
    let [documents, bytes, all_documents, all_bytes] = sums;
    Ok(Answer::json(
        200,
        &json!({
            "_shards": {"total": total, "successful": successful, "failed": 0},
            "_all": {"primaries": numbers(documents, bytes), "total": numbers(all_documents, all_bytes)},
            "indices": each,
        }),
    ))
}
