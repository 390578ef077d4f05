//! What looks writes nothing: the recorder that stands around every plan and around every run of a command that looks or shows, in whatever
//! test it is. Its panic is a failure of the test that it stands in.

use std::net::{SocketAddr, TcpStream};
use std::process::Command;

use serde_json::Value;

use super::http;
use super::stage::{Does, LINES};

/// Names the sandbox that a run is watched in, in the environment of the run.
pub const SANDBOX: &str = "TEST_SANDBOX";

/// A sandbox that must not be sent a write.
pub struct Watch {
    address: SocketAddr,
    before: u64,
    what: String,
}

impl Watch {
    /// Begins to watch a sandbox; none is there to be written to once it has ended.
    pub fn begin(address: SocketAddr, what: String) -> Option<Self> {
        let before = writes(address)?;
        Some(Self {
            address,
            before,
            what,
        })
    }

    /// Begins to watch a run of the binary, where it is one that looks or shows.
    pub fn of(command: &Command) -> Option<Self> {
        let mut variables = command.get_envs();
        let (_, address) = variables.find(|(name, _)| *name == SANDBOX)?;
        let address = address?.to_str()?.parse().ok()?;
        let esbackup = command.get_program() == env!("CARGO_BIN_EXE_esbackup");
        let words: Vec<&str> = command
            .get_args()
            .map(|word| word.to_str().unwrap_or_default())
            .collect();
        let looks = esbackup && only_looks(&words);
        looks.then(|| Self::begin(address, format!("{words:?}")))?
    }

    /// Ends: nothing was written meanwhile.
    pub fn end(self) {
        let after = writes(self.address).unwrap_or(self.before);
        assert_eq!(after, self.before, "{} wrote", self.what);
    }
}

/// Whether these are the words of a command that only looks, or shows what it would do.
fn only_looks(words: &[&str]) -> bool {
    let mut looking = LINES
        .iter()
        .filter(|line| !matches!(line.does, Does::Writes(_)));
    words.contains(&"--dry-run") || looking.any(|line| words.starts_with(line.name()))
}

/// How many writes a sandbox was ever sent.
fn writes(address: SocketAddr) -> Option<u64> {
    TcpStream::connect(address).ok()?;
    let (status, answer) = http::send(address, "GET", "/_sandbox/writes", "");
    assert_eq!(status, 200, "{answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    answer["writes"].as_u64()
}

#[test]
fn what_looks_is_told_from_what_writes() {
    for (words, looks) in [
        (&["plan", "--sandbox"][..], true),
        (&["snapshot", "show", "first"], true),
        (&["apply", "--yes", "--dry-run"], true),
        (&["apply", "--yes"], false),
        (&["verify"], false),
        (&["snapshot", "take", "plan"], false),
    ] {
        assert_eq!(only_looks(words), looks, "{words:?}");
    }
}

#[test]
#[should_panic(expected = "wrote")]
fn a_write_while_somebody_only_looks_is_noticed() {
    let sandbox = super::sandbox::Sandbox::start();
    let folder = super::binary::Folder::new(&sandbox);
    let watch = Watch::of(&folder.command(["plan", "--sandbox"])).unwrap();
    let boundary = "  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n";
    folder.write("esbackup.yaml", &super::fields::SPEC.replace(boundary, ""));
    let ran = folder.run(["apply", "--sandbox", "--yes"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    watch.end();
}
