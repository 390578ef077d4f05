//! Lifecycle rules that take live objects of the repository away, or out of reach.

use super::scene::Scene;
use super::{Code, Finding, Severity};
use crate::names::RECORDS;
use crate::resources::bucket::facts::{LiveRule, When};

/// Storage classes whose objects must be restored before they can be read.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html>
const ARCHIVES: [&str; 2] = ["GLACIER", "DEEP_ARCHIVE"];

/// Beginnings of the keys that engines write at the root of a repository.
const ROOTS: [&str; 8] = [
    "index-",
    "index.latest",
    "indices/",
    "incompatible-snapshots",
    "meta-",
    "metadata-",
    "snap-",
    "tests-",
];

pub(super) fn judge(scene: &Scene<'_>) -> Vec<Finding> {
    let (Some(bucket), Some(facts)) = (scene.bucket(), &scene.facts) else {
        return Vec::new();
    };
    let Ok(rules) = &facts.rules else {
        return Vec::new();
    };
    let existing = bucket.management.is_existing();
    let own = bucket.want.lifecycle.as_ref().map(|rule| rule.id.as_str());
    let rules = rules.judged();
    let live = rules.iter().filter(|rule| rule.enabled);
    // The plan puts esbackup's own rule right.
    let kept = live.filter(|rule| existing || Some(rule.id.as_str()) != own);
    let id = bucket.want.id();
    let prefix = scene.prefix();
    let mut found = Vec::new();
    for rule in kept.filter(|rule| reaches(rule, &prefix, scene)) {
        let where_ = place(rule, &prefix);
        let (severity, only) = match rule.tagged {
            false => (Severity::Danger, ""),
            true => (Severity::Note, " that carry its tags (engines set none)"),
        };
        let name = &rule.id;
        if let Some(when) = &rule.expires {
            found.push(Finding::new(
                Code::ExpiresBackups,
                severity,
                &id,
                format!(
                    "lifecycle rule {name} expires the live objects {where_}{only} {}: snapshots lose their data",
                    in_words(when)
                ),
                format!(
                    "limit rule {name} to other prefixes, or remove it; `esbackup snapshot prune --keep-within 30d` removes old snapshots"
                ),
            ));
        }
        let archives = rule
            .moves
            .iter()
            .filter(|(class, _)| ARCHIVES.contains(&class.as_str()));
        for (class, when) in archives {
            let when = when.as_ref().map(in_words).unwrap_or_default();
            found.push(Finding::new(
                Code::ArchivesBackups,
                severity,
                &id,
                format!(
                    "lifecycle rule {name} moves the live objects {where_}{only} to {class} {when}: no engine can read them there"
                ),
                format!("limit rule {name} to other prefixes, or remove its transition to {class}"),
            ));
        }
    }
    if existing && grows(scene, &rules, &prefix) {
        found.push(Finding::new(
            Code::NoNoncurrentExpiry,
            Severity::Note,
            &id,
            "versioning is enabled and no lifecycle rule removes noncurrent versions of the repository's objects: what snapshots delete is stored, and paid for, forever",
            "add a rule with NoncurrentVersionExpiration to the bucket",
        ));
    }
    found
}

/// Whether a rule is about an object that the repository has or may get.
fn reaches(rule: &LiveRule, prefix: &str, scene: &Scene<'_>) -> bool {
    if prefix.starts_with(&rule.prefix) {
        return true;
    }
    let Some(rest) = rule.prefix.strip_prefix(prefix) else {
        return false;
    };
    // Records of restore tests lie beside a repository at the root, and are no backups.
    if prefix.is_empty() && rest.split('/').next() == Some(RECORDS) {
        return false;
    }
    let spread = scene
        .setting("shard_path_type")
        .is_some_and(|kind| !kind.eq_ignore_ascii_case("fixed"));
    // At the root of a bucket others may keep their own folders.
    let written = ROOTS
        .iter()
        .any(|root| root.starts_with(rest) || rest.starts_with(root));
    !prefix.is_empty() || spread || written
}

fn place(rule: &LiveRule, prefix: &str) -> String {
    let longer = if rule.prefix.len() > prefix.len() {
        rule.prefix.as_str()
    } else {
        prefix
    };
    match longer {
        "" => "of the bucket".to_owned(),
        longer => format!("under {longer}"),
    }
}

fn in_words(when: &When) -> String {
    match when {
        When::Days(1) => "after 1 day".to_owned(),
        When::Days(days) => format!("after {days} days"),
        When::Date(date) => format!("from {date} on"),
    }
}

fn grows(scene: &Scene<'_>, rules: &[LiveRule], prefix: &str) -> bool {
    use crate::resources::bucket::spec::Versioning;
    let versioning = scene.facts.as_ref().map(|facts| &facts.versioning);
    if !matches!(versioning, Some(Ok(Some(Versioning::Enabled)))) || scene.is_readonly() {
        return false;
    }
    let removes = |rule: &LiveRule| {
        rule.enabled && rule.expires_noncurrent && !rule.tagged && prefix.starts_with(&rule.prefix)
    };
    !rules.iter().any(removes)
}
