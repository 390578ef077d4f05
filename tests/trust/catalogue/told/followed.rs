//! A printed command, run as the reader of a row would: in the same folder and environment, once the fault is over.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::printed;

/// A command that waits for longer is left alone: it was understood, and works.
const PATIENCE: Duration = Duration::from_secs(10);

/// The codes of a command line or a spec that is wrong, and of a panic.
const WRONG: [i32; 3] = [64, 65, 101];

/// A command that another one printed.
pub struct Followed {
    line: String,
    program: OsString,
    folder: Option<PathBuf>,
    environment: Vec<(OsString, OsString)>,
}

impl Followed {
    pub fn of(by: &Command, line: &str) -> Self {
        let environment = by.get_envs();
        Self {
            line: line.to_owned(),
            program: by.get_program().to_owned(),
            folder: by.get_current_dir().map(PathBuf::from),
            environment: environment
                .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
                .collect(),
        }
    }

    /// Runs it, and returns it with how it ended.
    pub fn run(&self) -> String {
        let mut command = Command::new(&self.program);
        command
            .args(&printed::words(&self.line)[1..])
            .env_clear()
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        let mut child = command.spawn().unwrap();
        let began = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if began.elapsed() > PATIENCE {
                child.kill().unwrap();
                drop(child.wait());
                return format!("{}: waits", self.line);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let output = child.wait_with_output().unwrap();
        let code = output.status.code();
        let said = String::from_utf8_lossy(&output.stderr);
        let is_wrong = code.is_none_or(|code| WRONG.contains(&code));
        assert!(!is_wrong, "{}: {code:?}\n{said}", self.line);
        format!("{}: exit {}", self.line, code.unwrap_or_default())
    }
}
