//! Request ids: none comes twice, as on AWS.

use std::collections::BTreeSet;

use serde_json::json;

use super::{BUCKET, Lab, Sent, between, registration, trust};

#[tokio::test]
async fn every_request_of_an_engine_to_s3_has_ids_of_its_own() {
    let mut seen = BTreeSet::new();
    for _ in 0..2 {
        let lab = Lab::new().await;
        let host = lab.add_domain(json!({})).await;
        let open = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "s3:*", "Resource": "*"}});
        lab.create_role(&trust(), &open).await;
        for _ in 0..3 {
            let (status, answer) = lab.ask(&host, "PUT", "/_snapshot/r", registration()).await;
            assert_eq!(status, 500);
            let text = answer["error"]["caused_by"]["caused_by"]["reason"]
                .as_str()
                .expect("a reason")
                .to_owned();
            let id = between(&text, "Request ID: ", ",").to_owned();
            let extended = between(&text, "Extended Request ID: ", ")").to_owned();
            assert_eq!((id.len(), extended.len()), (16, 76), "{text}");
            seen.insert((id, extended));
        }
    }
    assert_eq!(seen.len(), 6);
}

#[tokio::test]
async fn every_answer_of_s3_has_ids_of_its_own() {
    let lab = Lab::new().await;
    let path = format!("/{BUCKET}");
    let mut seen = BTreeSet::new();
    for _ in 0..3 {
        let (_, text) = lab
            .send(Sent::new("s3", "GET", &format!("{path}?policy")))
            .await;
        seen.insert(between(&text, "<RequestId>", "</RequestId>").to_owned());
    }
    let lengths: Vec<usize> = seen.iter().map(String::len).collect();
    assert_eq!(lengths, [16, 16, 16]);
}
