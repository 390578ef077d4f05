//! What an answer of status 2xx must hold before anything of it is believed: its own document, with every part that is read as a fact.
//!
//! The SDK fills in what an answer leaves out (an empty list, a zero, `false`), and takes any document for the answer to a call whose answer
//! has no fields. A proxy's page would then confirm a write, and a list that is not there would read as an empty one.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::Value;

/// The answer is another document than the operation's, or a part of it is missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unexpected {
    /// It is not a document of this operation.
    #[error("the answer is not the one to {operation}")]
    Document {
        /// The operation.
        operation: String,
    },
    /// It does not say what is asked.
    #[error("the answer to {operation} does not say {part}")]
    Missing {
        /// The operation.
        operation: String,
        /// What it does not say.
        part: &'static str,
    },
}

/// What an operation answers.
enum Form {
    /// Nothing but a status, and these headers.
    Empty(&'static [&'static str]),
    /// An XML document with this root, which has these elements.
    Xml(&'static str, &'static [&'static str]),
    /// An answer of IAM or STS with these elements; its root is the operation's name and `Response`.
    Query(&'static [&'static str]),
    /// A JSON object with these texts.
    Json(&'static [&'static str]),
}

use Form::{Empty, Json, Query, Xml};

/// What each operation of a service answers. Elements that a service leaves out where there is nothing to say are not among them.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html>
fn form(service: &str, operation: &str) -> Option<Form> {
    Some(match (service, operation) {
        ("S3", "HeadBucket") => Empty(&["x-amz-bucket-region"]),
        ("S3", "GetBucketAcl") => Xml("AccessControlPolicy", &["Owner", "AccessControlList"]),
        ("S3", "GetBucketCors") => Xml("CORSConfiguration", &["CORSRule"]),
        ("S3", "GetBucketEncryption") => Xml("ServerSideEncryptionConfiguration", &["Rule"]),
        ("S3", "GetBucketLifecycleConfiguration") => Xml("LifecycleConfiguration", &["Rule"]),
        ("S3", "GetBucketLogging") => Xml("BucketLoggingStatus", &[]),
        ("S3", "GetBucketNotificationConfiguration") => Xml("NotificationConfiguration", &[]),
        ("S3", "GetBucketOwnershipControls") => Xml("OwnershipControls", &["ObjectOwnership"]),
        ("S3", "GetBucketPolicy") => Json(&[]),
        ("S3", "GetBucketPolicyStatus") => Xml("PolicyStatus", &["IsPublic"]),
        ("S3", "GetBucketReplication") => Xml("ReplicationConfiguration", &["Rule"]),
        ("S3", "GetBucketTagging") => Xml("Tagging", &["TagSet"]),
        ("S3", "GetBucketVersioning") => Xml("VersioningConfiguration", &[]),
        ("S3", "GetBucketWebsite") => Xml("WebsiteConfiguration", &[]),
        ("S3", "GetObjectLockConfiguration") => Xml("ObjectLockConfiguration", &[]),
        ("S3", "GetPublicAccessBlock") => Xml(
            "PublicAccessBlockConfiguration",
            &[
                "BlockPublicAcls",
                "IgnorePublicAcls",
                "BlockPublicPolicy",
                "RestrictPublicBuckets",
            ],
        ),
        ("S3", "ListMultipartUploads") => Xml("ListMultipartUploadsResult", &["IsTruncated"]),
        ("S3", "ListObjectVersions") => Xml("ListVersionsResult", &["IsTruncated"]),
        ("S3", "ListObjectsV2") => Xml("ListBucketResult", &["IsTruncated"]),
        ("S3", "PutObject") => Empty(&["etag"]),
        ("S3", _) => Empty(&[]),
        ("IAM", "GetPolicy") => Query(&["Arn", "DefaultVersionId", "AttachmentCount"]),
        ("IAM", "GetPolicyVersion") => Query(&["Document", "VersionId"]),
        ("IAM", "GetRole") => Query(&["Arn", "RoleName", "AssumeRolePolicyDocument"]),
        ("IAM", "GetRolePolicy") => Query(&["PolicyName", "PolicyDocument"]),
        ("IAM", "ListAttachedRolePolicies") => Query(&["AttachedPolicies"]),
        ("IAM", "ListPolicies") => Query(&["Policies"]),
        ("IAM", "ListPolicyVersions") => Query(&["Versions"]),
        ("IAM", "ListRolePolicies") => Query(&["PolicyNames"]),
        ("IAM", _) => Query(&[]),
        ("STS", "GetCallerIdentity") => Query(&["Account", "Arn"]),
        ("OpenSearch", "DescribeDomain") => {
            Json(&["/DomainStatus/ARN", "/DomainStatus/DomainName"])
        }
        _ => return None,
    })
}

