//! The proxy of the environment: what goes through it, what never does, and that AWS and the domain agree on it.

use std::io::Write;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::surroundings::{assert_quiet, with_credentials};
use crate::support::binary::ran;
use crate::support::relay::message;
use crate::support::stage::{Stage, spec};

/// A proxy that passes nothing on and keeps what it was asked for.
fn proxy() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&asked);
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            if let Ok((head, _)) = message(&mut client) {
                let first = head.lines().next().unwrap_or_default();
                kept.lock().unwrap().push(first.to_owned());
                let refused =
                    b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                drop(client.write_all(refused));
            }
        }
    });
    (url, asked)
}

#[test]
fn a_proxy_is_asked_for_what_is_far_and_never_for_this_machine() {
    let stage = Stage::new();
    let (url, asked) = proxy();
    let near = stage.sandbox.url();
    let own = format!("http://localhost:{}", stage.sandbox.address.port());
    let far = "https://search.invalid";
    let tunnel = format!(
        "https://search.invalid\n  connect_to: localhost:{}",
        stage.sandbox.address.port()
    );
    let names = |of: &[&str]| of.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let all = [
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "ALL_PROXY",
        "https_proxy",
        "http_proxy",
        "all_proxy",
    ];
    type Case<'a> = (&'a str, &'a str, &'a [&'a str], &'a str, &'a [&'a str]);
    let cases: [Case; 11] = [
        // All of it is near.
        (near.as_str(), own.as_str(), &all[..], "", &[][..]),
        // The domain is far, or behind a tunnel.
        (&near, far, &all, "", &["search.invalid:443"]),
        (&near, far, &all[..1], "", &["search.invalid:443"]),
        (&near, far, &all, "search.invalid", &[]),
        (&near, &tunnel, &all, "", &[]),
        // AWS is far.
        ("https://aws.invalid", &own, &all, "", &["aws.invalid:443"]),
        (
            "https://aws.invalid",
            &own,
            &all[..1],
            "",
            &["aws.invalid:443"],
        ),
        (
            "https://aws.invalid",
            &own,
            &all[2..3],
            "",
            &["aws.invalid:443"],
        ),
        ("https://aws.invalid", &own, &all, ".invalid", &[]),
        ("https://aws.invalid", &own, &all, "*", &[]),
        // Plain HTTP to AWS is metadata of this machine or a stand-in: no proxy's business.
        ("http://aws.invalid", &own, &all, "", &[]),
    ];
    for (aws, domain, variables, but, expected) in cases {
        stage.begin(|_| {});
        asked.lock().unwrap().clear();
        stage.folder.write(
            "esbackup.yaml",
            &spec("HOST").replace("http://HOST", domain),
        );
        let mut command = stage.folder.command([
            "status",
            "--trust-endpoint",
            "search.invalid",
            "--trust-endpoint",
            "localhost",
        ]);
        with_credentials(&mut command)
            .env("AWS_ENDPOINT_URL", aws)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("ESBACKUP_TOTAL_TIMEOUT_MS", "4000")
            .env("NO_PROXY", but);
        for name in variables {
            command.env(name, &url);
        }
        let ran = ran(&mut command);
        assert_quiet(&ran, domain);
        let mut seen = asked.lock().unwrap().clone();
        seen.dedup();
        let expected: Vec<String> = names(expected)
            .iter()
            .map(|host| format!("CONNECT {host} HTTP/1.1"))
            .collect();
        assert_eq!(
            seen, expected,
            "{aws} {domain} {variables:?} {but}: {ran:#?}"
        );
        assert_eq!(ran.code == 0, aws == near && domain == own, "{ran:#?}");
    }
}

#[test]
fn a_domain_of_amazons_is_reached_through_a_proxy_on_this_machine() {
    let stage = Stage::new();
    let (url, asked) = proxy();
    let domain = "search-logs-abc.us-west-2.es.amazonaws.com";
    stage.begin(|state| state["domains"][0]["endpoint"] = Value::from(domain));
    stage.folder.write(
        "esbackup.yaml",
        &spec("HOST").replace("http://HOST", &format!("https://{domain}")),
    );
    let mut command = stage.folder.command(["status"]);
    with_credentials(&mut command)
        .env("AWS_ENDPOINT_URL", stage.sandbox.url())
        .env("ESBACKUP_TOTAL_TIMEOUT_MS", "4000")
        .env("HTTPS_PROXY", url.replace("127.0.0.1", "localhost"));
    let ran = ran(&mut command);
    let mut seen = asked.lock().unwrap().clone();
    seen.dedup();
    assert_eq!(seen, [format!("CONNECT {domain}:443 HTTP/1.1")], "{ran:#?}");
    assert!(!ran.stderr.contains("leads to"), "{ran:#?}");
}

#[test]
fn aws_and_the_domain_go_through_the_same_proxy_however_it_is_set() {
    let stage = Stage::new();
    let (meant, asked) = proxy();
    let (other, unasked) = proxy();
    let meant = meant.replace("http://", "");
    type Set<'a> = &'a [(&'a str, &'a str)];
    let cases: [Set; 3] = [
        &[("HTTPS_PROXY", &meant), ("https_proxy", &other)],
        &[
            ("https_proxy", &meant),
            ("ALL_PROXY", &other),
            ("NO_PROXY", ""),
            ("no_proxy", "*"),
        ],
        &[
            ("HTTPS_PROXY", ""),
            ("https_proxy", &other),
            ("ALL_PROXY", &meant),
        ],
    ];
    let run = |aws: &str, domain: &str, set: Set| {
        stage.begin(|_| {});
        asked.lock().unwrap().clear();
        let text = spec("HOST").replace("http://HOST", domain);
        stage.folder.write("esbackup.yaml", &text);
        let trust = [
            "--trust-endpoint",
            "search.invalid",
            "--trust-endpoint",
            "localhost",
        ];
        let mut command = stage.folder.command(["status"].into_iter().chain(trust));
        with_credentials(&mut command)
            .env("AWS_ENDPOINT_URL", aws)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("ESBACKUP_TOTAL_TIMEOUT_MS", "4000")
            .envs(set.iter().copied());
        let ran = ran(&mut command);
        let first = asked.lock().unwrap().first().cloned();
        (ran, first.unwrap_or_default())
    };
    let (near, own) = (
        stage.sandbox.url(),
        format!("http://localhost:{}", stage.sandbox.address.port()),
    );
    for set in cases {
        let (ran, first) = run(&near, "https://search.invalid", set);
        assert!(
            first.starts_with("CONNECT search.invalid:443"),
            "{set:?} {ran:#?}"
        );
        let (ran, first) = run("https://aws.invalid", &own, set);
        assert!(
            first.starts_with("CONNECT aws.invalid:443"),
            "{set:?} {ran:#?}"
        );
        assert_eq!(*unasked.lock().unwrap(), [""; 0], "{set:?}");
    }
    let (ran, _) = run(
        &near,
        &own,
        &[("HTTPS_PROXY", "socks5://u:hidden@127.0.0.1:9")],
    );
    assert_eq!(ran.code, 64, "{ran:#?}");
    assert!(
        ran.stderr.contains("HTTPS_PROXY must name a proxy") && !ran.stderr.contains("hidden"),
        "{ran:#?}"
    );
}
