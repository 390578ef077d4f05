//! Right place, right owner: no request with credentials leaves for anywhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::sync::{Arc, Mutex};

use esbackup::aws::permissions::{Access, On, PERMISSIONS};
use esbackup::resources::{operations_of_apply, operations_of_data};
use serde_json::{Value, json};

use super::sample;
use crate::convergence::{assert_owner_is_expected, converged};
use crate::executor::{drifted, fresh};
use crate::prefixes;
use crate::support::binary::{Folder, Ran, ran};
use crate::support::calls::all_in_sandbox;
use crate::support::fields::SPEC;
use crate::support::pointer;
use crate::support::preload::Network;
use crate::support::sandbox::{Request, Sandbox};
use crate::support::stage::{Does, LINES, Stage};
use crate::support::world::{World, desired};

/// Each how manyth redirect is in the sample.
const EVERY: usize = 13;

/// A server of somebody else's that keeps everything that reaches it.
struct Spy {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Spy {
    fn start() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in socket.incoming().flatten() {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || {
                    let mut stream = stream;
                    let mut piece = [0; 16 * 1024];
                    let length = stream.read(&mut piece).unwrap_or_default();
                    let text = String::from_utf8_lossy(&piece[..length]).into_owned();
                    kept.lock().unwrap().push(text);
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
                    drop(stream.write_all(answer));
                });
            }
        });
        Self { address, heard }
    }

    fn connections(&self) -> usize {
        self.heard.lock().unwrap().len()
    }
}

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
        let (key, secret) = esbackup::sandbox::credentials(account);
        let mut command = self.folder.command(words.iter().copied());
        command
            .env("AWS_ENDPOINT_URL", self.sandbox.url())
            .env("AWS_ACCESS_KEY_ID", key)
            .env("AWS_SECRET_ACCESS_KEY", secret)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("ESBACKUP_ATTEMPT_TIMEOUT_MS", "2000")
            .env("ESBACKUP_TOTAL_TIMEOUT_MS", "4000")
            .env("PASSWORD", "correct horse");
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
        "{basic: {username: me, password: {env: PASSWORD}}}",
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
    let mut watched = lab.command_as(ACCOUNT, &["snapshot", "list"]);
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
            "{basic: {username: me, password: {env: PASSWORD}}}",
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
    let basic = "auth: {basic: {username: me, password: {env: PASSWORD}}}";
    let by_hand = format!("  endpoint: http://{}\n  {basic}\n", spy.address);
    for domain in [
        by_hand.clone(),
        format!("  name: logs\n  connect_to: {}\n  {basic}\n", spy.address),
        format!("  name: logs\n  connect_to: {}\n", spy.address),
    ] {
        lab.folder.write("esbackup.yaml", &with_domain(&domain));
        for command in commands() {
            let ran = lab.run_as("210987654321", command);
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
    lab.run_as(ACCOUNT, &["snapshot", "list"]);
    let heard = spy.heard.lock().unwrap().join("\n").to_ascii_lowercase();
    assert!(heard.contains("authorization: basic "), "{heard}");
}

/// Everything that S3 is ever sent, by the product's own list.
fn to_s3() -> BTreeSet<&'static str> {
    let all = PERMISSIONS.iter().filter(|one| one.on == On::Bucket);
    all.map(|one| one.operation).collect()
}

fn run(folder: &Folder, words: &[&str]) -> Ran {
    folder.run(words.iter().copied().chain(["--sandbox"]))
}

/// The converged world, with the binary beside it.
fn applied() -> (World, Folder, Value) {
    let (world, state) = converged(&desired(SPEC));
    let folder = Folder::new(&world.sandbox);
    folder.write("esbackup.yaml", SPEC);
    (world, folder, state)
}

const APPLY: &[&str] = &[
    "apply",
    "--yes",
    "--adopt",
    "bucket.logs-snapshots",
    "--patience",
    "1s",
];
const ALL_RISKS: &[&str] = &[
    "--allow",
    "widens-access",
    "--allow",
    "weakens",
    "--allow",
    "repoints",
    "--allow",
    "destroys",
];

#[test]
fn every_request_to_s3_that_can_names_the_owner_of_the_bucket() {
    let (world, folder, state) = applied();
    let mut met: BTreeSet<String> = BTreeSet::new();
    let mut unmarked = state.clone();
    pointer::set(&mut unmarked, "/buckets/logs-snapshots/tags", json!({}));
    for start in [fresh(&state), drifted(&state), unmarked, state.clone()] {
        world.sandbox.admin("PUT", "/state", &start);
        world.sandbox.forget_requests();
        let ran = run(&folder, &[APPLY, ALL_RISKS].concat());
        assert_eq!(ran.code, 0, "{ran:#?}");
        let requests = world.sandbox.requests();
        assert_owner_is_expected(&requests);
        let to_s3 = requests.iter().filter(|one| one.service == "s3");
        met.extend(to_s3.map(|one| one.operation.clone()));
    }
    let met: BTreeSet<&str> = met.iter().map(String::as_str).collect();
    println!(
        "owner: {} operations of S3; CreateBucket takes no owner, since nobody owns the bucket yet",
        met.len()
    );
    assert_eq!(met, to_s3());
}

