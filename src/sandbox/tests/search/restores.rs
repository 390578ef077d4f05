//! Restoring: what comes back, what is refused, and what is seen meanwhile.

use serde_json::{Value, json};

use super::super::{BUCKET, REGION};
use super::{Cluster, nowhere, refusal};

#[tokio::test]
async fn a_restore_brings_documents_mappings_settings_and_aliases_back() {
    let own = Cluster::new("OpenSearch_3.8").await;
    own.fill("a", 300).await;
    own.done(
        "POST",
        "/_aliases",
        json!({"actions": [{"add": {"index": "a", "alias": "now"}}]}),
    )
    .await;
    own.done("PUT", "/a/_settings", json!({"index.blocks.write": true}))
        .await;
    let before = own.get("/a").await["a"].clone();
    own.take("s-1", Value::Null).await;
    own.done("DELETE", "/a", Value::Null).await;
    assert_eq!(
        own.done("POST", "/_snapshot/r/s-1/_restore", Value::Null)
            .await,
        json!({"accepted": true})
    );
    let mut after = own.get("/a").await["a"].clone();
    assert_ne!(
        after["settings"]["index"]["uuid"],
        before["settings"]["index"]["uuid"]
    );
    after["settings"]["index"]["uuid"] = before["settings"]["index"]["uuid"].clone();
    assert_eq!(after, before);
    assert_eq!(own.count("a").await, json!(300));
    assert_eq!(own.get("/a/_doc/7").await["_source"]["n"], json!(7));
}

#[tokio::test]
async fn names_can_be_changed_by_a_pattern() {
    let own = Cluster::new("OpenSearch_3.8").await;
    own.fill("logs-1", 1).await;
    own.fill("other", 2).await;
    own.done(
        "POST",
        "/_aliases",
        json!({"actions": [{"add": {"index": "logs-1", "alias": "now"}}]}),
    )
    .await;
    own.take("s-1", Value::Null).await;
    let body = json!({"indices": "logs-*", "rename_pattern": "(.+)", "rename_replacement": "drill-$1", "include_aliases": false,
                      "index_settings": {"index.number_of_replicas": 1}, "ignore_index_settings": ["index.refresh_interval"]});
    let done = own
        .done(
            "POST",
            "/_snapshot/r/s-1/_restore?wait_for_completion=true",
            body.clone(),
        )
        .await;
    assert_eq!(
        done,
        json!({"snapshot": {"snapshot": "s-1", "indices": ["drill-logs-1"], "shards": {"total": 1, "failed": 0, "successful": 1}}})
    );
    let held = own.get("/drill-logs-1").await["drill-logs-1"].clone();
    assert_eq!(
        (
            &held["aliases"],
            &held["settings"]["index"]["number_of_replicas"]
        ),
        (&json!({}), &json!("1"))
    );
    let two = json!({"rename_pattern": ".+", "rename_replacement": "one"});
    let (status, _, reason) = own.refused("POST", "/_snapshot/r/s-1/_restore", two).await;
    assert_eq!(
        (
            status,
            reason.ends_with("are renamed into the same index [one]")
        ),
        (500, true)
    );
    let alias = json!({"indices": "other", "rename_pattern": "other", "rename_replacement": "now"});
    assert_eq!(
        own.refused("POST", "/_snapshot/r/s-1/_restore", alias)
            .await,
        refusal(
            400,
            "invalid_index_name_exception",
            "Invalid index name [now], already exists as alias"
        )
    );
    let aliases = json!({"indices": "logs-1", "rename_pattern": "logs", "rename_replacement": "copy",
                         "rename_alias_pattern": "n(.)w", "rename_alias_replacement": "th$1n"});
    own.done("POST", "/_snapshot/r/s-1/_restore", aliases.clone())
        .await;
    assert_eq!(
        own.get("/copy-1/_alias").await,
        json!({"copy-1": {"aliases": {"thon": {}}}})
    );
    let old = Cluster::new("Elasticsearch_7.10").await;
    assert_eq!(
        old.refused("POST", "/_snapshot/r/s-1/_restore", aliases)
            .await,
        refusal(
            400,
            "illegal_argument_exception",
            "Unknown parameter rename_alias_pattern"
        )
    );
}

