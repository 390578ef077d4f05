//! Properties over random documents from an alphabet so small that they collide.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::super::evaluate::{PrincipalId, Request, evaluate};
use super::super::{
    Actions, Condition, Document, Effect, PrincipalKind, PrincipalSet, Principals, Resources,
    Statement, Values, diff, equivalent, shared, widens,
};

const ACTIONS: [&str; 6] = ["s3:Get", "S3:get", "s3:Put", "s3:*", "s3:?et", "*"];
const RESOURCES: [&str; 6] = [
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/?",
    "*",
    "arn:aws:s3:::b/${aws:username}",
    "arn:aws:s3:::*/x",
];
const NAMES: [(PrincipalKind, &str); 6] = [
    (PrincipalKind::Aws, "123456789012"),
    (PrincipalKind::Aws, "arn:aws:iam::123456789012:root"),
    (PrincipalKind::Aws, "arn:aws:iam::123456789012:role/r"),
    (PrincipalKind::Aws, "*"),
    (PrincipalKind::Service, "es.amazonaws.com"),
    (PrincipalKind::Service, "s3.amazonaws.com"),
];
const OPERATORS: [&str; 15] = [
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLikeIfExists",
    "StringEqualsIfExists",
    "StringEqualsIgnoreCase",
    "ForAllValues:StringLike",
    "ForAnyValue:StringEquals",
    "ForAnyValue:StringLikeIfExists",
    "ForAllValues:StringNotEquals",
    "ArnLike",
    "ArnNotEquals",
    "Null",
    "Bool",
    "Unknown",
];
const KEYS: [&str; 3] = ["k", "K", "aws:username"];
const VALUES: [&str; 9] = [
    "a",
    "A",
    "a*",
    "*",
    "x",
    "true",
    "arn:aws:s3:::b",
    "arn:aws:s3:::*",
    "${aws:username}",
];

fn values(from: &'static [&'static str]) -> impl Strategy<Value = Values> {
    subsequence(from, 1..=2).prop_flat_map(|items| {
        let one = items
            .first()
            .map(|item| Values::one(*item))
            .unwrap_or_else(|| Values::one("*"));
        prop_oneof![Just(Values::list(items)), Just(one)]
    })
}

fn principals() -> impl Strategy<Value = PrincipalSet> {
    let listed = subsequence(&NAMES[..], 1..=3).prop_map(|names| {
        let of = |kind: PrincipalKind| {
            let names: Vec<&str> = names
                .iter()
                .filter(|(other, _)| *other == kind)
                .map(|(_, name)| *name)
                .collect();
            (!names.is_empty()).then(|| (kind, Values::list(names)))
        };
        PrincipalSet::Listed(PrincipalKind::ALL.into_iter().filter_map(of).collect())
    });
    prop_oneof![1 => Just(PrincipalSet::Everyone), 4 => listed]
}

fn condition() -> impl Strategy<Value = Condition> {
    (select(&OPERATORS[..]), select(&KEYS[..]), values(&VALUES)).prop_map(
        |(operator, key, values)| Condition {
            operator: operator.into(),
            key: key.into(),
            values,
        },
    )
}

/// A statement of a bucket policy, or of a trust policy, which has no resource.
fn statement(with_resource: bool) -> impl Strategy<Value = Statement> {
    let conditions = proptest::collection::vec(condition(), 0..=1);
    let parts = (
        0..4u8,
        principals(),
        values(&ACTIONS),
        values(&RESOURCES),
        conditions,
        any::<[bool; 3]>(),
    );
    parts.prop_map(
        move |(deny, who, action, resource, condition, not)| Statement {
            sid: None,
            effect: if deny == 0 {
                Effect::Deny
            } else {
                Effect::Allow
            },
            principal: Some(if not[0] && deny < 2 {
                Principals::Not(who)
            } else {
                Principals::Is(who)
            }),
            action: if not[1] && deny < 2 {
                Actions::Not(action)
            } else {
                Actions::Is(action)
            },
            resource: with_resource.then(|| {
                if not[2] && deny < 2 {
                    Resources::Not(resource)
                } else {
                    Resources::Is(resource)
                }
            }),
            condition,
        },
    )
}

fn document() -> impl Strategy<Value = Document> {
    any::<bool>().prop_flat_map(document_of)
}

