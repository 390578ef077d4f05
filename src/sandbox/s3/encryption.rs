//! The encryption of single objects; an object keeps the key that it was written with, whatever its bucket says later.

use super::super::authorize::{self, Context};
use super::super::kms;
use super::super::message::Answer;
use super::super::state::{Bucket, Encryption};
use super::{Call, Failure};

const ALGORITHM: &str = "x-amz-server-side-encryption";
const KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";
const BUCKET_KEY: &str = "x-amz-server-side-encryption-bucket-key-enabled";

/// Returns the encryption of a new object, after checking that the caller may use its key: the request's or the bucket's.
pub(super) fn of_new(call: &mut Call<'_>) -> Result<Encryption, Failure> {
    let bucket = call.held()?.clone();
    let encryption = match call.request.header(ALGORITHM) {
        None => bucket.encryption.clone(),
        Some(algorithm @ ("AES256" | "aws:kms" | "aws:kms:dsse")) => Encryption {
            algorithm: algorithm.to_owned(),
            kms_key: call.request.header(KEY).map(str::to_owned),
            bucket_key: call.request.header(BUCKET_KEY) == Some("true"),
            blocked_types: None,
        },
        Some(_) => {
            let message = "The encryption method specified is not supported";
            return Err(Failure::new(
                400,
                "InvalidEncryptionAlgorithmError",
                message,
            ));
        }
    };
    may_use(call, &bucket, &encryption, "kms:GenerateDataKey")?;
    Ok(encryption)
}

/// Checks that the caller may read what was encrypted so.
pub(super) fn check_read(call: &mut Call<'_>, encryption: &Encryption) -> Result<(), Failure> {
    let bucket = call.held()?.clone();
    may_use(call, &bucket, encryption, "kms:Decrypt")
}

fn may_use(
    call: &Call<'_>,
    bucket: &Bucket,
    encryption: &Encryption,
    action: &str,
) -> Result<(), Failure> {
    let Some(key) = kms::key_arn(encryption, bucket) else {
        return Ok(());
    };
    let mut context = Context::of(&call.caller);
    context.set("kms:ViaService", &kms::via_service(bucket));
    context.set("kms:CallerAccount", &call.caller.account);
    authorize::decide(&call.caller, action, &key, &context, None).map_err(Failure::access_denied)
}

/// Adds the headers that tell an object's encryption.
pub(super) fn described(answer: Answer, encryption: &Encryption, bucket: &Bucket) -> Answer {
    let answer = answer.with(ALGORITHM, encryption.algorithm.as_str());
    let answer = match kms::key_arn(encryption, bucket) {
        Some(key) => answer.with(KEY, key),
        None => answer,
    };
    match encryption.bucket_key {
        true => answer.with(BUCKET_KEY, "true"),
        false => answer,
    }
}
