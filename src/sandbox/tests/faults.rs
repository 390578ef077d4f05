//! Scripted faults and the recorder.

use serde_json::{Value, json};

use super::{BUCKET, Lab, REGION, Sent, between, outcome, permissions, refused};

async fn create_policy(lab: &Lab) -> (u16, String) {
    let call = lab
        .iam()
        .create_policy()
        .policy_name("p")
        .policy_document(permissions().to_string());
    outcome(&call.send().await)
}

async fn policies(lab: &Lab) -> usize {
    lab.iam()
        .list_policies()
        .send()
        .await
        .expect("a list")
        .policies()
        .len()
}

#[tokio::test]
async fn a_status_hits_the_nth_request_of_an_operation_and_as_many_as_asked() {
    let lab = Lab::new().await;
    let status =
        json!({"status": {"code": 400, "error_code": "Throttling", "message": "Rate exceeded"}});
    lab.admin(
        "POST",
        "/faults",
        json!({"operation": "iam:ListPolicies", "nth": 2, "times": 2, "action": status}),
    )
    .await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(outcome(&lab.iam().list_policies().send().await));
    }
    let throttled = refused(400, "Throttling");
    assert_eq!(
        seen,
        [
            (200, String::new()),
            throttled.clone(),
            throttled,
            (200, String::new())
        ]
    );
    assert_eq!(create_policy(&lab).await, (200, String::new()));
    lab.admin("DELETE", "/faults", json!(null)).await;
    let slow = json!({"status": {"code": 503, "error_code": "SlowDown", "message": "Please reduce your request rate."}});
    lab.admin(
        "POST",
        "/faults",
        json!([{"operation": "s3:*", "times": 9, "path_contains": "versioning", "action": slow}]),
    )
    .await;
    lab.create_bucket(BUCKET).await;
    let versioning = lab
        .s3(REGION)
        .get_bucket_versioning()
        .bucket(BUCKET)
        .send()
        .await;
    assert_eq!(outcome(&versioning), refused(503, "SlowDown"));
}

#[tokio::test]
async fn a_dropped_connection_may_have_been_carried_out_or_not() {
    let lab = Lab::new().await;
    for (action, held) in [("drop_before", 0), ("drop_after", 1)] {
        lab.admin(
            "POST",
            "/faults",
            json!({"operation": "iam:CreatePolicy", "action": action}),
        )
        .await;
        assert_eq!(create_policy(&lab).await.0, 0, "{action}");
        lab.admin("DELETE", "/faults", json!(null)).await;
        assert_eq!(policies(&lab).await, held, "{action}");
    }
    let requests = lab.admin("GET", "/requests", json!(null)).await;
    let statuses = |operation: &str| -> Vec<u64> {
        let all = requests.as_array().expect("a list").iter();
        all.filter(|request| request["operation"] == operation)
            .filter_map(|request| request["status"].as_u64())
            .collect()
    };
    assert_eq!(statuses("CreatePolicy"), [0, 0]);
    assert_eq!(statuses("ListPolicies"), [200, 200]);
}

#[tokio::test]
async fn a_request_can_be_carried_out_whatever_its_answer_says_or_lacks() {
    let status = json!({"code": 500, "error_code": "ServiceFailure", "message": "no"});
    for (action, answered) in [
        (json!({"status_after": status}), 500),
        (json!({"cut_head": {"bytes": 20}}), 0),
    ] {
        let lab = Lab::new().await;
        lab.admin(
            "POST",
            "/faults",
            json!({"operation": "iam:CreatePolicy", "action": action}),
        )
        .await;
        assert_eq!(create_policy(&lab).await.0, answered, "{action}");
        lab.admin("DELETE", "/faults", json!(null)).await;
        assert_eq!(policies(&lab).await, 1, "{action}");
    }
}

