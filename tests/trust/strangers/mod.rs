//! Specs of strangers: every key that names a host, a file, a variable, an authority or a tunnel, alone and in pairs. Nothing that is not
//! trusted is asked, sent, read or shown; canaries listen at every host and lie in every file and variable.

mod asking;
mod cells;
mod flags;

use std::process::Command;

use serde_json::json;

use super::sample;
use crate::support::binary::{Folder, Ran, ran};
use crate::support::preload::Network;
use crate::support::sandbox::Sandbox;
use crate::support::spy::Spy;
use cells::{Cell, all};

const ACCOUNT: &str = "123456789012";
/// Each how manyth cell is in the sample.
const EVERY: usize = 37;
/// Where the names of Amazon's lead: an address that nobody has.
pub const AMAZON: &str = "192.0.2.9";
/// The stranger's host, which nobody has either.
pub const EVIL: &str = "192.0.2.7";
/// The commands that somebody runs for a pull request.
const COMMANDS: [&[&str]; 5] = [
    &["validate"],
    &["plan"],
    &["drift"],
    &["status"],
    &["verify"],
];

/// What must never be seen outside, by where it is held.
pub const CANARIES: [(&str, &str); 7] = [
    ("a variable", "canary-of-a-variable"),
    ("a text", "canary-of-a-text"),
    ("a JSON file", "canary-of-json"),
    ("a spec beside", "canary-of-yaml"),
    (".git", "canary-of-git"),
    ("what lies below", "canary-below"),
    ("an authority", "Y2FuYXJ5IG9mIGFuIGF1dGhvcml0eQ"),
];
/// The password that may be sent, to the right host alone.
pub const OWN: &str = "canary-of-our-own";

/// AWS as the sandbox plays it, a folder with specs, a folder beside it, and somebody who listens on this machine.
pub struct Lab {
    pub sandbox: Sandbox,
    pub folder: Folder,
    pub spy: Spy,
    pub network: Network,
}

impl Lab {
    pub fn new() -> Self {
        let sandbox = Sandbox::start();
        let new = json!({"account": ACCOUNT, "region": "us-west-2", "name": "logs"});
        sandbox.admin("POST", "/domains", &new);
        let folder = Folder::new(&sandbox);
        let (_, json) = CANARIES[2];
        folder.write("beside/secret.txt", &format!("{}\n", CANARIES[1].1));
        folder.write(
            "beside/secret.json",
            &format!("{{\"{json}\": \"{json}\", \"Statement\": [{{\"Effect\": \"{json}\"}}]}}"),
        );
        folder.write(
            "beside/secret.yaml",
            &format!("version: 1\n{}: [\n", CANARIES[3].1),
        );
        folder.write(
            "beside/ca.pem",
            &format!("-----BEGIN CERTIFICATE-----\n{}\n", CANARIES[6].1),
        );
        folder.write("specs/.git/config", &format!("[{}]\n", CANARIES[4].1));
        let below = CANARIES[5].1;
        folder.write("specs/below.txt", &format!("{below}\n"));
        folder.write(
            "specs/below.json",
            &format!("{{\"Version\": \"{below}\", \"{below}\": 1, \"Statement\": [{{\"Sid\": \"{below}\"}}]}}"),
        );
        folder.write(
            "specs/ca.pem",
            &std::fs::read_to_string(folder.path("beside/ca.pem")).unwrap(),
        );
        folder.write("specs/password", OWN);
        for (link, to) in [
            ("link.txt", "../beside/secret.txt"),
            ("link.json", "../beside/secret.json"),
            ("link.pem", "../beside/ca.pem"),
            ("folder", "../beside"),
        ] {
            std::os::unix::fs::symlink(to, folder.path("specs").join(link)).unwrap();
        }
        Self {
            sandbox,
            folder,
            spy: Spy::start(),
            network: Network::new(),
        }
    }

    /// A command with credentials and canaries in its environment, its connections watched.
    pub fn command(&self, words: &[&str]) -> Command {
        let (key, secret) = esbackup::internals::sandbox::credentials(ACCOUNT);
        let mut command = self.folder.command(words.iter().copied());
        command
            .env("AWS_ENDPOINT_URL", self.sandbox.url())
            .env("AWS_ACCESS_KEY_ID", key)
            .env("AWS_SECRET_ACCESS_KEY", secret)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("SECRET", CANARIES[0].1)
            .env("ESBACKUP_SECRET", OWN)
            .env("ESBACKUP_CONNECT_TIMEOUT_MS", "40")
            .env("ESBACKUP_ATTEMPT_TIMEOUT_MS", "1500")
            .env("ESBACKUP_TOTAL_TIMEOUT_MS", "3000");
        self.network
            .watch(&mut command, self.sandbox.address.port());
        self.network.lead(&mut command, AMAZON);
        command
    }

    pub fn run(&self, words: &[&str]) -> Ran {
        ran(&mut self.command(words))
    }

