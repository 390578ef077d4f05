//! Which KMS key protects an object; there is no KMS here, so a key is only a name that policies may grant.

use super::identifiers;
use super::state::{Bucket, Encryption};

/// Returns the ARN of the customer's key; `None` for keys that S3 or AWS own, which need no permission.
pub(super) fn key_arn(encryption: &Encryption, bucket: &Bucket) -> Option<String> {
    let key = encryption
        .kms_key
        .as_deref()
        .filter(|_| encryption.algorithm.starts_with("aws:kms"))?;
    if key.starts_with("arn:") {
        return Some(key.to_owned());
    }
    let name = match key.starts_with("alias/") {
        true => key.to_owned(),
        false => format!("key/{key}"),
    };
    let partition = identifiers::partition(&bucket.region);
    Some(format!(
        "arn:{partition}:kms:{}:{}:{name}",
        bucket.region, bucket.account
    ))
}

/// Returns the service through which S3 uses a key of its region.
pub(super) fn via_service(bucket: &Bucket) -> String {
    format!("s3.{}.amazonaws.com", bucket.region)
}
