//! A page that names itself as the next one, for the loops of clients; an answer that is no page stays as it is.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::message::{Answer, Plus, Request, pairs};
use super::xml;

/// Sorts before every printable key, so that a page after it is the first.
const BEFORE_ALL: &str = "!";
/// The marker of IAM's first page, which IAM itself never gives out.
const FIRST_OF_IAM: &str = "ZnJvbTow";
const MORE: &str = "<IsTruncated>true</IsTruncated>";
const LAST: &str = "<IsTruncated>false</IsTruncated>";

/// How a request names its page, how the answer names the next one, and the name of the first.
struct Names {
    asked: &'static str,
    next: &'static str,
    first: Option<&'static str>,
}

const fn names(asked: &'static str, next: &'static str, first: Option<&'static str>) -> Names {
    Names { asked, next, first }
}

/// By the root element of the answer.
const OF_S3: [(&str, &[Names]); 3] = [
    (
        "<ListBucketResult",
        &[names(
            "continuation-token",
            "NextContinuationToken",
            Some(BEFORE_ALL),
        )],
    ),
    (
        "<ListVersionsResult",
        &[
            names("version-id-marker", "NextVersionIdMarker", None),
            names("key-marker", "NextKeyMarker", Some(BEFORE_ALL)),
        ],
    ),
    (
        "<ListMultipartUploadsResult",
        &[
            names("upload-id-marker", "NextUploadIdMarker", None),
            names("key-marker", "NextKeyMarker", Some(BEFORE_ALL)),
        ],
    ),
];
const OF_IAM: &[Names] = &[names("Marker", "Marker", Some(FIRST_OF_IAM))];

/// Makes a page say that more follows, under the marker that the page itself was asked for with.
pub(super) fn page(request: &Request, mut answer: Answer) -> Answer {
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    if answer.status != 200 || !(text.contains(MORE) || text.contains(LAST)) {
        return answer;
    }
    let of_s3 = OF_S3.iter().find(|(root, _)| text.contains(root));
    let form = pairs(&String::from_utf8_lossy(&request.body), Plus::Space);
    let asked = |name: &str| match of_s3 {
        Some(_) => request.parameter(name),
        None => form
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str()),
    };
    let encoded = text.contains("<EncodingType>url</EncodingType>");
    let mut text = text.replace(LAST, MORE);
    for names in of_s3.map_or(OF_IAM, |(_, names)| names) {
        text = without(&text, names.next);
        let marker = asked(names.asked)
            .filter(|marker| !marker.is_empty())
            .or(names.first);
        if let Some(marker) = marker {
            let is_key = names.next == "NextKeyMarker";
            let marker = match encoded && is_key {
                true => utf8_percent_encode(marker, NON_ALPHANUMERIC).to_string(),
                false => xml::escape(marker),
            };
            let next = names.next;
            text = text.replacen(MORE, &format!("{MORE}<{next}>{marker}</{next}>"), 1);
        }
    }
    answer.body = text.into_bytes();
    answer
}

/// Removes the first element of a name.
fn without(text: &str, name: &str) -> String {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let cut = text.split_once(&open).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(&close)?;
        Some(format!("{before}{after}"))
    });
    cut.unwrap_or_else(|| text.to_owned())
}
