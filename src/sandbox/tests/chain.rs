//! What a registration sets in motion, one refusal after another, on documents that esbackup did not generate.

use serde_json::{Value, json};

use super::{
    ACCOUNT, BUCKET, Lab, REGION, ROLE, Sent, credentials, permissions, registration, trust,
};

async fn register(lab: &Lab, host: &str, body: Value) -> (u16, Value) {
    lab.ask(host, "PUT", "/_snapshot/r", body).await
}

/// Types and reasons of an exception and its causes, without request ids.
fn causes(answer: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut next = answer.get("error");
    while let Some(error) = next {
        let text = |field: &str| error[field].as_str().unwrap_or_default().to_owned();
        let reason = text("reason");
        let reason = reason
            .split(" (Service")
            .next()
            .unwrap_or_default()
            .to_owned();
        found.push((text("type"), reason));
        next = error.get("caused_by");
    }
    found
}

fn pair(kind: &str, reason: &str) -> (String, String) {
    (kind.to_owned(), reason.to_owned())
}

fn unverified(cause: (String, String)) -> Vec<(String, String)> {
    vec![
        pair(
            "repository_verification_exception",
            "[r] path [logs] is not accessible on cluster-manager node",
        ),
        pair(
            "i_o_exception",
            "Unable to upload object [tests-sandbox/master.dat] using a single upload",
        ),
        cause,
    ]
}

fn role_denied(action: &str, resource: &str) -> (String, String) {
    let resource = match action.starts_with("s3:") {
        true => format!("\"{resource}\""),
        false => resource.to_owned(),
    };
    let reason = format!(
        "User: arn:aws:sts::{ACCOUNT}:assumed-role/es-s3-backup/snapshot is not authorized to perform: {action} on resource: \
         {resource} because no identity-based policy allows the {action} action"
    );
    ("s3_exception".to_owned(), reason)
}

fn blob() -> String {
    format!("arn:aws:s3:::{BUCKET}/logs/tests-sandbox/master.dat")
}

#[tokio::test]
async fn every_link_of_the_chain_refuses_in_its_own_words() {
    let lab = Lab::new().await;
    let host = lab.add_domain(json!({})).await;
    let needed = json!({"Message": "settings.role_arn is needed for snapshot registration."});
    let without = json!({"type": "s3", "settings": {"bucket": BUCKET}});
    assert_eq!(register(&lab, &host, without).await, (401, needed));
    let sts = format!(
        "User: arn:aws:sts::332315457451:assumed-role/cp-sts-grant-role/swift-{REGION}-prod-{ACCOUNT} is not authorized to \
         perform: sts:AssumeRole on resource: {ROLE}"
    );
    let (status, answer) = register(&lab, &host, registration()).await;
    assert_eq!(
        (status, causes(&answer)),
        (
            500,
            vec![pair("a_w_s_security_token_service_exception", &sts)]
        )
    );
    lab.create_role(&trust(), &json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}})).await;
    let (status, answer) = register(&lab, &host, registration()).await;
    let missing = pair(
        "no_such_bucket_exception",
        "The specified bucket does not exist",
    );
    assert_eq!((status, causes(&answer)), (500, unverified(missing)));
    lab.create_bucket(BUCKET).await;
    let (status, answer) = register(&lab, &host, registration()).await;
    assert_eq!(
        (status, causes(&answer)),
        (500, unverified(role_denied("s3:PutObject", &blob())))
    );
    let iam = lab.iam();
    let inline = iam
        .put_role_policy()
        .role_name("es-s3-backup")
        .policy_name("snapshots");
    inline
        .policy_document(permissions().to_string())
        .send()
        .await
        .expect("put");
    assert_eq!(
        register(&lab, &host, registration()).await,
        (200, json!({"acknowledged": true}))
    );
    assert_eq!(
        lab.ask(&host, "GET", "/_snapshot/r/_all?verbose=false", Value::Null)
            .await,
        (200, json!({"snapshots": []}))
    );
}

