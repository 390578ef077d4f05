//! The IAM operations by name; what is not here is an invalid action.

use super::{Call, Outcome, attachments, inline, managed, roles, tags, versions};

type Run = fn(&mut Call<'_>) -> Outcome;

const TABLE: [(&str, Run); 33] = [
    ("AttachRolePolicy", attachments::attach),
    ("CreatePolicy", managed::create),
    ("CreatePolicyVersion", versions::create),
    ("CreateRole", roles::create),
    ("DeletePolicy", managed::delete),
    ("DeletePolicyVersion", versions::delete),
    ("DeleteRole", roles::delete),
    ("DeleteRolePermissionsBoundary", roles::delete_boundary),
    ("DeleteRolePolicy", inline::delete),
    ("DetachRolePolicy", attachments::detach),
    ("GetPolicy", managed::get),
    ("GetPolicyVersion", versions::get),
    ("GetRole", roles::get),
    ("GetRolePolicy", inline::get),
    ("ListAttachedRolePolicies", attachments::list),
    ("ListEntitiesForPolicy", attachments::entities),
    ("ListPolicies", managed::list),
    ("ListPolicyTags", tags::list_of_policy),
    ("ListPolicyVersions", versions::list),
    ("ListRolePolicies", inline::list),
    ("ListRoleTags", tags::list_of_role),
    ("ListRoles", roles::list),
    ("PutRolePermissionsBoundary", roles::put_boundary),
    ("PutRolePolicy", inline::put),
    ("SetDefaultPolicyVersion", versions::set_default),
    ("TagPolicy", tags::tag_policy),
    ("TagRole", tags::tag_role),
    ("UntagPolicy", tags::untag_policy),
    ("UntagRole", tags::untag_role),
    ("UpdateAssumeRolePolicy", roles::update_trust),
    ("UpdateRole", roles::update),
    ("UpdateRoleDescription", roles::update_description),
    ("ListInstanceProfilesForRole", roles::instance_profiles),
];

/// Returns the function of an operation.
pub(super) fn find(action: &str) -> Option<Run> {
    TABLE
        .iter()
        .find(|(name, _)| *name == action)
        .map(|(_, run)| *run)
}
