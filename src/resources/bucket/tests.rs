//! Tests of what a bucket's comparison decides.

use super::diff::diff;
use super::spec::Versioning;
use super::{PublicAccessBlock, Sighting, Unmarked};
use crate::failure::Class;
use crate::policy_document::{Document, PrincipalKind, Statement};
use crate::resources::bucket;
use crate::resources::context::Adoption;
use crate::resources::declared::Desired;
use crate::resources::observed::{Mark, Observed};
use crate::resources::outcome::{Outcome, Phase, Verb};
use crate::resources::tests::{
    blocked, bucket as present, changed, context, denied, desired, live_bucket, summary, unchanged,
};

pub(super) fn compared(
    desired: &Desired,
    have: &Observed<Sighting>,
    adoption: Adoption,
) -> Outcome {
    diff(
        desired.bucket.as_ref().unwrap(),
        have,
        &context(desired, adoption),
    )
}

pub(super) fn ours(desired: &Desired, change: impl FnOnce(&mut bucket::Live)) -> Outcome {
    let mut live = live_bucket(desired);
    change(&mut live);
    compared(desired, &present(live), Adoption::NotAdopted)
}

#[test]
fn a_bucket_as_wanted_is_unchanged() {
    assert_eq!(ours(&desired(&[]), |_| {}), unchanged(&[]));
}

#[test]
fn an_absent_bucket_is_created_and_protected_before_anything_may_use_it() {
    let desired = desired(&[]);
    let changed = changed(compared(&desired, &Observed::Absent, Adoption::NotAdopted));
    assert_eq!(changed.verb, Verb::Create);
    let (operations, _, risks) = summary(&changed);
    let expected = [
        "CreateBucket",
        "PutBucketTagging",
        "PutPublicAccessBlock",
        "PutBucketOwnershipControls",
        "PutBucketEncryption",
        "PutBucketVersioning",
        "PutBucketPolicy",
        "PutBucketLifecycleConfiguration",
    ];
    assert_eq!((operations, risks), (expected.to_vec(), Vec::new()));
}

#[test]
fn what_is_put_into_a_new_bucket_only_after_a_wait_is_not_put_over_what_somebody_added_meanwhile() {
    let letting_in = "policy: {extra_statements: [{Effect: Allow, Principal: {AWS: \"210987654321\"}, Action: \"s3:ListBucket\", Resource: \"arn:aws:s3:::logs-snapshots\"}]}";
    let desired = desired(&[("bucket", letting_in)]);
    let changed = changed(compared(&desired, &Observed::Absent, Adoption::NotAdopted));
    let mut policies = changed.drafts.iter().filter_map(|draft| match &draft.call {
        crate::resources::Call::Bucket(bucket::Call {
            write: bucket::Write::PutPolicy(document),
            ..
        }) => Some(document),
        _ => None,
    });
    let first = policies.next().cloned();
    let waiting = changed.drafts.iter().filter(|one| one.phase == Phase::Open);
    let unchanged: Vec<&bucket::Shared> = waiting
        .filter_map(|draft| match &draft.before {
            Some(crate::resources::Check::Bucket(check)) => Some(&check.unchanged),
            _ => None,
        })
        .collect();
    assert_eq!(
        unchanged,
        [
            &bucket::Shared::Policy(first),
            &bucket::Shared::Lifecycle(Default::default())
        ]
    );
}

#[test]
fn an_unreadable_bucket_blocks_and_is_never_created() {
    let desired = desired(&[]);
    let blocked = blocked(compared(
        &desired,
        &Observed::Unreadable(denied()),
        Adoption::Adopted,
    ));
    assert_eq!(blocked.class, Class::Denied);
}

#[test]
fn a_bucket_of_another_account_is_never_created() {
    let desired = desired(&[("bucket", "account: \"210987654321\"")]);
    let blocked = blocked(compared(&desired, &Observed::Absent, Adoption::NotAdopted));
    assert_eq!(blocked.class, Class::Refused);
}

#[test]
fn protection_that_was_taken_off_is_put_back_without_a_risk() {
    let changed = changed(ours(&desired(&[]), |live| {
        live.bucket.public_access_block = PublicAccessBlock::OFF;
        live.bucket.ownership = None;
        live.bucket.versioning = Some(Versioning::Suspended);
    }));
    let operations = [
        "PutPublicAccessBlock",
        "PutBucketOwnershipControls",
        "PutBucketVersioning",
    ];
    let fields = ["public_access_block", "ownership", "versioning"];
    assert_eq!(
        summary(&changed),
        (operations.to_vec(), fields.to_vec(), Vec::new())
    );
}

