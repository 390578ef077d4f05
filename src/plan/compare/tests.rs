//! Tests of what an environment's resources say of each other.

use crate::domain::described::DomainState;
use crate::domain::{Described, EndpointRefused, Engine, EngineKind, ServiceSoftware};
use crate::failure::Class;
use crate::plan::{Action, Change, Choices, Fleet, Plan, domain_blocked, plan};
use crate::policy_document::{self, Document};
use crate::resources::Kind;
use crate::resources::actual::{Actual, DomainSeen};
use crate::resources::declared::Desired;
use crate::resources::observed::{Mark, Observed};
use crate::resources::outcome::Blocked;
use crate::resources::tests::{
    actual, denied, desired, live_policy, live_repository, live_role, nothing, policy, role,
};

fn planned(desired: &Desired, have: &Actual) -> Plan {
    plan(desired, &[], have, &Choices::default(), &Fleet::default())
}

fn change(plan: &Plan, kind: Kind) -> &Change {
    let found = plan.changes.iter().find(|change| change.id.kind == kind);
    found.unwrap()
}

/// Why a resource is blocked.
fn reason(plan: &Plan, kind: Kind) -> Option<String> {
    let blocked = change(plan, kind).blocked.as_ref();
    blocked.map(|blocked| blocked.reason.clone())
}

fn described() -> Described {
    Described {
        arn: "arn:aws:es:us-west-2:123456789012:domain/logs".to_owned(),
        engine: Some(Engine {
            kind: EngineKind::OpenSearch,
            major: 2,
            minor: 19,
            patch: None,
        }),
        endpoints: Vec::new(),
        state: DomainState {
            created: true,
            ..DomainState::default()
        },
        service_software: None,
        cold_storage: false,
    }
}

/// An environment as wanted, but for one setting of its registration.
fn other_setting(desired: &Desired) -> Actual {
    let mut live = live_repository(desired);
    let registered = live.registered.as_mut().unwrap();
    registered
        .settings
        .insert("compress".to_owned(), "false".to_owned());
    Actual {
        repository: Some(Observed::Present(live)),
        ..actual(desired)
    }
}

#[test]
fn what_keeps_requests_from_a_domain_blocks_by_its_kind() {
    let desired = desired(&[]);
    let name = || "logs".to_owned();
    let guard = |reason: &str, remedy: &str| Blocked {
        reason: reason.to_owned(),
        remedy: remedy.to_owned(),
        class: Class::Refused,
    };
    for (seen, expected) in [
        (
            DomainSeen::NoEndpoint(EndpointRefused::NoDomain { name: name() }),
            guard(
                "the domain logs does not exist in us-west-2 of account 123456789012",
                "correct `domain.name` and `region`, or create the domain first",
            ),
        ),
        (
            DomainSeen::NoEndpoint(EndpointRefused::NoEndpoint { name: name() }),
            guard(
                "the domain logs has no endpoint: it is being created or deleted",
                "wait until the domain is active, then run it again",
            ),
        ),
        (
            DomainSeen::NoEndpoint(EndpointRefused::Nowhere),
            guard(
                "the spec names neither a domain nor an endpoint",
                "correct `domain` in the spec",
            ),
        ),
        (
            DomainSeen::NoEndpoint(EndpointRefused::Untrusted {
                host: "evil.example".to_owned(),
                described: Vec::new(),
                what: "requests".to_owned(),
            }),
            guard(
                "credentials are not sent to evil.example: DescribeDomain does not name it",
                "if you trust it, allow it with --trust-endpoint evil.example, or with the row `endpoint: [evil.example]` of the trust file",
            ),
        ),
        (
            DomainSeen::Unusable("no file".to_owned()),
            guard("no file", "correct `domain` in the spec"),
        ),
    ] {
        assert_eq!(domain_blocked(&desired, &seen), Some(expected));
    }
    let unreadable = DomainSeen::Unreadable(denied().remove(0));
    let blocked = domain_blocked(&desired, &unreadable).unwrap();
    assert_eq!(blocked.class, Class::Denied);
    for seen in [None, Some(described())] {
        assert_eq!(domain_blocked(&desired, &DomainSeen::Reachable(seen)), None);
    }
    // What waits for it is not called refused where it only has to be read again.
    let unreached = Actual {
        domain: unreadable,
        repository: None,
        ..actual(&desired)
    };
    let plan = planned(&desired, &unreached);
    let blocked = change(&plan, Kind::Repository).blocked.clone().unwrap();
    assert_eq!(blocked.reason, "waits for domain.logs, which is blocked");
    assert_eq!(blocked.class, Class::Denied);
}

#[test]
fn software_that_does_not_know_the_conditions_of_a_trust_policy_blocks_the_role_that_relies_on_them()
 {
    let document = r#"trust: {document: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: es.amazonaws.com}, Action: sts:AssumeRole}]}}"#;
    let of = |software: &str, line: &str| {
        let lines: Vec<_> = (!line.is_empty())
            .then_some(("role", line))
            .into_iter()
            .collect();
        let desired = desired(&lines);
        let mut have = actual(&desired);
        have.domain = DomainSeen::Reachable(Some(Described {
            service_software: Some(ServiceSoftware::parse(software)),
            ..described()
        }));
        reason(&planned(&desired, &have), Kind::Role)
    };
    let words = "the domain logs runs service software R20211202; before R20211203 the trust policy's aws:SourceAccount and aws:SourceArn do not work";
    assert_eq!(of("R20211202", "").as_deref(), Some(words));
    assert_eq!(of("R20211203", ""), None);
    assert_eq!(of("of our own", ""), None);
    assert_eq!(of("R20211202", "existing: true"), None);
    assert_eq!(of("R20211202", document), None);
}

