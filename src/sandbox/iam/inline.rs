//! Inline policies of roles; together at most 10,240 characters without whitespace.

use super::super::xml::Writer;
use super::{Call, Failure, Outcome, answers, pages, roles, validate};

const MAX_CHARACTERS: usize = 10_240;

/// Answers PutRolePolicy.
pub(super) fn put(call: &mut Call<'_>) -> Outcome {
    let name = call.parameters.required("PolicyName")?.to_owned();
    let document = call.parameters.required("PolicyDocument")?.to_owned();
    validate::name("policyName", &name, 128)?;
    validate::inline(&document)?;
    let role = roles::held(call)?;
    let others = role
        .inline
        .iter()
        .filter(|(other, _)| **other != name)
        .map(|(_, text)| validate::counted(text));
    if others.sum::<usize>() + validate::counted(&document) > MAX_CHARACTERS {
        let message = format!(
            "Maximum policy size of {MAX_CHARACTERS} bytes exceeded for role {}",
            role.name
        );
        return Err(Failure::limit(message));
    }
    role.inline.insert(name, document);
    Ok(None)
}

fn absent(name: &str) -> Failure {
    Failure::no_such_entity(format!("The role policy with name {name} cannot be found."))
}

/// Answers GetRolePolicy.
pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let name = call.parameters.required("PolicyName")?.to_owned();
    let role = roles::held(call)?;
    let document = role.inline.get(&name).ok_or_else(|| absent(&name))?;
    let mut out = Writer::default();
    out.leaf("RoleName", &role.name);
    out.leaf("PolicyName", &name);
    out.leaf("PolicyDocument", &answers::document(document));
    Ok(Some(out.fragment()))
}

/// Answers ListRolePolicies.
pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let names: Vec<String> = roles::held(call)?.inline.keys().cloned().collect();
    let page = pages::cut(call, names)?;
    let mut out = Writer::default();
    out.open("PolicyNames");
    page.items.iter().for_each(|name| out.leaf("member", name));
    out.close("PolicyNames");
    page.end(&mut out);
    Ok(Some(out.fragment()))
}

/// Answers DeleteRolePolicy.
pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let name = call.parameters.required("PolicyName")?.to_owned();
    roles::held(call)?
        .inline
        .remove(&name)
        .map(|_| None)
        .ok_or_else(|| absent(&name))
}
