//! The IAM actions: those that policies, findings and remedies name, and those that each operation of AWS needs. The one list; it decides nothing.

/// Lists the objects of a bucket: what a repository, and the engine behind it, begins with.
pub(crate) const LIST_BUCKET: &str = "s3:ListBucket";
/// Reads an object of the repository.
pub(crate) const GET_OBJECT: &str = "s3:GetObject";
/// Writes an object of the repository.
pub(crate) const PUT_OBJECT: &str = "s3:PutObject";
/// Deletes an object of the repository: the engine does when a snapshot is deleted.
pub(crate) const DELETE_OBJECT: &str = "s3:DeleteObject";
/// Reads an old version of an object: a finding names who may.
pub(crate) const GET_OBJECT_VERSION: &str = "s3:GetObjectVersion";
/// Deletes a version of an object for good: a finding names who may.
pub(crate) const DELETE_OBJECT_VERSION: &str = "s3:DeleteObjectVersion";
/// Replaces the bucket policy.
pub(crate) const PUT_BUCKET_POLICY: &str = "s3:PutBucketPolicy";
/// Changes the lifecycle rules of a bucket.
pub(crate) const PUT_LIFECYCLE: &str = "s3:PutLifecycleConfiguration";
/// Copies the objects of a bucket elsewhere: a finding names who may set it up.
pub(crate) const PUT_REPLICATION: &str = "s3:PutReplicationConfiguration";
/// Deletes a bucket: a finding names who may.
pub(crate) const DELETE_BUCKET: &str = "s3:DeleteBucket";
/// An action that S3 does not have: a statement grants it by a wildcard alone, and then grants everything.
pub(crate) const UNKNOWN_TO_S3: &str = "s3:SomethingElse";
/// Decrypts an object of an encrypted bucket.
pub(crate) const DECRYPT: &str = "kms:Decrypt";
/// Encrypts a new object of an encrypted bucket.
pub(crate) const GENERATE_DATA_KEY: &str = "kms:GenerateDataKey";
/// Assumes the snapshot role: its trust policy allows the service to.
pub(crate) const ASSUME_ROLE: &str = "sts:AssumeRole";
/// Hands the snapshot role to the service: the caller who registers the repository needs it, the role never does.
pub(crate) const PASS_ROLE: &str = "iam:PassRole";
/// Sends a GET to the domain.
pub(crate) const DOMAIN_GET: &str = "es:ESHttpGet";

/// Returns what the snapshot role does with the objects of a repository.
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshots.html>
pub(crate) const fn on_objects(is_readonly: bool) -> &'static [&'static str] {
    match is_readonly {
        true => &[GET_OBJECT],
        false => &[GET_OBJECT, PUT_OBJECT, DELETE_OBJECT],
    }
}

/// Returns what the snapshot role does with the key of an encrypted bucket.
pub(crate) const fn on_key(is_readonly: bool) -> &'static [&'static str] {
    match is_readonly {
        true => &[DECRYPT],
        false => &[DECRYPT, GENERATE_DATA_KEY],
    }
}

/// What a grant of the actions names as its resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// The bucket.
    Bucket,
    /// The records of restore tests in the bucket.
    Records,
    /// The managed policy.
    Policy,
    /// The snapshot role.
    Role,
    /// The domain.
    Domain,
    /// Nothing narrower than `*`.
    Anything,
    /// Nothing: nobody is denied it.
    Nothing,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It changes nothing.
    Read,
    /// It changes nothing, and is sent only where the spec asks for it.
    ReadIfAsked,
    /// It changes something in every environment.
    Write,
    /// It changes something, and is sent only where the spec or an option asks for it.
    WriteIfAsked,
}

/// The IAM actions of one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    /// The operation, as AWS names it.
    pub operation: &'static str,
    /// The actions: often other words than the operation's. The first is the one that AWS checks first.
    pub actions: &'static [&'static str],
    /// What they are granted on.
    pub on: On,
    /// What it does.
    pub access: Access,
}

const fn permission(
    operation: &'static str,
    actions: &'static [&'static str],
    on: On,
    access: Access,
) -> Permission {
    Permission {
        operation,
        actions,
        on,
        access,
    }
}

/// Returns the entry of an operation.
pub fn of(operation: &str) -> Option<&'static Permission> {
    PERMISSIONS.iter().find(|one| one.operation == operation)
}

