//! The resource that an IAM action is checked against; one that does not exist yet has the ARN that it would get.

use super::Call;

/// Returns the ARN that a caller's policy must allow.
pub(super) fn resource(call: &mut Call<'_>, action: &str) -> String {
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
