//! What could not be read and was therefore not judged: it is said, and never taken for harmless.

use super::scene::Scene;
use super::{Code, Finding, Severity, Stage};
use crate::failure::Class;
use crate::resources::ResourceId;
use crate::resources::observed::{Observed, Unread};

/// The longest words of a service that are repeated.
const MOST: usize = 160;

pub(super) fn judge(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(bucket) = scene.bucket() {
        let id = bucket.want.id();
        if let Some(facts) = &scene.facts {
            found.extend(finding(&id, facts.unread(), &bucket.want.arn()));
        }
        found.extend(whole(
            scene,
            &id,
            scene.actual.bucket.as_ref(),
            &bucket.want.arn(),
        ));
    }
    if let Some(declared) = &scene.desired.policy {
        let (id, arn) = (declared.want.id(), declared.want.arn.as_str());
        found.extend(whole(scene, &id, scene.actual.policy.as_ref(), arn));
    }
    if let Some(declared) = &scene.desired.role {
        let (id, arn) = (declared.want.id(), declared.want.arn.as_str());
        if let Some(live) = scene.live_role() {
            // What AWS's own policies grant is known to be more than one bucket.
            let others = live
                .documents
                .unread()
                .filter(|read| !read.what.contains(":iam::aws:policy/"));
            found.extend(finding(&id, others, arn));
        }
        found.extend(whole(scene, &id, scene.actual.role.as_ref(), arn));
    }
    found
}

/// In a plan what could not be read blocks and is shown there.
fn whole<T>(
    scene: &Scene<'_>,
    id: &ResourceId,
    read: Option<&Observed<T>>,
    arn: &str,
) -> Option<Finding> {
    match (scene.stage, read) {
        (Stage::Now, Some(Observed::Unreadable(reads))) => finding(id, reads.iter(), arn),
        _ => None,
    }
}

fn finding<'r>(
    id: &ResourceId,
    reads: impl Iterator<Item = &'r Unread>,
    arn: &str,
) -> Option<Finding> {
    let reads: Vec<&Unread> = reads.collect();
    if reads.is_empty() {
        return None;
    }
    let mut permissions: Vec<&str> = reads
        .iter()
        .filter_map(|read| read.permission.as_deref())
        .collect();
    permissions.sort_unstable();
    permissions.dedup();
    let parts: Vec<String> = reads
        .iter()
        .map(|read| match &read.permission {
            Some(_) => read.what.clone(),
            None => format!("{} ({})", read.what, short(&read.words)),
        })
        .collect();
    let passes = reads.iter().any(|read| read.class == Class::Unavailable);
    let hint = match (permissions.is_empty(), passes) {
        (false, _) => format!("grant the caller {} on {arn}", permissions.join(", ")),
        (true, true) => "run it again once the service answers".to_owned(),
        (true, false) => "look at it yourself: esbackup cannot judge it".to_owned(),
    };
    Some(Finding::new(
        Code::NotRead,
        Severity::Note,
        id,
        format!(
            "could not be read, so it was not judged: {}",
            parts.join(", ")
        ),
        hint,
    ))
}

fn short(words: &str) -> String {
    words.chars().take(MOST).collect()
}
