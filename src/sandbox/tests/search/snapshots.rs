//! Taking, watching, listing and deleting snapshots.

use serde_json::{Value, json};

use super::super::{BUCKET, REGION};
use super::{Cluster, nowhere, refusal};

#[tokio::test]
async fn a_snapshot_is_taken_listed_and_shown() {
    let own = Cluster::new("OpenSearch_3.8").await;
    own.fill("a", 3).await;
    let body = json!({"indices": "a", "include_global_state": false, "metadata": {"by": "me"}});
    let taken = own.take("s-1", body).await;
    let held = own.get("/_snapshot/r/s-1").await["snapshots"][0].clone();
    assert_eq!(taken, held);
    let expected = json!({
        "snapshot": "s-1", "uuid": held["uuid"], "version_id": 137297827, "version": "3.8.0", "indices": ["a"],
        "data_streams": [], "include_global_state": false, "metadata": {"by": "me"}, "state": "SUCCESS",
        "start_time": held["start_time"], "start_time_in_millis": held["start_time_in_millis"],
        "end_time": held["end_time"], "end_time_in_millis": held["end_time_in_millis"],
        "duration_in_millis": 0, "failures": [], "shards": {"total": 1, "failed": 0, "successful": 1},
    });
    assert_eq!(held, expected);
    assert_eq!(
        own.get("/_snapshot/r/_all?verbose=false").await,
        json!({"snapshots": [{"snapshot": "s-1", "uuid": held["uuid"], "indices": ["a"], "data_streams": [], "state": "SUCCESS"}]})
    );
    assert_eq!(
        own.refused("PUT", "/_snapshot/r/s-1", Value::Null).await,
        refusal(
            400,
            "invalid_snapshot_name_exception",
            "[r:s-1] Invalid snapshot name [s-1], snapshot with the same name already exists"
        )
    );
    assert_eq!(
        own.refused("PUT", "/_snapshot/r/S", Value::Null).await,
        refusal(
            400,
            "invalid_snapshot_name_exception",
            "[r:S] Invalid snapshot name [S], must be lowercase"
        )
    );
    assert_eq!(
        own.refused("PUT", "/_snapshot/r/s-2", json!({"indices": "zzz"}))
            .await,
        refusal(404, "index_not_found_exception", "no such index [zzz]")
    );
    assert_eq!(
        own.refused("GET", "/_snapshot/r/zzz", Value::Null).await,
        refusal(404, "snapshot_missing_exception", "[r:zzz] is missing")
    );
    assert_eq!(
        own.get("/_snapshot/r/zzz?ignore_unavailable=true").await,
        json!({"snapshots": []})
    );
}

#[tokio::test]
async fn a_slow_snapshot_is_in_progress_until_its_moment() {
    let own = Cluster::new("OpenSearch_3.8").await;
    own.fill("a", 450).await;
    own.rates(json!(1000), Value::Null).await;
    assert_eq!(
        own.done("PUT", "/_snapshot/r/s-1", Value::Null).await,
        json!({"accepted": true})
    );
    let running = own.get("/_snapshot/r/_current").await["snapshots"][0].clone();
    let fields = [
        "state",
        "end_time_in_millis",
        "duration_in_millis",
        "indices",
        "shards",
    ]
    .map(|key| running[key].clone());
    assert_eq!(
        fields,
        [
            json!("IN_PROGRESS"),
            json!(0),
            json!(0),
            json!(["a"]),
            json!({"total": 0, "failed": 0, "successful": 0})
        ]
    );
    own.clock(30).await;
    let status = own.get("/_snapshot/_status").await["snapshots"][0].clone();
    assert_eq!(
        (&status["state"], &status["shards_stats"]["started"]),
        (&json!("STARTED"), &json!(1))
    );
    let stats = &status["stats"];
    assert_eq!(
        (
            &stats["processed"]["file_count"],
            &stats["incremental"]["file_count"]
        ),
        (&json!(1), &json!(3))
    );
    let cluster = "Cannot delete indices that are being snapshotted: [[a/";
    let (code, kind, reason) = own.refused("DELETE", "/a", Value::Null).await;
    assert_eq!(
        (code, kind.as_str(), reason.starts_with(cluster)),
        (400, "snapshot_in_progress_exception", true)
    );
    assert_eq!(
        own.refused("PUT", "/_snapshot/r/s-1", Value::Null).await.2,
        "[r:s-1] Invalid snapshot name [s-1], snapshot with the same name is already in-progress"
    );
    assert_eq!(
        own.refused("DELETE", "/_snapshot/r", Value::Null).await.0,
        500
    );
    own.clock(3600).await;
    assert_eq!(
        own.get("/_snapshot/_status").await,
        json!({"snapshots": []})
    );
    let done = own.get("/_snapshot/r/s-1/_status").await["snapshots"][0].clone();
    let bytes = done["stats"]["incremental"]["size_in_bytes"]
        .as_i64()
        .expect("bytes");
    let held = own.get("/_snapshot/r/s-1").await["snapshots"][0].clone();
    assert_eq!(
        (&held["state"], &held["duration_in_millis"]),
        (&json!("SUCCESS"), &json!(bytes))
    );
    // Nothing changed: the second one copies nothing and ends at once.
    own.done("PUT", "/_snapshot/r/s-2", Value::Null).await;
    let second = own.get("/_snapshot/r/s-2/_status").await["snapshots"][0].clone();
    assert_eq!(second["state"], json!("SUCCESS"));
    assert_eq!(
        (&second["stats"]["incremental"], &second["stats"]["total"]),
        (
            &json!({"file_count": 0, "size_in_bytes": 0}),
            &done["stats"]["total"]
        )
    );
}

