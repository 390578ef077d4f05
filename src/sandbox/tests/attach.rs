//! One state directory: served once, shared by the next, kept between runs.

use serde_json::json;

use super::super::{Error, Options, attach_or_start, start};
use super::{BUCKET, Lab, REGION, outcome};

#[tokio::test]
async fn the_second_process_uses_the_sandbox_of_the_first() {
    let directory = tempfile::tempdir().expect("a directory");
    let state = directory.path().join("a/sandbox");
    let first = attach_or_start(&state).await.expect("started");
    let second = attach_or_start(&state).await.expect("attached");
    assert_eq!(
        (first.address(), first.is_shared()),
        (second.address(), false)
    );
    assert_eq!((second.is_shared(), second.url()), (true, first.url()));
    second.stop().await;
    first.stop().await;
    let third = attach_or_start(&state).await.expect("started again");
    assert!(!third.is_shared());
    third.stop().await;
}

#[tokio::test]
async fn a_directory_is_never_served_twice() {
    let directory = tempfile::tempdir().expect("a directory");
    let options = || Options {
        state_dir: Some(directory.path().to_owned()),
        port: 0,
    };
    let first = start(options()).await.expect("started");
    assert!(matches!(start(options()).await, Err(Error::Held { .. })));
    let attached = attach_or_start(directory.path()).await.expect("attached");
    assert_eq!(
        (attached.address(), attached.is_shared()),
        (first.address(), true)
    );
    first.stop().await;
}

#[tokio::test]
async fn the_state_outlives_the_process() {
    let directory = tempfile::tempdir().expect("a directory");
    let options = || Options {
        state_dir: Some(directory.path().to_owned()),
        port: 0,
    };
    let lab = Lab::around(start(options()).await.expect("started"));
    let host = lab.add_domain(json!({})).await;
    lab.create_bucket(BUCKET).await;
    let before = lab.admin("GET", "/state", json!(null)).await;
    lab.running.stop().await;
    let lab = Lab::around(start(options()).await.expect("started again"));
    assert_eq!(lab.admin("GET", "/state", json!(null)).await, before);
    assert_eq!(
        outcome(&lab.s3(REGION).head_bucket().bucket(BUCKET).send().await).0,
        200
    );
    assert_eq!(
        lab.add_domain(json!({"engine_version": "Elasticsearch_6.8"}))
            .await,
        host
    );
    lab.running.stop().await;
}

#[tokio::test]
async fn a_damaged_state_is_an_error_and_is_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("state.json"), "{\"buckets\": 1}").expect("written");
    let refused = start(Options {
        state_dir: Some(directory.path().to_owned()),
        port: 0,
    })
    .await;
    assert!(matches!(refused, Err(Error::Damaged { .. })));
    let text = std::fs::read_to_string(directory.path().join("state.json")).expect("read");
    assert_eq!(text, "{\"buckets\": 1}");
}

#[tokio::test]
async fn keys_follow_from_the_account_and_lead_back_to_it() {
    let (key, secret) = super::credentials("012345678901");
    assert_eq!(
        (key.len(), secret.len(), key.get(..4)),
        (20, 40, Some("AKIA"))
    );
    assert_eq!(
        super::super::credentials::account_of(&key),
        Some("012345678901".to_owned())
    );
    assert_eq!(
        super::super::credentials::account_of("AKIAIOSFODNN7EXAMPLE"),
        None
    );
}
