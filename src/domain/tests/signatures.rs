//! Signatures against those that botocore 1.44.5 makes of the same requests.

use super::*;
use crate::domain::auth::{ToSign, signature};
use crate::domain::message::Message;
use std::time::SystemTime;

fn signed(request: &Request) -> String {
    let spec = spec(Some("logs"), None, Auth::Sigv4);
    let target = endpoint::choose(&spec, Some(&described(&[AMAZON])), &trust(&[])).unwrap();
    let message = Message::new(request, &target, &Material::Sigv4).unwrap();
    // 2026-01-02T03:04:05Z
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045);
    let credentials = Credentials::new(
        "AKIDEXAMPLE",
        "wJalrXUtnFEMI",
        Some("the-token".to_owned()),
        None,
        "test",
    );
    let to_sign = ToSign {
        message: &message,
        region: "us-west-2",
        time,
    };
    let headers = signature(&to_sign, credentials).unwrap();
    let (_, authorization) = headers
        .iter()
        .find(|(name, _)| name == "authorization")
        .unwrap();
    authorization.split("Signature=").nth(1).unwrap().to_owned()
}

#[test]
fn a_path_and_a_query_with_everything_in_them() {
    let request = Request::get(["_snapshot", "a/b c", "ä*~"])
        .with_query("verbose", "false")
        .with_query("a", "x y+z");
    assert_eq!(
        signed(&request),
        "d93548087580ce70a3b8332651d3731e7a8e7be0d0cd88e5c630502cf864e029"
    );
}

#[test]
fn a_registration_with_its_body() {
    let body = serde_json::json!({"type": "s3"});
    let request = Request::write(Method::Put, ["_snapshot", "logs"], Some(body));
    assert_eq!(
        signed(&request),
        "4fdd9b22fc17295e82346522f2d4ffbf33f3b023c58c2db0b7984b9125700807"
    );
}