#[tokio::test]
async fn a_second_snapshot_waits_or_is_refused_by_engine() {
    for (engine, status, kind) in [
        ("OpenSearch_3.8", 200, ""),
        ("Elasticsearch_7.10", 200, ""),
        (
            "Elasticsearch_6.8",
            503,
            "concurrent_snapshot_execution_exception",
        ),
    ] {
        let own = Cluster::new(engine).await;
        own.fill("a", 100).await;
        own.rates(json!(1000), Value::Null).await;
        own.done("PUT", "/_snapshot/r/s-1", Value::Null).await;
        let second = own.refused("PUT", "/_snapshot/r/s-2", Value::Null).await;
        assert_eq!((second.0, second.1.as_str()), (status, kind), "{engine}");
    }
}

#[tokio::test]
async fn a_lost_primary_fails_the_snapshot_as_its_engine_does() {
    let reason = "Indices don't have primary shards [lost]";
    for engine in ["OpenSearch_3.8", "Elasticsearch_7.10", "Elasticsearch_6.8"] {
        let own = Cluster::new(engine).await;
        own.fill("a", 1).await;
        own.done("PUT", "/lost", nowhere()).await;
        let whole = own
            .ask(
                "PUT",
                "/_snapshot/r/s-1?wait_for_completion=true",
                Value::Null,
            )
            .await;
        if engine == "Elasticsearch_6.8" {
            let snapshot = &whole.1["snapshot"];
            assert_eq!(
                (whole.0, &snapshot["state"], &snapshot["reason"]),
                (200, &json!("FAILED"), &json!(reason))
            );
            let restored = own
                .refused("POST", "/_snapshot/r/s-1/_restore", Value::Null)
                .await;
            assert_eq!(
                (
                    restored.0,
                    restored.2.ends_with("unsupported snapshot state [FAILED]")
                ),
                (500, true)
            );
        } else {
            assert_eq!(whole.0, 500, "{engine}");
            assert_eq!(
                whole.1["error"]["reason"],
                json!(format!("[r:s-1] {reason}"))
            );
            assert_eq!(own.ask("GET", "/_snapshot/r/s-1", Value::Null).await.0, 404);
        }
        let partial = own
            .take("s-2", json!({"partial": true, "metadata": {"a": 1}}))
            .await;
        let failure = json!({"index": "lost", "index_uuid": "lost", "shard_id": 0, "reason": "primary shard is not allocated",
                             "status": "INTERNAL_SERVER_ERROR"});
        assert_eq!(
            (&partial["state"], &partial["failures"], &partial["shards"]),
            (
                &json!("PARTIAL"),
                &json!([failure]),
                &json!({"total": 2, "failed": 1, "successful": 1})
            )
        );
        let old = engine == "Elasticsearch_6.8";
        assert_eq!(partial.get("metadata").is_none(), old, "{engine}");
        let status = own.get("/_snapshot/r/s-2/_status").await["snapshots"][0].clone();
        let state = if engine == "OpenSearch_3.8" {
            "PARTIAL"
        } else {
            "SUCCESS"
        };
        assert_eq!(
            (&status["state"], &status["shards_stats"]["failed"]),
            (&json!(state), &json!(1)),
            "{engine}"
        );
    }
}

