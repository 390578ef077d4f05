//! The domain and its registrations: software, health, endpoints, and who else writes to the base path.

use super::scene::Scene;
use super::{Code, Finding, Severity};
use crate::resources::ResourceId;
use crate::resources::actual::DomainSeen;
use crate::resources::observed::Observed;

pub(super) fn judge(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = [software(scene), endpoint(scene)]
        .into_iter()
        .flatten()
        .collect();
    found.extend(writers(scene));
    found
}

/// The finding of a cluster whose health is red.
#[must_use]
pub(crate) fn red(domain: &ResourceId) -> Finding {
    Finding::new(
        Code::DomainRed,
        Severity::Warning,
        domain,
        "the health of the cluster is red: a primary shard is missing, so snapshots of its index are partial or fail",
        "find the index with GET _cat/indices?health=red, and restore it or repair the node",
    )
}

/// The finding of a cluster whose health could not be read.
#[must_use]
pub(crate) fn health_not_read(domain: &ResourceId, words: &str) -> Finding {
    Finding::new(
        Code::NotRead,
        Severity::Note,
        domain,
        format!("could not be read, so it was not judged: the health of the cluster ({words})"),
        "allow the caller cluster:monitor/health in the domain",
    )
}

fn software(scene: &Scene<'_>) -> Option<Finding> {
    let DomainSeen::Reachable(Some(described)) = &scene.actual.domain else {
        return None;
    };
    let software = described.service_software.as_ref()?;
    (software.supports_trust_conditions() == Some(false)).then(|| {
        Finding::new(
            Code::OldSoftware,
            Severity::Warning,
            &scene.desired.domain_id(),
            format!(
                "the domain runs service software {software}, older than R20211203: a trust policy cannot limit the role to this domain by aws:SourceAccount and aws:SourceArn"
            ),
            "update the domain's service software",
        )
    })
}

/// The region that an endpoint of S3 is in; none for the global one, for those of VPC endpoints, and for others than S3's.
fn region_of(endpoint: &str) -> Option<&str> {
    let host = endpoint.split("://").last()?.split('/').next()?;
    let host = host.split(':').next()?;
    let bare = host
        .strip_suffix(".amazonaws.com")
        .or_else(|| host.strip_suffix(".amazonaws.com.cn"))?;
    let rest = bare
        .strip_prefix("s3.dualstack.")
        .or_else(|| bare.strip_prefix("s3-fips.dualstack."))
        .or_else(|| bare.strip_prefix("s3-fips."))
        .or_else(|| bare.strip_prefix("s3."))
        .or_else(|| bare.strip_prefix("s3-"))?;
    crate::names::Region::parse(rest).is_ok().then_some(rest)
}

fn endpoint(scene: &Scene<'_>) -> Option<Finding> {
    let bucket = &scene.bucket()?.want;
    let endpoint = scene.setting("endpoint")?;
    let region = region_of(endpoint).filter(|region| *region != bucket.region.as_str())?;
    Some(Finding::new(
        Code::CrossRegionEndpoint,
        Severity::Warning,
        &scene.desired.repository.want.id(),
        format!(
            "its endpoint {endpoint} is in {region}, and the bucket is in {}: S3 refuses requests that are signed for another region",
            bucket.region
        ),
        format!(
            "set `repository.endpoint` to s3.{}.amazonaws.com, or remove it",
            bucket.region
        ),
    ))
}

/// Other registrations on this domain that write to the same base path.
fn writers(scene: &Scene<'_>) -> Vec<Finding> {
    let Some(Observed::Present(live)) = &scene.actual.repository else {
        return Vec::new();
    };
    if scene.is_readonly() {
        return Vec::new();
    }
    let path = |path: Option<&String>| {
        let path = path.map(String::as_str).unwrap_or_default();
        path.trim_matches('/').to_owned()
    };
    let bucket = scene.setting("bucket");
    let own = path(scene.settings().get("base_path"));
    let same = live.others.iter().filter(|(_, other)| {
        other.kind == "s3"
            && bucket.is_some()
            && other.settings.get("bucket").map(String::as_str) == bucket
            && path(other.settings.get("base_path")) == own
            && other.settings.get("readonly").map(String::as_str) != Some("true")
    });
    same.map(|(name, _)| {
        Finding::new(
            Code::TwoWriters,
            Severity::Warning,
            &scene.desired.repository.want.id(),
            format!(
                "repository {name} of the same domain writes to the same base path: two writers on one path corrupt each other's snapshots"
            ),
            format!("remove the registration {name}, or register it with readonly: true"),
        )
    })
    .collect()
}
