//! IAM's rules for names, paths, tags and documents: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.

use std::collections::BTreeMap;

use super::super::policy::{self, Kind};
use super::super::principals;
use super::{Call, Failure};

const MANAGED_CHARACTERS: usize = 6_144;
const TRUST_CHARACTERS: usize = 2_048;
const MAX_TAGS: usize = 50;

/// Checks a role's, policy's or inline policy's name.
pub(super) fn name(field: &str, value: &str, longest: usize) -> Result<(), Failure> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if value.is_empty() || !value.chars().all(allowed) {
        return Err(Failure::validation(format!(
            "The specified value for {field} is invalid. It must contain only alphanumeric characters and/or the following: \
             +=,.@_-"
        )));
    }
    if value.len() > longest {
        return Err(Failure::validation(format!(
            "1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: Member must have length \
             less than or equal to {longest}"
        )));
    }
    Ok(())
}

/// Checks and returns the path, `/` when absent.
pub(super) fn path(call: &Call<'_>) -> Result<String, Failure> {
    let path = call.parameters.text("Path").unwrap_or("/");
    let printable = path.chars().all(|c| ('\u{21}'..='\u{7f}').contains(&c));
    if !path.starts_with('/')
        || !path.ends_with('/')
        || !printable
        || path.len() > 512
        || path.contains("//")
    {
        let message = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric \
                       characters and/or / characters.";
        return Err(Failure::validation(message));
    }
    Ok(path.to_owned())
}

/// Checks a description: at most 1,000 characters.
pub(super) fn description(call: &Call<'_>) -> Result<Option<String>, Failure> {
    match call.parameters.text("Description") {
        Some(text) if text.chars().count() > 1000 => Err(Failure::validation(
            "1 validation error detected: Value at 'description' failed to satisfy constraint: Member must have length less \
             than or equal to 1000",
        )),
        other => Ok(other.filter(|text| !text.is_empty()).map(str::to_owned)),
    }
}

/// Adds tags to those held; the count, the characters and the keys of AWS are checked.
pub(super) fn tags(
    held: &mut BTreeMap<String, String>,
    added: Vec<(String, String)>,
) -> Result<(), Failure> {
    let allowed = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c);
    for (place, (key, value)) in added.iter().enumerate() {
        if key.is_empty() || key.chars().count() > 128 || !key.chars().all(allowed) {
            return Err(tag_pattern(place, "key", key));
        }
        if value.chars().count() > 256 || !value.chars().all(allowed) {
            return Err(tag_pattern(place, "value", value));
        }
        if key.to_lowercase().starts_with("aws:") {
            return Err(invalid("Reserved keyword aws: is not allowed in tag key"));
        }
        if added
            .iter()
            .take(place)
            .any(|(other, _)| other.to_lowercase() == key.to_lowercase())
        {
            return Err(invalid(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
    }
    for (key, value) in added {
        // Tag keys of IAM keep their case and are compared without it.
        held.retain(|other, _| other.to_lowercase() != key.to_lowercase());
        held.insert(key, value);
    }
    match held.len() > MAX_TAGS {
        true => Err(Failure::limit(
            "The number of tags has reached the maximum limit.",
        )),
        false => Ok(()),
    }
}

fn tag_pattern(place: usize, field: &str, value: &str) -> Failure {
    Failure::validation(format!(
        "1 validation error detected: Value '{value}' at 'tags.{}.member.{field}' failed to satisfy constraint: Member must \
         satisfy regular expression pattern: [\\p{{L}}\\p{{Z}}\\p{{N}}_.:/=+\\-@]+",
        place + 1
    ))
}

fn invalid(message: &str) -> Failure {
    Failure(400, "InvalidInput", message.to_owned())
}

/// Checks an inline policy's document.
pub(super) fn inline(text: &str) -> Result<(), Failure> {
    policy::check(text, Kind::Inline).map_err(Failure::malformed)
}

/// Checks a managed policy's document.
pub(super) fn document(text: &str) -> Result<(), Failure> {
    policy::check(text, Kind::Identity).map_err(Failure::malformed)
}

/// Checks that a managed policy's document is small enough; whitespace does not count.
pub(super) fn managed_size(text: &str) -> Result<(), Failure> {
    match counted(text) > MANAGED_CHARACTERS {
        true => Err(Failure::limit(format!(
            "Cannot exceed quota for PolicySize: {MANAGED_CHARACTERS}"
        ))),
        false => Ok(()),
    }
}

/// Counts the characters that IAM counts.
pub(super) fn counted(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// Checks a trust policy: grammar, size, and that its principals exist.
pub(super) fn trust(call: &Call<'_>, text: &str) -> Result<(), Failure> {
    policy::check(text, Kind::Trust).map_err(Failure::malformed)?;
    if counted(text) > TRUST_CHARACTERS {
        return Err(Failure::limit(format!(
            "Cannot exceed quota for ACLSizePerRole: {TRUST_CHARACTERS}"
        )));
    }
    match principals::unknown(call.state, &call.caller.account, text) {
        Some(unknown) => Err(Failure::malformed(format!(
            "Invalid principal in policy: \"AWS\":\"{unknown}\""
        ))),
        None => Ok(()),
    }
}
