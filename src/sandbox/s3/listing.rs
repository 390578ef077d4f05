//! Listings of objects, versions and uploads, in pages; an order other than the key's must never appear.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::clock;
use super::super::message::Answer;
use super::super::state::Object;
use super::super::xml::Writer;
use super::configuration::truth;
use super::{Call, Failure, NAMESPACE, bucket, object};

const KEY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// What a listing asks for.
struct Query {
    prefix: String,
    max: usize,
    delimiter: Option<String>,
    encode: bool,
}

impl Query {
    fn read(call: &Call<'_>, limit: &str) -> Result<Self, Failure> {
        let max = match call.request.parameter(limit) {
            None => 1000,
            Some(text) => text.parse::<usize>().map_err(|_| {
                Failure::invalid_argument(&format!(
                    "Provided {limit} not an integer or within integer range"
                ))
            })?,
        };
        Ok(Self {
            prefix: call
                .request
                .parameter("prefix")
                .unwrap_or_default()
                .to_owned(),
            max: max.min(1000),
            delimiter: call
                .request
                .parameter("delimiter")
                .filter(|d| !d.is_empty())
                .map(str::to_owned),
            encode: call.request.parameter("encoding-type") == Some("url"),
        })
    }

    fn key(&self, key: &str) -> String {
        if self.encode {
            utf8_percent_encode(key, KEY).to_string()
        } else {
            key.to_owned()
        }
    }

    /// Returns the common prefix that stands for a key, when there is a delimiter behind the prefix.
    fn common(&self, key: &str) -> Option<String> {
        let delimiter = self.delimiter.as_deref()?;
        let rest = key.strip_prefix(&self.prefix)?;
        let end = rest.find(delimiter)? + delimiter.len();
        Some(format!("{}{}", self.prefix, rest.get(..end)?))
    }

    fn head(&self, call: &Call<'_>, out: &mut Writer) {
        out.leaf("Name", &call.bucket);
        out.leaf("Prefix", &self.key(&self.prefix));
        out.leaf_if(
            "Delimiter",
            self.delimiter.as_deref().map(|d| self.key(d)).as_deref(),
        );
        if self.encode {
            out.leaf("EncodingType", "url");
        }
    }
}

/// One line of a listing of objects.
enum Line {
    Object(Object),
    Prefix(String),
}

/// Answers ListObjectsV2.
pub(super) fn objects(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let query = Query::read(call, "max-keys")?;
    let token = call
        .request
        .parameter("continuation-token")
        .map(str::to_owned);
    if token.as_deref() == Some("") {
        return Err(Failure::invalid_argument(
            "The continuation token provided is incorrect",
        ));
    }
    let after = token
        .clone()
        .or_else(|| call.request.parameter("start-after").map(str::to_owned))
        .unwrap_or_default();
    let lines = current(&call.held()?.objects, &query, &after);
    let truncated = query.max > 0 && lines.len() > query.max;
    let page: Vec<(String, Line)> = lines.into_iter().take(query.max).collect();
    let mut out = Writer::document("ListBucketResult", NAMESPACE);
    query.head(call, &mut out);
    out.leaf("KeyCount", &page.len().to_string());
    out.leaf("MaxKeys", &query.max.to_string());
    out.leaf("IsTruncated", truth(truncated));
    out.leaf_if("ContinuationToken", token.as_deref());
    if let Some((last, _)) = page.last().filter(|_| truncated) {
        out.leaf("NextContinuationToken", last);
    }
    for (_, line) in &page {
        match line {
            Line::Object(held) => {
                out.open("Contents");
                out.leaf("Key", &query.key(&held.key));
                describe(&mut out, held);
                out.close("Contents");
            }
            Line::Prefix(prefix) => {
                out.open("CommonPrefixes");
                out.leaf("Prefix", &query.key(prefix));
                out.close("CommonPrefixes");
            }
        }
    }
    Ok(Answer::xml(200, out.finish("ListBucketResult")))
}

fn describe(out: &mut Writer, held: &Object) {
    out.leaf("LastModified", &clock::iso_millis(held.modified));
    out.leaf("ETag", &object::etag(&held.body));
    out.leaf("Size", &held.body.0.len().to_string());
    out.leaf("StorageClass", "STANDARD");
}

/// Current objects and common prefixes after a key, sorted.
fn current(objects: &[Object], query: &Query, after: &str) -> BTreeMap<String, Line> {
    let mut latest: BTreeMap<&str, &Object> = BTreeMap::new();
    for held in objects
        .iter()
        .filter(|held| held.key.starts_with(&query.prefix))
    {
        latest.insert(&held.key, held);
    }
    let mut lines = BTreeMap::new();
    for held in latest.into_values().filter(|held| !held.delete_marker) {
        let (place, line) = match query.common(&held.key) {
            Some(prefix) => (prefix.clone(), Line::Prefix(prefix)),
            None => (held.key.clone(), Line::Object(held.clone())),
        };
        if place.as_str() > after {
            lines.insert(place, line);
        }
    }
    lines
}

