//! Managed policies, their versions and attachments, through the SDK.

use aws_sdk_iam::types::PolicyScopeType;
use serde_json::{Value, json};

use super::{Lab, message, outcome, permissions, refused, trust};

const POLICY: &str = "arn:aws:iam::123456789012:policy/snapshots";

async fn create_policy(lab: &Lab) {
    let call = lab
        .iam()
        .create_policy()
        .policy_name("snapshots")
        .policy_document(permissions().to_string());
    call.send().await.expect("a policy");
}

#[tokio::test]
async fn policies_that_iam_refuses_are_refused() {
    let lab = Lab::new().await;
    let iam = lab.iam();
    create_policy(&lab).await;
    let create = async |name: &str, path: &str, document: String| {
        outcome(
            &iam.create_policy()
                .policy_name(name)
                .path(path)
                .policy_document(document)
                .send()
                .await,
        )
    };
    assert_eq!(
        create("SNAPSHOTS", "/elsewhere/", permissions().to_string()).await,
        refused(409, "EntityAlreadyExists")
    );
    assert_eq!(
        create("p", "/", "{\"Version\":\"2012-10-17\"}".to_owned()).await,
        refused(400, "MalformedPolicyDocument")
    );
    let resources: Vec<String> = (0..200)
        .map(|n| format!("arn:aws:s3:::a-bucket-with-a-long-name-{n:04}"))
        .collect();
    let statement = json!({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": resources});
    let large = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    assert_eq!(
        create("large", "/", large).await,
        refused(409, "LimitExceeded")
    );
    let absent = iam
        .get_policy()
        .policy_arn("arn:aws:iam::123456789012:policy/other/snapshots")
        .send()
        .await;
    assert_eq!(outcome(&absent), refused(404, "NoSuchEntity"));
}

#[tokio::test]
async fn version_ids_are_never_used_twice_and_there_are_at_most_five() {
    let lab = Lab::new().await;
    create_policy(&lab).await;
    let iam = lab.iam();
    let add = async |default: bool| {
        let call = iam
            .create_policy_version()
            .policy_arn(POLICY)
            .policy_document(permissions().to_string());
        call.set_as_default(default).send().await
    };
    for _ in 0..4 {
        add(false).await.expect("a version");
    }
    assert_eq!(outcome(&add(false).await), refused(409, "LimitExceeded"));
    let delete = async |id: &str| {
        outcome(
            &iam.delete_policy_version()
                .policy_arn(POLICY)
                .version_id(id)
                .send()
                .await,
        )
    };
    assert_eq!(delete("v1").await, refused(409, "DeleteConflict"));
    assert_eq!(delete("v5").await, (200, String::new()));
    assert_eq!(delete("v5").await, refused(404, "NoSuchEntity"));
    let six = add(true).await.expect("a version");
    assert_eq!(
        six.policy_version()
            .and_then(|version| version.version_id()),
        Some("v6")
    );
    let mut ids = Vec::new();
    let mut pages = iam
        .list_policy_versions()
        .policy_arn(POLICY)
        .max_items(2)
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let page = page.expect("a page");
        ids.extend(page.versions().iter().map(|v| {
            (
                v.version_id().unwrap_or_default().to_owned(),
                v.is_default_version(),
            )
        }));
    }
    let expected = [
        ("v6", true),
        ("v4", false),
        ("v3", false),
        ("v2", false),
        ("v1", false),
    ];
    assert_eq!(ids, expected.map(|(id, default)| (id.to_owned(), default)));
    iam.set_default_policy_version()
        .policy_arn(POLICY)
        .version_id("v2")
        .send()
        .await
        .expect("set");
    let policy = iam
        .get_policy()
        .policy_arn(POLICY)
        .send()
        .await
        .expect("a policy");
    assert_eq!(
        policy
            .policy()
            .and_then(|policy| policy.default_version_id()),
        Some("v2")
    );
}

#[tokio::test]
async fn what_is_in_use_cannot_be_deleted() {
    let lab = Lab::new().await;
    create_policy(&lab).await;
    lab.create_role(&trust(), &permissions()).await;
    let iam = lab.iam();
    let attach = async |arn: &str| {
        outcome(
            &iam.attach_role_policy()
                .role_name("es-s3-backup")
                .policy_arn(arn)
                .send()
                .await,
        )
    };
    assert_eq!(
        attach("arn:aws:iam::123456789012:policy/absent").await,
        refused(404, "NoSuchEntity")
    );
    assert_eq!(attach(POLICY).await, (200, String::new()));
    assert_eq!(attach(POLICY).await, (200, String::new()));
    let attached = iam
        .list_attached_role_policies()
        .role_name("es-s3-backup")
        .send()
        .await
        .expect("attached");
    assert_eq!(
        attached
            .attached_policies()
            .iter()
            .filter_map(|p| p.policy_arn())
            .collect::<Vec<_>>(),
        [POLICY]
    );
    let users = iam
        .list_entities_for_policy()
        .policy_arn(POLICY)
        .send()
        .await
        .expect("entities");
    assert_eq!(
        users
            .policy_roles()
            .iter()
            .filter_map(|role| role.role_name())
            .collect::<Vec<_>>(),
        ["es-s3-backup"]
    );
    let delete_policy = async || outcome(&iam.delete_policy().policy_arn(POLICY).send().await);
    let delete_role = async || iam.delete_role().role_name("es-s3-backup").send().await;
    assert_eq!(delete_policy().await, refused(409, "DeleteConflict"));
    assert_eq!(
        message(&delete_role().await),
        "Cannot delete entity, must detach all policies first."
    );
    let detach = async || {
        outcome(
            &iam.detach_role_policy()
                .role_name("es-s3-backup")
                .policy_arn(POLICY)
                .send()
                .await,
        )
    };
    assert_eq!(detach().await, (200, String::new()));
    assert_eq!(detach().await, refused(404, "NoSuchEntity"));
    assert_eq!(
        message(&delete_role().await),
        "Cannot delete entity, must delete policies first."
    );
    let names = iam
        .list_role_policies()
        .role_name("es-s3-backup")
        .send()
        .await
        .expect("names");
    assert_eq!(names.policy_names(), ["snapshots"]);
    let inline = iam
        .get_role_policy()
        .role_name("es-s3-backup")
        .policy_name("snapshots")
        .send()
        .await
        .expect("inline");
    let document = super::super::message::decode(inline.policy_document());
    assert_eq!(
        serde_json::from_str::<Value>(&document).expect("JSON"),
        permissions()
    );
    iam.delete_role_policy()
        .role_name("es-s3-backup")
        .policy_name("snapshots")
        .send()
        .await
        .expect("deleted");
    delete_role().await.expect("deleted");
    assert_eq!(delete_policy().await, (200, String::new()));
}

#[tokio::test]
async fn a_role_holds_ten_policies() {
    let lab = Lab::new().await;
    lab.create_role(&trust(), &permissions()).await;
    let iam = lab.iam();
    let mut outcomes = Vec::new();
    for n in 0..11 {
        let name = format!("p{n}");
        let made = iam
            .create_policy()
            .policy_name(&name)
            .policy_document(permissions().to_string())
            .send()
            .await
            .expect("made");
        let arn = made
            .policy()
            .and_then(|policy| policy.arn())
            .expect("an arn")
            .to_owned();
        outcomes.push(
            outcome(
                &iam.attach_role_policy()
                    .role_name("es-s3-backup")
                    .policy_arn(arn)
                    .send()
                    .await,
            )
            .0,
        );
    }
    assert_eq!(
        outcomes,
        [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 409]
    );
    let mut pages = iam
        .list_policies()
        .scope(PolicyScopeType::Local)
        .max_items(4)
        .into_paginator()
        .send();
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await {
        sizes.push(page.expect("a page").policies().len());
    }
    assert_eq!(sizes, [4, 4, 3]);
}

#[tokio::test]
async fn a_policy_tells_how_many_roles_use_it_and_how() {
    let lab = Lab::new().await;
    create_policy(&lab).await;
    lab.create_role(&trust(), &permissions()).await;
    let iam = lab.iam();
    let counts = async || {
        let one = iam
            .get_policy()
            .policy_arn(POLICY)
            .send()
            .await
            .expect("it");
        let one = one.policy().cloned().expect("a policy");
        let all = iam.list_policies().send().await.expect("all");
        let listed = all.policies().first().cloned().expect("a policy");
        let pair = |held: &aws_sdk_iam::types::Policy| {
            (
                held.attachment_count(),
                held.permissions_boundary_usage_count(),
            )
        };
        assert_eq!(pair(&one), pair(&listed));
        pair(&one)
    };
    assert_eq!(counts().await, (Some(0), Some(0)));
    let bounded = iam
        .create_role()
        .role_name("bounded")
        .assume_role_policy_document(trust().to_string())
        .permissions_boundary(POLICY);
    bounded.send().await.expect("a role");
    assert_eq!(counts().await, (Some(0), Some(1)));
    for role in ["es-s3-backup", "bounded", "bounded"] {
        let attach = iam.attach_role_policy().role_name(role).policy_arn(POLICY);
        attach.send().await.expect("attached");
    }
    assert_eq!(counts().await, (Some(2), Some(1)));
    let unbound = iam.delete_role_permissions_boundary().role_name("bounded");
    unbound.send().await.expect("deleted");
    let detach = iam
        .detach_role_policy()
        .role_name("bounded")
        .policy_arn(POLICY);
    detach.send().await.expect("detached");
    assert_eq!(counts().await, (Some(1), Some(0)));
}
