//! What the operator vouches for outside of the specs: hosts, variables, paths, authorities. A spec never adds to it.

pub(crate) mod address;
pub(crate) mod paths;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::outlet::safe::shell_word;
use crate::outlet::visible;

/// Variables whose names begin so are made for esbackup and need no trust.
pub(crate) const OWN_VARIABLES: &str = "ESBACKUP_";

/// Returns whether a text is the name of an environment variable.
pub(crate) fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// One thing that can be trusted: a flag, a row of the trust file, an item of the question.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grant {
    /// Credentials may be sent to this host; it may be this machine.
    Endpoint(String),
    /// This variable may hold a password that is sent to the domain.
    Env(String),
    /// Files of this folder, or this file, may be read.
    Path(PathBuf),
    /// This file may vouch for the host that credentials are sent to.
    Ca(PathBuf),
}

impl Grant {
    /// Returns the key of the trust file; the flag is `--trust-` and this word.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Endpoint(_) => "endpoint",
            Self::Env(_) => "env",
            Self::Path(_) => "path",
            Self::Ca(_) => "ca",
        }
    }

    /// Returns the value of the row and of the flag.
    pub fn value(&self) -> String {
        match self {
            Self::Endpoint(text) | Self::Env(text) => text.clone(),
            Self::Path(path) | Self::Ca(path) => path.to_string_lossy().into_owned(),
        }
    }

    /// Returns the flag that grants it, as a shell takes it.
    pub fn flag(&self) -> String {
        let value: String = self.value().chars().map(visible).collect();
        format!("--trust-{} {}", self.key(), shell_word(&value))
    }

    /// Returns the row of the trust file that grants it.
    pub fn row(&self) -> String {
        let value: String = self.value().chars().map(visible).collect();
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        let bare = !value.starts_with('-')
            && value.starts_with(|c: char| c == '/' || c.is_ascii_alphabetic());
        let value = match bare && value.chars().all(plain) {
            true => value,
            false => serde_json::Value::from(value).to_string(),
        };
        format!("{}: [{value}]", self.key())
    }

    /// Returns the sentence that says how to allow it.
    pub fn hint(&self) -> String {
        format!(
            "if you trust it, allow it with {}, or with the row `{}` of the trust file",
            self.flag(),
            self.row()
        )
    }
}

/// One thing that a spec names and that is not trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Want {
    /// The key of the spec that names it.
    pub key: &'static str,
    /// What is refused.
    pub title: String,
    /// Why.
    pub label: String,
    /// What would be sent or read, for the question at a terminal.
    pub would: String,
    /// What would allow it.
    pub grant: Grant,
}

/// Everything that is trusted in one run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    /// Nothing is sent and nothing secret is read: the sandbox stands in for everything.
    everything: bool,
    endpoints: BTreeSet<String>,
    variables: BTreeSet<String>,
    paths: BTreeSet<PathBuf>,
    authorities: BTreeSet<PathBuf>,
}

impl Trust {
    /// Returns the trust of a run that sends nothing to anybody but the sandbox.
    pub fn everything() -> Self {
        Self {
            everything: true,
            ..Self::default()
        }
    }

    /// Adds one thing. Hosts are given in the form in which URLs carry them.
    pub fn add(&mut self, grant: Grant) {
        match grant {
            Grant::Endpoint(host) => self.endpoints.insert(host),
            Grant::Env(name) => self.variables.insert(name),
            Grant::Path(path) => self.paths.insert(paths::resolved(&path).unwrap_or(path)),
            Grant::Ca(path) => self
                .authorities
                .insert(paths::resolved(&path).unwrap_or(path)),
        };
    }

    /// Returns whether credentials may be sent to a host, and whether it may be this machine.
    pub fn endpoint(&self, host: &str) -> bool {
        self.everything || self.endpoints.contains(host)
    }

    /// Returns whether a variable may hold a password that is sent to the domain.
    pub fn variable(&self, name: &str) -> bool {
        let own = name
            .strip_prefix(OWN_VARIABLES)
            .is_some_and(|rest| !rest.is_empty());
        self.everything || own || self.variables.contains(name)
    }

    /// Returns whether a file may vouch for the host that credentials are sent to.
    pub fn authority(&self, file: &Path) -> bool {
        self.everything
            || paths::resolved(file).is_some_and(|file| self.authorities.contains(&file))
    }

    /// Returns the path, without symbolic links, of a file that may be read: below the folder of the specs and not in `.git`, or
    /// trusted.
    ///
    /// # Errors
    /// What would allow it.
    pub fn file(&self, file: &Path, folder: &Path) -> Result<PathBuf, Grant> {
        if self.everything {
            return Ok(file.to_owned());
        }
        let refused = || Grant::Path(paths::absolute(file));
        let real = paths::resolved(file).ok_or_else(refused)?;
        let trusted = self.authorities.contains(&real)
            || self.paths.iter().any(|path| paths::below(path, &real));
        match trusted || paths::below(folder, &real) {
            true => Ok(real),
            false => Err(match file.canonicalize() {
                // What a process calls its own has another name in the next one.
                Ok(real) if !real.starts_with("/proc") => Grant::Path(real),
                Ok(_) | Err(_) => refused(),
            }),
        }
    }

    /// Returns what has to be trusted before a file that a spec names may be read, or nothing. `named` is the whole path of the key.
    pub fn want_of_file(
        &self,
        key: &'static str,
        named: &str,
        file: &Path,
        folder: &Path,
    ) -> Option<Want> {
        let grant = self.file(file, folder).err()?;
        let visible = |text: &str| text.chars().map(visible).collect::<String>();
        let real = visible(&grant.value());
        let folder = visible(&folder.to_string_lossy());
        Some(Want {
            key,
            title: format!("`{named}` names a file that is not trusted"),
            label: format!("{real} is not below {folder}, or is in .git there"),
            would: format!("the file {real} is read"),
            grant,
        })
    }

    /// Returns whether a file that stands in for a spec may be read: trusted, or below the folder that holds it.
    pub fn spec(&self, file: &Path, folder: &Path) -> Result<(), Grant> {
        let strict = Self {
            everything: false,
            ..self.clone()
        };
        strict.file(file, folder).map(drop)
    }
}
