//! The settings that a stranger may write, and what of each may be connected to; written from the documentation, not from the code.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;

use super::{AMAZON, EVIL};

/// The keys that name something, with all that is tried under each. `SPY` is somebody who listens on this machine.
const SETTINGS: [(&str, &[&str]); 7] = [
    ("name", &["absent"]),
    (
        "endpoint",
        &[
            "https://EVIL",
            "http://EVIL",
            "https://HOST.evil.test",
            "http://127.0.0.1:SPY",
            "https://127.0.0.1:SPY",
            "http://localhost:SPY",
            "http://2130706433:SPY",
            "http://0x7f.1:SPY",
            "http://[::ffff:127.0.0.1]:SPY",
            "http://0.0.0.0:SPY",
            "http://169.254.169.254",
            "http://[::ffff:169.254.169.254]",
            "http://[fd00:ec2::254]",
        ],
    ),
    (
        "auth",
        &[
            "none",
            "{basic: {username: me, password: {env: AWS_SECRET_ACCESS_KEY}}}",
            "{basic: {username: me, password: {env: SECRET}}}",
            "{basic: {username: me, password: {env: ESBACKUP_SECRET}}}",
            "{basic: {username: me, password: {file: ../beside/secret.txt}}}",
            "{basic: {username: me, password: {file: link.txt}}}",
            "{basic: {username: me, password: {file: folder/secret.txt}}}",
            "{basic: {username: me, password: {file: .git/config}}}",
            "{basic: {username: me, password: {file: /proc/self/environ}}}",
            "{basic: {username: me, password: {file: password}}}",
        ],
    ),
    (
        "connect_to",
        &[
            "127.0.0.1:SPY",
            "localhost:SPY",
            "169.254.169.254:80",
            "EVIL:443",
        ],
    ),
    (
        "ca_file",
        &[
            "ca.pem",
            "below.txt",
            "link.pem",
            "../beside/ca.pem",
            "../beside/secret.txt",
        ],
    ),
    (
        "policy",
        &[
            "../beside/secret.json",
            "../beside/secret.txt",
            "link.json",
            "folder/secret.json",
            ".git/config",
            "below.json",
            "below.txt",
        ],
    ),
    (
        "trust",
        &[
            "../beside/secret.json",
            "link.json",
            "folder/secret.txt",
            "below.json",
        ],
    ),
];

/// Some settings of one spec.
#[derive(Clone)]
pub struct Cell {
    settings: BTreeMap<&'static str, String>,
}

/// Every setting alone, and every pair of settings of two keys.
pub fn all(spy: SocketAddr) -> Vec<Cell> {
    let port = spy.port().to_string();
    let each: Vec<(&str, String)> = SETTINGS
        .iter()
        .flat_map(|(key, values)| values.iter().map(move |value| (*key, *value)))
        .map(|(key, value)| (key, value.replace("SPY", &port).replace("EVIL", EVIL)))
        .collect();
    let mut cells = Vec::new();
    for (at, (key, value)) in each.iter().enumerate() {
        let one = Cell {
            settings: BTreeMap::from([(*key, value.clone())]),
        };
        for (other, second) in each.iter().skip(at).filter(|(other, _)| other != key) {
            let mut two = one.clone();
            two.settings.insert(other, second.clone());
            cells.push(two);
        }
        cells.push(one);
    }
    assert!(cells.len() > 500, "{}", cells.len());
    cells
}

impl Cell {
    fn of(&self, key: &str) -> &str {
        self.settings.get(key).map_or("", String::as_str)
    }

    pub fn is_alone(&self) -> bool {
        self.settings.len() == 1
    }

    fn is_named(&self) -> bool {
        self.of("name") != "absent"
    }

    fn sends_credentials(&self) -> bool {
        self.of("auth") != "none"
    }

