//! What tells where an index comes from and whether it was written to: its shards' sequence numbers, its origin, its data stream. Reads only.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::{Engine, EngineKind, Error, Read, Reads};
use crate::names::IndexName;

/// The highest sequence number of each primary shard: every write raises it, and a restored shard has that of its snapshot.
/// <https://www.elastic.co/guide/en/elasticsearch/reference/7.10/indices-stats.html>
pub(crate) type Sequences = BTreeMap<String, i64>;

/// Reads the sequence numbers of an index; none where the engine does not tell that of every primary.
///
/// # Errors
/// What the domain or the network answered.
pub async fn sequences(client: &Reads, name: &IndexName) -> Result<Option<Sequences>, Error> {
    let request = Read::get([name.as_str(), "_stats"]).with_query("level", "shards");
    let body = client.read(&request).await?.body;
    let shards = body
        .get("indices")
        .and_then(|indices| indices.get(name.as_str()))
        .and_then(|index| index.get("shards"))
        .and_then(Value::as_object);
    let Some(shards) = shards else {
        return Ok(None);
    };
    Ok(shards
        .iter()
        .map(|(shard, copies)| Some((shard.clone(), highest(copies)?)))
        .collect())
}

/// The sequence number of the primary among the copies of a shard.
fn highest(copies: &Value) -> Option<i64> {
    let primary = copies
        .as_array()?
        .iter()
        .find(|copy| copy.pointer("/routing/primary").and_then(Value::as_bool) == Some(true))?;
    primary.pointer("/seq_no/max_seq_no")?.as_i64()
}

/// Reads the backing indices of each data stream; engines before 7.9 have none.
///
/// # Errors
/// What the domain or the network answered.
pub async fn backing(
    client: &Reads,
    engine: Option<Engine>,
) -> Result<BTreeMap<String, Vec<String>>, Error> {
    let names = |stream: Stream| {
        let names = stream.backing.into_iter().map(|(name, _)| name);
        (stream.name, names.collect())
    };
    Ok(streams(client, engine)
        .await?
        .into_iter()
        .map(names)
        .collect())
}

/// Returns whether an engine may have data streams: Elasticsearch has them from 7.9 on, OpenSearch always.
#[must_use]
pub(crate) fn knows_streams(engine: Option<Engine>) -> bool {
    !engine.is_some_and(|engine| {
        engine.kind == EngineKind::Elasticsearch && (engine.major, engine.minor) < (7, 9)
    })
}

/// A data stream with its backing indices, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// Name of the stream.
    pub name: String,
    /// Name and id of each backing index.
    pub backing: Vec<(String, String)>,
}

impl Stream {
    /// Returns what tells this stream from another one, or from itself after a rollover; nothing where the engine leaves an id out.
    #[must_use]
    pub fn identity(&self) -> Option<String> {
        identity(self.backing.iter().map(|(_, uuid)| uuid.as_str()))
    }
}

/// Joins the ids of backing indices, oldest first, into the identity of their stream.
pub(crate) fn identity<'u>(uuids: impl IntoIterator<Item = &'u str>) -> Option<String> {
    let uuids: Vec<&str> = uuids.into_iter().collect();
    let known = !uuids.is_empty() && uuids.iter().all(|uuid| !uuid.is_empty());
    known.then(|| uuids.join(","))
}

/// Reads one data stream; none when no stream has this very name.
///
/// # Errors
/// What the domain or the network answered.
pub async fn stream(client: &Reads, name: &IndexName) -> Result<Option<Stream>, Error> {
    let body = match client
        .read(&Read::get(["_data_stream", name.as_str()]))
        .await
    {
        Ok(response) => response.body,
        Err(error) if super::remote::is_missing(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let all = whole_streams(&body).ok_or(Error::Unexpected("a data stream"))?;
    Ok(all.into_iter().find(|one| one.name == name.as_str()))
}

/// Reads all data streams; engines before 7.9 have none.
///
/// # Errors
/// What the domain or the network answered.
pub async fn streams(client: &Reads, engine: Option<Engine>) -> Result<Vec<Stream>, Error> {
    if !knows_streams(engine) {
        return Ok(Vec::new());
    }
    let body = match client.read(&Read::get(["_data_stream"])).await {
        Ok(response) => response.body,
        // Builds without the feature take it for a name.
        Err(Error::Refused(refusal)) if matches!(refusal.status, Some(400 | 404 | 405)) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    whole_streams(&body).ok_or(Error::Unexpected("a list of data streams"))
}

fn whole_streams(body: &Value) -> Option<Vec<Stream>> {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let backing = |one: &Value| {
        let uuid = text(one, "index_uuid").unwrap_or_default();
        Some((text(one, "index_name")?, uuid))
    };
    let one = |stream: &Value| {
        let all = stream.get("indices")?.as_array()?;
        Some(Stream {
            name: text(stream, "name")?,
            backing: all.iter().map(backing).collect::<Option<_>>()?,
        })
    };
    let all = body.get("data_streams")?.as_array()?;
    all.iter().map(one).collect()
}

/// Tells whether every backing index of a stream refuses writes by its own setting.
///
/// # Errors
/// What the domain or the network answered.
pub async fn stream_refuses_writes(client: &Reads, stream: &Stream) -> Result<bool, Error> {
    for (index, _) in &stream.backing {
        let name = IndexName::parse(index).map_err(|_| Error::Unexpected("names of indices"))?;
        if !super::remote::refuses_writes(client, &name).await? {
            return Ok(false);
        }
    }
    Ok(!stream.backing.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_primary_of_a_shard_counts() {
        let copies = json!([
            {"routing": {"primary": false}, "seq_no": {"max_seq_no": 9}},
            {"routing": {"primary": true}, "seq_no": {"max_seq_no": 7}},
        ]);
        assert_eq!(highest(&copies), Some(7));
        assert_eq!(highest(&json!([])), None);
    }

    #[test]
    fn a_data_stream_without_readable_indices_is_no_list() {
        let good =
            json!({"data_streams": [{"name": "logs", "indices": [{"index_name": ".ds-logs-1"}]}]});
        let logs = Stream {
            name: "logs".to_owned(),
            backing: vec![(".ds-logs-1".to_owned(), String::new())],
        };
        assert_eq!(logs.identity(), None);
        assert_eq!(whole_streams(&good), Some(vec![logs]));
        assert_eq!(
            whole_streams(&json!({"data_streams": [{"name": "logs"}]})),
            None
        );
    }
}