#[test]
fn whose_a_registration_is_follows_from_its_role() {
    let foreign =
        "is registered with settings that are not esbackup's, and without this environment's role";
    let waits = "waits for role.logs-snapshots, which is blocked";
    let managed = desired(&[]);
    let used = desired(&[("role", "existing: true")]);
    let marked = |desired: &Desired, mark: Mark| {
        let mut live = live_role(desired);
        live.mark = mark;
        role(live)
    };
    let of = |desired: &Desired, role| {
        let have = Actual {
            role: Some(role),
            ..other_setting(desired)
        };
        reason(&planned(desired, &have), Kind::Repository)
    };
    assert_eq!(of(&managed, marked(&managed, Mark::Ours)), None);
    assert_eq!(of(&managed, Observed::Absent), None);
    assert_eq!(
        of(&managed, Observed::Unreadable(denied())).as_deref(),
        Some(waits)
    );
    assert_eq!(of(&used, marked(&used, Mark::Ours)), None);
    for mark in [Mark::None, Mark::Other("metrics".to_owned())] {
        assert_eq!(of(&used, marked(&used, mark)).as_deref(), Some(foreign));
    }
}

#[test]
fn a_throttle_that_the_spec_leaves_out_is_put_back_where_the_engine_keeps_it() {
    let desired = desired(&[]);
    let fields = |kind: EngineKind| {
        let mut live = live_repository(&desired);
        let registered = live.registered.as_mut().unwrap();
        let name = "max_snapshot_bytes_per_sec".to_owned();
        registered.settings.insert(name, "10mb".to_owned());
        let mut seen = described();
        seen.engine.as_mut().unwrap().kind = kind;
        let have = Actual {
            domain: DomainSeen::Reachable(Some(seen)),
            repository: Some(Observed::Present(live)),
            ..actual(&desired)
        };
        let plan = planned(&desired, &have);
        let fields = change(&plan, Kind::Repository).fields.iter();
        fields.map(|field| field.after.clone()).collect::<Vec<_>>()
    };
    assert_ne!(
        fields(EngineKind::OpenSearch),
        fields(EngineKind::Elasticsearch)
    );
}

#[test]
fn a_registration_is_left_alone_while_the_engine_is_upgraded() {
    let desired = desired(&[]);
    let upgrading = |upgrading: bool, have: Actual| {
        let mut seen = described();
        seen.state.upgrading = upgrading;
        let have = Actual {
            domain: DomainSeen::Reachable(Some(seen)),
            ..have
        };
        let plan = planned(&desired, &have);
        let change = change(&plan, Kind::Repository);
        let cause = change.blocked.as_ref().map(|blocked| blocked.class);
        (change.action, cause)
    };
    let blocked = (Action::Blocked, Some(Class::Unavailable));
    assert_eq!(upgrading(true, other_setting(&desired)), blocked);
    assert_eq!(upgrading(true, actual(&desired)), (Action::None, None));
    assert_eq!(
        upgrading(false, other_setting(&desired)),
        (Action::Update, None)
    );
}

/// How many versions of the policy a plan makes: two, where the old grants are kept until the registration has moved.
fn versions(desired: &Desired, change: impl FnOnce(&mut Actual)) -> usize {
    let old = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::old/*"}]}"#;
    let mut live = live_policy(desired);
    live.policy.document = Document::parse(old, policy_document::Kind::Managed).unwrap();
    let mut have = Actual {
        policy: Some(policy(live)),
        ..actual(desired)
    };
    change(&mut have);
    let steps = planned(desired, &have).steps;
    let names = steps.iter().map(|step| step.call.operation().operation);
    names.filter(|name| *name == "CreatePolicyVersion").count()
}

/// Another value of a setting of the registration.
fn set(have: &mut Actual, name: &str, value: &str) {
    let Some(Observed::Present(live)) = &mut have.repository else {
        panic!("no registration")
    };
    let registered = live.registered.as_mut().unwrap();
    registered
        .settings
        .insert(name.to_owned(), value.to_owned());
}

#[test]
fn a_registration_that_answers_and_moves_keeps_its_grants_until_it_has_moved() {
    let desired = desired(&[]);
    for (name, value) in [
        ("bucket", "old"),
        ("base_path", "old"),
        ("readonly", "true"),
    ] {
        assert_eq!(
            versions(&desired, |have| set(have, name, value)),
            2,
            "{name}"
        );
    }
    assert_eq!(versions(&desired, |_| {}), 1);
    assert_eq!(versions(&desired, |have| set(have, "compress", "false")), 1);
    assert_eq!(
        versions(&desired, |have| have.repository = Some(Observed::Absent)),
        1
    );
    // One that does not answer has nothing to lose.
    let broken = |have: &mut Actual| {
        set(have, "base_path", "old");
        let Some(Observed::Present(live)) = &mut have.repository else {
            return;
        };
        live.registered.as_mut().unwrap().broken = Some("no".to_owned());
    };
    assert_eq!(versions(&desired, broken), 1);
    // Whoever the trust policy lets in with this plan must not get the old grants.
    let opens = |have: &mut Actual| {
        set(have, "base_path", "old");
        let mut live = live_role(&desired);
        let narrower = live
            .role
            .trust
            .to_json()
            .replace("domain/logs", "domain/other");
        live.role.trust = Document::parse(&narrower, policy_document::Kind::Trust).unwrap();
        have.role = Some(role(live));
    };
    assert_eq!(versions(&desired, opens), 1);
    let absent = |have: &mut Actual| {
        set(have, "base_path", "old");
        have.role = Some(Observed::Absent);
    };
    assert_eq!(versions(&desired, absent), 2);
    assert_eq!(planned(&desired, &nothing()).changes.len(), 4);
}
