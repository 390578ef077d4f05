//! How IAM writes what kinds read and send: tags, encoded documents, moments.

use aws_sdk_iam::types::Tag;
use percent_encoding::percent_decode_str;

use super::Reads;
use crate::names::Tags;
use crate::policy_document::{Document, Kind, Problem};

/// A policy or role that changed this recently, in seconds, may not be effective everywhere yet.
const RECENT_SECONDS: i64 = 600;

/// Whether a moment lies within the last ten minutes of the service's own clock.
pub(crate) fn is_recent(reads: &Reads, moment: Option<i64>) -> bool {
    match (reads.clock().now(), moment) {
        (Some(now), Some(moment)) => now - moment < RECENT_SECONDS,
        _ => false,
    }
}

/// Tags as IAM lists them.
pub(crate) fn tags_of(tags: &[Tag]) -> Tags {
    tags.iter()
        .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
        .collect()
}

/// Tags as IAM takes them.
pub(crate) fn tag_list(tags: &Tags) -> Vec<Tag> {
    tags.iter()
        .filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok())
        .collect()
}

/// Reads a document, which IAM answers URL-encoded (RFC 3986).
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html>
///
/// # Errors
/// What is not understood of it.
pub(crate) fn decoded(text: &str, kind: Kind) -> Result<Document, Vec<Problem>> {
    Document::parse_live(&percent_decode_str(text).decode_utf8_lossy(), kind)
}
