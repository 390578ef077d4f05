//! Right place, right owner: no request with credentials leaves for anywhere else.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use esbackup::aws::permissions::{Access, On, PERMISSIONS};
use serde_json::{Value, json};

use super::sample;
use crate::convergence::{assert_owner_is_expected, converged};
use crate::executor::{drifted, fresh};
use crate::prefixes;
use crate::support::binary::{Folder, Ran, ran};
use crate::support::fields::SPEC;
use crate::support::pointer;
use crate::support::sandbox::{Request, Sandbox};
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
        ran(&mut command)
    }
}

/// Every command that speaks to the domain, on the only snapshot or index that a spec could mean.
const COMMANDS: &[&[&str]] = &[
    &["plan"],
    &["drift"],
    &["apply", "--yes"],
    &["status"],
    &["snapshot", "list"],
    &["snapshot", "show", "one"],
    &["snapshot", "wait", "one"],
    &["snapshot", "take", "one"],
    &["snapshot", "delete", "one", "--yes"],
    &["snapshot", "prune", "--keep-last", "1", "--yes"],
    &["restore", "one"],
    &["verify"],
    &["indices", "list"],
    &["indices", "delete", "one", "--yes"],
    &["run", "backup", "--yes"],
];

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
    let (lab, spy) = (Lab::new(), Spy::start());
    let state = lab.sandbox.state();
    let own = state["domains"][0]["endpoint"].as_str().unwrap();
    let look_alikes = [
        format!("{own}.evil.test"),
        own.replace("us-west-2", "us-east-1"),
        own.replace("amazonaws.com", "amazonaws.com.cn"),
        own.replace("amazonaws.com", "amazonaws.co"),
        "search-logs-aaaaaaaaaaaaaaaaaaaaaaaaaa.us-west-2.es.amazonaws.com".to_owned(),
        "search-other-aaaaaaaaaaaaaaaaaaaaaaaaaa.us-gov-west-1.es.amazonaws.com".to_owned(),
        "es.amazonaws.com".to_owned(),
        "169.254.169.254".to_owned(),
        "localhost".to_owned(),
        format!("localhost:{}", spy.address.port()),
        format!("127.0.0.1:{}", spy.address.port()),
        "[::1]".to_owned(),
    ];
    let auths = [
        "sigv4",
        "{basic: {username: me, password: {env: PASSWORD}}}",
    ];
    let mut runs = 0;
    for (place, host) in look_alikes.iter().enumerate() {
        for auth in auths {
            // The connection itself goes to the spy, so that any would be seen.
            let literal =
                host.starts_with(|c: char| c.is_ascii_digit() || c == '[') || host.contains(':');
            let tunnel = match literal {
                true => String::new(),
                false => format!("  connect_to: {}\n", spy.address),
            };
            let domain =
                format!("  name: logs\n  endpoint: https://{host}\n{tunnel}  auth: {auth}\n");
            lab.folder.write("esbackup.yaml", &with_domain(&domain));
            // Each look-alike meets some commands; together they meet all of them often.
            for command in COMMANDS.iter().skip(place % 3).step_by(3) {
                let ran = lab.run_as(ACCOUNT, command);
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
        for command in COMMANDS {
            let ran = lab.run_as("210987654321", command);
            assert_eq!(ran.code, 77, "{domain} {command:?} {ran:#?}");
        }
    }
    println!(
        "another account: {} runs, {} connections",
        3 * COMMANDS.len(),
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

#[test]
fn a_redirect_of_any_request_is_not_followed() {
    let (world, folder, state) = applied();
    let spy = Spy::start();
    let location = format!("http://{}/", spy.address);
    let mut unmarked = state.clone();
    pointer::set(&mut unmarked, "/buckets/logs-snapshots/tags", json!({}));
    let mut met = BTreeSet::new();
    let mut cells = Vec::new();
    let words = [APPLY, ALL_RISKS].concat();
    let five = prefixes::start(&state, &[("policy.document", "five versions")]);
    for start in [fresh(&state), drifted(&state), unmarked, five] {
        world.sandbox.admin("PUT", "/state", &start);
        world.sandbox.forget_requests();
        assert_eq!(run(&folder, &words).code, 0);
        for operation in world.sandbox.requests().iter().map(Request::name) {
            if met.insert(operation.clone()) {
                let cell = |status: u16| (start.clone(), operation.clone(), status);
                cells.extend([301, 302, 307, 308].map(cell));
            }
        }
    }
    let all = cells.len();
    let cells = sample::of(cells, EVERY);
    println!(
        "redirects: {} of {all} cells over {} operations",
        cells.len(),
        met.len()
    );
    for (start, operation, status) in cells {
        let headers = json!([["location", location], ["x-amz-bucket-region", "eu-west-1"]]);
        let action = json!({"status": {"code": status, "body": "", "headers": headers}});
        world.sandbox.forget_faults();
        world.sandbox.admin("PUT", "/state", &start);
        let fault = json!({"operation": operation, "times": 1000, "action": action});
        world.sandbox.fault(&fault);
        // A read that decides nothing may fail; what matters is who hears of it.
        run(&folder, &words);
        let heard = spy.heard.lock().unwrap();
        assert!(heard.is_empty(), "{operation} {status}: {heard:?}");
    }
    // Whatever AWS is sent in every environment was among them.
    let to_aws = PERMISSIONS
        .iter()
        .filter(|one| one.access != Access::WriteIfAsked);
    let missed: Vec<&str> = to_aws
        .map(|one| one.operation)
        .filter(|operation| {
            !met.iter()
                .any(|met| met.ends_with(&format!(":{operation}")))
        })
        .collect();
    assert_eq!(missed, [""; 0]);
}