#[tokio::test]
async fn a_failed_verification_leaves_the_registration_and_only_all_tells() {
    let lab = Lab::new().await;
    let host = lab.add_domain(json!({})).await;
    lab.create_role(&trust(), &permissions()).await;
    assert_eq!(register(&lab, &host, registration()).await.0, 500);
    let held = json!({"r": {"type": "s3", "settings": registration()["settings"]}});
    assert_eq!(
        lab.ask(&host, "GET", "/_snapshot/r", Value::Null).await,
        (200, held)
    );
    let (status, answer) = lab
        .ask(&host, "GET", "/_snapshot/r/_all?verbose=false", Value::Null)
        .await;
    let expected = vec![
        pair(
            "repository_exception",
            "[r] Could not determine repository generation from root blobs",
        ),
        pair(
            "no_such_bucket_exception",
            "The specified bucket does not exist",
        ),
    ];
    assert_eq!((status, causes(&answer)), (500, expected));
    for path in [
        "/_snapshot/r/_current",
        "/_snapshot/r/_status",
        "/_snapshot/_status",
    ] {
        assert_eq!(
            lab.ask(&host, "GET", path, Value::Null).await,
            (200, json!({"snapshots": []})),
            "{path}"
        );
    }
    lab.create_bucket(BUCKET).await;
    assert_eq!(
        lab.ask(&host, "POST", "/_snapshot/r/_verify", Value::Null)
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn the_caller_must_be_allowed_to_pass_the_role_and_to_put() {
    let lab = Lab::new().await;
    let host = lab.add_domain(json!({})).await;
    lab.create_role(&trust(), &permissions()).await;
    lab.create_bucket(BUCKET).await;
    let allow = |action: &str, resource: &str| json!({"Effect": "Allow", "Action": action, "Resource": resource});
    let pass = allow("iam:PassRole", ROLE);
    let put = allow(
        "es:ESHttpPut",
        "arn:aws:es:us-west-2:123456789012:domain/logs/*",
    );
    let bare = allow(
        "es:ESHttpPut",
        "arn:aws:es:us-west-2:123456789012:domain/logs",
    );
    let attempt = async |name: &str, statements: Vec<&Value>| {
        let key = lab
            .user(
                name,
                json!({"Version": "2012-10-17", "Statement": statements}),
            )
            .await;
        let body = registration().to_string();
        let sent = Sent {
            host: &host,
            body: &body,
            key,
            ..Sent::new("es", "PUT", "/_snapshot/r")
        };
        let (status, text) = lab.send(sent).await;
        (status, serde_json::from_str::<Value>(&text).expect("JSON"))
    };
    let denied = |user: &str, rest: &str| {
        let message = format!(
            "User: arn:aws:iam::{ACCOUNT}:user/{user} is not authorized to perform: {rest}"
        );
        (403, json!({ "Message": message }))
    };
    let put_rest = "es:ESHttpPut because no identity-based policy allows the es:ESHttpPut action";
    assert_eq!(
        attempt("passes", vec![&pass]).await,
        denied("passes", put_rest)
    );
    assert_eq!(
        attempt("forgot-the-star", vec![&pass, &bare]).await,
        denied("forgot-the-star", put_rest)
    );
    let pass_rest = format!(
        "iam:PassRole on resource: {ROLE} because no identity-based policy allows the iam:PassRole action"
    );
    assert_eq!(
        attempt("puts", vec![&put]).await,
        denied("puts", &pass_rest)
    );
    let denies = json!({"Effect": "Deny", "Action": "iam:*", "Resource": "*"});
    let deny_rest = format!(
        "iam:PassRole on resource: {ROLE} with an explicit deny in an identity-based policy"
    );
    assert_eq!(
        attempt("denied", vec![&put, &pass, &denies]).await,
        denied("denied", &deny_rest)
    );
    assert_eq!(
        attempt("both", vec![&put, &pass]).await,
        (200, json!({"acknowledged": true}))
    );
}

#[tokio::test]
async fn a_role_of_another_account_cannot_be_passed() {
    let lab = Lab::new().await;
    let host = lab.add_domain(json!({})).await;
    let mut body = registration();
    body["settings"]["role_arn"] = json!("arn:aws:iam::999999999999:role/theirs");
    assert_eq!(
        register(&lab, &host, body).await,
        (
            403,
            json!({"Message": "Cross-account pass role is not allowed."})
        )
    );
}

#[tokio::test]
async fn a_bucket_of_another_account_must_let_the_role_in() {
    let lab = Lab::new().await;
    let host = lab.add_domain(json!({})).await;
    lab.create_role(&trust(), &permissions()).await;
    let central = lab.s3_as("us-east-1", credentials("999999999999"));
    central
        .create_bucket()
        .bucket(BUCKET)
        .send()
        .await
        .expect("created");
    let mut body = registration();
    body["settings"]["endpoint"] = json!("s3.amazonaws.com");
    assert_eq!(register(&lab, &host, body.clone()).await.0, 500);
    let resources = [
        format!("arn:aws:s3:::{BUCKET}"),
        format!("arn:aws:s3:::{BUCKET}/*"),
    ];
    let statement = json!({"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:*", "Resource": resources});
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    central
        .put_bucket_policy()
        .bucket(BUCKET)
        .policy(policy)
        .send()
        .await
        .expect("put");
    assert_eq!(register(&lab, &host, body).await.0, 200);
    let (status, answer) = register(&lab, &host, registration()).await;
    let wrong = "The authorization header is malformed; the region 'us-west-2' is wrong; expecting 'us-east-1'";
    assert_eq!(
        (status, causes(&answer)),
        (500, unverified(pair("s3_exception", wrong)))
    );
}

#[tokio::test]
async fn a_key_of_kms_must_be_granted_too_and_a_readonly_repository_only_reads() {
    let lab = Lab::new().await;
    let host = lab.add_domain(json!({})).await;
    lab.create_bucket(BUCKET).await;
    let key = "arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let xml = format!(
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm>\
         <KMSMasterKeyID>{key}</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"
    );
    let path = format!("/{BUCKET}?encryption");
    assert_eq!(
        lab.send(Sent {
            body: &xml,
            ..Sent::new("s3", "PUT", &path)
        })
        .await
        .0,
        200
    );
    lab.create_role(&trust(), &permissions()).await;
    let (status, answer) = register(&lab, &host, registration()).await;
    assert_eq!(
        (status, causes(&answer)),
        (500, unverified(role_denied("kms:GenerateDataKey", key)))
    );
    let put = async |statements: Value| {
        let document = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let call = lab
            .iam()
            .put_role_policy()
            .role_name("es-s3-backup")
            .policy_name("more")
            .policy_document(document);
        call.send().await.expect("put");
    };
    put(json!([{"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": key}])).await;
    let mut readonly = registration();
    readonly["settings"]["readonly"] = json!(true);
    assert_eq!(register(&lab, &host, readonly).await.0, 200);
    assert_eq!(register(&lab, &host, registration()).await.0, 500);
    put(json!([{"Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": key}])).await;
    assert_eq!(register(&lab, &host, registration()).await.0, 200);
}

#[tokio::test]
async fn iam_takes_its_time_when_asked_to() {
    let lab = Lab::new().await;
    let host = lab.add_domain(json!({})).await;
    lab.admin("POST", "/iam-delay", json!({"seconds": 60}))
        .await;
    lab.create_bucket(BUCKET).await;
    lab.create_role(&trust(), &permissions()).await;
    assert_eq!(register(&lab, &host, registration()).await.0, 500);
    lab.admin("POST", "/clock", json!({"offset_seconds": 61}))
        .await;
    assert_eq!(register(&lab, &host, registration()).await.0, 200);
    lab.iam()
        .delete_role_policy()
        .role_name("es-s3-backup")
        .policy_name("snapshots")
        .send()
        .await
        .expect("deleted");
    assert_eq!(register(&lab, &host, registration()).await.0, 200);
    lab.admin("POST", "/clock", json!({"offset_seconds": 122}))
        .await;
    assert_eq!(register(&lab, &host, registration()).await.0, 500);
}
