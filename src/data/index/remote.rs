//! What is read of indices and sent for them. A name asked for is one index: an alias or a pattern never stands in for it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{BLOCK, Call, Index, IndexHealth, Recovery, decode};
use crate::domain::{Client, Engine, EngineKind, Error, Read, Reads};
use crate::names::IndexName;

/// Reads all indices, hidden and closed ones included.
///
/// # Errors
/// What the domain or the network answered.
pub async fn list(client: &Reads, engine: Option<Engine>) -> Result<Vec<Index>, Error> {
    read(client, table(["_cat", "indices"]), engine).await
}

/// Reads one index; none when no index has this very name.
///
/// # Errors
/// What the domain or the network answered.
pub async fn one(client: &Reads, name: &IndexName) -> Result<Option<Index>, Error> {
    let request = table(["_cat", "indices", name.as_str()]);
    match read(client, request, None).await {
        Ok(list) => Ok(list.into_iter().find(|index| index.name == name.as_str())),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether an index of this very name is there and open.
///
/// # Errors
/// What the domain or the network answered.
pub async fn is_open(client: &Reads, name: &IndexName) -> Result<bool, Error> {
    Ok(one(client, name).await?.is_some_and(|index| index.open))
}

fn table<const N: usize>(segments: [&str; N]) -> Read {
    Read::get(segments)
        .with_query("format", "json")
        .with_query("bytes", "b")
        .with_query("h", decode::COLUMNS)
}

async fn read(client: &Reads, request: Read, engine: Option<Engine>) -> Result<Vec<Index>, Error> {
    let request = if engine.is_some_and(knows_hidden) {
        request.with_query("expand_wildcards", "all")
    } else {
        request
    };
    let body = client.read(&request).await?.body;
    decode::indices(&body).ok_or(Error::Unexpected("a table of indices"))
}

/// Hidden indices came with 7.7; before that a table of indices has them all and refuses the parameter.
fn knows_hidden(engine: Engine) -> bool {
    engine.kind == EngineKind::OpenSearch || (engine.major, engine.minor) >= (7, 7)
}

/// Whether the engine said that there is no such index.
#[must_use]
pub(crate) fn is_missing(error: &Error) -> bool {
    error.refusal().is_some_and(|refusal| {
        refusal.status == Some(404) && refusal.code.as_deref() == Some("index_not_found_exception")
    })
}

/// Reads which aliases each index has.
///
/// # Errors
/// What the domain or the network answered.
pub async fn aliases(client: &Reads) -> Result<BTreeMap<String, BTreeSet<String>>, Error> {
    aliases_and_writers(client)
        .await
        .map(|(aliases, _)| aliases)
}

/// Reads which aliases each index has, and which index each alias writes to, where one was named for that.
///
/// # Errors
/// What the domain or the network answered.
pub async fn aliases_and_writers(
    client: &Reads,
) -> Result<(decode::Belonging, decode::Belonging), Error> {
    let body = client.read(&Read::get(["_alias"])).await?.body;
    decode::aliases(&body).ok_or(Error::Unexpected("a list of aliases"))
}

/// Reads the settings of an index, as `index.name: value`.
///
/// # Errors
/// What the domain or the network answered.
pub async fn settings(client: &Reads, name: &IndexName) -> Result<Map<String, Value>, Error> {
    let request = Read::get([name.as_str(), "_settings"]).with_query("flat_settings", "true");
    let mut body = client.read(&request).await?.body;
    let settings = body
        .get_mut(name.as_str())
        .and_then(|index| index.get_mut("settings"))
        .map(Value::take);
    match settings {
        Some(Value::Object(settings)) => Ok(settings),
        _ => Err(Error::Unexpected("the settings of the index")),
    }
}

/// What the settings of an index say about its backups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// Its tier, such as `warm` on Amazon's UltraWarm. Indices in cold storage are not attached to the domain and are listed nowhere.
    /// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ultrawarm.html>
    pub tier: Option<String>,
    /// Whether it refuses writes for good. The block of a full disk passes by itself and is none.
    pub refuses_writes: bool,
    /// Its blocks, that of a full disk too, by the names of their settings.
    pub blocks: Vec<String>,
}

/// The settings that block operations on an index.
/// <https://docs.opensearch.org/latest/install-and-configure/configuring-opensearch/index-settings/>
const BLOCKS: [&str; 5] = [
    "index.blocks.metadata",
    "index.blocks.read",
    "index.blocks.read_only",
    "index.blocks.read_only_allow_delete",
    BLOCK,
];

/// Whether a setting is set: engines answer a text, whatever was sent, and what stands before them may answer true or false.
fn is_set(value: &Value) -> bool {
    value.as_str() == Some("true") || value == &Value::Bool(true)
}

/// Reads the tiers and the blocks of all indices whose settings name one, hidden and closed ones included.
///
/// # Errors
/// What the domain or the network answered.
pub async fn kept(client: &Reads, engine: Option<Engine>) -> Result<BTreeMap<String, Kept>, Error> {
    const TIER: &str = "index.routing.allocation.require.box_type";
    const READ_ONLY: &str = "index.blocks.read_only";
    let names = format!("{TIER},{}", BLOCKS.join(","));
    let request = Read::get(["_settings", &names]).with_query("flat_settings", "true");
    let request = match engine.is_some_and(knows_hidden) {
        true => request.with_query("expand_wildcards", "all"),
        false => request,
    };
    let body = client.read(&request).await?.body;
    let indices = body
        .as_object()
        .ok_or(Error::Unexpected("the settings of indices"))?;
    let kept = |value: &Value| {
        let settings = value.get("settings")?.as_object()?;
        let set = |name: &&str| settings.get(*name).is_some_and(is_set);
        let blocks = BLOCKS.into_iter().filter(set).map(str::to_owned);
        let tier = settings.get(TIER).and_then(Value::as_str);
        Some(Kept {
            tier: tier.map(str::to_owned),
            refuses_writes: [BLOCK, READ_ONLY].iter().any(set),
            blocks: blocks.collect(),
        })
    };
    Ok(indices
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), kept(value)?)))
        .collect())
}

