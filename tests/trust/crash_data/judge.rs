//! What is in a state of the sandbox, read from its bytes and never by the product: documents, good snapshots, and what the end looks like.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// Texts of documents; the samples have no text twice.
pub type Documents = BTreeSet<String>;

/// A snapshot of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub name: String,
    pub good: bool,
    /// Its documents by index.
    pub holds: BTreeMap<String, Documents>,
}

fn indices(state: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let indices = state["domains"][0]["cluster"]["indices"].as_object();
    indices.unwrap().iter()
}

fn documents(index: &Value) -> Documents {
    let held = index["documents"].as_object().unwrap().values();
    held.map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// Whether what is restored into an index is all there.
fn is_whole(index: &Value, at: i64) -> bool {
    let recovery = &index["recovery"];
    let over = |ends: &Value| ends.as_i64().unwrap() <= at;
    let failed = recovery["failed"].as_array();
    recovery.is_null() || (over(&recovery["ends"]) && failed.is_none_or(Vec::is_empty))
}

/// The documents of every index that has all that it should have, closed ones included.
pub fn live(state: &Value, at: i64) -> Documents {
    let whole = indices(state).filter(|(_, index)| is_whole(index, at));
    whole.flat_map(|(_, index)| documents(index)).collect()
}

/// The files of the repository, by their names under the base path.
fn files(state: &Value) -> BTreeMap<&str, Vec<u8>> {
    let mut files = BTreeMap::new();
    let objects = state["buckets"]["logs-snapshots"]["objects"].as_array();
    // Versions of one key follow each other, the newest last.
    for object in objects.into_iter().flatten() {
        let Some(name) = object["key"].as_str().unwrap().strip_prefix("logs/") else {
            continue;
        };
        if object["delete_marker"] == true {
            files.remove(name);
            continue;
        }
        let body = object["body"].as_str().unwrap();
        files.insert(name, aws_smithy_types::base64::decode(body).unwrap());
    }
    files
}

fn json_of(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

/// The snapshots in the repository, by their ids.
pub fn snapshots(state: &Value) -> BTreeMap<String, Snapshot> {
    let files = files(state);
    let numbers = files.keys().filter_map(|name| name.strip_prefix("index-"));
    let Some(newest) = numbers.filter_map(|n| n.parse::<u64>().ok()).max() else {
        return BTreeMap::new();
    };
    let root = json_of(&files[format!("index-{newest}").as_str()]);
    let entries = root["snapshots"].as_array().unwrap();
    let found = entries.iter().map(|entry| {
        let uuid = entry["uuid"].as_str().unwrap();
        let mut holds = BTreeMap::new();
        let mut whole = true;
        for (name, index) in root["indices"].as_object().unwrap() {
            let of_it = index["snapshots"].as_array().unwrap();
            if !of_it.iter().any(|one| one == uuid) {
                continue;
            }
            let folder = format!("indices/{}/", index["id"].as_str().unwrap());
            let (documents, all) = of_index(&files, &folder, uuid);
            whole &= all;
            holds.insert(name.clone(), documents);
        }
        let snapshot = Snapshot {
            name: entry["name"].as_str().unwrap().to_owned(),
            good: whole && entry["state"] == 1,
            holds,
        };
        (uuid.to_owned(), snapshot)
    });
    found.collect()
}

/// The documents of an index in a snapshot, and whether all its files are there.
fn of_index(files: &BTreeMap<&str, Vec<u8>>, folder: &str, uuid: &str) -> (Documents, bool) {
    let (mut documents, mut whole) = (Documents::new(), true);
    let ending = format!("/snap-{uuid}.dat");
    let lists = files
        .iter()
        .filter(|(name, _)| name.starts_with(folder) && name.ends_with(&ending));
    for (list, bytes) in lists {
        let shard = list.strip_suffix(&ending).unwrap();
        for file in json_of(bytes)["files"].as_array().unwrap() {
            let name = format!("{shard}/{}", file["name"].as_str().unwrap());
            let Some(bytes) = files.get(name.as_str()) else {
                whole = false;
                continue;
            };
            let held = json_of(bytes);
            let texts = held.as_object().unwrap().values();
            documents.extend(texts.map(|text| text.as_str().unwrap().to_owned()));
        }
    }
    (documents, whole)
}

/// The good snapshots: ids, and all documents that are in one.
pub fn good(state: &Value) -> (BTreeMap<String, String>, Documents) {
    let all = snapshots(state);
    let good = all.iter().filter(|(_, snapshot)| snapshot.good);
    let documents = good
        .clone()
        .flat_map(|(_, one)| one.holds.values().flatten());
    let documents = documents.cloned().collect();
    let names = good.map(|(uuid, one)| (uuid.clone(), one.name.clone()));
    (names.collect(), documents)
}

/// A name without the date and time that it carries.
pub fn dateless(name: &str) -> String {
    let parts = name.split('-');
    let kept = parts.filter(|part| part.len() < 2 || part.contains(|c: char| !c.is_ascii_digit()));
    kept.collect::<Vec<_>>().join("-")
}

/// What must be the same however a command got there: indices with documents, settings and aliases; snapshots with what they hold,
/// without the dates in their names; registrations; and what still runs.
pub fn end(state: &Value) -> Value {
    let own = |name: &str| !["index.uuid", "index.creation_date"].contains(&name);
    let indices: BTreeMap<&String, Value> = indices(state)
        .map(|(name, index)| {
            let settings = index["settings"].as_object().unwrap().iter();
            let settings: BTreeMap<_, _> = settings.filter(|(name, _)| own(name)).collect();
            let documents = documents(index);
            let told = json!({
                "documents": documents.len(), "closed": index["closed"], "aliases": index["aliases"],
                "assigned": index["assigned"], "settings": settings,
            });
            (name, told)
        })
        .collect();
    let snapshots: BTreeSet<String> = snapshots(state)
        .into_values()
        .map(|snapshot| {
            let holds = snapshot.holds.iter();
            let holds: Vec<_> = holds.map(|(name, all)| (name, all.len())).collect();
            let good = if snapshot.good { "good" } else { "not good" };
            let name = dateless(&snapshot.name);
            let dated = if name == snapshot.name {
                ""
            } else {
                " of a date"
            };
            format!("{name}{dated}, {good}: {holds:?}")
        })
        .collect();
    let domain = &state["domains"][0];
    json!({
        "indices": indices, "snapshots": snapshots, "repositories": domain["repositories"],
        "running": domain["running"], "taking": domain["cluster"]["taking"],
    })
}

/// An end without the good snapshots that a run took anew because their name carries its time, of what was left then.
pub fn without_spares(mut end: Value, wanted: &Value) -> Value {
    let listed = |list: &Value| -> Vec<String> { serde_json::from_value(list.clone()).unwrap() };
    let usual = listed(&wanted["snapshots"]);
    let mut snapshots = listed(&end["snapshots"]);
    snapshots.retain(|one| {
        let name = one.split(", ").next().unwrap_or_default();
        let spare = name.ends_with(" of a date") && one.starts_with(&format!("{name}, good"));
        let taken = usual
            .iter()
            .any(|other| other.starts_with(&format!("{name}, ")));
        usual.contains(one) || !(spare && taken)
    });
    end["snapshots"] = json!(snapshots);
    end
}

/// What no command of day two may leave behind.
pub fn left_over(state: &Value) -> Vec<String> {
    let mut left = Vec::new();
    for (name, index) in indices(state) {
        if name.starts_with("esbackup-") {
            left.push(format!("index {name}"));
        }
        if index["settings"]["index.blocks.write"] == "true" {
            left.push(format!("a write block on index {name}"));
        }
        if index["closed"] == true {
            left.push(format!("index {name} is closed"));
        }
    }
    left
}
