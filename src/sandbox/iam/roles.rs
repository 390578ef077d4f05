//! Roles: names are unique without case across paths; a role in use cannot be deleted.

use super::super::identifiers;
use super::super::state::Role;
use super::super::xml::Writer;
use super::answers::{self, Detail};
use super::{Call, Failure, Outcome, attachments, pages, validate};

/// Returns a role by the request's `RoleName`.
pub(super) fn held<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Role, Failure> {
    let name = call.parameters.required("RoleName")?.to_owned();
    validate::name("roleName", &name, 64)?;
    let absent = Failure::no_such_entity(format!("The role with name {name} cannot be found."));
    call.account()
        .roles
        .get_mut(&name.to_lowercase())
        .ok_or(absent)
}

/// Answers CreateRole.
pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let name = call.parameters.required("RoleName")?.to_owned();
    let trust = call
        .parameters
        .required("AssumeRolePolicyDocument")?
        .to_owned();
    validate::name("roleName", &name, 64)?;
    let path = validate::path(call)?;
    let description = validate::description(call)?;
    let max_session_duration = session_duration(call)?.unwrap_or(3600);
    let mut tags = Default::default();
    validate::tags(&mut tags, call.parameters.tags()?)?;
    let permissions_boundary = boundary(call)?;
    if call.account().roles.contains_key(&name.to_lowercase()) {
        return Err(Failure::exists(format!(
            "Role with name {name} already exists."
        )));
    }
    validate::trust(call, &trust)?;
    let (created, serial) = (call.state.now(), call.state.next_serial());
    let role = Role {
        arn: call.arn(&format!("role{path}{name}")),
        id: identifiers::unique_id("AROA", &format!("{serial} {name}")),
        name: name.clone(),
        path,
        created,
        description,
        max_session_duration,
        trust,
        permissions_boundary,
        tags,
        attached: Vec::new(),
        inline: Default::default(),
    };
    let mut out = Writer::default();
    answers::role(&mut out, "Role", &role, Detail::Whole);
    call.account().roles.insert(name.to_lowercase(), role);
    Ok(Some(out.fragment()))
}

fn session_duration(call: &Call<'_>) -> Result<Option<u32>, Failure> {
    match call.parameters.number("MaxSessionDuration")? {
        Some(seconds) if !(3600..=43_200).contains(&seconds) => Err(Failure::validation(format!(
            "1 validation error detected: Value '{seconds}' at 'maxSessionDuration' failed to satisfy constraint: Member must \
             have value between 3600 and 43200"
        ))),
        other => Ok(other),
    }
}

/// Reads the boundary, which must be a policy that exists or one of AWS's.
fn boundary(call: &mut Call<'_>) -> Result<Option<String>, Failure> {
    let Some(arn) = call
        .parameters
        .text("PermissionsBoundary")
        .map(str::to_owned)
    else {
        return Ok(None);
    };
    if !attachments::policy_exists(call, &arn) {
        return Err(Failure::no_such_entity(format!(
            "Scope ARN: {arn} does not exist or is not attachable."
        )));
    }
    Ok(Some(arn))
}

/// Answers GetRole.
pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let role = held(call)?;
    let mut out = Writer::default();
    answers::role(&mut out, "Role", role, Detail::Whole);
    Ok(Some(out.fragment()))
}

/// Answers ListRoles.
pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let prefix = call.parameters.text("PathPrefix").unwrap_or("/").to_owned();
    let all: Vec<Role> = call
        .account()
        .roles
        .values()
        .filter(|r| r.path.starts_with(&prefix))
        .cloned()
        .collect();
    let page = pages::cut(call, all)?;
    let mut out = Writer::default();
    out.open("Roles");
    page.items
        .iter()
        .for_each(|role| answers::role(&mut out, "member", role, Detail::Listed));
    out.close("Roles");
    page.end(&mut out);
    Ok(Some(out.fragment()))
}

/// Answers UpdateRole: without a duration the default applies again, without a description it stays.
pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let description = validate::description(call)?;
    let duration = session_duration(call)?;
    let described = call.parameters.text("Description").is_some();
    let role = held(call)?;
    if described {
        role.description = description;
    }
    role.max_session_duration = duration.unwrap_or(3600);
    Ok(Some(String::new()))
}

/// Answers UpdateRoleDescription.
pub(super) fn update_description(call: &mut Call<'_>) -> Outcome {
    let description = validate::description(call)?;
    let role = held(call)?;
    role.description = description;
    let mut out = Writer::default();
    answers::role(&mut out, "Role", role, Detail::Whole);
    Ok(Some(out.fragment()))
}

/// Answers UpdateAssumeRolePolicy.
pub(super) fn update_trust(call: &mut Call<'_>) -> Outcome {
    let trust = call.parameters.required("PolicyDocument")?.to_owned();
    held(call)?;
    validate::trust(call, &trust)?;
    held(call)?.trust = trust;
    Ok(None)
}

/// Answers PutRolePermissionsBoundary.
pub(super) fn put_boundary(call: &mut Call<'_>) -> Outcome {
    call.parameters.required("PermissionsBoundary")?;
    held(call)?;
    let arn = boundary(call)?;
    held(call)?.permissions_boundary = arn;
    Ok(None)
}

/// Answers DeleteRolePermissionsBoundary.
pub(super) fn delete_boundary(call: &mut Call<'_>) -> Outcome {
    let role = held(call)?;
    match role.permissions_boundary.take() {
        Some(_) => Ok(None),
        None => Err(Failure::no_such_entity(format!(
            "The role with name {} has no permissions boundary.",
            role.name
        ))),
    }
}

/// Answers DeleteRole.
pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let role = held(call)?;
    if !role.attached.is_empty() {
        return Err(Failure::conflict(
            "Cannot delete entity, must detach all policies first.",
        ));
    }
    if !role.inline.is_empty() {
        return Err(Failure::conflict(
            "Cannot delete entity, must delete policies first.",
        ));
    }
    let name = role.name.to_lowercase();
    call.account().roles.remove(&name);
    Ok(None)
}

/// Answers ListInstanceProfilesForRole: there are none.
pub(super) fn instance_profiles(call: &mut Call<'_>) -> Outcome {
    held(call)?;
    Ok(Some(
        "<InstanceProfiles></InstanceProfiles><IsTruncated>false</IsTruncated>".to_owned(),
    ))
}
