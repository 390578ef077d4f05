//! The message table against what engines and services wrote: captured here from OpenSearch 3.8.0, or quoted with the source.

mod captures;
mod explaining;

use super::*;

fn domain(status: u16, body: &str) -> Refusal {
    Refusal::from_domain(
        "PUT /_snapshot/logs".to_owned(),
        status,
        None,
        body.as_bytes(),
    )
}

fn service(status: u16, code: &str, message: &str) -> Refusal {
    Refusal {
        origin: Origin::Service,
        operation: "s3 CreateBucket".to_owned(),
        status: Some(status),
        code: Some(code.to_owned()),
        chain: vec![message.to_owned()],
        request_id: None,
    }
}

fn context() -> Context {
    Context {
        role_arn: Some("arn:aws:iam::123456789012:role/es-s3-backup".to_owned()),
        domain_arn: Some("arn:aws:es:us-west-2:123456789012:domain/logs".to_owned()),
        endpoint: Some("https://search-logs-abc.us-west-2.es.amazonaws.com".to_owned()),
        engine: Engine::parse("OpenSearch_2.11").ok(),
        bucket: Some("elasticsearch-backup-indices".to_owned()),
        ..Context::default()
    }
}
