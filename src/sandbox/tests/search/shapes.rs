//! What is recorded, kept and broken on purpose.

use serde_json::{Value, json};

use super::super::super::{Options, start};
use super::super::Lab;
use super::Cluster;

#[tokio::test]
async fn every_request_is_known_as_a_read_or_a_write() {
    let own = Cluster::new("OpenSearch_3.8").await;
    own.fill("a", 1).await;
    own.lab.admin("DELETE", "/requests", Value::Null).await;
    for (method, path) in [
        ("GET", "/a/_count"),
        ("HEAD", "/a"),
        ("GET", "/_cat/indices"),
        ("GET", "/_cluster/health/a"),
        ("GET", "/_nodes/stats/fs"),
        ("GET", "/_resolve/index/*"),
        ("GET", "/_snapshot/r/s/_status"),
        ("POST", "/a/_refresh"),
        ("POST", "/a/_close"),
        ("PUT", "/_snapshot/r/s"),
        ("POST", "/_snapshot/r/s/_restore"),
        ("POST", "/_snapshot/r/_verify"),
        ("DELETE", "/_snapshot/r/s"),
        ("DELETE", "/a"),
    ] {
        own.ask(method, path, Value::Null).await;
    }
    let requests = own.lab.admin("GET", "/requests", Value::Null).await;
    let lines: Vec<String> = requests
        .as_array()
        .expect("a list")
        .iter()
        .map(|request| {
            format!(
                "{} {}",
                request["operation"].as_str().expect("text"),
                request["write"]
            )
        })
        .collect();
    let expected = [
        "GET _count false",
        "HEAD index false",
        "GET _cat/indices false",
        "GET _cluster/health false",
        "GET _nodes/stats false",
        "GET _resolve/index false",
        "GET _snapshot/_status false",
        "POST _refresh true",
        "POST _close true",
        "PUT _snapshot/snapshot true",
        "POST _snapshot/_restore true",
        "POST _snapshot/_verify true",
        "DELETE _snapshot/snapshot true",
        "DELETE index true",
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn a_lost_answer_of_a_snapshot_leaves_it_taken() {
    let own = Cluster::new("OpenSearch_3.8").await;
    own.fill("a", 1).await;
    let fault = json!({"operation": "es:PUT _snapshot/snapshot", "action": "drop_after"});
    own.lab.admin("POST", "/faults", fault).await;
    let host = [("host", "localhost:9200")];
    assert!(
        own.lab
            .attempt("PUT", "/_snapshot/r/s-1", &host)
            .await
            .is_err()
    );
    assert_eq!(
        own.get("/_snapshot/r/s-1").await["snapshots"][0]["state"],
        json!("SUCCESS")
    );
    let fault = json!({"operation": "es:PUT _snapshot/snapshot", "action": "drop_before"});
    own.lab.admin("POST", "/faults", fault).await;
    assert!(
        own.lab
            .attempt("PUT", "/_snapshot/r/s-2", &host)
            .await
            .is_err()
    );
    assert_eq!(own.ask("GET", "/_snapshot/r/s-2", Value::Null).await.0, 404);
}

#[tokio::test]
async fn documents_outlive_the_process_and_an_earlier_state_still_loads() {
    let folder = std::env::temp_dir().join(format!("esbackup-search-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let domain = json!({"account": "123456789012", "region": "us-west-2", "name": "own", "endpoint": "localhost:9200",
                        "engine_version": "OpenSearch_3.8", "self_managed": true, "auth": "none", "repositories": {}, "running": []});
    let earlier = json!({"clock_offset_seconds": 0, "serial": 4, "accounts": {}, "buckets": {}, "domains": [domain], "snapshots": {}});
    std::fs::write(folder.join("state.json"), earlier.to_string()).expect("written");
    let options = || Options {
        state_dir: Some(folder.clone()),
        port: 0,
    };
    let host = vec![("host".to_owned(), "localhost:9200".to_owned())];
    let lab = Lab::around(start(options()).await.expect("it starts"));
    assert_eq!(
        lab.plain("PUT", "/a/_doc/1?refresh=true", &host, "{\"n\":1}")
            .await
            .0,
        201
    );
    lab.running.stop().await;
    let lab = Lab::around(start(options()).await.expect("it starts again"));
    let (_, count) = lab.plain("GET", "/a/_count", &host, "").await;
    assert!(count.contains("\"count\":1"), "{count}");
    lab.running.stop().await;
    std::fs::remove_dir_all(&folder).expect("removed");
}
