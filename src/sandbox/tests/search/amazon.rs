//! What Amazon domains do in another way: the front door, their own repositories, one snapshot at a time, permissions.

use serde_json::{Value, json};

use super::super::{ACCOUNT, BUCKET, Lab, permissions, registration, trust};

async fn ready(lab: &Lab, domain: Value) -> String {
    let host = lab.add_domain(domain).await;
    lab.create_bucket(BUCKET).await;
    lab.create_role(&trust(), &permissions()).await;
    host
}

#[tokio::test]
async fn two_domains_on_one_path_see_the_same_snapshots_and_the_reader_cannot_write() {
    let lab = Lab::new().await;
    let writer = ready(&lab, json!({})).await;
    assert_eq!(
        lab.ask(&writer, "PUT", "/_snapshot/r", registration())
            .await
            .0,
        200
    );
    assert_eq!(
        lab.ask(&writer, "PUT", "/a/_doc/1", json!({"n": 1}))
            .await
            .0,
        201
    );
    assert_eq!(
        lab.ask(
            &writer,
            "PUT",
            "/_snapshot/r/s-1?wait_for_completion=true",
            Value::Null
        )
        .await
        .0,
        200
    );
    let reader = lab.add_domain(json!({"name": "other"})).await;
    let mut trusting = trust();
    trusting["Statement"][0]["Condition"]["ArnLike"]["aws:SourceArn"] =
        json!(format!("arn:aws:es:us-west-2:{ACCOUNT}:domain/*"));
    let iam = lab.iam();
    let update = iam.update_assume_role_policy().role_name("es-s3-backup");
    update
        .policy_document(trusting.to_string())
        .send()
        .await
        .expect("trusted");
    let mut body = registration();
    body["settings"]["readonly"] = json!(true);
    assert_eq!(
        lab.ask(&reader, "PUT", "/_snapshot/theirs", body).await.0,
        200
    );
    let (_, listed) = lab
        .ask(&reader, "GET", "/_snapshot/theirs/_all", Value::Null)
        .await;
    assert_eq!(listed["snapshots"][0]["snapshot"], json!("s-1"));
    let (status, refused) = lab
        .ask(&reader, "PUT", "/_snapshot/theirs/s-2", Value::Null)
        .await;
    let reason = "[theirs] cannot create snapshot in a readonly repository";
    assert_eq!((status, &refused["error"]["reason"]), (500, &json!(reason)));
    let (status, refused) = lab
        .ask(&reader, "DELETE", "/_snapshot/theirs/s-1", Value::Null)
        .await;
    let reason = "[theirs] cannot delete snapshot from a readonly repository";
    assert_eq!((status, &refused["error"]["reason"]), (500, &json!(reason)));
    assert_eq!(
        lab.ask(
            &reader,
            "POST",
            "/_snapshot/theirs/s-1/_restore",
            Value::Null
        )
        .await
        .0,
        200
    );
    assert_eq!(
        lab.ask(&reader, "GET", "/a/_count", Value::Null).await.1["count"],
        json!(1)
    );
}

#[tokio::test]
async fn amazons_own_repositories_are_read_and_never_written() {
    let lab = Lab::new().await;
    let host = ready(&lab, json!({})).await;
    lab.ask(&host, "PUT", "/a/_doc/1", json!({"n": 1})).await;
    let taken = lab
        .admin("POST", "/automated", json!({"domain": "logs"}))
        .await;
    let name = taken["snapshot"].as_str().expect("a name").to_owned();
    let (_, listed) = lab
        .ask(
            &host,
            "GET",
            "/_snapshot/cs-automated-enc/_all",
            Value::Null,
        )
        .await;
    assert_eq!(
        (
            &listed["snapshots"][0]["snapshot"],
            &listed["snapshots"][0]["state"]
        ),
        (&json!(name), &json!("SUCCESS"))
    );
    assert_eq!(
        lab.ask(&host, "GET", "/_snapshot/cs-automated/_all", Value::Null)
            .await,
        (200, json!({"snapshots": []}))
    );
    for (method, path) in [
        ("PUT", "/_snapshot/cs-automated-enc/mine".to_owned()),
        ("DELETE", format!("/_snapshot/cs-automated-enc/{name}")),
    ] {
        let refused = json!({"Message": format!("Your request: '{path}' is not allowed.")});
        assert_eq!(
            lab.ask(&host, method, &path, Value::Null).await,
            (401, refused)
        );
    }
    lab.ask(&host, "DELETE", "/a", Value::Null).await;
    let path = format!("/_snapshot/cs-automated-enc/{name}/_restore");
    assert_eq!(
        lab.ask(&host, "POST", &path, json!({"indices": "a"}))
            .await
            .0,
        200
    );
    assert_eq!(
        lab.ask(&host, "GET", "/a/_count", Value::Null).await.1["count"],
        json!(1)
    );
}

