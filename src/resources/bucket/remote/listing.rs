//! Lists the objects of a bucket under a prefix, page by page; it keeps none of them and opens none.

use crate::aws::pages::Pages;
use crate::aws::{CallError, Reads};
use crate::resources::bucket::Bucket;
use crate::resources::observed::Unread;

/// How many pages of a thousand objects are read.
const MOST: usize = 1_000;
const OPERATION: &str = "ListObjectsV2";

/// The longest key of an object, in bytes.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
const LONGEST_KEY: usize = 1024;

/// Shows every object under a prefix to `see`, with its key and its size in bytes.
///
/// # Errors
/// When the list cannot be read to its end; then nothing that was shown says what is missing.
pub(crate) async fn objects(
    reads: &Reads,
    bucket: &Bucket,
    prefix: &str,
    see: &mut (dyn FnMut(&str, u64) + Send),
) -> Result<(), Unread> {
    let unread = |error: &CallError| Unread::new("the bucket's objects", error);
    // It may come from a registration that anybody made, and the SDK panics where a URL becomes too long.
    if prefix.len() > LONGEST_KEY {
        let words = "their prefix is longer than any key can be";
        return Err(Unread::content("the bucket's objects", words.to_owned()));
    }
    let s3 = reads.s3(&bucket.region);
    let mut left = MOST;
    let mut pages = Pages::of("s3", OPERATION);
    loop {
        let page = s3
            .list_objects_v2()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.account.as_str())
            .prefix(prefix)
            .set_continuation_token(pages.marker())
            .send()
            .await
            .map_err(|error| unread(&CallError::from_sdk("s3", OPERATION, error)))?;
        for object in page.contents() {
            let size = object.size().and_then(|size| u64::try_from(size).ok());
            see(object.key().unwrap_or_default(), size.unwrap_or_default());
        }
        left -= 1;
        if left == 0 {
            let words = "there are about a million or more: too many to list";
            return Err(Unread::content("the bucket's objects", words.to_owned()));
        }
        let truncated = page.is_truncated() == Some(true);
        let next = page.next_continuation_token();
        if !pages
            .another(truncated, next)
            .map_err(|error| unread(&error))?
        {
            return Ok(());
        }
    }
}