/// Answers ListObjectVersions.
pub(super) fn versions(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let query = Query::read(call, "max-keys")?;
    let marker = call
        .request
        .parameter("key-marker")
        .unwrap_or_default()
        .to_owned();
    let version_marker = call
        .request
        .parameter("version-id-marker")
        .unwrap_or_default()
        .to_owned();
    let bucket = call.held()?.clone();
    let all = sorted_versions(&bucket.objects, &query.prefix);
    let start = match marker.is_empty() {
        true => 0,
        false => all
            .iter()
            .position(|(held, _)| is_after(held, &marker, &version_marker, &all))
            .unwrap_or(all.len()),
    };
    let rest = all.get(start..).unwrap_or_default();
    let page = rest.get(..query.max.min(rest.len())).unwrap_or_default();
    let truncated = query.max > 0 && page.len() < rest.len();
    let mut out = Writer::document("ListVersionsResult", NAMESPACE);
    query.head(call, &mut out);
    out.leaf("KeyMarker", &query.key(&marker));
    out.leaf("VersionIdMarker", &version_marker);
    out.leaf("MaxKeys", &query.max.to_string());
    out.leaf("IsTruncated", truth(truncated));
    if let Some((last, _)) = page.last().filter(|_| truncated) {
        out.leaf("NextKeyMarker", &query.key(&last.key));
        out.leaf("NextVersionIdMarker", &last.version);
    }
    for (held, latest) in page {
        write_version(&mut out, &query, held, *latest, &bucket.account);
    }
    Ok(Answer::xml(200, out.finish("ListVersionsResult")))
}

fn write_version(out: &mut Writer, query: &Query, held: &Object, latest: bool, account: &str) {
    let name = if held.delete_marker {
        "DeleteMarker"
    } else {
        "Version"
    };
    out.open(name);
    out.leaf("Key", &query.key(&held.key));
    out.leaf("VersionId", &held.version);
    out.leaf("IsLatest", truth(latest));
    if held.delete_marker {
        out.leaf("LastModified", &clock::iso_millis(held.modified));
    } else {
        describe(out, held);
    }
    bucket::owner(out, "Owner", account);
    out.close(name);
}

/// Versions by key, the newest first, each with whether it is the latest.
fn sorted_versions<'a>(objects: &'a [Object], prefix: &str) -> Vec<(&'a Object, bool)> {
    let mut by_key: BTreeMap<&str, Vec<&Object>> = BTreeMap::new();
    for held in objects.iter().filter(|held| held.key.starts_with(prefix)) {
        by_key.entry(&held.key).or_default().push(held);
    }
    let newest_first = |list: Vec<&'a Object>| {
        list.into_iter()
            .rev()
            .enumerate()
            .map(|(n, held)| (held, n == 0))
    };
    by_key.into_values().flat_map(newest_first).collect()
}

fn is_after(held: &Object, key: &str, version: &str, all: &[(&Object, bool)]) -> bool {
    if held.key.as_str() != key {
        return held.key.as_str() > key;
    }
    let place = |version: &str| {
        all.iter()
            .position(|(other, _)| other.key == key && other.version == version)
    };
    !version.is_empty() && place(&held.version) > place(version)
}

/// Answers ListMultipartUploads.
pub(super) fn uploads(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let query = Query::read(call, "max-uploads")?;
    let marker = call
        .request
        .parameter("key-marker")
        .unwrap_or_default()
        .to_owned();
    let mut held: Vec<_> = call.held()?.uploads.clone();
    held.sort_by(|a, b| (&a.key, &a.id).cmp(&(&b.key, &b.id)));
    held.retain(|upload| {
        upload.key.starts_with(&query.prefix) && (marker.is_empty() || upload.key > marker)
    });
    let page = held.get(..query.max.min(held.len())).unwrap_or_default();
    let truncated = query.max > 0 && page.len() < held.len();
    let mut out = Writer::document("ListMultipartUploadsResult", NAMESPACE);
    out.leaf("Bucket", &call.bucket);
    out.leaf("KeyMarker", &query.key(&marker));
    out.leaf("UploadIdMarker", "");
    if let Some(last) = page.last().filter(|_| truncated) {
        out.leaf("NextKeyMarker", &query.key(&last.key));
        out.leaf("NextUploadIdMarker", &last.id);
    }
    if query.encode {
        out.leaf("EncodingType", "url");
    }
    out.leaf("Prefix", &query.key(&query.prefix));
    out.leaf("MaxUploads", &query.max.to_string());
    out.leaf("IsTruncated", truth(truncated));
    for upload in page {
        out.open("Upload");
        out.leaf("Key", &query.key(&upload.key));
        out.leaf("UploadId", &upload.id);
        out.leaf("StorageClass", "STANDARD");
        out.leaf("Initiated", &clock::iso_millis(upload.begun));
        out.close("Upload");
    }
    Ok(Answer::xml(200, out.finish("ListMultipartUploadsResult")))
}
