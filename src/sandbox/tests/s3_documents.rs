//! Lifecycle rules, tags and policies of buckets, through the SDK.

use aws_sdk_s3::types::{BucketLifecycleConfiguration, LifecycleRule, Tag, Tagging};
use serde_json::json;

use super::{ACCOUNT, BUCKET, Lab, REGION, Sent, between, message, outcome, refused};

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().expect("a tag")
}

fn rules(text: &str) -> String {
    format!(
        "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{text}</LifecycleConfiguration>"
    )
}

#[tokio::test]
async fn lifecycle_rules_come_back_as_sent_with_the_size_header() {
    let lab = Lab::new().await;
    lab.create_bucket(BUCKET).await;
    let s3 = lab.s3(REGION);
    let body = rules(
        "<Rule><ID>esbackup</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</Status><NoncurrentVersionExpiration>\
         <NoncurrentDays>30</NoncurrentDays><NewerNoncurrentVersions>3</NewerNoncurrentVersions></NoncurrentVersionExpiration>\
         <AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>\
         <Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule>\
         <Rule><Filter><And><Prefix>x/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter><Status>Disabled</Status>\
         <Expiration><Days>3</Days></Expiration></Rule>",
    );
    let path = format!("/{BUCKET}?lifecycle");
    let size = (
        "x-amz-transition-default-minimum-object-size",
        "varies_by_storage_class",
    );
    assert_eq!(
        lab.send(Sent {
            body: &body,
            headers: vec![size],
            ..Sent::new("s3", "PUT", &path)
        })
        .await
        .0,
        200
    );
    let held = s3
        .get_bucket_lifecycle_configuration()
        .bucket(BUCKET)
        .send()
        .await
        .expect("rules");
    assert_eq!(
        held.transition_default_minimum_object_size()
            .map(|size| size.as_str()),
        Some(size.1)
    );
    let [first, second] = held.rules() else {
        panic!("two rules")
    };
    let noncurrent = first.noncurrent_version_expiration().expect("one");
    assert_eq!(
        (
            noncurrent.noncurrent_days(),
            noncurrent.newer_noncurrent_versions()
        ),
        (Some(30), Some(3))
    );
    assert_eq!(
        first
            .expiration()
            .and_then(|expiration| expiration.expired_object_delete_marker()),
        Some(true)
    );
    assert_eq!(second.id().map(str::len), Some(32));
    let again: Vec<LifecycleRule> = held.rules().to_vec();
    let again = BucketLifecycleConfiguration::builder()
        .set_rules(Some(again))
        .build()
        .expect("rules");
    let put = s3
        .put_bucket_lifecycle_configuration()
        .bucket(BUCKET)
        .lifecycle_configuration(again)
        .send()
        .await
        .expect("put");
    assert_eq!(
        put.transition_default_minimum_object_size()
            .map(|size| size.as_str()),
        Some("all_storage_classes_128K")
    );
    let read = s3
        .get_bucket_lifecycle_configuration()
        .bucket(BUCKET)
        .send()
        .await
        .expect("rules");
    assert_eq!(read.rules(), held.rules());
}

