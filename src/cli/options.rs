//! The options that commands share, and what they mean before anything is sent.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::cli::print::err;
use crate::cli::trust::{self, TrustArgs};
use crate::domain::Limits;
use crate::duration;
use crate::exit::Exit;
use crate::names::EnvironmentName;
pub(crate) use crate::outlet::safe::shell_word;
use crate::outlet::trace;
use crate::report::commands;
use crate::report::human::Detail;
use crate::resources::Kind;
use crate::spec::Resolved;
use crate::spec::{self, Spec};
use crate::yaml::{self, Diagnostic, Severity};

/// Which specs.
#[derive(Debug, Args)]
pub(crate) struct Specs {
    /// Spec, or folder of specs; may repeat
    ///
    /// Of a folder, its *.yaml and *.yml are read, sorted, and not those of folders in it. Default: esbackup.yaml or esbackup.yml.
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Only this environment of the specs; may repeat
    #[arg(long = "env", value_name = "NAME")]
    environments: Vec<String>,
}

/// How results are shown.
#[derive(Debug, Args)]
pub(crate) struct Output {
    /// Format of the result
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

/// How much is shown.
#[derive(Debug, Args)]
pub(crate) struct Detailed {
    /// Show unchanged resources too; twice (-vv), each request and its answer
    ///
    /// Requests and answers go to stderr, with secrets masked.
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
}

impl Detailed {
    /// How much is shown.
    pub(crate) fn detail(&self) -> Detail {
        if self.verbose > 0 {
            Detail::Everything
        } else {
            Detail::Changes
        }
    }

    /// Shows requests from now on, if that was asked for.
    pub(crate) fn start(&self) {
        if self.verbose > 1 {
            trace::switch_on();
        }
    }
}

/// How long a command that only reads may take.
#[derive(Debug, Args)]
pub(crate) struct Total {
    /// Time limit for the whole command
    ///
    /// What is not read by then is reported as missing, and the exit code is 4.
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = timeout)]
    pub timeout: Duration,
}

/// The formats of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
}

/// Where environments are.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Use a local stand-in for AWS and the domain; nothing leaves this machine
    ///
    /// Its state is kept under .esbackup/sandbox/.
    #[arg(long)]
    pub sandbox: bool,
    #[command(flatten)]
    pub trust: TrustArgs,
}

impl Place {
    /// The options as they were given, for the next command.
    pub(crate) fn as_options(&self) -> String {
        spoken(&self.as_words())
    }

    /// The same, word by word.
    pub(crate) fn as_words(&self) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        if self.sandbox {
            words.push("--sandbox".to_owned());
        }
        words.extend(self.trust.as_words());
        words
    }
}

/// The options of every command about snapshots and indices.
#[derive(Debug, Args)]
pub(crate) struct Common {
    #[command(flatten)]
    pub specs: Specs,
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub output: Output,
    #[command(flatten)]
    pub detailed: Detailed,
}

impl Common {
    /// The place and the environment, for the next command.
    pub(crate) fn as_options_for(&self, environment: &EnvironmentName) -> String {
        format!(
            "{}{}",
            self.place.as_options(),
            self.specs.as_options_for(environment)
        )
    }

    /// The same, word by word.
    pub(crate) fn as_words_for(&self, environment: &EnvironmentName) -> Vec<String> {
        let mut words = self.specs.as_words_for(environment);
        words.extend(self.place.as_words());
        words
    }
}

/// How environments are planned.
#[derive(Debug, Args)]
pub(crate) struct Reach {
    #[command(flatten)]
    pub place: Place,
    /// Manage a resource that is not managed by esbackup; may repeat
    ///
    /// Name it as bucket.NAME, policy.NAME, role.NAME or repository.NAME.
    #[arg(long = "adopt", value_name = "KIND.NAME")]
    adopted: Vec<String>,
    /// Register repositories under their own name at once
    ///
    /// For callers whose permissions allow no other name. Weaker: a failure leaves broken settings.
    #[arg(long)]
    pub direct: bool,
}

impl Reach {
    /// Checks that what is to be adopted is named in the specs: a misspelt name must not pass for consent to something else.
    ///
    /// # Errors
    /// How the run ends when it is not.
    pub(crate) fn check(&self, environments: &[Resolved]) -> Result<(), Exit> {
        let known: BTreeSet<String> = environments
            .iter()
            .flat_map(|one| one.desired.ids())
            .filter(|id| id.kind != Kind::Domain)
            .map(|id| id.to_string())
            .collect();
        match self.adopted.iter().find(|name| !known.contains(*name)) {
            None => Ok(()),
            Some(name) => {
                let known: Vec<String> = known.into_iter().collect();
                err(&format!(
                    "error: --adopt {name}: no such resource in these specs; there is {}\n",
                    known.join(", ")
                ));
                Err(Exit::Usage)
            }
        }
    }

