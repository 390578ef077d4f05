//! The guard of the read path: a client that plans can send nothing but reads. It also keeps the service's own clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextMut, BeforeDeserializationInterceptorContextRef,
    BeforeSerializationInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::Format;
use http_body_util::Limited;

/// Every AWS operation that planning can send; none of them changes anything.
pub const READ_OPERATIONS: [&str; 28] = [
    "DescribeDomain",
    "GetBucketAcl",
    "GetBucketCors",
    "GetBucketEncryption",
    "GetBucketLifecycleConfiguration",
    "GetBucketLogging",
    "GetBucketNotificationConfiguration",
    "GetBucketOwnershipControls",
    "GetBucketPolicy",
    "GetBucketPolicyStatus",
    "GetBucketReplication",
    "GetBucketTagging",
    "GetBucketVersioning",
    "GetBucketWebsite",
    "GetCallerIdentity",
    "GetObjectLockConfiguration",
    "GetPolicy",
    "GetPolicyVersion",
    "GetPublicAccessBlock",
    "GetRole",
    "HeadBucket",
    "ListAttachedRolePolicies",
    "ListMultipartUploads",
    "ListObjectVersions",
    "ListObjectsV2",
    "ListPolicies",
    "ListPolicyVersions",
    "ListRolePolicies",
];

/// Refuses every operation that is not a read, before it is serialised.
#[derive(Debug)]
pub struct ReadsOnly;

impl Intercept for ReadsOnly {
    fn name(&self) -> &'static str {
        "ReadsOnly"
    }

    fn read_before_serialization(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        match cfg.load::<Metadata>().map(Metadata::name) {
            Some(operation) if READ_OPERATIONS.contains(&operation) => Ok(()),
            operation => Err(format!(
                "{} is not a read and cannot be sent while planning",
                operation.unwrap_or("?")
            )
            .into()),
        }
    }
}

/// The clock of the services, from the `Date` of their answers; in seconds since 1970, 0 until the first answer.
#[derive(Debug, Clone, Default)]
pub struct ServiceClock(Arc<AtomicI64>);

impl ServiceClock {
    /// The newest `Date` that a service answered, in seconds since 1970.
    pub fn now(&self) -> Option<i64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|seconds| *seconds > 0)
    }
}

impl Intercept for ServiceClock {
    fn name(&self) -> &'static str {
        "ServiceClock"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        if let Some(date) = date.and_then(|text| DateTime::from_str(text, Format::HttpDate).ok()) {
            self.0.fetch_max(date.secs(), Ordering::Relaxed);
        }
        Ok(())
    }
}

/// The longest answer of an AWS service that is read, in bytes; the longest real ones are far shorter.
const LONGEST_ANSWER: usize = 4 * 1024 * 1024;

/// Ends answers that do not end.
#[derive(Debug)]
pub struct BoundedAnswers;

impl Intercept for BoundedAnswers {
    fn name(&self) -> &'static str {
        "BoundedAnswers"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response_mut().take_body();
        *context.response_mut().body_mut() =
            SdkBody::from_body_1_x(Limited::new(body, LONGEST_ANSWER));
        Ok(())
    }
}
