//! Some of AWS's own managed policies, with the documents that AWS publishes; the others are taken to exist and grant nothing.
//!
//! <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>

use super::super::state::{ManagedPolicy, PolicyVersion};

const DOCUMENTS: [(&str, &str); 4] = [
    (
        "AdministratorAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    ),
    (
        "AmazonS3FullAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","s3-object-lambda:*"],"Resource":"*"}]}"#,
    ),
    (
        "AmazonS3ReadOnlyAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*","s3:Describe*","s3-object-lambda:Get*","s3-object-lambda:List*"],"Resource":"*"}]}"#,
    ),
    (
        "AWSDenyAll",
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"DenyAll","Effect":"Deny","Action":["*"],"Resource":"*"}]}"#,
    ),
];

/// Returns the document of a policy of AWS's, by its ARN.
pub(in crate::sandbox) fn document(arn: &str) -> Option<&'static str> {
    let mut parts = arn.splitn(6, ':').skip(4);
    let name = (parts.next() == Some("aws"))
        .then(|| parts.next()?.strip_prefix("policy/"))
        .flatten()?;
    let known = DOCUMENTS.iter().find(|(known, _)| *known == name);
    known.map(|(_, document)| *document)
}

/// Returns a policy of AWS's, by its ARN.
pub(super) fn held(arn: &str) -> Option<ManagedPolicy> {
    let name = arn.rsplit('/').next().unwrap_or_default();
    Some(ManagedPolicy {
        arn: arn.to_owned(),
        id: "ANPAIWMBCKSKIEE64ZLYK".to_owned(),
        name: name.to_owned(),
        path: "/".to_owned(),
        description: None,
        created: 0,
        updated: 0,
        default_version: 1,
        next_version: 2,
        versions: vec![PolicyVersion {
            number: 1,
            document: document(arn)?.to_owned(),
            created: 0,
        }],
        tags: Default::default(),
    })
}
