//! Tests of each part of a bucket that can differ: phases, risks and fields, word by word.

use crate::failure::Class;
use crate::policy_document::{Document, PrincipalKind, Statement};
use crate::resources::bucket::create::first_policy;
use crate::resources::bucket::spec::Versioning;
use crate::resources::bucket::tests::{compared, ours};
use crate::resources::bucket::{self, BucketEncryption, Rule, Unmarked};
use crate::resources::context::Adoption;
use crate::resources::declared::Desired;
use crate::resources::observed::Mark;
use crate::resources::outcome::{Outcome, Phase};
use crate::resources::tests::{
    blocked, bucket as present, changed, desired, live_bucket, summary, unchanged,
};

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
    let kms = |key: Option<&str>| BucketEncryption {
        algorithm: "aws:kms".to_owned(),
        kms_key: key.map(str::to_owned),
        bucket_key: true,
        blocked_types: None,
    };
    let from = |desired: &Desired, have: BucketEncryption| {
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
    let aes = BucketEncryption::aes256;
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
    let other_use = BucketEncryption {
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
        let first = first_policy(&desired.bucket.as_ref().unwrap().want);
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
    let first = first_policy(&desired.bucket.as_ref().unwrap().want);
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
    // A policy that only narrows lets nobody in: the lifecycle waits for nothing.
    let narrowed = |live: &mut bucket::Live| {
        whole(live);
        let old = Statement::allow("s3:GetObject")
            .sid("EsbackupOld")
            .by(PrincipalKind::Aws, "210987654322")
            .on("arn:aws:s3:::logs-snapshots/*");
        let all = live.bucket.policy.iter().cloned().chain([old]);
        live.document = Some(Document::new(all.collect()));
    };
    assert_eq!(of(&narrowed), (both(Phase::Narrow, Phase::Create), 0));
}

#[test]
fn a_lifecycle_says_each_part_that_changes_and_weakens_only_what_holds_data() {
    let desired = desired(&[]);
    let fields = |change: &dyn Fn(&mut Rule)| {
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

/// A bucket policy of version 2008-10-17 with a kept statement on this resource, and the spec's statements beside it.
fn old_policy(desired: &Desired, kept: &str, own: Vec<Statement>) -> Document {
    let kept = Statement::allow("s3:GetObject")
        .sid("Kept")
        .by(PrincipalKind::Aws, "210987654321")
        .on(kept);
    let statements = std::iter::once(kept).chain(own).collect();
    let text = Document::new(statements).to_json();
    assert!(live_bucket(desired).document.is_some());
    let old = text.replace("2012-10-17", "2008-10-17");
    Document::parse_live(&old, crate::policy_document::Kind::BucketPolicy).unwrap()
}

/// A denial of the spec whose resource is a policy variable.
fn home() -> String {
    "policy: {extra_statements: [{Sid: Home, Effect: Deny, Principal: \"*\", Action: \"s3:PutObject\", \
     NotResource: \"arn:aws:s3:::logs-snapshots/${aws:username}/*\"}]}"
        .to_owned()
}

#[test]
fn old_bucket_policy_gets_the_version_that_the_spec_needs() {
    let desired = desired(&[("bucket", &home())]);
    let own = live_bucket(&desired).bucket.policy;
    let plain = "arn:aws:s3:::logs-snapshots/x";
    // The statements of the spec are there, but the variable is text: that is a difference.
    for own in [Vec::new(), own.clone()] {
        let live = old_policy(&desired, plain, own);
        let outcome = changed(ours(&desired, |bucket| {
            bucket.document = Some(live.clone())
        }));
        let mut put = outcome.drafts.iter().filter_map(|draft| match &draft.call {
            crate::resources::Call::Bucket(call) => match &call.write {
                bucket::Write::PutPolicy(document) => Some(document.clone()),
                _ => None,
            },
            _ => None,
        });
        let last = put.next_back().unwrap();
        assert_eq!(last.version(), "2012-10-17");
        assert!(last.statements().iter().any(|kept| kept.label() == "Kept"));
        assert!(!outcome.fields.is_empty());
        let converged = ours(&desired, |bucket| bucket.document = Some(last.clone()));
        assert_eq!(converged, unchanged(&["bucket policy statement Kept"]));
    }
}

#[test]
fn kept_statement_whose_meaning_would_change_blocks() {
    let desired = desired(&[("bucket", &home())]);
    let variable = "arn:aws:s3:::logs-snapshots/${aws:PrincipalTag/team}/*";
    let live = old_policy(&desired, variable, Vec::new());
    let blocked = blocked(ours(&desired, |bucket| bucket.document = Some(live)));
    assert_eq!(blocked.class, Class::Refused);
    assert!(
        blocked
            .reason
            .contains("would change what the kept statement Kept means"),
        "{}",
        blocked.reason
    );
}

#[test]
fn old_bucket_policy_keeps_its_version_where_the_spec_has_no_variable() {
    let desired = desired(&[]);
    let variable = "arn:aws:s3:::logs-snapshots/${aws:username}";
    let live = old_policy(&desired, variable, Vec::new());
    let outcome = changed(ours(&desired, |bucket| {
        bucket.document = Some(live.clone())
    }));
    let put = outcome.drafts.iter().find_map(|draft| match &draft.call {
        crate::resources::Call::Bucket(call) => match &call.write {
            bucket::Write::PutPolicy(document) => Some(document.clone()),
            _ => None,
        },
        _ => None,
    });
    assert_eq!(put.as_ref().map(Document::version), Some("2008-10-17"));
    let own = live_bucket(&desired).bucket.policy;
    let there = old_policy(&desired, variable, own);
    let converged = ours(&desired, |bucket| bucket.document = Some(there));
    assert_eq!(converged, unchanged(&["bucket policy statement Kept"]));
}
