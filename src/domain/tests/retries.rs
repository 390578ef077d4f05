//! What is sent again, and what never is.

use super::*;
use serde_json::json;

const OK: &str = "{}";

fn write() -> Request {
    Request::write(
        Method::Put,
        ["_snapshot", "logs"],
        Some(json!({"type": "s3"})),
    )
}

#[tokio::test]
async fn a_read_is_sent_again_when_the_domain_is_busy_or_the_connection_breaks() {
    let throttled = answer(
        "403 Forbidden",
        "",
        "403 Request throttled due to too many requests /_snapshot",
    );
    for busy in [
        json("429 Too Many Requests", OK),
        json("502 Bad Gateway", OK),
        json("503 Service Unavailable", OK),
        json("504 Gateway Timeout", OK),
        throttled,
        Act::Reset,
    ] {
        let listener = Listener::start(vec![busy.clone(), busy.clone(), json("200 OK", OK)]).await;
        let response = open(&listener).send(&Request::get(["_snapshot"])).await;
        assert!(response.is_ok(), "{busy:?}: {response:?}");
        assert_eq!(listener.count(), 3);
    }
}

#[tokio::test]
async fn a_read_is_sent_four_times_at_most() {
    let listener = Listener::start(vec![json("503 Service Unavailable", OK)]).await;
    assert_eq!(
        open(&listener)
            .send(&Request::get(["_snapshot"]))
            .await
            .unwrap_err()
            .status(),
        Some(503)
    );
    assert_eq!(listener.count(), 4);
}

#[tokio::test]
async fn what_is_refused_for_good_is_not_sent_again() {
    for status in [
        "400 Bad Request",
        "401 Unauthorized",
        "403 Forbidden",
        "404 Not Found",
        "409 Conflict",
        "500 Oops",
    ] {
        let listener = Listener::start(vec![json(status, OK)]).await;
        open(&listener)
            .send(&Request::get(["_snapshot"]))
            .await
            .unwrap_err();
        assert_eq!(listener.count(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_write_is_never_sent_again() {
    for act in [
        json("429 Too Many", OK),
        json("503 Unavailable", OK),
        json("504 Gateway Timeout", OK),
        Act::Reset,
        Act::Silence,
    ] {
        let listener = Listener::start(vec![act.clone(), json("200 OK", OK)]).await;
        let error = open(&listener).send(&write()).await.unwrap_err();
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(listener.count(), 1, "{act:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_write_on_a_connection_that_the_server_closed_in_between_is_not_lost() {
    let closing = Act::SendAndClose("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_owned());
    let listener = Listener::start(vec![closing, json("200 OK", OK)]).await;
    let client = open(&listener);
    client.send(&Request::get(["_snapshot"])).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    client.send(&write()).await.unwrap();
    assert_eq!(listener.count(), 2);
}

#[tokio::test]
async fn the_overall_limit_holds_across_attempts() {
    let listener = Listener::start(vec![Act::Silence]).await;
    let began = std::time::Instant::now();
    open(&listener)
        .send(&Request::get(["_snapshot"]))
        .await
        .unwrap_err();
    assert!(
        began.elapsed() < Duration::from_millis(1200),
        "{:?}",
        began.elapsed()
    );
    assert!((2..=4).contains(&listener.count()), "{}", listener.count());
}

#[tokio::test]
async fn a_wrong_clock_is_corrected_once_from_the_answer_and_said() {
    // The service's words as public captures show them, with other dates.
    let expired = r#"{"message":"Signature expired: 20200101T000000Z is now earlier than 20330101T000000Z (20330101T000500Z - 5 min.)"}"#;
    let skewed = answer(
        "403 Forbidden",
        "date: Sat, 01 Jan 2033 00:00:00 GMT\r\n",
        expired,
    );
    let listener =
        Listener::start(vec![skewed.clone(), json("200 OK", OK), json("200 OK", OK)]).await;
    let client = signing(amazon_at(&listener));
    let response = client.send(&write()).await.unwrap();
    assert!(
        matches!(response.notes.as_slice(), [Note::ClockCorrected { seconds }] if *seconds > 0),
        "{:?}",
        response.notes
    );
    assert_eq!(
        client
            .send(&Request::get(["_snapshot"]))
            .await
            .unwrap()
            .notes,
        []
    );
    let received = listener.received();
    assert_eq!(received.len(), 3);
    for corrected in &received[1..] {
        // Whole seconds: the corrected time may be one short.
        let date = header_of(corrected, "x-amz-date").unwrap();
        assert!(
            date.starts_with("20330101T0000") || date == "20321231T235959Z",
            "{date}"
        );
    }

    let stubborn = Listener::start(vec![skewed]).await;
    assert_eq!(
        signing(amazon_at(&stubborn))
            .send(&write())
            .await
            .unwrap_err()
            .status(),
        Some(403)
    );
    assert_eq!(stubborn.count(), 2);
}

#[tokio::test]
async fn a_token_that_expired_is_renewed_once() {
    let expired = answer(
        "403 Forbidden",
        "",
        r#"{"message":"The security token included in the request is expired"}"#,
    );
    let listener = Listener::start(vec![expired.clone(), json("200 OK", OK)]).await;
    let client = Client::new(
        amazon_at(&listener),
        Material::Sigv4,
        "us-west-2",
        Some(renewing()),
        limits(),
        None,
    )
    .unwrap();
    client.send(&write()).await.unwrap();
    let tokens: Vec<_> = listener
        .received()
        .iter()
        .map(|sent| header_of(sent, "x-amz-security-token").unwrap())
        .collect();
    assert_eq!(tokens, ["token-0", "token-1"]);

    let fixed = Listener::start(vec![expired]).await;
    signing(amazon_at(&fixed)).send(&write()).await.unwrap_err();
    assert_eq!(
        fixed.count(),
        1,
        "credentials without an expiry cannot be renewed"
    );
}

/// A provider that gives another token each time it is asked.
fn renewing() -> SharedCredentialsProvider {
    #[derive(Debug, Default)]
    struct Renewing(std::sync::atomic::AtomicUsize);
    impl aws_credential_types::provider::ProvideCredentials for Renewing {
        fn provide_credentials<'a>(
            &'a self,
        ) -> aws_credential_types::provider::future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let turn = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let expiry = std::time::SystemTime::now() + Duration::from_secs(3600);
            let token = Some(format!("token-{turn}"));
            let credentials =
                Credentials::new("AKIDEXAMPLE", "secret", token, Some(expiry), "test");
            aws_credential_types::provider::future::ProvideCredentials::ready(Ok(credentials))
        }
    }
    SharedCredentialsProvider::new(Renewing::default())
}
