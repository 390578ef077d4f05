//! Bucket subresources that the sandbox reads but cannot set through S3: the ACL and the ones that are normally absent.

use super::super::message::Answer;
use super::super::xml::{self, Writer};
use super::{Call, Failure, NAMESPACE, bucket};

/// Root element of an answer, and the error when it is not configured (`None`: an empty element).
type Row = (
    &'static str,
    &'static str,
    Option<(&'static str, &'static str)>,
);

const ROWS: [Row; 6] = [
    (
        "cors",
        "CORSConfiguration",
        Some((
            "NoSuchCORSConfiguration",
            "The CORS configuration does not exist",
        )),
    ),
    (
        "website",
        "WebsiteConfiguration",
        Some((
            "NoSuchWebsiteConfiguration",
            "The specified bucket does not have a website configuration",
        )),
    ),
    (
        "replication",
        "ReplicationConfiguration",
        Some((
            "ReplicationConfigurationNotFoundError",
            "The replication configuration was not found",
        )),
    ),
    (
        "object-lock",
        "ObjectLockConfiguration",
        Some((
            "ObjectLockConfigurationNotFoundError",
            "Object Lock configuration does not exist for this bucket",
        )),
    ),
    ("notification", "NotificationConfiguration", None),
    ("logging", "BucketLoggingStatus", None),
];

/// Answers the GET of a subresource in the table.
pub(super) fn get(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let row = ROWS
        .iter()
        .find(|row| call.request.parameter(row.0).is_some());
    let (name, root, absent) = row.ok_or_else(Failure::not_implemented)?;
    let bucket = call.bucket.clone();
    let held = call.held()?.other.get(*name).cloned();
    if let (None, Some((code, message))) = (&held, absent) {
        return Err(Failure::new(404, code, *message).detail("BucketName", bucket));
    }
    let mut out = Writer::document(root, NAMESPACE);
    out.raw(&held.unwrap_or_default());
    Ok(Answer::xml(200, out.finish(root)))
}

/// Answers GetBucketAcl: the owner's full control, and what a starting state granted besides.
pub(super) fn acl(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let held = call.held()?.clone();
    let owner = bucket::canonical_id(&held.account);
    let mut out = Writer::document("AccessControlPolicy", NAMESPACE);
    bucket::owner(&mut out, "Owner", &held.account);
    out.open("AccessControlList");
    grant(&mut out, &owner, "FULL_CONTROL");
    held.grants
        .iter()
        .for_each(|held| grant(&mut out, &held.grantee, &held.permission));
    out.close("AccessControlList");
    Ok(Answer::xml(200, out.finish("AccessControlPolicy")))
}

fn grant(out: &mut Writer, grantee: &str, permission: &str) {
    let group = grantee.starts_with("http");
    let (kind, field) = if group {
        ("Group", "URI")
    } else {
        ("CanonicalUser", "ID")
    };
    out.open("Grant");
    let xsi = "http://www.w3.org/2001/XMLSchema-instance";
    let grantee = xml::escape(grantee);
    out.raw(&format!(
        "<Grantee xmlns:xsi=\"{xsi}\" xsi:type=\"{kind}\"><{field}>{grantee}</{field}></Grantee>"
    ));
    out.leaf("Permission", permission);
    out.close("Grant");
}
