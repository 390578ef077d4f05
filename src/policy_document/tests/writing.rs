//! What is sent, how it is counted, and how a difference is shown.

use super::super::{Change, Document, PrincipalKind, Statement, StatementDiff, diff};
use super::{bucket, managed, trust};

const SNAPSHOT_TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Snapshots","Effect":"Allow","Principal":{"Service":"es.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:es:us-west-2:123456789012:domain/logs"},"StringEquals":{"aws:SourceAccount":"123456789012"}}}]}"#;

#[test]
fn a_document_is_sent_as_it_was_written() {
    assert_eq!(trust(SNAPSHOT_TRUST).to_json(), SNAPSHOT_TRUST);
    let unusual = r#"{"Version":"2008-10-17","Id":"i","Statement":[{"Effect":"Deny","NotPrincipal":{"AWS":["1"],"Service":"a.b"},"NotAction":["s3:a"],"NotResource":"x","Condition":{"Bool":{"k":[true,"false"]},"NumericEquals":{"n":[1.5,-2,3]}}}]}"#;
    let document = Document::parse_live(unusual, super::Kind::BucketPolicy).unwrap();
    assert_eq!(document.to_json(), unusual);
}

#[test]
fn a_document_that_is_built_has_the_same_form() {
    let built = Document::new(vec![
        Statement::allow("sts:AssumeRole")
            .sid("Snapshots")
            .by(PrincipalKind::Service, "es.amazonaws.com")
            .when(
                "ArnLike",
                "aws:SourceArn",
                "arn:aws:es:us-west-2:123456789012:domain/logs",
            )
            .when("StringEquals", "aws:SourceAccount", "123456789012"),
    ]);
    assert_eq!(built.to_json(), SNAPSHOT_TRUST);
}

#[test]
fn principals_of_one_kind_replace_those_before_and_leave_the_others() {
    let built = Statement::allow("s3:A")
        .by(PrincipalKind::Aws, "111111111111")
        .by(PrincipalKind::Service, "es.amazonaws.com")
        .by(PrincipalKind::Aws, "222222222222");
    let expected = r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":"es.amazonaws.com","AWS":"222222222222"},"Action":"s3:A","Resource":"*"}]}"#;
    assert_eq!(Document::new(vec![built.on("*")]), bucket(expected));
}

