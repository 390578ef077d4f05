//! Scripted answers that a client must survive: pages that repeat, bodies without end, buckets that appear too early.

use std::collections::BTreeSet;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::super::server::Outgoing;
use super::{ACCOUNT, BUCKET, Lab, REGION, Sent, between, outcome, permissions, refused, trust};

async fn script(lab: &Lab, operation: &str, action: Value) {
    let fault = json!({"operation": operation, "times": 1000, "action": action});
    lab.admin("POST", "/faults", fault).await;
}

/// Asks IAM for a page and returns whether more follows, the marker and how many members it has.
async fn page(lab: &Lab, action: &str, marker: Option<&str>) -> (String, String, usize) {
    let mut body = format!("Action={action}&Version=2010-05-08&RoleName=es-s3-backup&MaxItems=2");
    if let Some(marker) = marker {
        body.push_str(&format!("&Marker={marker}"));
    }
    let form = ("content-type", "application/x-www-form-urlencoded");
    let sent = Sent {
        body: &body,
        headers: vec![form],
        ..Sent::new("iam", "POST", "/")
    };
    let (status, text) = lab.send(sent).await;
    assert_eq!(status, 200, "{text}");
    let held = |name: &str| between(&text, &format!("<{name}>"), &format!("</{name}>")).to_owned();
    (
        held("IsTruncated"),
        held("Marker"),
        text.matches("<member>").count(),
    )
}

#[tokio::test]
async fn a_page_of_iam_can_repeat_its_marker() {
    let lab = Lab::new().await;
    lab.create_role(&trust(), &permissions()).await;
    let iam = lab.iam();
    for name in ["a", "b", "c"] {
        let make = iam
            .create_policy()
            .policy_name(name)
            .policy_document(permissions().to_string());
        let made = make.send().await.expect("made");
        let arn = made
            .policy()
            .and_then(|policy| policy.arn())
            .expect("an arn");
        let attach = iam
            .attach_role_policy()
            .role_name("es-s3-backup")
            .policy_arn(arn);
        attach.send().await.expect("attached");
    }
    let second = page(&lab, "ListPolicies", None).await.1;
    script(&lab, "iam:List*", json!("repeat_marker")).await;
    let more = |marker: &str, count: usize| ("true".to_owned(), marker.to_owned(), count);
    for action in ["ListPolicies", "ListAttachedRolePolicies"] {
        let (_, first, _) = page(&lab, action, None).await;
        assert_eq!(page(&lab, action, Some(&first)).await, more(&first, 2));
        assert_eq!(page(&lab, action, Some(&second)).await, more(&second, 1));
    }
    for (action, count) in [
        ("ListRoles", 1),
        ("ListRolePolicies", 1),
        ("ListRoleTags", 0),
    ] {
        let (truncated, first, held) = page(&lab, action, None).await;
        assert_eq!((truncated.as_str(), held), ("true", count), "{action}");
        assert_eq!(
            page(&lab, action, Some(&first)).await,
            more(&first, count),
            "{action}"
        );
    }
    lab.admin("DELETE", "/faults", json!(null)).await;
    assert_eq!(
        page(&lab, "ListRoles", None).await,
        ("false".to_owned(), String::new(), 1)
    );
}

#[tokio::test]
async fn a_page_of_s3_can_repeat_its_marker() {
    let lab = Lab::new().await;
    lab.create_bucket(BUCKET).await;
    let s3 = lab.s3(REGION);
    for key in ["a b", "b"] {
        let put = s3.put_object().bucket(BUCKET).key(key);
        put.body(ByteStream::from_static(b"x"))
            .send()
            .await
            .expect("put");
    }
    script(&lab, "s3:List*", json!("repeat_marker")).await;
    let mut token = None;
    for _ in 0..3 {
        let list = s3
            .list_objects_v2()
            .bucket(BUCKET)
            .set_continuation_token(token.clone());
        let page = list.send().await.expect("a page");
        let next = page.next_continuation_token().map(str::to_owned);
        assert_eq!(
            (page.is_truncated(), page.contents().len()),
            (Some(true), 2)
        );
        assert!(next.is_some() && (token.is_none() || token == next));
        token = next;
    }
    let list = s3
        .list_object_versions()
        .bucket(BUCKET)
        .key_marker("a b")
        .version_id_marker("null")
        .encoding_type(aws_sdk_s3::types::EncodingType::Url);
    let page = list.send().await.expect("a page");
    let markers = (page.next_key_marker(), page.next_version_id_marker());
    assert_eq!(
        (page.is_truncated(), markers),
        (Some(true), (Some("a%20b"), Some("null")))
    );
    let page = s3
        .list_multipart_uploads()
        .bucket(BUCKET)
        .send()
        .await
        .expect("a page");
    assert_eq!(
        (page.is_truncated(), page.next_key_marker()),
        (Some(true), Some("!"))
    );
}

