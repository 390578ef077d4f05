//! The message table against what engines and services wrote: captured here from OpenSearch 3.8.0, or quoted with the source.

mod captures;
mod denials;
mod engines;
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

fn every_row() -> impl Iterator<Item = &'static rows::Row> {
    rows::ROWS.iter().chain(engine::rows())
}

#[test]
fn one_number_of_the_tables_own_has_one_cause() {
    let mut causes = std::collections::BTreeMap::new();
    for row in every_row().filter(|row| row.number > 100) {
        let known = causes.entry(row.number).or_insert(row.cause);
        assert_eq!(*known, row.cause, "{}", row.number);
    }
}

#[test]
fn a_document_that_iam_does_not_take_is_not_called_a_bucket_policy() {
    let words = "MalformedPolicyDocument: Syntax errors in policy.";
    let known = diagnose(&service(400, "MalformedPolicyDocument", words), &context()).unwrap();
    assert_eq!((known.row, known.layer), (121, Layer::Iam));
    let words = "MalformedPolicy: Policy has invalid resource";
    let known = diagnose(&service(400, "MalformedPolicy", words), &context()).unwrap();
    assert_eq!((known.row, known.layer), (118, Layer::Bucket));
}

#[test]
fn a_secret_across_the_place_where_a_page_is_cut_is_masked_whole() {
    let secret = "CutCanary/0123456789abcdefghijklmnop";
    crate::outlet::secret::keep(secret);
    for page in ["", "<html>"] {
        for before in 460..520 {
            let body = format!("{page}{}{secret} and more", "x".repeat(before));
            let refusal = domain(502, &body);
            assert!(!refusal.chain[0].contains("CutC"), "{refusal:?}");
        }
    }
    let escaped = format!(
        "<p>{}CutCanary&#x2f;0123456789abcdefghijklmnop",
        "x".repeat(490)
    );
    assert!(!domain(502, &escaped).chain[0].contains("CutC"));
}
