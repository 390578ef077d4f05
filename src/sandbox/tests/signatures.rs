//! Signatures: what AWS refuses is refused, in each service's words.

use std::time::{Duration, SystemTime};

use super::{ACCOUNT, Lab, Sent, between, credentials};

const IAM_BODY: &str = "Action=ListRoles&Version=2010-05-08";
const STS_BODY: &str = "Action=GetCallerIdentity&Version=2011-06-15";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn iam<'a>() -> Sent<'a> {
    Sent {
        body: IAM_BODY,
        headers: vec![FORM],
        ..Sent::new("iam", "POST", "/")
    }
}

fn code(answer: &(u16, String)) -> (u16, String) {
    (answer.0, between(&answer.1, "<Code>", "</Code>").to_owned())
}

fn is(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn an_unknown_key_is_refused_in_each_services_words() {
    let lab = Lab::new().await;
    let host = lab.add_domain(serde_json::json!({})).await;
    let stranger = || ("AKIAIOSFODNN7EXAMPLE".to_owned(), credentials(ACCOUNT).1);
    let s3 = lab
        .send(Sent {
            key: stranger(),
            ..Sent::new("s3", "GET", "/")
        })
        .await;
    assert_eq!(code(&s3), is(403, "InvalidAccessKeyId"));
    let iam = lab
        .send(Sent {
            key: stranger(),
            ..iam()
        })
        .await;
    assert_eq!(code(&iam), is(403, "InvalidClientTokenId"));
    let domain = lab
        .send(Sent {
            key: stranger(),
            host: &host,
            ..Sent::new("es", "GET", "/")
        })
        .await;
    let text = "{\"message\":\"The security token included in the request is invalid.\"}";
    assert_eq!(domain, (403, text.to_owned()));
}

#[tokio::test]
async fn a_wrong_secret_never_matches() {
    let lab = Lab::new().await;
    let wrong = || {
        (
            credentials(ACCOUNT).0,
            "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00".to_owned(),
        )
    };
    for sent in [
        Sent::new("s3", "GET", "/"),
        iam(),
        Sent {
            body: STS_BODY,
            headers: vec![FORM],
            ..Sent::new("sts", "POST", "/")
        },
    ] {
        let answer = lab
            .send(Sent {
                key: wrong(),
                ..sent
            })
            .await;
        assert_eq!(code(&answer), is(403, "SignatureDoesNotMatch"));
    }
}

#[tokio::test]
async fn an_unsigned_request_is_refused_in_each_services_words() {
    let lab = Lab::new().await;
    let host = lab.add_domain(serde_json::json!({})).await;
    let s3 = lab.plain("GET", "/", &[], "").await;
    assert_eq!(code(&s3), is(403, "AccessDenied"));
    let iam = lab
        .plain("POST", "/", &[(FORM.0.into(), FORM.1.into())], IAM_BODY)
        .await;
    assert_eq!(code(&iam), is(403, "MissingAuthenticationToken"));
    let domain = lab
        .plain("GET", "/_snapshot", &[("host".into(), host)], "")
        .await;
    let text = "{\"Message\":\"User: anonymous is not authorized to perform: es:ESHttpGet because no resource-based policy \
                allows the es:ESHttpGet action\"}";
    assert_eq!(domain, (403, text.to_owned()));
}

#[tokio::test]
async fn an_altered_body_is_noticed() {
    let lab = Lab::new().await;
    let host = lab.add_domain(serde_json::json!({})).await;
    let s3 = lab
        .send(Sent {
            body: "one",
            altered: Some("two"),
            ..Sent::new("s3", "PUT", "/bucket/key")
        })
        .await;
    assert_eq!(code(&s3), is(400, "XAmzContentSHA256Mismatch"));
    let iam = lab
        .send(Sent {
            altered: Some("Action=ListPolicies&Version=2010-05-08"),
            ..iam()
        })
        .await;
    assert_eq!(code(&iam), is(403, "SignatureDoesNotMatch"));
    let domain = Sent {
        host: &host,
        body: "{}",
        altered: Some("{ }"),
        ..Sent::new("es", "PUT", "/_snapshot/r")
    };
    assert_eq!(lab.send(domain).await.0, 403);
}

#[tokio::test]
async fn a_clock_may_be_off_by_15_minutes_for_s3_and_5_for_the_others() {
    let lab = Lab::new().await;
    let minutes = |n: u64| SystemTime::now() - Duration::from_secs(n * 60);
    assert_eq!(
        lab.send(Sent {
            at: minutes(14),
            ..Sent::new("s3", "GET", "/")
        })
        .await
        .0,
        200
    );
    let s3 = lab
        .send(Sent {
            at: minutes(16),
            ..Sent::new("s3", "GET", "/")
        })
        .await;
    assert_eq!(code(&s3), is(403, "RequestTimeTooSkewed"));
    assert_eq!(
        lab.send(Sent {
            at: minutes(4),
            ..iam()
        })
        .await
        .0,
        200
    );
    let iam = lab
        .send(Sent {
            at: minutes(6),
            ..iam()
        })
        .await;
    assert_eq!(code(&iam), is(403, "SignatureDoesNotMatch"));
    assert_eq!(between(&iam.1, "<Message>", ":"), "Signature expired");
    let early = lab
        .send(Sent {
            at: SystemTime::now() + Duration::from_secs(360),
            ..self::iam()
        })
        .await;
    assert_eq!(
        between(&early.1, "<Message>", ":"),
        "Signature not yet current"
    );
}

#[tokio::test]
async fn a_signature_for_another_service_is_refused() {
    let lab = Lab::new().await;
    let host = lab.add_domain(serde_json::json!({})).await;
    let s3 = lab.send(Sent::new("iam", "GET", "/bucket")).await;
    assert_eq!(code(&s3), is(400, "AuthorizationHeaderMalformed"));
    let iam = lab
        .send(Sent {
            service: "sts",
            ..iam()
        })
        .await;
    let text = "Credential should be scoped to correct service: 'iam'. ";
    assert_eq!(between(&iam.1, "<Message>", "</Message>"), text);
    let domain = lab
        .send(Sent {
            host: &host,
            ..Sent::new("opensearch", "GET", "/")
        })
        .await;
    let text = "{\"message\":\"Credential should be scoped to correct service: 'es'. \"}";
    assert_eq!(domain, (403, text.to_owned()));
    let region = lab
        .send(Sent {
            host: &host,
            region: "eu-west-1",
            ..Sent::new("es", "GET", "/")
        })
        .await;
    assert_eq!(
        region,
        (
            403,
            "{\"message\":\"Credential should be scoped to a valid region. \"}".to_owned()
        )
    );
}

#[tokio::test]
async fn s3_demands_the_content_hash_and_that_amz_headers_are_signed() {
    let lab = Lab::new().await;
    let now = super::super::clock::compact(super::super::clock::now(0));
    let day = now.get(..8).expect("a day");
    let scope = format!(
        "{}/{day}/{}/s3/aws4_request",
        credentials(ACCOUNT).0,
        super::REGION
    );
    let ask = async |signed: &str, more: Option<(&str, &str)>| {
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={signed}, Signature=00");
        let mut headers = vec![
            ("authorization".to_owned(), authorization),
            ("x-amz-date".to_owned(), now.clone()),
        ];
        headers.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let answer = lab.plain("GET", "/", &headers, "").await;
        (
            code(&answer),
            between(&answer.1, "<HeadersNotSigned>", "</").to_owned(),
        )
    };
    let none = String::new();
    assert_eq!(
        ask("host;x-amz-date", None).await,
        (is(400, "InvalidRequest"), none.clone())
    );
    assert_eq!(
        ask("x-amz-date", None).await,
        (is(400, "AuthorizationHeaderMalformed"), none)
    );
    let owner = ask(
        "host;x-amz-date",
        Some(("x-amz-expected-bucket-owner", ACCOUNT)),
    )
    .await;
    assert_eq!(
        owner,
        (
            is(403, "AccessDenied"),
            "x-amz-expected-bucket-owner".to_owned()
        )
    );
}

#[tokio::test]
async fn odd_paths_and_queries_are_canonicalised_as_the_signer_does() {
    let lab = Lab::new().await;
    let host = lab.add_domain(serde_json::json!({})).await;
    for path in [
        "/_snapshot/a,b",
        "/_snapshot/a%2Cb",
        "/_snapshot/my%20repo?x=a%2Fb&b&a=%C3%BC",
        "/_snapshot//r/",
    ] {
        let (status, text) = lab
            .send(Sent {
                host: &host,
                ..Sent::new("es", "GET", path)
            })
            .await;
        assert_eq!(
            (status, between(&text, "\"type\":\"", "\"")),
            (404, "repository_missing_exception"),
            "{path}"
        );
    }
    lab.create_bucket("odd-keys").await;
    for key in ["a%20b", "a%2Bb", "a%25b", "%C3%BC/x", "a//b", "a~b_c.d"] {
        let path = format!("/odd-keys/{key}");
        assert_eq!(
            lab.send(Sent {
                body: "x",
                ..Sent::new("s3", "PUT", &path)
            })
            .await
            .0,
            200,
            "{key}"
        );
    }
}
