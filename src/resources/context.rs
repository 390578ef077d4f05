//! What a comparison needs to know beside the resource itself, and the answers that every kind gives alike.

use crate::aws::permissions::{On, PERMISSIONS};
use crate::diagnosis::{self, Denial, PolicyKind};
use crate::failure::Class;
use crate::names::{AccountId, EnvironmentName, Tags};
use crate::resources::ResourceId;
use crate::resources::bucket::Bucket;
use crate::resources::observed::{Mark, Unread};
use crate::resources::outcome::{Blocked, FieldChange};

/// What a comparison needs to know beside the resource.
#[derive(Debug, Clone)]
pub(crate) struct Context<'a> {
    /// The environment being planned.
    pub environment: &'a EnvironmentName,
    /// The account of the environment.
    pub account: &'a AccountId,
    /// Whether the caller adopts this resource.
    pub adoption: Adoption,
    /// The other environment of this run that creates the resource, if one does.
    pub created_by: Option<&'a EnvironmentName>,
}

/// Whether the caller adopts a resource that carries no mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Adoption {
    /// It was named with `--adopt`.
    Adopted,
    /// It was not.
    NotAdopted,
}

/// Whether a live resource may be changed by this environment.
pub(crate) enum Standing {
    /// It carries the environment's mark.
    Ours,
    /// It carries none and was adopted.
    Adopted,
    /// It belongs to someone else.
    Foreign(Blocked),
}

impl Context<'_> {
    /// Decides by the mark whether a live resource may be changed.
    pub(crate) fn standing(&self, id: &ResourceId, mark: &Mark) -> Standing {
        match (mark, self.adoption) {
            (Mark::Ours, _) => Standing::Ours,
            (Mark::Other(name), _) => Standing::Foreign(Blocked {
                reason: format!("belongs to the environment {name}"),
                remedy: "say `existing: true` to use it unchanged, or give this environment a name of its own for it".to_owned(),
                class: Class::Refused,
            }),
            (Mark::None, Adoption::Adopted) => Standing::Adopted,
            (Mark::None, Adoption::NotAdopted) => Standing::Foreign(Blocked {
                reason: "exists and carries no mark of esbackup".to_owned(),
                remedy: format!(
                    "say `existing: true` to use it unchanged, or run with `--adopt {id}` to manage it (plan shows the differences and risks first)"
                ),
                class: Class::Refused,
            }),
        }
    }

    /// The reason for a resource that must exist and does not.
    pub(crate) fn missing(&self) -> Blocked {
        match self.created_by {
            Some(environment) => Blocked {
                reason: format!("created by environment {environment}: apply again"),
                remedy: format!("apply {environment} first, then this environment"),
                class: Class::Refused,
            },
            None => Blocked {
                reason: "does not exist, and the spec says `existing: true`".to_owned(),
                remedy: "create it, correct its name, or drop `existing: true` to let esbackup create it".to_owned(),
                class: Class::Refused,
            },
        }
    }
}

/// The reason for something that could not be read whole.
pub(crate) fn unread(reads: &[Unread]) -> Blocked {
    blocked(reads, None)
}

/// The reason for the resource of this ARN, of which something could not be read; what to grant is granted on it.
pub(crate) fn unread_of(arn: &str, reads: &[Unread]) -> Blocked {
    blocked(reads, Some(arn))
}

/// What to grant the caller, and on what.
fn grant(permissions: &[&str], arn: Option<&str>) -> String {
    let Some(arn) = arn else {
        return format!("grant the caller {}", permissions.join(", "));
    };
    let on = |anything: bool| {
        let chosen = permissions
            .iter()
            .filter(|action| is_on_anything(action) == anything);
        let chosen: Vec<&str> = chosen.copied().collect();
        let on = if anything { "*" } else { arn };
        (!chosen.is_empty()).then(|| format!("{} on {on}", chosen.join(", ")))
    };
    let both: Vec<String> = [on(false), on(true)].into_iter().flatten().collect();
    format!("grant the caller {}", both.join(", and "))
}

/// Whether IAM knows no resource for an action.
fn is_on_anything(action: &str) -> bool {
    let mut known = PERMISSIONS.iter();
    known.any(|known| known.on == On::Anything && known.actions.contains(&action))
}

/// What else than a missing grant denies a read of a bucket.
pub(crate) const OR_A_DENY: &str = "; or a Deny in the bucket's policy refuses it, or a permissions boundary, a policy of the organisation or of a VPC endpoint";

/// What the service's words say of who denied a read.
enum Named {
    /// They name no policy.
    Nothing,
    /// None of the caller's own policies allows it.
    NoGrant,
    /// Another policy denies it; with what to do about that.
    Other(String),
}

