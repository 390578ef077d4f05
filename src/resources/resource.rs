//! What every kind of resource does, and the functions that treat all of one kind alike. Pure but for the reads, which kinds send.

use super::ResourceId;
use super::context::Context;
use super::declared::{Declared, ResolveError, Scope};
use super::facts::{Facts, Names, Questions};
use super::management::Management;
use super::observed::Observed;
use super::outcome::{Blocked, Outcome};
use super::write::Documents;
use crate::{diagnosis, domain};

/// What a resource on the domain is read with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OnDomain<'a> {
    /// The client of the domain.
    pub reads: &'a domain::Reads,
    /// What explains a refusal.
    pub context: &'a diagnosis::Context,
}

/// A kind of resource. No method has a default: a new kind answers every question.
pub(crate) trait Resource: Sized {
    /// What a spec says of one.
    type Spec;
    /// What reading one shows.
    type Seen;
    /// What it is read with.
    type Via<'a>: Copy
    where
        Self: 'a;

    /// Names it.
    fn id(&self) -> ResourceId;

    /// Tells whether the spec has it managed or only used.
    fn management(spec: &Self::Spec) -> Management;

    /// Fills in defaults, ARNs and documents.
    ///
    /// # Errors
    /// When a generated name is not acceptable to its service.
    fn resolve(spec: &Self::Spec, names: &Names, scope: &Scope) -> Result<Self, ResolveError>;

    /// Reads it.
    fn read<'a>(
        declared: &'a Declared<Self>,
        via: Self::Via<'a>,
        questions: &'a Questions<'a>,
    ) -> impl Future<Output = Observed<Self::Seen>>;

    /// Returns the documents that changed shortly before this run, by the service's own clock.
    fn recently_changed(seen: &Self::Seen) -> Documents;

    /// Compares it with what was read of it.
    fn diff(
        declared: &Declared<Self>,
        have: &Observed<Self::Seen>,
        facts: &Facts,
        context: &Context<'_>,
    ) -> Outcome;
}

/// Resolves what a spec says of a resource.
///
/// # Errors
/// When a generated name is not acceptable to its service.
pub(crate) fn declared<T: Resource>(
    spec: &T::Spec,
    names: &Names,
    scope: &Scope,
) -> Result<Declared<T>, ResolveError> {
    Ok(Declared {
        want: T::resolve(spec, names, scope)?,
        management: T::management(spec),
    })
}

/// Names each resource of a kind.
pub(super) fn ids<T: Resource>(all: &[Declared<T>]) -> impl Iterator<Item = ResourceId> {
    all.iter().map(|declared| declared.want.id())
}

/// Names each resource of a kind that esbackup creates where it does not exist.
pub(super) fn managed_ids<T: Resource>(all: &[Declared<T>]) -> impl Iterator<Item = ResourceId> {
    let managed = all
        .iter()
        .filter(|declared| !declared.management.is_existing());
    managed.map(|declared| declared.want.id())
}

/// Joins the documents of a kind that changed shortly before this run.
pub(super) fn recently_changed<T: Resource>(seen: &[Observed<T::Seen>]) -> Documents {
    let present = seen.iter().filter_map(|one| match one {
        Observed::Present(seen) => Some(T::recently_changed(seen)),
        Observed::Absent | Observed::Unreadable(_) => None,
    });
    present.fold(Documents::NONE, Documents::and)
}

/// How a comparison goes on from what was read.
pub(crate) struct Comparison<'a> {
    /// What the kinds know of each other.
    pub facts: &'a Facts,
    /// The context of a resource.
    pub context: &'a dyn Fn(&ResourceId) -> Context<'a>,
    /// What blocks a resource that could not be asked for, since the domain could not be reached.
    pub unasked: &'a Blocked,
}

impl Comparison<'_> {
    /// Compares each resource of a kind with what was read of it, in their order.
    pub(super) fn of<T: Resource>(
        &self,
        all: &[Declared<T>],
        seen: &[Observed<T::Seen>],
    ) -> Vec<(ResourceId, Outcome)> {
        let each = all.iter().enumerate().map(|(place, declared)| {
            let id = declared.want.id();
            let outcome = match seen.get(place) {
                Some(have) => T::diff(declared, have, self.facts, &(self.context)(&id)),
                None => Outcome::Blocked(self.unasked.clone()),
            };
            (id, outcome)
        });
        each.collect()
    }
}

#[cfg(test)]
mod tests;