#[tokio::test]
async fn amazon_takes_one_snapshot_at_a_time_and_drops_what_a_post_says_in_its_url() {
    let lab = Lab::new().await;
    let host = ready(&lab, json!({"rates": {"snapshot_bytes_per_second": 1}})).await;
    lab.ask(&host, "PUT", "/_snapshot/r", registration()).await;
    lab.ask(&host, "PUT", "/a/_doc/1", json!({"n": 1})).await;
    assert_eq!(
        lab.ask(&host, "PUT", "/_snapshot/r/s-1", Value::Null).await,
        (200, json!({"accepted": true}))
    );
    let (status, refused) = lab.ask(&host, "PUT", "/_snapshot/r/s-2", Value::Null).await;
    assert_eq!(
        (
            status,
            &refused["error"]["type"],
            &refused["error"]["reason"]
        ),
        (
            503,
            &json!("concurrent_snapshot_execution_exception"),
            &json!("[r:s-2]  a snapshot is already running")
        )
    );
    lab.admin("POST", "/clock", json!({"offset_seconds": 240}))
        .await;
    lab.ask(&host, "DELETE", "/a", Value::Null).await;
    let path = "/_snapshot/r/s-1/_restore?wait_for_completion=true";
    assert_eq!(
        lab.ask(&host, "POST", path, Value::Null).await,
        (200, json!({"accepted": true}))
    );
}

#[tokio::test]
async fn an_old_amazon_domain_cannot_close_an_index() {
    let lab = Lab::new().await;
    let host = ready(&lab, json!({"engine_version": "Elasticsearch_6.8"})).await;
    lab.ask(&host, "PUT", "/a/_doc/1", json!({"n": 1})).await;
    let refused = json!({"Message": "Your request: '/a/_close' is not allowed."});
    assert_eq!(
        lab.ask(&host, "POST", "/a/_close", Value::Null).await,
        (401, refused)
    );
}

#[tokio::test]
async fn copies_must_fit_the_zones() {
    let lab = Lab::new().await;
    let host = ready(&lab, json!({"nodes": 3, "zones": 3})).await;
    let (status, refused) = lab
        .ask(
            &host,
            "PUT",
            "/a",
            json!({"settings": {"number_of_replicas": 1}}),
        )
        .await;
    let reason = "Validation Failed: 1: expected total copies needs to be a multiple of total awareness attributes [3];";
    assert_eq!((status, &refused["error"]["reason"]), (400, &json!(reason)));
    assert_eq!(
        lab.ask(
            &host,
            "PUT",
            "/a",
            json!({"settings": {"number_of_replicas": 2}})
        )
        .await
        .0,
        200
    );
    let (_, health) = lab.ask(&host, "GET", "/_cluster/health", Value::Null).await;
    assert_eq!(
        (&health["status"], &health["active_shards"]),
        (&json!("green"), &json!(3))
    );
    let (_, rows) = lab
        .ask(
            &host,
            "GET",
            "/_cat/nodeattrs?format=json&h=node,attr,value",
            Value::Null,
        )
        .await;
    assert_eq!(
        rows[1],
        json!({"node": "sandbox-node", "attr": "zone", "value": "us-west-2a"})
    );
}

#[tokio::test]
async fn manage_snapshots_is_enough_for_snapshots_and_for_nothing_else() {
    let lab = Lab::new().await;
    let me = format!("arn:aws:iam::{ACCOUNT}:user/sandbox");
    let host = ready(&lab, json!({"fine_grained_access": true, "mapped": [me]})).await;
    assert_eq!(
        lab.ask(&host, "PUT", "/_snapshot/r", registration())
            .await
            .0,
        200
    );
    assert_eq!(lab.ask(&host, "PUT", "/a", Value::Null).await.0, 200);
    assert_eq!(
        lab.ask(&host, "PUT", "/_snapshot/r/s-1", Value::Null)
            .await
            .0,
        200
    );
    for (method, path, permission) in [
        ("GET", "/a/_count", "indices:data/read/search"),
        ("DELETE", "/a", "indices:admin/delete"),
        ("GET", "/_cluster/health", "cluster:monitor/health"),
        ("GET", "/_cat/recovery", "indices:monitor/recovery"),
        ("POST", "/_snapshot/r/zzz/_restore", ""),
    ] {
        let reason = format!(
            "no permissions for [{permission}] and User [name={me}, backend_roles=[], requestedTenant=null]"
        );
        let (status, refused) = lab.ask(&host, method, path, Value::Null).await;
        assert_eq!(
            (status, &refused["error"]["reason"]),
            (403, &json!(reason)),
            "{path}"
        );
    }
    let (status, _) = lab
        .ask(
            &host,
            "POST",
            "/_snapshot/r/s-1/_restore",
            json!({"include_global_state": true}),
        )
        .await;
    assert_eq!(status, 403);
}
