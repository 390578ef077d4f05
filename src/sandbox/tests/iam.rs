//! Roles and policies, through the SDK; most of what is refused here moto accepts.

use aws_sdk_iam::types::Tag;
use serde_json::{Value, json};

use super::{ACCOUNT, Lab, ROLE, outcome, permissions, refused, trust};

const POLICY: &str = "arn:aws:iam::123456789012:policy/snapshots";

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().expect("a tag")
}

async fn create_policy(lab: &Lab) {
    let call = lab
        .iam()
        .create_policy()
        .policy_name("snapshots")
        .policy_document(permissions().to_string());
    call.send().await.expect("a policy");
}

#[tokio::test]
async fn a_role_comes_back_as_created() {
    let lab = Lab::new().await;
    create_policy(&lab).await;
    let iam = lab.iam();
    let call = iam
        .create_role()
        .role_name("es-s3-backup")
        .assume_role_policy_document(trust().to_string());
    let call = call
        .description("a & b")
        .max_session_duration(7200)
        .permissions_boundary(POLICY);
    let made = call
        .tags(tag("managed-by", "esbackup"))
        .send()
        .await
        .expect("a role");
    let role = iam
        .get_role()
        .role_name("ES-S3-BACKUP")
        .send()
        .await
        .expect("found without case");
    let (made, role) = (
        made.role().expect("one").clone(),
        role.role().expect("one").clone(),
    );
    assert_eq!(made, role);
    assert_eq!(
        (role.arn(), role.path(), role.max_session_duration()),
        (ROLE, "/", Some(7200))
    );
    assert_eq!(
        (role.description(), role.tags()),
        (Some("a & b"), [tag("managed-by", "esbackup")].as_slice())
    );
    assert_eq!(
        role.permissions_boundary()
            .and_then(|boundary| boundary.permissions_boundary_arn()),
        Some(POLICY)
    );
    let document =
        super::super::message::decode(role.assume_role_policy_document().expect("a document"));
    assert_eq!(
        serde_json::from_str::<Value>(&document).expect("JSON"),
        trust()
    );
    iam.update_role()
        .role_name("es-s3-backup")
        .description("c")
        .send()
        .await
        .expect("updated");
    let role = iam
        .get_role()
        .role_name("es-s3-backup")
        .send()
        .await
        .expect("a role")
        .role()
        .expect("one")
        .clone();
    assert_eq!(
        (role.description(), role.max_session_duration()),
        (Some("c"), Some(3600))
    );
    iam.delete_role_permissions_boundary()
        .role_name("es-s3-backup")
        .send()
        .await
        .expect("deleted");
    iam.untag_role()
        .role_name("es-s3-backup")
        .tag_keys("managed-by")
        .send()
        .await
        .expect("untagged");
    iam.tag_role()
        .role_name("es-s3-backup")
        .tags(tag("k", "v"))
        .send()
        .await
        .expect("tagged");
    let tags = iam
        .list_role_tags()
        .role_name("es-s3-backup")
        .send()
        .await
        .expect("tags");
    assert_eq!(tags.tags(), [tag("k", "v")]);
}

#[tokio::test]
async fn roles_that_iam_refuses_are_refused() {
    let lab = Lab::new().await;
    let iam = lab.iam();
    let create = async |name: &str, path: &str, document: String| {
        outcome(
            &iam.create_role()
                .role_name(name)
                .path(path)
                .assume_role_policy_document(document)
                .send()
                .await,
        )
    };
    let good = || trust().to_string();
    let malformed = refused(400, "MalformedPolicyDocument");
    assert_eq!(create("r", "/", "{}".to_owned()).await, malformed);
    assert_eq!(create("r", "/", "{".to_owned()).await, malformed);
    let principal = |arn: &str| {
        let statement =
            json!({"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"});
        json!({"Version": "2012-10-17", "Statement": statement}).to_string()
    };
    assert_eq!(
        create("r", "/", principal("arn:aws:iam::123456789012:role/nobody")).await,
        malformed
    );
    assert_eq!(
        create("r", "/", principal("arn:aws:iam::123456789012:root")).await,
        (200, String::new())
    );
    let long = "x".repeat(2100);
    let mut large = trust();
    large["Statement"][0]["Sid"] = json!(long);
    assert_eq!(
        create("large", "/", large.to_string()).await,
        refused(409, "LimitExceeded")
    );
    assert_eq!(
        create("bad name", "/", good()).await,
        refused(400, "ValidationError")
    );
    assert_eq!(
        create(&"x".repeat(65), "/", good()).await,
        refused(400, "ValidationError")
    );
    assert_eq!(
        create("r2", "no-slash", good()).await,
        refused(400, "ValidationError")
    );
    assert_eq!(
        create("es-s3-backup", "/", good()).await,
        (200, String::new())
    );
    assert_eq!(
        create("ES-s3-backup", "/other/", good()).await,
        refused(409, "EntityAlreadyExists")
    );
    let tags = (0..51).map(|n| tag(&format!("k{n}"), "v"));
    let many = iam
        .create_role()
        .role_name("t")
        .assume_role_policy_document(good())
        .set_tags(Some(tags.collect()))
        .send()
        .await;
    assert_eq!(outcome(&many), refused(409, "LimitExceeded"));
    let twice = iam
        .tag_role()
        .role_name("es-s3-backup")
        .tags(tag("A", "1"))
        .tags(tag("a", "2"))
        .send()
        .await;
    assert_eq!(outcome(&twice), refused(400, "InvalidInput"));
}

#[tokio::test]
async fn the_caller_and_the_domain_are_described() {
    let lab = Lab::new().await;
    let caller = lab
        .sts()
        .get_caller_identity()
        .send()
        .await
        .expect("a caller");
    assert_eq!(
        (caller.account(), caller.arn()),
        (
            Some(ACCOUNT),
            Some("arn:aws:iam::123456789012:user/sandbox")
        )
    );
    let host = lab
        .add_domain(json!({"engine_version": "OpenSearch_2.19", "fine_grained_access": true}))
        .await;
    let es = lab.open_search();
    let domain = es
        .describe_domain()
        .domain_name("logs")
        .send()
        .await
        .expect("a domain");
    let status = domain.domain_status().expect("one");
    assert_eq!(status.endpoint(), Some(host.as_str()));
    assert_eq!(
        status.arn(),
        "arn:aws:es:us-west-2:123456789012:domain/logs"
    );
    assert_eq!(
        (
            status.engine_version(),
            status.created(),
            status.processing()
        ),
        (Some("OpenSearch_2.19"), Some(true), Some(false))
    );
    assert_eq!(
        status
            .advanced_security_options()
            .and_then(|options| options.enabled()),
        Some(true)
    );
    assert_eq!(
        outcome(&es.describe_domain().domain_name("absent").send().await),
        refused(409, "ResourceNotFoundException")
    );
}