/// Says what is wrong with an answer of status 2xx.
pub(super) fn check(
    service: &str,
    operation: &str,
    header: impl Fn(&str) -> bool,
    body: &[u8],
) -> Result<(), Unexpected> {
    let Some(form) = form(service, operation) else {
        return Ok(());
    };
    let another = || Unexpected::Document {
        operation: operation.to_owned(),
    };
    let missing = |part| Unexpected::Missing {
        operation: operation.to_owned(),
        part,
    };
    match form {
        Empty(headers) => {
            if is_page(body) || root(&String::from_utf8_lossy(body)) == Some("Error") {
                return Err(another());
            }
            let absent = headers.iter().find(|name| !header(name));
            absent.map_or(Ok(()), |name| Err(missing(name)))
        }
        Json(parts) => {
            let value: Value = serde_json::from_slice(body).map_err(|_| another())?;
            if !value.is_object() {
                return Err(another());
            }
            let says = |part: &str| value.pointer(part).is_some_and(Value::is_string);
            match parts.iter().find(|part| !says(part)) {
                Some(part) => Err(missing(part.rsplit('/').next().unwrap_or(part))),
                None => Ok(()),
            }
        }
        Xml(expected, parts) => elements(body, |root| root == expected, parts, another, missing),
        Query(parts) => {
            let own = |root: &str| root.strip_suffix("Response") == Some(operation);
            elements(body, own, parts, another, missing)
        }
    }
}

fn elements(
    body: &[u8],
    own: impl Fn(&str) -> bool,
    parts: &[&'static str],
    another: impl Fn() -> Unexpected,
    missing: impl Fn(&'static str) -> Unexpected,
) -> Result<(), Unexpected> {
    let text = String::from_utf8_lossy(body);
    if !root(&text).is_some_and(own) {
        return Err(another());
    }
    let absent = parts.iter().find(|part| !has(&text, part));
    absent.map_or(Ok(()), |part| Err(missing(part)))
}

/// The name of the first element of an XML text, without its prefix.
fn root(text: &str) -> Option<&str> {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    loop {
        rest = match rest {
            _ if rest.starts_with("<?") => rest.split_once("?>")?.1,
            _ if rest.starts_with("<!--") => rest.split_once("-->")?.1,
            _ => break,
        }
        .trim_start();
    }
    let name = rest.strip_prefix('<')?;
    let name = name.split(ends_name).next()?;
    Some(name.rsplit(':').next().unwrap_or(name))
}

/// Whether an element of this name begins somewhere in an XML text. Text cannot look like one: its `<` is escaped.
fn has(text: &str, name: &str) -> bool {
    let mut starts = text.split('<').skip(1);
    starts.any(|rest| rest.split(ends_name).next() == Some(name))
}

fn ends_name(character: char) -> bool {
    character.is_whitespace() || matches!(character, '>' | '/')
}

/// Whether a body is a page for people where a service answers with nothing or with XML. Other stores than Amazon's answer a write with a word or
/// with the document that was put: what a write did is read at the end in any case.
fn is_page(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body.get(..512).unwrap_or(body));
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let begin: String = text.chars().take(9).collect();
    let begin = begin.to_ascii_lowercase();
    begin.starts_with("<!doctype") || begin.starts_with("<html")
}

/// Fails a call whose answer of status 2xx is not what the operation answers.
#[derive(Debug)]
pub(super) struct Expected;

impl Intercept for Expected {
    fn name(&self) -> &'static str {
        "Expected"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let answer = context.response();
        let (Some(called), Some(body)) = (cfg.load::<Metadata>(), answer.body().bytes()) else {
            return Ok(());
        };
        if answer.status().as_u16() >= 300 {
            return Ok(());
        }
        let header = |name: &str| answer.headers().get(name).is_some();
        check(called.service(), called.name(), header, body).map_err(Into::into)
    }
}

#[cfg(test)]
mod tests;