    /// The choices that a plan depends on.
    pub(crate) fn choices(&self) -> crate::plan::Choices {
        crate::plan::Choices {
            adopted: self.adopted.iter().cloned().collect(),
            direct: self.direct,
            today: Some(crate::moment::Moment::now().day()),
            applies: false,
        }
    }

    /// The options as they were given, for the next command.
    pub(crate) fn as_options(&self) -> String {
        let mut words = self.place.as_words();
        words.extend(self.direct.then(|| "--direct".to_owned()));
        for id in &self.adopted {
            words.extend(["--adopt".to_owned(), id.clone()]);
        }
        spoken(&words)
    }
}

/// A check of a spec that a command makes beside the reader's own.
type Check = fn(&Spec) -> Vec<Diagnostic>;

/// Why specs cannot be used.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// What is wrong with them.
    Problems(Vec<Diagnostic>),
    /// The options are wrong; that was printed.
    Told(Exit),
}

impl Specs {
    /// Loads and resolves the specs; what is wrong with them is printed. Asks, where that is possible, for what they name and what is not
    /// trusted.
    ///
    /// # Errors
    /// How the run ends when they cannot be used.
    pub(crate) async fn load(&self, place: &Place) -> Result<Vec<Resolved>, Exit> {
        let problems = match self.examine(place) {
            Err(Unusable::Problems(problems)) => problems,
            examined => return self.resolved(examined),
        };
        if trust::agreed(&trust::missing(&problems), "The specs").await {
            return self.resolved(self.examine(place));
        }
        self.resolved(Err(Unusable::Problems(problems)))
    }

    /// Loads the one environment of a command that acts on one.
    ///
    /// # Errors
    /// How the run ends when there are more, or the specs cannot be used.
    pub(crate) async fn load_one(&self, place: &Place) -> Result<Resolved, Exit> {
        let mut all = self.load(place).await?;
        if all.len() == 1
            && let Some(one) = all.pop()
        {
            return Ok(one);
        }
        let names: Vec<&str> = all.iter().map(Resolved::name).collect();
        err(&format!(
            "error: this command is for one environment; name it with --env: {}\n",
            names.join(", ")
        ));
        Err(Exit::Usage)
    }

    /// Loads and resolves the specs that were named, for the sandbox; none when none was.
    ///
    /// # Errors
    /// How the run ends when they cannot be used.
    pub(crate) fn load_if_named(&self) -> Result<Vec<Resolved>, Exit> {
        let place = Place {
            sandbox: true,
            trust: TrustArgs::default(),
        };
        match self.files.is_empty() {
            true => Ok(Vec::new()),
            false => self.resolved(self.examine(&place)),
        }
    }

    /// Checks the specs without asking for anything; prints what should be thought about too.
    ///
    /// # Errors
    /// How the run ends when they cannot be used.
    pub(crate) fn check(&self, place: &Place, more: Check) -> Result<Vec<Resolved>, Exit> {
        self.resolved_with(self.examine_with(place, more), Severity::Advice)
    }

    /// Reads the specs as [`Self::examine`] does, and checks more of each.
    ///
    /// # Errors
    /// The problems, or how the run ends because of the options.
    pub(crate) fn examine_with(
        &self,
        place: &Place,
        more: Check,
    ) -> Result<(Vec<Spec>, Vec<Diagnostic>), Unusable> {
        let (specs, warnings) = self.examine(place)?;
        let mut problems: Vec<Diagnostic> = specs.iter().flat_map(more).collect();
        if problems.is_empty() {
            return Ok((specs, warnings));
        }
        problems.extend(warnings);
        Err(Unusable::Problems(problems))
    }

    /// Prints what is wrong, and resolves what is not.
    fn resolved(
        &self,
        examined: Result<(Vec<Spec>, Vec<Diagnostic>), Unusable>,
    ) -> Result<Vec<Resolved>, Exit> {
        self.resolved_with(examined, Severity::Warning)
    }

    /// The same; what is less bad than `least` is not printed.
    fn resolved_with(
        &self,
        examined: Result<(Vec<Spec>, Vec<Diagnostic>), Unusable>,
        least: Severity,
    ) -> Result<Vec<Resolved>, Exit> {
        let (specs, mut warnings) = examined.map_err(|unusable| match unusable {
            Unusable::Problems(problems) => {
                err(&yaml::render(&problems, true));
                Exit::Invalid
            }
            Unusable::Told(exit) => exit,
        })?;
        warnings.retain(|one| one.severity <= least);
        if !warnings.is_empty() {
            err(&yaml::render(&warnings, true));
        }
        let mut desired = Vec::new();
        for spec in &specs {
            match spec::resolve(spec) {
                Ok(one) => desired.push(one),
                Err(error) => {
                    err(&format!("error: {}: {error}\n", spec.file.display()));
                    return Err(Exit::Invalid);
                }
            }
        }
        Ok(desired)
    }

