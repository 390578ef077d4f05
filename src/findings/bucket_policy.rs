//! Statements of the bucket policy and entries of its ACL that the spec does not name: whom they let in, and whether S3 takes them back.

use super::grants::{self, Who};
use super::scene::{Scene, is_own};
use super::{Code, Finding, Severity};
use crate::policy_document::{
    Document, Effect, PrincipalKind, PrincipalSet, Principals, Statement, is_public,
};
use crate::resources::bucket::Write;
use crate::resources::{ResourceId, bucket};

pub(super) fn judge(scene: &Scene<'_>) -> Vec<Finding> {
    let Some(declared) = scene.bucket() else {
        return Vec::new();
    };
    let id = declared.want.id();
    let mut found = Vec::new();
    for statement in scene.unmanaged() {
        if statement.effect == Effect::Allow {
            found.extend(grant(scene, &id, statement));
        }
        found.extend(deleted(scene, &id, statement));
    }
    found.extend(acl(scene, &id));
    found
}

/// What a statement grants to others than the spec names.
fn grant(scene: &Scene<'_>, id: &ResourceId, statement: &Statement) -> Option<Finding> {
    let bucket = &scene.bucket()?.want;
    let whom = grants::whom(statement);
    let danger = |who: &&Who| match who {
        Who::Everyone | Who::Organization(_) => true,
        Who::Account { account, .. } => !scene.is_own(account),
        // The id of what was deleted lets nobody in.
        Who::Unknown(name) => !is_deleted(name),
        Who::Service(_) | Who::Through(_) => false,
    };
    let others: Vec<String> = whom
        .iter()
        .filter(danger)
        .map(ToString::to_string)
        .collect();
    let (severity, names) = match others.is_empty() {
        false => (Severity::Danger, others),
        true => {
            let rest = whom
                .iter()
                .filter(|who| !matches!(who, Who::Unknown(_)))
                .map(ToString::to_string);
            (Severity::Note, rest.collect::<Vec<_>>())
        }
    };
    if names.is_empty() {
        return None;
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let what = grants::what(statement, &bucket.arn(), &scene.prefix());
    let (label, conditions) = (statement.label(), grants::conditions(statement));
    let message = format!(
        "bucket policy statement {label} lets {} {what}{conditions}, and the spec does not name it",
        grants::joined(&names)
    );
    let existing = scene.bucket()?.management.is_existing();
    let hint = match existing {
        true => {
            format!("remove statement {label} from the bucket policy, or accept it in the spec")
        }
        false => format!(
            "remove statement {label} from the bucket policy, name it in `bucket.policy.extra_statements`, or accept it in the spec"
        ),
    };
    let refused = puts_policy(scene, statement) && is_refused(statement);
    Some(
        Finding::new(Code::UnmanagedGrant, severity, id, message, hint)
            .blocking(refused.then(|| id.clone())),
    )
}

/// Whether S3 refuses a bucket policy with this statement while public access is blocked.
fn is_refused(statement: &Statement) -> bool {
    !is_public(&Document::new(vec![statement.clone()])).is_empty()
}

/// Whether the plan sends a bucket policy that keeps a statement.
fn puts_policy(scene: &Scene<'_>, statement: &Statement) -> bool {
    scene.bucket_writes().any(|call: &bucket::Call| {
        matches!(&call.write, Write::PutPolicy(document) if document.statements().contains(statement))
    })
}

/// A statement that names something deleted by its id: S3 refuses the document when it is sent back.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
fn deleted(scene: &Scene<'_>, id: &ResourceId, statement: &Statement) -> Option<Finding> {
    let gone = deleted_principals(statement);
    if gone.is_empty() {
        return None;
    }
    let label = statement.label();
    let message = format!(
        "bucket policy statement {label} names {}, the id of a user or role that was deleted: S3 refuses the bucket policy whenever it is sent with it",
        grants::joined(&gone)
    );
    let hint = format!(
        "remove {} from statement {label} of the bucket policy",
        grants::joined(&gone)
    );
    let blocks = puts_policy(scene, statement).then(|| id.clone());
    Some(
        Finding::new(Code::DeletedPrincipal, Severity::Warning, id, message, hint).blocking(blocks),
    )
}

/// The ids of deleted principals that a statement names.
pub(super) fn deleted_principals(statement: &Statement) -> Vec<&str> {
    let listed = match &statement.principal {
        Some(
            Principals::Is(PrincipalSet::Listed(listed))
            | Principals::Not(PrincipalSet::Listed(listed)),
        ) => listed.as_slice(),
        _ => &[],
    };
    let aws = listed
        .iter()
        .filter(|(kind, _)| *kind == PrincipalKind::Aws);
    let names = aws.flat_map(|(_, values)| values.items());
    names
        .map(String::as_str)
        .filter(|name| is_deleted(name))
        .collect()
}

/// Unique ids of IAM: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>.
fn is_deleted(name: &str) -> bool {
    let prefixes = ["AIDA", "AROA", "AGPA", "AIPA", "ANPA"];
    name.len() >= 16
        && prefixes.iter().any(|prefix| name.starts_with(prefix))
        && name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Grants of the ACL of a bucket that is only used.
fn acl(scene: &Scene<'_>, id: &ResourceId) -> Vec<Finding> {
    let Some(Ok(grants)) = scene.facts.as_ref().map(|facts| &facts.acl) else {
        return Vec::new();
    };
    let ignores_public = scene
        .facts
        .as_ref()
        .and_then(|facts| facts.public_access_block.as_ref().ok())
        .is_some_and(|block| block.ignore_public_acls);
    let groups = [
        "/groups/global/AllUsers",
        "/groups/global/AuthenticatedUsers",
    ];
    let logs = "/groups/s3/LogDelivery";
    grants
        .iter()
        .map(|grant| {
            let public = groups.iter().any(|group| grant.ends_with(group));
            let severity = match (public && ignores_public) || grant.ends_with(logs) {
                true => Severity::Note,
                false => Severity::Danger,
            };
            Finding::new(
                Code::UnmanagedGrant,
                severity,
                id,
                format!("the bucket has {grant}, and the spec does not name it"),
                "disable ACLs of the bucket (object ownership BucketOwnerEnforced), or remove the grant",
            )
        })
        .collect()
}

/// The statements that the spec itself brings.
pub(super) fn is_kept(scene: &Scene<'_>, label: &str) -> bool {
    scene
        .unmanaged()
        .iter()
        .any(|statement| statement.label() == label && (!is_own(statement) || existing(scene)))
}

fn existing(scene: &Scene<'_>) -> bool {
    scene
        .bucket()
        .is_some_and(|bucket| bucket.management.is_existing())
}
