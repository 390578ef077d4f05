//! Buckets and their configuration, through the SDK.

use aws_sdk_s3::types::{
    BucketLocationConstraint, CreateBucketConfiguration, ObjectOwnership, Tag,
};
use serde_json::json;

use super::{ACCOUNT, BUCKET, Lab, REGION, Sent, between, credentials, outcome, refused};

fn place(region: &str, tags: Vec<Tag>) -> CreateBucketConfiguration {
    let place = CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::from(region));
    place.set_tags((!tags.is_empty()).then_some(tags)).build()
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().expect("a tag")
}

#[tokio::test]
async fn a_new_bucket_has_the_defaults_of_aws() {
    let lab = Lab::new().await;
    lab.create_bucket(BUCKET).await;
    let s3 = lab.s3(REGION);
    let head = s3
        .head_bucket()
        .bucket(BUCKET)
        .expected_bucket_owner(ACCOUNT)
        .send()
        .await
        .expect("head");
    assert_eq!(head.bucket_region(), Some(REGION));
    let rule = s3
        .get_bucket_encryption()
        .bucket(BUCKET)
        .send()
        .await
        .expect("encryption");
    let rule = rule
        .server_side_encryption_configuration()
        .expect("one")
        .rules()[0]
        .clone();
    let default = rule
        .apply_server_side_encryption_by_default()
        .expect("a default");
    assert_eq!(
        (default.sse_algorithm().as_str(), rule.bucket_key_enabled()),
        ("AES256", Some(false))
    );
    let block = s3
        .get_public_access_block()
        .bucket(BUCKET)
        .send()
        .await
        .expect("block");
    let block = block
        .public_access_block_configuration()
        .expect("one")
        .clone();
    let four = [
        block.block_public_acls(),
        block.ignore_public_acls(),
        block.block_public_policy(),
        block.restrict_public_buckets(),
    ];
    assert_eq!(four, [Some(true); 4]);
    let ownership = s3
        .get_bucket_ownership_controls()
        .bucket(BUCKET)
        .send()
        .await
        .expect("ownership");
    let rules = ownership.ownership_controls().expect("one").rules();
    assert_eq!(
        rules[0].object_ownership(),
        &ObjectOwnership::BucketOwnerEnforced
    );
    let versioning = s3
        .get_bucket_versioning()
        .bucket(BUCKET)
        .send()
        .await
        .expect("versioning");
    assert_eq!(versioning.status(), None);
    let acl = s3
        .get_bucket_acl()
        .bucket(BUCKET)
        .send()
        .await
        .expect("acl");
    assert_eq!(acl.grants().len(), 1);
    let notification = s3
        .get_bucket_notification_configuration()
        .bucket(BUCKET)
        .send()
        .await
        .expect("notification");
    assert_eq!(notification.topic_configurations().len(), 0);
    let logging = s3
        .get_bucket_logging()
        .bucket(BUCKET)
        .send()
        .await
        .expect("logging");
    assert_eq!(logging.logging_enabled(), None);
}

#[tokio::test]
async fn what_is_not_configured_has_its_own_error() {
    let lab = Lab::new().await;
    lab.create_bucket(BUCKET).await;
    let s3 = lab.s3(REGION);
    let not = |code: &str| refused(404, code);
    assert_eq!(
        outcome(&s3.get_bucket_policy().bucket(BUCKET).send().await),
        not("NoSuchBucketPolicy")
    );
    assert_eq!(
        outcome(&s3.get_bucket_policy_status().bucket(BUCKET).send().await),
        not("NoSuchBucketPolicy")
    );
    assert_eq!(
        outcome(
            &s3.get_bucket_lifecycle_configuration()
                .bucket(BUCKET)
                .send()
                .await
        ),
        not("NoSuchLifecycleConfiguration")
    );
    assert_eq!(
        outcome(&s3.get_bucket_tagging().bucket(BUCKET).send().await),
        not("NoSuchTagSet")
    );
    assert_eq!(
        outcome(&s3.get_bucket_cors().bucket(BUCKET).send().await),
        not("NoSuchCORSConfiguration")
    );
    assert_eq!(
        outcome(&s3.get_bucket_website().bucket(BUCKET).send().await),
        not("NoSuchWebsiteConfiguration")
    );
    assert_eq!(
        outcome(&s3.get_bucket_replication().bucket(BUCKET).send().await),
        not("ReplicationConfigurationNotFoundError")
    );
    assert_eq!(
        outcome(
            &s3.get_object_lock_configuration()
                .bucket(BUCKET)
                .send()
                .await
        ),
        not("ObjectLockConfigurationNotFoundError")
    );
    s3.delete_public_access_block()
        .bucket(BUCKET)
        .send()
        .await
        .expect("deleted");
    s3.delete_bucket_ownership_controls()
        .bucket(BUCKET)
        .send()
        .await
        .expect("deleted");
    assert_eq!(
        outcome(&s3.get_public_access_block().bucket(BUCKET).send().await),
        not("NoSuchPublicAccessBlockConfiguration")
    );
    assert_eq!(
        outcome(
            &s3.get_bucket_ownership_controls()
                .bucket(BUCKET)
                .send()
                .await
        ),
        not("OwnershipControlsNotFoundError")
    );
}

