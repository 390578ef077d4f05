//! What several environments of one run must not share; it compares names only, and reports the later of two.

use std::collections::BTreeMap;

use super::Spec;
use super::parse::Parsed;
use crate::domain::DomainSpec;
use crate::names::{BasePath, BucketName, Partition};
use crate::yaml::diagnostic::{Diagnostic, Place, Severity};

/// What two environments must not both do.
#[derive(Clone, Copy)]
enum Claim {
    Name,
    Bucket,
    Policy,
    Role,
    Repository,
}

/// Compares every environment with those before it.
pub(super) fn check(all: &[Parsed]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for claim in [
        Claim::Name,
        Claim::Bucket,
        Claim::Policy,
        Claim::Role,
        Claim::Repository,
    ] {
        claims(all, claim, &mut found);
    }
    writers(all, &mut found);
    found
}

/// Returns where a name is unique, the name, and where it stands; nothing where the environment claims nothing.
fn claimed(one: &Parsed, claim: Claim) -> Option<(String, String, &Place)> {
    let (spec, places) = (&one.spec, &one.places);
    let account = || spec.account.to_string();
    match claim {
        Claim::Name => Some((String::new(), spec.name.to_string(), &places.name)),
        Claim::Bucket => {
            let bucket = spec
                .bucket
                .as_ref()
                .filter(|bucket| !bucket.management.is_existing())?;
            // Two partitions may each have a bucket of one name.
            Some((
                spec.region.partition().to_string(),
                bucket.name.to_string(),
                places.bucket.as_ref()?,
            ))
        }
        // IAM names are unique without case, and whatever their path is.
        Claim::Policy => {
            let policy = spec
                .policy
                .as_ref()
                .filter(|policy| !policy.management.is_existing())?;
            Some((
                account(),
                policy.name.as_str().to_lowercase(),
                places.policy.as_ref()?,
            ))
        }
        Claim::Role => {
            let role = spec
                .role
                .as_ref()
                .filter(|role| !role.management.is_existing())?;
            Some((
                account(),
                role.name.as_str().to_lowercase(),
                places.role.as_ref()?,
            ))
        }
        Claim::Repository if spec.repository.management.is_existing() => None,
        Claim::Repository => Some((
            domain_of(spec),
            spec.repository.name.to_string(),
            &places.repository,
        )),
    }
}

/// Reports each environment whose claim another one made before.
fn claims(all: &[Parsed], claim: Claim, found: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<(String, String), (&Parsed, &Place)> = BTreeMap::new();
    for one in all {
        let Some((scope, name, place)) = claimed(one, claim) else {
            continue;
        };
        if let Some((first, first_place)) = seen.get(&(scope.clone(), name.clone())) {
            let title = title(claim, first, one, &name);
            found.push(conflict(
                title,
                place,
                "again here",
                first_place,
                "first here",
                way_out(claim),
            ));
        } else {
            seen.insert((scope, name), (one, place));
        }
    }
}

fn title(claim: Claim, first: &Parsed, second: &Parsed, name: &str) -> String {
    let both = format!("`{}` and `{}` both", first.spec.name, second.spec.name);
    match claim {
        Claim::Name => format!("two environments are called `{name}`"),
        Claim::Bucket => format!("{both} claim the bucket `{name}`"),
        Claim::Policy => format!("{both} claim the policy `{name}`"),
        Claim::Role => format!("{both} claim the role `{name}`"),
        Claim::Repository => format!("{both} register the repository `{name}`"),
    }
}

fn way_out(claim: Claim) -> &'static str {
    match claim {
        Claim::Name => "an environment's name marks what it owns: give each its own",
        Claim::Bucket | Claim::Policy | Claim::Role | Claim::Repository => {
            "give each its own, or let all but one say `existing: true`"
        }
    }
}

/// Returns what tells domains apart: where the name is known it is the domain, else its endpoint.
fn domain_of(spec: &Spec) -> String {
    match &spec.domain {
        DomainSpec {
            name: Some(name), ..
        } => format!("{}/{}/{name}", spec.account, spec.region),
        DomainSpec {
            endpoint: Some(endpoint),
            ..
        } => endpoint.to_string(),
        DomainSpec {
            name: None,
            endpoint: None,
            ..
        } => String::new(),
    }
}

/// An environment whose domain writes into a bucket.
struct Writer<'a> {
    parsed: &'a Parsed,
    bucket: &'a BucketName,
    base_path: Option<&'a BasePath>,
}

/// Reports pairs of repositories that would write over each other.
fn writers(all: &[Parsed], found: &mut Vec<Diagnostic>) {
    let mut by_bucket: BTreeMap<(Partition, &BucketName), Vec<Writer<'_>>> = BTreeMap::new();
    for writer in all.iter().filter_map(writer) {
        let partition = writer.parsed.spec.region.partition();
        let others = by_bucket.entry((partition, writer.bucket)).or_default();
        if let Some(other) = others.iter().find(|other| overlap(other, &writer)) {
            found.push(two_writers(other, &writer));
        }
        others.push(writer);
    }
}

fn writer(parsed: &Parsed) -> Option<Writer<'_>> {
    let repository = &parsed.spec.repository;
    // Where an existing repository writes is not known unless the spec says it.
    let unknown = repository.management.is_existing() && repository.base_path.is_none();
    let writes = !repository.readonly && !unknown;
    let bucket = &parsed.spec.bucket.as_ref()?.name;
    writes.then_some(Writer {
        parsed,
        bucket,
        base_path: repository.base_path.as_ref(),
    })
}

fn overlap(one: &Writer<'_>, other: &Writer<'_>) -> bool {
    let (a, b) = (&one.parsed.spec, &other.parsed.spec);
    // One repository in two specs is one writer.
    if domain_of(a) == domain_of(b) && a.repository.name == b.repository.name {
        return false;
    }
    match (one.base_path, other.base_path) {
        (Some(a), Some(b)) => a.overlaps(b),
        // Without a base path the whole bucket is the repository.
        _ => true,
    }
}

fn two_writers(first: &Writer<'_>, second: &Writer<'_>) -> Diagnostic {
    let place = |writer: &Writer<'_>| {
        let places = &writer.parsed.places;
        places
            .base_path
            .clone()
            .unwrap_or_else(|| places.repository.clone())
    };
    let inside = |writer: &Writer<'_>| match writer.base_path {
        Some(path) => format!("{}/{path}", writer.bucket),
        None => format!("{}, the whole bucket", writer.bucket),
    };
    conflict(
        format!(
            "`{}` and `{}` both write into one place",
            first.parsed.spec.name, second.parsed.spec.name
        ),
        &place(second),
        &inside(second),
        &place(first),
        &inside(first),
        "two writers corrupt a repository: give each a `base_path` of its own outside the other's, or make all but one `readonly`",
    )
}

fn conflict(
    title: String,
    place: &Place,
    label: &str,
    first: &Place,
    first_label: &str,
    help: &str,
) -> Diagnostic {
    let with = |place: &Place, label: &str| Place {
        label: label.to_owned(),
        ..place.clone()
    };
    Diagnostic {
        severity: Severity::Error,
        title,
        place: with(place, label),
        related: vec![with(first, first_label)],
        help: Some(help.to_owned()),
        grant: None,
    }
}
