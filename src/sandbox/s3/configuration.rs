//! A bucket's encryption, versioning, public access block and ownership, each replaced whole as S3 does.

use super::super::message::Answer;
use super::super::state::{Encryption, PublicAccessBlock};
use super::super::xml::{Element, Writer};
use super::{Call, Failure, NAMESPACE};

/// Answers GetBucketEncryption; a bucket always has one.
pub(super) fn get_encryption(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let encryption = &call.held()?.encryption;
    let mut out = Writer::document("ServerSideEncryptionConfiguration", NAMESPACE);
    out.open("Rule");
    out.open("ApplyServerSideEncryptionByDefault");
    out.leaf("SSEAlgorithm", &encryption.algorithm);
    out.leaf_if("KMSMasterKeyID", encryption.kms_key.as_deref());
    out.close("ApplyServerSideEncryptionByDefault");
    out.leaf("BucketKeyEnabled", truth(encryption.bucket_key));
    if let Some(types) = &encryption.blocked_types {
        out.open("BlockedEncryptionTypes");
        types
            .iter()
            .for_each(|kind| out.leaf("EncryptionType", kind));
        out.close("BlockedEncryptionTypes");
    }
    out.close("Rule");
    Ok(Answer::xml(
        200,
        out.finish("ServerSideEncryptionConfiguration"),
    ))
}

/// Answers PutBucketEncryption.
pub(super) fn put_encryption(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let body = call.document("ServerSideEncryptionConfiguration")?;
    let rule = body
        .child("Rule")
        .filter(|_| body.children.len() == 1)
        .ok_or_else(Failure::malformed_xml)?;
    let default = rule
        .child("ApplyServerSideEncryptionByDefault")
        .ok_or_else(Failure::malformed_xml)?;
    let algorithm = default
        .text_of("SSEAlgorithm")
        .ok_or_else(Failure::malformed_xml)?;
    if !matches!(algorithm, "AES256" | "aws:kms" | "aws:kms:dsse") {
        return Err(Failure::malformed_xml());
    }
    let kms_key = default.text_of("KMSMasterKeyID").map(str::to_owned);
    if algorithm == "AES256" && kms_key.is_some() {
        let message = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse";
        return Err(Failure::invalid_argument(message));
    }
    let bucket_key = boolean(rule, "BucketKeyEnabled")?.unwrap_or(false);
    let blocked_types = rule.child("BlockedEncryptionTypes").map(|blocked| {
        let types = blocked.children.iter();
        let types = types.filter(|kind| kind.name == "EncryptionType");
        types.map(|kind| kind.text.clone()).collect()
    });
    call.held()?.encryption = Encryption {
        algorithm: algorithm.to_owned(),
        kms_key,
        bucket_key,
        blocked_types,
    };
    Ok(Answer::empty(200))
}

/// Answers DeleteBucketEncryption: back to the default.
pub(super) fn delete_encryption(call: &mut Call<'_>) -> Result<Answer, Failure> {
    call.held()?.encryption = Encryption::default();
    Ok(Answer::empty(204))
}

/// Answers GetBucketVersioning; an empty element when it was never set.
pub(super) fn get_versioning(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let status = call.held()?.versioning.clone();
    let mut out = Writer::document("VersioningConfiguration", NAMESPACE);
    out.leaf_if("Status", status.as_deref());
    Ok(Answer::xml(200, out.finish("VersioningConfiguration")))
}

/// Answers PutBucketVersioning.
pub(super) fn put_versioning(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let body = call.document("VersioningConfiguration")?;
    let status = body
        .text_of("Status")
        .filter(|status| matches!(*status, "Enabled" | "Suspended"));
    let status = status.ok_or_else(|| {
        Failure::new(
            400,
            "IllegalVersioningConfigurationException",
            "The Versioning element must be specified",
        )
    })?;
    let bucket = call.held()?;
    if status == "Suspended" && bucket.other.contains_key("object-lock") {
        let message = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.";
        return Err(Failure::new(409, "InvalidBucketState", message));
    }
    bucket.versioning = Some(status.to_owned());
    Ok(Answer::empty(200))
}

