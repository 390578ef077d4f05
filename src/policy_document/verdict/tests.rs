//! What is certain, possible and not so, where keys are not known.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Asked, Known, Verdict, strongest};
use crate::policy_document::evaluate::PrincipalId;
use crate::policy_document::{Document, Effect, Kind};

const ROLE: &str = "arn:aws:iam::123456789012:role/backup/snapshots";

fn denied(statement: &Value, keys: &[(&str, Known)]) -> Verdict {
    asked_as(ROLE, statement, keys)
}

fn asked_as(principal: &str, statement: &Value, keys: &[(&str, Known)]) -> Verdict {
    let mut statement = statement.clone();
    let defaults =
        json!({"Effect": "Deny", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*"});
    for (key, value) in defaults.as_object().unwrap() {
        statement
            .as_object_mut()
            .unwrap()
            .entry(key.clone())
            .or_insert(value.clone());
    }
    if statement.get("Principal").is_none() && statement.get("NotPrincipal").is_none() {
        statement["Principal"] = json!("*");
    }
    let text = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let document = Document::parse_live(&text, Kind::BucketPolicy).unwrap();
    let asked = Asked {
        principal: PrincipalId::Aws(principal.to_owned()),
        action: "s3:PutObject".to_owned(),
        resource: "arn:aws:s3:::b/logs/index-0".to_owned(),
        keys: keys
            .iter()
            .map(|(key, known)| ((*key).to_owned(), known.clone()))
            .collect::<BTreeMap<_, _>>(),
    };
    strongest(&document, Effect::Deny, &asked)
}

fn under(condition: Value) -> Value {
    json!({"Condition": condition})
}

#[test]
fn unknown_key_makes_a_denial_possible_under_every_operator() {
    for condition in [
        json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}),
        json!({"StringNotEqualsIfExists": {"AWS:SourceVpce": "vpce-1"}}),
        json!({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        json!({"Null": {"aws:PrincipalOrgID": "true"}}),
        json!({"ForAllValues:StringNotEquals": {"aws:PrincipalOrgPaths": "o-1/*"}}),
    ] {
        assert_eq!(
            denied(&under(condition.clone()), &[]),
            Verdict::Possible,
            "{condition}"
        );
    }
}

#[test]
fn condition_that_cannot_hold_beside_an_unknown_one_is_no_denial() {
    let condition = json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}, "Bool": {"aws:SecureTransport": "false"}});
    let tls = ("aws:securetransport", Known::Is(vec!["true".to_owned()]));
    assert_eq!(denied(&under(condition), &[tls]), Verdict::No);
}

#[test]
fn header_that_is_not_sent_is_certain_for_null_and_negated_operators() {
    let absent = ("s3:x-amz-server-side-encryption", Known::Absent);
    for (condition, verdict) in [
        (
            json!({"Null": {"s3:x-amz-server-side-encryption": "true"}}),
            Verdict::Certain,
        ),
        (
            json!({"StringNotEquals": {"s3:x-amz-server-side-encryption": "AES256"}}),
            Verdict::Certain,
        ),
        (
            json!({"StringNotEqualsIfExists": {"s3:x-amz-server-side-encryption": "AES256"}}),
            Verdict::Certain,
        ),
        (
            json!({"StringEquals": {"s3:x-amz-server-side-encryption": "AES256"}}),
            Verdict::No,
        ),
        (
            json!({"Null": {"s3:x-amz-server-side-encryption": "false"}}),
            Verdict::No,
        ),
    ] {
        assert_eq!(
            denied(&under(condition.clone()), std::slice::from_ref(&absent)),
            verdict,
            "{condition}"
        );
    }
}

#[test]
fn key_that_is_absent_or_false_is_certain_only_where_both_agree() {
    let mfa = (
        "aws:multifactorauthpresent",
        Known::AbsentOr("false".to_owned()),
    );
    let if_exists = json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}});
    assert_eq!(
        denied(&under(if_exists), std::slice::from_ref(&mfa)),
        Verdict::Certain
    );
    let plain = json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}});
    assert_eq!(
        denied(&under(plain), std::slice::from_ref(&mfa)),
        Verdict::Possible
    );
    let with = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    assert_eq!(denied(&under(with), &[mfa]), Verdict::No);
}

