//! The description of a domain, as DescribeDomain gives it.

use super::engine::Engine;
use std::fmt;

/// Holds what DescribeDomain says about a domain.
/// <https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DomainStatus.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// The domain's ARN.
    pub arn: String,
    /// The engine, where its version is understood.
    pub engine: Option<Engine>,
    /// Host names in order of preference: `Endpoint`, `Endpoints.vpc`, the other `Endpoints` by key, `EndpointV2`, the custom endpoint.
    pub endpoints: Vec<String>,
    /// What the domain is busy with.
    pub state: DomainState,
    /// The service software, absent where AWS says none.
    pub service_software: Option<ServiceSoftware>,
    /// Whether indices can be in cold storage, detached from the domain, where no request to it shows them.
    /// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/cold-storage.html>
    pub cold_storage: bool,
}

/// Says what a domain is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct DomainState {
    /// The domain exists completely; false while it is being created.
    pub created: bool,
    /// The domain is being deleted.
    pub deleted: bool,
    /// A configuration change is in progress.
    pub processing: bool,
    /// An engine or software upgrade is in progress.
    pub upgrading: bool,
}

impl DomainState {
    /// What the service does to the domain right now, if anything.
    #[must_use]
    pub fn busy_with(self) -> Option<&'static str> {
        match self {
            Self {
                upgrading: true, ..
            } => Some("an upgrade"),
            Self {
                processing: true, ..
            } => Some("a configuration change"),
            _ => None,
        }
    }
}

/// Names a release of the service software, such as `R20211203-P2` or `OpenSearch_2_11_R20240502-P2`.
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/service-software.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceSoftware {
    /// The release in the service's own words.
    pub version: String,
    /// The release date as `YYYYMMDD`, where the version carries one.
    pub date: Option<u32>,
}

impl ServiceSoftware {
    /// The first release in which `aws:SourceAccount` and `aws:SourceArn` work in the trust policy.
    /// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshots.html>
    pub const TRUST_CONDITIONS: u32 = 20_211_203;

    /// Reads a release name; one without a date keeps its text.
    pub fn parse(version: &str) -> Self {
        let date = version.split(['_', '-', ' ']).find_map(release_date);
        Self {
            version: version.to_owned(),
            date,
        }
    }

    /// Says whether conditions on the source work in a trust policy; unknown where the release carries no date.
    pub fn supports_trust_conditions(&self) -> Option<bool> {
        self.date.map(|date| date >= Self::TRUST_CONDITIONS)
    }
}

impl fmt::Display for ServiceSoftware {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.version)
    }
}

fn release_date(part: &str) -> Option<u32> {
    let digits = part.strip_prefix('R')?;
    let plausible = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
    plausible.then(|| digits.parse().ok()).flatten()
}
