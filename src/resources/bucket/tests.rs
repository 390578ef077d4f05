//! Tests of what a bucket's comparison decides.

use super::diff::diff;
use super::spec::Versioning;
use super::{PublicAccessBlock, Sighting, Unmarked};
use crate::policy_document::{Document, PrincipalKind, Statement};
use crate::resources::bucket;
use crate::resources::context::Adoption;
use crate::resources::declared::Desired;
use crate::resources::observed::{Mark, Observed};
use crate::resources::outcome::{BlockedBy, Check, Outcome, Phase, Verb};
use crate::resources::tests::{
    blocked, bucket as present, changed, context, denied, desired, live_bucket, summary, unchanged,
};

fn compared(desired: &Desired, have: &Observed<Sighting>, adoption: Adoption) -> Outcome {
    diff(
        desired.bucket.as_ref().unwrap(),
        have,
        &context(desired, adoption),
    )
}

fn ours(desired: &Desired, change: impl FnOnce(&mut bucket::Live)) -> Outcome {
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
            Some(Check::Bucket(check)) => Some(&check.unchanged),
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
    assert_eq!(blocked.cause, BlockedBy::Permission);
}

#[test]
fn a_bucket_of_another_account_is_never_created() {
    let desired = desired(&[("bucket", "account: \"210987654321\"")]);
    let blocked = blocked(compared(&desired, &Observed::Absent, Adoption::NotAdopted));
    assert_eq!(blocked.cause, BlockedBy::Guard);
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
    assert_eq!(refused.cause, BlockedBy::Guard);
    let adopted = compared(&desired, &unmarked(&["has tags"], &[]), Adoption::Adopted);
    assert_eq!(summary(&changed(adopted)).0[0], "PutBucketTagging");
    let shared = compared(
        &desired,
        &unmarked(&["has tags"], &["ACL grant READ to all"]),
        Adoption::Adopted,
    );
    assert_eq!(blocked(shared).cause, BlockedBy::Guard);
}

#[test]
fn a_bucket_of_another_environment_is_never_adopted() {
    let desired = desired(&[]);
    let mut live = live_bucket(&desired);
    live.mark = Mark::Other("metrics".to_owned());
    let blocked = blocked(compared(&desired, &present(live), Adoption::Adopted));
    assert_eq!(blocked.reason, "belongs to the environment metrics");
}

