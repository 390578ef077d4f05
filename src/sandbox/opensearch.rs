//! The control plane of search domains: DescribeDomain only; a self-managed cluster is never known here.

use serde_json::{Value, json};

use super::authorize;
use super::iam;
use super::identifiers::{self, partition};
use super::message::{Answer, Request};
use super::sigv4::{self, Caller, Refusal};
use super::state::{Domain, DomainState, State};

const PREFIX: &str = "/2021-01-01/opensearch/domain/";

/// Returns the operation's name and whether it writes.
pub(super) fn operation(request: &Request) -> (String, bool) {
    match domain_name(request) {
        Some(_) => ("DescribeDomain".to_owned(), false),
        None => (
            format!("{} {}", request.method, request.raw_path),
            request.method != "GET",
        ),
    }
}

fn domain_name(request: &Request) -> Option<String> {
    let path = request.path();
    let name = path
        .strip_prefix(PREFIX)
        .filter(|name| !name.is_empty() && !name.contains('/'))?;
    (request.method == "GET").then(|| name.to_owned())
}

/// Carries a request out.
pub(super) fn answer(state: &mut State, request: &Request) -> Answer {
    let caller = match sigv4::verify(request, state, "es") {
        Ok(caller) => caller,
        Err(refusal) => return refused(refusal),
    };
    let Some(name) = domain_name(request) else {
        return error(
            404,
            "UnknownOperationException",
            "The requested operation is not known",
        );
    };
    let arn = format!(
        "arn:{}:es:{}:{}:domain/{name}",
        partition(&caller.region),
        caller.region,
        caller.account
    );
    let context = authorize::Context::of(&caller);
    if let Err(message) = authorize::decide(&caller, "es:DescribeDomain", &arn, &context, None) {
        return error(403, "AccessDeniedException", &message);
    }
    match state
        .domain(&caller.account, &caller.region, &name)
        .filter(|domain| !domain.self_managed)
    {
        Some(domain) => Answer::json(
            200,
            &json!({ "DomainStatus": describe(domain, &caller, &arn) }),
        ),
        None => error(
            409,
            "ResourceNotFoundException",
            &format!("Domain not found: {name}"),
        ),
    }
}

fn describe(domain: &Domain, caller: &Caller, arn: &str) -> Value {
    let created = domain.state != DomainState::Creating;
    let mut status = json!({
        "ARN": arn,
        "DomainId": format!("{}/{}", caller.account, domain.name),
        "DomainName": domain.name,
        "Created": created,
        "Deleted": domain.state == DomainState::Deleted,
        "Processing": matches!(domain.state, DomainState::Processing | DomainState::Creating | DomainState::Deleted),
        "UpgradeProcessing": domain.state == DomainState::UpgradeProcessing,
        "EngineVersion": domain.engine_version,
        "ClusterConfig": {
            "InstanceType": "r6g.large.search",
            "InstanceCount": 1,
            "DedicatedMasterEnabled": false,
            "ZoneAwarenessEnabled": false,
            "WarmEnabled": domain.cold_storage,
            "ColdStorageOptions": {"Enabled": domain.cold_storage},
        },
        "EBSOptions": {"EBSEnabled": true, "VolumeType": "gp3", "VolumeSize": 10},
        "AccessPolicies": domain.access_policy.clone().unwrap_or_default(),
        "SnapshotOptions": {"AutomatedSnapshotStartHour": 0},
        "EncryptionAtRestOptions": {"Enabled": true},
        "NodeToNodeEncryptionOptions": {"Enabled": true},
        "DomainEndpointOptions": {"EnforceHTTPS": true, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-2019-07", "CustomEndpointEnabled": false},
        "ServiceSoftwareOptions": {
            "CurrentVersion": domain.service_software,
            "NewVersion": "",
            "UpdateAvailable": false,
            "Cancellable": false,
            "UpdateStatus": "COMPLETED",
            "Description": "There is no software update available for this domain.",
            "AutomatedUpdateDate": 0,
            "OptionalDeployment": true,
        },
        "AdvancedSecurityOptions": {
            "Enabled": domain.fine_grained_access,
            "InternalUserDatabaseEnabled": matches!(domain.auth, super::state::Auth::Basic { .. }),
        },
    });
    if created {
        endpoints(domain, &mut status);
    }
    status
}

fn endpoints(domain: &Domain, status: &mut Value) {
    let Value::Object(fields) = status else {
        return;
    };
    if domain.vpc {
        fields.insert("Endpoints".to_owned(), json!({ "vpc": domain.endpoint }));
    } else {
        fields.insert("Endpoint".to_owned(), json!(domain.endpoint));
        fields.insert("EndpointV2".to_owned(), json!(endpoint_v2(domain)));
    }
    if let Some(custom) = &domain.custom_endpoint {
        fields.insert(
            "DomainEndpointOptions".to_owned(),
            json!({
                "EnforceHTTPS": true,
                "TLSSecurityPolicy": "Policy-Min-TLS-1-2-2019-07",
                "CustomEndpointEnabled": true,
                "CustomEndpoint": custom,
            }),
        );
    }
}

/// Returns the endpoint that Amazon makes up for a domain.
pub(super) fn endpoint(account: &str, region: &str, name: &str, vpc: bool) -> String {
    let suffix = if partition(region) == "aws-cn" {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    let kind = if vpc { "vpc" } else { "search" };
    format!(
        "{kind}-{name}-{}.{region}.es.{suffix}",
        unique(account, region, name)
    )
}

/// Returns the dual-stack endpoint.
pub(super) fn endpoint_v2(domain: &Domain) -> String {
    format!(
        "search-{}-{}.aos.{}.on.aws",
        domain.name,
        unique(&domain.account, &domain.region, &domain.name),
        domain.region
    )
}

fn unique(account: &str, region: &str, name: &str) -> String {
    identifiers::letters(&format!("domain {account} {region} {name}"), 26).to_ascii_lowercase()
}

fn refused(refusal: Refusal) -> Answer {
    let code = match &refusal {
        Refusal::Unsigned => "MissingAuthenticationTokenException",
        Refusal::UnknownKey(_) | Refusal::InvalidToken => "UnrecognizedClientException",
        Refusal::Malformed(_) => "IncompleteSignatureException",
        _ => "InvalidSignatureException",
    };
    let (status, _, message) = iam::refused(refusal);
    error(status, code, &message)
}

/// Builds an error answer.
pub(super) fn error(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, &json!({ "message": message })).with("x-amzn-errortype", code)
}
