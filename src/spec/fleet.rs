//! What several environments of one run must not share; it compares names only, and reports the later of two.

use std::collections::BTreeMap;

use super::diagnostic::{Diagnostic, Place, Severity};
use super::parse::Parsed;
use super::{DomainSpec, Spec};
use crate::names::{BasePath, BucketName};

/// Compares every environment with those before it.
pub(super) fn check(all: &[Parsed]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    claims(all, &mut found, "are both called", "name", |one| {
        Some((one.spec.name.to_string(), &one.places.name))
    });
    claims(
        all,
        &mut found,
        "both claim the bucket",
        "existing",
        |one| {
            let bucket = one
                .spec
                .bucket
                .as_ref()
                .filter(|bucket| !bucket.management.is_existing())?;
            Some((bucket.name.to_string(), one.places.bucket.as_ref()?))
        },
    );
    // IAM names are unique without case and whatever their path is.
    claims(
        all,
        &mut found,
        "both claim the policy",
        "existing",
        |one| {
            let policy = one
                .spec
                .policy
                .as_ref()
                .filter(|policy| !policy.management.is_existing())?;
            Some((
                format!(
                    "{} {}",
                    one.spec.account,
                    policy.name.as_str().to_lowercase()
                ),
                one.places.policy.as_ref()?,
            ))
        },
    );
    claims(all, &mut found, "both claim the role", "existing", |one| {
        let role = one
            .spec
            .role
            .as_ref()
            .filter(|role| !role.management.is_existing())?;
        Some((
            format!("{} {}", one.spec.account, role.name.as_str().to_lowercase()),
            one.places.role.as_ref()?,
        ))
    });
    claims(
        all,
        &mut found,
        "both register the repository",
        "existing",
        |one| {
            let repository = Some(&one.spec.repository)
                .filter(|repository| !repository.management.is_existing())?;
            Some((
                format!("{} {}", domain_of(&one.spec), repository.name),
                &one.places.repository,
            ))
        },
    );
    writers(all, &mut found);
    found
}

/// Reports each environment whose claim another one made before.
fn claims<'a>(
    all: &'a [Parsed],
    found: &mut Vec<Diagnostic>,
    what: &str,
    way_out: &str,
    claim: impl Fn(&'a Parsed) -> Option<(String, &'a Place)>,
) {
    let mut seen: BTreeMap<String, (&Parsed, &Place)> = BTreeMap::new();
    for one in all {
        let Some((key, place)) = claim(one) else {
            continue;
        };
        let name = key.rsplit(' ').next().unwrap_or_default().to_owned();
        let Some((first, first_place)) = seen.get(&key) else {
            seen.insert(key, (one, place));
            continue;
        };
        let (title, help) = if way_out == "name" {
            (
                format!("two environments are called `{name}`"),
                "an environment's name marks what it owns: give each its own",
            )
        } else {
            let names = format!("`{}` and `{}`", first.spec.name, one.spec.name);
            (
                format!("{names} {what} `{name}`"),
                "give each its own, or let all but one say `existing: true`",
            )
        };
        found.push(conflict(
            title,
            place,
            "again here",
            first_place,
            "first here",
            help,
        ));
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
    let mut by_bucket: BTreeMap<&BucketName, Vec<Writer<'_>>> = BTreeMap::new();
    for writer in all.iter().filter_map(writer) {
        let others = by_bucket.entry(writer.bucket).or_default();
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
    }
}
