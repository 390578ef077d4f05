//! Tags of roles and policies.

use std::collections::BTreeMap;

use super::super::xml::Writer;
use super::{Call, Outcome, managed, pages, roles, validate};

/// Answers TagRole.
pub(super) fn tag_role(call: &mut Call<'_>) -> Outcome {
    let added = call.parameters.tags()?;
    let mut tags = roles::held(call)?.tags.clone();
    validate::tags(&mut tags, added)?;
    roles::held(call)?.tags = tags;
    Ok(None)
}

/// Answers TagPolicy.
pub(super) fn tag_policy(call: &mut Call<'_>) -> Outcome {
    let added = call.parameters.tags()?;
    let mut tags = managed::held(call)?.tags.clone();
    validate::tags(&mut tags, added)?;
    managed::held(call)?.tags = tags;
    Ok(None)
}

/// Answers UntagRole.
pub(super) fn untag_role(call: &mut Call<'_>) -> Outcome {
    let keys = call.parameters.list("TagKeys");
    roles::held(call)?.tags.retain(|key, _| !keys.contains(key));
    Ok(None)
}

/// Answers UntagPolicy.
pub(super) fn untag_policy(call: &mut Call<'_>) -> Outcome {
    let keys = call.parameters.list("TagKeys");
    managed::held(call)?
        .tags
        .retain(|key, _| !keys.contains(key));
    Ok(None)
}

/// Answers ListRoleTags.
pub(super) fn list_of_role(call: &mut Call<'_>) -> Outcome {
    let tags = roles::held(call)?.tags.clone();
    page(call, tags)
}

/// Answers ListPolicyTags.
pub(super) fn list_of_policy(call: &mut Call<'_>) -> Outcome {
    let tags = managed::held(call)?.tags.clone();
    page(call, tags)
}

fn page(call: &mut Call<'_>, tags: BTreeMap<String, String>) -> Outcome {
    let page = pages::cut(call, tags.into_iter().collect())?;
    let mut out = Writer::default();
    out.open("Tags");
    for (key, value) in &page.items {
        out.open("member");
        out.leaf("Key", key);
        out.leaf("Value", value);
        out.close("member");
    }
    out.close("Tags");
    page.end(&mut out);
    Ok(Some(out.fragment()))
}