#[tokio::test]
async fn deleting_removes_the_files_that_no_other_snapshot_needs() {
    let own = Cluster::new("OpenSearch_3.8").await;
    own.fill("a", 1).await;
    own.take("s-1", Value::Null).await;
    own.take("s-2", Value::Null).await;
    let keys = async || -> Vec<String> {
        let listed = own
            .lab
            .s3(REGION)
            .list_objects_v2()
            .bucket(BUCKET)
            .send()
            .await
            .expect("a list");
        listed
            .contents()
            .iter()
            .filter_map(|object| object.key().map(str::to_owned))
            .collect()
    };
    let data = async || {
        keys()
            .await
            .iter()
            .filter(|key| key.contains("/__"))
            .count()
    };
    assert_eq!((keys().await.len(), data().await), (12, 1));
    own.done("DELETE", "/_snapshot/r/s-1", Value::Null).await;
    assert_eq!((keys().await.len(), data().await), (8, 1));
    assert_eq!(
        own.get("/_snapshot/r/_all").await["snapshots"][0]["snapshot"],
        json!("s-2")
    );
    own.done("DELETE", "/_snapshot/r/s-2", Value::Null).await;
    assert_eq!(keys().await, ["own/index-3", "own/index.latest"]);
    assert_eq!(
        own.refused("DELETE", "/_snapshot/r/s-2", Value::Null).await,
        refusal(404, "snapshot_missing_exception", "[r:s-2] is missing")
    );
    assert_eq!(
        own.done("POST", "/_snapshot/r/_cleanup", Value::Null).await,
        json!({"results": {"deleted_bytes": 0, "deleted_blobs": 0}})
    );
    let old = Cluster::new("Elasticsearch_6.8").await;
    assert_eq!(
        old.refused("POST", "/_snapshot/r/_cleanup", Value::Null)
            .await
            .1,
        "invalid_snapshot_name_exception"
    );
}

#[tokio::test]
async fn deleting_a_running_snapshot_aborts_it() {
    let own = Cluster::new("OpenSearch_3.8").await;
    own.fill("a", 100).await;
    own.rates(json!(1000), Value::Null).await;
    own.done("PUT", "/_snapshot/r/s-1", Value::Null).await;
    own.done("DELETE", "/_snapshot/r/s-1", Value::Null).await;
    assert_eq!(own.get("/_snapshot/r/_all").await, json!({"snapshots": []}));
    own.clock(3600).await;
    assert_eq!(own.get("/_snapshot/r/_all").await, json!({"snapshots": []}));
}

#[tokio::test]
async fn an_old_engine_lets_an_index_go_and_damages_the_snapshot() {
    let own = Cluster::new("Elasticsearch_6.8").await;
    own.fill("a", 100).await;
    own.fill("b", 1).await;
    own.rates(json!(1000), Value::Null).await;
    own.done("PUT", "/_snapshot/r/s-1", Value::Null).await;
    own.done("DELETE", "/a", Value::Null).await;
    own.clock(3600).await;
    let held = own.get("/_snapshot/r/s-1").await["snapshots"][0].clone();
    assert_eq!(
        (&held["state"], &held["shards"]),
        (
            &json!("PARTIAL"),
            &json!({"total": 2, "failed": 1, "successful": 1})
        )
    );
}

#[tokio::test]
async fn a_removed_file_breaks_reading() {
    let own = Cluster::new("OpenSearch_3.8").await;
    own.fill("a", 1).await;
    let uuid = own.take("s-1", Value::Null).await["uuid"]
        .as_str()
        .expect("a uuid")
        .to_owned();
    let s3 = own.lab.s3(REGION);
    let key = format!("own/snap-{uuid}.dat");
    s3.delete_object()
        .bucket(BUCKET)
        .key(key)
        .send()
        .await
        .expect("deleted");
    assert_eq!(
        own.refused("GET", "/_snapshot/r/_all", Value::Null).await,
        refusal(
            404,
            "snapshot_missing_exception",
            &format!("[r:s-1/{uuid}] is missing")
        )
    );
    assert_eq!(
        own.get("/_snapshot/r/_all?verbose=false").await["snapshots"][0]["snapshot"],
        json!("s-1")
    );
}

#[tokio::test]
async fn a_star_takes_hidden_indices_and_leaves_closed_ones_out() {
    let own = Cluster::new("OpenSearch_3.8").await;
    own.fill("open", 1).await;
    own.fill("shut", 1).await;
    own.done(
        "PUT",
        "/.hidden",
        json!({"settings": {"index.hidden": true, "number_of_replicas": 0}}),
    )
    .await;
    own.done("POST", "/shut/_close", Value::Null).await;
    let taken = own
        .take("s-1", json!({"indices": "*", "nonsense": 1}))
        .await;
    assert_eq!(taken["indices"], json!([".hidden", "open"]));
    let taken = own.take("s-2", json!({"indices": "shut"})).await;
    assert_eq!(
        (&taken["indices"], &taken["state"]),
        (&json!(["shut"]), &json!("SUCCESS"))
    );
    let taken = own.take("s-3", json!({"indices": "zzz*"})).await;
    assert_eq!(
        (&taken["indices"], &taken["state"], &taken["shards"]),
        (
            &json!([]),
            &json!("SUCCESS"),
            &json!({"total": 0, "failed": 0, "successful": 0})
        )
    );
    let old = Cluster::new("Elasticsearch_6.8").await;
    old.fill("shut", 1).await;
    old.done("POST", "/shut/_close", Value::Null).await;
    assert_eq!(
        old.refused("PUT", "/_snapshot/r/s-1", json!({"indices": "shut"}))
            .await,
        refusal(
            403,
            "cluster_block_exception",
            "blocked by: [FORBIDDEN/4/index closed];"
        )
    );
}
