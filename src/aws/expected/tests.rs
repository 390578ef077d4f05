//! Tests of what an answer must hold: whole ones as AWS documents them, and each of them without one of its parts.

use super::{Unexpected, check};
use crate::aws::reads::READ_OPERATIONS;

/// A whole answer of each read of XML, with its service.
const WHOLE: [(&str, &str, &str); 27] = [
    (
        "S3",
        "GetBucketAcl",
        "<AccessControlPolicy><Owner><ID>1</ID></Owner><AccessControlList></AccessControlList></AccessControlPolicy>",
    ),
    (
        "S3",
        "GetBucketCors",
        "<CORSConfiguration><CORSRule/></CORSConfiguration>",
    ),
    (
        "S3",
        "GetBucketEncryption",
        r#"<?xml version="1.0" encoding="UTF-8"?> <ServerSideEncryptionConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"#,
    ),
    (
        "S3",
        "GetBucketLifecycleConfiguration",
        "<LifecycleConfiguration><Rule/></LifecycleConfiguration>",
    ),
    ("S3", "GetBucketLogging", "<BucketLoggingStatus/>"),
    (
        "S3",
        "GetBucketNotificationConfiguration",
        "<NotificationConfiguration/>",
    ),
    (
        "S3",
        "GetBucketOwnershipControls",
        "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>",
    ),
    (
        "S3",
        "GetBucketPolicyStatus",
        "<PolicyStatus><IsPublic>false</IsPublic></PolicyStatus>",
    ),
    (
        "S3",
        "GetBucketReplication",
        "<ReplicationConfiguration><Rule/></ReplicationConfiguration>",
    ),
    ("S3", "GetBucketTagging", "<Tagging><TagSet/></Tagging>"),
    (
        "S3",
        "GetBucketVersioning",
        r#"<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>"#,
    ),
    ("S3", "GetBucketWebsite", "<WebsiteConfiguration/>"),
    (
        "S3",
        "GetObjectLockConfiguration",
        "<ObjectLockConfiguration/>",
    ),
    (
        "S3",
        "GetPublicAccessBlock",
        "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>",
    ),
    (
        "S3",
        "ListMultipartUploads",
        "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>",
    ),
    (
        "S3",
        "ListObjectVersions",
        "<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>",
    ),
    (
        "S3",
        "ListObjectsV2",
        "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>",
    ),
    (
        "IAM",
        "GetPolicy",
        "<GetPolicyResponse><GetPolicyResult><Policy><Arn>a</Arn><DefaultVersionId>v1</DefaultVersionId><AttachmentCount>0</AttachmentCount></Policy></GetPolicyResult></GetPolicyResponse>",
    ),
    (
        "IAM",
        "GetPolicyVersion",
        "<GetPolicyVersionResponse><GetPolicyVersionResult><PolicyVersion><Document>%7B%7D</Document><VersionId>v1</VersionId></PolicyVersion></GetPolicyVersionResult></GetPolicyVersionResponse>",
    ),
    (
        "IAM",
        "GetRole",
        "<GetRoleResponse><GetRoleResult><Role><Arn>a</Arn><RoleName>r</RoleName><AssumeRolePolicyDocument>%7B%7D</AssumeRolePolicyDocument></Role></GetRoleResult></GetRoleResponse>",
    ),
    (
        "IAM",
        "GetRolePolicy",
        "<GetRolePolicyResponse><GetRolePolicyResult><RoleName>r</RoleName><PolicyName>p</PolicyName><PolicyDocument>%7B%7D</PolicyDocument></GetRolePolicyResult></GetRolePolicyResponse>",
    ),
    (
        "IAM",
        "ListAttachedRolePolicies",
        "<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult><AttachedPolicies/><IsTruncated>false</IsTruncated></ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>",
    ),
    (
        "IAM",
        "ListPolicies",
        "<ListPoliciesResponse><ListPoliciesResult><Policies/><IsTruncated>false</IsTruncated></ListPoliciesResult></ListPoliciesResponse>",
    ),
    (
        "IAM",
        "ListPolicyVersions",
        "<ListPolicyVersionsResponse><ListPolicyVersionsResult><Versions/><IsTruncated>false</IsTruncated></ListPolicyVersionsResult></ListPolicyVersionsResponse>",
    ),
    (
        "IAM",
        "ListRolePolicies",
        "<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames/><IsTruncated>false</IsTruncated></ListRolePoliciesResult></ListRolePoliciesResponse>",
    ),
    (
        "STS",
        "GetCallerIdentity",
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>a</Arn><Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
    ),
    (
        "IAM",
        "AttachRolePolicy",
        "<AttachRolePolicyResponse><ResponseMetadata/></AttachRolePolicyResponse>",
    ),
];