/// Reads the mapping of an index.
///
/// # Errors
/// What the domain or the network answered.
pub async fn mapping(client: &Reads, name: &IndexName) -> Result<Value, Error> {
    let request = Read::get([name.as_str(), "_mapping"]);
    let mut body = client.read(&request).await?.body;
    body.get_mut(name.as_str())
        .and_then(|index| index.get_mut("mappings"))
        .map(Value::take)
        .ok_or(Error::Unexpected("the mapping of the index"))
}

/// Counts the documents of an index, as a search would find them. An index of which a shard does not answer has no count.
///
/// # Errors
/// What the domain or the network answered.
pub async fn count(client: &Reads, name: &IndexName) -> Result<u64, Error> {
    let body = client
        .read(&Read::get([name.as_str(), "_count"]))
        .await?
        .body;
    let failed = body.pointer("/_shards/failed").and_then(Value::as_u64);
    body.get("count")
        .and_then(Value::as_u64)
        .filter(|_| failed == Some(0))
        .ok_or(Error::Unexpected("a count of all shards"))
}

/// Reads how many documents were indexed into an index or deleted from it since its shards started; none where the engine does not tell.
///
/// # Errors
/// What the domain or the network answered.
pub async fn written(client: &Reads, name: &IndexName) -> Result<Option<u64>, Error> {
    let request = Read::get([name.as_str(), "_stats", "indexing"]);
    let body = client.read(&request).await?.body;
    let number = |key: &str| {
        let pointer = format!("/_all/primaries/indexing/{key}");
        body.pointer(&pointer).and_then(Value::as_u64)
    };
    let indexed = number("index_total");
    Ok(indexed
        .zip(number("delete_total"))
        .map(|(one, other)| one.saturating_add(other)))
}

/// Reads how the shards of indices were or are being recovered.
///
/// # Errors
/// What the domain or the network answered.
pub async fn recoveries(client: &Reads, names: &[IndexName]) -> Result<Vec<Recovery>, Error> {
    let mut all = Vec::new();
    for names in in_paths(names) {
        let request = Read::get(["_cat", "recovery", &names])
            .with_query("format", "json")
            .with_query("bytes", "b");
        let body = client.read(&request).await?.body;
        let rows = decode::recoveries(&body).ok_or(Error::Unexpected("a table of recoveries"))?;
        all.extend(rows);
    }
    Ok(all)
}