fn document_of(with_resource: bool) -> impl Strategy<Value = Document> {
    let statements = proptest::collection::vec(statement(with_resource), 1..=3);
    (statements, 0..6u8).prop_map(|(statements, old)| {
        let mut document = Document::new(statements);
        if old == 0 {
            document.version = None;
        }
        document
    })
}

/// Two documents of one kind, the second of which often is the first with some statements changed.
fn pair() -> impl Strategy<Value = (Document, Document)> {
    any::<bool>().prop_flat_map(|with_resource| {
        let edits = (
            document_of(with_resource),
            document_of(with_resource),
            any::<[bool; 3]>(),
            any::<bool>(),
        );
        edits.prop_map(|(have, other, keep, mix)| {
            if !mix {
                return (have, other);
            }
            let kept = have
                .statements
                .iter()
                .zip(keep)
                .filter(|(_, keep)| *keep)
                .map(|(statement, _)| statement.clone());
            let narrowed = other
                .statements
                .iter()
                .zip(&have.statements)
                .map(|(other, have)| Statement {
                    principal: have.principal.clone(),
                    condition: have
                        .condition
                        .iter()
                        .chain(&other.condition)
                        .cloned()
                        .collect(),
                    effect: have.effect,
                    ..other.clone()
                });
            let want = have.with_statements(kept.chain(narrowed.take(1)).collect());
            (have, want)
        })
    })
}

/// Every 17th of all requests; together the 17 beginnings ask all of them.
fn some_requests(from: usize) -> impl Iterator<Item = &'static Request> {
    static ALL: LazyLock<Vec<Request>> = LazyLock::new(requests);
    ALL.iter().skip(from).step_by(17)
}

fn requests() -> Vec<Request> {
    let principals = [
        PrincipalId::Anonymous,
        PrincipalId::Aws("arn:aws:iam::123456789012:role/r".into()),
        PrincipalId::Aws("arn:aws:sts::123456789012:assumed-role/r/s".into()),
        PrincipalId::Aws("arn:aws:iam::123456789012:user/u".into()),
        PrincipalId::Aws("arn:aws:iam::999999999999:user/u".into()),
        PrincipalId::Service("es.amazonaws.com".into()),
        PrincipalId::Federated("accounts.google.com".into()),
    ];
    let contexts: [&[(&str, &[&str])]; 9] = [
        &[],
        &[("k", &["a"])],
        &[("k", &["A"]), ("aws:username", &["x"])],
        &[("K", &["ab", "a"])],
        &[("k", &["true"])],
        &[("k", &["arn:aws:s3:::b"]), ("aws:username", &["a"])],
        &[("k", &["arn:aws:s3:::c"])],
        &[("k", &["x"]), ("aws:username", &["x", "a"])],
        &[("k", &[]), ("aws:username", &["*"])],
    ];
    let mut requests = Vec::new();
    for principal in &principals {
        for action in ["s3:Get", "S3:PUT", "s3:List", "iam:Get"] {
            for resource in [
                "arn:aws:s3:::b",
                "arn:aws:s3:::b/x",
                "arn:aws:s3:::b/xy",
                "arn:aws:s3:::c/x",
            ] {
                for context in contexts {
                    let own =
                        |values: &&[&str]| values.iter().map(|value| (*value).to_owned()).collect();
                    let context: BTreeMap<String, Vec<String>> = context
                        .iter()
                        .map(|(key, values)| ((*key).to_owned(), own(values)))
                        .collect();
                    let (principal, action, resource) =
                        (principal.clone(), action.to_owned(), resource.to_owned());
                    requests.push(Request {
                        principal,
                        action,
                        resource,
                        context,
                    });
                }
            }
        }
    }
    requests
}

