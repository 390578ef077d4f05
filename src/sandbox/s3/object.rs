//! Simple objects, so that a bucket can be full; it must keep versions as S3 does, since emptiness depends on them.

use std::sync::Arc;

use super::super::clock;
use super::super::identifiers;
use super::super::message::Answer;
use super::super::state::{Body, Encryption, Object, Upload};
use super::super::xml::Writer;
use super::{Call, Failure, NAMESPACE, access, encryption};

/// Returns an object's entity tag.
pub(super) fn etag(body: &Body) -> String {
    format!(
        "\"{}\"",
        identifiers::sha256_hex(&body.0)
            .chars()
            .take(32)
            .collect::<String>()
    )
}

/// Answers PutObject.
pub(super) fn put(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let body = Body(Arc::new(payload(call)?));
    let (key, now, serial) = (call.key.clone(), call.state.now(), call.state.next_serial());
    let exists = latest(call).is_some();
    if call.request.header("if-none-match") == Some("*") && exists {
        let message = "At least one of the pre-conditions you specified did not hold";
        return Err(
            Failure::new(412, "PreconditionFailed", message).detail("Condition", "If-None-Match")
        );
    }
    let content_type = call.request.header("content-type").map(str::to_owned);
    let encrypted = encryption::of_new(call)?;
    let tag = etag(&body);
    let bucket = call.held()?;
    let version = match bucket.versioning.as_deref() {
        Some("Enabled") => identifiers::letters(&format!("version {serial}"), 32),
        _ => "null".to_owned(),
    };
    if version == "null" {
        bucket
            .objects
            .retain(|held| held.key != key || held.version != "null");
    }
    let object = Object {
        key,
        version: version.clone(),
        modified: now,
        delete_marker: false,
        content_type,
        encryption: encrypted.clone(),
        body,
    };
    bucket.objects.push(object);
    let answer = encryption::described(Answer::empty(200).with("etag", tag), &encrypted, bucket);
    Ok(if version == "null" {
        answer
    } else {
        answer.with("x-amz-version-id", version)
    })
}

/// Unpacks `aws-chunked`; chunk signatures are not checked, the lengths are.
fn payload(call: &Call<'_>) -> Result<Vec<u8>, Failure> {
    let bytes = &call.request.body;
    let streaming = call
        .request
        .header("x-amz-content-sha256")
        .is_some_and(|hash| hash.starts_with("STREAMING-"));
    if !streaming {
        return Ok(bytes.to_vec());
    }
    let incomplete = || {
        Failure::new(
            400,
            "IncompleteBody",
            "The request body terminated unexpectedly",
        )
    };
    let mut rest: &[u8] = bytes;
    let mut out = Vec::new();
    loop {
        let end = rest
            .windows(2)
            .position(|pair| pair == b"\r\n")
            .ok_or_else(incomplete)?;
        let (head, tail) = rest.split_at(end);
        let head = std::str::from_utf8(head).map_err(|_| incomplete())?;
        let size = head.split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size.trim(), 16).map_err(|_| incomplete())?;
        let tail = tail.get(2..).ok_or_else(incomplete)?;
        if size == 0 {
            return Ok(out);
        }
        out.extend_from_slice(tail.get(..size).ok_or_else(incomplete)?);
        rest = tail
            .get(size..)
            .and_then(|tail| tail.strip_prefix(b"\r\n"))
            .ok_or_else(incomplete)?;
    }
}

/// Returns the current version of the call's key.
fn latest(call: &mut Call<'_>) -> Option<Object> {
    let key = call.key.clone();
    let found = call
        .held()
        .ok()?
        .objects
        .iter()
        .rev()
        .find(|held| held.key == key)?
        .clone();
    (!found.delete_marker).then_some(found)
}

