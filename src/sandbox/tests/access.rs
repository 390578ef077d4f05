//! Callers with few permissions: every operation is checked by its own action on its own resource.

use serde_json::{Value, json};

use super::{BUCKET, Lab, REGION, ROLE, Sent, message, outcome, permissions, refused, trust};

fn allow(action: &str, resource: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": resource}})
}

#[tokio::test]
async fn reading_a_bucket_needs_the_action_that_iam_names() {
    let lab = Lab::new().await;
    lab.create_bucket(BUCKET).await;
    let arn = format!("arn:aws:s3:::{BUCKET}");
    let key = lab
        .user("reader", allow("s3:GetEncryptionConfiguration", &arn))
        .await;
    let s3 = lab.s3_as(REGION, key);
    assert_eq!(
        outcome(&s3.get_bucket_encryption().bucket(BUCKET).send().await),
        (200, String::new())
    );
    assert_eq!(
        outcome(&s3.head_bucket().bucket(BUCKET).send().await).0,
        403
    );
    let versioning = s3.get_bucket_versioning().bucket(BUCKET).send().await;
    let words = format!(
        "User: arn:aws:iam::123456789012:user/reader is not authorized to perform: s3:GetBucketVersioning on resource: \"{arn}\" \
         because no identity-based policy allows the s3:GetBucketVersioning action"
    );
    assert_eq!(
        (outcome(&versioning), message(&versioning)),
        (refused(403, "AccessDenied"), words)
    );
    let key = lab
        .user("misnamed", allow("s3:GetBucketEncryption", &arn))
        .await;
    let encryption = lab
        .s3_as(REGION, key)
        .get_bucket_encryption()
        .bucket(BUCKET)
        .send()
        .await;
    assert_eq!(outcome(&encryption), refused(403, "AccessDenied"));
}

#[tokio::test]
async fn a_grant_on_one_role_or_policy_is_no_grant_on_another() {
    let lab = Lab::new().await;
    lab.create_role(&trust(), &permissions()).await;
    let key = lab.user("one-role", allow("iam:GetRole", ROLE)).await;
    let iam = lab.iam_as(key);
    assert_eq!(
        outcome(&iam.get_role().role_name("es-s3-backup").send().await),
        (200, String::new())
    );
    assert_eq!(
        outcome(&iam.get_role().role_name("another").send().await),
        refused(403, "AccessDenied")
    );
    let key = lab
        .user(
            "creator",
            allow("iam:CreateRole", "arn:aws:iam::123456789012:role/backup/*"),
        )
        .await;
    let iam = lab.iam_as(key);
    let create = |path: &str| {
        iam.create_role()
            .role_name("r")
            .path(path)
            .assume_role_policy_document(trust().to_string())
    };
    assert_eq!(
        outcome(&create("/").send().await),
        refused(403, "AccessDenied")
    );
    let tag = aws_sdk_iam::types::Tag::builder()
        .key("k")
        .value("v")
        .build()
        .expect("a tag");
    assert_eq!(
        outcome(&create("/backup/").tags(tag).send().await),
        refused(403, "AccessDenied")
    );
    assert_eq!(
        outcome(&create("/backup/").send().await),
        (200, String::new())
    );
}

#[tokio::test]
async fn a_session_needs_its_token_and_appears_under_its_role() {
    let lab = Lab::new().await;
    let host = lab.add_domain(json!({"fine_grained_access": true})).await;
    let body = json!({"account": super::ACCOUNT, "user": "build-7", "assumed_role": "ci",
                      "policy_documents": [allow("es:ESHttpGet", "*")]});
    let made = lab.admin("POST", "/principals", body).await;
    let text = |field: &str| made[field].as_str().expect("text").to_owned();
    assert_eq!(
        text("arn"),
        "arn:aws:sts::123456789012:assumed-role/ci/build-7"
    );
    let ask = async |token: Option<String>| {
        let key = (text("access_key_id"), text("secret_access_key"));
        lab.send(Sent {
            host: &host,
            key,
            token,
            ..Sent::new("es", "GET", "/_snapshot")
        })
        .await
    };
    let (status, answer) = ask(Some(text("session_token"))).await;
    let reason = "no permissions for [cluster:admin/repository/get] and User [name=arn:aws:iam::123456789012:role/ci, \
                  backend_roles=[arn:aws:iam::123456789012:role/ci], requestedTenant=null]";
    assert_eq!(
        (status, super::between(&answer, "\"reason\":\"", "\"")),
        (403, reason)
    );
    let invalid =
        "{\"message\":\"The security token included in the request is invalid.\"}".to_owned();
    assert_eq!(ask(None).await, (403, invalid));
}

#[tokio::test]
async fn a_bucket_policy_counts_for_callers_too() {
    let lab = Lab::new().await;
    lab.create_bucket(BUCKET).await;
    let key = lab.user("guest", allow("s3:ListAllMyBuckets", "*")).await;
    let resource = format!("arn:aws:s3:::{BUCKET}");
    let statement = |effect: &str, user: &str| {
        let principal = json!({"AWS": format!("arn:aws:iam::123456789012:user/{user}")});
        json!({"Effect": effect, "Principal": principal, "Action": "s3:GetBucketVersioning", "Resource": resource})
    };
    let policy = json!({"Version": "2012-10-17", "Statement": [statement("Allow", "guest"), statement("Deny", "sandbox")]});
    lab.s3(REGION)
        .put_bucket_policy()
        .bucket(BUCKET)
        .policy(policy.to_string())
        .send()
        .await
        .expect("put");
    let versioning = async |s3: aws_sdk_s3::Client| {
        outcome(&s3.get_bucket_versioning().bucket(BUCKET).send().await)
    };
    assert_eq!(
        versioning(lab.s3_as(REGION, key)).await,
        (200, String::new())
    );
    assert_eq!(
        versioning(lab.s3(REGION)).await,
        refused(403, "AccessDenied")
    );
}
