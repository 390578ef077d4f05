//! The domain's REST API beside the chain: settings, names, engines, fine-grained access control, self-managed clusters.

use serde_json::{Value, json};

use super::{ACCOUNT, BUCKET, Lab, REGION, ROLE, Sent, permissions, registration, trust};

async fn ready(lab: &Lab, domain: Value) -> String {
    let host = lab.add_domain(domain).await;
    lab.create_bucket(BUCKET).await;
    lab.create_role(&trust(), &permissions()).await;
    host
}

fn error(status: u16, kind: &str, reason: &str) -> (u16, Value) {
    let cause = json!({"type": kind, "reason": reason});
    (
        status,
        json!({"error": {"root_cause": [cause], "type": kind, "reason": reason}, "status": status}),
    )
}

#[tokio::test]
async fn settings_come_back_as_text_and_replace_each_other() {
    let lab = Lab::new().await;
    let host = ready(&lab, json!({})).await;
    let mut body = registration();
    body["settings"]["readonly"] = json!(false);
    body["settings"]["max_snapshot_bytes_per_sec"] = json!("40mb");
    body["settings"]["canned_acl"] = json!(null);
    assert_eq!(lab.ask(&host, "PUT", "/_snapshot/r", body).await.0, 200);
    let mut settings = registration()["settings"].clone();
    settings["readonly"] = json!("false");
    settings["max_snapshot_bytes_per_sec"] = json!("40mb");
    let held = json!({"r": {"type": "s3", "settings": settings}});
    assert_eq!(
        lab.ask(&host, "GET", "/_snapshot/r", Value::Null).await,
        (200, held)
    );
    assert_eq!(
        lab.ask(&host, "PUT", "/_snapshot/r", registration())
            .await
            .0,
        200
    );
    let own = json!({"type": "s3"});
    let held = json!({"cs-automated": own, "cs-automated-enc": own, "r": {"type": "s3", "settings": registration()["settings"]}});
    assert_eq!(
        lab.ask(&host, "GET", "/_snapshot", Value::Null).await,
        (200, held.clone())
    );
    assert_eq!(
        lab.ask(&host, "GET", "/_snapshot/*,r", Value::Null).await,
        (200, held)
    );
    let missing = error(404, "repository_missing_exception", "[q] missing");
    assert_eq!(
        lab.ask(&host, "GET", "/_snapshot/r,q", Value::Null).await,
        missing
    );
    assert_eq!(
        lab.ask(&host, "DELETE", "/_snapshot/r", Value::Null).await,
        (200, json!({"acknowledged": true}))
    );
    assert_eq!(
        lab.ask(&host, "DELETE", "/_snapshot/q", Value::Null).await,
        missing
    );
    assert_eq!(
        lab.ask(&host, "GET", "/_snapshot/q/_all", Value::Null)
            .await,
        missing
    );
}

#[tokio::test]
async fn amazon_refuses_some_paths_compressed_bodies_and_its_own_names() {
    let lab = Lab::new().await;
    let host = ready(&lab, json!({})).await;
    let refused = |uri: &str| {
        (
            401,
            json!({"Message": format!("Your request: '{uri}' is not allowed.")}),
        )
    };
    assert_eq!(
        lab.ask(&host, "GET", "/_recovery", Value::Null).await,
        refused("/_recovery")
    );
    assert_eq!(
        lab.ask(&host, "GET", "/logs-1/_recovery", Value::Null)
            .await,
        refused("/logs-1/_recovery")
    );
    assert_eq!(
        lab.ask(&host, "PUT", "/_snapshot/cs-mine", registration())
            .await,
        refused("/_snapshot/cs-mine")
    );
    let packed = async |method: &str, path: &str| {
        let body = registration().to_string();
        let headers = vec![("content-encoding", "gzip")];
        let (status, text) = lab
            .send(Sent {
                host: &host,
                body: &body,
                headers,
                ..Sent::new("es", method, path)
            })
            .await;
        (status, serde_json::from_str::<Value>(&text).expect("JSON"))
    };
    let needed = json!({"Message": "settings.role_arn is needed for snapshot registration."});
    assert_eq!(packed("PUT", "/_snapshot/r").await, (401, needed));
    let invalid = json!({"Message": "Your request: '/_snapshot/r/_verify' is not allowed due to invalid input parameters."});
    assert_eq!(packed("POST", "/_snapshot/r/_verify").await, (401, invalid));
}

