//! Reads DescribeDomain; it never changes anything.

use aws_sdk_opensearch::types::DomainStatus;

use crate::aws::CallError;
use crate::aws::reads::OpenSearch;
use crate::domain::described::DomainState;
use crate::domain::engine::Engine;
use crate::domain::{Described, ServiceSoftware};
use crate::failure::Class;
use crate::names::DomainName;

/// Asks AWS for the domain; `None` only where the service says that it does not exist.
pub(crate) async fn describe(
    client: &OpenSearch,
    name: &DomainName,
) -> Result<Option<Described>, CallError> {
    match client
        .describe_domain()
        .domain_name(name.as_str())
        .send()
        .await
    {
        Ok(answer) => {
            let status = answer.domain_status();
            match status.filter(|status| status.domain_name() == name.as_str()) {
                Some(status) => Ok(Some(described(status))),
                None => Err(CallError::unexpected(
                    "opensearch",
                    "DescribeDomain",
                    "the answer describes another domain",
                )),
            }
        }
        Err(error) => match CallError::from_sdk("opensearch", "DescribeDomain", error) {
            absent if absent.class == Class::Absent => Ok(None),
            other => Err(other),
        },
    }
}

/// Turns the service's answer into what the rest of the product reads.
pub(crate) fn described(status: &DomainStatus) -> Described {
    Described {
        arn: status.arn().to_owned(),
        engine: Engine::parse(status.engine_version().unwrap_or_default()).ok(),
        endpoints: endpoints(status),
        state: DomainState {
            created: status.created().unwrap_or(true),
            deleted: status.deleted().unwrap_or(false),
            processing: status.processing().unwrap_or(false),
            upgrading: status.upgrade_processing().unwrap_or(false),
        },
        service_software: status
            .service_software_options()
            .and_then(|options| options.current_version())
            .filter(|version| !version.is_empty())
            .map(ServiceSoftware::parse),
        cold_storage: status
            .cluster_config()
            .and_then(|cluster| cluster.cold_storage_options())
            .is_some_and(|cold| cold.enabled()),
    }
}

fn endpoints(status: &DomainStatus) -> Vec<String> {
    let mut by_key: Vec<(&str, &str)> = status
        .endpoints()
        .into_iter()
        .flatten()
        .map(|(key, host)| (key.as_str(), host.as_str()))
        .collect();
    by_key.sort_by_key(|(key, _)| (*key != "vpc", *key));
    let custom = status
        .domain_endpoint_options()
        .filter(|options| options.custom_endpoint_enabled() == Some(true))
        .and_then(|options| options.custom_endpoint());
    let mut hosts: Vec<String> = Vec::new();
    let all = status
        .endpoint()
        .into_iter()
        .chain(by_key.into_iter().map(|(_, host)| host));
    for host in all.chain(status.endpoint_v2()).chain(custom) {
        let host = host.to_ascii_lowercase();
        if !host.is_empty() && !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts
}