#[test]
fn suspending_versioning_weakens() {
    let desired = desired(&[("bucket", "versioning: suspended")]);
    let changed = changed(ours(&desired, |live| {
        live.bucket.versioning = Some(Versioning::Enabled)
    }));
    assert_eq!(
        summary(&changed),
        (
            vec!["PutBucketVersioning"],
            vec!["versioning"],
            vec!["weakens"]
        )
    );
}

#[test]
fn a_marked_bucket_without_a_policy_was_never_finished_and_completing_it_is_safe() {
    let letting_in = "policy: {extra_statements: [{Sid: Auditors, Effect: Allow, Principal: {AWS: \"210987654321\"}, Action: \"s3:ListBucket\", Resource: \"arn:aws:s3:::logs-snapshots\"}]}";
    let desired = desired(&[("bucket", letting_in)]);
    let finishing = changed(ours(&desired, |live| {
        live.document = None;
        live.bucket.lifecycle = None;
    }));
    assert_eq!(summary(&finishing).2, Vec::<&str>::new());
    // One that had been finished, as its lifecycle shows, lets somebody in who was not.
    let finishing = changed(ours(&desired, |live| live.document = None));
    assert_eq!(
        summary(&finishing),
        (
            vec!["PutBucketPolicy"],
            vec!["policy"],
            vec!["widens-access"]
        )
    );
    // On a bucket that has a policy the same statement lets somebody in who was not.
    let widening = changed(ours(&desired, |live| {
        live.document = Some(Document::new(
            live.bucket.policy.iter().take(1).cloned().collect(),
        ));
    }));
    assert_eq!(
        summary(&widening),
        (
            vec!["PutBucketPolicy"],
            vec!["policy"],
            vec!["widens-access"]
        )
    );
}

#[test]
fn foreign_statements_and_tags_are_named_and_sent_back() {
    let theirs = Statement::allow("s3:ListBucket")
        .sid("Theirs")
        .by(PrincipalKind::Aws, "210987654321")
        .on("arn:aws:s3:::logs-snapshots");
    let kept = theirs.clone();
    let changed = changed(ours(&desired(&[]), |live| {
        live.document = Some(Document::new(vec![theirs]));
        live.bucket
            .tags
            .insert("owner".to_owned(), "someone".to_owned());
        live.bucket
            .tags
            .insert("aws:cloudformation:stack-name".to_owned(), "x".to_owned());
        live.bucket.tags.remove("managed-by");
    }));
    let sent = changed.drafts.iter().map(|draft| match &draft.call {
        crate::resources::Call::Bucket(call) => call.write.clone(),
        other => panic!("{other:?}"),
    });
    for write in sent {
        match write {
            super::Write::PutTagging { tags } => {
                assert_eq!(tags.get("owner").map(String::as_str), Some("someone"));
                assert!(!tags.keys().any(|key| key.starts_with("aws:")), "{tags:?}");
            }
            super::Write::PutPolicy(document) => assert!(document.statements().contains(&kept)),
            other => panic!("{other:?}"),
        }
    }
    assert!(
        changed.drafts.iter().all(|draft| draft.before.is_some()),
        "shared documents are read again"
    );
}

#[test]
fn an_unmarked_bucket_is_claimed_only_while_nobody_touched_it_and_tags_come_first() {
    let desired = desired(&[]);
    let unmarked = |touched: &[&str], exposed: &[&str]| {
        let mut live = live_bucket(&desired);
        live.mark = Mark::None;
        live.bucket.tags.clear();
        live.document = None;
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
        live.unmarked = Some(Unmarked {
            touched: words(touched),
            exposed: words(exposed),
            holds_data: !touched.is_empty(),
        });
        present(live)
    };
    let claimed = changed(compared(
        &desired,
        &unmarked(&[], &[]),
        Adoption::NotAdopted,
    ));
    assert_eq!(claimed.note.as_deref(), Some("claim empty bucket"));
    assert_eq!(summary(&claimed).0, ["PutBucketTagging", "PutBucketPolicy"]);
    let refused = blocked(compared(
        &desired,
        &unmarked(&["has tags"], &[]),
        Adoption::NotAdopted,
    ));
    assert_eq!(refused.class, Class::Refused);
    let adopted = compared(&desired, &unmarked(&["has tags"], &[]), Adoption::Adopted);
    assert_eq!(summary(&changed(adopted)).0[0], "PutBucketTagging");
    let shared = compared(
        &desired,
        &unmarked(&["has tags"], &["ACL grant READ to all"]),
        Adoption::Adopted,
    );
    assert_eq!(blocked(shared).class, Class::Refused);
}

#[test]
fn a_bucket_of_another_environment_is_never_adopted() {
    let desired = desired(&[]);
    let mut live = live_bucket(&desired);
    live.mark = Mark::Other("metrics".to_owned());
    let blocked = blocked(compared(&desired, &present(live), Adoption::Adopted));
    assert_eq!(blocked.reason, "belongs to the environment metrics");
}