/// Returns the action that AWS checks first for an operation; for one that is not in the list, or that needs none, its own name.
pub(crate) fn action(operation: &'static str) -> &'static str {
    let known = of(operation).and_then(|known| known.actions.first());
    known.copied().unwrap_or(operation)
}

/// Every AWS operation that is ever sent, with what it needs.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html>
#[rustfmt::skip]
pub const PERMISSIONS: &[Permission] = &[
    permission("GetCallerIdentity", &[], On::Nothing, Access::Read),
    permission("DescribeDomain", &["es:DescribeDomain"], On::Domain, Access::Read),
    // S3 names many of its actions otherwise than its operations.
    permission("GetBucketAcl", &["s3:GetBucketAcl"], On::Bucket, Access::Read),
    permission("GetBucketCors", &["s3:GetBucketCORS"], On::Bucket, Access::Read),
    permission("GetBucketEncryption", &["s3:GetEncryptionConfiguration"], On::Bucket, Access::Read),
    permission("GetBucketLifecycleConfiguration", &["s3:GetLifecycleConfiguration"], On::Bucket, Access::Read),
    permission("GetBucketLogging", &["s3:GetBucketLogging"], On::Bucket, Access::Read),
    permission("GetBucketNotificationConfiguration", &["s3:GetBucketNotification"], On::Bucket, Access::Read),
    permission("GetBucketOwnershipControls", &["s3:GetBucketOwnershipControls"], On::Bucket, Access::Read),
    permission("GetBucketPolicy", &["s3:GetBucketPolicy"], On::Bucket, Access::Read),
    permission("GetBucketPolicyStatus", &["s3:GetBucketPolicyStatus"], On::Bucket, Access::Read),
    permission("GetBucketReplication", &["s3:GetReplicationConfiguration"], On::Bucket, Access::Read),
    permission("GetBucketTagging", &["s3:GetBucketTagging"], On::Bucket, Access::Read),
    permission("GetBucketVersioning", &["s3:GetBucketVersioning"], On::Bucket, Access::Read),
    permission("GetBucketWebsite", &["s3:GetBucketWebsite"], On::Bucket, Access::Read),
    permission("GetObjectLockConfiguration", &["s3:GetBucketObjectLockConfiguration"], On::Bucket, Access::Read),
    permission("GetPublicAccessBlock", &["s3:GetBucketPublicAccessBlock"], On::Bucket, Access::Read),
    permission("HeadBucket", &[LIST_BUCKET], On::Bucket, Access::Read),
    permission("ListMultipartUploads", &["s3:ListBucketMultipartUploads"], On::Bucket, Access::Read),
    permission("ListObjectVersions", &["s3:ListBucketVersions"], On::Bucket, Access::Read),
    permission("ListObjectsV2", &[LIST_BUCKET], On::Bucket, Access::Read),
    permission("GetObject", &[GET_OBJECT], On::Records, Access::ReadIfAsked),
    permission("GetPolicy", &["iam:GetPolicy"], On::Policy, Access::Read),
    permission("GetPolicyVersion", &["iam:GetPolicyVersion"], On::Policy, Access::Read),
    permission("ListPolicyVersions", &["iam:ListPolicyVersions"], On::Policy, Access::Read),
    permission("ListPolicies", &["iam:ListPolicies"], On::Anything, Access::Read),
    permission("GetRole", &["iam:GetRole"], On::Role, Access::Read),
    permission("GetRolePolicy", &["iam:GetRolePolicy"], On::Role, Access::Read),
    permission("ListAttachedRolePolicies", &["iam:ListAttachedRolePolicies"], On::Role, Access::Read),
    permission("ListRolePolicies", &["iam:ListRolePolicies"], On::Role, Access::Read),
    // The creations carry tags, and that of a bucket its ownership.
    permission("CreateBucket", &["s3:CreateBucket", "s3:PutBucketOwnershipControls", "s3:TagResource"], On::Bucket, Access::Write),
    permission("PutBucketEncryption", &["s3:PutEncryptionConfiguration"], On::Bucket, Access::Write),
    permission("PutBucketLifecycleConfiguration", &[PUT_LIFECYCLE], On::Bucket, Access::Write),
    permission("PutBucketOwnershipControls", &["s3:PutBucketOwnershipControls"], On::Bucket, Access::Write),
    permission("PutBucketPolicy", &[PUT_BUCKET_POLICY], On::Bucket, Access::Write),
    permission("PutBucketTagging", &["s3:PutBucketTagging"], On::Bucket, Access::Write),
    permission("PutBucketVersioning", &["s3:PutBucketVersioning"], On::Bucket, Access::Write),
    permission("PutPublicAccessBlock", &["s3:PutBucketPublicAccessBlock"], On::Bucket, Access::Write),
    permission("PutObject", &[PUT_OBJECT], On::Records, Access::WriteIfAsked),
    permission("CreatePolicy", &["iam:CreatePolicy", "iam:TagPolicy"], On::Policy, Access::Write),
    permission("CreatePolicyVersion", &["iam:CreatePolicyVersion"], On::Policy, Access::Write),
    permission("DeletePolicyVersion", &["iam:DeletePolicyVersion"], On::Policy, Access::Write),
    permission("TagPolicy", &["iam:TagPolicy"], On::Policy, Access::Write),
    permission("CreateRole", &["iam:CreateRole", "iam:TagRole"], On::Role, Access::Write),
    permission("UpdateAssumeRolePolicy", &["iam:UpdateAssumeRolePolicy"], On::Role, Access::Write),
    permission("UpdateRole", &["iam:UpdateRole"], On::Role, Access::Write),
    permission("AttachRolePolicy", &["iam:AttachRolePolicy"], On::Role, Access::Write),
    permission("TagRole", &["iam:TagRole"], On::Role, Access::Write),
    permission("DetachRolePolicy", &["iam:DetachRolePolicy"], On::Role, Access::WriteIfAsked),
    permission("DeleteRolePolicy", &["iam:DeleteRolePolicy"], On::Role, Access::WriteIfAsked),
    permission("PutRolePermissionsBoundary", &["iam:PutRolePermissionsBoundary"], On::Role, Access::WriteIfAsked),
];
