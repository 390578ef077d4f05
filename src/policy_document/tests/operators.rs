//! Verdicts of condition operators, on keys that are there, absent, many, or follow from the principal.

use super::super::Document;
use super::super::evaluate::Decision;
use super::super::operator::Operator;
use super::evaluation::{alice, allowed, decide, denied, es, request, user};
use super::{bucket, managed};

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>
#[test]
fn operators_on_sets_and_on_absent_keys_follow_their_page() {
    let holds = |condition: &str, values: &[&str]| {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:A","Resource":"*","Condition":{condition}}}]}}"#
        );
        decide(
            &managed(&text),
            &request(alice(), "s3:A", "arn:aws:s3:::b", &[("k", values)]),
        )
        .is_allowed()
    };
    let all = r#"{"ForAllValues:StringEquals":{"k":["a","b"]}}"#;
    assert_eq!(
        [
            holds(all, &["a"]),
            holds(all, &["a", "b"]),
            holds(all, &["a", "c"]),
            holds(all, &[])
        ],
        [true, true, false, true]
    );
    let any = r#"{"ForAnyValue:StringLike":{"k":["a*"]}}"#;
    assert_eq!(
        [
            holds(any, &["x", "ab"]),
            holds(any, &["x"]),
            holds(any, &[])
        ],
        [true, false, false]
    );
    let any_not = r#"{"ForAnyValue:StringNotEquals":{"k":["a"]}}"#;
    assert_eq!(
        [
            holds(any_not, &["a", "x"]),
            holds(any_not, &["a"]),
            holds(any_not, &[])
        ],
        [true, false, false]
    );
    let not = r#"{"StringNotLike":{"k":["a*"]}}"#;
    assert_eq!(
        [holds(not, &["b"]), holds(not, &["ab"]), holds(not, &[])],
        [true, false, true]
    );
    let exists = r#"{"StringEqualsIfExists":{"k":"a"}}"#;
    assert_eq!(
        [
            holds(exists, &["a"]),
            holds(exists, &["b"]),
            holds(exists, &[])
        ],
        [true, false, true]
    );
    let null = r#"{"Null":{"k":"false"}}"#;
    assert_eq!([holds(null, &["a"]), holds(null, &[])], [true, false]);
    let case = r#"{"StringEqualsIgnoreCase":{"K":"A"}}"#;
    assert_eq!([holds(case, &["a"]), holds(case, &["b"])], [true, false]);
    let date = r#"{"DateGreaterThan":{"k":"2026-01-01T00:00:00Z"}}"#;
    assert_eq!(
        [
            holds(date, &["2026-01-01T00:00:01Z"]),
            holds(date, &["2025-12-31"]),
            holds(date, &["soon"])
        ],
        [true, false, false]
    );
    for (operator, less, equal, more) in [
        ("Equals", false, true, false),
        ("NotEquals", true, false, true),
        ("LessThan", true, false, false),
        ("LessThanEquals", true, true, false),
        ("GreaterThan", false, false, true),
        ("GreaterThanEquals", false, true, true),
    ] {
        let number = format!(r#"{{"Numeric{operator}":{{"k":10}}}}"#);
        let asked = ["9.5", "10", "10.5"].map(|value| holds(&number, &[value]));
        assert_eq!(asked, [less, equal, more], "{number}");
        assert!(!holds(&number, &["NaN"]), "{number}");
        let date = format!(r#"{{"Date{operator}":{{"k":"2026-01-01"}}}}"#);
        let days = ["2025-12-31", "2026-01-01T00:00Z", "2026-01-02"];
        let asked = days.map(|value| holds(&date, &[value]));
        assert_eq!(asked, [less, equal, more], "{date}");
        assert!(!holds(&date, &["soon"]), "{date}");
    }
    // Several values under an operator for one are not defined.
    assert!(!holds(r#"{"StringEquals":{"k":"a"}}"#, &["a", "b"]));
}

#[test]
fn what_is_not_known_never_allows_and_always_denies() {
    let text = r#"{"Statement":[{"Sid":"N","Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringResembles":{"k":"a"}}}]}"#;
    let read = |text: &str| Document::parse_live(text, super::Kind::Managed).unwrap();
    let ask = request(alice(), "s3:A", "arn:aws:s3:::b", &[("k", &["a"])]);
    assert_eq!(decide(&read(text), &ask), Decision::ImplicitDeny);
    assert_eq!(
        decide(&read(&text.replace("Allow", "Deny")), &ask),
        denied("N")
    );
}

#[test]
fn the_keys_that_follow_from_the_principal_need_not_be_given() {
    let document = bucket(
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"Mine","Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:PrincipalAccount}/*",
            "Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::123456789012:user/*"},"Bool":{"aws:PrincipalIsAWSService":"false"}}}]}"#,
    );
    let ask = |principal| {
        decide(
            &document,
            &request(principal, "s3:Get", "arn:aws:s3:::b/123456789012/x", &[]),
        )
    };
    assert_eq!(ask(alice()), allowed("Mine"));
    assert_eq!(
        ask(user("arn:aws:iam::999999999999:user/alice")),
        Decision::ImplicitDeny
    );
    assert_eq!(ask(es()), Decision::ImplicitDeny);
}

