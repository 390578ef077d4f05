//! What the operator vouches for: the flags, the trust file, and one question a run at a terminal. `--yes` never answers it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once};

use clap::Args;

use crate::cli::ask;
use crate::cli::print::err;
use crate::domain::endpoint::{bare_host, is_serverless};
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::outlet::visible;
use crate::spec;
use crate::trust::{Grant, Trust, paths};
use crate::yaml::{self, Diagnostic, Severity};

/// Names the trust file where `--trust-file` does not.
const VARIABLE: &str = "ESBACKUP_TRUST_FILE";

/// What was agreed to at the terminal, for the rest of this process only.
static AGREED: Mutex<Vec<Grant>> = Mutex::new(Vec::new());
/// Whether the question was asked.
static ASKED: AtomicBool = AtomicBool::new(false);
/// Whether it was said that an authority lies beside the specs.
static WARNED: Once = Once::new();

/// What is trusted beside the hosts that DescribeDomain names.
#[derive(Debug, Default, Args)]
pub(crate) struct TrustArgs {
    /// Trust what this file lists: hosts, variables, paths, authorities
    ///
    /// It must lie outside of the specs' folders. Default: the file that ESBACKUP_TRUST_FILE names.
    #[arg(id = "trust_file", long = "trust-file", value_name = "FILE")]
    file: Option<PathBuf>,
    /// Send credentials to this host too (without a port); may repeat
    ///
    /// For a host that DescribeDomain does not name.
    #[arg(id = "trust_endpoints", long = "trust-endpoint", value_name = "HOST")]
    endpoints: Vec<String>,
    /// Let `password.env` name this variable; may repeat
    ///
    /// Variables whose names begin with ESBACKUP_ need no trust.
    #[arg(id = "trust_variables", long = "trust-env", value_name = "NAME")]
    variables: Vec<String>,
    /// Let specs read this file, or the files of this folder; may repeat
    ///
    /// For files outside of the spec's own folder.
    #[arg(id = "trust_paths", long = "trust-path", value_name = "FILE")]
    paths: Vec<PathBuf>,
    /// Send credentials to hosts that this `ca_file` vouches for; may repeat
    #[arg(id = "trust_authorities", long = "trust-ca", value_name = "FILE")]
    authorities: Vec<PathBuf>,
}

impl TrustArgs {
    /// Checks the flags that can be wrong by themselves.
    ///
    /// # Errors
    /// How the run ends when one is.
    pub(crate) fn check(&self) -> Result<(), Exit> {
        let host = self.endpoints.iter().find(|host| bare_host(host).is_none());
        let name = self
            .variables
            .iter()
            .find(|name| !crate::trust::is_variable(name.as_str()));
        let serverless = self.endpoints.iter().find(|host| is_serverless(host));
        if let Some(host) = serverless {
            err(&format!(
                "error: --trust-endpoint {host}: {}\n",
                crate::domain::SERVERLESS
            ));
            return Err(Exit::Usage);
        }
        let wrong = match (host, name) {
            (Some(host), _) => format!(
                "--trust-endpoint {host}: it takes a host name alone, without scheme, port and path"
            ),
            (None, Some(name)) => {
                format!("--trust-env {name}: it takes the name of an environment variable")
            }
            (None, None) => return Ok(()),
        };
        err(&format!("error: {wrong}\n"));
        Err(Exit::Usage)
    }