/// What a change does, with the phase of each call and the words of each risk.
fn told(outcome: Outcome) -> (Vec<(Phase, &'static str)>, Vec<String>) {
    let changed = changed(outcome);
    let drafts = changed.drafts.iter();
    let calls = drafts.map(|draft| (draft.phase, draft.call.operation().operation));
    let risks = changed.risks.iter().map(|note| note.why.clone());
    (calls.collect(), risks.collect())
}

#[test]
fn another_encryption_says_which_objects_lose_what_and_waits_for_the_grant_of_a_new_key() {
    const KEY: &str = "arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    const OLD: &str = "arn:aws:kms:us-west-2:123456789012:key/00000000-12ab-34cd-56ef-1234567890ab";
    let plain = desired(&[]);
    let line = format!("encryption: {{kms_key: \"{KEY}\"}}");
    let keyed = desired(&[("bucket", &line)]);
    let kms = |key: Option<&str>| super::BucketEncryption {
        algorithm: "aws:kms".to_owned(),
        kms_key: key.map(str::to_owned),
        bucket_key: true,
    };
    let from = |desired: &Desired, have: super::BucketEncryption| {
        ours(desired, |live| live.bucket.encryption = have)
    };
    let weaker = "encryption goes from a KMS key to AES256".to_owned();
    let objects = |key: &str| {
        format!(
            "objects encrypted with {key} stay so, and the generated policy no longer grants it: keep kms:Decrypt on it in \
             `policy.extra_statements` as long as such snapshots are needed"
        )
    };
    let at_once = vec![(Phase::Narrow, "PutBucketEncryption")];
    let later = vec![(Phase::Register, "PutBucketEncryption")];
    let aes = super::BucketEncryption::aes256;
    assert_eq!(from(&plain, aes()), unchanged(&[]));
    assert_eq!(from(&keyed, kms(Some(KEY))), unchanged(&[]));
    assert_eq!(told(from(&keyed, aes())), (later.clone(), vec![]));
    assert_eq!(told(from(&keyed, kms(None))), (later.clone(), vec![]));
    assert_eq!(
        told(from(&keyed, kms(Some(OLD)))),
        (later.clone(), vec![objects(OLD)])
    );
    assert_eq!(
        told(from(&plain, kms(Some(OLD)))),
        (at_once.clone(), vec![weaker.clone(), objects(OLD)])
    );
    assert_eq!(told(from(&plain, kms(None))), (at_once, vec![weaker]));
    let other_use = super::BucketEncryption {
        bucket_key: false,
        ..kms(Some(KEY))
    };
    let changed = changed(from(&keyed, other_use.clone()));
    assert!(changed.risks.is_empty());
    assert_eq!(changed.fields.len(), 1);
    assert_eq!(changed.fields[0].before, other_use.to_value());
    assert_eq!(changed.fields[0].after, kms(Some(KEY)).to_value());
}

#[test]
fn versioning_that_the_spec_does_not_name_is_left_alone_and_only_its_end_weakens() {
    let of = |line: &str, have: Option<Versioning>| {
        let desired = desired(&[("bucket", line)]);
        ours(&desired, |live| live.bucket.versioning = have)
    };
    let put = vec![(Phase::Narrow, "PutBucketVersioning")];
    for have in [None, Some(Versioning::Suspended)] {
        assert_eq!(told(of("versioning: enabled", have)), (put.clone(), vec![]));
    }
    assert_eq!(
        told(of("versioning: suspended", None)),
        (put.clone(), vec![])
    );
    let ended = told(of("versioning: suspended", Some(Versioning::Enabled)));
    assert_eq!(ended, (put, vec!["versioning is suspended".to_owned()]));
    assert_eq!(
        of("versioning: enabled", Some(Versioning::Enabled)),
        unchanged(&[])
    );
}

fn auditors(effect: &str) -> String {
    format!(
        "policy: {{extra_statements: [{{Sid: Auditors, Effect: {effect}, Principal: {{AWS: \"210987654321\"}}, \
         Action: \"s3:ListBucket\", Resource: \"arn:aws:s3:::logs-snapshots\"}}, {{Sid: Logs, Effect: Allow, \
         Principal: {{Service: logging.s3.amazonaws.com}}, Action: \"s3:PutObject\", Resource: \"arn:aws:s3:::logs-snapshots/x/*\"}}]}}"
    )
}

#[test]
fn the_first_policy_of_a_bucket_lets_nobody_in_whom_a_denial_still_waits_for() {
    let labels = |effect: &str| {
        let desired = desired(&[("bucket", &auditors(effect))]);
        let first = super::create::first_policy(&desired.bucket.as_ref().unwrap().want);
        let labels = first.statements().iter().map(Statement::label);
        labels.collect::<Vec<_>>()
    };
    assert_eq!(labels("Allow"), ["EsbackupTlsOnly", "EsbackupLogs"]);
    assert_eq!(labels("Deny"), ["EsbackupTlsOnly"]);
}

#[test]
fn a_policy_that_lets_in_and_keeps_out_is_put_twice_and_what_lets_nobody_in_at_once() {
    let desired = desired(&[("bucket", &auditors("Allow"))]);
    let policy = |statements: &[&Statement]| {
        let statements = statements.iter().map(|one| (*one).clone()).collect();
        Some(Document::new(statements))
    };
    let own = live_bucket(&desired).bucket.policy;
    let [tls, auditors, logs] = &own[..] else {
        panic!("{own:#?}")
    };
    let with = |document: Option<Document>| told(ours(&desired, |live| live.document = document));
    let put = |phase| (phase, "PutBucketPolicy");
    // Narrower alone: a statement of ours that is no longer wanted goes first of all.
    let more = Statement::allow("s3:GetObject")
        .sid("EsbackupOld")
        .by(PrincipalKind::Aws, "210987654322")
        .on("arn:aws:s3:::logs-snapshots/*");
    let (calls, risks) = with(policy(&[tls, auditors, logs, &more]));
    assert_eq!((calls, risks.len()), (vec![put(Phase::Narrow)], 0));
    // Wider alone.
    let (calls, risks) = with(policy(&[tls, logs]));
    assert_eq!((calls, risks.len()), (vec![put(Phase::Open)], 1));
    // Both.
    let (calls, risks) = with(policy(&[tls, logs, &more]));
    assert_eq!(
        (calls, risks.len()),
        (vec![put(Phase::Narrow), put(Phase::Open)], 1)
    );
    assert_eq!(with(None).0, [put(Phase::Open)]);
}

#[test]
fn a_bucket_is_unfinished_only_while_nothing_says_that_it_was_used() {
    let desired = desired(&[("bucket", &auditors("Allow"))]);
    let first = super::create::first_policy(&desired.bucket.as_ref().unwrap().want);
    let of = |change: &dyn Fn(&mut bucket::Live)| {
        let (calls, risks) = told(ours(&desired, |live| {
            live.document = Some(first.clone());
            live.bucket.lifecycle = None;
            change(live);
        }));
        (calls, risks.len())
    };
    let both = |phase: Phase, lifecycle: Phase| {
        vec![
            (phase, "PutBucketPolicy"),
            (lifecycle, "PutBucketLifecycleConfiguration"),
        ]
    };
    let open = || both(Phase::Open, Phase::Open);
    // Its policy lets in somebody new; that is safe only where it completes a creation.
    assert_eq!(of(&|_| {}), (open(), 0));
    assert_eq!(
        of(&|live| live.holds_repository = Some(Ok(true))),
        (open(), 1)
    );
    assert_eq!(of(&|live| live.holds_repository = None), (open(), 1));
    let foreign = |live: &mut bucket::Live| {
        let theirs = Statement::deny("s3:DeleteBucket")
            .sid("Theirs")
            .by_everyone()
            .on("arn:aws:s3:::logs-snapshots");
        let own = first.statements().iter().cloned();
        live.document = Some(Document::new(own.chain([theirs]).collect()));
    };
    assert_eq!(of(&foreign), (open(), 1));
    let whole = |live: &mut bucket::Live| {
        live.document = Some(Document::new(live.bucket.policy.clone()));
    };
    let lifecycle = vec![(Phase::Create, "PutBucketLifecycleConfiguration")];
    assert_eq!(of(&whole), (lifecycle, 0));
}

#[test]
fn a_lifecycle_says_each_part_that_changes_and_weakens_only_what_holds_data() {
    let desired = desired(&[]);
    let fields = |change: &dyn Fn(&mut super::Rule)| {
        let outcome = ours(&desired, |live| {
            change(live.bucket.lifecycle.as_mut().unwrap())
        });
        let changed = changed(outcome);
        assert!(changed.risks.is_empty());
        assert_eq!(summary(&changed).0, ["PutBucketLifecycleConfiguration"]);
        let fields = changed.fields.iter();
        let told = fields.map(|one| (one.path.clone(), one.before.clone(), one.after.clone()));
        told.collect::<Vec<_>>()
    };
    let field = |path: &str, before: serde_json::Value, after: serde_json::Value| {
        vec![(format!("lifecycle.{path}"), before, after)]
    };
    let nothing = serde_json::Value::Null;
    assert_eq!(
        fields(&|rule| rule.noncurrent_days = Some(7)),
        field(
            "noncurrent_versions_expire_after",
            "7d".into(),
            "30d".into()
        )
    );
    assert_eq!(
        fields(&|rule| rule.abort_days = None),
        field("abort_incomplete_uploads_after", nothing, "7d".into())
    );
    assert_eq!(
        fields(&|rule| rule.expire_delete_markers = false),
        field("expire_delete_markers", false.into(), true.into())
    );
    assert_eq!(
        fields(&|rule| rule.prefix = "other/".to_owned()),
        field("prefix", "other/".into(), "logs/".into())
    );
    let adopted = |holds_data: bool| {
        let mut live = live_bucket(&desired);
        live.mark = Mark::None;
        live.bucket.lifecycle = None;
        live.unmarked = Some(Unmarked {
            touched: vec!["has tags".to_owned()],
            exposed: Vec::new(),
            holds_data,
        });
        told(compared(&desired, &present(live), Adoption::Adopted)).1
    };
    assert_eq!(adopted(false), [""; 0]);
    assert_eq!(
        adopted(true),
        ["an expiry is added or changed on a bucket that holds data"]
    );
}

#[test]
fn a_bucket_that_somebody_touched_says_what_was_found() {
    let desired = desired(&[]);
    let mut live = live_bucket(&desired);
    live.mark = Mark::None;
    live.unmarked = Some(Unmarked {
        touched: vec!["has tags".to_owned(), "holds objects".to_owned()],
        exposed: Vec::new(),
        holds_data: true,
    });
    let refused = blocked(compared(&desired, &present(live), Adoption::NotAdopted));
    assert_eq!(
        refused.reason,
        "exists and carries no mark of esbackup (has tags, holds objects)"
    );
}
