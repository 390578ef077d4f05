//! What DescribeDomain says, read from the service's own JSON through the SDK.

use std::sync::Arc;

use aws_sdk_opensearch::config::{BehaviorVersion, Region};

use super::remote;
use crate::aws::reads::OpenSearch;
use crate::domain::described::DomainState;
use crate::domain::tests::{Listener, answer, described, json, provider};
use crate::domain::{Described, Limits, ServiceSoftware};
use crate::failure::Class;
use crate::names::DomainName;

fn sdk(listener: &Listener) -> OpenSearch {
    let config = aws_sdk_opensearch::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-west-2"))
        .credentials_provider(provider())
        .retry_config(aws_sdk_opensearch::config::retry::RetryConfig::disabled())
        .endpoint_url(listener.url());
    OpenSearch::new(config, &Limits::default(), &Default::default())
}

fn name() -> DomainName {
    DomainName::parse("logs").unwrap()
}

/// The shape of the service's answer; <https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DomainStatus.html>
const VPC_DOMAIN: &str = r#"{"DomainStatus":{"DomainId":"123456789012/logs","DomainName":"logs",
 "ARN":"arn:aws:es:us-west-2:123456789012:domain/logs","Created":true,"Deleted":false,"Processing":true,"UpgradeProcessing":false,
 "Endpoints":{"vpcv2":"vpc-logs-abc.aos.us-west-2.on.aws","vpc":"vpc-logs-abc.us-west-2.es.amazonaws.com"},
 "EndpointV2":"vpc-logs-abc.aos.us-west-2.on.aws","EngineVersion":"OpenSearch_2.11","ClusterConfig":{"WarmEnabled":true,"ColdStorageOptions":{"Enabled":true}},
 "VPCOptions":{"VPCId":"vpc-0a","SubnetIds":["subnet-0a"]},
 "DomainEndpointOptions":{"EnforceHTTPS":true,"CustomEndpointEnabled":true,"CustomEndpoint":"Logs.Example.com"},
 "ServiceSoftwareOptions":{"CurrentVersion":"OpenSearch_2_11_R20240502-P2","NewVersion":"","UpdateAvailable":false},
 "AdvancedSecurityOptions":{"Enabled":true,"InternalUserDatabaseEnabled":false}}}"#;

#[tokio::test]
async fn a_vpc_domain_is_read_with_all_its_endpoints_in_order() {
    let listener = Listener::start(vec![json("200 OK", VPC_DOMAIN)]).await;
    let expected = Described {
        endpoints: [
            "vpc-logs-abc.us-west-2.es.amazonaws.com",
            "vpc-logs-abc.aos.us-west-2.on.aws",
            "logs.example.com",
        ]
        .map(str::to_owned)
        .to_vec(),
        state: DomainState {
            created: true,
            deleted: false,
            processing: true,
            upgrading: false,
        },
        service_software: Some(ServiceSoftware {
            version: "OpenSearch_2_11_R20240502-P2".to_owned(),
            date: Some(20240502),
        }),
        cold_storage: true,
        ..described(&[])
    };
    assert_eq!(
        remote::describe(&sdk(&listener), &name()).await.unwrap(),
        Some(expected)
    );
}

#[tokio::test]
async fn only_the_services_own_word_means_absent() {
    let headers =
        "content-type: application/json\r\nx-amzn-errortype: ResourceNotFoundException\r\n";
    let absent = Listener::start(vec![answer(
        "409 Conflict",
        headers,
        r#"{"message":"Domain not found: logs"}"#,
    )])
    .await;
    assert_eq!(
        remote::describe(&sdk(&absent), &name()).await.unwrap(),
        None
    );

    let page = Listener::start(vec![answer(
        "404 Not Found",
        "content-type: text/html\r\n",
        "<h1>404</h1>",
    )])
    .await;
    assert_eq!(
        remote::describe(&sdk(&page), &name())
            .await
            .unwrap_err()
            .class,
        Class::Failed
    );
}

#[tokio::test]
async fn a_denied_read_keeps_the_services_words_and_request_id() {
    let message = "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: es:DescribeDomain on resource: arn:aws:es:us-west-2:123456789012:domain/logs because no identity-based policy allows the es:DescribeDomain action";
    let headers = "x-amzn-errortype: AccessDeniedException\r\nx-amzn-requestid: 42-ab\r\n";
    let listener = Listener::start(vec![answer(
        "403 Forbidden",
        headers,
        &format!(r#"{{"Message":"{message}"}}"#),
    )])
    .await;
    let error = remote::describe(&sdk(&listener), &name())
        .await
        .unwrap_err();
    assert_eq!((error.class, error.status), (Class::Denied, Some(403)));
    assert_eq!(error.code.as_deref(), Some("AccessDeniedException"));
    assert_eq!(error.request_id.as_deref(), Some("42-ab"));
    assert_eq!(
        error.to_string(),
        format!("opensearch DescribeDomain: {message}")
    );
}

#[tokio::test]
async fn no_connection_is_a_network_failure() {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = Listener {
        address: socket.local_addr().unwrap(),
        received: Arc::default(),
    };
    drop(socket);
    let error = remote::describe(&sdk(&gone), &name()).await.unwrap_err();
    assert_eq!(error.class, Class::Unreachable, "{error:?}");
}

#[test]
fn service_software_tells_its_release_date_in_both_formats() {
    let read = |text: &str| ServiceSoftware::parse(text).date;
    assert_eq!(read("R20211203"), Some(20211203));
    assert_eq!(read("R20211203-P2"), Some(20211203));
    assert_eq!(read("Elasticsearch_7_10_R20230928-P1"), Some(20230928));
    assert_eq!(read("OpenSearch_2_11_R20240502-P2"), Some(20240502));
    for none in ["", "20211203", "R2021", "R202112030", "Rabcdefgh"] {
        assert_eq!(read(none), None, "{none}");
    }
}

#[test]
fn trust_conditions_need_the_release_that_brought_them() {
    let supports = |text: &str| ServiceSoftware::parse(text).supports_trust_conditions();
    assert_eq!(supports("R20211202"), Some(false));
    assert_eq!(supports("R20211203"), Some(true));
    assert_eq!(supports("OpenSearch_2_11_R20240502-P2"), Some(true));
    assert_eq!(supports("unknown"), None);
}