    /// Returns what is trusted in this run, for specs of these folders.
    ///
    /// # Errors
    /// How the run ends when the trust file cannot be used; what is wrong was printed.
    pub(crate) fn read(&self, folders: &[PathBuf], sandbox: bool) -> Result<Trust, Exit> {
        self.check()?;
        let mut trust = match sandbox {
            true => Trust::everything(),
            false => Trust::default(),
        };
        let listed = match self.trust_file() {
            Some(file) => spec::read_trust_file(&file, folders).map_err(|problems| {
                err(&yaml::render(&problems, true));
                Exit::Invalid
            })?,
            None => Vec::new(),
        };
        let hosts = self.endpoints.iter().filter_map(|host| bare_host(host));
        let flags = hosts
            .map(Grant::Endpoint)
            .chain(self.variables.iter().cloned().map(Grant::Env))
            .chain(self.paths.iter().cloned().map(Grant::Path))
            .chain(self.authorities.iter().cloned().map(Grant::Ca));
        let agreed = AGREED.lock().map_or_else(|_| Vec::new(), |all| all.clone());
        for grant in listed.into_iter().chain(flags).chain(agreed) {
            warn_of_authority(&grant, folders);
            trust.add(grant);
        }
        Ok(trust)
    }

    fn trust_file(&self) -> Option<PathBuf> {
        let named = std::env::var_os(VARIABLE).filter(|file| !file.is_empty());
        self.file.clone().or_else(|| named.map(PathBuf::from))
    }

    /// Returns the flags as they were given, word by word, for the next command.
    pub(crate) fn as_words(&self) -> Vec<String> {
        let text = |path: &PathBuf| path.to_string_lossy().into_owned();
        let mut words = Vec::new();
        let mut all = |flag: &str, values: Vec<String>| {
            for value in values {
                words.extend([flag.to_owned(), value]);
            }
        };
        all("--trust-file", self.file.iter().map(text).collect());
        all("--trust-endpoint", self.endpoints.clone());
        all("--trust-env", self.variables.clone());
        all("--trust-path", self.paths.iter().map(text).collect());
        all("--trust-ca", self.authorities.iter().map(text).collect());
        words
    }
}

/// Warns of an authority that whoever changes the specs can replace.
fn warn_of_authority(grant: &Grant, folders: &[PathBuf]) {
    let Grant::Ca(file) = grant else { return };
    let real = paths::resolved(file).unwrap_or_else(|| paths::absolute(file));
    if folders.iter().any(|folder| real.starts_with(folder)) {
        let shown: String = file.to_string_lossy().chars().map(visible).collect();
        WARNED.call_once(|| {
            err(&format!(
                "warning: --trust-ca {shown} lies in the folder of the specs: whoever can change a spec there can replace it\n"
            ));
        });
    }
}

/// Returns what would allow the specs, where nothing is wrong with them but that they name what is not trusted.
pub(super) fn missing(problems: &[Diagnostic]) -> Vec<(Grant, String)> {
    let errors = problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error);
    let grants: Option<Vec<_>> = errors.map(|problem| problem.grant.clone()).collect();
    grants.unwrap_or_default()
}

/// Asks at a terminal, once a run, whether all of this is trusted; without a terminal the answer is no.
pub(super) async fn agreed(wanted: &[(Grant, String)], about: &str) -> bool {
    let possible = !wanted.is_empty() && ask::is_possible();
    if !possible || ASKED.swap(true, Ordering::Relaxed) {
        return false;
    }
    let mut seen: Vec<&str> = Vec::new();
    let mut text =
        format!("{about} name what only they vouch for. If you trust it, this happens:\n");
    for (_, would) in wanted {
        if !seen.contains(&would.as_str()) {
            text.push_str(&format!("  {would}\n"));
            seen.push(would);
        }
    }
    err(&text);
    let question = "Trust all of this for this run?";
    if !matches!(ask::is_yes(question, &Stop::listen()).await, Ok(true)) {
        return false;
    }
    if let Ok(mut all) = AGREED.lock() {
        all.extend(wanted.iter().map(|(grant, _)| grant.clone()));
    }
    true
}

/// Returns the folders that the trust file must not lie in.
pub(super) fn folders(given: &[PathBuf]) -> Vec<PathBuf> {
    given
        .iter()
        .map(|path: &PathBuf| spec::folder_of(Path::new(path)))
        .collect()
}