#[tokio::test]
async fn what_a_restore_must_not_do_is_refused() {
    let own = Cluster::new("OpenSearch_3.8").await;
    own.fill("a", 1).await;
    let uuid = own
        .take("s-1", json!({"include_global_state": false}))
        .await["uuid"]
        .as_str()
        .expect("a uuid")
        .to_owned();
    let restore = async |name: &str, body: Value| {
        own.refused("POST", &format!("/_snapshot/r/{name}/_restore"), body)
            .await
    };
    let open = format!(
        "[r:s-1/{uuid}] cannot restore index [a] because an open index with same name already exists in the cluster. Either close \
         or delete the existing index or restore the index under a different name by providing a rename pattern and replacement name"
    );
    let refused = |reason: &str| refusal(500, "snapshot_restore_exception", reason);
    assert_eq!(restore("s-1", Value::Null).await, refused(&open));
    assert_eq!(
        restore("zzz", Value::Null).await,
        refused("[r:zzz] snapshot does not exist")
    );
    assert_eq!(
        restore("s-1", json!({"indices": "zzz"})).await,
        refusal(404, "index_not_found_exception", "no such index [zzz]")
    );
    let global = format!(
        "[r:s-1/{uuid}] cannot restore global state since the snapshot was created without global state"
    );
    assert_eq!(
        restore("s-1", json!({"include_global_state": true})).await,
        refused(&global)
    );
    own.done("POST", "/a/_close", Value::Null).await;
    own.done("POST", "/_snapshot/r/s-1/_restore", Value::Null)
        .await;
    assert_eq!(own.count("a").await, json!(1));
    own.done("DELETE", "/a", Value::Null).await;
    own.done("PUT", "/a", json!({"settings": {"number_of_shards": 2}}))
        .await;
    own.done("POST", "/a/_close", Value::Null).await;
    let shards = format!(
        "[r:s-1/{uuid}] cannot restore index [a] with [2] shards from a snapshot of index [a] with [1] shards"
    );
    assert_eq!(restore("s-1", Value::Null).await, refused(&shards));
}

#[tokio::test]
async fn a_slow_restore_is_yellow_and_counts_nothing_until_it_is_done() {
    for (engine, busy) in [
        ("OpenSearch_3.8", 409),
        ("OpenSearch_2.19", 503),
        ("Elasticsearch_6.8", 503),
    ] {
        let own = Cluster::new(engine).await;
        own.fill("a", 450).await;
        own.take("s-1", Value::Null).await;
        own.done("DELETE", "/a", Value::Null).await;
        own.rates(Value::Null, json!(1000)).await;
        own.done("POST", "/_snapshot/r/s-1/_restore", Value::Null)
            .await;
        own.clock(30).await;
        let health = own.get("/_cluster/health/a").await;
        let seen = ["status", "active_primary_shards", "initializing_shards"]
            .map(|key| health[key].clone());
        assert_eq!(seen, [json!("yellow"), json!(0), json!(1)]);
        let row = own
            .get("/_cat/recovery/a?format=json&bytes=b&active_only=true")
            .await[0]
            .clone();
        let seen = [
            "type",
            "stage",
            "repository",
            "snapshot",
            "files_total",
            "files_recovered",
        ]
        .map(|key| row[key].clone());
        assert_eq!(
            seen,
            ["snapshot", "index", "r", "s-1", "3", "1"].map(|text| json!(text))
        );
        assert!(
            row["bytes_recovered"]
                .as_str()
                .and_then(|text| text.parse::<u64>().ok())
                .is_some_and(|bytes| bytes >= 30_000)
        );
        assert_eq!(own.ask("GET", "/a/_count", Value::Null).await.0, 503);
        assert_eq!(
            own.get("/_cat/indices/a?format=json&h=health,docs.count")
                .await,
            json!([{"health": "yellow", "docs.count": null}])
        );
        assert_eq!(own.get("/a/_stats").await["indices"], json!({}));
        let (status, kind, _) = own.refused("DELETE", "/_snapshot/r/s-1", Value::Null).await;
        assert_eq!(
            (status, kind.as_str()),
            (busy, "concurrent_snapshot_execution_exception"),
            "{engine}"
        );
        own.clock(3600).await;
        assert_eq!(
            own.get("/_cluster/health/a").await["status"],
            json!("green")
        );
        assert_eq!(own.count("a").await, json!(450));
        assert_eq!(
            own.get("/_cat/recovery?format=json&active_only=true").await,
            json!([])
        );
        assert_eq!(
            own.get("/_cat/recovery?format=json").await[0]["stage"],
            json!("done")
        );
    }
}

