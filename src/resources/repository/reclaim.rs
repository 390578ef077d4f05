//! Whose repository a base path holds: before a lost registration is made again, the snapshots in it must be this environment's own. Pure.

use std::time::Duration;

use crate::data::snapshot::{Snapshot, State};
use crate::failure::Class;
use crate::names::{Arn, EnvironmentName, RepositoryName};
use crate::resources::context::{Adoption, Context, unread};
use crate::resources::facts::{BucketAndRoleFacts, Established, Route};
use crate::resources::outcome::Blocked;
use crate::resources::repository::Repository;

/// Age, counted back from the newest snapshot, up to which every snapshot must be this environment's.
const RECENT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Reads the snapshots of a read-only candidate and compares them with what this environment's own snapshots say.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct Own {
    /// Name under which the candidate is registered.
    pub candidate: RepositoryName,
    /// Environment whose snapshots they must be.
    pub environment: EnvironmentName,
    /// Domain that must have taken them.
    pub domain: Option<Arn>,
    /// Hint for the case that they are not.
    pub hint: String,
}

/// What a registration that begins to write has to do about the base path.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum BasePath {
    /// The base path is free, adopted, or only read.
    Free,
    /// The base path holds a repository that is registered only after its snapshots were checked.
    Checked(Own),
    /// The base path holds a repository that this environment cannot have registered, or it could not be read.
    Taken(Blocked),
}

/// Decides whether a repository may begin to write to its base path: two writers on one base path corrupt each other's snapshots.
pub(super) fn base_path(
    want: &Repository,
    around: &BucketAndRoleFacts,
    context: &Context<'_>,
    established: Option<&Established>,
) -> BasePath {
    if want.is_readonly() || context.adoption == Adoption::Adopted {
        return BasePath::Free;
    }
    let id = want.id();
    match (&around.holds_repository, established) {
        (Some(Ok(false)) | None, _) => BasePath::Free,
        (Some(Err(read)), _) => BasePath::Taken(unread(std::slice::from_ref(read))),
        (Some(Ok(true)), Some(established)) if around.route == Route::Candidate => {
            BasePath::Checked(Own {
                candidate: want.name.candidate(),
                environment: context.environment.clone(),
                domain: established.domain.clone(),
                hint: format!(
                    "if no other domain writes to this base path, run `esbackup apply` with `--adopt {id}`; otherwise give the repository a base \
                     path of its own, or set `readonly: true`"
                ),
            })
        }
        (Some(Ok(true)), Some(_)) => BasePath::Taken(Blocked {
            reason: "its base path already holds a repository, and without a candidate registration nothing shows whose snapshots are in it"
                .to_owned(),
            remedy: format!("drop `--direct`, or run with `--adopt {id}` if no other domain writes there"),
            class: Class::Refused,
        }),
        (Some(Ok(true)), None) => BasePath::Taken(Blocked {
            reason: "its base path already holds the snapshots of a repository; two writers on one path corrupt it".to_owned(),
            remedy: format!(
                "give it a base path of its own, say `readonly: true`, or run with `--adopt {id}` if no other domain writes there"
            ),
            class: Class::Refused,
        }),
    }
}

impl Own {
    /// Compares the snapshots with this environment and domain: the newest, and all that started within 30 days before it.
    ///
    /// # Errors
    /// The first thing that does not show them to be this environment's own.
    pub fn judge(&self, snapshots: &[Snapshot]) -> Result<(), String> {
        let Some(domain) = &self.domain else {
            return Err(
                "a self-managed cluster has no ARN by which its snapshots can be recognised"
                    .to_owned(),
            );
        };
        if let Some(running) = snapshots.iter().find(|one| one.state == State::InProgress) {
            return Err(format!("snapshot {} is in progress there", running.name));
        }
        if let Some(unknown) = snapshots.iter().find(|one| one.started.is_none()) {
            return Err(format!(
                "the start time of snapshot {} could not be read",
                unknown.name
            ));
        }
        let newest = snapshots.iter().filter_map(|one| one.started).max();
        let Some(newest) = newest else {
            return Err("it holds no snapshot that shows whose repository it is".to_owned());
        };
        let since = newest.minus(RECENT);
        let recent = snapshots
            .iter()
            .filter(|one| one.started.is_some_and(|at| at >= since));
        for snapshot in recent {
            self.matches(snapshot, domain)?;
        }
        Ok(())
    }

    fn matches(&self, snapshot: &Snapshot, domain: &Arn) -> Result<(), String> {
        let name = &snapshot.name;
        match (snapshot.environment(), snapshot.domain()) {
            (None, _) => Err(format!(
                "snapshot {name} does not say which environment took it"
            )),
            (Some(other), _) if other != self.environment.as_str() => {
                Err(format!("snapshot {name} was taken by environment {other}"))
            }
            (_, None) => Err(format!("snapshot {name} does not say which domain took it")),
            (_, Some(other)) if other != domain.as_str() => {
                Err(format!("snapshot {name} was taken by domain {other}"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
