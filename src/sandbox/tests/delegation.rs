//! Whom a policy on a resource lets in: an account only delegates, a session is known by its role, and `NotPrincipal` spares who is named whole.

use serde_json::{Value, json};

use super::{
    ACCOUNT, BUCKET, Lab, REGION, ROLE, Sent, message, outcome, refused, registration, trust,
};

const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/es-s3-backup/snapshot";

fn allow(action: &str, resource: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": resource}})
}

/// A grant that has nothing to do with what is asked.
fn other_grant() -> Value {
    allow("s3:GetBucketTagging", "*")
}

fn statement(effect: &str, element: &str, names: &[&str]) -> Value {
    let bucket = format!("arn:aws:s3:::{BUCKET}");
    json!({"Effect": effect, element: {"AWS": names}, "Action": "s3:*", "Resource": [bucket, format!("{bucket}/*")]})
}

async fn put_policy(lab: &Lab, statements: &[Value]) {
    let document = json!({"Version": "2012-10-17", "Statement": statements});
    let put = lab.s3(REGION).put_bucket_policy().bucket(BUCKET);
    put.policy(document.to_string()).send().await.expect("put");
}

#[tokio::test]
async fn account_named_by_a_bucket_policy_only_delegates() {
    let lab = Lab::new().await;
    lab.create_bucket(BUCKET).await;
    let silent = lab.user("silent", other_grant()).await;
    let granted = lab
        .user("granted", allow("s3:GetBucketVersioning", "*"))
        .await;
    let read = async |key: &(String, String)| {
        let s3 = lab.s3_as(REGION, key.clone());
        s3.get_bucket_versioning().bucket(BUCKET).send().await
    };
    for account in [ACCOUNT, "arn:aws:iam::123456789012:root"] {
        put_policy(&lab, &[statement("Allow", "Principal", &[account])]).await;
        let denied = read(&silent).await;
        assert_eq!(outcome(&denied), refused(403, "AccessDenied"), "{account}");
        assert!(message(&denied).ends_with(
            "because no identity-based policy allows the s3:GetBucketVersioning action"
        ));
        assert_eq!(outcome(&read(&granted).await).0, 200, "{account}");
    }
    // Who is named directly needs no policy of his own.
    put_policy(
        &lab,
        &[statement(
            "Allow",
            "Principal",
            &["arn:aws:iam::123456789012:user/silent"],
        )],
    )
    .await;
    assert_eq!(outcome(&read(&silent).await).0, 200);
    // A denial of the account is one of everybody in it.
    put_policy(&lab, &[statement("Deny", "Principal", &[ACCOUNT])]).await;
    assert_eq!(outcome(&read(&granted).await), refused(403, "AccessDenied"));
}

#[tokio::test]
async fn account_named_by_an_access_policy_only_delegates() {
    let of = |principal: &str| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "es:*",
               "Resource": "arn:aws:es:us-west-2:123456789012:domain/logs/*"}]})
        .to_string()
    };
    for (principal, expected) in [
        (ACCOUNT, [403, 200]),
        ("arn:aws:iam::123456789012:user/silent", [200, 200]),
        ("*", [200, 200]),
    ] {
        let lab = Lab::new().await;
        let silent = lab.user("silent", other_grant()).await;
        let granted = lab.user("granted", allow("es:ESHttpGet", "*")).await;
        let host = lab
            .add_domain(json!({"access_policy": of(principal)}))
            .await;
        let mut statuses = Vec::new();
        for key in [&silent, &granted] {
            let sent = Sent {
                host: &host,
                key: key.clone(),
                ..Sent::new("es", "GET", "/_snapshot")
            };
            let (status, answer) = lab.send(sent).await;
            statuses.push(status);
            if status == 403 {
                assert!(
                    answer
                        .to_string()
                        .contains("because no identity-based policy allows"),
                    "{answer}"
                );
            }
        }
        assert_eq!(statuses, expected, "{principal}");
    }
}

