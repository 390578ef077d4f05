//! Outcomes become changes, and their calls steps in the order in which they are sent. Pure.

use super::{Action, Change, Patience, Step};
use crate::resources::outcome::{Draft, Outcome, Phase, Verb};
use crate::resources::{Kind, ResourceId};

/// A call with the resource that asks for it.
pub(super) struct Placed {
    resource: ResourceId,
    verb: Verb,
    draft: Draft,
}

/// Turns an outcome into a change and hands on its drafts. A domain in order is not a change of anything.
pub(super) fn change(id: ResourceId, outcome: Outcome, drafts: &mut Vec<Placed>) -> Option<Change> {
    let empty = |action| Change {
        id: id.clone(),
        action,
        note: None,
        fields: Vec::new(),
        risks: Vec::new(),
        blocked: None,
        unmanaged: Vec::new(),
    };
    match outcome {
        Outcome::Unchanged { .. } if id.kind == Kind::Domain => None,
        Outcome::Unchanged { unmanaged } => Some(Change {
            unmanaged,
            ..empty(Action::None)
        }),
        Outcome::Blocked(blocked) => Some(Change {
            blocked: Some(blocked),
            ..empty(Action::Blocked)
        }),
        Outcome::Changed(changed) => {
            let verb = changed.verb;
            drafts.extend(changed.drafts.into_iter().map(|draft| Placed {
                resource: id.clone(),
                verb,
                draft,
            }));
            let action = match verb {
                Verb::Create => Action::Create,
                Verb::Update => Action::Update,
            };
            let change = Change {
                note: changed.note,
                fields: changed.fields,
                risks: changed.risks,
                ..empty(action)
            };
            Some(Change {
                unmanaged: changed.unmanaged,
                ..change
            })
        }
    }
}

/// What changed shortly before this run.
pub(super) struct Recent {
    pub(super) iam: bool,
}

/// Orders the drafts by phase, then by the order of the kinds; where principals are let in, trust policies come before bucket policies,
/// since a bucket policy may drop a Deny that still holds the role back.
pub(super) fn ordered(mut drafts: Vec<Placed>, recent: Recent) -> Vec<Step> {
    drafts.sort_by_key(|placed| {
        let rank = placed.resource.kind as u8;
        let rank = if placed.draft.phase == Phase::Open {
            u8::MAX - rank
        } else {
            rank
        };
        (placed.draft.phase, rank)
    });
    let created = |kind| {
        drafts
            .iter()
            .any(|placed| placed.resource.kind == kind && placed.verb == Verb::Create)
    };
    let touched = |kind| drafts.iter().any(|placed| placed.resource.kind == kind);
    let new_bucket = created(Kind::Bucket);
    let new_iam = created(Kind::Policy) || created(Kind::Role);
    let changed_iam = touched(Kind::Policy) || touched(Kind::Role) || recent.iam;
    let patience = |kind| match kind {
        Kind::Domain => Patience::default(),
        Kind::Bucket => Patience {
            iam: false,
            bucket: new_bucket,
        },
        Kind::Policy | Kind::Role => Patience {
            iam: new_iam || recent.iam,
            bucket: false,
        },
        Kind::Repository => Patience {
            iam: changed_iam,
            bucket: new_bucket,
        },
    };
    let steps = drafts.iter().map(|placed| Step {
        resource: placed.resource.clone(),
        before: placed.draft.before.clone(),
        call: placed.draft.call.clone(),
        undo: placed.draft.undo.clone(),
        // What creates a thing does not wait for it: something else is missing then.
        patience: if placed.draft.call.creates() {
            Patience::default()
        } else {
            patience(placed.resource.kind)
        },
    });
    steps.collect()
}
