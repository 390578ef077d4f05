//! The examples of "The meaning of public",
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>.

use super::super::is_public;
use super::bucket;

fn public(principal: &str, condition: &str) -> bool {
    let text = format!(
        r#"{{"Statement":[{{"Sid":"S","Effect":"Allow","Principal":{principal},"Action":"s3:PutObject","Resource":"*"{condition}}}]}}"#
    );
    let labels = is_public(&bucket(&text));
    assert!(labels.is_empty() || labels == ["S"], "{labels:?}");
    !labels.is_empty()
}

#[test]
fn the_examples_of_the_guide_are_told_apart() {
    assert!(public(r#"{"Federated":"graph.facebook.com"}"#, ""));
    assert!(public(r#""*""#, ""));
    assert!(public(
        r#""*""#,
        r#","Condition":{"StringLike":{"aws:SourceVpc":"vpc-*"}}"#
    ));
    assert!(!public(
        r#""*""#,
        r#","Condition":{"StringEquals":{"aws:SourceVpc":"vpc-91237329"}}"#
    ));
}

#[test]
fn fixed_principals_are_not_public() {
    for principal in [
        r#"{"AWS":"123456789012"}"#,
        r#"{"Service":"cloudtrail.amazonaws.com"}"#,
        r#"{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}"#,
        r#"{"Federated":"arn:aws:iam::123456789012:saml-provider/p"}"#,
    ] {
        assert!(!public(principal, ""), "{principal}");
    }
    assert!(public(r#"{"AWS":["123456789012","*"]}"#, ""));
}

#[test]
fn only_a_condition_that_always_fixes_the_caller_makes_everyone_less_than_public() {
    let fixing = [
        r#"{"StringEquals":{"aws:PrincipalOrgID":"o-abc"}}"#,
        r#"{"StringEquals":{"AWS:sourceaccount":["123456789012"]}}"#,
        r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:us-east-1:123456789012:topic"}}"#,
        r#"{"IpAddress":{"aws:SourceIp":["54.240.143.0/24","10.0.0.0/8","2001:db8::/32"]}}"#,
        r#"{"StringLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-west-2:123456789012:accesspoint/*"}}"#,
    ];
    for condition in fixing {
        assert!(
            !public(r#""*""#, &format!(r#","Condition":{condition}"#)),
            "{condition}"
        );
    }
    let open = [
        r#"{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-abc"}}"#,
        r#"{"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-abc"}}"#,
        r#"{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}"#,
        r#"{"StringEquals":{"aws:SourceAccount":["123456789012","*"]}}"#,
        r#"{"StringEquals":{"aws:userid":"${aws:userid}"}}"#,
        r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}}"#,
        r#"{"IpAddress":{"aws:SourceIp":"2001::/16"}}"#,
        r#"{"StringEquals":{"aws:SourceIp":"54.240.143.1"}}"#,
        r#"{"StringLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-west-2:*:accesspoint/a"}}"#,
        r#"{"StringLike":{"aws:Referer":"http://www.example.com/page"}}"#,
        r#"{"Bool":{"aws:SecureTransport":"true"}}"#,
    ];
    for condition in open {
        assert!(
            public(r#""*""#, &format!(r#","Condition":{condition}"#)),
            "{condition}"
        );
    }
}

#[test]
fn a_denial_is_never_public() {
    let text =
        r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]}"#;
    assert_eq!(is_public(&bucket(text)), Vec::<String>::new());
}
