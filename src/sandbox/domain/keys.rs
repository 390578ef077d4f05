//! May a repository's role use the KMS keys that its blobs are encrypted with; a blob is read with the key it was written with.

use std::collections::BTreeMap;

use super::super::kms;
use super::super::state::{Bucket, Object, Repository, Role};
use super::chain::{self, Sent, Use};
use super::engine::Engine;
use super::errors::Exception;
use super::{Call, settings};

/// Checks the keys of what the engine writes and reads in the bucket.
pub(super) fn check(
    call: &Call<'_>,
    repository: &Repository,
    role: &Role,
    bucket: &Bucket,
    using: Use,
) -> Result<(), Exception> {
    let engine = Engine::of(&call.domain);
    let may = |action: &str, key: &str| {
        let ask = (action, key);
        chain::role_may(call, role, bucket, ask, Sent::default())
            .map_err(|denial| chain::access_denied(call, engine, role, bucket, ask, denial))
    };
    if using == Use::Verify && !settings::is_readonly(repository) {
        // The test blob: written and read with the bucket's key of now.
        return match kms::key_arn(&bucket.encryption, bucket) {
            None => Ok(()),
            Some(key) => {
                may("kms:GenerateDataKey", &key).map_err(chain::not_uploaded)?;
                may("kms:Decrypt", &key)
            }
        };
    }
    index_keys(call, repository, bucket)
        .iter()
        .try_for_each(|key| may("kms:Decrypt", key))
}

/// Returns the keys of the repository's root blobs; an empty repository has none.
fn index_keys(call: &Call<'_>, repository: &Repository, bucket: &Bucket) -> Vec<String> {
    let base = settings::base_path(repository);
    let mut newest: BTreeMap<&str, &Object> = BTreeMap::new();
    for held in bucket
        .objects
        .iter()
        .filter(|held| is_root(&held.key, base))
    {
        newest.insert(&held.key, held);
    }
    let mut keys: Vec<String> = newest
        .into_values()
        .filter(|held| !held.delete_marker)
        .filter_map(|held| kms::key_arn(&held.encryption, bucket))
        .collect();
    let name = repository.settings.get("bucket").map_or("", String::as_str);
    let listed = call.state.snapshots.get(&format!("{name}/{base}"));
    let has_index = bucket.objects.iter().any(|held| is_root(&held.key, base));
    if !has_index && listed.is_some_and(|listed| !listed.is_empty()) {
        // Snapshots that a starting state lists have no blobs here: they count as written with the bucket's key.
        keys.extend(kms::key_arn(&bucket.encryption, bucket));
    }
    keys.dedup();
    keys
}

/// Says whether a key is a blob from which an engine reads which snapshots there are.
fn is_root(key: &str, base: &str) -> bool {
    let rest = match base {
        "" => Some(key),
        base => key
            .strip_prefix(base)
            .and_then(|rest| rest.strip_prefix('/')),
    };
    rest.is_some_and(|rest| rest == "index.latest" || rest.starts_with("index-"))
}
