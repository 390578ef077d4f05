//! KMS keys of objects: what was written with a key needs that key, whatever the bucket says later.

use aws_sdk_s3::primitives::ByteStream;
use serde_json::{Value, json};

use super::{
    ACCOUNT, BUCKET, Lab, REGION, Sent, message, outcome, permissions, refused, registration, trust,
};

const OLD: &str = "arn:aws:kms:us-west-2:123456789012:key/1111abcd-12ab-34cd-56ef-1234567890ab";
const NEW: &str = "arn:aws:kms:us-west-2:123456789012:key/2222abcd-12ab-34cd-56ef-1234567890ab";

async fn encrypt(lab: &Lab, key: &str) {
    let xml = format!(
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm>\
         <KMSMasterKeyID>{key}</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"
    );
    let path = format!("/{BUCKET}?encryption");
    let sent = Sent {
        body: &xml,
        ..Sent::new("s3", "PUT", &path)
    };
    assert_eq!(lab.send(sent).await.0, 200);
}

async fn put(s3: &aws_sdk_s3::Client, key: &str) -> ((u16, String), String) {
    let body = ByteStream::from_static(b"{}");
    let put = s3.put_object().bucket(BUCKET).key(key).body(body);
    let result = put.send().await;
    (outcome(&result), message(&result))
}

fn allow(action: &str, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn document(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// A lab whose bucket writes with the new key and holds one blob of the old one.
async fn rotated() -> Lab {
    let lab = Lab::new().await;
    lab.create_bucket(BUCKET).await;
    encrypt(&lab, OLD).await;
    assert_eq!(put(&lab.s3(REGION), "logs/index-0").await.0.0, 200);
    encrypt(&lab, NEW).await;
    lab
}

#[tokio::test]
async fn an_object_keeps_the_key_that_it_was_written_with() {
    let lab = rotated().await;
    let s3 = lab.s3(REGION);
    assert_eq!(put(&s3, "new").await.0.0, 200);
    let key_of = async |key: &str| {
        let head = s3.head_object().bucket(BUCKET).key(key).send().await;
        let head = head.expect("a head");
        let algorithm = head
            .server_side_encryption()
            .map(|held| held.as_str().to_owned());
        (algorithm, head.ssekms_key_id().map(str::to_owned))
    };
    let kms = Some("aws:kms".to_owned());
    assert_eq!(
        key_of("logs/index-0").await,
        (kms.clone(), Some(OLD.to_owned()))
    );
    assert_eq!(key_of("new").await, (kms, Some(NEW.to_owned())));
    let state = lab.admin("GET", "/state", json!(null)).await;
    let held = json!({"algorithm": "aws:kms", "kms_key": OLD, "bucket_key": false});
    assert_eq!(state["buckets"][BUCKET]["objects"][0]["encryption"], held);
}

#[tokio::test]
async fn a_client_reads_with_the_objects_key_and_writes_with_the_buckets() {
    let lab = rotated().await;
    let denied = |user: &str, action: &str, key: &str| {
        format!(
            "User: arn:aws:iam::{ACCOUNT}:user/{user} is not authorized to perform: {action} on resource: {key} because no \
             identity-based policy allows the {action} action"
        )
    };
    let client = async |user: &str, more: &[Value]| {
        let statements = [&[allow("s3:*", "*")], more].concat();
        lab.s3_as(REGION, lab.user(user, document(&statements)).await)
    };
    let get = async |s3: &aws_sdk_s3::Client| {
        let result = s3
            .get_object()
            .bucket(BUCKET)
            .key("logs/index-0")
            .send()
            .await;
        (outcome(&result), message(&result))
    };
    let done = ((200, String::new()), String::new());
    let forbidden = |message: String| (refused(403, "AccessDenied"), message);

    let bare = client("bare", &[]).await;
    assert_eq!(
        get(&bare).await,
        forbidden(denied("bare", "kms:Decrypt", OLD))
    );
    assert_eq!(
        put(&bare, "k").await,
        forbidden(denied("bare", "kms:GenerateDataKey", NEW))
    );
    let newer = client("newer", &[allow("kms:*", NEW)]).await;
    assert_eq!(
        get(&newer).await,
        forbidden(denied("newer", "kms:Decrypt", OLD))
    );
    assert_eq!(put(&newer, "k").await, done);
    let older = client("older", &[allow("kms:Decrypt", OLD)]).await;
    assert_eq!(get(&older).await, done);
}

#[tokio::test]
async fn a_repository_verifies_with_the_buckets_key_and_lists_with_that_of_its_index() {
    let lab = rotated().await;
    let host = lab.add_domain(json!({})).await;
    lab.create_role(&trust(), &permissions()).await;
    let grant = async |statements: &[Value]| {
        let call = lab
            .iam()
            .put_role_policy()
            .role_name("es-s3-backup")
            .policy_name("keys")
            .policy_document(document(statements).to_string());
        call.send().await.expect("put");
    };
    let try_all = async || {
        let (registered, _) = lab.ask(&host, "PUT", "/_snapshot/r", registration()).await;
        let path = "/_snapshot/r/_all?verbose=false";
        let (listed, answer) = lab.ask(&host, "GET", path, Value::Null).await;
        let cause = answer["error"]["caused_by"]["reason"].as_str();
        let cause = cause.and_then(|text| text.split(" (Service").next());
        (registered, listed, cause.map(str::to_owned))
    };
    let denied = |action: &str, key: &str| {
        Some(format!(
            "User: arn:aws:sts::{ACCOUNT}:assumed-role/es-s3-backup/snapshot is not authorized to perform: {action} on \
             resource: {key} because no identity-based policy allows the {action} action"
        ))
    };
    let write = allow("kms:GenerateDataKey", NEW);
    let (read_new, read_old) = (allow("kms:Decrypt", NEW), allow("kms:Decrypt", OLD));

    grant(std::slice::from_ref(&write)).await;
    assert_eq!(try_all().await, (500, 500, denied("kms:Decrypt", OLD)));
    grant(&[write.clone(), read_new.clone()]).await;
    assert_eq!(try_all().await, (200, 500, denied("kms:Decrypt", OLD)));
    grant(std::slice::from_ref(&read_old)).await;
    assert_eq!(try_all().await, (500, 200, None));
    grant(&[write, read_new, read_old]).await;
    assert_eq!(try_all().await, (200, 200, None));
}