#[tokio::test]
async fn a_request_is_held_until_its_client_goes_away() {
    let lab = Lab::new().await;
    let held = async |count: u64| {
        while lab.admin("GET", "/held", json!(null)).await["held"] != count {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    };
    for (action, carried_out) in [("hold_before", 0), ("hold_after", 1)] {
        let fault = json!({"operation": "iam:CreatePolicy", "action": action});
        lab.admin("POST", "/faults", fault).await;
        tokio::select! {
            answered = create_policy(&lab) => panic!("{action}: {answered:?}"),
            () = held(1) => {}
        }
        held(0).await;
        assert_eq!(policies(&lab).await, carried_out, "{action}");
        lab.admin("DELETE", "/faults", json!(null)).await;
    }
}

#[tokio::test]
async fn the_history_holds_every_state_and_ends_with_that_of_now() {
    let lab = Lab::new().await;
    lab.create_bucket(BUCKET).await;
    assert_eq!(create_policy(&lab).await.0, 200);
    assert_eq!(policies(&lab).await, 1);
    let history = lab.admin("GET", "/states", json!(null)).await;
    let moments = history.as_array().expect("a list").iter();
    let seen: Vec<(bool, bool)> = moments
        .map(|moment| {
            let state = &moment["state"];
            let policies = &state["accounts"][super::ACCOUNT]["policies"];
            (
                !state["buckets"][BUCKET].is_null(),
                !policies["p"].is_null(),
            )
        })
        .collect();
    assert_eq!(seen, [(false, false), (true, false), (true, true)]);
}

#[tokio::test]
async fn answers_can_be_cut_endless_html_or_elsewhere() {
    let lab = Lab::new().await;
    let host = lab.add_domain(json!({})).await;
    let ask = async |action: Value| {
        lab.admin("DELETE", "/faults", json!(null)).await;
        lab.admin(
            "POST",
            "/faults",
            json!({"operation": "es:GET /", "action": action}),
        )
        .await;
        lab.attempt("GET", "/", &[("host", &host)]).await
    };
    assert!(ask(json!({"truncate": {"bytes": 10}})).await.is_err());
    assert!(ask(json!({"cut_head": {"bytes": 20}})).await.is_err());
    assert!(ask(json!("endless")).await.is_err());
    let (status, page) = ask(json!("html")).await.expect("a page");
    assert_eq!(
        (status, between(&page, "<title>", "</title>")),
        (200, "Sign in")
    );
    assert_eq!(
        ask(json!({"redirect": {"location": "http://elsewhere.example/"}}))
            .await
            .expect("an answer")
            .0,
        307
    );
    let body = json!({"status": {"code": 502, "body": "<html>Bad Gateway</html>", "headers": [["retry-after", "1"]]}});
    assert_eq!(
        ask(body).await.expect("an answer"),
        (502, "<html>Bad Gateway</html>".to_owned())
    );
    let started = std::time::Instant::now();
    assert_eq!(
        ask(json!({"delay": {"ms": 60}}))
            .await
            .expect("an answer")
            .0,
        403
    );
    assert!(started.elapsed().as_millis() >= 60);
}

#[tokio::test]
async fn stale_reads_answer_as_some_writes_ago() {
    let lab = Lab::new().await;
    lab.create_bucket(BUCKET).await;
    assert_eq!(create_policy(&lab).await.0, 200);
    let stale = json!({"stale": {"writes": 1}});
    lab.admin(
        "POST",
        "/faults",
        json!({"operation": "iam:ListPolicies", "action": stale}),
    )
    .await;
    assert_eq!(policies(&lab).await, 0);
    assert_eq!(policies(&lab).await, 1);
    let older = json!({"stale": {"writes": 2}});
    lab.admin(
        "POST",
        "/faults",
        json!({"operation": "s3:HeadBucket", "action": older}),
    )
    .await;
    let head = async || outcome(&lab.s3(REGION).head_bucket().bucket(BUCKET).send().await).0;
    assert_eq!((head().await, head().await), (404, 200));
}

#[tokio::test]
async fn the_recorder_says_who_asked_what_and_never_a_signature() {
    let lab = Lab::new().await;
    let host = lab.add_domain(json!({})).await;
    lab.create_bucket(BUCKET).await;
    lab.admin("DELETE", "/requests", json!(null)).await;
    let path = format!("/{BUCKET}?policy");
    let owner = vec![("x-amz-expected-bucket-owner", super::ACCOUNT)];
    lab.send(Sent {
        headers: owner,
        ..Sent::new("s3", "GET", &path)
    })
    .await;
    lab.ask(&host, "PUT", "/_snapshot/r", json!({"type": "s3"}))
        .await;
    lab.plain(
        "GET",
        "/_cluster/health",
        &[("host".to_owned(), host.clone())],
        "",
    )
    .await;
    let requests = lab.admin("GET", "/requests", json!(null)).await;
    let short = |request: &Value| {
        let text = |field: &str| request[field].as_str().unwrap_or("-").to_owned();
        format!(
            "{}:{} {} {} {}",
            text("service"),
            text("operation"),
            request["write"],
            text("signing_name"),
            request["status"]
        )
    };
    let lines: Vec<String> = requests
        .as_array()
        .expect("a list")
        .iter()
        .map(short)
        .collect();
    let expected = [
        "s3:GetBucketPolicy false s3 404",
        "es:PUT _snapshot true es 401",
        "es:GET _cluster/health false - 403",
    ];
    assert_eq!(lines, expected);
    assert_eq!(
        requests[0]["headers"][0],
        json!(["x-amz-expected-bucket-owner", super::ACCOUNT])
    );
    assert_eq!(requests[1]["body"], json!("{\"type\":\"s3\"}"));
    assert!(!requests.to_string().contains("Signature"));
}

#[tokio::test]
async fn the_admin_api_needs_its_header_and_a_loopback_name() {
    let lab = Lab::new().await;
    assert_eq!(
        lab.attempt("GET", "/_sandbox/state", &[])
            .await
            .expect("an answer")
            .0,
        403
    );
    let marked = [("x-esbackup-sandbox", "1"), ("host", "rebound.example")];
    assert_eq!(
        lab.attempt("GET", "/_sandbox/state", &marked)
            .await
            .expect("an answer")
            .0,
        403
    );
}
