//! What tells where an index comes from and whether it was written to: its shards' sequence numbers, its origin, its data stream. Reads only.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::{Engine, EngineKind, Error, Read, Reads};
use crate::names::IndexName;

/// The highest sequence number of each primary shard: every write raises it, and a restored shard has that of its snapshot.
/// <https://www.elastic.co/guide/en/elasticsearch/reference/7.10/indices-stats.html>
pub type Sequences = BTreeMap<String, i64>;

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
    let none = engine.is_some_and(|engine| {
        engine.kind == EngineKind::Elasticsearch && (engine.major, engine.minor) < (7, 9)
    });
    if none {
        return Ok(BTreeMap::new());
    }
    let body = match client.read(&Read::get(["_data_stream"])).await {
        Ok(response) => response.body,
        // Builds without the feature take it for a name.
        Err(Error::Refused(refusal)) if matches!(refusal.status, Some(400 | 404 | 405)) => {
            return Ok(BTreeMap::new());
        }
        Err(error) => return Err(error),
    };
    streams(&body).ok_or(Error::Unexpected("a list of data streams"))
}

fn streams(body: &Value) -> Option<BTreeMap<String, Vec<String>>> {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let one = |stream: &Value| {
        let backing = stream.get("indices")?.as_array()?;
        let backing: Option<Vec<String>> =
            backing.iter().map(|one| text(one, "index_name")).collect();
        Some((text(stream, "name")?, backing?))
    };
    body.get("data_streams")?
        .as_array()?
        .iter()
        .map(one)
        .collect()
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
        let logs = [("logs".to_owned(), vec![".ds-logs-1".to_owned()])];
        assert_eq!(streams(&good), Some(BTreeMap::from(logs)));
        assert_eq!(streams(&json!({"data_streams": [{"name": "logs"}]})), None);
    }
}