#[test]
fn a_variable_without_a_value_never_allows_and_denies_where_it_could_match() {
    let ask = |effect: &str, condition: &str, value: &str| {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"V","Effect":"{effect}","Action":"s3:A","Resource":"*","Condition":{condition}}}]}}"#
        );
        decide(
            &Document::parse_live(&text, super::Kind::Managed).unwrap(),
            &request(alice(), "s3:A", "arn:aws:s3:::b", &[("k", &[value])]),
        )
    };
    let like = r#"{"StringLike":{"k":"home/${aws:username}/*"}}"#;
    let unlike = r#"{"StringNotLike":{"k":"home/${aws:username}/*"}}"#;
    let number = r#"{"NumericEquals":{"k":"${aws:username}"}}"#;
    for condition in [like, unlike, number] {
        assert_eq!(
            ask("Allow", condition, "home/x/y"),
            Decision::ImplicitDeny,
            "{condition}"
        );
        assert_eq!(
            ask("Deny", condition, "home/x/y"),
            denied("V"),
            "{condition}"
        );
    }
    assert_eq!(ask("Deny", like, "other"), Decision::ImplicitDeny);
    assert_eq!(ask("Allow", unlike, "other"), allowed("V"));
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_s3_home-directory-console.html>
#[test]
fn a_home_directory_follows_the_user_name() {
    let text = r#"{"Version":"2012-10-17","Statement":[
        {"Sid":"ListHome","Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::bucket-name","Condition":{"StringLike":{"s3:prefix":["","home/","home/${aws:username}/*"]}}},
        {"Sid":"Home","Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::bucket-name/home/${aws:username}","arn:aws:s3:::bucket-name/home/${aws:username}/*"]}]}"#;
    let ask = |text: &str, key: &str, name: &[&str]| {
        let resource = format!("arn:aws:s3:::bucket-name/home/{key}");
        decide(
            &managed(text),
            &request(
                alice(),
                "s3:GetObject",
                &resource,
                &[("aws:username", name)],
            ),
        )
        .is_allowed()
    };
    assert!(ask(text, "alice/x", &["alice"]));
    assert!(!ask(text, "bob/x", &["alice"]));
    assert!(!ask(text, "alice/x", &[]));
    assert!(!ask(text, "bob/x", &["*"]));
    let old = text.replace("2012-10-17", "2008-10-17");
    assert!(!ask(&old, "alice/x", &["alice"]));
    assert!(ask(&old, "${aws:username}/x", &["alice"]));
    let deny = managed(&text.replace("Allow", "Deny"));
    let unknown = request(
        alice(),
        "s3:GetObject",
        "arn:aws:s3:::bucket-name/home/alice/x",
        &[],
    );
    assert_eq!(decide(&deny, &unknown), denied("Home"));
    let elsewhere = request(alice(), "s3:GetObject", "arn:aws:s3:::bucket-name/x", &[]);
    assert_eq!(decide(&deny, &elsewhere), Decision::ImplicitDeny);
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
#[test]
fn only_operators_that_there_are_are_known_in_any_case() {
    let name = |text: &str| Operator::parse(text).map(|operator| operator.canonical_name());
    for (written, known) in [
        ("stringequals", "StringEquals"),
        ("STRINGNOTLIKEIFEXISTS", "StringNotLikeIfExists"),
        ("foranyvalue:arnlike", "ForAnyValue:ArnLike"),
        (
            "ForAllValues:StringEqualsIfExists",
            "ForAllValues:StringEqualsIfExists",
        ),
        ("Null", "Null"),
    ] {
        assert_eq!(name(written).as_deref(), Some(known), "{written}");
    }
    for unknown in [
        "",
        "IfExists",
        "StringEqual",
        "ForSomeValues:StringEquals",
        ":StringEquals",
        "ForAnyValue:",
        "NullIfExists",
        "ForAnyValue:Null",
        "ForAllValues:NullIfExists",
    ] {
        assert_eq!(name(unknown), None, "{unknown}");
    }
}