#[tokio::test]
async fn url_parameters_of_signed_posts_are_dropped_on_amazon() {
    let lab = Lab::new().await;
    let host = lab.add_domain(json!({})).await;
    lab.create_role(&trust(), &permissions()).await;
    assert_eq!(
        lab.ask(&host, "POST", "/_snapshot/r?verify=false", registration())
            .await
            .0,
        500
    );
    assert_eq!(
        lab.ask(&host, "PUT", "/_snapshot/r?verify=false", registration())
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn a_repository_in_use_is_guarded_as_its_engine_does() {
    let used = "trying to modify or unregister repository that is currently used";
    for (engine, equal, other, removed) in [
        ("OpenSearch_3.1", 200, 500, 500),
        ("OpenSearch_1.3", 500, 500, 500),
        ("Elasticsearch_7.10", 500, 500, 500),
        ("Elasticsearch_6.8", 200, 200, 200),
    ] {
        let lab = Lab::new().await;
        let host = ready(&lab, json!({"engine_version": engine})).await;
        assert_eq!(
            lab.ask(&host, "PUT", "/_snapshot/r", registration())
                .await
                .0,
            200
        );
        lab.admin(
            "PUT",
            "/running",
            json!({"domain": "logs", "repository": "r", "snapshot": "s-1"}),
        )
        .await;
        assert_eq!(
            lab.ask(&host, "PUT", "/_snapshot/r", registration())
                .await
                .0,
            equal,
            "{engine}"
        );
        let mut changed = registration();
        changed["settings"]["max_restore_bytes_per_sec"] = json!("40mb");
        let answer = lab.ask(&host, "PUT", "/_snapshot/r", changed).await;
        assert_eq!(answer.0, other, "{engine}");
        if other == 500 {
            assert_eq!(
                answer,
                error(500, "illegal_state_exception", used),
                "{engine}"
            );
        }
        assert_eq!(
            lab.ask(&host, "DELETE", "/_snapshot/r", Value::Null)
                .await
                .0,
            removed,
            "{engine}"
        );
        let (_, status) = lab
            .ask(&host, "GET", "/_snapshot/_status", Value::Null)
            .await;
        assert_eq!(
            (
                &status["snapshots"][0]["repository"],
                &status["snapshots"][0]["state"]
            ),
            (&json!("r"), &json!("STARTED"))
        );
    }
}

#[tokio::test]
async fn a_running_restore_shows_in_recovery() {
    let lab = Lab::new().await;
    let host = ready(&lab, json!({})).await;
    assert_eq!(
        lab.ask(&host, "GET", "/_cat/recovery?format=json", Value::Null)
            .await,
        (200, json!([]))
    );
    lab.admin(
        "PUT",
        "/running",
        json!({"domain": "logs", "repository": "r", "restore": "s-1"}),
    )
    .await;
    let (_, rows) = lab
        .ask(&host, "GET", "/_cat/recovery?format=json", Value::Null)
        .await;
    assert_eq!(
        (&rows[0]["repository"], &rows[0]["type"], &rows[0]["stage"]),
        (&json!("r"), &json!("snapshot"), &json!("index"))
    );
}

#[tokio::test]
async fn fine_grained_access_control_asks_for_a_mapping() {
    let lab = Lab::new().await;
    let host = ready(
        &lab,
        json!({"fine_grained_access": true, "mapped": ["arn:aws:iam::123456789012:role/ci"]}),
    )
    .await;
    let denied = |permission: &str| {
        let reason = format!(
            "no permissions for [{permission}] and User [name=arn:aws:iam::{ACCOUNT}:user/sandbox, backend_roles=[], \
             requestedTenant=null]"
        );
        error(403, "security_exception", &reason)
    };
    assert_eq!(
        lab.ask(&host, "PUT", "/_snapshot/r", registration()).await,
        denied("cluster:admin/repository/put")
    );
    assert_eq!(
        lab.ask(&host, "GET", "/_snapshot", Value::Null).await,
        denied("cluster:admin/repository/get")
    );
    let mut state = lab.admin("GET", "/state", json!(null)).await;
    state["domains"][0]["mapped"] = json!(["arn:aws:iam::123456789012:user/sandbox"]);
    lab.admin("PUT", "/state", state).await;
    assert_eq!(
        lab.ask(&host, "PUT", "/_snapshot/r", registration())
            .await
            .0,
        200
    );
    assert_eq!(
        lab.ask(&host, "GET", "/_cluster/health", Value::Null).await,
        denied("cluster:monitor/health")
    );
}

#[tokio::test]
async fn registration_must_be_signed_even_where_the_domain_takes_basic_auth() {
    let lab = Lab::new().await;
    let auth = json!({"basic": {"username": "admin", "password": "secret"}});
    let host = ready(&lab, json!({"auth": auth, "fine_grained_access": true})).await;
    let basic = |password: &str| {
        format!(
            "Basic {}",
            aws_smithy_types::base64::encode(format!("admin:{password}"))
        )
    };
    let ask = async |method: &str, path: &str, password: &str, body: &str| {
        let headers = [
            ("host".to_owned(), host.clone()),
            ("authorization".to_owned(), basic(password)),
        ];
        lab.plain(method, path, &headers, body).await
    };
    assert_eq!(
        ask("GET", "/_snapshot/r*", "secret", "").await,
        (200, "{}".to_owned())
    );
    assert_eq!(
        ask("GET", "/_snapshot", "wrong", "").await,
        (401, "Unauthorized".to_owned())
    );
    let text = format!(
        "{{\"Message\":\"User: anonymous is not authorized to perform: iam:PassRole on resource: {ROLE}\"}}"
    );
    assert_eq!(
        ask("PUT", "/_snapshot/r", "secret", &registration().to_string()).await,
        (403, text)
    );
}

#[tokio::test]
async fn a_domain_policy_can_let_in_or_keep_out() {
    let statement = |effect: &str, principal: Value| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Principal": principal, "Action": "es:*",
               "Resource": "arn:aws:es:us-west-2:123456789012:domain/logs/*"}]})
        .to_string()
    };
    let lab = Lab::new().await;
    let policy = statement(
        "Deny",
        json!({"AWS": "arn:aws:iam::123456789012:user/sandbox"}),
    );
    let host = lab.add_domain(json!({"access_policy": policy})).await;
    let message = "User: arn:aws:iam::123456789012:user/sandbox is not authorized to perform: es:ESHttpGet with an explicit deny \
                   in a resource-based policy";
    assert_eq!(
        lab.ask(&host, "GET", "/_snapshot", Value::Null).await,
        (403, json!({ "Message": message }))
    );
    let open = statement("Allow", json!({"AWS": "*"}));
    let host = lab
        .add_domain(
            json!({"name": "open", "access_policy": open.replace("domain/logs", "domain/open")}),
        )
        .await;
    assert_eq!(
        lab.plain("GET", "/_snapshot/r*", &[("host".to_owned(), host)], "")
            .await,
        (200, "{}".to_owned())
    );
}

