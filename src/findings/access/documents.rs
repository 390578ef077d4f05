//! The documents that decide what the snapshot role may do, as they are once the plan is carried out.

use crate::findings::Stage;
use crate::findings::scene::Scene;
use crate::policy_document::Document;
use crate::resources::observed::Observed;

/// The documents that decide what the role may do, as they are once the plan is carried out.
pub(super) struct Documents {
    /// What is attached to the role.
    pub(super) identity: Vec<Document>,
    /// Whether all of it was read.
    pub(super) complete: bool,
    /// The boundary; none when there is none.
    pub(super) boundary: Option<Option<Document>>,
    /// The bucket policy: none when it is not known.
    pub(super) bucket: Option<Option<Document>>,
    /// Whether role and bucket belong to one account.
    pub(super) same_account: bool,
}

/// The documents that decide; none where the role is not used, or not there to be judged.
pub(super) fn documents(scene: &Scene<'_>) -> Option<Documents> {
    // A cluster of one's own has credentials of its own and assumes no role.
    scene.desired.scope.domain_arn.as_ref()?;
    let role = scene.desired.role.as_ref()?;
    let bucket = scene.bucket()?;
    let existing = role.management.is_existing();
    let mut identity = Vec::new();
    let mut complete = true;
    let live = match &scene.actual.role {
        Some(Observed::Absent) if !existing && matches!(scene.stage, Stage::Plan { .. }) => None,
        _ => Some(scene.live_role()?),
    };
    let attached = |arn: &str| live.is_some_and(|live| live.role.policies.iter().any(|p| p == arn));
    if let Some(policy) = &scene.desired.policy {
        let manages = !policy.management.is_existing() && matches!(scene.stage, Stage::Plan { .. });
        let will_be = !existing && matches!(scene.stage, Stage::Plan { .. });
        if will_be || attached(policy.want.arn.as_str()) {
            match (manages, scene.live_policy()) {
                (true, _) => identity.push(policy.want.document.clone()),
                (false, Some(live)) => identity.push(live.policy.document.clone()),
                (false, None) => complete = false,
            }
        }
    }
    let mut boundary = None;
    if let Some(live) = live {
        let others = live
            .documents
            .attached
            .values()
            .chain(live.documents.inline.values());
        for read in others.filter(|_| existing || !role.want.exclusive) {
            match read {
                Ok(document) => identity.push(document.clone()),
                Err(_) => complete = false,
            }
        }
        boundary = live
            .documents
            .boundary
            .as_ref()
            .map(|read| read.as_ref().ok().cloned());
    }
    let to_be_set = role
        .want
        .permissions_boundary
        .as_ref()
        .filter(|_| !existing);
    let differs = live.is_none_or(|live| live.role.permissions_boundary.as_ref() != to_be_set);
    if to_be_set.is_some() && differs {
        boundary = Some(None);
    }
    Some(Documents {
        identity,
        complete,
        boundary,
        bucket: scene.bucket_policy().ok(),
        same_account: bucket.want.account == scene.desired.scope.account,
    })
}