    /// Reads the specs and says what is wrong with them, printing none of it.
    ///
    /// # Errors
    /// The problems, or how the run ends because of the options.
    pub(crate) fn examine(&self, place: &Place) -> Result<(Vec<Spec>, Vec<Diagnostic>), Unusable> {
        let files = if self.files.is_empty() {
            default_file().map_err(Unusable::Told)?
        } else {
            self.files.clone()
        };
        let folders = trust::folders(&files);
        let trust = place.trust.read(&folders, place.sandbox);
        let trust = trust.map_err(Unusable::Told)?;
        let loaded = spec::load(&files, &trust).map_err(Unusable::Problems)?;
        let selected = self.selected(loaded.specs).map_err(Unusable::Told)?;
        Ok((selected, loaded.warnings))
    }

    fn selected(&self, specs: Vec<Spec>) -> Result<Vec<Spec>, Exit> {
        if self.environments.is_empty() {
            return Ok(specs);
        }
        let known: BTreeSet<&str> = specs.iter().map(|spec| spec.name.as_str()).collect();
        let unknown: Vec<&str> = self
            .environments
            .iter()
            .map(String::as_str)
            .filter(|name| !known.contains(name))
            .collect();
        if !unknown.is_empty() {
            let known: Vec<&str> = known.into_iter().collect();
            err(&format!(
                "error: no environment {} in these specs; there is {}\n",
                unknown.join(", "),
                known.join(", ")
            ));
            return Err(Exit::Usage);
        }
        Ok(specs
            .into_iter()
            .filter(|spec| {
                self.environments
                    .iter()
                    .any(|name| name == spec.name.as_str())
            })
            .collect())
    }

    /// The options that name one environment among those of the files, for the next command.
    fn as_options_for(&self, environment: &EnvironmentName) -> String {
        spoken(&self.as_words_for(environment))
    }

    /// The same, word by word.
    fn as_words_for(&self, environment: &EnvironmentName) -> Vec<String> {
        let mut words = self.file_words();
        words.extend(["--env".to_owned(), environment.to_string()]);
        words
    }

    fn file_words(&self) -> Vec<String> {
        let files = self.files.iter();
        files
            .flat_map(|file| ["-f".to_owned(), file.to_string_lossy().into_owned()])
            .collect()
    }

    /// Has every hint of this run name its commands with these specs and this place.
    pub(crate) fn act_at(&self, place: &Place) {
        commands::acts_with(format!("{}{}", place.as_options(), self.as_options()));
    }

    /// Whether the files can be named in a command line that is text.
    pub(crate) fn are_text(&self) -> bool {
        self.files.iter().all(|file| file.to_str().is_some())
    }

    /// The `-f` and `--env` options as they were given, for the next command.
    pub(crate) fn as_options(&self) -> String {
        let mut words = self.file_words();
        for environment in &self.environments {
            words.extend(["--env".to_owned(), environment.clone()]);
        }
        spoken(&words)
    }
}

/// Returns the spec of a command that names none.
fn default_file() -> Result<Vec<PathBuf>, Exit> {
    let names = ["esbackup.yaml", "esbackup.yml"].map(PathBuf::from);
    let there: Vec<PathBuf> = names.into_iter().filter(|name| name.is_file()).collect();
    if there.len() == 1 {
        return Ok(there);
    }
    err(match there.is_empty() {
        true => {
            "error: no esbackup.yaml or esbackup.yml in this folder; name a spec with -f FILE\n"
        }
        false => {
            "error: both esbackup.yaml and esbackup.yml are in this folder; name one with -f FILE\n"
        }
    });
    Err(Exit::Usage)
}

/// Words as they follow others in a command line that is text.
fn spoken(words: &[String]) -> String {
    words
        .iter()
        .map(|word| format!(" {}", shell_word(word)))
        .collect()
}

/// Reads how long something may take: a duration of at most a day, for whatever waits longer has gone wrong.
pub fn timeout(text: &str) -> Result<Duration, &'static str> {
    let length = duration::parse(text)?;
    match length <= Duration::from_hours(24) {
        true => Ok(length),
        false => Err("a timeout is at most 24h"),
    }
}

/// The time limits, from their documented variables.
///
/// # Errors
/// How the run ends when a variable holds no number.
pub(crate) fn limits() -> Result<Limits, Exit> {
    Limits::from_env().map_err(|error| {
        err(&format!("error: {error}\n"));
        Exit::Usage
    })
}
