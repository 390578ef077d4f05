//! Encryption, Object Lock and object ownership of a bucket that is only used. Keys are never called certain: their grants are invisible.

use super::scene::Scene;
use super::{Code, Finding, Severity, access};
use crate::policy_document::verdict::Verdict;

pub(super) fn judge(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = [key(scene), dsse(scene), lock(scene), acls(scene)]
        .into_iter()
        .flatten()
        .collect();
    found.extend(canned(scene));
    found
}

fn is_existing(scene: &Scene<'_>) -> bool {
    scene
        .bucket()
        .is_some_and(|bucket| bucket.management.is_existing())
}

/// A key of the bucket that the policies of the role do not grant.
fn key(scene: &Scene<'_>) -> Option<Finding> {
    let encryption = scene.facts.as_ref()?.encryption.as_ref().ok()?;
    let bucket = &scene.bucket()?.want;
    let key = encryption.kms_key.as_deref()?;
    // Where the bucket is managed, the plan sets the key of the spec.
    if !is_existing(scene)
        || key.contains("alias/aws/s3")
        || scene.desired.scope.domain_arn.is_none()
    {
        return None;
    }
    let missing: Vec<&str> = access::key_actions(scene)
        .iter()
        .copied()
        .filter(|action| access::granted(scene, action, key) == Some(Verdict::No))
        .collect();
    if missing.is_empty() {
        return None;
    }
    let actions = missing.join(", ");
    Some(Finding::new(
        Code::UnnamedKey,
        Severity::Warning,
        &bucket.id(),
        format!(
            "the bucket is encrypted with {key}, which the spec does not name, and no policy of the snapshot role grants {actions} on it; a grant of the key itself would not be seen"
        ),
        format!(
            "grant {actions} on {key} in `policy.extra_statements`, and allow the role in the key policy"
        ),
    ))
}

fn dsse(scene: &Scene<'_>) -> Option<Finding> {
    let encryption = scene.facts.as_ref()?.encryption.as_ref().ok()?;
    let is = is_existing(scene) && encryption.algorithm == "aws:kms:dsse";
    is.then(|| {
        Some(Finding::new(
            Code::Dsse,
            Severity::Note,
            &scene.bucket()?.want.id(),
            "the bucket encrypts every object twice (aws:kms:dsse), which no key of a spec asks for: it costs more for every request and object",
            "set the default encryption of the bucket to aws:kms where two layers are not required",
        ))
    })?
}

/// A default retention keeps what snapshots delete.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html>
fn lock(scene: &Scene<'_>) -> Option<Finding> {
    let lock = scene.facts.as_ref()?.lock.as_ref().ok()?.as_ref()?;
    let retention = lock.default_retention.as_ref()?;
    let (mode, length) = (&retention.mode, &retention.length);
    Some(Finding::new(
        Code::ObjectLock,
        Severity::Warning,
        &scene.bucket()?.want.id(),
        format!(
            "Object Lock keeps every object for {length} ({mode}): what snapshots delete stays stored as old versions until then, and pruning frees no space before"
        ),
        "take the default retention off the bucket, or accept this in the spec; no lifecycle rule removes locked versions earlier",
    ))
}

/// ACLs in force on a bucket that is only used.
fn acls(scene: &Scene<'_>) -> Option<Finding> {
    let ownership = scene.facts.as_ref()?.ownership.as_ref().ok()?;
    if !is_existing(scene) || ownership.as_deref() == Some("BucketOwnerEnforced") {
        return None;
    }
    let is = ownership.as_deref().unwrap_or("not set");
    Some(Finding::new(
        Code::Ownership,
        Severity::Warning,
        &scene.bucket()?.want.id(),
        format!(
            "object ownership is {is}, so ACLs are in force: an object that another account writes belongs to that account, and an ACL can make it public"
        ),
        "set object ownership of the bucket to BucketOwnerEnforced",
    ))
}

/// A canned ACL that a bucket without ACLs refuses.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>
fn canned(scene: &Scene<'_>) -> Option<Finding> {
    let ownership = scene.facts.as_ref()?.ownership.as_ref().ok()?;
    let acl = scene.setting("canned_acl")?;
    let accepted = ["private", "bucket-owner-full-control"];
    let refuses = ownership.as_deref() == Some("BucketOwnerEnforced") && !accepted.contains(&acl);
    refuses.then(|| {
        Finding::new(
            Code::Ownership,
            Severity::Warning,
            &scene.desired.repository.want.id(),
            format!(
                "the repository sends the canned ACL {acl} with every object, and the bucket refuses ACLs (BucketOwnerEnforced): snapshots fail with AccessControlListNotSupported"
            ),
            "remove canned_acl from the settings of the repository",
        )
    })
}
