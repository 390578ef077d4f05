//! Tests of how outcomes become changes and calls.

use super::{Placed, change, ordered};
use crate::diagnosis;
use crate::failure::Class;
use crate::hazard::Word;
use crate::names::RepositoryName;
use crate::plan::{Action, Choices, Fleet, Patience, Plan, Step, plan};
use crate::policy_document::{self, Document};
use crate::resources::actual::Actual;
use crate::resources::declared::Desired;
use crate::resources::observed::Observed;
use crate::resources::outcome::{
    Blocked, Changed, Draft, FieldChange, Outcome, Phase, RiskNote, Verb,
};
use crate::resources::tests as shared;
use crate::resources::tests::{
    actual, desired, live_policy, live_repository, live_role, nothing, policy, role,
};
use crate::resources::write::Documents;
use crate::resources::{Call, Check, Kind, ResourceId, repository};

fn verify(name: &str) -> Call {
    let name = RepositoryName::parse(name).unwrap();
    Call::Repository(repository::Call::Verify { name })
}

fn placed(kind: Kind, verb: Verb, phase: Phase, name: &str) -> Placed {
    Placed {
        resource: ResourceId::new(kind, name),
        verb,
        draft: Draft::new(phase, verify(name)),
    }
}

#[test]
fn a_change_says_all_that_its_outcome_says() {
    let id = |kind| ResourceId::new(kind, "one");
    let mut drafts = Vec::new();
    let unchanged = || Outcome::Unchanged {
        unmanaged: vec!["kept".to_owned()],
        note: Some("a note".to_owned()),
    };
    assert_eq!(change(id(Kind::Domain), unchanged(), &mut drafts), None);
    let same = change(id(Kind::Role), unchanged(), &mut drafts).unwrap();
    assert_eq!(same.action, Action::None);
    assert_eq!(same.note.as_deref(), Some("a note"));
    assert_eq!(same.unmanaged, ["kept"]);
    let why = Blocked {
        reason: "no".to_owned(),
        remedy: "ask".to_owned(),
        class: Class::Refused,
    };
    let blocked = Outcome::Blocked(why.clone());
    let blocked = change(id(Kind::Domain), blocked, &mut drafts).unwrap();
    assert_eq!(
        (blocked.action, blocked.blocked),
        (Action::Blocked, Some(why))
    );
    assert!(drafts.is_empty());
    for (verb, action) in [
        (Verb::Create, Action::Create),
        (Verb::Update, Action::Update),
    ] {
        let changed = Changed {
            verb,
            note: Some("a note".to_owned()),
            fields: vec![FieldChange::value("a", "b", "c")],
            risks: vec![RiskNote {
                risk: Word::Weakens,
                why: "so".to_owned(),
            }],
            drafts: vec![Draft::new(Phase::Create, verify("one"))],
            unmanaged: vec!["kept".to_owned()],
        };
        let outcome = Outcome::Changed(changed.clone());
        let shown = change(id(Kind::Role), outcome, &mut drafts).unwrap();
        assert_eq!(shown.action, action);
        assert_eq!(shown.note, changed.note);
        assert_eq!(shown.fields, changed.fields);
        assert_eq!(shown.risks, changed.risks);
        assert_eq!(shown.unmanaged, changed.unmanaged);
        assert_eq!(shown.blocked, None);
        let draft = drafts.pop().unwrap();
        assert_eq!((draft.resource, draft.verb), (id(Kind::Role), verb));
        assert!(drafts.is_empty());
    }
}

#[test]
fn calls_go_by_phase_then_by_kind_and_trust_opens_before_the_bucket() {
    let phases = [
        Phase::Remove,
        Phase::Register,
        Phase::Open,
        Phase::Widen,
        Phase::Create,
        Phase::Narrow,
    ];
    let kinds = [Kind::Repository, Kind::Role, Kind::Policy, Kind::Bucket];
    let drafts = phases.into_iter().flat_map(|phase| {
        kinds.map(|kind| {
            placed(
                kind,
                Verb::Update,
                phase,
                &format!("{phase:?}").to_lowercase(),
            )
        })
    });
    let steps = ordered(drafts.collect(), Documents::NONE);
    let ids: Vec<String> = steps.iter().map(|step| step.resource.to_string()).collect();
    let mut expected = Vec::new();
    for phase in ["narrow", "create", "widen", "open", "register", "remove"] {
        let mut kinds = ["bucket", "policy", "role", "repository"];
        if phase == "open" {
            kinds.reverse();
        }
        expected.extend(kinds.map(|kind| format!("{kind}.{phase}")));
    }
    assert_eq!(ids, expected);
}