#[tokio::test]
async fn a_partial_snapshot_needs_partial_and_comes_back_red() {
    let own = Cluster::new("OpenSearch_3.8").await;
    own.done("PUT", "/lost", nowhere()).await;
    own.fill("a", 1).await;
    own.take("s-1", json!({"partial": true})).await;
    own.done("DELETE", "/a,lost", Value::Null).await;
    let (status, _, reason) = own
        .refused("POST", "/_snapshot/r/s-1/_restore", Value::Null)
        .await;
    assert_eq!(
        (
            status,
            reason.ends_with("index [lost] wasn't fully snapshotted - cannot restore")
        ),
        (500, true)
    );
    own.done("POST", "/_snapshot/r/s-1/_restore", json!({"indices": "a"}))
        .await;
    let body =
        json!({"indices": "lost", "partial": true, "ignore_index_settings": ["index.routing.*"]});
    let done = own
        .done(
            "POST",
            "/_snapshot/r/s-1/_restore?wait_for_completion=true",
            body,
        )
        .await;
    assert_eq!(
        done["snapshot"]["shards"],
        json!({"total": 1, "failed": 1, "successful": 0})
    );
    assert_eq!(
        own.get("/_cluster/health/lost").await["status"],
        json!("red")
    );
}

#[tokio::test]
async fn a_restore_that_no_node_takes_stays_red() {
    let own = Cluster::new("OpenSearch_3.8").await;
    own.fill("a", 1).await;
    own.take("s-1", Value::Null).await;
    own.done("DELETE", "/a", Value::Null).await;
    let body = json!({"index_settings": {"index.routing.allocation.require.box": "hot"}});
    own.done("POST", "/_snapshot/r/s-1/_restore", body).await;
    assert_eq!(own.get("/_cluster/health/a").await["status"], json!("red"));
    assert_eq!(
        own.get("/_cat/recovery?format=json&active_only=true").await,
        json!([])
    );
    assert_eq!(
        own.get("/_cat/shards/a?format=json&h=state,unassigned.reason")
            .await,
        json!([{"state": "UNASSIGNED", "unassigned.reason": "NEW_INDEX_RESTORED"}])
    );
    let asked = json!({"index": "a", "shard": 0, "primary": true});
    let explained = own
        .done("POST", "/_cluster/allocation/explain", asked)
        .await;
    assert_eq!(
        explained["node_allocation_decisions"][0]["deciders"][0]["decider"],
        json!("restore_in_progress")
    );
    let back = json!({"index.routing.allocation.require.box": null});
    own.done("PUT", "/a/_settings", back).await;
    assert_eq!(own.get("/_cluster/health/a").await["status"], json!("red"));
    own.done("DELETE", "/_snapshot/r/s-1", Value::Null).await;
}

#[tokio::test]
async fn a_shard_whose_file_is_gone_is_not_restored() {
    let own = Cluster::new("OpenSearch_3.8").await;
    own.fill("a", 1).await;
    own.take("s-1", Value::Null).await;
    own.done("DELETE", "/a", Value::Null).await;
    let s3 = own.lab.s3(REGION);
    let listed = s3
        .list_objects_v2()
        .bucket(BUCKET)
        .send()
        .await
        .expect("a list");
    let key = listed
        .contents()
        .iter()
        .filter_map(|object| object.key())
        .find(|key| key.contains("/__"));
    s3.delete_object()
        .bucket(BUCKET)
        .key(key.expect("a data file"))
        .send()
        .await
        .expect("deleted");
    let done = own
        .done(
            "POST",
            "/_snapshot/r/s-1/_restore?wait_for_completion=true",
            Value::Null,
        )
        .await;
    assert_eq!(done["snapshot"]["shards"]["failed"], json!(1));
    assert_eq!(own.get("/_cluster/health/a").await["status"], json!("red"));
}

#[tokio::test]
async fn a_newer_snapshot_is_refused_by_an_older_engine() {
    let own = Cluster::new("OpenSearch_3.8").await;
    own.fill("a", 1).await;
    own.take("s-1", Value::Null).await;
    let mut state = own.lab.admin("GET", "/state", Value::Null).await;
    state["domains"][0]["engine_version"] = json!("OpenSearch_2.19");
    own.lab.admin("PUT", "/state", state).await;
    let (status, _, reason) = own
        .refused("POST", "/_snapshot/r/s-1/_restore", Value::Null)
        .await;
    let newer = "the snapshot was created with OpenSearch version [3.8.0] which is higher than the version of this node [2.19.0]";
    assert_eq!((status, reason.ends_with(newer)), (500, true));
}
