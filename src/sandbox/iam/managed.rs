//! Customer managed policies: names are unique without case across paths; one in use or with versions cannot be deleted.

use super::super::identifiers;
use super::super::state::{ManagedPolicy, PolicyVersion};
use super::super::xml::Writer;
use super::answers::{self, Detail};
use super::{Call, Failure, Outcome, attachments, of_aws, pages, validate};

/// Returns a policy by the request's `PolicyArn`.
pub(super) fn held<'a>(call: &'a mut Call<'_>) -> Result<&'a mut ManagedPolicy, Failure> {
    let arn = call.parameters.required("PolicyArn")?.to_owned();
    if !arn.starts_with("arn:") || arn.len() < 20 || !arn.contains(":policy/") {
        return Err(Failure(
            400,
            "InvalidInput",
            format!("ARN {arn} is not valid."),
        ));
    }
    let absent = Failure::no_such_entity(format!("Policy {arn} was not found."));
    call.account()
        .policies
        .values_mut()
        .find(|policy| policy.arn == arn)
        .ok_or(absent)
}

/// Returns a policy by the request's `PolicyArn` for an answer, one of AWS's too.
pub(super) fn shown(call: &mut Call<'_>) -> Result<ManagedPolicy, Failure> {
    let arn = call.parameters.required("PolicyArn")?;
    match of_aws::held(arn) {
        Some(policy) => Ok(policy),
        None => held(call).cloned(),
    }
}

/// Answers CreatePolicy.
pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let name = call.parameters.required("PolicyName")?.to_owned();
    let document = call.parameters.required("PolicyDocument")?.to_owned();
    validate::name("policyName", &name, 128)?;
    let path = validate::path(call)?;
    let description = validate::description(call)?;
    let mut tags = Default::default();
    validate::tags(&mut tags, call.parameters.tags()?)?;
    validate::document(&document)?;
    validate::managed_size(&document)?;
    if call.account().policies.contains_key(&name.to_lowercase()) {
        return Err(Failure::exists(format!(
            "A policy called {name} already exists. Duplicate names are not allowed."
        )));
    }
    let (created, serial) = (call.state.now(), call.state.next_serial());
    let policy = ManagedPolicy {
        arn: call.arn(&format!("policy{path}{name}")),
        id: identifiers::unique_id("ANPA", &format!("{serial} {name}")),
        name: name.clone(),
        path,
        description,
        created,
        updated: created,
        default_version: 1,
        next_version: 2,
        versions: vec![PolicyVersion {
            number: 1,
            document,
            created,
        }],
        tags,
    };
    let mut out = Writer::default();
    answers::policy(&mut out, "Policy", &policy, call.account(), Detail::Whole);
    call.account().policies.insert(name.to_lowercase(), policy);
    Ok(Some(out.fragment()))
}

/// Answers GetPolicy.
pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let policy = shown(call)?;
    let mut out = Writer::default();
    answers::policy(&mut out, "Policy", &policy, call.account(), Detail::Whole);
    Ok(Some(out.fragment()))
}

/// Answers ListPolicies; AWS's own policies are not listed.
pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let scope = call.parameters.text("Scope").unwrap_or("All").to_owned();
    if !matches!(scope.as_str(), "All" | "AWS" | "Local") {
        return Err(Failure::validation(format!(
            "1 validation error detected: Value '{scope}' at 'scope' failed to satisfy constraint: Member must satisfy enum \
             value set: [All, AWS, Local]"
        )));
    }
    let prefix = call.parameters.text("PathPrefix").unwrap_or("/").to_owned();
    let only_attached = call.parameters.flag("OnlyAttached");
    let account = call.account().clone();
    let attached = |arn: &String| {
        account
            .roles
            .values()
            .any(|role| role.attached.contains(arn))
    };
    let all: Vec<&ManagedPolicy> = account
        .policies
        .values()
        .filter(|held| {
            scope != "AWS"
                && held.path.starts_with(&prefix)
                && (!only_attached || attached(&held.arn))
        })
        .collect();
    let page = pages::cut(call, all)?;
    let mut out = Writer::default();
    out.open("Policies");
    page.items
        .iter()
        .for_each(|held| answers::policy(&mut out, "member", held, &account, Detail::Listed));
    out.close("Policies");
    page.end(&mut out);
    Ok(Some(out.fragment()))
}

/// Answers DeletePolicy.
pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let policy = held(call)?.clone();
    if attachments::users_of(call.account(), &policy.arn)
        .next()
        .is_some()
    {
        return Err(Failure::conflict(
            "Cannot delete a policy attached to entities.",
        ));
    }
    if policy.versions.len() > 1 {
        let message = "This policy has more than one version. Before you delete a policy, you must delete the policy's \
                       versions. The default version is deleted with the policy.";
        return Err(Failure::conflict(message));
    }
    call.account().policies.remove(&policy.name.to_lowercase());
    Ok(None)
}