#[tokio::test]
async fn a_self_managed_cluster_has_no_front_door() {
    let lab = Lab::new().await;
    let domain = json!({"name": "own", "endpoint_host": "localhost:9200", "self_managed": true, "auth": "none",
                        "engine_version": "OpenSearch_3.8"});
    assert_eq!(lab.add_domain(domain).await, "localhost:9200");
    let ask = async |method: &str, path: &str, body: Value| {
        let (status, text) = lab
            .plain(
                method,
                path,
                &[("host".to_owned(), "localhost:9200".to_owned())],
                &body.to_string(),
            )
            .await;
        (status, serde_json::from_str::<Value>(&text).expect("JSON"))
    };
    let (status, root) = ask("GET", "/", Value::Null).await;
    assert_eq!(
        (
            status,
            &root["version"]["number"],
            &root["version"]["distribution"]
        ),
        (200, &json!("3.8.0"), &json!("opensearch"))
    );
    let s3 = json!({"type": "s3", "settings": {"bucket": BUCKET}});
    assert_eq!(ask("PUT", "/_snapshot/r", s3.clone()).await.0, 500);
    lab.create_bucket(BUCKET).await;
    assert_eq!(
        ask("PUT", "/_snapshot/r", s3).await,
        (200, json!({"acknowledged": true}))
    );
    let fs = json!({"type": "fs", "settings": {"location": "/backup", "compress": true}});
    assert_eq!(
        ask("PUT", "/_snapshot/f", fs).await,
        (200, json!({"acknowledged": true}))
    );
    let unknown = error(
        500,
        "repository_exception",
        "[h] repository type [hdfs] does not exist",
    );
    assert_eq!(
        ask("PUT", "/_snapshot/h", json!({"type": "hdfs"})).await,
        unknown
    );
    let cause = json!({"type": "index_not_found_exception", "reason": "no such index [logs-1]", "resource.type": "index_or_alias",
                       "resource.id": "logs-1", "index_uuid": "_na_", "index": "logs-1"});
    let mut of_index = cause.clone();
    of_index["root_cause"] = json!([cause]);
    let index = (404, json!({"error": of_index, "status": 404}));
    assert_eq!(ask("GET", "/logs-1", Value::Null).await, index);
    let handler = json!({"error": "no handler found for uri [/_nothing] and method [GET]"});
    assert_eq!(ask("GET", "/_nothing", Value::Null).await, (400, handler));
}

