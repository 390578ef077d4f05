//! Tests of the clients: what can be sent to read, and what a failure leaves open.

use std::time::Duration;

use super::error::CallError;
use super::reads::READ_OPERATIONS;
use super::{Source, load};
use crate::failure::Class;
use crate::limits::Limits;
use crate::names::{AccountId, Region};

fn failure(class: Class, status: Option<u16>, code: Option<&str>) -> CallError {
    CallError {
        service: "s3",
        operation: "PutBucketPolicy",
        status,
        code: code.map(str::to_owned),
        message: "no".to_owned(),
        request_id: None,
        class,
        source: None,
    }
}

#[test]
fn only_a_definite_answer_says_whether_a_write_was_applied() {
    use Class::{Denied, Failed as Other, Throttled, Timeout, Unreachable as Network};
    let table = [
        (Timeout, None, true),
        (Network, None, true),
        (Network, Some(200), true),
        (Other, Some(500), true),
        (Other, Some(503), true),
        (Other, Some(400), false),
        (Denied, Some(403), false),
        (Throttled, Some(429), false),
        (Throttled, Some(503), false),
        (Other, None, false),
    ];
    for (kind, status, unknown) in table {
        assert_eq!(
            failure(kind, status, None).outcome_unknown(),
            unknown,
            "{kind:?} {status:?}"
        );
    }
}

#[test]
fn only_a_definite_answer_means_absent() {
    assert!(failure(Class::Absent, Some(409), Some("ResourceNotFoundException")).is_absent());
    assert!(failure(Class::Failed, Some(404), Some("NoSuchEntity")).is_absent());
    for (status, code) in [
        (Some(403), Some("AccessDenied")),
        (Some(404), None),
        (Some(500), None),
        (None, None),
    ] {
        assert!(
            !failure(Class::Failed, status, code).is_absent(),
            "{status:?} {code:?}"
        );
    }
}

#[test]
fn every_operation_of_the_read_path_is_a_read_by_its_name() {
    let reads = READ_OPERATIONS.iter().all(|name| {
        ["Get", "List", "Head", "Describe"]
            .iter()
            .any(|verb| name.starts_with(verb))
    });
    assert!(reads, "{READ_OPERATIONS:?}");
}

#[test]
fn a_client_that_plans_cannot_send_a_write_even_if_its_type_gave_one_out() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let sandbox = crate::sandbox::start(Default::default()).await.unwrap();
        let region = Region::parse("us-west-2").unwrap();
        let account = AccountId::parse("123456789012").unwrap();
        let limits = Limits {
            backoff: Duration::from_millis(1),
            ..Limits::default()
        };
        let source = Source::Sandbox {
            url: sandbox.url(),
            keys: crate::sandbox::credentials,
        };
        let (reads, writes) = load(&source, &region, &account, &limits, &Default::default()).await;
        assert!(
            reads
                .s3(&region)
                .0
                .create_bucket()
                .bucket("logs-snapshots")
                .send()
                .await
                .is_err()
        );
        assert!(
            reads
                .iam()
                .0
                .delete_role()
                .role_name("logs")
                .send()
                .await
                .is_err()
        );
        assert!(
            reads
                .iam()
                .0
                .tag_role()
                .role_name("logs")
                .send()
                .await
                .is_err()
        );
        let head = reads
            .s3(&region)
            .head_bucket()
            .bucket("logs-snapshots")
            .send()
            .await;
        let missing = head.map_err(|error| CallError::from_sdk("s3", "HeadBucket", error).status);
        assert_eq!(missing.map(|_| ()), Err(Some(404)), "nothing was created");
        assert!(
            reads.clock().now().is_some(),
            "the service's clock was read"
        );
        let created = writes.s3(&region).create_bucket().bucket("logs-snapshots");
        let constraint = aws_sdk_s3::types::CreateBucketConfiguration::builder()
            .location_constraint("us-west-2".into());
        assert!(
            created
                .create_bucket_configuration(constraint.build())
                .send()
                .await
                .is_ok()
        );
        sandbox.stop().await;
    });
}
