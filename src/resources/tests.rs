//! What the tests of the kinds and of the planner share: a spec, and what is read where everything is as it wants.

use std::path::Path;

use crate::failure::Class;
use crate::resources::actual::{Actual, DomainSeen};
use crate::resources::context::{Adoption, Context};
use crate::resources::declared::Desired;
use crate::resources::observed::{Mark, Observed, Unread};
use crate::resources::outcome::{Blocked, Changed, Outcome};
use crate::resources::{bucket, policy, repository, role};

const SPEC: &str = r#"
version: 1
name: logs
region: us-west-2
account: "123456789012"
domain:
  name: logs
bucket:
  name: logs-snapshots
policy:
  name: logs-snapshots
role:
  name: logs-snapshots
repository:
  name: snapshots
  base_path: logs
"#;

/// The spec with lines put below the name of a section, such as `("role", "exclusive: true")`.
pub(crate) fn desired(additions: &[(&str, &str)]) -> Desired {
    let mut text = SPEC.to_owned();
    for (section, line) in additions {
        let head = format!("\n{section}:\n");
        assert!(text.contains(&head), "{section}");
        text = text.replacen(&head, &format!("{head}  {line}\n"), 1);
    }
    let (spec, _) = crate::spec::parse(Path::new("spec.yaml"), &text).unwrap();
    crate::spec::resolve(&spec).unwrap().desired
}

/// What is read where everything is as the spec wants it.
pub(crate) fn actual(desired: &Desired) -> Actual {
    Actual {
        caller: None,
        domain: DomainSeen::Reachable(None),
        bucket: Some(bucket(live_bucket(desired))),
        policy: Some(policy(live_policy(desired))),
        role: Some(role(live_role(desired))),
        repository: Some(Observed::Present(live_repository(desired))),
    }
}

/// What is read where nothing exists yet.
pub(crate) fn nothing() -> Actual {
    Actual {
        caller: None,
        domain: DomainSeen::Reachable(None),
        bucket: Some(Observed::Absent),
        policy: Some(Observed::Absent),
        role: Some(Observed::Absent),
        repository: Some(Observed::Absent),
    }
}

pub(crate) fn bucket(live: bucket::Live) -> Observed<bucket::Sighting> {
    Observed::Present(bucket::Sighting::Managed(Box::new(live)))
}

pub(crate) fn policy(live: policy::Live) -> Observed<policy::Sighting> {
    Observed::Present(policy::Sighting::Here(Box::new(live)))
}

pub(crate) fn role(live: role::Live) -> Observed<role::Sighting> {
    Observed::Present(role::Sighting::Here(Box::new(live)))
}

pub(crate) fn live_bucket(desired: &Desired) -> bucket::Live {
    let want = desired.bucket.as_ref().unwrap().want.clone();
    bucket::Live {
        document: Some(crate::policy_document::Document::new(want.policy.clone())),
        bucket: want,
        mark: Mark::Ours,
        rules: bucket::remote::Rules::default(),
        unmarked: None,
        holds_repository: Some(Ok(false)),
        lock: Ok(None),
    }
}

pub(crate) fn live_policy(desired: &Desired) -> policy::Live {
    policy::Live {
        policy: desired.policy.as_ref().unwrap().want.clone(),
        mark: Mark::Ours,
        spare_versions: Vec::new(),
        attachments: 1,
        recent: false,
    }
}

pub(crate) fn live_role(desired: &Desired) -> role::Live {
    role::Live {
        role: desired.role.as_ref().unwrap().want.clone(),
        mark: Mark::Ours,
        recent: false,
        documents: role::Documents::default(),
    }
}

pub(crate) fn live_repository(desired: &Desired) -> repository::Live {
    let want = &desired.repository.want;
    repository::Live {
        registered: Some(repository::Registered {
            kind: want.kind.clone(),
            settings: want.settings.clone(),
            broken: None,
        }),
        candidate: None,
        others: Default::default(),
    }
}

/// A comparison in the environment of the spec.
pub(crate) fn context(desired: &Desired, adoption: Adoption) -> Context<'_> {
    Context {
        environment: &desired.scope.environment,
        account: &desired.scope.account,
        adoption,
        created_by: None,
    }
}

/// A read that was refused.
pub(crate) fn denied() -> Vec<Unread> {
    vec![Unread {
        what: "it".to_owned(),
        permission: Some("s3:Read".to_owned()),
        words: "AccessDenied".to_owned(),
        remedy: None,
        class: Class::Denied,
    }]
}

/// As wanted, with what is kept beside it.
pub(crate) fn unchanged(unmanaged: &[&str]) -> Outcome {
    Outcome::Unchanged {
        unmanaged: unmanaged.iter().map(|one| (*one).to_owned()).collect(),
        note: None,
    }
}

pub(crate) fn changed(outcome: Outcome) -> Changed {
    match outcome {
        Outcome::Changed(changed) => changed,
        other => panic!("{other:#?}"),
    }
}

pub(crate) fn blocked(outcome: Outcome) -> Blocked {
    match outcome {
        Outcome::Blocked(blocked) => blocked,
        other => panic!("{other:#?}"),
    }
}

/// The operations of a change in order, the fields that it names, and its risks.
pub(crate) fn summary(changed: &Changed) -> (Vec<&'static str>, Vec<&str>, Vec<&'static str>) {
    let operations = changed
        .drafts
        .iter()
        .map(|draft| draft.call.operation().operation);
    let fields = changed.fields.iter().map(|field| field.path.as_str());
    let risks = changed.risks.iter().map(|note| note.risk.as_str());
    (operations.collect(), fields.collect(), risks.collect())
}

#[test]
fn what_to_grant_for_a_read_is_granted_on_its_resource_or_on_anything() {
    let unread = |permission: &str| Unread {
        permission: Some(permission.to_owned()),
        ..denied().remove(0)
    };
    let reads = [
        unread("iam:GetPolicy"),
        unread("iam:ListPolicies"),
        unread("iam:ListPolicyVersions"),
    ];
    let arn = "arn:aws:iam::123456789012:policy/logs-snapshots";
    assert_eq!(
        crate::resources::context::unread_of(arn, &reads).remedy,
        format!(
            "grant the caller iam:GetPolicy, iam:ListPolicyVersions on {arn}, and iam:ListPolicies on *"
        )
    );
    assert_eq!(
        crate::resources::context::unread_of(arn, &reads[1..2]).remedy,
        "grant the caller iam:ListPolicies on *"
    );
}