/// Answers GetObject and HeadObject.
pub(super) fn get(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let absent = Failure::new(404, "NoSuchKey", "The specified key does not exist.")
        .detail("Key", call.key.as_str());
    // Whether a key exists is told to those who may list the bucket:
    // <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>
    let absent = match access::may_list(call) {
        Ok(()) => absent,
        Err(denied) => denied,
    };
    let object = match call.request.parameter("versionId").map(str::to_owned) {
        Some(version) => {
            let key = call.key.clone();
            let message = "The specified version does not exist.";
            let found = call
                .held()?
                .objects
                .iter()
                .find(|held| held.key == key && held.version == version)
                .cloned();
            found
                .filter(|held| !held.delete_marker)
                .ok_or_else(|| Failure::new(404, "NoSuchVersion", message))?
        }
        None => latest(call).ok_or(absent)?,
    };
    let reads = call.request.method == "GET";
    if reads {
        encryption::check_read(call, &object.encryption)?;
    }
    let answer = Answer::empty(200)
        .with("etag", etag(&object.body))
        .with("last-modified", clock::http_date(object.modified))
        .with("accept-ranges", "bytes")
        .with(
            "content-type",
            object
                .content_type
                .unwrap_or_else(|| "binary/octet-stream".to_owned()),
        );
    let mut answer = encryption::described(answer, &object.encryption, call.held()?);
    if object.version != "null" {
        answer = answer.with("x-amz-version-id", object.version);
    }
    if !reads {
        return Ok(answer.with("content-length", object.body.0.len().to_string()));
    }
    answer.body = object.body.0.to_vec();
    Ok(answer)
}

/// Answers DeleteObject: in a versioned bucket a marker is written.
pub(super) fn delete(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let (key, now, serial) = (call.key.clone(), call.state.now(), call.state.next_serial());
    let asked = call.request.parameter("versionId").map(str::to_owned);
    let bucket = call.held()?;
    if let Some(version) = asked {
        bucket
            .objects
            .retain(|held| held.key != key || held.version != version);
        return Ok(Answer::empty(204).with("x-amz-version-id", version));
    }
    let enabled = bucket.versioning.as_deref() == Some("Enabled");
    if !enabled {
        bucket
            .objects
            .retain(|held| held.key != key || held.version != "null");
    }
    if bucket.versioning.is_none() {
        return Ok(Answer::empty(204));
    }
    let version = if enabled {
        identifiers::letters(&format!("version {serial}"), 32)
    } else {
        "null".to_owned()
    };
    let body = Body::default();
    let marker = Object {
        key,
        version: version.clone(),
        modified: now,
        delete_marker: true,
        content_type: None,
        encryption: Encryption::default(),
        body,
    };
    bucket.objects.push(marker);
    Ok(Answer::empty(204)
        .with("x-amz-delete-marker", "true")
        .with("x-amz-version-id", version))
}

/// Answers CreateMultipartUpload.
pub(super) fn begin_upload(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let (key, begun, serial) = (call.key.clone(), call.state.now(), call.state.next_serial());
    let id = identifiers::letters(&format!("upload {serial}"), 32);
    encryption::of_new(call)?;
    call.held()?.uploads.push(Upload {
        key: key.clone(),
        id: id.clone(),
        begun,
    });
    let mut out = Writer::document("InitiateMultipartUploadResult", NAMESPACE);
    out.leaf("Bucket", &call.bucket);
    out.leaf("Key", &key);
    out.leaf("UploadId", &id);
    Ok(Answer::xml(
        200,
        out.finish("InitiateMultipartUploadResult"),
    ))
}

/// Answers AbortMultipartUpload.
pub(super) fn abort_upload(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let id = call
        .request
        .parameter("uploadId")
        .unwrap_or_default()
        .to_owned();
    let uploads = &mut call.held()?.uploads;
    let before = uploads.len();
    uploads.retain(|upload| upload.id != id);
    if uploads.len() == before {
        let message = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been \
                       aborted or completed.";
        return Err(Failure::new(404, "NoSuchUpload", message).detail("UploadId", id));
    }
    Ok(Answer::empty(204))
}
