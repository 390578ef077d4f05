//! The verdicts of the registration chain on documents that esbackup did not generate.

use serde_json::{Value, json};

use super::{ACCOUNT, BUCKET, Lab, REGION, permissions, registration, trust};

async fn register(lab: &Lab, host: &str, body: Value) -> (u16, Value) {
    lab.ask(host, "PUT", "/_snapshot/r", body).await
}

#[tokio::test]
async fn trust_policies_are_judged_by_principal_and_conditions() {
    let service = |name: &str| json!({"Service": name});
    let cases = [
        (
            json!({"Effect": "Allow", "Principal": service("es.amazonaws.com"), "Action": "sts:AssumeRole"}),
            true,
        ),
        (
            json!({"Effect": "Allow", "Principal": service("opensearch.amazonaws.com"), "Action": "sts:AssumeRole"}),
            false,
        ),
        (
            json!({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}),
            false,
        ),
        (
            json!({"Effect": "Allow", "Principal": service("es.amazonaws.com"), "Action": "sts:TagSession"}),
            false,
        ),
        (
            json!({"Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com", "es.amazonaws.com"]}, "Action": "sts:AssumeRole*",
                   "Condition": {"ArnLike": {"aws:SourceArn": ["arn:aws:es:*:123456789012:domain/l*"]}}}),
            true,
        ),
        (
            json!({"Effect": "Allow", "Principal": service("es.amazonaws.com"), "Action": "sts:AssumeRole",
                   "Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}}}),
            false,
        ),
        (
            json!({"Effect": "Allow", "Principal": service("es.amazonaws.com"), "Action": "sts:AssumeRole",
                   "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:es:us-west-2:123456789012:domain/other"}}}),
            false,
        ),
    ];
    for (statement, allowed) in cases {
        let lab = Lab::new().await;
        let host = lab.add_domain(json!({})).await;
        lab.create_bucket(BUCKET).await;
        lab.create_role(
            &json!({"Version": "2012-10-17", "Statement": [statement]}),
            &permissions(),
        )
        .await;
        let (status, _) = register(&lab, &host, registration()).await;
        assert_eq!(status, if allowed { 200 } else { 500 }, "{statement}");
    }
}

#[tokio::test]
async fn old_service_software_sends_no_source_and_so_meets_no_condition() {
    let lab = Lab::new().await;
    let host = lab
        .add_domain(
            json!({"service_software": "R20210426-P3", "engine_version": "Elasticsearch_7.10"}),
        )
        .await;
    lab.create_bucket(BUCKET).await;
    lab.create_role(&trust(), &permissions()).await;
    assert_eq!(register(&lab, &host, registration()).await.0, 500);
    let open = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "es.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let call = lab
        .iam()
        .update_assume_role_policy()
        .role_name("es-s3-backup")
        .policy_document(open.to_string());
    call.send().await.expect("updated");
    assert_eq!(register(&lab, &host, registration()).await.0, 200);
}

#[tokio::test]
async fn permissions_are_judged_with_their_conditions_denies_and_boundaries() {
    let allow = |action: Value, resource: &str| json!({"Effect": "Allow", "Action": action, "Resource": resource});
    let list = allow(
        json!("s3:ListBucket"),
        "arn:aws:s3:::elasticsearch-backup-indices",
    );
    let objects = allow(
        json!(["s3:*Object"]),
        "arn:aws:s3:::elasticsearch-backup-indices/logs/*",
    );
    let elsewhere = allow(
        json!("s3:*"),
        "arn:aws:s3:::elasticsearch-backup-indices/other/*",
    );
    let bound = |mut statement: Value, account: &str| {
        statement["Condition"] = json!({"StringEquals": {"aws:ResourceAccount": account}});
        statement
    };
    let deny = json!({"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"});
    let not_action = json!({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"});
    let prefix = json!({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*",
                        "Condition": {"StringLike": {"s3:prefix": ["logs", "logs/*"]}}});
    let cases = [
        (vec![&list, &objects], true),
        (vec![&list], false),
        (vec![&objects], false),
        (vec![&list, &elsewhere], false),
        (vec![&not_action], true),
        (vec![&prefix, &objects], true),
        (vec![&list, &objects, &deny], false),
    ];
    let bounds = [
        (bound(objects.clone(), ACCOUNT), true),
        (bound(objects.clone(), "999999999999"), false),
    ];
    let bounds: Vec<_> = bounds
        .iter()
        .map(|(statement, allowed)| (vec![&list, statement], *allowed))
        .collect();
    for (statements, allowed) in cases.into_iter().chain(bounds) {
        let lab = Lab::new().await;
        let host = lab.add_domain(json!({})).await;
        lab.create_bucket(BUCKET).await;
        lab.create_role(
            &trust(),
            &json!({"Version": "2012-10-17", "Statement": statements}),
        )
        .await;
        let (status, _) = register(&lab, &host, registration()).await;
        assert_eq!(status, if allowed { 200 } else { 500 }, "{statements:?}");
    }
}

#[tokio::test]
async fn a_boundary_or_a_bucket_policy_can_take_away_what_the_role_has() {
    let lab = Lab::new().await;
    let host = lab.add_domain(json!({})).await;
    lab.create_bucket(BUCKET).await;
    lab.create_role(&trust(), &permissions()).await;
    let iam = lab.iam();
    let narrow = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:List*", "Resource": "*"}});
    let made = iam
        .create_policy()
        .policy_name("boundary")
        .policy_document(narrow.to_string())
        .send()
        .await
        .expect("made");
    let arn = made
        .policy()
        .and_then(|policy| policy.arn())
        .expect("an arn")
        .to_owned();
    iam.put_role_permissions_boundary()
        .role_name("es-s3-backup")
        .permissions_boundary(arn)
        .send()
        .await
        .expect("put");
    assert_eq!(register(&lab, &host, registration()).await.0, 500);
    iam.delete_role_permissions_boundary()
        .role_name("es-s3-backup")
        .send()
        .await
        .expect("deleted");
    assert_eq!(register(&lab, &host, registration()).await.0, 200);
    let policy = |secure: &str| {
        let resources = [
            format!("arn:aws:s3:::{BUCKET}"),
            format!("arn:aws:s3:::{BUCKET}/*"),
        ];
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": resources,
               "Condition": {"Bool": {"aws:SecureTransport": secure}}}]})
        .to_string()
    };
    let put = async |secure: &str| {
        lab.s3(REGION)
            .put_bucket_policy()
            .bucket(BUCKET)
            .policy(policy(secure))
            .send()
            .await
    };
    put("false").await.expect("put");
    assert_eq!(register(&lab, &host, registration()).await.0, 200);
    put("true").await.expect("put");
    assert_eq!(register(&lab, &host, registration()).await.0, 500);
}
