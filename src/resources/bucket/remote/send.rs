//! The writes to a bucket, each sent once.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    BlockedEncryptionTypes, BucketLocationConstraint, BucketVersioningStatus,
    CreateBucketConfiguration, EncryptionType, ObjectOwnership, OwnershipControls,
    OwnershipControlsRule, PublicAccessBlockConfiguration, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    Tag, Tagging, VersioningConfiguration,
};
use aws_smithy_types::error::operation::BuildError;

use crate::aws::{CallError, Reads, Writes};
use crate::lost::Effect;
use crate::names::Tags;
use crate::resources::bucket::spec::Versioning;
use crate::resources::bucket::{BucketEncryption, Call, Write};
use crate::resources::{Answer, SendError};

/// Reads whether a bucket whose creation was not confirmed exists and is ours; other writes are simply sent again.
///
/// # Errors
/// When that cannot be read.
pub(crate) async fn was_applied(reads: &Reads, call: &Call) -> Result<Effect, SendError> {
    match &call.write {
        Write::Create { tags } => Ok(super::created(reads, call, tags).await?),
        Write::PutTagging { .. }
        | Write::PutPublicAccessBlock
        | Write::PutOwnershipControls
        | Write::PutEncryption(_)
        | Write::PutVersioning(_)
        | Write::PutPolicy(_)
        | Write::PutLifecycle { .. } => Ok(Effect::Missing),
    }
}

/// Sends a write once.
///
/// # Errors
/// What S3 or the network answered.
pub(crate) async fn send(writes: &Writes, call: &Call) -> Result<Answer, SendError> {
    once(writes, call).await?;
    Ok(Answer::Done)
}

async fn once(writes: &Writes, call: &Call) -> Result<(), CallError> {
    let s3 = writes.s3(&call.region);
    let (name, owner) = (call.name.as_str(), call.account.as_str());
    let failed = call.write.operation().operation;
    macro_rules! sent {
        ($request:expr) => {
            $request
                .send()
                .await
                .map(|_| ())
                .map_err(|error| CallError::from_sdk("s3", failed, error))
        };
    }
    match &call.write {
        Write::Create { tags } => sent!(create(&s3, call, tags)),
        Write::PutTagging { tags } => {
            let tagging = Tagging::builder()
                .set_tag_set(Some(tag_set(tags)))
                .build()
                .map_err(|error| unbuilt(failed, error))?;
            sent!(
                s3.put_bucket_tagging()
                    .bucket(name)
                    .expected_bucket_owner(owner)
                    .tagging(tagging)
            )
        }
        Write::PutPublicAccessBlock => {
            let block = PublicAccessBlockConfiguration::builder()
                .block_public_acls(true)
                .ignore_public_acls(true)
                .block_public_policy(true)
                .restrict_public_buckets(true)
                .build();
            let put = s3
                .put_public_access_block()
                .bucket(name)
                .expected_bucket_owner(owner);
            sent!(put.public_access_block_configuration(block))
        }
        Write::PutOwnershipControls => {
            let rule = OwnershipControlsRule::builder()
                .object_ownership(ObjectOwnership::BucketOwnerEnforced)
                .build();
            let rule = rule.map_err(|error| unbuilt(failed, error))?;
            let controls = OwnershipControls::builder()
                .rules(rule)
                .build()
                .map_err(|error| unbuilt(failed, error))?;
            sent!(
                s3.put_bucket_ownership_controls()
                    .bucket(name)
                    .expected_bucket_owner(owner)
                    .ownership_controls(controls)
            )
        }
        Write::PutEncryption(encryption) => {
            let configuration =
                encryption_configuration(encryption).map_err(|error| unbuilt(failed, error))?;
            let put = s3
                .put_bucket_encryption()
                .bucket(name)
                .expected_bucket_owner(owner);
            sent!(put.server_side_encryption_configuration(configuration))
        }
        Write::PutVersioning(versioning) => {
            let status = match versioning {
                Versioning::Enabled => BucketVersioningStatus::Enabled,
                Versioning::Suspended => BucketVersioningStatus::Suspended,
            };
            let configuration = VersioningConfiguration::builder().status(status).build();
            sent!(
                s3.put_bucket_versioning()
                    .bucket(name)
                    .expected_bucket_owner(owner)
                    .versioning_configuration(configuration)
            )
        }
        Write::PutPolicy(document) => {
            sent!(
                s3.put_bucket_policy()
                    .bucket(name)
                    .expected_bucket_owner(owner)
                    .policy(document.to_json())
            )
        }
        Write::PutLifecycle { rule, others } => {
            let configuration = others.with(rule).map_err(|error| unbuilt(failed, error))?;
            let put = s3
                .put_bucket_lifecycle_configuration()
                .bucket(name)
                .expected_bucket_owner(owner);
            let put = put.set_transition_default_minimum_object_size(others.transition_default());
            sent!(put.lifecycle_configuration(configuration))
        }
    }
}

/// CreateBucket takes no expected owner; tags and disabled ACLs go with it, so that a kill leaves no unmarked bucket.
fn create(
    s3: &Client,
    call: &Call,
    tags: &Tags,
) -> aws_sdk_s3::operation::create_bucket::builders::CreateBucketFluentBuilder {
    let mut configuration = CreateBucketConfiguration::builder().set_tags(Some(tag_set(tags)));
    // us-east-1 is the only region that must not be named.
    if call.region.as_str() != "us-east-1" {
        configuration =
            configuration.location_constraint(BucketLocationConstraint::from(call.region.as_str()));
    }
    s3.create_bucket()
        .bucket(call.name.as_str())
        .object_ownership(ObjectOwnership::BucketOwnerEnforced)
        .create_bucket_configuration(configuration.build())
}

fn unbuilt(operation: &'static str, error: BuildError) -> CallError {
    CallError::unsent("s3", operation, error)
}

fn tag_set(tags: &Tags) -> Vec<Tag> {
    tags.iter()
        .filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok())
        .collect()
}

fn encryption_configuration(
    encryption: &BucketEncryption,
) -> Result<ServerSideEncryptionConfiguration, BuildError> {
    let default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(ServerSideEncryption::from(encryption.algorithm.as_str()))
        .set_kms_master_key_id(encryption.kms_key.clone())
        .build()?;
    let bucket_key = encryption
        .kms_key
        .is_some()
        .then_some(encryption.bucket_key);
    let blocked = encryption.blocked_types.as_ref().map(|types| {
        let types = types.iter().map(|kind| EncryptionType::from(kind.as_str()));
        BlockedEncryptionTypes::builder()
            .set_encryption_type(Some(types.collect()))
            .build()
    });
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(default)
        .set_bucket_key_enabled(bucket_key)
        .set_blocked_encryption_types(blocked)
        .build();
    ServerSideEncryptionConfiguration::builder()
        .rules(rule)
        .build()
}