#[tokio::test]
async fn creating_follows_the_rules_of_regions() {
    let lab = Lab::new().await;
    let create = async |endpoint: &str, constraint: Option<&str>, name: &str| {
        let call = lab.s3(endpoint).create_bucket().bucket(name);
        let call = call
            .set_create_bucket_configuration(constraint.map(|region| place(region, Vec::new())));
        outcome(&call.send().await)
    };
    let illegal = refused(400, "IllegalLocationConstraintException");
    assert_eq!(create(REGION, None, "no-place").await, illegal);
    assert_eq!(
        create(REGION, Some("eu-west-1"), "other-place").await,
        illegal
    );
    assert_eq!(
        create("us-east-1", Some("us-east-1"), "said-twice").await,
        refused(400, "InvalidLocationConstraint")
    );
    assert_eq!(
        create("us-east-1", None, "in-virginia").await,
        (200, String::new())
    );
    assert_eq!(
        create("us-east-1", Some("eu-west-1"), "in-ireland").await,
        (200, String::new())
    );
    let region = lab
        .s3("eu-west-1")
        .head_bucket()
        .bucket("in-ireland")
        .send()
        .await
        .expect("head");
    assert_eq!(region.bucket_region(), Some("eu-west-1"));
    for name in [
        "ab",
        "Upper",
        "under_score",
        "two..dots",
        "-edge",
        "192.168.0.1",
        "xn--bucket",
        "my-s3alias",
        &"x".repeat(64),
    ] {
        let path = format!("/{name}");
        let (status, text) = lab
            .send(Sent {
                region: "us-east-1",
                ..Sent::new("s3", "PUT", &path)
            })
            .await;
        assert_eq!(
            (status, between(&text, "<Code>", "</Code>")),
            (400, "InvalidBucketName"),
            "{name}"
        );
    }
}

#[tokio::test]
async fn creating_again_is_200_only_in_us_east_1_and_resets_the_acl_there() {
    let lab = Lab::new().await;
    lab.create_bucket(BUCKET).await;
    let again = lab
        .s3(REGION)
        .create_bucket()
        .bucket(BUCKET)
        .create_bucket_configuration(place(REGION, Vec::new()))
        .send()
        .await;
    assert_eq!(outcome(&again), refused(409, "BucketAlreadyOwnedByYou"));
    let s3 = lab.s3("us-east-1");
    s3.create_bucket()
        .bucket("in-virginia")
        .send()
        .await
        .expect("created");
    let mut state = lab.admin("GET", "/state", json!(null)).await;
    let everyone = "http://acs.amazonaws.com/groups/global/AllUsers";
    state["buckets"]["in-virginia"]["grants"] =
        json!([{"grantee": everyone, "permission": "READ"}]);
    lab.admin("PUT", "/state", state).await;
    let grants = async || {
        s3.get_bucket_acl()
            .bucket("in-virginia")
            .send()
            .await
            .expect("acl")
            .grants()
            .len()
    };
    assert_eq!(grants().await, 2);
    s3.create_bucket()
        .bucket("in-virginia")
        .send()
        .await
        .expect("200 again");
    assert_eq!(grants().await, 1);
    let other = lab
        .s3_as(REGION, credentials("999999999999"))
        .create_bucket()
        .bucket(BUCKET);
    let other = other
        .create_bucket_configuration(place(REGION, Vec::new()))
        .send()
        .await;
    assert_eq!(outcome(&other), refused(409, "BucketAlreadyExists"));
}

#[tokio::test]
async fn tags_and_ownership_can_come_with_the_creation() {
    let lab = Lab::new().await;
    let s3 = lab.s3(REGION);
    let call = s3
        .create_bucket()
        .bucket(BUCKET)
        .object_ownership(ObjectOwnership::ObjectWriter);
    call.create_bucket_configuration(place(REGION, vec![tag("managed-by", "esbackup")]))
        .send()
        .await
        .expect("created");
    let tags = s3
        .get_bucket_tagging()
        .bucket(BUCKET)
        .send()
        .await
        .expect("tags");
    assert_eq!(tags.tag_set(), [tag("managed-by", "esbackup")]);
    let ownership = s3
        .get_bucket_ownership_controls()
        .bucket(BUCKET)
        .send()
        .await
        .expect("ownership");
    assert_eq!(
        ownership.ownership_controls().expect("one").rules()[0].object_ownership(),
        &ObjectOwnership::ObjectWriter
    );
}

#[tokio::test]
async fn another_region_and_another_account_are_told_apart_from_absent() {
    let lab = Lab::new().await;
    lab.create_bucket(BUCKET).await;
    let head = async |client: aws_sdk_s3::Client, name: &str| {
        let result = client.head_bucket().bucket(name).send().await;
        let answer = result.as_ref().err().and_then(|error| error.raw_response());
        let region = answer.and_then(|answer| {
            answer
                .headers()
                .get("x-amz-bucket-region")
                .map(str::to_owned)
        });
        (outcome(&result).0, region)
    };
    let here = Some(REGION.to_owned());
    assert_eq!(head(lab.s3("eu-west-1"), BUCKET).await, (301, here.clone()));
    assert_eq!(head(lab.s3("us-east-1"), BUCKET).await, (301, here.clone()));
    assert_eq!(
        head(lab.s3_as(REGION, credentials("999999999999")), BUCKET).await,
        (403, here)
    );
    assert_eq!(head(lab.s3(REGION), "not-there").await, (404, None));
    let policy = async |region: &str| {
        outcome(
            &lab.s3(region)
                .get_bucket_policy()
                .bucket(BUCKET)
                .send()
                .await,
        )
    };
    assert_eq!(policy("eu-west-1").await, refused(301, "PermanentRedirect"));
    assert_eq!(
        policy("us-east-1").await,
        refused(400, "AuthorizationHeaderMalformed")
    );
    let wrong = lab
        .s3(REGION)
        .get_bucket_policy()
        .bucket(BUCKET)
        .expected_bucket_owner("999999999999")
        .send()
        .await;
    assert_eq!(outcome(&wrong), refused(403, "AccessDenied"));
}
