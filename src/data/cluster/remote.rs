//! What is read of the domain as a whole. Reads only.

use serde_json::Value;

use super::{Attribute, ClusterHealth, Disk, Watermark};
use crate::data::index::Health;
use crate::domain::{Engine, Error, Read, Reads};
use crate::moment::Moment;

/// Reads which engine answers.
///
/// # Errors
/// What the domain or the network answered.
pub async fn engine(client: &Reads) -> Result<Engine, Error> {
    let body = client.read(&Read::get::<&str>([])).await?.body;
    Engine::from_root(&body).map_err(|_| Error::Unexpected("an engine with a version"))
}

/// Reads the domain's clock, in whole seconds; none where it does not tell.
///
/// # Errors
/// What the domain or the network answered.
pub async fn clock(client: &Reads) -> Result<Option<Moment>, Error> {
    let response = client.read(&Read::get::<&str>([])).await?;
    Ok(response.date.and_then(Moment::of))
}

/// Reads the health of the domain.
///
/// # Errors
/// What the domain or the network answered.
pub async fn health(client: &Reads) -> Result<ClusterHealth, Error> {
    let body = client.read(&Read::get(["_cluster", "health"])).await?.body;
    let number = |key: &str| body.get(key).and_then(Value::as_u64);
    let read = || {
        Some(ClusterHealth {
            health: Health::parse(body.get("status")?.as_str()?)?,
            data_nodes: number("number_of_data_nodes")?,
            initializing: number("initializing_shards")?,
            unassigned: number("unassigned_shards")?,
        })
    };
    read().ok_or(Error::Unexpected("the health of a domain"))
}

/// Reads the disks; a row for shards without a node has none.
///
/// # Errors
/// What the domain or the network answered.
pub async fn disks(client: &Reads) -> Result<Vec<Disk>, Error> {
    let request = Read::get(["_cat", "allocation"])
        .with_query("format", "json")
        .with_query("bytes", "b");
    let body = client.read(&request).await?.body;
    let rows = body
        .as_array()
        .ok_or(Error::Unexpected("a table of disks"))?;
    let text = |row: &Value, key: &str| row.get(key).and_then(Value::as_str).map(str::to_owned);
    let number = |row: &Value, key: &str| text(row, key)?.parse().ok();
    let disk = |row: &Value| {
        Some(Disk {
            node: text(row, "node")?,
            free: number(row, "disk.avail")?,
            total: number(row, "disk.total")?,
        })
    };
    Ok(rows.iter().filter_map(disk).collect())
}

/// Reads the attributes of the nodes; the name of each node is one, as `_name`.
///
/// # Errors
/// What the domain or the network answered.
pub async fn attributes(client: &Reads) -> Result<Vec<Attribute>, Error> {
    let rows = |path: &'static str| async move {
        let request = Read::get(["_cat", path]).with_query("format", "json");
        match client.read(&request).await?.body {
            Value::Array(rows) => Ok(rows),
            _ => Err(Error::Unexpected("a table of nodes")),
        }
    };
    let (attributes, nodes) = tokio::try_join!(rows("nodeattrs"), rows("nodes"))?;
    let text = |row: &Value, key: &str| {
        row.get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let mut all: Vec<Attribute> = attributes
        .iter()
        .map(|row| Attribute {
            node: text(row, "node"),
            name: text(row, "attr"),
            value: text(row, "value"),
        })
        .collect();
    all.extend(nodes.iter().map(|row| Attribute {
        node: text(row, "name"),
        name: "_name".to_owned(),
        value: text(row, "name"),
    }));
    Ok(all)
}

/// Reads how full a node may be before it is given no new shard.
///
/// # Errors
/// What the domain or the network answered.
pub async fn watermark(client: &Reads) -> Result<Watermark, Error> {
    let request = Read::get(["_cluster", "settings"])
        .with_query("flat_settings", "true")
        .with_query("include_defaults", "true");
    let body = client.read(&request).await?.body;
    let set = |name: &str| {
        let full = format!("cluster.routing.allocation.disk.{name}");
        let level = |level: &str| body.get(level)?.get(&full)?.as_str();
        ["transient", "persistent", "defaults"]
            .into_iter()
            .find_map(level)
    };
    if set("threshold_enabled") == Some("false") {
        return Ok(Watermark::Off);
    }
    Ok(set("watermark.low")
        .and_then(Watermark::parse)
        .unwrap_or(Watermark::DEFAULT))
}
