//! Right place, right owner: no request with credentials leaves for anywhere else.

use std::process::Command;

use serde_json::json;

use super::sample;
use crate::support::binary::{Folder, Ran, ran};
use crate::support::fields::SPEC;
use crate::support::preload::Network;
use crate::support::sandbox::{Request, Sandbox};
use crate::support::spy::Spy;
use crate::support::stage::{Does, LINES};

/// Each how manyth redirect is in the sample.
const EVERY: usize = 13;

/// An environment in AWS as the sandbox plays it: the binary has credentials of its own, and nothing of `--sandbox`.
struct Lab {
    sandbox: Sandbox,
    folder: Folder,
}

const ACCOUNT: &str = "123456789012";

impl Lab {
    fn new() -> Self {
        let sandbox = Sandbox::start();
        let new = json!({"account": ACCOUNT, "region": "us-west-2", "name": "logs"});
        sandbox.admin("POST", "/domains", &new);
        let folder = Folder::new(&sandbox);
        Self { sandbox, folder }
    }

    /// Runs with the credentials of an account's administrator.
    fn run_as(&self, account: &str, words: &[&str]) -> Ran {
        ran(&mut self.command_as(account, words))
    }

    fn command_as(&self, account: &str, words: &[&str]) -> Command {
        let (key, secret) = esbackup::internals::sandbox::credentials(account);
        let mut command = self.folder.command(words.iter().copied());
        command
            .env("AWS_ENDPOINT_URL", self.sandbox.url())
            .env("AWS_ACCESS_KEY_ID", key)
            .env("AWS_SECRET_ACCESS_KEY", secret)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("ESBACKUP_ATTEMPT_TIMEOUT_MS", "2000")
            .env("ESBACKUP_TOTAL_TIMEOUT_MS", "4000")
            .env("ESBACKUP_PASSWORD", "correct horse");
        command
    }
}

/// Every command that speaks to the domain.
fn commands() -> Vec<&'static [&'static str]> {
    let lines = LINES.iter().filter(|line| line.does != Does::Nothing);
    lines.map(|line| line.words).collect()
}

/// The spec with another domain, and a workflow.
fn with_domain(domain: &str) -> String {
    let spec = SPEC.replace("domain:\n  name: logs\n", &format!("domain:\n{domain}"));
    // Without a name there is no domain that the role could trust by itself.
    let trust = "role:\n  name: logs-snapshots\n  trust: {source_arns: [\"arn:aws:es:us-west-2:123456789012:domain/logs\"]}\n";
    let spec = spec.replace("role:\n  name: logs-snapshots\n", trust);
    assert!(spec.contains(domain) && spec.contains(trust), "{spec}");
    format!("{spec}workflows: {{backup: [{{snapshot: {{name: one}}}}]}}\n")
}

#[test]
fn no_command_connects_to_an_endpoint_that_only_looks_like_the_domains() {
    let (lab, spy, network) = (Lab::new(), Spy::start(), Network::new());
    let state = lab.sandbox.state();
    let own = state["domains"][0]["endpoint"].as_str().unwrap();
    let port = spy.address.port();
    let look_alikes = [
        format!("{own}.evil.test"),
        own.replace("us-west-2", "us-east-1"),
        own.replace("amazonaws.com", "amazonaws.com.cn"),
        own.replace("amazonaws.com", "amazonaws.co"),
        "search-logs-aaaaaaaaaaaaaaaaaaaaaaaaaa.us-west-2.es.amazonaws.com".to_owned(),
        "search-other-aaaaaaaaaaaaaaaaaaaaaaaaaa.us-gov-west-1.es.amazonaws.com".to_owned(),
        "es.amazonaws.com".to_owned(),
        "169.254.169.254".to_owned(),
        format!("169.254.169.254:{port}"),
        "localhost".to_owned(),
        format!("localhost:{port}"),
        format!("127.0.0.1:{port}"),
        "[::1]".to_owned(),
        format!("[::1]:{port}"),
    ];
    let auths = [
        "sigv4",
        "{basic: {username: me, password: {env: ESBACKUP_PASSWORD}}}",
    ];
    let mut runs = 0;
    for (place, host) in look_alikes.iter().enumerate() {
        for auth in auths {
            // The connection itself goes to the spy, where it can; that any other would be seen, the watch on the network holds.
            let literal =
                host.starts_with(|c: char| c.is_ascii_digit() || c == '[') || host.contains(':');
            let tunnel = match literal {
                true => String::new(),
                false => format!("  connect_to: {}\n", spy.address),
            };
            let domain =
                format!("  name: logs\n  endpoint: https://{host}\n{tunnel}  auth: {auth}\n");
            lab.folder.write("esbackup.yaml", &with_domain(&domain));
            // In a sample each look-alike meets some commands; together they meet all of them often.
            let (first, every) = if sample::full() {
                (0, 1)
            } else {
                (place % 3, 3)
            };
            for command in commands().into_iter().skip(first).step_by(every) {
                let mut watched = lab.command_as(ACCOUNT, command);
                network.watch(&mut watched, lab.sandbox.address.port());
                let ran = ran(&mut watched);
                // The spec itself is refused for another region, everything else when the endpoint is chosen.
                assert!(
                    [6, 65].contains(&ran.code),
                    "{host} {auth} {command:?} {ran:#?}"
                );
                runs += 1;
            }
        }
    }
    println!(
        "look-alikes: {runs} runs, {} connections",
        spy.connections()
    );
    assert_eq!(spy.connections(), 0, "{:?}", spy.heard.lock().unwrap());
    assert_eq!(network.connections(), [""; 0]);
    assert_eq!(lab.sandbox.writes(), [""; 0]);
    // The watch sees what is opened to somebody who is vouched for.
    let domain = format!("  endpoint: http://localhost:{port}\n  auth: none\n");
    lab.folder.write("esbackup.yaml", &with_domain(&domain));
    let trusting = ["snapshot", "list", "--trust-endpoint", "localhost"];
    let mut watched = lab.command_as(ACCOUNT, &trusting);
    network.watch(&mut watched, lab.sandbox.address.port());
    ran(&mut watched);
    assert_eq!(
        network.connections().first(),
        Some(&format!("127.0.0.1 {port}"))
    );
}