#[test]
fn not_principal_denies_whom_it_does_not_name() {
    let other = json!({"NotPrincipal": {"AWS": "arn:aws:iam::123456789012:role/admin"}});
    assert_eq!(denied(&other, &[]), Verdict::Certain);
    let account = json!({"NotPrincipal": {"AWS": "arn:aws:iam::123456789012:root"}});
    assert_eq!(denied(&account, &[]), Verdict::Certain);
    let role = json!({"NotPrincipal": {"AWS": [ROLE, "arn:aws:iam::123456789012:root"]}});
    assert_eq!(denied(&role, &[]), Verdict::Possible);
}

#[test]
fn principal_concerns_role_account_and_perhaps_a_session() {
    let named = |name: &str| json!({"Principal": {"AWS": name}});
    assert_eq!(denied(&named(ROLE), &[]), Verdict::Certain);
    assert_eq!(
        denied(&named("arn:aws:iam::123456789012:root"), &[]),
        Verdict::Certain
    );
    assert_eq!(
        denied(&named("arn:aws:iam::123456789012:role/other"), &[]),
        Verdict::No
    );
    assert_eq!(
        denied(
            &named("arn:aws:sts::123456789012:assumed-role/snapshots/x"),
            &[]
        ),
        Verdict::Possible
    );
    assert_eq!(
        denied(&json!({"Principal": {"Service": "es.amazonaws.com"}}), &[]),
        Verdict::No
    );
}

/// The caller is the session of a role, whose path nobody tells.
#[test]
fn arn_of_a_session_is_certain_only_for_every_path_of_its_role() {
    const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/Deployer/ci";
    let role = |rest: &str| format!("arn:aws:iam::123456789012:role/{rest}");
    let of = |operator: &str, value: &str| {
        let known = Known::RoleNamed {
            start: role(""),
            name: "Deployer".to_owned(),
        };
        let mut statement = json!({"Condition": {}});
        statement["Condition"][operator] = json!({"aws:PrincipalArn": value});
        asked_as(SESSION, &statement, &[("aws:principalarn", known)])
    };
    for (operator, value, want) in [
        ("StringNotEquals", role("Admin"), Verdict::Certain),
        ("ArnNotLike", role("team/Admin*"), Verdict::Possible),
        (
            "ArnNotLike",
            "arn:aws:iam::999988887777:role/*".to_owned(),
            Verdict::Certain,
        ),
        ("StringNotLike", role("*"), Verdict::No),
        ("ArnNotLike", role("*Deployer"), Verdict::No),
        ("StringNotEquals", role("Deployer"), Verdict::Possible),
        ("StringNotEquals", role("team/Deployer"), Verdict::Possible),
        ("ArnNotLike", role("team/*"), Verdict::Possible),
        ("ArnNotLike", role("*/Deploy??"), Verdict::Possible),
        ("ArnLike", role("Deployer"), Verdict::Possible),
        ("ArnEquals", role("Dep*"), Verdict::Possible),
        ("ArnEquals", role("Admin"), Verdict::No),
        ("StringEquals", SESSION.to_owned(), Verdict::No),
        ("Null", "true".to_owned(), Verdict::No),
        ("Null", "false".to_owned(), Verdict::Certain),
    ] {
        assert_eq!(of(operator, &value), want, "{operator} {value}");
    }
}

#[test]
fn policy_variable_of_an_unknown_key_is_never_certain() {
    for condition in [
        json!({"StringNotEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/${aws:username}"}}),
        json!({"StringNotLike": {"aws:PrincipalArn": "*/${aws:PrincipalTag/team}"}}),
    ] {
        let known = Known::Is(vec![ROLE.to_owned()]);
        let verdict = denied(&under(condition.clone()), &[("aws:principalarn", known)]);
        assert_eq!(verdict, Verdict::Possible, "{condition}");
    }
}
