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
mod tests {
    use super::*;
    use crate::failure::Class;
    use crate::names::{AccountId, EnvironmentName};
    use crate::resources::context::Adoption;
    use crate::resources::facts::{
        Access, BucketAndRoleFacts, BucketIs, GrantRemoval, RoleIs, Route,
    };
    use crate::resources::{Kind, outcome};

    /// A kind that is a name, and is as wanted where it was seen under that name.
    #[derive(Debug, PartialEq)]
    struct Toy(String);

    impl Resource for Toy {
        type Spec = (&'static str, Management);
        type Seen = &'static str;
        type Via<'a> = &'a str;

        fn id(&self) -> ResourceId {
            ResourceId::new(Kind::Bucket, &self.0)
        }

        fn management(spec: &Self::Spec) -> Management {
            spec.1
        }

        fn resolve(spec: &Self::Spec, _: &Names, _: &Scope) -> Result<Self, ResolveError> {
            Ok(Self(spec.0.to_owned()))
        }

        fn read<'a>(
            _: &'a Declared<Self>,
            _: &'a str,
            _: &'a Questions<'a>,
        ) -> impl Future<Output = Observed<&'static str>> {
            std::future::ready(Observed::Absent)
        }

        fn recently_changed(seen: &&'static str) -> Documents {
            Documents {
                identity: *seen == "new",
                trust: *seen == "let in",
                ..Documents::NONE
            }
        }

        fn diff(
            declared: &Declared<Self>,
            have: &Observed<&'static str>,
            _: &Facts,
            context: &Context<'_>,
        ) -> Outcome {
            match have {
                Observed::Present(name) if *name == declared.want.0 => Outcome::unchanged(),
                Observed::Present(_) | Observed::Absent | Observed::Unreadable(_) => {
                    Outcome::Blocked(context.missing())
                }
            }
        }
    }

    fn two() -> Vec<Declared<Toy>> {
        let names = Names {
            bucket: None,
            base_path: None,
            access: Access::ReadWrite,
            policy: None,
            role: None,
        };
        let scope = crate::resources::tests::desired(&[]).scope;
        let specs = [("one", Management::Managed), ("two", Management::Existing)];
        let each = specs
            .iter()
            .map(|spec| declared(spec, &names, &scope).unwrap());
        each.collect()
    }

    #[test]
    fn two_of_a_kind_are_named_in_their_order() {
        let id = |name: &str| ResourceId::new(Kind::Bucket, name);
        let all = two();
        assert_eq!(ids(&all).collect::<Vec<_>>(), [id("one"), id("two")]);
        assert_eq!(managed_ids(&all).collect::<Vec<_>>(), [id("one")]);
    }

    #[test]
    fn each_of_two_is_compared_with_what_was_read_of_it() {
        let (environment, account) = (
            EnvironmentName::parse("logs").unwrap(),
            AccountId::parse("123456789012").unwrap(),
        );
        let context = |_: &ResourceId| Context {
            environment: &environment,
            account: &account,
            adoption: Adoption::NotAdopted,
            created_by: None,
        };
        let facts = Facts {
            around: BucketAndRoleFacts {
                holds_repository: None,
                role: RoleIs::Ours,
                established: None,
                bucket: BucketIs::Ours,
                route: Route::Candidate,
                engine: None,
            },
            removal: GrantRemoval::AtOnce,
            old_software: None,
            upgrading: None,
        };
        let unasked = outcome::Blocked {
            reason: "waits".to_owned(),
            remedy: "wait".to_owned(),
            class: Class::Unavailable,
        };
        let comparison = Comparison {
            facts: &facts,
            context: &context,
            unasked: &unasked,
        };
        let outcomes = |seen: &[Observed<&'static str>]| {
            let compared = comparison.of(&two(), seen).into_iter();
            compared.map(|(_, outcome)| outcome).collect::<Vec<_>>()
        };
        let missing = Outcome::Blocked(context(&two()[0].want.id()).missing());
        let waits = Outcome::Blocked(unasked.clone());
        assert_eq!(
            outcomes(&[Observed::Present("one"), Observed::Present("one")]),
            [Outcome::unchanged(), missing.clone()]
        );
        assert_eq!(
            outcomes(&[Observed::Absent, Observed::Present("two")]),
            [missing, Outcome::unchanged()]
        );
        assert_eq!(outcomes(&[]), [waits.clone(), waits]);
    }

    #[test]
    fn what_changed_shortly_before_is_joined_over_all_of_a_kind() {
        let seen = [
            Observed::Present("new"),
            Observed::Absent,
            Observed::Present("let in"),
        ];
        let both = Documents {
            identity: true,
            trust: true,
            ..Documents::NONE
        };
        assert_eq!(recently_changed::<Toy>(&seen), both);
        assert_eq!(recently_changed::<Toy>(&seen[1..2]), Documents::NONE);
    }
}
