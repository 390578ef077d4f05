//! Which documents mean the same.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use super::super::{Document, Kind, equivalent};
use super::{bucket, managed, trust};

fn same(kind: fn(&str) -> Document, a: &str, b: &str) -> bool {
    let (a, b) = (kind(a), kind(b));
    let hash =
        |document: &Document| BuildHasherDefault::<DefaultHasher>::default().hash_one(document);
    assert_eq!(equivalent(&a, &b), equivalent(&b, &a));
    assert_eq!(equivalent(&a, &b), hash(&a) == hash(&b));
    equivalent(&a, &b)
}

const OBJECTS: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"O","Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":["arn:aws:s3:::b/*"]},{"Sid":"L","Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::b"}]}"#;

#[test]
fn order_scalars_case_of_actions_duplicates_and_ids_do_not_matter() {
    let other = r#"{"Statement":[{"Resource":["arn:aws:s3:::b"],"Sid":"L","Action":["S3:listbucket"],"Effect":"Allow"},
        {"Action":["s3:putObject","s3:GetObject","s3:GetObject"],"Effect":"Allow","Sid":"O","Resource":"arn:aws:s3:::b/*"}],"Version":"2012-10-17"}"#;
    assert!(same(managed, OBJECTS, other));
    let one = r#"{"Id":"x","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}}"#;
    let list = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"*"},"Action":["s3:*"],"Resource":"*","Sid":""}]}"#;
    assert!(same(bucket, one, list));
}

#[test]
fn an_account_is_its_root_in_any_partition() {
    let of = |principal: &str| {
        format!(
            r#"{{"Statement":[{{"Effect":"Allow","Principal":{{"AWS":{principal}}},"Action":"sts:AssumeRole"}}]}}"#
        )
    };
    for root in ["aws", "aws-cn", "aws-us-gov"] {
        let root = of(&format!(r#"["arn:{root}:iam::123456789012:root"]"#));
        assert!(same(trust, &of(r#""123456789012""#), &root));
    }
    assert!(!same(
        trust,
        &of(r#""123456789012""#),
        &of(r#""arn:aws:iam::123456789012:role/root""#)
    ));
    assert!(!same(
        trust,
        &of(r#""123456789012""#),
        &of(r#""123456789013""#)
    ));
}

#[test]
fn condition_values_are_compared_as_text_and_keys_without_case() {
    let of = |condition: &str| {
        format!(
            r#"{{"Statement":[{{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{condition}}}]}}"#
        )
    };
    let pairs = [
        (
            r#"{"Bool":{"aws:SecureTransport":true}}"#,
            r#"{"bool":{"AWS:securetransport":["True"]}}"#,
        ),
        (
            r#"{"NumericLessThan":{"s3:max-keys":10}}"#,
            r#"{"NumericLessThan":{"s3:max-keys":["10"]}}"#,
        ),
        (
            r#"{"StringEquals":{"k":["a","b","a"]}}"#,
            r#"{"StringEquals":{"K":["b","a"]}}"#,
        ),
        (
            r#"{"ForAnyValue:StringLike":{"k":"a"}}"#,
            r#"{"foranyvalue:stringlike":{"k":"a"}}"#,
        ),
    ];
    for (a, b) in pairs {
        assert!(same(managed, &of(a), &of(b)), "{a} {b}");
    }
    let different = [
        (
            r#"{"StringEquals":{"k":"a"}}"#,
            r#"{"StringEquals":{"k":"A"}}"#,
        ),
        (
            r#"{"StringEquals":{"k":"a"}}"#,
            r#"{"StringLike":{"k":"a"}}"#,
        ),
        (
            r#"{"StringEquals":{"k":"a"}}"#,
            r#"{"StringEqualsIfExists":{"k":"a"}}"#,
        ),
        (
            r#"{"StringEquals":{"k":"a"}}"#,
            r#"{"StringEquals":{"k":["a","b"]}}"#,
        ),
        (
            r#"{"StringEquals":{"k":"a"}}"#,
            r#"{"StringEquals":{"k":"a","l":"a"}}"#,
        ),
    ];
    for (a, b) in different {
        assert!(!same(managed, &of(a), &of(b)), "{a} {b}");
    }
}

#[test]
fn what_grants_differently_or_is_named_differently_is_different() {
    let rewrites = [
        (
            r#""Effect":"Allow","Action":"s3:ListBucket""#,
            r#""Effect":"Deny","Action":"s3:ListBucket""#,
        ),
        (r#""arn:aws:s3:::b/*""#, r#""arn:aws:s3:::b/logs/*""#),
        (r#""arn:aws:s3:::b/*""#, r#""arn:aws:s3:::B/*""#),
        (
            r#""Action":"s3:ListBucket""#,
            r#""NotAction":"s3:ListBucket""#,
        ),
        (
            r#""Resource":"arn:aws:s3:::b""#,
            r#""NotResource":"arn:aws:s3:::b""#,
        ),
        (r#""Sid":"L""#, r#""Sid":"M""#),
        (r#""Sid":"L","#, ""),
        (r#""s3:ListBucket""#, r#""s3:ListBucket*""#),
    ];
    for (from, to) in rewrites {
        let other = OBJECTS.replace(from, to);
        assert_ne!(other, OBJECTS);
        assert!(!same(managed, OBJECTS, &other), "{from} {to}");
    }
}

#[test]
fn the_version_matters_only_where_a_variable_is() {
    let plain = OBJECTS.replace("2012-10-17", "2008-10-17");
    assert!(same(managed, OBJECTS, &plain));
    assert!(same(
        managed,
        OBJECTS,
        &OBJECTS.replace(r#""Version":"2012-10-17","#, "")
    ));
    let variable = OBJECTS.replace("b/*", "b/${aws:username}/*");
    assert!(!same(
        managed,
        &variable,
        &variable.replace("2012-10-17", "2008-10-17")
    ));
    let absent = variable.replace(r#""Version":"2012-10-17","#, "");
    assert!(!same(managed, &variable, &absent));
    assert!(same(
        managed,
        &absent,
        &variable.replace("2012-10-17", "2008-10-17")
    ));
}

#[test]
fn everyone_and_everyone_in_aws_are_the_same_for_a_bucket_only() {
    let trusted = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}"#;
    assert!(!same(
        trust,
        trusted,
        &trusted.replace(r#""*""#, r#"{"AWS":"*"}"#)
    ));
}

#[test]
fn a_document_is_equal_to_an_equivalent_one() {
    let live = Document::parse_live(
        &OBJECTS.replace(r#"["arn:aws:s3:::b/*"]"#, r#""arn:aws:s3:::b/*""#),
        Kind::Managed,
    );
    assert_eq!(live, Ok(managed(OBJECTS)));
    let other = OBJECTS.replace("arn:aws:s3:::b/*", "arn:aws:s3:::c/*");
    assert_ne!(live, Ok(managed(&other)));
}
