//! The throttles of a repository, which newer engines keep when a registration leaves them out. Pure: it tells what to send instead.

use crate::domain::EngineKind;
use crate::resources::repository::RepositorySettings;

/// The settings that OpenSearch changes without building the repository anew, each with the engine's default. A registration that
/// changes nothing else is laid over the live one since OpenSearch 3.2: what it leaves out stays (seen on 3.8.0).
/// <https://docs.opensearch.org/latest/api-reference/snapshots/create-repository/>
const THROTTLES: [(&str, &str); 5] = [
    ("max_snapshot_bytes_per_sec", "40mb"),
    ("max_restore_bytes_per_sec", "0"),
    ("max_remote_upload_bytes_per_sec", "0"),
    ("max_remote_low_priority_upload_bytes_per_sec", "0"),
    ("max_remote_download_bytes_per_sec", "0"),
];

/// The settings that make a live registration what is wanted. A throttle that the spec does not name is not left out but sent with the
/// engine's default, which ends in the same on engines that keep it and on those that do not; one that has it already stays as it is.
pub(super) fn complete(
    want: &RepositorySettings,
    have: &RepositorySettings,
    engine: Option<EngineKind>,
) -> RepositorySettings {
    let mut settings = want.clone();
    // Elasticsearch replaces all settings, and its defaults are others in other versions.
    if engine == Some(EngineKind::Elasticsearch) {
        return settings;
    }
    for (name, default) in THROTTLES {
        if let (None, Some(live)) = (want.get(name), have.get(name)) {
            let value = match bytes(live) == bytes(default) {
                true => live.as_str(),
                false => default,
            };
            settings.insert(name.to_owned(), value.to_owned());
        }
    }
    settings
}

/// The throttles that are put back to the engine's default because the spec does not name them.
pub(super) fn put_back(
    declared: &RepositorySettings,
    sent: &RepositorySettings,
    have: &RepositorySettings,
) -> Vec<&'static str> {
    let names = THROTTLES.into_iter().map(|(name, _)| name);
    names
        .filter(|name| !declared.contains_key(*name) && sent.contains_key(*name))
        .filter(|name| sent.get(*name) != have.get(*name))
        .collect()
}

/// A size as engines read it; none for what they may read in another way.
pub(super) fn bytes(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    // Engines take both for "no limit".
    if text == "0" || text == "-1" {
        return Some(0);
    }
    let unit = text.trim_start_matches(|character: char| character.is_ascii_digit());
    let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
    let shift = match unit {
        "b" => 0,
        "k" | "kb" => 10,
        "m" | "mb" => 20,
        "g" | "gb" => 30,
        "t" | "tb" => 40,
        "p" | "pb" => 50,
        _ => return None,
    };
    number.checked_mul(1 << shift)
}