#[test]
fn no_command_connects_where_a_name_of_amazons_leads_to_this_machine_or_its_link() {
    let (lab, network) = (Lab::new(), Network::new());
    let mut cells = Vec::new();
    for address in ["127.0.0.1", "::1", "169.254.169.254", "fe80::1", "0.0.0.0"] {
        for auth in [
            "sigv4",
            "{basic: {username: me, password: {env: ESBACKUP_PASSWORD}}}",
        ] {
            cells.extend(
                commands()
                    .into_iter()
                    .map(|command| (address, auth, command)),
            );
        }
    }
    let all = cells.len();
    let cells = sample::of(cells, EVERY);
    for (address, auth, command) in &cells {
        let domain = format!("  name: logs\n  auth: {auth}\n");
        lab.folder.write("esbackup.yaml", &with_domain(&domain));
        let mut watched = lab.command_as(ACCOUNT, command);
        network.watch(&mut watched, lab.sandbox.address.port());
        network.lead(&mut watched, address);
        let ran = ran(&mut watched);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert_ne!(ran.code, 0, "{address} {auth} {command:?} {ran:#?}");
        assert!(
            said.contains(address),
            "{address} {auth} {command:?} {ran:#?}"
        );
    }
    println!(
        "rebinding: {} of {all} cells, {} connections",
        cells.len(),
        network.connections().len()
    );
    assert_eq!(network.connections(), [""; 0]);
    assert_eq!(lab.sandbox.writes(), [""; 0]);
}

#[test]
fn a_password_stays_here_while_sts_says_another_account() {
    let (lab, spy) = (Lab::new(), Spy::start());
    let basic = "auth: {basic: {username: me, password: {env: ESBACKUP_PASSWORD}}}";
    let by_hand = format!("  endpoint: http://{}\n  {basic}\n", spy.address);
    let trusting = ["--trust-endpoint", "127.0.0.1"];
    for domain in [
        by_hand.clone(),
        format!("  name: logs\n  connect_to: {}\n  {basic}\n", spy.address),
        format!("  name: logs\n  connect_to: {}\n", spy.address),
    ] {
        lab.folder.write("esbackup.yaml", &with_domain(&domain));
        for command in commands() {
            let command = [command, &trusting[..]].concat();
            let ran = lab.run_as("210987654321", &command);
            assert_eq!(ran.code, 77, "{domain} {command:?} {ran:#?}");
        }
    }
    println!(
        "another account: {} runs, {} connections",
        3 * commands().len(),
        spy.connections()
    );
    assert_eq!(spy.connections(), 0, "{:?}", spy.heard.lock().unwrap());
    assert_eq!(lab.sandbox.writes(), [""; 0]);
    let of_the_domain = |request: &&Request| request.operation.starts_with("GET ");
    assert_eq!(
        lab.sandbox.requests().iter().filter(of_the_domain).count(),
        0
    );
    // The spy hears what is meant for it.
    lab.folder.write("esbackup.yaml", &with_domain(&by_hand));
    let list = [&["snapshot", "list"][..], &trusting].concat();
    lab.run_as(ACCOUNT, &list);
    let heard = spy.heard.lock().unwrap().join("\n").to_ascii_lowercase();
    assert!(heard.contains("authorization: basic "), "{heard}");
}