/// How patient each kind's calls are, beside calls of others.
fn patience(others: &[(Kind, Verb)], iam: bool) -> Vec<(Kind, bool, bool)> {
    let kinds = [
        Kind::Domain,
        Kind::Bucket,
        Kind::Policy,
        Kind::Role,
        Kind::Repository,
    ];
    let others = || {
        others
            .iter()
            .map(|(kind, verb)| placed(*kind, *verb, Phase::Create, "other"))
    };
    let one = |kind| {
        let asked = placed(kind, Verb::Update, Phase::Remove, "asked");
        let steps = ordered(
            others().chain([asked]).collect(),
            Documents {
                identity: iam,
                ..Documents::NONE
            },
        );
        let step = steps
            .iter()
            .find(|step| step.resource.name == "asked")
            .unwrap();
        let Patience {
            iam,
            bucket,
            changed: _,
        } = step.patience;
        (kind, iam, bucket)
    };
    kinds.map(one).into()
}

#[test]
fn patience_is_for_what_is_new_or_was_changed_a_moment_ago() {
    use Kind::{Bucket, Domain, Policy, Repository, Role};
    let nobody = [
        (Domain, false, false),
        (Bucket, false, false),
        (Policy, false, false),
        (Role, false, false),
    ];
    let with = |repository: (bool, bool)| {
        let mut all = nobody.to_vec();
        all.push((Repository, repository.0, repository.1));
        all
    };
    assert_eq!(
        patience(&[], false),
        [&nobody[..], &[(Repository, false, false)]].concat()
    );
    // One that was changed makes the repository wait; what is asked for itself is a change, too.
    for changed in [Policy, Role] {
        assert_eq!(
            patience(&[(changed, Verb::Update)], false),
            with((true, false))
        );
    }
    let new_iam = [
        (Domain, false, false),
        (Bucket, true, false),
        (Policy, true, false),
        (Role, true, false),
        (Repository, true, false),
    ];
    for created in [Policy, Role] {
        assert_eq!(patience(&[(created, Verb::Create)], false), new_iam);
    }
    assert_eq!(patience(&[], true), new_iam);
    let new_bucket = [
        (Domain, false, false),
        (Bucket, false, true),
        (Policy, false, false),
        (Role, false, false),
        (Repository, false, true),
    ];
    assert_eq!(patience(&[(Bucket, Verb::Create)], false), new_bucket);
    assert_eq!(
        patience(&[(Bucket, Verb::Update)], false),
        with((false, false))
    );
}

#[test]
fn documents_count_as_changed_from_the_step_after_the_one_that_changes_them() {
    let desired = desired(&[]);
    let plan = plan(
        &desired,
        &[],
        &nothing(),
        &Choices::default(),
        &Fleet::default(),
    );
    let changed = |operation: &str| {
        let mut steps = plan.steps.iter();
        let of = |step: &&Step| step.call.operation().operation == operation;
        steps.find(of).map(|step| step.patience.changed)
    };
    assert_eq!(changed("PutBucketVersioning"), Some(Documents::default()));
    let after_the_role = changed("AttachRolePolicy").unwrap();
    assert!(after_the_role.trust && after_the_role.boundary && after_the_role.identity);
    let last = plan.steps.last().unwrap().patience.changed;
    let all = Documents {
        identity: true,
        trust: true,
        boundary: true,
        bucket: true,
    };
    assert_eq!(last, all);
    for document in [
        diagnosis::Document::Identity,
        diagnosis::Document::Trust,
        diagnosis::Document::Boundary,
        diagnosis::Document::BucketPolicy,
    ] {
        assert!(all.include(document) && !Documents::default().include(document));
    }
    // A policy that changed shortly before is known by its own date.
    let recent = |new_policy, new_role| {
        let (mut policy, mut role) = (shared::live_policy(&desired), shared::live_role(&desired));
        (policy.recent, role.recent) = (new_policy, new_role);
        let actual = Actual {
            policy: Some(shared::policy(policy)),
            role: Some(shared::role(role)),
            ..shared::actual(&desired)
        };
        actual.seen().recently_changed()
    };
    assert_eq!(
        recent(true, false),
        Documents {
            identity: true,
            ..Documents::default()
        }
    );
    assert!(recent(false, true).trust && !recent(false, true).bucket);
}