/// Registers a repository with a role that has no policy of its own on the bucket.
async fn registers(lab: &Lab, host: &str, statements: &[Value]) -> bool {
    put_policy(lab, statements).await;
    lab.ask(host, "PUT", "/_snapshot/r", registration()).await.0 == 200
}

#[tokio::test]
async fn role_needs_its_own_policy_where_only_its_account_is_named() {
    let lab = Lab::new().await;
    let host = lab.add_domain(json!({})).await;
    lab.create_bucket(BUCKET).await;
    lab.create_role(&trust(), &other_grant()).await;
    let by = |name: &str| statement("Allow", "Principal", &[name]);
    assert!(!registers(&lab, &host, &[by(ACCOUNT)]).await);
    assert!(registers(&lab, &host, &[by(ROLE)]).await);
    assert!(registers(&lab, &host, &[by(SESSION)]).await);
    // A boundary that is silent limits what the role is granted, and not what its session is.
    let boundary = lab
        .iam()
        .create_policy()
        .policy_name("boundary")
        .policy_document(other_grant().to_string());
    boundary.send().await.expect("a boundary");
    let arn = "arn:aws:iam::123456789012:policy/boundary";
    let bound = lab
        .iam()
        .put_role_permissions_boundary()
        .role_name("es-s3-backup")
        .permissions_boundary(arn);
    bound.send().await.expect("bound");
    assert!(!registers(&lab, &host, &[by(ROLE)]).await);
    assert!(registers(&lab, &host, &[by(SESSION)]).await);
}

#[tokio::test]
async fn not_principal_spares_a_session_that_is_named_with_role_and_account() {
    let lab = Lab::new().await;
    let host = lab.add_domain(json!({})).await;
    lab.create_bucket(BUCKET).await;
    lab.create_role(&trust(), &super::permissions()).await;
    let but = |names: &[&str]| statement("Deny", "NotPrincipal", names);
    let all = [
        ACCOUNT,
        ROLE,
        SESSION,
        "arn:aws:iam::123456789012:user/sandbox",
    ];
    for left_out in [0, 1, 2] {
        let mut names = all.to_vec();
        names.remove(left_out);
        // The administrator who puts the policies is spared only with his account.
        if left_out > 0 {
            assert!(!registers(&lab, &host, &[but(&names)]).await, "{names:?}");
        }
    }
    assert!(registers(&lab, &host, &[but(&all)]).await);
    // Who has a permissions boundary is never spared.
    let wide = lab
        .iam()
        .create_policy()
        .policy_name("wide")
        .policy_document(allow("*", "*").to_string());
    wide.send().await.expect("a boundary");
    let arn = "arn:aws:iam::123456789012:policy/wide";
    let bound = lab
        .iam()
        .put_role_permissions_boundary()
        .role_name("es-s3-backup")
        .permissions_boundary(arn);
    bound.send().await.expect("bound");
    assert!(!registers(&lab, &host, &[but(&all)]).await);
}

