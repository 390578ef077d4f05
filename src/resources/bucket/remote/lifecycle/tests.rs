//! Rules of somebody else, as they are told from each other.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, ExpirationStatus, LifecycleExpiration, LifecycleRule,
    LifecycleRuleFilter, NoncurrentVersionExpiration, NoncurrentVersionTransition, Tag, Transition,
    TransitionDefaultMinimumObjectSize, TransitionStorageClass,
};

use super::Rules;

#[test]
fn rules_that_differ_in_anything_are_hashed_to_something_else() {
    let rule = || {
        LifecycleRule::builder()
            .id("theirs")
            .status(ExpirationStatus::Enabled)
    };
    let tag = Tag::builder().key("a").value("b").build().unwrap();
    let transition = Transition::builder()
        .days(30)
        .storage_class(TransitionStorageClass::Glacier);
    #[expect(
        deprecated,
        reason = "rules written by old clients carry the prefix there"
    )]
    let old = rule().prefix("a");
    let different = [
        rule(),
        rule().id("other"),
        rule().status(ExpirationStatus::Disabled),
        old,
        rule().filter(LifecycleRuleFilter::builder().prefix("a").build()),
        rule().filter(LifecycleRuleFilter::builder().tag(tag).build()),
        rule().filter(
            LifecycleRuleFilter::builder()
                .object_size_greater_than(1)
                .build(),
        ),
        rule().expiration(LifecycleExpiration::builder().days(1).build()),
        rule().expiration(LifecycleExpiration::builder().days(2).build()),
        rule().expiration(
            LifecycleExpiration::builder()
                .expired_object_delete_marker(true)
                .build(),
        ),
        rule().transitions(transition.clone().build()),
        rule().transitions(transition.days(60).build()),
        rule().noncurrent_version_expiration(
            NoncurrentVersionExpiration::builder()
                .noncurrent_days(1)
                .build(),
        ),
        rule().noncurrent_version_transitions(
            NoncurrentVersionTransition::builder()
                .noncurrent_days(1)
                .build(),
        ),
        rule().abort_incomplete_multipart_upload(
            AbortIncompleteMultipartUpload::builder()
                .days_after_initiation(1)
                .build(),
        ),
    ];
    let mut all: Vec<Rules> = different
        .into_iter()
        .map(|rule| Rules {
            rules: vec![rule.build().unwrap()],
            transition_default: None,
        })
        .collect();
    all.push(Rules {
        transition_default: Some(TransitionDefaultMinimumObjectSize::VariesByStorageClass),
        ..all[0].clone()
    });
    all.push(Rules::default());
    let hash = |rules: &Rules| BuildHasherDefault::<DefaultHasher>::default().hash_one(rules);
    let hashes: BTreeSet<u64> = all.iter().map(hash).collect();
    assert_eq!(hashes.len(), all.len());
    assert_eq!(hash(&all[0]), hash(&all[0].clone()));
}
