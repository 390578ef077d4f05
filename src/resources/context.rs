//! What a comparison needs to know beside the resource itself, and the answers that every kind gives alike.

use crate::aws::permissions::{On, PERMISSIONS};
use crate::names::{AccountId, EnvironmentName, Tags};
use crate::resources::ResourceId;
use crate::resources::observed::{Mark, Unread, UnreadBy};
use crate::resources::outcome::{Blocked, BlockedBy, FieldChange};

/// What a comparison needs to know beside the resource.
#[derive(Debug, Clone)]
pub struct Context<'a> {
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
pub enum Adoption {
    /// It was named with `--adopt`.
    Adopted,
    /// It was not.
    NotAdopted,
}

/// Whether a live resource may be changed by this environment.
pub enum Standing {
    /// It carries the environment's mark.
    Ours,
    /// It carries none and was adopted.
    Adopted,
    /// It belongs to someone else.
    Foreign(Blocked),
}

impl Context<'_> {
    /// Decides by the mark whether a live resource may be changed.
    pub fn standing(&self, id: &ResourceId, mark: &Mark) -> Standing {
        match (mark, self.adoption) {
            (Mark::Ours, _) => Standing::Ours,
            (Mark::Other(name), _) => Standing::Foreign(Blocked {
                reason: format!("belongs to the environment {name}"),
                remedy: "say `existing: true` to use it unchanged, or give this environment a name of its own for it".to_owned(),
                cause: BlockedBy::Guard,
            }),
            (Mark::None, Adoption::Adopted) => Standing::Adopted,
            (Mark::None, Adoption::NotAdopted) => Standing::Foreign(Blocked {
                reason: "exists and carries no mark of esbackup".to_owned(),
                remedy: format!(
                    "say `existing: true` to use it unchanged, or run with `--adopt {id}` to manage it (plan shows the differences and risks first)"
                ),
                cause: BlockedBy::Guard,
            }),
        }
    }

    /// The reason for a resource that must exist and does not.
    pub fn missing(&self) -> Blocked {
        match self.created_by {
            Some(environment) => Blocked {
                reason: format!("created by environment {environment}: apply again"),
                remedy: format!("apply {environment} first, then this environment"),
                cause: BlockedBy::Guard,
            },
            None => Blocked {
                reason: "does not exist, and the spec says `existing: true`".to_owned(),
                remedy: "create it, correct its name, or drop `existing: true` to let esbackup create it".to_owned(),
                cause: BlockedBy::Guard,
            },
        }
    }
}

/// The reason for something that could not be read whole.
pub fn unread(reads: &[Unread]) -> Blocked {
    blocked(reads, None)
}

/// The reason for the resource of this ARN, of which something could not be read; what to grant is granted on it.
pub fn unread_of(arn: &str, reads: &[Unread]) -> Blocked {
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

fn blocked(reads: &[Unread], arn: Option<&str>) -> Blocked {
    let reasons = reads.iter().map(|read| match &read.permission {
        Some(permission) => format!(
            "{} cannot be read: the caller lacks {permission} ({})",
            read.what, read.words
        ),
        None => format!("{} could not be read: {}", read.what, read.words),
    });
    let mut remedies: Vec<String> = Vec::new();
    let permissions: Vec<&str> = reads
        .iter()
        .filter(|read| read.remedy.is_none())
        .filter_map(|read| read.permission.as_deref())
        .collect();
    if !permissions.is_empty() {
        remedies.push(grant(&permissions, arn));
    }
    for remedy in reads.iter().filter_map(|read| read.remedy.as_ref()) {
        if !remedies.contains(remedy) {
            remedies.push(remedy.clone());
        }
    }
    let by = |cause| reads.iter().any(|read| read.cause == cause);
    let cause = match () {
        () if by(UnreadBy::Permission) => BlockedBy::Permission,
        () if by(UnreadBy::Content) => BlockedBy::Guard,
        () if by(UnreadBy::Lasting) => BlockedBy::Unreadable,
        () => BlockedBy::Unread,
    };
    if remedies.is_empty() {
        remedies.push(match cause {
            BlockedBy::Unread => "run it again once the service answers".to_owned(),
            BlockedBy::Unreadable => {
                "running it again does not help; -vv shows the requests and what answers them"
                    .to_owned()
            }
            BlockedBy::Permission | BlockedBy::Guard => {
                "correct what is there, or leave this resource to yourself with `existing: true`"
                    .to_owned()
            }
        });
    }
    Blocked {
        reason: reasons.collect::<Vec<_>>().join("; "),
        remedy: remedies.join("; "),
        cause,
    }
}

/// Compares tags: the changes to the declared ones, and the names of the foreign ones.
pub fn compare_tags(want: &Tags, have: &Tags) -> (Vec<FieldChange>, Vec<String>) {
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