#[tokio::test]
async fn lifecycle_rules_that_s3_refuses_are_refused() {
    let lab = Lab::new().await;
    lab.create_bucket(BUCKET).await;
    let path = format!("/{BUCKET}?lifecycle");
    let filter = "<Filter></Filter><Status>Enabled</Status>";
    let expire = "<Expiration><Days>1</Days></Expiration>";
    let cases = [
        (format!("<Rule>{filter}</Rule>"), "InvalidRequest"),
        (
            format!("<Rule><Status>Enabled</Status>{expire}</Rule>"),
            "MalformedXML",
        ),
        (
            format!("<Rule><Filter></Filter><Status>On</Status>{expire}</Rule>"),
            "MalformedXML",
        ),
        (
            format!("<Rule>{filter}<Expiration><Days>0</Days></Expiration></Rule>"),
            "InvalidArgument",
        ),
        (
            format!(
                "<Rule>{filter}<Expiration><Days>1</Days><Date>2030-01-01</Date></Expiration></Rule>"
            ),
            "MalformedXML",
        ),
        (
            format!(
                "<Rule><ID>a</ID>{filter}{expire}</Rule><Rule><ID>a</ID>{filter}{expire}</Rule>"
            ),
            "InvalidArgument",
        ),
        (
            format!(
                "<Rule><Prefix/><Status>Enabled</Status>{expire}</Rule><Rule>{filter}{expire}</Rule>"
            ),
            "InvalidRequest",
        ),
        (
            format!("<Rule>{filter}<Surprise/>{expire}</Rule>"),
            "MalformedXML",
        ),
        (String::new(), "MalformedXML"),
    ];
    for (body, code) in cases {
        let (status, text) = lab
            .send(Sent {
                body: &rules(&body),
                ..Sent::new("s3", "PUT", &path)
            })
            .await;
        assert_eq!(
            (status, between(&text, "<Code>", "</Code>")),
            (400, code),
            "{body}"
        );
    }
}

const V1: &str = "<Rule><ID>old</ID><Prefix>logs/</Prefix><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>";
const V2: &str = "<Rule><ID>new</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>1</Days>\
                  </Expiration></Rule>";

#[tokio::test]
async fn rules_with_a_prefix_and_rules_with_a_filter_never_mix() {
    let lab = Lab::new().await;
    lab.create_bucket(BUCKET).await;
    let path = format!("/{BUCKET}?lifecycle");
    let put = async |body: String| {
        let sent = Sent {
            body: &rules(&body),
            ..Sent::new("s3", "PUT", &path)
        };
        let (status, text) = lab.send(sent).await;
        let code = between(&text, "<Code>", "</Code>").to_owned();
        (
            status,
            code,
            between(&text, "<Message>", "</Message>").to_owned(),
        )
    };
    let invalid = |message: &str| (400, "InvalidRequest".to_owned(), message.to_owned());
    assert_eq!(
        put(format!("{V1}{V2}")).await,
        invalid("Filter element can only be used in Lifecycle V2.")
    );
    assert_eq!(
        put(format!("{V2}{V1}")).await,
        invalid(
            "Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter."
        )
    );
    let (status, text) = lab.send(Sent::new("s3", "GET", &path)).await;
    assert_eq!(
        (status, between(&text, "<Code>", "</Code>")),
        (404, "NoSuchLifecycleConfiguration")
    );
}

#[tokio::test]
async fn rules_of_the_first_version_come_back_as_they_were_sent() {
    let lab = Lab::new().await;
    lab.create_bucket(BUCKET).await;
    let path = format!("/{BUCKET}?lifecycle");
    let other = "<Rule><ID>all</ID><Prefix></Prefix><Status>Disabled</Status><NoncurrentVersionExpiration>\
                 <NoncurrentDays>9</NoncurrentDays></NoncurrentVersionExpiration></Rule>";
    let body = rules(&format!("{V1}{other}"));
    let sent = Sent {
        body: &body,
        ..Sent::new("s3", "PUT", &path)
    };
    assert_eq!(lab.send(sent).await.0, 200);
    let (_, text) = lab.send(Sent::new("s3", "GET", &path)).await;
    let declared = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}");
    assert_eq!(text, declared);
}