#[test]
fn what_creates_a_thing_does_not_wait_for_it() {
    let desired = desired(&[]);
    let plan = plan(
        &desired,
        &[],
        &nothing(),
        &Choices::default(),
        &Fleet::default(),
    );
    for step in &plan.steps {
        let creates = step.call.operation().operation.starts_with("Create");
        let waits = step.patience != Patience::default();
        assert_eq!(waits, !creates, "{}", step.call.describe());
    }
}

#[test]
fn a_snapshot_on_a_registration_that_will_change_is_asked_for_before_anything_is_written() {
    let name = RepositoryName::parse("snapshots").unwrap();
    let idle = Check::Repository(repository::Check::Idle { name: name.clone() });
    let put = Call::Repository(repository::Call::Put {
        name,
        kind: "s3".to_owned(),
        settings: repository::RepositorySettings::new(),
        verify: repository::Verify::Proved,
    });
    let register = |check: Option<Check>| {
        let draft = Draft::new(Phase::Register, put.clone());
        Placed {
            resource: ResourceId::new(Kind::Repository, "snapshots"),
            verb: Verb::Update,
            draft: check.into_iter().fold(draft, Draft::checked),
        }
    };
    let first = || placed(Kind::Policy, Verb::Update, Phase::Narrow, "grants");
    let befores = |drafts: Vec<Placed>| {
        let steps = ordered(drafts, Documents::NONE);
        steps
            .into_iter()
            .map(|step| step.before)
            .collect::<Vec<_>>()
    };
    let idle = || idle.clone();
    assert_eq!(
        befores(vec![register(Some(idle())), first()]),
        [vec![idle()], vec![idle()]]
    );
    assert_eq!(befores(vec![register(None), first()]), [vec![], vec![]]);
    assert_eq!(befores(vec![register(Some(idle()))]), [vec![idle()]]);
}

/// An environment whose policy grants something else than it should.
fn other_grants(desired: &Desired) -> Actual {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::old/*"}]}"#;
    let mut live = live_policy(desired);
    live.policy.document = Document::parse(text, policy_document::Kind::Managed).unwrap();
    Actual {
        policy: Some(policy(live)),
        ..actual(desired)
    }
}

/// Whether a plan ends by verifying the repository.
fn proves(plan: &Plan) -> bool {
    let last = plan.steps.last();
    let ends = last.is_some_and(|step| step.call == verify("snapshots"));
    let all = plan
        .steps
        .iter()
        .filter(|step| step.call == verify("snapshots"));
    assert!(all.count() <= 1);
    ends
}

#[test]
fn a_registration_that_stays_while_its_access_changes_is_verified_at_the_end() {
    let of = |desired: &Desired, have: &Actual| {
        proves(&plan(
            desired,
            &[],
            have,
            &Choices::default(),
            &Fleet::default(),
        ))
    };
    let managed = desired(&[]);
    assert!(of(&managed, &other_grants(&managed)));
    // Nothing that it needs changes.
    assert!(!of(&managed, &actual(&managed)));
    let mut live = live_role(&managed);
    live.role.tags = Default::default();
    let tagged = Actual {
        role: Some(role(live)),
        ..actual(&managed)
    };
    assert!(!of(&managed, &tagged));
    // It changes itself, and is proved with that.
    let mut live = live_repository(&managed);
    let registered = live.registered.as_mut().unwrap();
    registered
        .settings
        .insert("compress".to_owned(), "false".to_owned());
    let moved = Actual {
        repository: Some(Observed::Present(live)),
        ..other_grants(&managed)
    };
    let plan = plan(
        &managed,
        &[],
        &moved,
        &Choices::default(),
        &Fleet::default(),
    );
    assert!(
        plan.steps
            .last()
            .is_some_and(|step| step.call != verify("snapshots"))
    );
    // Nobody wants it proved, or it is only used.
    let unproved = desired(&[("repository", "verify: false")]);
    assert!(!of(&unproved, &other_grants(&unproved)));
    let used = desired(&[("repository", "existing: true")]);
    assert!(!of(&used, &other_grants(&used)));
    let unregistered = Actual {
        repository: Some(Observed::Absent),
        ..other_grants(&used)
    };
    assert!(!of(&used, &unregistered));
}
