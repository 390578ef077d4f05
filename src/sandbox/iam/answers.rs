//! How roles and policies look in answers; documents are percent-encoded there, as IAM does.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::clock;
use super::super::state::{Account, ManagedPolicy, PolicyVersion, Role};
use super::super::xml::Writer;

const DOCUMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Encodes a document.
pub(super) fn document(text: &str) -> String {
    utf8_percent_encode(text, DOCUMENT).to_string()
}

/// Writes tags inside `name`.
pub(super) fn tags(out: &mut Writer, tags: &BTreeMap<String, String>) {
    out.open("Tags");
    for (key, value) in tags {
        out.open("member");
        out.leaf("Key", key);
        out.leaf("Value", value);
        out.close("member");
    }
    out.close("Tags");
}

/// How much of a role or policy an answer shows: listings leave tags out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    Listed,
    Whole,
}

/// Writes a role.
pub(super) fn role(out: &mut Writer, element: &str, role: &Role, detail: Detail) {
    out.open(element);
    out.leaf("Path", &role.path);
    out.leaf("RoleName", &role.name);
    out.leaf("RoleId", &role.id);
    out.leaf("Arn", &role.arn);
    out.leaf("CreateDate", &clock::iso(role.created));
    out.leaf("AssumeRolePolicyDocument", &document(&role.trust));
    out.leaf_if("Description", role.description.as_deref());
    out.leaf("MaxSessionDuration", &role.max_session_duration.to_string());
    if detail == Detail::Whole {
        if let Some(boundary) = &role.permissions_boundary {
            out.open("PermissionsBoundary");
            out.leaf("PermissionsBoundaryType", "Policy");
            out.leaf("PermissionsBoundaryArn", boundary);
            out.close("PermissionsBoundary");
        }
        if !role.tags.is_empty() {
            tags(out, &role.tags);
        }
        out.raw("<RoleLastUsed></RoleLastUsed>");
    }
    out.close(element);
}

/// Writes a managed policy.
pub(super) fn policy(
    out: &mut Writer,
    element: &str,
    held: &ManagedPolicy,
    account: &Account,
    detail: Detail,
) {
    let attached = account
        .roles
        .values()
        .filter(|role| role.attached.contains(&held.arn))
        .count();
    let boundaries = account
        .roles
        .values()
        .filter(|role| role.permissions_boundary.as_ref() == Some(&held.arn))
        .count();
    out.open(element);
    out.leaf("PolicyName", &held.name);
    out.leaf("PolicyId", &held.id);
    out.leaf("Arn", &held.arn);
    out.leaf("Path", &held.path);
    out.leaf("DefaultVersionId", &format!("v{}", held.default_version));
    out.leaf("AttachmentCount", &attached.to_string());
    out.leaf("PermissionsBoundaryUsageCount", &boundaries.to_string());
    out.leaf("IsAttachable", "true");
    if detail == Detail::Whole {
        out.leaf_if("Description", held.description.as_deref());
    }
    out.leaf("CreateDate", &clock::iso(held.created));
    out.leaf("UpdateDate", &clock::iso(held.updated));
    if detail == Detail::Whole && !held.tags.is_empty() {
        tags(out, &held.tags);
    }
    out.close(element);
}

/// Writes a policy version; listings leave the document out.
pub(super) fn version(
    out: &mut Writer,
    element: &str,
    version: &PolicyVersion,
    default: u32,
    detail: Detail,
) {
    out.open(element);
    if detail == Detail::Whole {
        out.leaf("Document", &document(&version.document));
    }
    out.leaf("VersionId", &format!("v{}", version.number));
    out.leaf(
        "IsDefaultVersion",
        if version.number == default {
            "true"
        } else {
            "false"
        },
    );
    out.leaf("CreateDate", &clock::iso(version.created));
    out.close(element);
}
