//! The clients that can only read: of each service they have the calls of one closed list and no other, and nothing gives out the SDK's
//! client within.

use super::budget::{self, Budget, TooMany};
use super::expected::Expected;
use super::guard::{BoundedAnswers, ReadsOnly};
use super::trace::Traced;
use crate::clock::ServiceClock;
use crate::limits::Limits;

/// Makes a client of each service from the reads that it has, and the list of all their operations.
macro_rules! reads {
    ($($(#[$doc:meta])* $client:ident of $sdk:ident { $($method:ident: $operation:ident, $builder:ident;)+ })+) => {
        /// Every AWS operation that planning can send; none of them changes anything.
        pub const READ_OPERATIONS: &[&str] = &[$($(stringify!($operation),)+)+];

        $(
            $(#[$doc])*
            #[derive(Debug, Clone)]
            pub(crate) struct $client(pub(super) $sdk::Client);

            impl $client {
                /// A client with these settings that refuses whatever is not a read, keeps the services' clock, bounds answers and
                /// retries, and believes only answers that are whole.
                pub(crate) fn new(
                    config: $sdk::config::Builder,
                    limits: &Limits,
                    clock: &ServiceClock,
                ) -> Self {
                    let config = config
                        .retry_config(budget::retries(limits))
                        .retry_partition(budget::partition())
                        .retry_classifier(TooMany)
                        .interceptor(Budget(*limits))
                        .interceptor(ReadsOnly)
                        .interceptor(clock.clone())
                        .interceptor(BoundedAnswers)
                        .interceptor(Expected)
                        .interceptor(Traced);
                    Self($sdk::Client::from_conf(config.build()))
                }

                $(
                    #[doc = concat!("Asks with ", stringify!($operation), ".")]
                    pub(crate) fn $method(&self) -> $sdk::operation::$method::builders::$builder {
                        self.0.$method()
                    }
                )+
            }
        )+
    };
}

reads! {
    /// Reads of S3.
    S3 of aws_sdk_s3 {
        get_bucket_acl: GetBucketAcl, GetBucketAclFluentBuilder;
        get_bucket_cors: GetBucketCors, GetBucketCorsFluentBuilder;
        get_bucket_encryption: GetBucketEncryption, GetBucketEncryptionFluentBuilder;
        get_bucket_lifecycle_configuration: GetBucketLifecycleConfiguration, GetBucketLifecycleConfigurationFluentBuilder;
        get_bucket_logging: GetBucketLogging, GetBucketLoggingFluentBuilder;
        get_bucket_notification_configuration: GetBucketNotificationConfiguration, GetBucketNotificationConfigurationFluentBuilder;
        get_bucket_ownership_controls: GetBucketOwnershipControls, GetBucketOwnershipControlsFluentBuilder;
        get_bucket_policy: GetBucketPolicy, GetBucketPolicyFluentBuilder;
        get_bucket_policy_status: GetBucketPolicyStatus, GetBucketPolicyStatusFluentBuilder;
        get_bucket_replication: GetBucketReplication, GetBucketReplicationFluentBuilder;
        get_bucket_tagging: GetBucketTagging, GetBucketTaggingFluentBuilder;
        get_bucket_versioning: GetBucketVersioning, GetBucketVersioningFluentBuilder;
        get_bucket_website: GetBucketWebsite, GetBucketWebsiteFluentBuilder;
        get_object: GetObject, GetObjectFluentBuilder;
        get_object_lock_configuration: GetObjectLockConfiguration, GetObjectLockConfigurationFluentBuilder;
        get_public_access_block: GetPublicAccessBlock, GetPublicAccessBlockFluentBuilder;
        head_bucket: HeadBucket, HeadBucketFluentBuilder;
        list_multipart_uploads: ListMultipartUploads, ListMultipartUploadsFluentBuilder;
        list_object_versions: ListObjectVersions, ListObjectVersionsFluentBuilder;
        list_objects_v2: ListObjectsV2, ListObjectsV2FluentBuilder;
    }
    /// Reads of IAM.
    Iam of aws_sdk_iam {
        get_policy: GetPolicy, GetPolicyFluentBuilder;
        get_policy_version: GetPolicyVersion, GetPolicyVersionFluentBuilder;
        get_role: GetRole, GetRoleFluentBuilder;
        get_role_policy: GetRolePolicy, GetRolePolicyFluentBuilder;
        list_attached_role_policies: ListAttachedRolePolicies, ListAttachedRolePoliciesFluentBuilder;
        list_policies: ListPolicies, ListPoliciesFluentBuilder;
        list_policy_versions: ListPolicyVersions, ListPolicyVersionsFluentBuilder;
        list_role_policies: ListRolePolicies, ListRolePoliciesFluentBuilder;
    }
    /// Reads of STS.
    Sts of aws_sdk_sts {
        get_caller_identity: GetCallerIdentity, GetCallerIdentityFluentBuilder;
    }
    /// Reads of the control plane of the domains.
    OpenSearch of aws_sdk_opensearch {
        describe_domain: DescribeDomain, DescribeDomainFluentBuilder;
    }
}
