//! Objects, versions and uploads, through the SDK.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};

use super::{BUCKET, Lab, REGION, outcome, refused};

async fn put(lab: &Lab, key: &str) {
    let body = ByteStream::from_static(b"hello");
    lab.s3(REGION)
        .put_object()
        .bucket(BUCKET)
        .key(key)
        .body(body)
        .send()
        .await
        .expect("put");
}

#[tokio::test]
async fn a_listing_comes_in_pages_and_by_prefix() {
    let lab = Lab::new().await;
    lab.create_bucket(BUCKET).await;
    for key in ["a/1", "a/2 +&", "a/3", "b/1"] {
        put(&lab, key).await;
    }
    let s3 = lab.s3(REGION);
    let mut pages = s3
        .list_objects_v2()
        .bucket(BUCKET)
        .prefix("a/")
        .into_paginator()
        .page_size(2)
        .send();
    let mut keys = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.expect("a page");
        keys.push(
            page.contents()
                .iter()
                .filter_map(|object| object.key())
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(keys, [vec!["a/1", "a/2 +&"], vec!["a/3"]]);
    let folders = s3
        .list_objects_v2()
        .bucket(BUCKET)
        .delimiter("/")
        .send()
        .await
        .expect("folders");
    let folders: Vec<_> = folders
        .common_prefixes()
        .iter()
        .filter_map(|folder| folder.prefix())
        .collect();
    assert_eq!(folders, ["a/", "b/"]);
    let body = s3
        .get_object()
        .bucket(BUCKET)
        .key("a/2 +&")
        .send()
        .await
        .expect("get")
        .body
        .collect()
        .await;
    assert_eq!(body.expect("a body").into_bytes().as_ref(), b"hello");
    assert_eq!(
        outcome(&s3.get_object().bucket(BUCKET).key("c").send().await),
        refused(404, "NoSuchKey")
    );
}

#[tokio::test]
async fn versions_and_markers_keep_a_bucket_from_being_deleted() {
    let lab = Lab::new().await;
    lab.create_bucket(BUCKET).await;
    let s3 = lab.s3(REGION);
    let enabled = VersioningConfiguration::builder()
        .status(BucketVersioningStatus::Enabled)
        .build();
    s3.put_bucket_versioning()
        .bucket(BUCKET)
        .versioning_configuration(enabled)
        .send()
        .await
        .expect("enabled");
    put(&lab, "k").await;
    put(&lab, "k").await;
    s3.delete_object()
        .bucket(BUCKET)
        .key("k")
        .send()
        .await
        .expect("a marker");
    assert_eq!(
        s3.list_objects_v2()
            .bucket(BUCKET)
            .send()
            .await
            .expect("list")
            .key_count(),
        Some(0)
    );
    let held = s3
        .list_object_versions()
        .bucket(BUCKET)
        .send()
        .await
        .expect("versions");
    assert_eq!((held.versions().len(), held.delete_markers().len()), (2, 1));
    assert_eq!(
        outcome(&s3.delete_bucket().bucket(BUCKET).send().await),
        refused(409, "BucketNotEmpty")
    );
    let mut seen = 0;
    let (mut key, mut version) = (None, None);
    loop {
        let page = s3
            .list_object_versions()
            .bucket(BUCKET)
            .max_keys(1)
            .set_key_marker(key)
            .set_version_id_marker(version);
        let page = page.send().await.expect("a page");
        seen += page.versions().len() + page.delete_markers().len();
        (key, version) = (
            page.next_key_marker().map(str::to_owned),
            page.next_version_id_marker().map(str::to_owned),
        );
        if key.is_none() {
            break;
        }
    }
    assert_eq!(seen, 3);
    let ids = held
        .versions()
        .iter()
        .map(|v| v.version_id())
        .chain(held.delete_markers().iter().map(|m| m.version_id()));
    for id in ids {
        s3.delete_object()
            .bucket(BUCKET)
            .key("k")
            .set_version_id(id.map(str::to_owned))
            .send()
            .await
            .expect("gone");
    }
    assert_eq!(
        outcome(&s3.delete_bucket().bucket(BUCKET).send().await),
        (200, String::new())
    );
    assert_eq!(
        outcome(&s3.delete_bucket().bucket(BUCKET).send().await),
        refused(404, "NoSuchBucket")
    );
}

#[tokio::test]
async fn an_unfinished_upload_is_listed_until_it_is_aborted() {
    let lab = Lab::new().await;
    lab.create_bucket(BUCKET).await;
    let s3 = lab.s3(REGION);
    let begun = s3
        .create_multipart_upload()
        .bucket(BUCKET)
        .key("big")
        .send()
        .await
        .expect("begun");
    let id = begun.upload_id().expect("an id");
    let held = s3
        .list_multipart_uploads()
        .bucket(BUCKET)
        .send()
        .await
        .expect("uploads");
    assert_eq!(
        held.uploads()
            .iter()
            .filter_map(|upload| upload.upload_id())
            .collect::<Vec<_>>(),
        [id]
    );
    s3.abort_multipart_upload()
        .bucket(BUCKET)
        .key("big")
        .upload_id(id)
        .send()
        .await
        .expect("aborted");
    assert_eq!(
        s3.list_multipart_uploads()
            .bucket(BUCKET)
            .send()
            .await
            .expect("uploads")
            .uploads()
            .len(),
        0
    );
}

#[tokio::test]
async fn if_none_match_never_overwrites() {
    let lab = Lab::new().await;
    lab.create_bucket(BUCKET).await;
    put(&lab, "lock").await;
    let again = lab
        .s3(REGION)
        .put_object()
        .bucket(BUCKET)
        .key("lock")
        .if_none_match("*")
        .send()
        .await;
    assert_eq!(outcome(&again), refused(412, "PreconditionFailed"));
}
