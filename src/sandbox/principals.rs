//! Do the principals that a document names exist; IAM and S3 refuse a document that names one that does not.

use serde_json::Value;

use super::identifiers;
use super::state::State;

/// Returns a role or user of a known account that a document names and that does not exist, as the services see it now.
pub(super) fn unknown(state: &State, caller_account: &str, document: &str) -> Option<String> {
    let value: Value = serde_json::from_str(document).ok()?;
    let statements = match value.get("Statement")? {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    let elements = statements
        .iter()
        .flat_map(|statement| [statement.get("Principal"), statement.get("NotPrincipal")]);
    let named = elements.flatten().filter_map(|element| element.get("AWS"));
    let texts = named.flat_map(|named| match named {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        Value::String(text) => vec![text.as_str()],
        _ => Vec::new(),
    });
    let mut missing = texts.filter(|arn| !exists(state, caller_account, arn));
    missing.next().map(str::to_owned)
}

/// Other accounts are taken on trust: the sandbox knows only those that were used.
fn exists(state: &State, caller_account: &str, arn: &str) -> bool {
    // The id of what was deleted stands in stored documents in place of its ARN, and is refused when it is sent.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    if !arn.contains(':') {
        return arn == "*" || arn.bytes().all(|byte| byte.is_ascii_digit());
    }
    let account = identifiers::account_of(arn);
    let held = state.effective_accounts(state.now()).get(account);
    if held.is_none() && account != caller_account {
        return true;
    }
    let rest = arn.splitn(6, ':').nth(5).unwrap_or_default();
    if rest.starts_with("role/") {
        return held.is_some_and(|held| held.roles.values().any(|role| role.arn == arn));
    }
    let administrator = rest == "user/sandbox";
    !rest.starts_with("user/")
        || administrator
        || held.is_some_and(|held| held.principals.values().any(|user| user.arn == arn))
}
