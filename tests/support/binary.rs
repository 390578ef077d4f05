//! The real binary in a folder of its own, attached to the sandbox of a test as to that of another process.

use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::printed;
use super::sandbox::Sandbox;
use super::watch::{self, Watch};

/// A folder in which the binary runs with `--sandbox` against a given sandbox.
pub struct Folder {
    folder: tempfile::TempDir,
    sandbox: SocketAddr,
    /// Held as the process holds it that serves a sandbox.
    _lock: File,
}

/// What a run of the binary printed and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

impl Folder {
    pub fn new(sandbox: &Sandbox) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join(".esbackup/sandbox");
        std::fs::create_dir_all(&state).unwrap();
        let lock = File::create(state.join("lock")).unwrap();
        lock.try_lock().unwrap();
        std::fs::write(state.join("address"), sandbox.address.to_string()).unwrap();
        Self {
            folder,
            sandbox: sandbox.address,
            _lock: lock,
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// The binary with these arguments, without the environment of the test.
    pub fn command<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = self.command_of(env!("CARGO_BIN_EXE_esbackup"));
        command.args(arguments);
        command
    }

    /// Another program in the same folder, without the environment of the test.
    pub fn command_of(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("ESBACKUP_BACKOFF_MS", "1")
            .env(watch::SANDBOX, self.sandbox.to_string())
            .stdin(Stdio::null());
        command
    }

    /// A command of this folder through a shell, whose script is `$0` with its arguments `$@`.
    pub fn through_a_shell(&self, script: &str, of: &Command) -> Command {
        let mut command = self.command_of("/bin/sh");
        command
            .args(["-c", script])
            .arg(of.get_program())
            .args(of.get_args());
        for (name, value) in of.get_envs() {
            value.map(|value| command.env(name, value));
        }
        command
    }

    /// Runs it to its end.
    pub fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Ran {
        ran(&mut self.command(arguments))
    }
}

/// Runs a command to its end. One that only looks sends no write to the sandbox of its folder meanwhile, and every command that is printed is
/// one that esbackup takes.
pub fn ran(command: &mut Command) -> Ran {
    let ran = ended(command);
    let words: Vec<String> = command
        .get_args()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    if let Some(named) = esbackup::internals::cli::exit_codes(&words) {
        let code = u8::try_from(ran.code).unwrap_or_default();
        assert!(
            named.contains(&code),
            "the help of {words:?} does not name {code}\n{ran:#?}"
        );
    }
    for command in printed::commands(&ran) {
        let known = esbackup::internals::cli::takes(&printed::words(&command));
        assert_eq!(known, Ok(()), "printed: {command}\n{ran:#?}");
    }
    // People read sentences, whatever went wrong: held for every command that any test runs.
    for text in [&ran.stdout, &ran.stderr] {
        assert_eq!(rust_structure(text), None, "{text}");
    }
    ran
}

/// Runs a command to its end, and asserts nothing about what it prints.
pub fn ended(command: &mut Command) -> Ran {
    let watch = Watch::of(command);
    let output = command.output().unwrap();
    if let Some(watch) = watch {
        watch.end();
    }
    Ran {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap_or(-1),
    }
}

/// Returns the first piece of a text that is a Rust structure as `{:?}` prints it: a name in capitals, a brace, a field and a colon.
pub fn rust_structure(text: &str) -> Option<&str> {
    text.match_indices(" { ").find_map(|(at, brace)| {
        let before = text.get(..at)?;
        let name = before.rsplit(|c: char| !c.is_ascii_alphanumeric()).next()?;
        let field = text.get(at + brace.len()..)?;
        let end =
            field.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'))?;
        let structure = name.len() > 1
            && name.starts_with(|c: char| c.is_ascii_uppercase())
            && end > 0
            && field.get(end..)?.starts_with(": ");
        structure.then(|| text.get(at - name.len()..at + brace.len() + end + 1))?
    })
}

#[test]
fn rust_structure_is_told_from_a_sentence() {
    for text in [
        "could not: Error { s3_extended_request_id: \"x\" }",
        "StartEl { name: Name",
        "a Refused { status: 3 }",
    ] {
        assert!(rust_structure(text).is_some(), "{text}");
    }
    for text in [
        "{\"Effect\": \"Allow\"}",
        "domain { name: x }",
        "settings {compress: 1}",
        "A { B: 1 }",
    ] {
        assert_eq!(rust_structure(text), None, "{text}");
    }
}