fn rewritten(document: &Document, turn: usize, as_lists: bool) -> Document {
    let values = |values: &Values| {
        let mut items = values.items().to_vec();
        let count = items.len().max(1);
        items.rotate_left(turn % count);
        items.extend(items.first().cloned());
        match items.as_slice() {
            [one, other] if one == other && !as_lists => Values::one(one.as_str()),
            _ => Values::list(items),
        }
    };
    let set = |set: &PrincipalSet| match set {
        PrincipalSet::Everyone => PrincipalSet::Everyone,
        PrincipalSet::Listed(listed) => PrincipalSet::Listed(
            listed
                .iter()
                .rev()
                .map(|(kind, names)| (*kind, values(names)))
                .collect(),
        ),
    };
    let mut statements: Vec<Statement> = document
        .statements()
        .iter()
        .map(|statement| Statement {
            sid: Some(String::new()),
            effect: statement.effect,
            principal: statement
                .principal
                .as_ref()
                .map(|principal| match principal {
                    Principals::Is(who) => Principals::Is(set(who)),
                    Principals::Not(who) => Principals::Not(set(who)),
                }),
            action: match &statement.action {
                Actions::Is(items) => Actions::Is(Values::list(
                    values(items).items().iter().map(|item| item.to_uppercase()),
                )),
                Actions::Not(items) => Actions::Not(values(items)),
            },
            resource: statement.resource.as_ref().map(|resource| match resource {
                Resources::Is(items) => Resources::Is(values(items)),
                Resources::Not(items) => Resources::Not(values(items)),
            }),
            condition: statement
                .condition
                .iter()
                .rev()
                .map(|condition| Condition {
                    operator: condition.operator.clone(),
                    key: condition.key.to_uppercase(),
                    values: values(&condition.values),
                })
                .collect(),
        })
        .collect();
    statements.rotate_left(turn % document.statements().len().max(1));
    statements.extend(statements.first().cloned());
    document.with_statements(statements)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_canonical_form_is_its_own_and_decides_the_same(document in document(), from in 0..17usize) {
        let canonical = Document { ..super::super::canonical::document(&document, &Default::default()) };
        prop_assert_eq!(canonical.canonical(), document.canonical());
        prop_assert!(equivalent(&canonical, &document));
        for request in some_requests(from) {
            let (a, b) = (evaluate(&[&canonical], request), evaluate(&[&document], request));
            prop_assert_eq!(a.is_allowed(), b.is_allowed(), "{:?}", request);
        }
    }

    #[test]
    fn equivalence_is_reflexive_and_blind_to_order_and_form(document in document(), turn in 0..4usize, lists: bool) {
        let other = rewritten(&document, turn, lists);
        prop_assert!(equivalent(&document, &document));
        prop_assert!(equivalent(&document, &other) && equivalent(&other, &document), "{}", other.to_json());
        prop_assert_eq!(widens(&document, &other), vec![]);
    }

    #[test]
    fn a_difference_is_shown_exactly_when_there_is_one((have, want) in pair()) {
        prop_assert_eq!(equivalent(&have, &want), equivalent(&want, &have));
        prop_assert_eq!(diff(Some(&have), &want).is_empty(), equivalent(&have, &want));
    }

    #[test]
    fn a_document_survives_being_written_and_read(document in document_of(true)) {
        let read = Document::parse_live(&document.to_json(), super::Kind::BucketPolicy);
        prop_assert_eq!(read.as_ref().map(Document::to_json), Ok(document.to_json()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 100_000, ..ProptestConfig::with_cases(400) })]

    /// The promise behind `widens-access`: what is called not wider allows nothing new.
    #[test]
    fn what_is_not_wider_allows_nothing_new((have, want) in pair(), from in 0..17usize) {
        prop_assume!(widens(&have, &want).is_empty());
        for request in some_requests(from) {
            let (before, after) = (evaluate(&[&have], request), evaluate(&[&want], request));
            prop_assert!(!after.is_allowed() || before.is_allowed(), "{:?}\n{}\n{}", request, have.to_json(), want.to_json());
        }
    }

    #[test]
    fn what_is_shared_is_allowed_by_both((have, want) in pair(), from in 0..17usize) {
        let both = shared(&have, &want);
        prop_assert!(!both.statements().is_empty());
        for request in some_requests(from) {
            if evaluate(&[&both], request).is_allowed() {
                let each = [evaluate(&[&have], request), evaluate(&[&want], request)];
                prop_assert!(each.iter().all(|decision| decision.is_allowed()), "{:?}\n{}\n{}", request, have.to_json(), want.to_json());
            }
        }
        if have.version() == want.version() {
            prop_assert_eq!(widens(&have, &both), vec![]);
            prop_assert_eq!(widens(&want, &both), vec![]);
        }
    }
}