#[tokio::test]
async fn a_cluster_on_a_loopback_address_never_takes_requests_to_aws() {
    let lab = Lab::new().await;
    for endpoint in ["localhost", "127.0.0.1:9200"] {
        let domain = json!({"name": endpoint, "endpoint_host": endpoint, "self_managed": true, "auth": "none"});
        lab.add_domain(domain).await;
    }
    let ask = async |host: &str| {
        let headers = [("host".to_owned(), host.to_owned())];
        lab.plain("GET", "/_snapshot", &headers, "").await
    };
    let cluster = (200, "{}".to_owned());
    assert_eq!(ask("localhost:9200").await, cluster);
    assert_eq!(ask("127.0.0.1:9200").await, cluster);
    let port = lab.running.address().port();
    assert_eq!(ask(&format!("127.0.0.1:{port}")).await.0, 403);
    assert_eq!(ask(&format!("localhost:{port}")).await.0, 403);
    lab.create_bucket(BUCKET).await;
}

#[tokio::test]
async fn the_engine_named_in_the_domain_answers() {
    let lab = Lab::new().await;
    for (name, engine, number, key) in [
        ("es6", "Elasticsearch_6.8", "6.8.23", "build_flavor"),
        ("es7", "Elasticsearch_7.10", "7.10.2", "build_flavor"),
        ("os2", "OpenSearch_2.19", "2.19.0", "distribution"),
    ] {
        lab.add_domain(json!({"name": name, "engine_version": engine}))
            .await;
        let host = format!("{name}.{REGION}.es.localhost");
        let (_, root) = lab.ask(&host, "GET", "/", Value::Null).await;
        assert_eq!(root["version"]["number"], json!(number));
        assert!(root["version"][key].is_string(), "{name}");
        assert_eq!(root["cluster_name"], json!(format!("{ACCOUNT}:{name}")));
    }
}
