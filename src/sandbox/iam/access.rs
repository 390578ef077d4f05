//! May the caller carry an IAM action out, and on which resource; one that does not exist yet has the ARN that it would get.

use super::super::authorize::{self, Context};
use super::Call;

/// Checks that the caller may carry an action out; tags given at creation need the tagging action too.
pub(super) fn check(call: &mut Call<'_>, action: &str) -> Result<(), String> {
    let resource = resource(call, action);
    let mut context = Context::of(&call.caller);
    for (parameter, key) in [
        ("PolicyArn", "iam:PolicyARN"),
        ("PermissionsBoundary", "iam:PermissionsBoundary"),
    ] {
        if let Some(value) = call.parameters.text(parameter) {
            context.set(key, value);
        }
    }
    authorize::decide(
        &call.caller,
        &format!("iam:{action}"),
        &resource,
        &context,
        None,
    )?;
    let tagging = match action {
        "CreateRole" => "iam:TagRole",
        "CreatePolicy" => "iam:TagPolicy",
        _ => return Ok(()),
    };
    match call.parameters.text("Tags.member.1.Key") {
        Some(_) => authorize::decide(&call.caller, tagging, &resource, &context, None),
        None => Ok(()),
    }
}

/// Returns the ARN that a caller's policy must allow.
fn resource(call: &mut Call<'_>, action: &str) -> String {
    if let Some(arn) = call
        .parameters
        .text("PolicyArn")
        .filter(|_| !action.ends_with("RolePolicy"))
    {
        return arn.to_owned();
    }
    let path = call.parameters.text("Path").unwrap_or("/").to_owned();
    if let Some(name) = call.parameters.text("RoleName").map(str::to_owned) {
        let held = call
            .account()
            .roles
            .get(&name.to_lowercase())
            .map(|role| role.arn.clone());
        return held.unwrap_or_else(|| call.arn(&format!("role{path}{name}")));
    }
    match (action, call.parameters.text("PolicyName")) {
        ("CreatePolicy", Some(name)) => call.arn(&format!("policy{path}{name}")),
        ("ListPolicies", _) => call.arn("policy/"),
        ("ListRoles", _) => call.arn("role/"),
        _ => "*".to_owned(),
    }
}