#[tokio::test]
async fn session_has_its_roles_arn_and_the_type_of_an_assumed_role() {
    let lab = Lab::new().await;
    let host = lab.add_domain(json!({})).await;
    let role = lab
        .iam()
        .create_role()
        .role_name("ci")
        .path("/build/")
        .assume_role_policy_document(trust().to_string());
    role.send().await.expect("a role");
    let asks = async |user: &str, condition: Value| {
        let document = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "es:ESHttpGet", "Resource": "*",
                              "Condition": condition}});
        let body = json!({"account": ACCOUNT, "user": user, "assumed_role": "ci", "policy_documents": [document]});
        let made = lab.admin("POST", "/principals", body).await;
        let text = |field: &str| made[field].as_str().expect("text").to_owned();
        let sent = Sent {
            host: &host,
            key: (text("access_key_id"), text("secret_access_key")),
            token: Some(text("session_token")),
            ..Sent::new("es", "GET", "/_snapshot")
        };
        lab.send(sent).await.0
    };
    let arn = "arn:aws:iam::123456789012:role/build/ci";
    assert_eq!(
        asks("a", json!({"ArnEquals": {"aws:PrincipalArn": arn}})).await,
        200
    );
    assert_eq!(
        asks(
            "b",
            json!({"StringEquals": {"aws:PrincipalType": "AssumedRole"}})
        )
        .await,
        200
    );
    assert_eq!(
        asks("c", json!({"StringLike": {"aws:userid": "AROA*:c"}})).await,
        200
    );
    assert_eq!(
        asks("d", json!({"Null": {"aws:username": "true"}})).await,
        200
    );
    let session = "arn:aws:sts::123456789012:assumed-role/ci/e";
    assert_eq!(
        asks("e", json!({"ArnEquals": {"aws:PrincipalArn": session}})).await,
        403
    );
    assert_eq!(
        asks("f", json!({"StringEquals": {"aws:PrincipalType": "User"}})).await,
        403
    );
}

#[tokio::test]
async fn trust_policy_may_rest_on_keys_that_aws_fills() {
    for (condition, expected) in [
        (
            json!({"StringEquals": {"aws:ResourceAccount": ACCOUNT}}),
            200,
        ),
        (json!({"Bool": {"aws:SecureTransport": "true"}}), 200),
        (
            json!({"StringEquals": {"aws:SourceAccount": "${aws:ResourceAccount}"}}),
            200,
        ),
        (
            json!({"StringEquals": {"aws:ResourceAccount": "999999999999"}}),
            500,
        ),
        (json!({"Bool": {"aws:SecureTransport": "false"}}), 500),
    ] {
        let lab = Lab::new().await;
        let host = lab.add_domain(json!({})).await;
        lab.create_bucket(BUCKET).await;
        let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "es.amazonaws.com"},
                           "Action": "sts:AssumeRole", "Condition": condition}});
        lab.create_role(&trust, &super::permissions()).await;
        let (status, _) = lab.ask(&host, "PUT", "/_snapshot/r", registration()).await;
        assert_eq!(status, expected, "{condition}");
    }
}

#[tokio::test]
async fn documents_that_iam_refuses_are_refused() {
    let lab = Lab::new().await;
    let create = async |document: Value| {
        let create = lab
            .iam()
            .create_policy()
            .policy_name("p")
            .policy_document(document.to_string());
        outcome(&create.send().await)
    };
    let statement = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"});
    let malformed = refused(400, "MalformedPolicyDocument");
    assert_eq!(create(json!({"Statement": statement})).await, malformed);
    assert_eq!(
        create(json!({"Version": "2008-10-17", "Statement": statement})).await,
        malformed
    );
    assert_eq!(
        create(allow("s3:GetObject", "arn:aws:s3:us-west-2::b/*")).await,
        malformed
    );
    let mut dated = allow("s3:GetObject", "*");
    dated["Statement"]["Condition"] = json!({"DateLessThan": {"aws:CurrentTime": "soon"}});
    assert_eq!(create(dated).await, malformed);
    assert_eq!(
        create(allow("cloudfront:Get*", "arn:aws:cloudfront:*"))
            .await
            .0,
        200
    );
    lab.create_role(&trust(), &super::permissions()).await;
    // A policy that is part of a role may have any version.
    let inline = lab
        .iam()
        .put_role_policy()
        .role_name("es-s3-backup")
        .policy_name("old");
    let inline = inline.policy_document(json!({"Statement": statement}).to_string());
    assert_eq!(outcome(&inline.send().await).0, 200);
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "es.amazonaws.com"}, "Action": "sts:*"}});
    let update = lab
        .iam()
        .update_assume_role_policy()
        .role_name("es-s3-backup")
        .policy_document(trust.to_string());
    assert_eq!(outcome(&update.send().await), malformed);
}
