//! The administrator's access key of each account; it follows from the account id and opens nothing but a sandbox.

use super::identifiers::{base32_of, letters, number_of, sha256_hex};

/// Returns the access key id and the secret of an account's administrator in any sandbox.
pub fn credentials(account: &str) -> (String, String) {
    let number = account.parse::<u64>().unwrap_or_default();
    let check = letters(&format!("esbackup sandbox account {account}"), 8);
    let secret = sha256_hex(format!("esbackup sandbox secret {account}").as_bytes());
    (
        format!("AKIA{}{check}", base32_of(number)),
        secret.chars().take(40).collect(),
    )
}

/// Returns the account whose administrator has this access key id.
pub(super) fn account_of(access_key_id: &str) -> Option<String> {
    let coded = access_key_id.strip_prefix("AKIA")?.get(..8)?;
    let account = format!("{:012}", number_of(coded)?);
    (account.len() == 12 && credentials(&account).0 == access_key_id).then_some(account)
}

/// Returns the access key of another user, as [`credentials`] does for the administrator.
pub(super) fn user_credentials(account: &str, user: &str) -> (String, String) {
    let seed = format!("esbackup sandbox user {account}/{user}");
    let secret = sha256_hex(seed.as_bytes());
    (
        format!("AKIA{}", letters(&seed, 16)),
        secret.chars().take(40).collect(),
    )
}