#[tokio::test]
async fn an_answer_of_s3_or_iam_can_have_no_end() {
    const ENOUGH: usize = 8 * 1024 * 1024;
    let lab = Lab::new().await;
    script(&lab, "iam:*", json!("endless")).await;
    script(&lab, "s3:*", json!("endless")).await;
    let form = "application/x-www-form-urlencoded";
    let list = "Action=ListRoles&Version=2010-05-08";
    for (method, path, kind, body) in [("POST", "/", form, list), ("GET", "/bucket?policy", "", "")]
    {
        let url = format!("{}{path}", lab.running.url());
        let request = lab.http.request(method.parse().expect("a method"), url);
        let request = request.header("content-type", kind).body(body);
        let mut answer = request.send().await.expect("an answer");
        assert_eq!(
            (answer.status().as_u16(), answer.content_length()),
            (200, None)
        );
        let mut read = 0;
        while read < ENOUGH {
            read += answer
                .chunk()
                .await
                .expect("a piece")
                .expect("no end")
                .len();
        }
    }
}

#[tokio::test]
async fn a_body_without_end_costs_no_memory() {
    let mut body = Outgoing::Endless;
    let mut places = BTreeSet::new();
    for _ in 0..1000 {
        let frame = body.frame().await.expect("a frame").expect("no error");
        let piece = frame.into_data().expect("data");
        places.insert((piece.as_ptr().addr(), piece.len()));
    }
    assert_eq!(places.len(), 1);
}

async fn create(lab: &Lab) -> (u16, String) {
    let place = CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::UsWest2)
        .build();
    let call = lab.s3(REGION).create_bucket().bucket(BUCKET);
    outcome(&call.create_bucket_configuration(place).send().await)
}

#[tokio::test]
async fn a_bucket_can_appear_just_before_it_is_created() {
    for (account, head, code) in [
        (ACCOUNT, 200, "BucketAlreadyOwnedByYou"),
        ("999999999999", 403, "BucketAlreadyExists"),
    ] {
        let lab = Lab::new().await;
        let s3 = lab.s3(REGION);
        let first = json!({"create_bucket_first": {"account": account, "tags": {"team": "search"}, "object": "a/key"}});
        script(&lab, "s3:CreateBucket", first).await;
        let seen = async || outcome(&s3.head_bucket().bucket(BUCKET).send().await).0;
        assert_eq!(seen().await, 404);
        assert_eq!(create(&lab).await, refused(409, code));
        assert_eq!(seen().await, head);
        let state = lab.admin("GET", "/state", json!(null)).await;
        let bucket = &state["buckets"][BUCKET];
        let held = (
            &bucket["account"],
            &bucket["region"],
            &bucket["tags"],
            &bucket["objects"][0]["key"],
        );
        assert_eq!(
            held,
            (
                &json!(account),
                &json!(REGION),
                &json!({"team": "search"}),
                &json!("a/key")
            )
        );
    }
}

#[tokio::test]
async fn a_bucket_appears_only_at_the_nth_creation_and_never_over_one() {
    let lab = Lab::new().await;
    let first = json!({"create_bucket_first": {"account": "999999999999"}});
    let fault = json!({"operation": "s3:*", "nth": 2, "times": 9, "action": first});
    lab.admin("POST", "/faults", fault).await;
    assert_eq!(create(&lab).await, (200, String::new()));
    assert_eq!(create(&lab).await, refused(409, "BucketAlreadyOwnedByYou"));
    let versioning = lab.s3(REGION).get_bucket_versioning().bucket("another");
    assert_eq!(
        outcome(&versioning.send().await),
        refused(404, "NoSuchBucket")
    );
}
