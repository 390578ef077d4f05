//! Decides whether a signed caller may carry an S3 operation out; it must come before any change.

use super::super::authorize::{self, Context, ResourcePolicy};
use super::super::identifiers::partition;
use super::super::state::Bucket;
use super::super::xml;
use super::operations::Operation;
use super::{Call, Failure};

/// Checks existence, region, permission and the owner that the caller expects, in S3's order.
pub(super) fn check(call: &Call<'_>, operation: &Operation) -> Result<(), Failure> {
    match operation.name {
        "ListBuckets" => return allowed(call, operation.action, "*", None),
        "CreateBucket" => return create(call),
        _ => {}
    }
    let bucket = call
        .state
        .buckets
        .get(&call.bucket)
        .ok_or_else(|| Failure::no_such_bucket(&call.bucket))?;
    region(call, bucket, operation)?;
    let resource = match call.key.is_empty() {
        true => bucket_arn(&bucket.region, &call.bucket),
        false => format!("{}/{}", bucket_arn(&bucket.region, &call.bucket), call.key),
    };
    let regional = |failure: Failure| failure.header("x-amz-bucket-region", bucket.region.as_str());
    allowed(call, operation.action, &resource, Some(bucket)).map_err(regional)?;
    match call.request.header("x-amz-expected-bucket-owner") {
        Some(expected) if expected != bucket.account => {
            Err(Failure::access_denied("Access Denied"))
        }
        _ => Ok(()),
    }
}

fn create(call: &Call<'_>) -> Result<(), Failure> {
    let resource = bucket_arn(&call.caller.region, &call.bucket);
    allowed(call, "s3:CreateBucket", &resource, None)?;
    if call.request.header("x-amz-object-ownership").is_some() {
        allowed(call, "s3:PutBucketOwnershipControls", &resource, None)?;
    }
    let tagged = xml::parse(&call.request.body).is_some_and(|body| body.child("Tags").is_some());
    if tagged {
        allowed(call, "s3:TagResource", &resource, None)
    } else {
        Ok(())
    }
}

/// Checks that the caller may list the bucket of a call.
pub(super) fn may_list(call: &Call<'_>) -> Result<(), Failure> {
    let bucket = call.state.buckets.get(&call.bucket);
    let region = bucket.map_or("", |bucket| &bucket.region);
    let resource = bucket_arn(region, &call.bucket);
    let bucket = bucket.map(|bucket| &**bucket);
    allowed(call, "s3:ListBucket", &resource, bucket)
}

/// Returns a bucket's ARN.
pub(super) fn bucket_arn(region: &str, bucket: &str) -> String {
    format!("arn:{}:s3:::{bucket}", partition(region))
}

/// A request signed for another region is sent to another region's endpoint.
fn region(call: &Call<'_>, bucket: &Bucket, operation: &Operation) -> Result<(), Failure> {
    let (have, want) = (&call.caller.region, &bucket.region);
    if have == want || operation.name == "GetBucketLocation" {
        return Ok(());
    }
    let failure = if operation.name != "HeadBucket" && have == "us-east-1" {
        let message = format!(
            "The authorization header is malformed; the region '{have}' is wrong; expecting '{want}'"
        );
        Failure::new(400, "AuthorizationHeaderMalformed", message).detail("Region", want)
    } else {
        let message = "The bucket you are attempting to access must be addressed using the specified endpoint. \
                       Please send all future requests to this endpoint.";
        Failure::new(301, "PermanentRedirect", message)
            .detail(
                "Endpoint",
                format!("{}.s3.{want}.amazonaws.com", call.bucket),
            )
            .detail("Bucket", call.bucket.as_str())
    };
    Err(failure.header("x-amz-bucket-region", want))
}

fn allowed(
    call: &Call<'_>,
    action: &str,
    resource: &str,
    bucket: Option<&Bucket>,
) -> Result<(), Failure> {
    let mut context = Context::of(&call.caller);
    if let Some(bucket) = bucket {
        context.set("aws:ResourceAccount", &bucket.account);
        context.set("s3:ResourceAccount", &bucket.account);
    }
    for (parameter, key) in [
        ("prefix", "s3:prefix"),
        ("max-keys", "s3:max-keys"),
        ("delimiter", "s3:delimiter"),
    ] {
        if let Some(value) = call.request.parameter(parameter) {
            context.set(key, value);
        }
    }
    let policy = bucket.map(|bucket| ResourcePolicy {
        document: bucket.policy.as_deref(),
        owner: &bucket.account,
        owned_by: call.state.accounts.get(&bucket.account).map(|held| &**held),
    });
    let foreign = bucket.is_some_and(|bucket| bucket.account != call.caller.account);
    authorize::decide(&call.caller, action, resource, &context, policy).map_err(|message| {
        // S3 names the policy only within one account or organisation:
        // <https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html>
        Failure::access_denied(match foreign {
            true => "Access Denied".to_owned(),
            false => message,
        })
    })
}