#[test]
fn what_has_no_case_is_compared_without_it_and_what_is_binary_as_it_is() {
    let holds = |operator: &str, value: &str, asked: &str| {
        let condition = format!(r#"{{"{operator}":{{"k":"{value}"}}}}"#);
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:A","Resource":"*","Condition":{condition}}}]}}"#
        );
        let asked = request(alice(), "s3:A", "arn:aws:s3:::b", &[("k", &[asked])]);
        decide(&managed(&text), &asked).is_allowed()
    };
    for (operator, value, asked, expected) in [
        ("StringEqualsIgnoreCase", "ALICE", "aLiCe", true),
        ("StringEqualsIgnoreCase", "ALICE", "bob", false),
        ("StringEquals", "ALICE", "aLiCe", false),
        ("Bool", "TRUE", "true", true),
        ("Bool", "true", "True", true),
        ("Bool", "true", "false", false),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", true),
        ("BinaryEquals", "QmluYXJ5", "qmluyxj5", false),
    ] {
        assert_eq!(
            holds(operator, value, asked),
            expected,
            "{operator} {value} {asked}"
        );
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-conditionelement>
#[test]
fn variable_is_resolved_for_texts_and_arns_only() {
    let ask = |effect: &str, condition: &str, context: &[(&str, &[&str])]| {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"S","Effect":"{effect}","Action":"s3:A","Resource":"*","Condition":{condition}}}]}}"#
        );
        let document = Document::parse_live(&text, super::Kind::Inline).unwrap();
        decide(
            &document,
            &request(alice(), "s3:A", "arn:aws:s3:::b", context),
        )
    };
    let name: (&str, &[&str]) = ("aws:PrincipalTag/Team", &["Search"]);
    let cases: [(&str, &str, bool); 6] = [
        (
            r#"{"StringEquals":{"k":"${aws:PrincipalTag/team}"}}"#,
            "Search",
            true,
        ),
        (
            r#"{"StringEqualsIgnoreCase":{"k":"${aws:PrincipalTag/team}"}}"#,
            "sEARCH",
            true,
        ),
        (
            r#"{"StringNotEqualsIgnoreCase":{"k":"${aws:PrincipalTag/team}"}}"#,
            "search",
            false,
        ),
        (
            r#"{"StringLike":{"k":"x-${aws:PrincipalTag/team}-*"}}"#,
            "x-Search-1",
            true,
        ),
        (
            r#"{"ArnLike":{"k":"arn:aws:es:*:1:domain/${aws:PrincipalTag/team}"}}"#,
            "arn:aws:es:r:1:domain/Search",
            true,
        ),
        (
            r#"{"StringEqualsIgnoreCase":{"k":"${aws:x, 'Default'}"}}"#,
            "dEFAULT",
            true,
        ),
    ];
    for (condition, asked, holds) in cases {
        let context = [name, ("k", &[asked])];
        assert_eq!(
            ask("Allow", condition, &context).is_allowed(),
            holds,
            "{condition}"
        );
        let denied = ask("Deny", condition, &context) == denied("S");
        assert_eq!(denied, holds, "{condition}");
    }
    // Elsewhere it is no variable: what it stands for is never compared, so nothing is allowed and everything denied.
    for (condition, value) in [
        (r#"{"NumericEquals":{"k":"${v}"}}"#, "5"),
        (r#"{"DateEquals":{"k":"${v}"}}"#, "2026-01-01"),
        (r#"{"IpAddress":{"k":"${v}"}}"#, "10.0.0.1"),
        (r#"{"Bool":{"k":"${v}"}}"#, "true"),
    ] {
        let context: [(&str, &[&str]); 2] = [("v", &[value]), ("k", &[value])];
        assert!(
            !ask("Allow", condition, &context).is_allowed(),
            "{condition}"
        );
        assert_eq!(ask("Deny", condition, &context), denied("S"), "{condition}");
    }
    let binary = r#"{"BinaryEquals":{"k":"${v}"}}"#;
    let context: [(&str, &[&str]); 2] = [("v", &["QQ=="]), ("k", &["QQ=="])];
    assert!(!ask("Allow", binary, &context).is_allowed());
}

/// Only the resource part of an ARN takes variables
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-resourceelement>).
#[test]
fn variable_before_the_fifth_colon_of_a_resource_allows_nothing() {
    let of = |effect: &str, resource: &str| {
        managed(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"S","Effect":"{effect}","Action":"s3:A","Resource":"{resource}"}}]}}"#
        ))
    };
    let ask = request(
        alice(),
        "s3:A",
        "arn:aws:es:r:123456789012:domain/123456789012",
        &[],
    );
    let early = "arn:aws:es:r:${aws:PrincipalAccount}:domain/*";
    let late = "arn:aws:es:r:*:domain/${aws:PrincipalAccount}";
    assert!(!decide(&of("Allow", early), &ask).is_allowed());
    assert_eq!(decide(&of("Deny", early), &ask), denied("S"));
    assert!(decide(&of("Allow", late), &ask).is_allowed());
}

