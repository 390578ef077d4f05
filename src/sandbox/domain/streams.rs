//! Data streams: which of them an expression takes into a snapshot or brings back from one, and their own requests. Engines resolve streams and
//! indices apart from each other, and so does this.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::message::Answer;
use super::super::search_state::Cluster;
use super::catalogue::Snapshot;
use super::engine::Engine;
use super::errors::{self, Exception};
use super::expression;
use super::restore_request::Asked;
use super::{Call, access, indices};
use crate::names::wildcard::matches;

/// Prefix of the names of backing indices, which a rename passes over.
const PREFIX: &str = ".ds-";

/// Returns the streams that a snapshot takes, with the backing indices that they have now.
pub(super) fn taken(cluster: &Cluster, expressions: &[String]) -> BTreeMap<String, Vec<String>> {
    let all = expressions.is_empty() || *expressions == ["_all"];
    let mut found: BTreeSet<&String> = BTreeSet::new();
    let mut wildcard_seen = false;
    let everything = ["*".to_owned()];
    for text in if all { &everything[..] } else { expressions } {
        let excluded = text.strip_prefix('-').filter(|_| wildcard_seen);
        let pattern = excluded.unwrap_or(text);
        wildcard_seen |= pattern.contains('*');
        for stream in cluster.data_streams.keys() {
            match (matches(pattern, stream), excluded) {
                (true, Some(_)) => drop(found.remove(stream)),
                (true, None) => drop(found.insert(stream)),
                (false, _) => {}
            }
        }
    }
    let streams = cluster.data_streams.iter();
    let taken = streams.filter(|(name, _)| found.contains(name));
    taken
        .map(|(name, held)| (name.clone(), held.clone()))
        .collect()
}

/// A stream that comes back: its name in the snapshot, its name afterwards, and its backing indices afterwards.
pub(super) struct Restored {
    pub name: String,
    pub target: String,
    pub backing: Vec<String>,
}

/// Returns the streams that a restore asks for.
pub(super) fn asked_for(
    call: &Call<'_>,
    snapshot: &Snapshot,
    asked: &Asked,
) -> Result<Vec<Restored>, Answer> {
    let names: Vec<String> = snapshot.data_streams.keys().cloned().collect();
    let wanted = expression::filter(&names, &asked.indices, true).unwrap_or_default();
    let streams = snapshot.data_streams.iter();
    let mut all = Vec::new();
    for (name, backing) in streams.filter(|(name, _)| wanted.contains(*name)) {
        let target = asked.renamed(name)?;
        let backing: Result<Vec<String>, Answer> = backing
            .iter()
            .map(|index| renamed_backing(asked, index))
            .collect();
        conflict(call, &target)?;
        all.push(Restored {
            name: name.clone(),
            target,
            backing: backing?,
        });
    }
    Ok(all)
}

/// Returns the name of a backing index after a rename: the pattern sees it without its prefix.
pub(super) fn renamed_backing(asked: &Asked, index: &str) -> Result<String, Answer> {
    match index.strip_prefix(PREFIX) {
        Some(rest) => Ok(format!("{PREFIX}{}", asked.renamed(rest)?)),
        None => asked.renamed(index),
    }
}

fn conflict(call: &Call<'_>, target: &str) -> Result<(), Answer> {
    let cluster = &call.domain.cluster;
    let clash = if cluster.indices.contains_key(target) {
        format!("data stream [{target}] conflicts with index")
    } else if let Some((index, held)) = cluster
        .indices
        .iter()
        .find(|(_, held)| held.aliases.contains_key(target))
    {
        format!(
            "{target} (alias of [{index}/{}]) conflicts with data stream",
            held.uuid
        )
    } else {
        return Ok(());
    };
    let reason = format!(
        "index, alias, and data stream names need to be unique, but the following duplicates were found [{clash}]"
    );
    Err(Exception::new("illegal_state_exception", reason).answer(500))
}

/// Refuses a restore after which an index would stand where a stream puts its next backing index.
pub(super) fn refuse_future_names(
    call: &Call<'_>,
    back: &[Restored],
    restored: &[String],
) -> Result<(), Answer> {
    let cluster = &call.domain.cluster;
    let mut streams: BTreeMap<&String, &Vec<String>> = cluster.data_streams.iter().collect();
    streams.extend(back.iter().map(|one| (&one.target, &one.backing)));
    for (stream, backing) in streams {
        let newest = backing.iter().map(|name| generation(name)).max();
        let names = cluster.indices.keys().chain(restored);
        let stem = format!("{PREFIX}{stream}-");
        let later = names.filter(|name| {
            name.starts_with(&stem) && !backing.contains(name) && Some(generation(name)) > newest
        });
        let later: BTreeSet<&String> = later.collect();
        if let Some(first) = later.first() {
            let reason = format!(
                "data stream [{stream}] could create backing indices that conflict with {} existing index(s) or alias(s) including '{first}'",
                later.len()
            );
            return Err(Exception::new("illegal_state_exception", reason).answer(500));
        }
    }
    Ok(())
}