/// Reads how indices are; what is not there is left out.
///
/// # Errors
/// What the domain or the network answered.
pub async fn healths(
    client: &Reads,
    names: &[IndexName],
) -> Result<BTreeMap<String, IndexHealth>, Error> {
    let mut all = BTreeMap::new();
    for names in in_paths(names) {
        // An index that is not there would be waited for.
        let request = Read::get(["_cluster", "health", &names])
            .with_query("level", "indices")
            .with_query("timeout", "1s");
        let body = match client.read(&request).await {
            Ok(response) => response.body,
            Err(Error::Refused(refusal)) if refusal.status == Some(408) => continue,
            Err(error) => return Err(error),
        };
        let some = decode::healths(&body).ok_or(Error::Unexpected("the health of indices"))?;
        all.extend(some);
    }
    Ok(all)
}

/// Whether an index refuses writes by its own setting.
///
/// # Errors
/// What the domain or the network answered.
pub async fn refuses_writes(client: &Reads, name: &IndexName) -> Result<bool, Error> {
    let settings = settings(client, name).await?;
    Ok(settings.get(BLOCK).is_some_and(is_set))
}

/// Reads which of the indices have `index.blocks.*` set, each with these settings.
///
/// # Errors
/// What the domain or the network answered.
pub async fn blocks(
    client: &Reads,
    names: &[IndexName],
) -> Result<Vec<(String, Vec<String>)>, Error> {
    let mut found = Vec::new();
    for names in in_paths(names) {
        let request = Read::get([names.as_str(), "_settings"]).with_query("flat_settings", "true");
        let Value::Object(indices) = client.read(&request).await?.body else {
            return Err(Error::Unexpected("settings by the name of their index"));
        };
        for (index, answer) in indices {
            let settings = answer.get("settings").and_then(Value::as_object);
            let blocks: Vec<String> = settings
                .into_iter()
                .flatten()
                .filter(|(name, value)| name.starts_with("index.blocks.") && is_set(value))
                .map(|(name, _)| name.clone())
                .collect();
            if !blocks.is_empty() {
                found.push((index, blocks));
            }
        }
    }
    Ok(found)
}

/// Number of indices whose first shard is asked for, where the table of shards may not be read.
const MOST_ASKED: usize = 10;

/// Reads why shards of indices are not assigned to a node, in the engine's words.
///
/// # Errors
/// What the domain or the network answered.
pub async fn unassigned(client: &Reads, names: &[IndexName]) -> Result<Vec<String>, Error> {
    let lost = match lost_primaries(client, names).await {
        // The reasons of the first shard need another permission than the table of all.
        Err(error) if matches!(error.status(), Some(401 | 403)) => {
            for name in names.iter().take(MOST_ASKED) {
                let why = why_unassigned(client, name.as_str(), "0").await;
                if !why.is_empty() {
                    let why = why.into_iter();
                    return Ok(why.map(|why| format!("{name} shard 0: {why}")).collect());
                }
            }
            return Err(error);
        }
        read => read?,
    };
    let mut words: Vec<String> = lost.iter().map(|(_, _, words)| words.clone()).collect();
    // One shard's reasons are most often those of all; the others would be a request each.
    if let Some((index, shard, _)) = lost.first() {
        let why = why_unassigned(client, index, shard).await;
        words.extend(
            why.into_iter()
                .map(|why| format!("{index} shard {shard}: {why}")),
        );
    }
    Ok(words)
}

/// Reads what keeps a primary shard from every node; nothing where that cannot be read, since it is advice only.
/// <https://docs.opensearch.org/latest/api-reference/cluster-api/cluster-allocation/>
async fn why_unassigned(client: &Reads, index: &str, shard: &str) -> Vec<String> {
    let Ok(shard) = shard.parse::<u64>() else {
        return Vec::new();
    };
    let asked = serde_json::json!({"index": index, "shard": shard, "primary": true});
    let request = Read::get(["_cluster", "allocation", "explain"]).about(asked);
    match client.read(&request).await {
        Ok(answer) => deciders(&answer.body),
        Err(_) => Vec::new(),
    }
}