#[test]
fn parts_of_a_second_and_months_are_compared() {
    let holds = |condition: &str, now: &str| {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:A","Resource":"*","Condition":{condition}}}]}}"#
        );
        decide(
            &managed(&text),
            &request(alice(), "s3:A", "arn:aws:s3:::b", &[("k", &[now])]),
        )
        .is_allowed()
    };
    let before = r#"{"DateLessThan":{"k":"2026-01-01T00:00:00.500Z"}}"#;
    assert!(holds(before, "2026-01-01T00:00:00.499Z"));
    assert!(holds(before, "2026-01-01T00:00:00Z"));
    assert!(!holds(before, "2026-01-01T00:00:00.5Z"));
    let month = r#"{"DateGreaterThanEquals":{"k":"2026-02"}}"#;
    assert!(holds(month, "2026-02-01T00:00:00Z"));
    assert!(!holds(month, "2026-01-31T23:59:59.999Z"));
    // A year alone may be seconds since 1970.
    let year = r#"{"DateGreaterThan":{"k":"2026"}}"#;
    assert!(!holds(year, "2027-01-01"));
}

#[test]
fn type_of_a_principal_follows_from_its_arn() {
    let document = managed(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:A","Resource":"arn:aws:s3:::b/${aws:PrincipalType}"}]}"#,
    );
    for (principal, kind) in [
        (user("arn:aws:iam::123456789012:user/path/u"), "User"),
        (
            user("arn:aws:sts::123456789012:assumed-role/r/s"),
            "AssumedRole",
        ),
        (user("arn:aws:iam::123456789012:root"), "Account"),
        (
            user("arn:aws:sts::123456789012:federated-user/f"),
            "FederatedUser",
        ),
        (super::super::evaluate::PrincipalId::Anonymous, "Anonymous"),
    ] {
        let resource = format!("arn:aws:s3:::b/{kind}");
        assert!(
            decide(&document, &request(principal, "s3:A", &resource, &[])).is_allowed(),
            "{kind}"
        );
    }
}
