//! Which S3 operation a request is, and the IAM action that it needs; a request not listed here is not implemented.

use super::super::message::{Request, decode};

/// One operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operation {
    pub name: &'static str,
    pub action: &'static str,
    pub write: bool,
}

const fn read(name: &'static str, action: &'static str) -> Operation {
    Operation {
        name,
        action,
        write: false,
    }
}

const fn write(name: &'static str, action: &'static str) -> Operation {
    Operation {
        name,
        action,
        write: true,
    }
}

/// A subresource of a bucket with its GET, PUT and DELETE.
type Row = (
    &'static str,
    Operation,
    Option<Operation>,
    Option<Operation>,
);

const SUBRESOURCES: [Row; 18] = [
    (
        "encryption",
        read("GetBucketEncryption", "s3:GetEncryptionConfiguration"),
        Some(write(
            "PutBucketEncryption",
            "s3:PutEncryptionConfiguration",
        )),
        Some(write(
            "DeleteBucketEncryption",
            "s3:PutEncryptionConfiguration",
        )),
    ),
    (
        "versioning",
        read("GetBucketVersioning", "s3:GetBucketVersioning"),
        Some(write("PutBucketVersioning", "s3:PutBucketVersioning")),
        None,
    ),
    (
        "publicAccessBlock",
        read("GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
        Some(write(
            "PutPublicAccessBlock",
            "s3:PutBucketPublicAccessBlock",
        )),
        Some(write(
            "DeletePublicAccessBlock",
            "s3:PutBucketPublicAccessBlock",
        )),
    ),
    (
        "ownershipControls",
        read(
            "GetBucketOwnershipControls",
            "s3:GetBucketOwnershipControls",
        ),
        Some(write(
            "PutBucketOwnershipControls",
            "s3:PutBucketOwnershipControls",
        )),
        Some(write(
            "DeleteBucketOwnershipControls",
            "s3:PutBucketOwnershipControls",
        )),
    ),
    (
        "policy",
        read("GetBucketPolicy", "s3:GetBucketPolicy"),
        Some(write("PutBucketPolicy", "s3:PutBucketPolicy")),
        Some(write("DeleteBucketPolicy", "s3:DeleteBucketPolicy")),
    ),
    (
        "policyStatus",
        read("GetBucketPolicyStatus", "s3:GetBucketPolicyStatus"),
        None,
        None,
    ),
    (
        "lifecycle",
        read(
            "GetBucketLifecycleConfiguration",
            "s3:GetLifecycleConfiguration",
        ),
        Some(write(
            "PutBucketLifecycleConfiguration",
            "s3:PutLifecycleConfiguration",
        )),
        Some(write(
            "DeleteBucketLifecycle",
            "s3:PutLifecycleConfiguration",
        )),
    ),
    (
        "tagging",
        read("GetBucketTagging", "s3:GetBucketTagging"),
        Some(write("PutBucketTagging", "s3:PutBucketTagging")),
        Some(write("DeleteBucketTagging", "s3:PutBucketTagging")),
    ),
    ("acl", read("GetBucketAcl", "s3:GetBucketAcl"), None, None),
    (
        "cors",
        read("GetBucketCors", "s3:GetBucketCORS"),
        None,
        None,
    ),
    (
        "website",
        read("GetBucketWebsite", "s3:GetBucketWebsite"),
        None,
        None,
    ),
    (
        "replication",
        read("GetBucketReplication", "s3:GetReplicationConfiguration"),
        None,
        None,
    ),
    (
        "notification",
        read(
            "GetBucketNotificationConfiguration",
            "s3:GetBucketNotification",
        ),
        None,
        None,
    ),
    (
        "logging",
        read("GetBucketLogging", "s3:GetBucketLogging"),
        None,
        None,
    ),
    (
        "object-lock",
        read(
            "GetObjectLockConfiguration",
            "s3:GetBucketObjectLockConfiguration",
        ),
        None,
        None,
    ),
    (
        "location",
        read("GetBucketLocation", "s3:GetBucketLocation"),
        None,
        None,
    ),
    (
        "versions",
        read("ListObjectVersions", "s3:ListBucketVersions"),
        None,
        None,
    ),
    (
        "uploads",
        read("ListMultipartUploads", "s3:ListBucketMultipartUploads"),
        None,
        None,
    ),
];

/// Subresources that exist and are not implemented; they must not be taken for the bucket itself.
const OTHERS: [&str; 8] = [
    "accelerate",
    "analytics",
    "intelligent-tiering",
    "inventory",
    "metrics",
    "requestPayment",
    "session",
    "torrent",
];

/// Returns bucket and key of the path, decoded.
pub(super) fn bucket_and_key(request: &Request) -> (String, String) {
    let path = request
        .raw_path
        .strip_prefix('/')
        .unwrap_or(&request.raw_path);
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    (decode(bucket), decode(key))
}

/// Finds the operation of a request.
pub(super) fn find(request: &Request) -> Option<Operation> {
    let (bucket, key) = bucket_and_key(request);
    let method = request.method.as_str();
    if OTHERS.iter().any(|name| request.parameter(name).is_some()) {
        return None;
    }
    match (bucket.is_empty(), key.is_empty()) {
        (true, _) => (method == "GET").then_some(read("ListBuckets", "s3:ListAllMyBuckets")),
        (false, true) => on_bucket(request, method),
        (false, false) => on_object(request, method),
    }
}

fn on_bucket(request: &Request, method: &str) -> Option<Operation> {
    if let Some((_, get, put, delete)) = SUBRESOURCES
        .iter()
        .find(|row| request.parameter(row.0).is_some())
    {
        return match method {
            "GET" => Some(*get),
            "PUT" => *put,
            "DELETE" => *delete,
            _ => None,
        };
    }
    match method {
        "GET" if request.parameter("list-type") == Some("2") => {
            Some(read("ListObjectsV2", "s3:ListBucket"))
        }
        "HEAD" => Some(read("HeadBucket", "s3:ListBucket")),
        "PUT" => Some(write("CreateBucket", "s3:CreateBucket")),
        "DELETE" => Some(write("DeleteBucket", "s3:DeleteBucket")),
        _ => None,
    }
}

fn on_object(request: &Request, method: &str) -> Option<Operation> {
    let upload = request.parameter("uploadId").is_some();
    let other = [
        "acl",
        "tagging",
        "retention",
        "legal-hold",
        "attributes",
        "restore",
        "select",
        "partNumber",
    ];
    if other.iter().any(|name| request.parameter(name).is_some())
        || request.header("x-amz-copy-source").is_some()
    {
        return None;
    }
    match method {
        "GET" if !upload => Some(read("GetObject", "s3:GetObject")),
        "HEAD" => Some(read("HeadObject", "s3:GetObject")),
        "PUT" if !upload => Some(write("PutObject", "s3:PutObject")),
        "DELETE" if upload => Some(write("AbortMultipartUpload", "s3:AbortMultipartUpload")),
        "DELETE" if request.parameter("versionId").is_some() => {
            Some(write("DeleteObject", "s3:DeleteObjectVersion"))
        }
        "DELETE" => Some(write("DeleteObject", "s3:DeleteObject")),
        "POST" if request.parameter("uploads").is_some() => {
            Some(write("CreateMultipartUpload", "s3:PutObject"))
        }
        _ => None,
    }
}
