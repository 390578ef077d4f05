//! Tests of indices, documents, snapshots and restores on clusters of one's own and on Amazon domains.

mod amazon;
mod indices;
mod restores;
mod shapes;
mod snapshots;

use serde_json::{Value, json};

use super::{BUCKET, Lab};

/// A cluster of one's own with a bucket and a repository `r`.
pub(super) struct Cluster {
    pub lab: Lab,
    host: String,
}

impl Cluster {
    pub(super) async fn new(engine: &str) -> Self {
        let lab = Lab::new().await;
        lab.create_bucket(BUCKET).await;
        let cluster = Self {
            lab,
            host: "localhost:9200".to_owned(),
        };
        let domain = json!({"name": "own", "endpoint_host": "localhost:9200", "self_managed": true, "auth": "none",
                            "engine_version": engine});
        cluster.lab.add_domain(domain).await;
        let body = json!({"type": "s3", "settings": {"bucket": BUCKET, "base_path": "own"}});
        cluster.done("PUT", "/_snapshot/r", body).await;
        cluster
    }

    pub(super) async fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let text = match body {
            Value::Null => String::new(),
            Value::String(text) => text,
            other => other.to_string(),
        };
        let headers = [("host".to_owned(), self.host.clone())];
        let (status, text) = self.lab.plain(method, path, &headers, &text).await;
        let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        (status, value)
    }

    pub(super) async fn done(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, value) = self.ask(method, path, body).await;
        assert!(
            (200..300).contains(&status),
            "{method} {path}: {status} {value}"
        );
        value
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        self.done("GET", path, Value::Null).await
    }

    /// Returns status, type and reason of a refusal.
    pub(super) async fn refused(
        &self,
        method: &str,
        path: &str,
        body: Value,
    ) -> (u16, String, String) {
        let (status, value) = self.ask(method, path, body).await;
        let text = |field: &str| {
            value["error"][field]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        (status, text("type"), text("reason"))
    }

    /// Makes an index of some documents.
    pub(super) async fn fill(&self, index: &str, count: usize) {
        let settings = json!({"settings": {"number_of_shards": 1, "number_of_replicas": 0}});
        self.done("PUT", &format!("/{index}"), settings).await;
        let lines = (0..count).map(|n| {
            let action = json!({"index": {"_id": n.to_string()}});
            format!("{action}\n{}\n", json!({"n": n, "text": "x".repeat(100)}))
        });
        let lines: String = lines.collect();
        let answer = self
            .done(
                "POST",
                &format!("/{index}/_bulk?refresh=true"),
                json!(lines),
            )
            .await;
        assert_eq!(answer["errors"], json!(false));
    }

    pub(super) async fn count(&self, index: &str) -> Value {
        self.get(&format!("/{index}/_count")).await["count"].clone()
    }

    pub(super) async fn take(&self, name: &str, body: Value) -> Value {
        let path = format!("/_snapshot/r/{name}?wait_for_completion=true");
        self.done("PUT", &path, body).await["snapshot"].clone()
    }

    pub(super) async fn rates(&self, snapshot: Value, restore: Value) {
        let rates =
            json!({"snapshot_bytes_per_second": snapshot, "restore_bytes_per_second": restore});
        self.lab
            .admin("PUT", "/cluster", json!({"domain": "own", "rates": rates}))
            .await;
    }

    pub(super) async fn clock(&self, offset_seconds: i64) {
        self.lab
            .admin("POST", "/clock", json!({"offset_seconds": offset_seconds}))
            .await;
    }
}

pub(super) fn refusal(status: u16, kind: &str, reason: &str) -> (u16, String, String) {
    (status, kind.to_owned(), reason.to_owned())
}

/// Settings that no node meets.
pub(super) fn nowhere() -> Value {
    json!({"settings": {"number_of_shards": 1, "number_of_replicas": 0, "index.routing.allocation.include._name": "nowhere"}})
}
