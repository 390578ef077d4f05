//! Whether the snapshot role reaches the bucket, and the caller may write to it, by the documents that were read.
//!
//! Service control, session and endpoint policies and key grants are invisible: only what no invisible document can change is certain, and a
//! repository that answers outranks what is concluded here.

mod asked;
mod caller;
mod documents;

use std::collections::{BTreeMap, BTreeSet};

use asked::{SSE, SSE_KEY, asked};
use caller::caller;
use documents::{Documents, documents};

use super::bucket_policy::is_kept;
use super::grants::joined;
use super::scene::Scene;
use super::{Code, Finding, Severity};
use crate::aws::permissions;
use crate::policy_document::verdict::{Asked, Verdict, applying, strongest};
use crate::policy_document::{Document, Effect};
use crate::resources::ResourceId;

/// Actions that a repository which answers has proved: its list was read.
const PROVED: [&str; 2] = [permissions::LIST_BUCKET, permissions::GET_OBJECT];

/// One thing that the domain does with the role.
struct Need {
    action: &'static str,
    resource: String,
}

pub(super) fn judge(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(documents) = documents(scene) {
        found.extend(denials(scene, &documents));
        found.extend(lacks(scene, &documents));
    }
    found.extend(caller(scene));
    found
}

/// What the role needs KMS for.
pub(super) fn key_actions(scene: &Scene<'_>) -> &'static [&'static str] {
    permissions::on_key(scene.is_readonly())
}

/// How sure it is that the role's own policies grant an action; none when not all of them were read.
pub(super) fn granted(scene: &Scene<'_>, action: &str, resource: &str) -> Option<Verdict> {
    let documents = documents(scene)?;
    let mut asked = asked(scene, action, resource)?;
    // The key may belong to any account, and is used through S3.
    asked.keys.remove("aws:resourceaccount");
    let by = documents
        .identity
        .iter()
        .map(|document| strongest(document, Effect::Allow, &asked))
        .max();
    match by.unwrap_or(Verdict::No) {
        Verdict::No if !documents.complete => None,
        verdict => Some(verdict),
    }
}

fn needs(scene: &Scene<'_>) -> Vec<Need> {
    let Some(bucket) = scene.bucket() else {
        return Vec::new();
    };
    let arn = bucket.want.arn();
    let prefix = scene.prefix();
    let objects = ["index-0", "tests-0/master.dat", "indices/0/0/__0"];
    let mut needs = vec![Need {
        action: permissions::LIST_BUCKET,
        resource: arn.clone(),
    }];
    for action in permissions::on_objects(scene.is_readonly()) {
        needs.extend(objects.iter().map(|object| Need {
            action,
            resource: format!("{arn}/{prefix}{object}"),
        }));
    }
    needs
}

/// What one statement denies of what is needed.
#[derive(Default)]
struct Denied {
    certain: BTreeSet<&'static str>,
    possible: BTreeSet<&'static str>,
    unknown: BTreeSet<String>,
    encryption: bool,
}

/// Statements of the bucket policy that deny the role what it needs.
fn denials(scene: &Scene<'_>, documents: &Documents) -> Vec<Finding> {
    let (Some(bucket), Some(role)) = (scene.bucket(), &scene.desired.role) else {
        return Vec::new();
    };
    let Some(Some(policy)) = &documents.bucket else {
        return Vec::new();
    };
    let mut by_statement: BTreeMap<String, Denied> = BTreeMap::new();
    for need in needs(scene) {
        let Some(asked) = asked(scene, need.action, &need.resource) else {
            continue;
        };
        for by in applying(policy, Effect::Deny, &asked) {
            let denied = by_statement.entry(by.label).or_default();
            match by.verdict {
                Verdict::Certain => drop(denied.certain.insert(need.action)),
                Verdict::Possible | Verdict::No => {
                    denied.possible.insert(need.action);
                    denied.unknown.extend(by.unknown);
                }
            }
            denied.encryption |= by.keys.iter().any(|key| key == SSE || key == SSE_KEY);
        }
    }
    let id = bucket.want.id();
    let mut found = Vec::new();
    for (label, denied) in by_statement {
        let name = &role.want.name;
        if !denied.certain.is_empty() {
            let actions: Vec<&str> = denied.certain.iter().copied().collect();
            let message = format!(
                "bucket policy statement {label} denies the snapshot role {name} {}",
                joined(&actions)
            );
            let hint = if denied.encryption {
                format!(
                    "set `repository.server_side_encryption: true` if the statement asks for that header, or except {} in statement {label}",
                    role.want.arn
                )
            } else {
                format!(
                    "except {} in statement {label} of the bucket policy",
                    role.want.arn
                )
            };
            found.push(certain(
                scene,
                Code::DeniedByBucketPolicy,
                &id,
                &actions,
                message,
                hint,
            ));
        } else if is_kept(scene, &label) {
            let actions: Vec<&str> = denied.possible.iter().copied().collect();
            let keys: Vec<&str> = denied.unknown.iter().map(String::as_str).collect();
            let depends = match keys.is_empty() {
                true => "it depends on the session of the role".to_owned(),
                false => format!(
                    "it depends on {}, which is not known for the requests of the domain",
                    joined(&keys)
                ),
            };
            found.push(Finding::new(
                Code::DeniedByBucketPolicy,
                Severity::Note,
                &id,
                format!(
                    "bucket policy statement {label} may deny the snapshot role {name} {}: {depends}",
                    joined(&actions)
                ),
                "`esbackup verify --level nodes` tells whether the domain reaches the bucket",
            ));
        }
    }
    found
}

/// A denial that is certain, unless the repository that answers says otherwise. It blocks a registration that would meet it.
fn certain(
    scene: &Scene<'_>,
    code: Code,
    id: &ResourceId,
    actions: &[&str],
    message: String,
    hint: String,
) -> Finding {
    if scene.answers() {
        // Reading is proved by the list that was answered; writing is not, but what answers outranks what is concluded.
        let unproved = actions.iter().any(|action| !PROVED.contains(action));
        let severity = match unproved {
            true => Severity::Warning,
            false => Severity::Note,
        };
        let message = format!(
            "{message}, by what was read; the repository answers with these very settings, which outranks it"
        );
        return Finding::new(code, severity, id, message, hint);
    }
    let blocks = scene.registers().then(|| id.clone());
    Finding::new(code, Severity::Danger, id, message, hint).blocking(blocks)
}

/// What the role is not granted, or is denied by its own policies or boundary.
fn lacks(scene: &Scene<'_>, documents: &Documents) -> Option<Finding> {
    let role = scene.desired.role.as_ref()?;
    let id = role.want.id();
    let mut missing: BTreeSet<&'static str> = BTreeSet::new();
    let mut denied: BTreeSet<&'static str> = BTreeSet::new();
    let mut possible: BTreeSet<&'static str> = BTreeSet::new();
    for need in needs(scene) {
        let Some(asked) = asked(scene, need.action, &need.resource) else {
            continue;
        };
        match lacking(documents, &asked) {
            Lack::No => {}
            Lack::Denied => drop(denied.insert(need.action)),
            Lack::Missing => drop(missing.insert(need.action)),
            Lack::Possible => drop(possible.insert(need.action)),
        }
    }
    let name = &role.want.name;
    let bounded = documents.boundary.is_some();
    if denied.is_empty() && missing.is_empty() {
        if possible.is_empty() {
            return None;
        }
        let actions: Vec<&str> = possible.iter().copied().collect();
        return Some(Finding::new(
            Code::RoleLacksAccess,
            Severity::Note,
            &id,
            format!(
                "whether the snapshot role {name} is allowed {} depends on conditions that are not known for the requests of the domain",
                joined(&actions)
            ),
            "`esbackup verify --level nodes` tells whether the domain reaches the bucket",
        ));
    }
    let actions: Vec<&str> = denied.union(&missing).copied().collect();
    let message = match (denied.is_empty(), bounded) {
        (false, _) => format!(
            "a policy or the permissions boundary of the snapshot role {name} denies it {}",
            joined(&actions)
        ),
        (true, false) => format!(
            "no policy grants the snapshot role {name} {}",
            joined(&actions)
        ),
        (true, true) => format!(
            "no policy grants the snapshot role {name} {}, or its permissions boundary does not allow it",
            joined(&actions)
        ),
    };
    let hint = remedy(scene, &actions);
    Some(certain(
        scene,
        Code::RoleLacksAccess,
        &id,
        &actions,
        message,
        hint,
    ))
}

/// How to grant what the role lacks.
fn remedy(scene: &Scene<'_>, actions: &[&str]) -> String {
    let Some(role) = &scene.desired.role else {
        return String::new();
    };
    let unattached: Vec<&String> = role
        .want
        .policies
        .iter()
        .filter(|arn| {
            scene
                .live_role()
                .is_some_and(|live| !live.role.policies.contains(arn))
        })
        .collect();
    let (policy, existing) = (&scene.desired.policy, role.management.is_existing());
    if let (Some(policy), None, true) = (policy, scene.live_policy(), existing) {
        // What does not exist cannot be attached, and nothing is written while the role is blocked.
        return format!(
            "grant it to the role: aws iam put-role-policy --role-name {} --policy-name {} --policy-document '{}'",
            role.want.name,
            policy.want.name,
            policy.want.document.to_json()
        );
    }
    if existing && let [first, ..] = unattached.as_slice() {
        return format!(
            "attach the policy: aws iam attach-role-policy --role-name {} --policy-arn {first}",
            role.want.name
        );
    }
    let bucket = scene
        .bucket()
        .map(|bucket| bucket.want.arn())
        .unwrap_or_default();
    format!(
        "grant {} on {bucket} and {bucket}/* in the policies of role {}, and allow it in its permissions boundary if it has one",
        joined(actions),
        role.want.name
    )
}

enum Lack {
    No,
    Possible,
    Missing,
    Denied,
}

/// Whether the role lacks one thing, by its policies, its boundary, and what the bucket policy grants it.
fn lacking(documents: &Documents, asked: &Asked) -> Lack {
    let all = |effect, of: &[&Document]| {
        of.iter()
            .map(|document| strongest(document, effect, asked))
            .max()
            .unwrap_or(Verdict::No)
    };
    let identity: Vec<&Document> = documents.identity.iter().collect();
    let bounds: Vec<&Document> = documents.boundary.iter().flatten().collect();
    let own = [identity.as_slice(), bounds.as_slice()].concat();
    let denied = all(Effect::Deny, &own);
    if denied == Verdict::Certain {
        return Lack::Denied;
    }
    let mut by_identity = all(Effect::Allow, &identity);
    if by_identity == Verdict::No && !documents.complete {
        by_identity = Verdict::Possible;
    }
    let by_bucket = match &documents.bucket {
        None => Verdict::Possible,
        Some(None) => Verdict::No,
        Some(Some(policy)) => all(Effect::Allow, &[policy]),
    };
    let bounded = match &documents.boundary {
        None => Verdict::Certain,
        Some(None) => Verdict::Possible,
        // A bucket policy that names the session of a role is not limited by the boundary.
        Some(Some(boundary)) => match all(Effect::Allow, &[boundary]) {
            Verdict::No if by_bucket > Verdict::No => Verdict::Possible,
            verdict => verdict,
        },
    };
    let granted = match documents.same_account {
        true => by_identity.max(by_bucket),
        false => by_identity.min(by_bucket),
    };
    let allowed = granted.min(bounded);
    // Where a document was not read, there is nothing to say beyond that.
    let unread = !documents.complete
        || documents.bucket.is_none()
        || matches!(documents.boundary, Some(None));
    match (allowed, denied) {
        (Verdict::No, _) => Lack::Missing,
        (Verdict::Certain, Verdict::No) => Lack::No,
        _ if unread => Lack::No,
        _ => Lack::Possible,
    }
}
