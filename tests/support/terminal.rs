//! A terminal of a test: a pair of the kernel's pseudo-terminals with the binary at one end and the test at the other.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};

use rustix::fs::{Mode, OFlags};
use rustix::io::FdFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::binary::Ran;
use super::watch::Watch;

/// A program at a terminal.
pub struct AtTerminal {
    pub child: Child,
    /// What it shows is read here, and what somebody types is written.
    screen: File,
    watch: Option<Watch>,
}

impl AtTerminal {
    /// Starts it with its input, its output and its errors at the terminal.
    pub fn spawn(mut command: Command) -> Self {
        let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        rustix::io::fcntl_setfd(&screen, FdFlags::CLOEXEC).unwrap();
        grantpt(&screen).unwrap();
        unlockpt(&screen).unwrap();
        let name = ptsname(&screen, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let end: OwnedFd = rustix::fs::open(name, flags, Mode::empty()).unwrap();
        if !command.get_envs().any(|(name, _)| name == "TERM") {
            command.env("TERM", "xterm-256color");
        }
        command
            .stdin(Stdio::from(end.try_clone().unwrap()))
            .stdout(Stdio::from(end.try_clone().unwrap()))
            .stderr(Stdio::from(end));
        // The command holds the program's end and drops it here, or its last words would never be the last.
        let watch = Watch::of(&command);
        let child = command.spawn().unwrap();
        Self {
            child,
            watch,
            screen: File::from(screen),
        }
    }

    /// Types text, as fast as the terminal takes it.
    pub fn types(&mut self, text: &str) {
        self.screen.write_all(text.as_bytes()).unwrap();
    }

    /// Reads on until `words` were shown, or to the end; returns what was read.
    pub fn read_until(&mut self, words: Option<&str>) -> String {
        let (mut seen, mut piece) = (Vec::new(), [0; 4096]);
        loop {
            let text = String::from_utf8_lossy(&seen);
            if words.is_some_and(|words| text.contains(words)) {
                return text.into_owned();
            }
            // Linux says EIO once nobody holds the other end.
            match self.screen.read(&mut piece) {
                Ok(0) | Err(_) => return text.into_owned(),
                Ok(count) => seen.extend_from_slice(&piece[..count]),
            }
        }
    }

    /// Waits for its end; `stdout` is all that the terminal showed.
    pub fn end(mut self) -> Ran {
        let stdout = self.read_until(None);
        let status = self.child.wait().unwrap();
        if let Some(watch) = self.watch {
            watch.end();
        }
        Ran {
            stdout,
            stderr: String::new(),
            code: status.code().unwrap_or(-1),
        }
    }
}