    /// The spec of these settings.
    pub fn spec(&self) -> String {
        let mut domain = String::new();
        if self.is_named() {
            domain.push_str("  name: logs\n");
        }
        for key in ["endpoint", "auth", "connect_to", "ca_file"] {
            let value = self.of(key);
            if !value.is_empty() {
                domain.push_str(&format!("  {key}: {}\n", quoted(value)));
            }
        }
        let file = |key: &str| match self.of(key) {
            "" => String::new(),
            file => format!(", document_file: {file}"),
        };
        let trust = match (self.of("trust"), self.is_named()) {
            ("", true) => String::new(),
            ("", false) => {
                ", trust: {source_arns: [\"arn:aws:es:us-west-2:123456789012:domain/logs\"]}"
                    .to_owned()
            }
            (file, _) => format!(", trust: {{document_file: {file}}}"),
        };
        format!(
            "version: 1\nname: logs\nregion: us-west-2\naccount: \"123456789012\"\ndomain:\n{domain}bucket: {{name: logs-snapshots}}\n\
             policy: {{name: logs-snapshots{}}}\nrole: {{name: logs-snapshots{trust}}}\nrepository: {{name: logs}}\n",
            file("policy")
        )
    }

    /// Whether something is wrong with it beside what it names: without a name it needs an endpoint, no authority is used without TLS,
    /// a password does not go over plain HTTP, and what is no policy document cannot be one.
    pub fn is_invalid(&self) -> bool {
        let endpoint = self.of("endpoint");
        let nowhere = !self.is_named() && endpoint.is_empty();
        let plain = endpoint.starts_with("http://");
        let unused = plain && !self.of("ca_file").is_empty();
        let far = ["127.0.0.1", "localhost", "2130706433", "0x7f.1"];
        let open =
            plain && self.sends_credentials() && !far.iter().any(|far| endpoint.contains(far));
        let document = ["policy", "trust"]
            .iter()
            .any(|key| self.of(key).starts_with("below"));
        nowhere || unused || open || document
    }

    /// Whether it names something that only a flag allows, as the spec alone shows.
    pub fn lacks_trust(&self) -> bool {
        let outside = |key: &str| {
            let file = self.of(key);
            ["..", "link", "folder", ".git"]
                .iter()
                .any(|way| file.starts_with(way))
        };
        let auth = self.of("auth");
        let password = [
            "AWS_SECRET",
            "env: SECRET",
            "../",
            "link",
            "folder",
            ".git",
            "/proc",
        ]
        .iter()
        .any(|way| auth.contains(way));
        let endpoint = self.of("endpoint");
        let encrypted = !endpoint.starts_with("http://");
        let tunnel = self.of("connect_to");
        let here = tunnel.is_empty()
            && !endpoint.is_empty()
            && !endpoint.contains(EVIL)
            && !endpoint.contains("evil.test");
        let host = match self.sends_credentials() {
            true => !endpoint.is_empty() && !self.is_named(),
            false => here,
        };
        let near = ["127.0.0.1", "localhost"]
            .iter()
            .any(|near| tunnel.starts_with(near));
        let tunnelled = match encrypted && self.sends_credentials() {
            true => tunnel.starts_with("169"),
            false => near || tunnel.starts_with("169"),
        };
        let authority = encrypted
            && !self.of("ca_file").is_empty()
            && (self.sends_credentials() || self.is_named());
        outside("policy")
            || outside("trust")
            || (outside("ca_file") && encrypted)
            || password
            || host
            || tunnelled
            || authority
    }

    /// Whether it must not be carried out. A host beside a name is refused when AWS does not name it.
    pub fn is_refused(&self) -> bool {
        let another =
            self.is_named() && !self.of("endpoint").is_empty() && self.sends_credentials();
        self.is_invalid() || self.lacks_trust() || another
    }

    /// What may be connected to, as address and port begin.
    pub fn may_connect_to(&self, spy: SocketAddr) -> Vec<String> {
        let endpoint = self.of("endpoint");
        if self.is_refused() {
            return Vec::new();
        }
        match self.of("connect_to") {
            "" if endpoint.contains(EVIL) => vec![EVIL.to_owned()],
            "" if endpoint.is_empty() => vec![AMAZON.to_owned()],
            tunnel if tunnel.contains(EVIL) => vec![EVIL.to_owned()],
            "" => Vec::new(),
            _ => vec![
                format!("127.0.0.1 {}", spy.port()),
                format!("::1 {}", spy.port()),
            ],
        }
    }
}

fn quoted(value: &str) -> String {
    match value.starts_with('{') {
        true => value.to_owned(),
        false => format!("\"{value}\""),
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}", self.settings)
    }
}
