//! The record of a restore test in S3, written and read. What is not understood is never taken for absent.

use aws_sdk_s3::primitives::{ByteStream, DateTime};

use crate::aws::{CallError, Reads, Writes};
use crate::diagnosis::Denial;
use crate::failure::Class;
use crate::lost::Effect;
use crate::moment::Moment;
use crate::resources::bucket::record::{Call, Kept, Place, Record};
use crate::resources::observed::Unread;
use crate::resources::{Answer, SendError};

const WRITE: &str = "PutObject";
const READ: &str = "GetObject";
/// Name of what is read, in messages.
const WHAT: &str = "the record of the last restore test";

/// Sends the record once. It carries no header for its encryption: the default of the bucket counts.
///
/// # Errors
/// What S3 or the network answered.
pub(crate) async fn send(writes: &Writes, call: &Call) -> Result<Answer, SendError> {
    once(writes, call).await?;
    Ok(Answer::Done)
}

async fn once(writes: &Writes, call: &Call) -> Result<(), CallError> {
    let place = &call.place;
    let put = writes
        .s3(&place.region)
        .put_object()
        .bucket(place.bucket.as_str())
        .key(&place.key)
        .expected_bucket_owner(place.account.as_str())
        .content_type("application/json")
        .body(ByteStream::from(call.record.to_bytes()));
    let sent = put.send().await;
    sent.map(|_| ())
        .map_err(|error| CallError::from_sdk("s3", WRITE, error))
}

/// Reads whether a record whose answer was lost is there. An older one counts for nothing.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn was_applied(reads: &Reads, call: &Call) -> Result<Effect, SendError> {
    let kept = read(reads, &call.place).await?;
    Ok(Effect::of(
        kept.is_some_and(|kept| kept.record == call.record),
    ))
}

/// Reads the record; none where S3 says that there is none.
///
/// # Errors
/// When it cannot be read, or is no record.
pub(crate) async fn read(reads: &Reads, place: &Place) -> Result<Option<Kept>, Unread> {
    let get = reads
        .s3(&place.region)
        .get_object()
        .bucket(place.bucket.as_str())
        .key(&place.key)
        .expected_bucket_owner(place.account.as_str());
    let output = match get.send().await {
        Ok(output) => output,
        Err(error) => {
            let error = CallError::from_sdk("s3", READ, error);
            return match error.code.as_deref() {
                Some("NoSuchKey") => Ok(None),
                _ => Err(unread(&error)),
            };
        }
    };
    let at = output.last_modified().and_then(moment);
    let Some(at) = at else {
        return Err(Unread::unsaid(WHAT, "S3 does not say when it was written"));
    };
    let lost = |words: String| Unread {
        what: WHAT.to_owned(),
        permission: None,
        words,
        remedy: None,
        class: Class::Unavailable,
    };
    // What does not arrive in time is no answer; the request itself has its limits by then.
    let body = tokio::time::timeout(reads.patience(), output.body.collect()).await;
    let body = body
        .map_err(|_| lost("its content did not arrive in time".to_owned()))?
        .map_err(|error| lost(format!("its content did not arrive: {error}")))?;
    let record = Record::parse(&body.into_bytes()).map_err(|words| Unread {
        remedy: Some(format!(
            "look at {}, and write another one with `esbackup verify --level restore --record`",
            place.url()
        )),
        ..Unread::content(WHAT, words)
    })?;
    Ok(Some(Kept { record, at }))
}

/// A read that was refused or failed. S3 denies a key that does not exist to a caller who may not list the bucket, and one that a KMS key
/// encrypts to a caller who may not use the key: the message names the action.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>
fn unread(error: &CallError) -> Unread {
    let named = Denial::in_words(&error.message).and_then(|denial| denial.action);
    match named {
        Some(action) => Unread::lacking(WHAT, &action, error),
        None => Unread::new(WHAT, error),
    }
}

fn moment(time: &DateTime) -> Option<Moment> {
    Moment::from_millis(time.to_millis().ok()?)
}
