//! Outcomes become changes, and their calls steps in the order in which they are sent. Pure.

use super::{Action, Change, Patience, Step};
use crate::resources::actual::Actual;
use crate::resources::declared::Desired;
use crate::resources::observed::Observed;
use crate::resources::outcome::{Draft, Outcome, Phase, Verb};
use crate::resources::repository::Verify;
use crate::resources::write::Documents;
use crate::resources::{Call, Check, Kind, Propagation, ResourceId, Waits, repository};

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
        Outcome::Unchanged { unmanaged, note } => Some(Change {
            note,
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

/// A registration that stays as it is while its access changes is verified at the end: what was a working repository must still be one.
pub(super) fn proof(
    desired: &Desired,
    actual: &Actual,
    changes: &[Change],
    drafts: &[Placed],
) -> Option<Placed> {
    let repository = &desired.repository;
    let id = repository.want.id();
    let unchanged = changes
        .iter()
        .any(|change| change.id == id && change.action == Action::None);
    let registered =
        matches!(&actual.repository, Some(Observed::Present(live)) if live.registered.is_some());
    let proved = repository.want.verify == Verify::Proved && !repository.management.is_existing();
    let access = drafts
        .iter()
        .any(|placed| placed.draft.call.touches().access);
    let call = Call::Repository(repository::Call::Verify {
        name: repository.want.name.clone(),
    });
    (unchanged && registered && proved && access).then(|| Placed {
        resource: id,
        verb: Verb::Update,
        draft: Draft::new(Phase::Remove, call),
    })
}

/// Orders the drafts by phase, then by the order of the kinds; where principals are let in, trust policies come before bucket policies,
/// since a bucket policy may drop a Deny that still holds the role back.
pub(super) fn ordered(mut drafts: Vec<Placed>, recent: Documents) -> Vec<Step> {
    drafts.sort_by_key(|placed| {
        let rank = placed.resource.kind.rank();
        let rank = if placed.draft.phase == Phase::Open {
            u8::MAX - rank
        } else {
            rank
        };
        (placed.draft.phase, rank)
    });
    let created = |what| {
        let mut created = drafts.iter().filter(|placed| placed.verb == Verb::Create);
        created.any(|placed| placed.resource.kind.propagates() == what)
    };
    let (bucket, new_iam) = (created(Propagation::Bucket), created(Propagation::Iam));
    let new_iam = new_iam || recent != Documents::NONE;
    let changes_iam = drafts.iter().any(|placed| {
        placed.resource.kind.propagates() == Propagation::Iam
            || placed.draft.call.touches().documents.bucket
    });
    let changed_iam = changes_iam || recent != Documents::NONE;
    let patience = |kind: Kind| {
        let (iam, bucket) = match kind.waits() {
            Waits::Nothing => (false, false),
            Waits::NewIam => (new_iam, false),
            Waits::NewIamAndBucket => (new_iam, bucket),
            Waits::ChangedIamAndBucket => (changed_iam, bucket),
        };
        Patience {
            iam,
            bucket,
            ..Patience::default()
        }
    };
    let mut changed = recent;
    let steps = drafts.iter().map(|placed| {
        let before = changed;
        let touches = placed.draft.call.touches();
        changed = changed.and(touches.documents);
        Step {
            resource: placed.resource.clone(),
            before: placed.draft.before.iter().cloned().collect(),
            call: placed.draft.call.clone(),
            after: None,
            undo: placed.draft.undo.clone().map(Box::new),
            // What creates a thing does not wait for it: something else is missing then.
            patience: if touches.creates {
                Patience::default()
            } else {
                Patience {
                    changed: before,
                    ..patience(placed.resource.kind)
                }
            },
        }
    });
    let mut steps: Vec<Step> = steps.collect();
    ask_first(&mut steps);
    steps
}

/// Where a registration is to change, whether a snapshot runs on it is asked before the very first write: taking a grant away would
/// break the snapshot as well.
fn ask_first(steps: &mut [Step]) {
    let idle = steps.iter().find_map(|step| match &step.call {
        Call::Repository(repository::Call::Put { .. }) => {
            let mut checks = step.before.iter();
            let idle =
                |check: &&Check| matches!(check, Check::Repository(repository::Check::Idle { .. }));
            checks.find(idle).cloned()
        }
        _ => None,
    });
    if let (Some(idle), Some(first)) = (idle, steps.first_mut())
        && !first.before.contains(&idle)
    {
        first.before.insert(0, idle);
    }
}

#[cfg(test)]
mod tests;
