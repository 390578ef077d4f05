//! Every pair of a small world: what is called not wider allows nothing new, whatever is asked.

use super::super::condition::{Context, truth};
use super::super::evaluate::{PrincipalId, Request, evaluate};
use super::super::glob::Variables;
use super::super::imply::{Test, implied};
use super::super::operator::Truth;
use super::super::{Condition, Document, PrincipalKind, Statement, Values, widens};

/// Operators with the values that they take here; alone, in twos, and all under every quantifier and with IfExists.
const FAMILIES: &[(&[&str], &[&str])] = &[
    (
        &[
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
        ],
        &["a", "A", "a*", "*", "b?", "7", "${aws:username}"],
    ),
    (
        &["ArnEquals", "ArnNotLike"],
        &[
            "arn:a:b:c:d:e",
            "arn:a:b:*:d:*",
            "arn:a:b:c:d:*",
            "arn:a:*",
            "${aws:username}",
        ],
    ),
    (
        &["StringLike", "StringEquals"],
        &["arn:a:b:c:d:e", "arn:a:b:*:d:*", "arn:a:b:c:d:*"],
    ),
    (
        &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
        ],
        &["1", "1.0", "2", "x"],
    ),
    (
        &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThanEquals",
            "DateGreaterThan",
        ],
        &["2026-01-01", "1767225600", "2026-01-01T00:00:00.5Z", "2026"],
    ),
    (
        &["IpAddress", "NotIpAddress"],
        &[
            "10.0.0.0/31",
            "10.0.0.2/31",
            "10.0.0.0/30",
            "10.0.0.1",
            "::/0",
            "0.0.0.0/0",
        ],
    ),
    (&["Bool"], &["true", "False", "${aws:username}"]),
    (&["Null"], &["true", "false"]),
    (&["Unheard"], &["a"]),
];

/// What a request may say of the key; one value or several.
const ASKED: &[&[&str]] = &[
    &[],
    &["a"],
    &["A"],
    &["ab"],
    &["bz"],
    &["7"],
    &["u"],
    &["arn:a:b:c:d:e"],
    &["arn:a:b:x:d:e:f"],
    &["arn:a:b:x:y:d:e"],
    &["ARN:A:B:C:D:E"],
    &["1"],
    &["1.50"],
    &["2"],
    &["3"],
    &["2025-12-31"],
    &["2026-01-01T00:00:00Z"],
    &["2026-01-01T00:00:00.2Z"],
    &["2026-01-02"],
    &["10.0.0.0"],
    &["10.0.0.1"],
    &["10.0.0.3"],
    &["10.0.0.4"],
    &["::1"],
    &["true"],
    &["FALSE"],
    &["a", "b"],
    &["a", "ab"],
    &["1", "3"],
    &["10.0.0.1", "10.0.0.9"],
    &["7", "u"],
];

fn conditions() -> Vec<Condition> {
    let mut conditions = Vec::new();
    for (operators, values) in FAMILIES {
        for operator in *operators {
            let mut names = vec![(*operator).to_owned()];
            if !["Null", "Unheard"].contains(operator) {
                names.push(format!("{operator}IfExists"));
                names.push(format!("ForAnyValue:{operator}"));
                names.push(format!("ForAllValues:{operator}"));
            }
            for name in names {
                let singles = values.iter().map(|value| Values::one(*value));
                let pairs = values.iter().enumerate().flat_map(|(at, a)| {
                    values
                        .iter()
                        .skip(at + 1)
                        .map(move |b| Values::list([*a, *b]))
                });
                conditions.extend(singles.chain(pairs).map(|values| Condition {
                    operator: name.clone(),
                    key: "k".to_owned(),
                    values,
                }));
            }
        }
    }
    conditions
}

/// The verdicts of a condition on everything that may be asked, with and without a user's name.
fn verdicts(condition: &Condition) -> Vec<Truth> {
    let mut verdicts = Vec::new();
    for asked in ASKED {
        for user in [None, Some("u"), Some("A"), Some("true")] {
            let owned = |values: &[&str]| values.iter().map(|v| (*v).to_owned()).collect();
            let mut context = std::collections::BTreeMap::from([("k".to_owned(), owned(asked))]);
            context.extend(user.map(|user| ("aws:username".to_owned(), owned(&[user]))));
            verdicts.push(truth(
                condition,
                Variables::Resolved,
                &Context::new(context),
            ));
        }
    }
    verdicts
}

/// Every item when everything is asked for, else every `thin`th.
fn step(thin: usize) -> usize {
    match std::env::var_os("ESBACKUP_FULL") {
        Some(_) => 1,
        None => thin,
    }
}

#[test]
fn implied_condition_holds_whenever_the_others_do() {
    let conditions = conditions();
    let verdicts: Vec<Vec<Truth>> = conditions.iter().map(verdicts).collect();
    let tests: Vec<Test<'_>> = conditions
        .iter()
        .map(|condition| Test::of(condition, Variables::Resolved))
        .collect();
    let mut proved = 0_u32;
    for (narrow, narrow_verdicts) in tests.iter().zip(&verdicts).step_by(step(13)) {
        for ((wide, wide_verdicts), condition) in tests.iter().zip(&verdicts).zip(&conditions) {
            if !implied(std::slice::from_ref(narrow), wide) {
                continue;
            }
            proved += 1;
            let holds = narrow_verdicts
                .iter()
                .zip(wide_verdicts)
                .all(|(narrow, wide)| narrow <= wide);
            assert!(holds, "{condition:?}");
        }
    }
    // Each implies itself and many imply others, so a proof that never succeeds is noticed.
    assert!(
        proved > 3 * 1_000 / u32::try_from(step(13)).unwrap(),
        "{proved}"
    );
}

