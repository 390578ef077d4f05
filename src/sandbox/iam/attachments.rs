//! Which managed policies are attached to which roles; at most ten each.

use super::super::state::{Account, Role};
use super::super::xml::Writer;
use super::{Call, Failure, Outcome, managed, pages, roles};

const MAX_ATTACHED: usize = 10;

/// Says whether an ARN is a policy of the account or has the form of one of AWS's.
pub(super) fn policy_exists(call: &mut Call<'_>, arn: &str) -> bool {
    is_of_aws(arn)
        || call
            .account()
            .policies
            .values()
            .any(|policy| policy.arn == arn)
}

/// AWS's own policies are taken to exist; those whose documents are not known here grant nothing.
fn is_of_aws(arn: &str) -> bool {
    let mut parts = arn.splitn(6, ':');
    parts.nth(4) == Some("aws") && parts.next().is_some_and(|rest| rest.starts_with("policy/"))
}

/// Returns the roles that use a policy, attached or as boundary.
pub(super) fn users_of<'a>(account: &'a Account, arn: &'a str) -> impl Iterator<Item = &'a Role> {
    let uses = move |role: &&Role| {
        role.attached.iter().any(|held| held == arn)
            || role.permissions_boundary.as_deref() == Some(arn)
    };
    account.roles.values().filter(uses)
}

/// Answers AttachRolePolicy; a second time changes nothing.
pub(super) fn attach(call: &mut Call<'_>) -> Outcome {
    let arn = call.parameters.required("PolicyArn")?.to_owned();
    roles::held(call)?;
    if !policy_exists(call, &arn) {
        return Err(Failure::no_such_entity(format!(
            "Policy {arn} does not exist or is not attachable."
        )));
    }
    let role = roles::held(call)?;
    if role.attached.contains(&arn) {
        return Ok(None);
    }
    if role.attached.len() >= MAX_ATTACHED {
        return Err(Failure::limit(format!(
            "Cannot exceed quota for PoliciesPerRole: {MAX_ATTACHED}"
        )));
    }
    role.attached.push(arn);
    Ok(None)
}

/// Answers DetachRolePolicy.
pub(super) fn detach(call: &mut Call<'_>) -> Outcome {
    let arn = call.parameters.required("PolicyArn")?.to_owned();
    let role = roles::held(call)?;
    if !role.attached.contains(&arn) {
        return Err(Failure::no_such_entity(format!(
            "Policy {arn} was not found."
        )));
    }
    role.attached.retain(|held| *held != arn);
    Ok(None)
}

/// Answers ListAttachedRolePolicies.
pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let attached = roles::held(call)?.attached.clone();
    let page = pages::cut(call, attached)?;
    let mut out = Writer::default();
    out.open("AttachedPolicies");
    for arn in &page.items {
        out.open("member");
        out.leaf("PolicyName", arn.rsplit('/').next().unwrap_or_default());
        out.leaf("PolicyArn", arn);
        out.close("member");
    }
    out.close("AttachedPolicies");
    page.end(&mut out);
    Ok(Some(out.fragment()))
}

/// Answers ListEntitiesForPolicy.
pub(super) fn entities(call: &mut Call<'_>) -> Outcome {
    let arn = call.parameters.required("PolicyArn")?.to_owned();
    if !is_of_aws(&arn) {
        managed::held(call)?;
    }
    let usage = call.parameters.text("PolicyUsageFilter").map(str::to_owned);
    let filter = call
        .parameters
        .text("EntityFilter")
        .unwrap_or("Role")
        .to_owned();
    let counts = |role: &&Role| match usage.as_deref() {
        Some("PermissionsPolicy") => role.attached.contains(&arn),
        Some("PermissionsBoundary") => role.permissions_boundary.as_ref() == Some(&arn),
        _ => true,
    };
    let found: Vec<Role> = users_of(call.account(), &arn)
        .filter(counts)
        .filter(|_| filter == "Role")
        .cloned()
        .collect();
    let page = pages::cut(call, found)?;
    let mut out = Writer::default();
    out.raw("<PolicyGroups></PolicyGroups><PolicyUsers></PolicyUsers>");
    out.open("PolicyRoles");
    for role in &page.items {
        out.open("member");
        out.leaf("RoleName", &role.name);
        out.leaf("RoleId", &role.id);
        out.close("member");
    }
    out.close("PolicyRoles");
    page.end(&mut out);
    Ok(Some(out.fragment()))
}
