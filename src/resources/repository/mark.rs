//! Whose registration it is: it carries no mark of its own, so what it passes or points at tells. Pure.

use crate::resources::facts::{BucketAndRoleFacts, BucketIs, RoleIs};
use crate::resources::repository::{Registered, Repository};

/// Whether a registration belongs to this environment. A registration has no tags; the role that it passes tells on an Amazon domain. A cluster
/// with credentials of its own passes no role: there the bucket tells, or the whole place where it is not esbackup's bucket.
pub(super) fn is_ours(want: &Repository, have: &Registered, around: &BucketAndRoleFacts) -> bool {
    let equal = |name: &str| have.settings.get(name) == want.settings.get(name);
    let same = |name: &str| want.settings.contains_key(name) && equal(name);
    match want.settings.contains_key("role_arn") {
        true => same("role_arn") && around.role == RoleIs::Ours,
        false => same("bucket") && (around.bucket == BucketIs::Ours || equal("base_path")),
    }
}