fn named(read: &Unread) -> Named {
    let denial = match &read.permission {
        Some(_) => Denial::in_words(&read.words),
        None => None,
    };
    match denial {
        None => Named::Nothing,
        Some(denial) if denial.policy == Some(PolicyKind::Identity) && !denial.explicit => {
            Named::NoGrant
        }
        Some(denial) => Named::Other(diagnosis::of_callers(&denial, &read.words)),
    }
}

fn is_of_a_bucket(read: &Unread) -> bool {
    read.permission
        .as_deref()
        .is_some_and(|permission| permission.starts_with("s3:"))
}

/// The reason for a bucket of which something could not be read; the policy of another account's bucket has to let the caller in.
pub(crate) fn unread_of_bucket(
    bucket: &Bucket,
    reads: &[Unread],
    context: &Context<'_>,
) -> Blocked {
    let blocked = unread_of(&bucket.arn(), reads);
    let foreign = bucket.account != *context.account && blocked.class == Class::Denied;
    if !foreign {
        return blocked;
    }
    let mut actions: Vec<&str> = reads
        .iter()
        .filter_map(|read| read.permission.as_deref())
        .collect();
    actions.sort_unstable();
    actions.dedup();
    let arn = bucket.arn();
    let partition = arn.split(':').nth(1).unwrap_or("aws");
    let statement = serde_json::json!({
        "Sid": "ReadsOfAnotherAccount",
        "Effect": "Allow",
        "Principal": {"AWS": format!("arn:{partition}:iam::{}:root", context.account)},
        "Action": actions,
        "Resource": arn,
    });
    Blocked {
        remedy: format!(
            "{}; the bucket belongs to account {}, so its policy must have a statement like this, beside the caller's own grant: {statement}",
            blocked.remedy, bucket.account
        ),
        ..blocked
    }
}

fn blocked(reads: &[Unread], arn: Option<&str>) -> Blocked {
    let reasons = reads.iter().map(|read| match &read.permission {
        Some(permission) => {
            let why = match named(read) {
                Named::Other(_) => format!("{permission} was denied"),
                Named::Nothing if is_of_a_bucket(read) => format!("{permission} was denied"),
                Named::NoGrant | Named::Nothing => format!("the caller lacks {permission}"),
            };
            format!("{} cannot be read: {why} ({})", read.what, read.words)
        }
        None => format!("{} could not be read: {}", read.what, read.words),
    });
    let mut remedies: Vec<String> = Vec::new();
    let ungranted = || {
        reads
            .iter()
            .filter(|read| read.remedy.is_none() && !matches!(named(read), Named::Other(_)))
    };
    let permissions: Vec<&str> = ungranted()
        .filter_map(|read| read.permission.as_deref())
        .collect();
    if !permissions.is_empty() {
        let mut grant = grant(&permissions, arn);
        let mut wordless = ungranted().filter(|read| matches!(named(read), Named::Nothing));
        if wordless.any(is_of_a_bucket) {
            grant.push_str(OR_A_DENY);
        }
        remedies.push(grant);
    }
    let others = reads.iter().filter_map(|read| match &read.remedy {
        Some(remedy) => Some(remedy.clone()),
        None => match named(read) {
            Named::Other(remedy) => Some(remedy),
            Named::NoGrant | Named::Nothing => None,
        },
    });
    for remedy in others {
        if !remedies.contains(&remedy) {
            remedies.push(remedy);
        }
    }
    let by = |class| reads.iter().any(|read| read.class == class);
    let class = match () {
        () if by(Class::Denied) => Class::Denied,
        () if by(Class::Credentials) => Class::Credentials,
        // What is not understood is not changed.
        () if by(Class::Unusable) => Class::Refused,
        () if reads.iter().all(|read| read.class.may_pass()) => Class::Unavailable,
        () => Class::Failed,
    };
    if remedies.is_empty() {
        remedies.push(match class {
            Class::Unavailable => "run it again once the service answers".to_owned(),
            Class::Failed => {
                "running it again does not help; -vv shows the requests and what answers them"
                    .to_owned()
            }
            _ => "correct what is there, or leave this resource to yourself with `existing: true`"
                .to_owned(),
        });
    }
    Blocked {
        reason: reasons.collect::<Vec<_>>().join("; "),
        remedy: remedies.join("; "),
        class,
    }
}

/// Compares tags: the changes to the declared ones, and the names of the foreign ones.
pub(crate) fn compare_tags(want: &Tags, have: &Tags) -> (Vec<FieldChange>, Vec<String>) {
    let changes = want
        .iter()
        .filter(|(key, value)| have.get(*key) != Some(*value))
        .map(|(key, value)| {
            FieldChange::value(format!("tags.{key}"), have.get(key).cloned(), value.clone())
        })
        .collect();
    let foreign = have
        .keys()
        .filter(|key| !want.contains_key(*key))
        .map(|key| format!("tag {key}"))
        .collect();
    (changes, foreign)
}