/// The reasons of the deciders that say no, each once.
fn deciders(answer: &Value) -> Vec<String> {
    const MOST: usize = 5;
    let list = |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned();
    let nodes = list(answer, "node_allocation_decisions").unwrap_or_default();
    let mut reasons: Vec<String> = Vec::new();
    for decider in nodes
        .iter()
        .filter_map(|node| list(node, "deciders"))
        .flatten()
    {
        let text = |key: &str| decider.get(key).and_then(Value::as_str).unwrap_or_default();
        let reason = format!("{}: {}", text("decider"), text("explanation"));
        if text("decision") == "NO" && !reasons.contains(&reason) && reasons.len() < MOST {
            reasons.push(reason);
        }
    }
    reasons
}

/// Index, number and reason of every primary shard that no node has.
async fn lost_primaries(
    client: &Reads,
    names: &[IndexName],
) -> Result<Vec<(String, String, String)>, Error> {
    let columns = "index,shard,prirep,state,unassigned.reason,unassigned.details";
    let mut rows = Vec::new();
    for names in in_paths(names) {
        let request = Read::get(["_cat", "shards", &names])
            .with_query("format", "json")
            .with_query("h", columns);
        match client.read(&request).await?.body {
            Value::Array(some) => rows.extend(some),
            _ => return Err(Error::Unexpected("a table of shards")),
        }
    }
    let text = |row: &Value, key: &str| {
        row.get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let lost = rows
        .iter()
        .filter(|row| text(row, "state") == "UNASSIGNED" && text(row, "prirep") == "p");
    Ok(lost
        .map(|row| {
            let (reason, details) = (
                text(row, "unassigned.reason"),
                text(row, "unassigned.details"),
            );
            let (index, shard) = (text(row, "index"), text(row, "shard"));
            let words = if details.is_empty() {
                format!("{index} shard {shard}: {reason}")
            } else {
                format!("{index} shard {shard}: {reason}: {details}")
            };
            (index, shard, words)
        })
        .collect())
}

/// Names joined by commas, so many in each text that a request's first line stays within the engines' 4 kB.
/// <https://docs.opensearch.org/latest/install-and-configure/configuring-opensearch/network-settings/>
fn in_paths(names: &[IndexName]) -> Vec<String> {
    const LONGEST: usize = 3_000;
    let mut all: Vec<(usize, String)> = Vec::new();
    for name in names {
        // A comma and every byte beyond ASCII letters are sent as three.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let bytes = name.as_str().bytes();
        let length = 3 + bytes
            .map(|byte| if plain(byte) { 1 } else { 3 })
            .sum::<usize>();
        match all.last_mut() {
            Some((used, text)) if *used + length <= LONGEST => {
                *used += length;
                text.push(',');
                text.push_str(name.as_str());
            }
            _ => all.push((length, name.to_string())),
        }
    }
    all.into_iter().map(|(_, text)| text).collect()
}

/// Sends a call once. An index that is already gone counts as deleted.
///
/// # Errors
/// What the domain or the network answered.
pub async fn send(client: &Client, call: &Call) -> Result<(), Error> {
    match (client.send(&call.request()).await, call) {
        (Err(error), Call::Delete { .. } | Call::DeleteStream { .. }) if is_missing(&error) => {
            Ok(())
        }
        // Fine-grained access control lets the request pass and refuses each shard.
        (Ok(response), Call::Close { index }) if left_open(&response.body, index) => {
            Err(Error::Unexpected(
                "a closed index: the engine left it open, as it does for callers without indices:admin/close*",
            ))
        }
        (result, Call::Refresh { .. }) => result?.confirmed("_shards").map(drop),
        (
            result,
            Call::Block { .. }
            | Call::Close { .. }
            | Call::Delete { .. }
            | Call::DeleteStream { .. },
        ) => result?.confirmed("acknowledged").map(drop),
    }
}

fn left_open(body: &Value, index: &IndexName) -> bool {
    let answer = body.get("indices").and_then(|all| all.get(index.as_str()));
    answer.and_then(|answer| answer.get("closed")) == Some(&Value::Bool(false))
}

/// Reads whether a call whose answer was lost was applied.
///
/// # Errors
/// When that cannot be read.
pub async fn was_applied(client: &Reads, call: &Call) -> Result<bool, Error> {
    match call {
        Call::Delete { index } => Ok(one(client, index).await?.is_none()),
        Call::DeleteStream { stream } => {
            Ok(super::lineage::stream(client, stream).await?.is_none())
        }
        Call::Block { .. } | Call::Refresh { .. } | Call::Close { .. } => Ok(false),
    }
}