    /// What the spy heard since the last time.
    pub fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.spy.heard.lock().unwrap())
    }
}

/// What of the secrets is in a text, also as basic authentication encodes them.
pub fn leaked(text: &str) -> Vec<&'static str> {
    let (_, secret) = esbackup::internals::sandbox::credentials(ACCOUNT);
    let encoded = |canary: &str| aws_smithy_types::base64::encode(format!("me:{canary}"));
    let found = |canary: &str| text.contains(canary) || text.contains(&encoded(canary));
    let mut all: Vec<&str> = CANARIES
        .iter()
        .filter(|(_, canary)| found(canary))
        .map(|(held, _)| *held)
        .collect();
    all.extend(found(OWN).then_some("our own password"));
    all.extend(found(&secret).then_some("the secret key"));
    all
}

/// Runs one cell, and says what was wrong.
fn tried(lab: &Lab, cell: &Cell, command: &[&str]) -> Vec<String> {
    lab.folder.write("specs/esbackup.yaml", &cell.spec());
    lab.network.forget();
    lab.heard();
    let ran = lab.run(&[command, &["-f", "specs"]].concat());
    let said = format!("{}{}", ran.stdout, ran.stderr);
    let mut wrong = Vec::new();
    let mut check = |right: bool, what: String| {
        if !right {
            wrong.push(format!("{cell} {command:?}: {what}: {ran:#?}"));
        }
    };
    check(
        leaked(&said).is_empty(),
        format!("shows {:?}", leaked(&said)),
    );
    let heard = lab.heard();
    for words in &heard {
        check(leaked(words).is_empty(), format!("the spy heard {words:?}"));
        // Nobody who only listens learns more than that somebody wants TLS.
        check(
            words.is_empty() || words.starts_with('\u{16}'),
            format!("the spy was asked {words:?}"),
        );
    }
    let may = cell.may_connect_to(lab.spy.address);
    for found in lab.network.connections() {
        let known = may.iter().any(|may| found.starts_with(may));
        check(
            known && command != ["validate"],
            format!("connected to {found}"),
        );
    }
    // Which hosts are the domain's only AWS can tell.
    let local = cell.is_invalid() || cell.lacks_trust();
    let refused = local || (cell.is_refused() && command != ["validate"]);
    let flagged = said.contains("--trust-");
    check(
        !refused || [6, 65].contains(&ran.code),
        "is not refused".to_owned(),
    );
    check(
        refused || !flagged || cell.is_invalid(),
        "is refused".to_owned(),
    );
    check(
        !cell.lacks_trust() || flagged || command == ["validate"],
        "does not say how to trust it".to_owned(),
    );
    check(ran.code != 101, "panicked".to_owned());
    wrong
}

#[test]
fn no_spec_of_a_stranger_gets_a_secret_or_a_file() {
    let lab = Lab::new();
    let spec_of: Vec<Cell> = all(lab.spy.address);
    let cells: Vec<(&Cell, &[&str])> = spec_of
        .iter()
        .flat_map(|cell| COMMANDS.iter().map(move |command| (cell, *command)))
        .collect();
    let whole = cells.len();
    let cells = sample::of(cells, EVERY);
    let wrong: Vec<String> = cells
        .iter()
        .flat_map(|(cell, command)| tried(&lab, cell, command))
        .collect();
    println!(
        "strangers: {} of {whole} cells, {} canaries, {} wrong",
        cells.len(),
        CANARIES.len() + 2,
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(lab.sandbox.writes(), [""; 0]);
}

#[test]
fn what_each_key_names_alone_is_refused_by_every_command() {
    let lab = Lab::new();
    let mut wrong = Vec::new();
    for cell in all(lab.spy.address).iter().filter(|cell| cell.is_alone()) {
        for command in COMMANDS {
            wrong.extend(tried(&lab, cell, command));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The canaries can be heard: with every flag the same spec sends them.
#[test]
fn what_is_trusted_is_sent() {
    let lab = Lab::new();
    let address = lab.spy.address;
    lab.folder.write(
        "specs/esbackup.yaml",
        &format!(
            "version: 1\nname: logs\nregion: us-west-2\naccount: \"{ACCOUNT}\"\ndomain:\n  endpoint: http://{address}\n  \
             auth: {{basic: {{username: me, password: {{env: SECRET}}}}}}\nrepository: {{name: logs, existing: true}}\n"
        ),
    );
    let words = ["plan", "-f", "specs"];
    let ran = lab.run(&words);
    assert_eq!(ran.code, 65, "{ran:#?}");
    assert_eq!(lab.heard(), [""; 0]);
    lab.run(
        &[
            &words[..],
            &["--trust-endpoint", "127.0.0.1", "--trust-env", "SECRET"],
        ]
        .concat(),
    );
    let heard = lab.heard().join("\n");
    assert_eq!(leaked(&heard), ["a variable"], "{heard}");
    let seen = lab.network.connections().join("\n");
    assert!(seen.contains(&address.port().to_string()), "{seen}");
}