/// Answers GetPublicAccessBlock.
pub(super) fn get_public_access_block(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let message = "The public access block configuration was not found";
    let absent = Failure::new(404, "NoSuchPublicAccessBlockConfiguration", message)
        .detail("BucketName", call.bucket.as_str());
    let block = call.held()?.public_access_block.ok_or(absent)?;
    let mut out = Writer::document("PublicAccessBlockConfiguration", NAMESPACE);
    out.leaf("BlockPublicAcls", truth(block.block_public_acls));
    out.leaf("IgnorePublicAcls", truth(block.ignore_public_acls));
    out.leaf("BlockPublicPolicy", truth(block.block_public_policy));
    out.leaf(
        "RestrictPublicBuckets",
        truth(block.restrict_public_buckets),
    );
    Ok(Answer::xml(
        200,
        out.finish("PublicAccessBlockConfiguration"),
    ))
}

/// Answers PutPublicAccessBlock; what is left out is off.
pub(super) fn put_public_access_block(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let body = call.document("PublicAccessBlockConfiguration")?;
    let read = |name| boolean(&body, name).map(|value| value.unwrap_or(false));
    let block = PublicAccessBlock {
        block_public_acls: read("BlockPublicAcls")?,
        ignore_public_acls: read("IgnorePublicAcls")?,
        block_public_policy: read("BlockPublicPolicy")?,
        restrict_public_buckets: read("RestrictPublicBuckets")?,
    };
    call.held()?.public_access_block = Some(block);
    Ok(Answer::empty(200))
}

/// Answers DeletePublicAccessBlock.
pub(super) fn delete_public_access_block(call: &mut Call<'_>) -> Result<Answer, Failure> {
    call.held()?.public_access_block = None;
    Ok(Answer::empty(204))
}

/// Answers GetBucketOwnershipControls.
pub(super) fn get_ownership(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let message = "The bucket ownership controls were not found";
    let absent = Failure::new(404, "OwnershipControlsNotFoundError", message)
        .detail("BucketName", call.bucket.as_str());
    let ownership = call.held()?.ownership.clone().ok_or(absent)?;
    let mut out = Writer::document("OwnershipControls", NAMESPACE);
    out.open("Rule");
    out.leaf("ObjectOwnership", &ownership);
    out.close("Rule");
    Ok(Answer::xml(200, out.finish("OwnershipControls")))
}

/// Answers PutBucketOwnershipControls.
pub(super) fn put_ownership(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let body = call.document("OwnershipControls")?;
    let value = body
        .child("Rule")
        .and_then(|rule| rule.text_of("ObjectOwnership"))
        .ok_or_else(Failure::malformed_xml)?;
    let value = valid_ownership(value)?;
    let bucket = call.held()?;
    if value == "BucketOwnerEnforced" && !bucket.grants.is_empty() {
        let message =
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting";
        return Err(Failure::new(
            400,
            "InvalidBucketAclWithObjectOwnership",
            message,
        ));
    }
    bucket.ownership = Some(value.to_owned());
    Ok(Answer::empty(200))
}

/// Answers DeleteBucketOwnershipControls.
pub(super) fn delete_ownership(call: &mut Call<'_>) -> Result<Answer, Failure> {
    call.held()?.ownership = None;
    Ok(Answer::empty(204))
}

/// Returns the value when it is one of the three.
pub(super) fn valid_ownership(value: &str) -> Result<&str, Failure> {
    match value {
        "BucketOwnerEnforced" | "BucketOwnerPreferred" | "ObjectWriter" => Ok(value),
        _ => Err(Failure::malformed_xml()),
    }
}

fn boolean(element: &Element, name: &str) -> Result<Option<bool>, Failure> {
    match element.text_of(name) {
        None => Ok(None),
        Some("true" | "TRUE") => Ok(Some(true)),
        Some("false" | "FALSE") => Ok(Some(false)),
        Some(_) => Err(Failure::malformed_xml()),
    }
}

/// Writes a boolean as S3 does.
pub(super) fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}