#[tokio::test]
async fn tagging_replaces_the_set_and_keeps_the_tags_of_aws() {
    let lab = Lab::new().await;
    lab.create_bucket(BUCKET).await;
    let s3 = lab.s3(REGION);
    let mut state = lab.admin("GET", "/state", json!(null)).await;
    state["buckets"][BUCKET]["tags"] = json!({"aws:cloudformation:stack-name": "s", "old": "1"});
    lab.admin("PUT", "/state", state).await;
    let put = async |tags: Vec<Tag>| {
        let tagging = Tagging::builder()
            .set_tag_set(Some(tags))
            .build()
            .expect("a set");
        outcome(
            &s3.put_bucket_tagging()
                .bucket(BUCKET)
                .tagging(tagging)
                .send()
                .await,
        )
    };
    assert_eq!(put(vec![tag("new", "2")]).await, (200, String::new()));
    let tags = s3
        .get_bucket_tagging()
        .bucket(BUCKET)
        .send()
        .await
        .expect("tags");
    assert_eq!(
        tags.tag_set(),
        [tag("aws:cloudformation:stack-name", "s"), tag("new", "2")]
    );
    assert_eq!(
        put(vec![tag("aws:mine", "x")]).await,
        refused(400, "InvalidTag")
    );
    assert_eq!(
        put(vec![tag("a", "1"), tag("a", "2")]).await,
        refused(400, "InvalidTag")
    );
    assert_eq!(put(vec![tag("a", "<b>")]).await, refused(400, "InvalidTag"));
    assert_eq!(
        put((0..51).map(|n| tag(&format!("k{n}"), "v")).collect()).await,
        refused(400, "BadRequest")
    );
}

#[tokio::test]
async fn a_bucket_policy_must_be_valid_for_this_bucket_and_not_public() {
    let lab = Lab::new().await;
    lab.create_bucket(BUCKET).await;
    let s3 = lab.s3(REGION);
    let arn = format!("arn:aws:s3:::{BUCKET}");
    let statement = |effect: &str, principal: serde_json::Value, action: &str, resource: &str| {
        let statement = json!({"Effect": effect, "Principal": principal, "Action": action, "Resource": resource});
        json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
    };
    let put = async |policy: String| {
        s3.put_bucket_policy()
            .bucket(BUCKET)
            .policy(policy)
            .send()
            .await
    };
    let account = json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")});
    for (policy, words) in [
        (
            "nonsense".to_owned(),
            "Policies must be valid JSON and the first byte must be '{'",
        ),
        (
            statement("Allow", account.clone(), "ec2:*", &arn),
            "Policy has invalid action",
        ),
        (
            statement("Allow", account.clone(), "s3:*", "arn:aws:s3:::another"),
            "Policy has invalid resource",
        ),
        (
            statement("Allow", json!({"AWS": ROLE_OF_NOBODY}), "s3:*", &arn),
            "Invalid principal in policy",
        ),
    ] {
        let result = put(policy).await;
        assert_eq!(
            (outcome(&result), message(&result)),
            (refused(400, "MalformedPolicy"), words.to_owned())
        );
    }
    assert_eq!(
        outcome(
            &put(statement(
                "Allow",
                json!("*"),
                "s3:GetObject",
                &format!("{arn}/*")
            ))
            .await
        ),
        refused(403, "AccessDenied")
    );
    assert_eq!(
        outcome(
            &put(statement(
                "Deny",
                json!("*"),
                "s3:PutObject",
                &format!("{arn}/*")
            ))
            .await
        ),
        (200, String::new())
    );
    let status = s3
        .get_bucket_policy_status()
        .bucket(BUCKET)
        .send()
        .await
        .expect("status");
    assert_eq!(
        status.policy_status().and_then(|status| status.is_public()),
        Some(false)
    );
    s3.delete_public_access_block()
        .bucket(BUCKET)
        .send()
        .await
        .expect("deleted");
    put(statement(
        "Allow",
        json!("*"),
        "s3:GetObject",
        &format!("{arn}/*"),
    ))
    .await
    .expect("accepted");
    let status = s3
        .get_bucket_policy_status()
        .bucket(BUCKET)
        .send()
        .await
        .expect("status");
    assert_eq!(
        status.policy_status().and_then(|status| status.is_public()),
        Some(true)
    );
}

const ROLE_OF_NOBODY: &str = "arn:aws:iam::123456789012:role/nobody";