/// What a captive portal or a proxy shows.
const PAGES: [&str; 4] = [
    "<!DOCTYPE html><html></html>",
    "\n <HTML><body>Sign in</body></HTML>",
    "Sign in to continue",
    r#"{"error": "sign in"}"#,
];

fn judged(service: &str, operation: &str, body: &str) -> Result<(), Unexpected> {
    check(service, operation, |_| true, body.as_bytes())
}

#[test]
fn whole_answer_of_each_read_is_believed() {
    for (service, operation, body) in WHOLE {
        assert_eq!(judged(service, operation, body), Ok(()), "{operation}");
    }
    // The content of an object arrives after its answer is judged.
    let others = [
        "HeadBucket",
        "GetBucketPolicy",
        "DescribeDomain",
        "GetObject",
    ];
    for operation in READ_OPERATIONS {
        let known = WHOLE.iter().any(|(_, known, _)| known == operation);
        assert!(known || others.contains(operation), "{operation}");
    }
}

#[test]
fn answer_without_one_of_its_parts_is_not_believed() {
    let mut parts = 0;
    for (service, operation, body) in WHOLE {
        let (super::Form::Xml(_, needed) | super::Form::Query(needed)) =
            super::form(service, operation).unwrap()
        else {
            panic!("{operation}");
        };
        for part in needed {
            let other = body.replace(&format!("<{part}"), "<Other");
            let refused = judged(service, operation, &other).unwrap_err();
            assert!(
                matches!(refused, Unexpected::Missing { part: missing, .. } if missing == *part),
                "{operation}: {refused}"
            );
            parts += 1;
        }
    }
    assert_eq!(parts, 32);
}

#[test]
fn another_document_is_no_answer_to_any_call() {
    let more = [
        ("S3", "PutBucketTagging"),
        ("S3", "CreateBucket"),
        ("IAM", "TagRole"),
        ("IAM", "UpdateAssumeRolePolicy"),
    ];
    let all = WHOLE
        .iter()
        .map(|(service, operation, _)| (*service, *operation));
    for (service, operation) in all.chain(more) {
        for page in PAGES {
            // Other stores than Amazon's answer PutBucketPolicy with the policy, or with a word.
            if !page.contains('<') && service == "S3" && more.contains(&(service, operation)) {
                continue;
            }
            let refused = judged(service, operation, page).unwrap_err();
            assert!(
                matches!(refused, Unexpected::Document { .. }),
                "{operation} {page}"
            );
        }
        let error = "<Error><Code>InternalError</Code></Error>";
        assert!(judged(service, operation, error).is_err(), "{operation}");
    }
}

#[test]
fn head_without_a_region_says_no_region() {
    let region = |name: &str| name == "x-amz-bucket-region";
    assert_eq!(check("S3", "HeadBucket", region, b""), Ok(()));
    let refused = check("S3", "HeadBucket", |_| false, b"").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the answer to HeadBucket does not say x-amz-bucket-region"
    );
}

#[test]
fn description_of_no_domain_is_no_answer() {
    let whole = r#"{"DomainStatus": {"ARN": "a", "DomainName": "logs", "DomainId": "1"}}"#;
    assert_eq!(judged("OpenSearch", "DescribeDomain", whole), Ok(()));
    for odd in [
        "{}",
        r#"{"DomainStatus": {}}"#,
        r#"{"DomainStatus": {"DomainName": "logs"}}"#,
        r#"{"DomainStatus": {"ARN": "a", "DomainName": null}}"#,
        "[]",
        "",
    ] {
        assert!(
            judged("OpenSearch", "DescribeDomain", odd).is_err(),
            "{odd}"
        );
    }
}

#[test]
fn bucket_policy_that_is_no_json_is_no_answer() {
    let policy = r#"{"Version":"2012-10-17","Statement":[]}"#;
    assert_eq!(judged("S3", "GetBucketPolicy", policy), Ok(()));
    for odd in ["", "<Policy/>", "[]", "null"] {
        assert!(judged("S3", "GetBucketPolicy", odd).is_err(), "{odd}");
    }
}

#[test]
fn prefix_of_a_namespace_and_a_comment_change_no_root() {
    let body = "\u{feff}<?xml version='1.0'?>\n<!-- x --><s3:BucketLoggingStatus xmlns:s3='x'/>";
    assert_eq!(judged("S3", "GetBucketLogging", body), Ok(()));
}
