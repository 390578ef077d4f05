//! Versions of managed policies: at most five, ids never used twice, the default one cannot be deleted.

use super::super::state::PolicyVersion;
use super::super::xml::Writer;
use super::answers::{self, Detail};
use super::{Call, Failure, Outcome, managed, pages, validate};

const MAX_VERSIONS: usize = 5;

/// Answers CreatePolicyVersion.
pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let document = call.parameters.required("PolicyDocument")?.to_owned();
    let set_default = call.parameters.flag("SetAsDefault");
    let now = call.state.now();
    let policy = managed::held(call)?;
    validate::document(&document)?;
    validate::managed_size(&document)?;
    if policy.versions.len() >= MAX_VERSIONS {
        return Err(Failure::limit(
            "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
        ));
    }
    let version = PolicyVersion {
        number: policy.next_version,
        document,
        created: now,
    };
    policy.next_version = policy.next_version.saturating_add(1);
    policy.updated = now;
    if set_default {
        policy.default_version = version.number;
    }
    let mut out = Writer::default();
    answers::version(
        &mut out,
        "PolicyVersion",
        &version,
        policy.default_version,
        Detail::Listed,
    );
    policy.versions.push(version);
    Ok(Some(out.fragment()))
}

/// Reads `VersionId`, which is `v` and a number.
fn asked(call: &Call<'_>) -> Result<(u32, String), Failure> {
    let id = call.parameters.required("VersionId")?.to_owned();
    let number = id
        .strip_prefix('v')
        .and_then(|number| number.parse::<u32>().ok())
        .filter(|number| *number > 0);
    let invalid = || {
        Failure::validation(format!(
            "1 validation error detected: Value '{id}' at 'versionId' failed to satisfy constraint: Member must satisfy regular \
             expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?"
        ))
    };
    let number = number.ok_or_else(invalid)?;
    Ok((number, id))
}

fn absent(arn: &str, id: &str) -> Failure {
    Failure::no_such_entity(format!(
        "Policy {arn} version {id} does not exist or is not attachable."
    ))
}

/// Answers GetPolicyVersion.
pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let (number, id) = asked(call)?;
    let policy = managed::shown(call)?;
    let found = policy
        .versions
        .iter()
        .find(|held| held.number == number)
        .ok_or_else(|| absent(&policy.arn, &id))?;
    let mut out = Writer::default();
    answers::version(
        &mut out,
        "PolicyVersion",
        found,
        policy.default_version,
        Detail::Whole,
    );
    Ok(Some(out.fragment()))
}

/// Answers ListPolicyVersions, the newest first.
pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let policy = managed::held(call)?.clone();
    let page = pages::cut(call, policy.versions.iter().rev().collect())?;
    let mut out = Writer::default();
    out.open("Versions");
    page.items.iter().for_each(|v| {
        answers::version(
            &mut out,
            "member",
            v,
            policy.default_version,
            Detail::Listed,
        )
    });
    out.close("Versions");
    page.end(&mut out);
    Ok(Some(out.fragment()))
}

/// Answers SetDefaultPolicyVersion.
pub(super) fn set_default(call: &mut Call<'_>) -> Outcome {
    let (number, id) = asked(call)?;
    let now = call.state.now();
    let policy = managed::held(call)?;
    if !policy.versions.iter().any(|held| held.number == number) {
        return Err(absent(&policy.arn, &id));
    }
    policy.default_version = number;
    policy.updated = now;
    Ok(None)
}

/// Answers DeletePolicyVersion.
pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let (number, id) = asked(call)?;
    let policy = managed::held(call)?;
    if !policy.versions.iter().any(|held| held.number == number) {
        return Err(absent(&policy.arn, &id));
    }
    if policy.default_version == number {
        return Err(Failure::conflict(
            "Cannot delete the default version of a policy.",
        ));
    }
    policy.versions.retain(|held| held.number != number);
    Ok(None)
}