#[test]
fn a_statement_is_called_by_its_sid_or_by_what_it_does_and_names_what_it_is_about() {
    let of = |elements: &str| {
        let text = format!(r#"{{"Statement":[{{"Effect":"Allow","Action":"s3:A",{elements}}}]}}"#);
        bucket(&text).statements()[0].clone()
    };
    let label = |sid: &str| {
        of(&format!(
            r#"{sid}"Principal":"*","Resource":"arn:aws:s3:::b""#
        ))
        .label()
    };
    assert_eq!(label(r#""Sid":"Own","#), "Own");
    assert_eq!(label(r#""Sid":"","#), "Allow s3:A on arn:aws:s3:::b");
    assert_eq!(label(""), "Allow s3:A on arn:aws:s3:::b");
    for element in ["Resource", "NotResource"] {
        let one = of(&format!(
            r#""Principal":"*","{element}":["arn:aws:s3:::b","arn:aws:s3:::c"]"#
        ));
        let all: Vec<&String> = one.all_resources().collect();
        assert_eq!(all, ["arn:aws:s3:::b", "arn:aws:s3:::c"]);
    }
    for (principal, names) in [
        (r#""Principal":{"AWS":"123456789012"}"#, true),
        (r#""Principal":"*""#, false),
        (r#""Principal":{"Service":"es.amazonaws.com"}"#, false),
        (
            r#""Principal":{"Service":"es.amazonaws.com","AWS":"123456789012"}"#,
            true,
        ),
    ] {
        let one = of(&format!(r#"{principal},"Resource":"*""#));
        assert_eq!(one.names_aws_principals(), names, "{principal}");
    }
}

#[test]
fn size_counts_characters_without_whitespace() {
    let document = bucket(
        r#"{ "Statement": [ {"Sid":"a é b", "Effect":"Deny", "Principal":"*", "Action":"s3:*", "Resource":"*"} ] }"#,
    );
    let sent = r#"{"Statement":[{"Sid":"aéb","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]}"#;
    assert_eq!(document.size(), sent.chars().count());
}

#[test]
fn the_canonical_form_is_sorted_and_normalised() {
    let document = bucket(
        r#"{"Id":"i","Version":"2008-10-17","Statement":{"Sid":"","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::123456789012:root","123456789012"]},
            "Action":["S3:PutObject","s3:getobject"],"Resource":"arn:aws:s3:::b/*","Condition":{"bool":{"AWS:SecureTransport":true}}}}"#,
    );
    let expected = serde_json::json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": ["123456789012"]}, "Action": ["s3:getobject", "s3:putobject"],
        "Resource": ["arn:aws:s3:::b/*"], "Condition": {"Bool": {"aws:securetransport": ["true"]}}}]});
    assert_eq!(document.canonical(), expected);
}

#[test]
fn a_changed_statement_is_a_unified_diff_spelled_as_wanted() {
    let have = managed(
        r#"{"Statement":[{"Sid":"Objects","Effect":"Allow","Action":["s3:putobject","s3:GetObject"],"Resource":"arn:aws:s3:::b/*"}]}"#,
    );
    let want = managed(
        r#"{"Statement":[{"Sid":"Objects","Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:DeleteObject"],"Resource":"arn:aws:s3:::b/*"}]}"#,
    );
    let text = "@@ -2,6 +2,7 @@\n   \"Sid\": \"Objects\",\n   \"Effect\": \"Allow\",\n   \"Action\": [\n+    \"s3:DeleteObject\",\n     \"s3:GetObject\",\n     \"s3:PutObject\"\n   ],\n";
    let expected = vec![StatementDiff {
        label: "Objects".into(),
        change: Change::Changed,
        text: text.into(),
    }];
    assert_eq!(diff(Some(&have), &want), expected);
}

#[test]
fn statements_that_are_new_or_gone_are_shown_whole() {
    let have =
        managed(r#"{"Statement":[{"Sid":"Old","Effect":"Allow","Action":"s3:A","Resource":"*"}]}"#);
    let want = managed(r#"{"Statement":[{"Effect":"Deny","Action":"s3:B","Resource":["*"]}]}"#);
    let shown: Vec<(String, Change)> = diff(Some(&have), &want)
        .into_iter()
        .map(|d| (d.label, d.change))
        .collect();
    let expected = vec![
        ("Old".to_owned(), Change::Removed),
        ("Deny s3:B on *".to_owned(), Change::Added),
    ];
    assert_eq!(shown, expected);
    let text = "@@ -0,0 +1,5 @@\n+{\n+  \"Effect\": \"Deny\",\n+  \"Action\": [\"s3:B\"],\n+  \"Resource\": [\"*\"]\n+}\n";
    let expected = vec![StatementDiff {
        label: "Deny s3:B on *".into(),
        change: Change::Added,
        text: text.into(),
    }];
    assert_eq!(diff(None, &want), expected);
}

#[test]
fn a_statement_without_a_sid_that_changed_in_one_element_is_one_change() {
    let have =
        managed(r#"{"Statement":[{"Effect":"Allow","Action":["s3:A","s3:B"],"Resource":"*"}]}"#);
    let want =
        managed(r#"{"Statement":[{"Effect":"Allow","Action":["s3:A","s3:C"],"Resource":"*"}]}"#);
    let shown: Vec<(String, Change)> = diff(Some(&have), &want)
        .into_iter()
        .map(|d| (d.label, d.change))
        .collect();
    assert_eq!(
        shown,
        [("Allow s3:A and 1 more on *".to_owned(), Change::Changed)]
    );
}

#[test]
fn a_statement_that_got_or_lost_its_sid_or_changed_its_resource_is_one_change() {
    let named = r#"{"Sid":"A","Effect":"Allow","Action":"s3:A","Resource":"*"}"#;
    let unnamed = r#"{"Effect":"Allow","Action":"s3:A","Resource":"*"}"#;
    let elsewhere = r#"{"Effect":"Allow","Action":"s3:A","Resource":"arn:aws:s3:::b"}"#;
    let other_name = r#"{"Sid":"B","Effect":"Allow","Action":"s3:A","Resource":"*"}"#;
    let changes = |have: &str, want: &str| -> Vec<Change> {
        let document = |statement: &str| managed(&format!(r#"{{"Statement":[{statement}]}}"#));
        let shown = diff(Some(&document(have)), &document(want));
        shown.into_iter().map(|d| d.change).collect()
    };
    assert_eq!(changes(named, unnamed), [Change::Changed]);
    assert_eq!(changes(unnamed, named), [Change::Changed]);
    assert_eq!(changes(unnamed, elsewhere), [Change::Changed]);
    assert_eq!(changes(named, other_name), [Change::Removed, Change::Added]);
}

#[test]
fn a_version_that_matters_is_shown() {
    let text = r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Action":"s3:A","Resource":"arn:aws:s3:::b/${aws:username}"}]}"#;
    let (have, want) = (
        managed(text),
        managed(&text.replace("2008-10-17", "2012-10-17")),
    );
    let text = "@@ -1,1 +1,1 @@\n-\"Version\": \"2008-10-17\"\n+\"Version\": \"2012-10-17\"\n";
    let expected = vec![StatementDiff {
        label: "Version".into(),
        change: Change::Changed,
        text: text.replace("1,1", "1"),
    }];
    assert_eq!(diff(Some(&have), &want), expected);
}
