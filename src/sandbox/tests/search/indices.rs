//! Indices, documents and what they are asked for.

use serde_json::{Value, json};

use super::{Cluster, nowhere, refusal};

#[tokio::test]
async fn an_index_is_made_shown_and_deleted() {
    let own = Cluster::new("OpenSearch_3.8").await;
    let body = json!({"settings": {"number_of_shards": 2, "index": {"number_of_replicas": "0"}}, "aliases": {"now": {}},
                      "mappings": {"properties": {"at": {"type": "date"}}}});
    assert_eq!(
        own.done("PUT", "/logs-1", body.clone()).await,
        json!({"acknowledged": true, "shards_acknowledged": true, "index": "logs-1"})
    );
    let mut shown = own.get("/logs-1").await;
    let settings = shown["logs-1"]["settings"]["index"].take();
    assert_eq!(
        shown,
        json!({"logs-1": {"aliases": {"now": {}}, "mappings": body["mappings"], "settings": {"index": null}}})
    );
    let uuid = settings["uuid"].as_str().expect("a uuid").to_owned();
    assert_eq!(
        settings,
        json!({"uuid": uuid, "creation_date": settings["creation_date"], "version": {"created": "137297827"},
               "number_of_shards": "2", "number_of_replicas": "0", "provided_name": "logs-1", "replication": {"type": "DOCUMENT"}})
    );
    assert_eq!(
        own.refused("PUT", "/logs-1", Value::Null).await,
        refusal(
            400,
            "resource_already_exists_exception",
            &format!("index [logs-1/{uuid}] already exists")
        )
    );
    assert_eq!(
        own.ask("HEAD", "/logs-1", Value::Null).await,
        (200, json!(""))
    );
    assert_eq!(
        own.refused("DELETE", "/now", Value::Null).await,
        refusal(
            400,
            "illegal_argument_exception",
            "The provided expression [now] matches an alias, specify the corresponding concrete indices instead."
        )
    );
    let gone = json!({"acknowledged": true});
    assert_eq!(own.done("DELETE", "/nothing*", Value::Null).await, gone);
    assert_eq!(own.done("DELETE", "/logs-1", Value::Null).await, gone);
    assert_eq!(own.ask("HEAD", "/logs-1", Value::Null).await.0, 404);
    assert_eq!(
        own.refused("DELETE", "/%3Clogs-%7Bnow%2Fd%7D%3E,logs-1", Value::Null)
            .await
            .0,
        404
    );
}

#[tokio::test]
async fn names_and_settings_that_engines_refuse_are_refused() {
    let own = Cluster::new("OpenSearch_2.19").await;
    for (name, why) in [
        ("Logs", "must be lowercase"),
        ("-logs", "must not start with '_', '-', or '+'"),
        ("a%23b", "must not contain '#'"),
        ("a:b", "must not contain ':'"),
    ] {
        let shown = name.replace("%23", "#");
        assert_eq!(
            own.refused("PUT", &format!("/{name}"), Value::Null).await,
            refusal(
                400,
                "invalid_index_name_exception",
                &format!("Invalid index name [{shown}], {why}")
            )
        );
    }
    let unknown = "unknown setting [index.sharding] please check that any required plugins are installed, or check the breaking \
                   changes documentation for removed settings";
    assert_eq!(
        own.refused("PUT", "/a", json!({"settings": {"sharding": 1}}))
            .await,
        refusal(400, "illegal_argument_exception", unknown)
    );
    let none = "Failed to parse value [0] for setting [index.number_of_shards] must be >= 1";
    assert_eq!(
        own.refused("PUT", "/a", json!({"settings": {"number_of_shards": 0}}))
            .await,
        refusal(400, "illegal_argument_exception", none)
    );
}

