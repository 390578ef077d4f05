//! Whose registration it is: it carries no mark of its own, so what it passes or points at tells. Pure.

use crate::resources::repository::diff::{RoleIs, Surroundings};
use crate::resources::repository::{Registered, Repository};

/// What the bucket says about whose repository a registration for it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BucketIs {
    /// Marked by this environment, or to be created by it.
    Ours,
    /// Another's, only used, or not named in the spec.
    Foreign,
}

/// Whether a registration belongs to this environment. A registration carries no mark of its own; what it passes or points at does: the role
/// where the domain is Amazon's, and the bucket where the cluster has credentials of its own and no role is passed.
pub(super) fn is_ours(want: &Repository, have: &Registered, around: &Surroundings) -> bool {
    let same = |name: &str| {
        let value = want.settings.get(name);
        value.is_some() && have.settings.get(name) == value
    };
    match want.settings.contains_key("role_arn") {
        true => same("role_arn") && around.role == RoleIs::Ours,
        false => same("bucket") && around.bucket == BucketIs::Ours,
    }
}