#[test]
fn a_bucket_of_somebody_else_is_never_written_to_and_gets_no_role() {
    let (world, folder, state) = applied();
    for start in [fresh(&state), drifted(&state), state.clone()] {
        let mut start = start;
        let mut squatted = state["buckets"]["logs-snapshots"].clone();
        pointer::set(&mut squatted, "/account", json!("210987654321"));
        // Whoever owns it lets everybody in, so that nothing but the owner is in the way.
        let open = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*",
            "Resource": ["arn:aws:s3:::logs-snapshots", "arn:aws:s3:::logs-snapshots/*"]}]});
        pointer::set(&mut squatted, "/policy", json!(open.to_string()));
        pointer::set(&mut squatted, "/public_access_block", Value::Null);
        pointer::set(&mut start, "/buckets/logs-snapshots", squatted);
        world.sandbox.admin("PUT", "/state", &start);
        world.sandbox.forget_requests();
        let ran = run(&folder, &[APPLY, ALL_RISKS].concat());
        assert!([6, 77].contains(&ran.code), "{ran:#?}");
        assert_eq!(world.sandbox.writes(), [""; 0], "{ran:#?}");
        assert_owner_is_expected(&world.sandbox.requests());
    }
}

/// What the commands of day two are asked to do beside [`LINES`], so that every call of theirs is sent.
const MORE: [&[&str]; 2] = [
    &[
        "restore",
        "first",
        "--indices",
        "sample-logs",
        "--replace",
        "--allow",
        "replace",
        "--yes",
    ],
    &[
        "restore",
        "first",
        "--indices",
        "sample-logs",
        "--close-existing",
        "--allow",
        "replace",
        "--yes",
    ],
];

/// A request that is answered with a redirect: whose it is, and from which state it is met with which command.
struct Redirected<'a> {
    folder: &'a Folder,
    sandbox: &'a Sandbox,
    start: Value,
    words: Vec<&'static str>,
}

impl Redirected<'_> {
    fn run(&self) -> Ran {
        self.sandbox.forget_faults();
        self.sandbox.admin("PUT", "/state", &self.start);
        run(self.folder, &self.words)
    }

    /// The operations that an undisturbed run sends.
    fn operations(&self) -> BTreeSet<String> {
        self.sandbox.forget_requests();
        let ran = self.run();
        assert!([0, 2].contains(&ran.code), "{:?} {ran:#?}", self.words);
        let requests = self.sandbox.requests();
        requests.iter().map(Request::name).collect()
    }
}

#[test]
fn a_redirect_of_any_request_is_not_followed() {
    let (world, folder, state) = applied();
    let (spy, stage) = (Spy::start(), Stage::new());
    let mut unmarked = state.clone();
    pointer::set(&mut unmarked, "/buckets/logs-snapshots/tags", json!({}));
    let five = prefixes::start(&state, &[("policy.document", "five versions")]);
    let of_apply = [fresh(&state), drifted(&state), unmarked, five].map(|start| Redirected {
        folder: &folder,
        sandbox: &world.sandbox,
        start,
        words: [APPLY, ALL_RISKS].concat(),
    });
    let staged = stage.sandbox.state();
    let lines = LINES.iter().filter(|line| line.does != Does::Nothing);
    let of_data = lines
        .map(|line| line.words)
        .chain(MORE)
        .map(|words| Redirected {
            folder: &stage.folder,
            sandbox: &stage.sandbox,
            start: staged.clone(),
            words: words.to_vec(),
        });
    let all: Vec<Redirected<'_>> = of_apply.into_iter().chain(of_data).collect();
    // Each operation is met where it is sent first; what is read at once arrives in another order each time.
    let mut met: BTreeMap<String, &Redirected<'_>> = BTreeMap::new();
    for one in &all {
        for operation in one.operations() {
            met.entry(operation).or_insert(one);
        }
    }
    let mut cells = Vec::new();
    for (operation, one) in &met {
        cells.extend([301, 302, 307, 308].map(|status| (operation.clone(), *one, status)));
    }
    let whole = cells.len();
    let cells = sample::of(cells, EVERY);
    println!(
        "redirects: {} of {whole} cells over {} operations",
        cells.len(),
        met.len()
    );
    let location = format!("http://{}/", spy.address);
    for (operation, one, status) in cells {
        let headers = json!([["location", location], ["x-amz-bucket-region", "eu-west-1"]]);
        let action = json!({"status": {"code": status, "body": "", "headers": headers}});
        one.sandbox.forget_faults();
        let fault = json!({"operation": operation, "times": 1000, "action": action});
        one.sandbox.admin("PUT", "/state", &one.start);
        one.sandbox.fault(&fault);
        // A read that decides nothing may fail; what matters is who hears of it.
        run(one.folder, &one.words);
        let heard = spy.heard.lock().unwrap();
        assert!(heard.is_empty(), "{operation} {status}: {heard:?}");
    }
    // Whatever AWS is sent in every environment was among them, and every write.
    let to_aws = PERMISSIONS
        .iter()
        .filter(|one| one.access != Access::WriteIfAsked);
    let missed: Vec<&str> = to_aws
        .map(|one| one.operation)
        .filter(|operation| {
            !met.keys()
                .any(|met| met.ends_with(&format!(":{operation}")))
        })
        .collect();
    assert_eq!(missed, [""; 0]);
    let closed = all_in_sandbox(&[operations_of_apply(), operations_of_data()].concat());
    let met: BTreeSet<String> = met.into_keys().collect();
    let missed: Vec<&String> = closed.difference(&met).collect();
    assert!(missed.is_empty(), "{missed:?}");
}