#[tokio::test]
async fn documents_are_stored_counted_and_read() {
    let own = Cluster::new("OpenSearch_3.8").await;
    let (status, made) = own
        .ask(
            "PUT",
            "/auto/_doc/1",
            json!({"n": 1, "who": "me", "at": "2026-11-24"}),
        )
        .await;
    assert_eq!((status, &made["result"]), (201, &json!("created")));
    assert_eq!(
        own.ask("PUT", "/auto/_doc/1", json!({"n": 2})).await.1["result"],
        json!("updated")
    );
    own.done("POST", "/auto/_doc", json!({"in": {"deep": true}}))
        .await;
    assert_eq!(own.count("auto").await, json!(0));
    own.done("POST", "/auto/_refresh", Value::Null).await;
    let text =
        json!({"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}});
    let properties = json!({"n": {"type": "long"}, "who": text, "at": {"type": "date"}, "in": {"properties": {"deep": {"type": "boolean"}}}});
    assert_eq!(
        own.get("/auto/_mapping").await,
        json!({"auto": {"mappings": {"properties": properties}}})
    );
    assert_eq!(
        own.get("/auto/_count").await,
        json!({"count": 2, "_shards": {"total": 1, "successful": 1, "skipped": 0, "failed": 0}})
    );
    assert_eq!(own.get("/auto/_doc/1").await["_source"], json!({"n": 2}));
    assert_eq!(
        own.ask("GET", "/auto/_doc/9", Value::Null).await,
        (404, json!({"_index": "auto", "_id": "9", "found": false}))
    );
    assert_eq!(
        own.get("/auto/_search?size=0").await["hits"]["total"],
        json!({"value": 2, "relation": "eq"})
    );
    let stats = own.get("/auto/_stats/docs,store").await;
    assert_eq!(
        stats["indices"]["auto"]["primaries"]["docs"],
        json!({"count": 2, "deleted": 0})
    );
    assert_eq!(
        stats["_all"]["primaries"]["store"],
        json!({"size_in_bytes": 208, "reserved_in_bytes": 0})
    );
}

#[tokio::test]
async fn a_write_block_holds_until_it_is_taken_away() {
    for (engine, reason) in [
        (
            "OpenSearch_3.8",
            "index [a] blocked by: [FORBIDDEN/8/index write (api)];",
        ),
        (
            "Elasticsearch_6.8",
            "blocked by: [FORBIDDEN/8/index write (api)];",
        ),
    ] {
        let own = Cluster::new(engine).await;
        own.fill("a", 1).await;
        own.done("PUT", "/a/_settings", json!({"index.blocks.write": true}))
            .await;
        assert_eq!(
            own.refused("PUT", "/a/_doc/2", json!({})).await,
            refusal(403, "cluster_block_exception", reason)
        );
        let settings = own.get("/a/_settings").await;
        assert_eq!(
            settings["a"]["settings"]["index"]["blocks"],
            json!({"write": "true"})
        );
        // A list of names and patterns takes what any of them takes.
        let listed = own
            .get("/a/_settings/index.blocks.read_only,index.blocks.write,index.uu*?flat_settings=true")
            .await;
        let listed = listed["a"]["settings"].as_object().unwrap().clone();
        let names: Vec<&str> = listed.keys().map(String::as_str).collect();
        assert_eq!(names, ["index.blocks.write", "index.uuid"]);
        own.done(
            "PUT",
            "/a/_settings",
            json!({"index": {"blocks": {"write": null}}}),
        )
        .await;
        own.done("PUT", "/a/_doc/2?refresh=true", json!({})).await;
        assert_eq!(own.count("a").await, json!(2));
    }
}

#[tokio::test]
async fn a_final_setting_and_a_closed_index_are_refused() {
    let own = Cluster::new("OpenSearch_3.8").await;
    own.fill("a", 1).await;
    let (status, kind, _) = own
        .refused("PUT", "/a/_settings", json!({"number_of_shards": 2}))
        .await;
    assert_eq!((status, kind.as_str()), (400, "illegal_argument_exception"));
    let closed = own.done("POST", "/a/_close", Value::Null).await;
    assert_eq!(
        closed,
        json!({"acknowledged": true, "shards_acknowledged": true, "indices": {"a": {"closed": true}}})
    );
    let refused = refusal(400, "index_closed_exception", "closed");
    assert_eq!(own.refused("GET", "/a/_count", Value::Null).await, refused);
    assert_eq!(own.refused("PUT", "/a/_doc/2", json!({})).await, refused);
    let rows = own
        .get("/_cat/indices?format=json&h=index,status,docs.count")
        .await;
    assert_eq!(
        rows,
        json!([{"index": "a", "status": "close", "docs.count": null}])
    );
    own.done("POST", "/a/_open", Value::Null).await;
    assert_eq!(own.count("a").await, json!(1));
}

#[tokio::test]
async fn an_index_without_a_place_is_red_and_cannot_be_counted() {
    let own = Cluster::new("OpenSearch_3.8").await;
    own.done("PUT", "/lost", nowhere()).await;
    own.fill("well", 1).await;
    let health = own.get("/_cluster/health?level=indices").await;
    assert_eq!(health["status"], json!("red"));
    assert_eq!(
        health["indices"]["lost"],
        json!({"status": "red", "number_of_shards": 1, "number_of_replicas": 0, "active_primary_shards": 0, "active_shards": 0,
               "relocating_shards": 0, "initializing_shards": 0, "unassigned_shards": 1})
    );
    assert_eq!(health["indices"]["well"]["status"], json!("green"));
    assert_eq!(
        own.refused("GET", "/lost/_count", Value::Null).await,
        refusal(503, "search_phase_execution_exception", "all shards failed")
    );
    let rows = own.get("/_cat/allocation?format=json&bytes=b").await;
    assert_eq!(
        (&rows[1]["node"], &rows[1]["shards"]),
        (&json!("UNASSIGNED"), &json!("1"))
    );
    own.done(
        "PUT",
        "/lost/_settings",
        json!({"index.routing.allocation.include._name": null}),
    )
    .await;
    assert_eq!(
        own.get("/_cluster/health/lost").await["status"],
        json!("green")
    );
    let (status, absent) = own
        .ask("GET", "/_cluster/health/none?timeout=1s", Value::Null)
        .await;
    assert_eq!(
        (status, &absent["status"], &absent["timed_out"]),
        (408, &json!("red"), &json!(true))
    );
}

#[tokio::test]
async fn aliases_streams_and_hidden_indices_are_told_apart() {
    let own = Cluster::new("OpenSearch_3.8").await;
    own.fill("logs-1", 1).await;
    own.done(
        "PUT",
        "/.hidden",
        json!({"settings": {"index.hidden": true}}),
    )
    .await;
    let actions = json!({"actions": [{"add": {"index": "logs-1", "alias": "logs"}}]});
    own.done("POST", "/_aliases", actions).await;
    own.done("PUT", "/_data_stream/stream", Value::Null).await;
    assert_eq!(
        own.get("/_alias/logs").await,
        json!({"logs-1": {"aliases": {"logs": {}}}})
    );
    assert_eq!(
        own.ask("GET", "/_alias/none", Value::Null).await,
        (404, json!({"error": "alias [none] missing", "status": 404}))
    );
    let index = json!({"name": "logs-1", "aliases": ["logs"], "attributes": ["open"]});
    assert_eq!(
        own.get("/_resolve/index/logs*").await,
        json!({"indices": [index], "aliases": [{"name": "logs", "indices": ["logs-1"]}], "data_streams": []})
    );
    let names = async |path: &str| own.get(path).await.as_array().map_or(0, Vec::len);
    assert_eq!(names("/_cat/indices?format=json").await, 1);
    assert_eq!(
        names("/_cat/indices?format=json&expand_wildcards=all").await,
        3
    );
    assert_eq!(
        own.get("/_data_stream/s*").await["data_streams"][0]["name"],
        json!("stream")
    );
    let stream = "The provided expression [stream] matches a data stream, specify the corresponding concrete indices instead.";
    assert_eq!(
        own.refused("DELETE", "/stream", Value::Null).await,
        refusal(400, "illegal_argument_exception", stream)
    );
    let old = Cluster::new("Elasticsearch_6.8").await;
    assert_eq!(
        old.ask("GET", "/_resolve/index/x*", Value::Null).await.0,
        404
    );
    let (status, body) = old.ask("GET", "/_data_stream/x*", Value::Null).await;
    assert_eq!((status, body["error"].is_string()), (405, true));
    assert_eq!(
        old.ask("GET", "/_cat/indices?expand_wildcards=all", Value::Null)
            .await
            .0,
        400
    );
}