fn generation(name: &str) -> u64 {
    let digits = name.rsplit_once('-').map(|(_, digits)| digits);
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// The security plugin knows the indices of a snapshot and none of its streams: it refuses a name that is none of them, unless what is not
/// there may be passed over, and a request that is left without a name.
pub(super) fn refuse_unknown(
    call: &Call<'_>,
    snapshot: &Snapshot,
    asked: &Asked,
) -> Result<(), Answer> {
    if !call.domain.fine_grained_access {
        return Ok(());
    }
    let found = expression::filter(&snapshot.indices, &asked.indices, asked.ignore_unavailable);
    match found {
        Err(name) => Err(errors::no_such_index(Engine::of(&call.domain), &name).answer(404)),
        Ok(found) if found.is_empty() => access::refuse_nameless(call),
        Ok(_) => Ok(()),
    }
}

/// Answers `_data_stream` and `_data_stream/NAMES`; makes one on `PUT` without asking for a template.
pub(super) fn answer(call: &mut Call<'_>, names: Option<&str>) -> Result<Answer, Answer> {
    let engine = Engine::of(&call.domain);
    match (engine.open_search, names) {
        (true, _) => {}
        (false, Some(_)) => return Err(errors::wrong_method(call.request)),
        // Builds without the feature take it for the name of an index.
        (false, None) => {
            let reason = "Invalid index name [_data_stream], must not start with '_'.";
            let refused = Exception::new("invalid_index_name_exception", reason);
            return Err(refused.about("index", "_data_stream").answer(400));
        }
    }
    match (call.request.method.as_str(), names) {
        ("PUT", Some(name)) => {
            let backing = make_backing(call, name, 1)?;
            let name = name.to_owned();
            call.change(|domain| drop(domain.cluster.data_streams.insert(name, vec![backing])));
            Ok(call.acknowledged())
        }
        ("DELETE", Some(name)) => {
            // Engines confirm the deletion of what is not there.
            let held = call.domain.cluster.data_streams.get(name).cloned();
            let backing = held.unwrap_or_default();
            indices::refuse_while_taken(call, &backing.iter().cloned().collect(), "delete")?;
            call.change(|domain| {
                domain.cluster.data_streams.remove(name);
                domain
                    .cluster
                    .indices
                    .retain(|index, _| !backing.contains(index));
            });
            Ok(call.acknowledged())
        }
        ("GET", names) => listed(call, names),
        _ => Err(errors::wrong_method(call.request)),
    }
}

fn make_backing(call: &mut Call<'_>, stream: &str, generation: u64) -> Result<String, Answer> {
    let backing = format!("{PREFIX}{stream}-{generation:06}");
    let mappings = json!({"properties": {"@timestamp": {"type": "date"}}});
    let body = json!({"settings": {"hidden": true}, "mappings": mappings});
    indices::make(call, &backing, &body)?;
    Ok(backing)
}

/// Answers `POST /STREAM/_rollover`.
pub(super) fn roll_over(call: &mut Call<'_>, stream: &str) -> Result<Answer, Answer> {
    let engine = Engine::of(&call.domain);
    let Some(backing) = call.domain.cluster.data_streams.get(stream).cloned() else {
        return Err(errors::no_such_index(engine, stream).answer(404));
    };
    let old = backing.last().cloned().unwrap_or_default();
    let new = make_backing(call, stream, generation(&old) + 1)?;
    let (name, added) = (stream.to_owned(), new.clone());
    call.change(|domain| {
        domain
            .cluster
            .data_streams
            .entry(name)
            .or_default()
            .push(added)
    });
    let answer =
        json!({"acknowledged": true, "old_index": old, "new_index": new, "rolled_over": true});
    Ok(Answer::json(200, &answer))
}

fn listed(call: &Call<'_>, names: Option<&str>) -> Result<Answer, Answer> {
    let patterns = expression::split(names.unwrap_or("*"));
    let held = &call.domain.cluster.data_streams;
    let absent = |name: &&String| !name.contains('*') && !held.contains_key(*name);
    if let Some(name) = patterns.iter().find(absent) {
        return Err(errors::no_such_index(Engine::of(&call.domain), name).answer(404));
    }
    let meant = held
        .iter()
        .filter(|(name, _)| patterns.iter().any(|pattern| matches(pattern, name)));
    let shown = meant.map(|(name, backing)| {
        let uuid = |index: &String| {
            let held = call.domain.cluster.indices.get(index);
            held.map(|held| held.uuid.clone())
        };
        let indices: Vec<Value> = backing
            .iter()
            .map(|index| json!({"index_name": index, "index_uuid": uuid(index)}))
            .collect();
        let generation = backing.iter().map(|index| generation(index)).max();
        json!({"name": name, "timestamp_field": {"name": "@timestamp"}, "indices": indices, "generation": generation, "status": "GREEN"})
    });
    let shown: Vec<Value> = shown.collect();
    Ok(Answer::json(200, &json!({ "data_streams": shown })))
}