/// Pairs of conditions against one; a thinned-out list unless everything is asked for.
#[test]
fn implied_condition_holds_whenever_two_others_do() {
    let conditions = conditions();
    let step = 7 * step(6);
    let tests: Vec<(Test<'_>, Vec<Truth>)> = conditions
        .iter()
        .map(|condition| {
            (
                Test::of(condition, Variables::Resolved),
                verdicts(condition),
            )
        })
        .collect();
    let thin = |from: usize| tests.iter().skip(from).step_by(step);
    for (one, one_verdicts) in thin(0) {
        for (other, other_verdicts) in thin(5) {
            let both = [one.clone(), other.clone()];
            for (wide, wide_verdicts) in thin(11) {
                if implied(&both, wide) {
                    let mut all = one_verdicts.iter().zip(other_verdicts).zip(wide_verdicts);
                    assert!(
                        all.all(|((a, b), wide)| a.min(b) <= wide),
                        "{both:?} {wide:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn complement_holds_wherever_a_denial_does_not_apply() {
    for condition in conditions().into_iter().step_by(step(29)) {
        let test = Test::of(&condition, Variables::Resolved);
        let Some(complement) = test.complement() else {
            continue;
        };
        // What is denied unless it is so, is so: the complement of the complement implies the condition where both are decided.
        let twice = complement
            .complement()
            .map(|twice| implied(&[twice], &test));
        assert_ne!(twice, None);
        for other in conditions() {
            let wide = Test::of(&other, Variables::Resolved);
            if !implied(std::slice::from_ref(&complement), &wide) {
                continue;
            }
            for (denied, wide) in verdicts(&condition).iter().zip(verdicts(&other)) {
                assert!(
                    *denied > Truth::No || wide == Truth::Yes,
                    "not {condition:?}, {other:?}"
                );
            }
        }
    }
}

fn statements() -> Vec<Statement> {
    let mut statements = Vec::new();
    for effect in [Statement::allow as fn(Values) -> Statement, Statement::deny] {
        for action in ["s3:A", "s3:*"] {
            for resource in ["arn:aws:s3:::b/x", "arn:aws:s3:::b/*"] {
                for principal in [
                    Some("123456789012"),
                    Some("arn:aws:iam::123456789012:role/r"),
                    None,
                ] {
                    for condition in [
                        None,
                        Some(("StringEquals", "a")),
                        Some(("StringNotEquals", "a")),
                        Some(("Null", "false")),
                    ] {
                        let statement = effect(Values::one(action)).on(resource);
                        let statement = match principal {
                            Some(name) => statement.by(PrincipalKind::Aws, name),
                            None => statement.by_everyone(),
                        };
                        statements.push(match condition {
                            Some((operator, value)) => statement.when(operator, "k", value),
                            None => statement,
                        });
                    }
                }
            }
        }
    }
    statements
}

fn requests() -> Vec<Request> {
    let principals = [
        PrincipalId::Anonymous,
        PrincipalId::Aws("arn:aws:sts::123456789012:assumed-role/r/s".into()),
        PrincipalId::Aws("arn:aws:iam::123456789012:user/u".into()),
        PrincipalId::Aws("arn:aws:iam::999999999999:user/u".into()),
    ];
    let mut requests = Vec::new();
    for principal in principals {
        for action in ["s3:A", "s3:B"] {
            for resource in ["arn:aws:s3:::b/x", "arn:aws:s3:::b/y"] {
                for value in [&[][..], &["a"], &["b"]] {
                    let values = value.iter().map(|v: &&str| (*v).to_owned()).collect();
                    requests.push(Request {
                        principal: principal.clone(),
                        action: action.to_owned(),
                        resource: resource.to_owned(),
                        context: std::collections::BTreeMap::from([("k".to_owned(), values)]),
                    });
                }
            }
        }
    }
    requests
}

/// Documents of one or two statements in every pair, or a sample of the pairs.
#[test]
fn document_called_not_wider_allows_nothing_new() {
    let statements = statements();
    let requests = requests();
    let mut documents: Vec<Document> = Vec::new();
    for (at, one) in statements.iter().enumerate() {
        documents.push(Document::new(vec![one.clone()]));
        for other in statements.iter().skip(at + 1) {
            documents.push(Document::new(vec![one.clone(), other.clone()]));
        }
    }
    let allowed: Vec<u64> = documents
        .iter()
        .map(|document| {
            let bits = requests
                .iter()
                .map(|request| evaluate(&[document], request).is_allowed());
            bits.fold(0, |all, bit| (all << 1) | u64::from(bit))
        })
        .collect();
    let (mut asked, mut proved) = (0_u64, 0_u64);
    for at in (0..documents.len() * documents.len()).step_by(step(2_999)) {
        let (have, want) = (at / documents.len(), at % documents.len());
        asked += 1;
        if widens(&documents[have], &documents[want]).is_empty() {
            proved += 1;
            let new = allowed[want] & !allowed[have];
            assert_eq!(
                new,
                0,
                "{} {}",
                documents[have].to_json(),
                documents[want].to_json()
            );
        }
    }
    assert!(proved > asked / 50, "{proved} of {asked}");
}
