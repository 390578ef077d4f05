//! What is sent, and what becomes of answers that are not what they should be.

use super::*;
use serde_json::json;

#[tokio::test]
async fn a_read_is_sent_with_its_own_path_and_query_and_without_asking_for_compression() {
    let listener = Listener::start(vec![json("200 OK", r#"{"logs":{"type":"s3"}}"#)]).await;
    let response = open(&listener)
        .send(&Request::get(["_snapshot", "logs"]).with_query("local", "a b&c"))
        .await
        .unwrap();
    assert_eq!(
        (response.status, response.body),
        (200, json!({"logs": {"type": "s3"}}))
    );
    let sent = listener.received().remove(0);
    let expected = format!(
        "GET /_snapshot/logs?local=a%20b%26c HTTP/1.1\r\nhost: {}\r\naccept: application/json\r\nuser-agent: esbackup/{}\r\n\r\n",
        listener.address,
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(sent.to_lowercase(), expected.to_lowercase());
}

#[tokio::test]
async fn hostile_names_arrive_as_one_segment_each() {
    let names = [
        "a/b",
        "..%2f",
        "%2e%2e",
        "a?b#c",
        "<date{now/d}>",
        "a\\b",
        "ä ö",
        "*,-x",
        "a\r\nx: y",
        "\u{202e}",
        "//host",
        "a:80@b",
        "...",
    ];
    let listener = Listener::start(vec![json("200 OK", "{}")]).await;
    let client = open(&listener);
    for name in names {
        client
            .send(&Request::get(["_snapshot", name, "_all"]))
            .await
            .unwrap();
        let sent = listener.received().pop().unwrap();
        let path = sent
            .lines()
            .next()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .to_owned();
        let url = Url::parse(&format!("http://host{path}")).unwrap();
        let segments: Vec<String> = url
            .path_segments()
            .unwrap()
            .map(|segment| {
                percent_encoding::percent_decode_str(segment)
                    .decode_utf8()
                    .unwrap()
                    .into_owned()
            })
            .collect();
        assert_eq!(segments, ["_snapshot", name, "_all"]);
        assert_eq!(url.query(), None);
    }
}

#[tokio::test]
async fn segments_that_a_url_parser_folds_away_are_refused_before_anything_is_sent() {
    let listener = Listener::start(vec![json("200 OK", "{}")]).await;
    for name in ["", ".", ".."] {
        let refused = open(&listener)
            .send(&Request::get(["_snapshot", name, "_all"]))
            .await;
        assert!(matches!(refused, Err(Error::Request(_))), "{name:?}");
    }
    assert_eq!(listener.count(), 0);
}

#[tokio::test]
async fn a_redirect_is_an_error_that_names_the_place_and_is_never_followed() {
    let other = Listener::start(vec![json("200 OK", "{}")]).await;
    let location = format!("location: {}/\x07\r\n", other.url());
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let listener =
            Listener::start(vec![answer(status, &location.replace('\x07', "%1b\t"), "")]).await;
        match signing(amazon_at(&listener))
            .send(&Request::get(["_snapshot"]))
            .await
        {
            Err(Error::Redirected {
                status: got,
                location,
            }) => {
                assert!(status.starts_with(&got.to_string()));
                assert_eq!(location, format!("{}/%1b", other.url()));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(other.count(), 0);
}

#[tokio::test]
async fn a_login_page_is_not_an_engine() {
    let page = "<!DOCTYPE html><title>Sign in\u{1b}[2J</title>";
    let listener =
        Listener::start(vec![answer("200 OK", "content-type: text/html\r\n", page)]).await;
    match open(&listener).send(&Request::get(["_snapshot"])).await {
        Err(Error::NotAnEngine {
            host,
            status,
            content_type,
            excerpt,
        }) => {
            assert_eq!(
                (host.as_str(), status, content_type.as_str()),
                ("127.0.0.1", 200, "text/html")
            );
            assert_eq!(excerpt, "<!DOCTYPE html><title>Sign in\\u{1b}[2J</title>");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn json_under_another_content_type_is_still_an_answer() {
    let listener = Listener::start(vec![answer(
        "200 OK",
        "content-type: text/plain\r\n",
        "[1]",
    )])
    .await;
    let response = open(&listener)
        .send(&Request::get(["_cat", "indices"]))
        .await
        .unwrap();
    assert_eq!(response.body, json!([1]));
}

#[tokio::test]
async fn a_json_scalar_or_an_empty_success_is_not_an_engine() {
    for body in ["", "\"ok\"", "true"] {
        let listener =
            Listener::start(vec![answer("200 OK", "content-type: text/plain\r\n", body)]).await;
        let refused = open(&listener).send(&Request::get(["_snapshot"])).await;
        assert!(
            matches!(refused, Err(Error::NotAnEngine { .. })),
            "{body:?}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn json_cut_off_by_a_proxy_is_said_to_be_cut_off() {
    let listener = Listener::start(vec![json("200 OK", "{\"snapshots\":[")]).await;
    let garbled = open(&listener).send(&Request::get(["_snapshot"])).await;
    assert!(
        matches!(garbled, Err(Error::Garbled { status: 200, .. })),
        "{garbled:?}"
    );
}

#[tokio::test]
async fn an_error_body_need_not_be_json() {
    let listener = Listener::start(vec![answer(
        "401 Unauthorized",
        "content-type: text/plain\r\n",
        "Unauthorized",
    )])
    .await;
    let error = open(&listener)
        .send(&Request::get(["_snapshot", "logs"]))
        .await
        .unwrap_err();
    let refusal = error.refusal().unwrap();
    assert_eq!(
        error.to_string(),
        "GET /_snapshot/logs was refused with status 401"
    );
    assert_eq!(
        (
            refusal.status,
            refusal.code.as_deref(),
            refusal.chain.as_slice()
        ),
        (Some(401), None, &["Unauthorized".to_owned()][..])
    );
}

#[tokio::test]
async fn the_request_id_and_the_whole_chain_are_kept() {
    let body = r#"{"error":{"type":"a","reason":"one","caused_by":{"type":"b","reason":"two","caused_by":{"type":"c","reason":"three"}}},"status":500}"#;
    let headers = "content-type: application/json\r\nx-amzn-RequestId: 1234-\tab\r\n";
    let listener = Listener::start(vec![answer("500 Oops", headers, body)]).await;
    let error = open(&listener)
        .send(&Request::get(["_snapshot", "logs"]))
        .await
        .unwrap_err();
    let refusal = error.refusal().unwrap();
    assert_eq!(refusal.request_id.as_deref(), Some("1234-\\u{9}ab"));
    assert_eq!(refusal.chain, ["a: one", "b: two", "c: three"]);
    assert_eq!(refusal.code.as_deref(), Some("a"));
}

#[tokio::test]
async fn a_truncated_answer_is_a_broken_connection() {
    let truncated = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"a\":".to_owned();
    let listener = Listener::start(vec![Act::SendAndClose(truncated)]).await;
    let write = Request::write(Method::Put, ["_snapshot", "logs"], Some(json!({})));
    let error = open(&listener).send(&write).await.unwrap_err();
    assert!(matches!(error, Error::Broken { .. }), "{error:?}");
    assert!(error.outcome_unknown());
    assert_eq!(listener.count(), 1);
}

#[tokio::test]
async fn an_endless_body_ends_at_the_limit() {
    for head in [
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 500 Oops\r\ncontent-length: 99999999999\r\n\r\n",
    ] {
        let listener = Listener::start(vec![Act::Endless(head.to_owned())]).await;
        let error = open(&listener)
            .send(&Request::get(["_snapshot"]))
            .await
            .unwrap_err();
        assert!(matches!(error, Error::TooLong { limit: 4096 }), "{error:?}");
    }
}

#[tokio::test]
async fn a_dribbling_body_and_a_silent_server_end_by_timeout() {
    for act in [
        Act::Dribble("HTTP/1.1 200 OK\r\n\r\n".to_owned()),
        Act::Silence,
    ] {
        let listener = Listener::start(vec![act]).await;
        let began = std::time::Instant::now();
        let error = open(&listener)
            .send(&Request::get(["_snapshot"]))
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
        assert!(
            began.elapsed() < Duration::from_millis(1500),
            "{:?}",
            began.elapsed()
        );
    }
}

#[tokio::test]
async fn a_refused_connection_and_an_unknown_name_say_so() {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = socket.local_addr().unwrap();
    drop(socket);
    let spec_closed = spec(None, Some(&format!("http://{closed}")), Auth::None);
    let spec_unknown = spec(None, Some("http://no-such-host.invalid"), Auth::None);
    let send = async |spec: &DomainSpec| {
        let target = endpoint::choose(spec, None, &trust(&["127.0.0.1"])).unwrap();
        let client =
            Client::new(target, Material::None, "us-west-2", None, limits(), None).unwrap();
        client.send(&Request::get(["_snapshot"])).await.unwrap_err()
    };
    let refused = send(&spec_closed).await;
    assert!(
        matches!(&refused, Error::Connect { address, .. } if *address == closed.to_string()),
        "{refused:?}"
    );
    assert!(!refused.outcome_unknown());
    let unknown = send(&spec_unknown).await;
    assert!(
        matches!(&unknown, Error::Name { host, .. } if host == "no-such-host.invalid"),
        "{unknown:?}"
    );
}

#[tokio::test]
async fn an_answer_that_would_fill_the_memory_is_refused_before_it_is_decoded() {
    let maps = format!("[{}0]", "{\"a\":0},".repeat(200_000));
    let words = format!(
        "[\"{}\\\"{}\"]",
        "{[,".repeat(200_000),
        "{[,".repeat(200_000)
    );
    let listener = Listener::start(vec![json("200 OK", &maps), json("200 OK", &words)]).await;
    let longest = 16 * 1024 * 1024;
    let client = Client::new(
        cluster_at(&listener, Auth::None),
        Material::None,
        "us-west-2",
        None,
        Limits {
            body: longest,
            total: Duration::from_secs(20),
            attempt: Duration::from_secs(20),
            ..limits()
        },
        None,
    )
    .unwrap();
    let request = Read::get(["_cat", "indices"]);
    let error = client.read(&request).await.unwrap_err();
    assert!(matches!(error, Error::TooHeavy), "{error}");
    assert!(error.outcome_unknown());
    let read = client
        .fetch(&request, longest, |text| {
            serde_json::from_slice::<Vec<String>>(text)
        })
        .await;
    assert_eq!(read.unwrap().len(), 1);
}
