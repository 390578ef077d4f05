//! One sandbox and the real binary beside it, applying one spec as an operator would.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::faults::{Ends, Fault};
use crate::support::binary::{Folder, Ran, ran};
use crate::support::sandbox::Sandbox;

/// The flags of every run: all that is planned is agreed to, and refusals that may pass are waited out for a second.
const APPLY: [&str; 12] = [
    "apply",
    "--sandbox",
    "--yes",
    "--patience",
    "1s",
    "--allow",
    "widens-access",
    "--allow",
    "weakens",
    "--allow",
    "repoints",
    "--allow",
];
const LAST: [&str; 3] = ["destroys", "-f", FILE];
const FILE: &str = "spec.yaml";
/// Longer than any answer takes on a busy machine.
const PATIENCE_MS: &str = "1500";
/// Longer than any run takes on a busy machine.
const LONGEST: Duration = Duration::from_secs(120);

pub struct Bench {
    pub sandbox: Sandbox,
    folder: Folder,
}

impl Bench {
    /// An empty account, and a folder that holds a spec.
    pub fn new(spec: &str) -> Self {
        let sandbox = Sandbox::start();
        let folder = Folder::new(&sandbox);
        folder.write(FILE, spec);
        Self { sandbox, folder }
    }

    /// The same with this state.
    pub fn at(spec: &str, state: &Value) -> Self {
        let bench = Self::new(spec);
        bench.sandbox.admin("PUT", "/state", state);
        bench
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.folder.command(arguments.iter().copied());
        // Where a spec takes its password from.
        command.env("LOGS_PASSWORD", "a password");
        command
    }

    /// Another spec from now on.
    pub fn wants(&self, spec: &str) {
        self.folder.write(FILE, spec);
    }

    /// Plans, which makes the domain of the spec exist.
    pub fn plan(&self) -> Ran {
        ran(&mut self.command(&["plan", "--sandbox", "-f", FILE]))
    }

    pub fn apply(&self) -> Ran {
        ran(&mut self.command(&[&APPLY[..], &LAST[..]].concat()))
    }

    /// Applies and returns the writes that were sent; it must succeed.
    pub fn applied(&self, what: &str) -> Vec<String> {
        self.sandbox.forget_requests();
        let ran = self.apply();
        assert_eq!(ran.code, 0, "{what}: {}\n{}", ran.stdout, ran.stderr);
        self.sandbox.writes()
    }

    /// Applies while a fault is scripted; no code means that it was killed.
    pub fn suffer(&self, fault: &Fault) -> (Option<i32>, String) {
        let mut command = self.command(&[&APPLY[..], &LAST[..]].concat());
        if fault.ends == Ends::Impatient {
            command
                .env("ESBACKUP_ATTEMPT_TIMEOUT_MS", PATIENCE_MS)
                .env("ESBACKUP_TOTAL_TIMEOUT_MS", PATIENCE_MS);
        }
        let said = std::fs::File::create(self.folder.path("said")).unwrap();
        command
            .stdout(Stdio::from(said.try_clone().unwrap()))
            .stderr(Stdio::from(said));
        let mut child = command.spawn().unwrap();
        let code = self.end(&mut child, fault.ends);
        let said = std::fs::read_to_string(self.folder.path("said")).unwrap();
        (code, said)
    }

    fn end(&self, child: &mut Child, ends: Ends) -> Option<i32> {
        let began = Instant::now();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status.code();
            }
            let held = || self.sandbox.admin("GET", "/held", &Value::Null)["held"] == 1;
            let late = began.elapsed() > LONGEST;
            if late || (ends == Ends::Killed && held()) {
                child.kill().unwrap();
                let code = child.wait().unwrap().code();
                assert!(!late, "the run does not end");
                return code;
            }
            std::thread::sleep(Duration::from_millis(3));
        }
    }

    /// The states since the first that was set, which comes first.
    pub fn history(&self) -> Vec<Value> {
        let history = self.sandbox.admin("GET", "/states", &Value::Null);
        let moments = history.as_array().unwrap();
        // The sandbox forgets what lies further back.
        assert!(moments.len() < 64);
        let states = moments.iter().map(|moment| moment["state"].clone());
        states.skip(1).collect()
    }
}
