//! The functions over kinds, with two of a kind that is made for these tests.

use super::*;
use crate::failure::Class;
use crate::names::{AccountId, EnvironmentName};
use crate::resources::context::Adoption;
use crate::resources::facts::{Access, BucketAndRoleFacts, BucketIs, GrantRemoval, RoleIs, Route};
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
