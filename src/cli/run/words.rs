//! Steps as the command lines that do the same: their words, and whether the commands take them. Sends and reads nothing.

use clap::{CommandFactory, Parser};

use crate::cli::options::shell_word;
use crate::names::{EnvironmentName, IndexName, RepositoryName, SnapshotName};
use crate::spec::StepKind;
use crate::workflow::name::LATEST;
use crate::workflow::run::{self, Filled, Ready};

/// What every step shares with the run: words that are added where the command takes them.
pub(super) struct Shared<'a> {
    /// The options of the run.
    pub arguments: &'a super::Arguments,
    /// The one environment.
    pub environment: &'a EnvironmentName,
}

impl Shared<'_> {
    /// The command line of a step, word by word.
    pub(super) fn line(
        &self,
        kind: StepKind,
        subjects: &[String],
        options: &[String],
    ) -> Vec<String> {
        let mut words = vec!["esbackup".to_owned()];
        words.extend(kind.command().iter().map(|word| (*word).to_owned()));
        words.extend(subjects.iter().cloned());
        words.extend(options.iter().cloned());
        let takes = Takes::of(kind);
        let arguments = self.arguments;
        if takes.long("yes") && arguments.acting.yes {
            words.push("--yes".to_owned());
        }
        let allowed = arguments.acting.allowed.iter();
        for allowance in allowed.filter(|one| run::guards(kind).contains(&one.word)) {
            words.extend(["--allow".to_owned(), allowance.to_string()]);
        }
        words.extend(arguments.common.as_words_for(self.environment));
        words
    }

    /// The command line of a step that is carried out.
    pub(super) fn line_of(&self, ready: &Ready) -> Vec<String> {
        self.line(ready.kind, &ready.subjects, &ready.options)
    }

    /// What is wrong with a step, as far as that can be known without reading anything.
    pub(super) fn check(&self, step: &Filled) -> Result<(), String> {
        if let Some(name) = step.subjects.iter().find(|name| name.starts_with('-')) {
            return Err(format!(
                "{name}: a name in a step does not begin with -, which begins an option"
            ));
        }
        let line = self.line(step.kind, &step.subjects, &step.options);
        let parsed = crate::cli::Arguments::try_parse_from(&line).map_err(|error| {
            let text = error.render().to_string();
            let first = text.lines().next().unwrap_or_default();
            first.trim_start_matches("error: ").to_owned()
        })?;
        // An empty name is told without itself.
        let checked = parsed.command.check();
        checked.map_err(|words| words.trim_start_matches(": ").to_owned())?;
        can_exist(step)?;
        // The command says what else such a name would have meant; in a run none of them gets that far.
        if step.kind == StepKind::DeleteIndices {
            for name in &step.subjects {
                IndexName::parse(name).map_err(|error| format!("index {name}: {error}"))?;
            }
        }
        Ok(())
    }
}

/// Checks the names of what a step reads: a name that no engine takes is none of anything that there is.
fn can_exist(step: &Filled) -> Result<(), String> {
    if matches!(
        step.kind,
        StepKind::Wait | StepKind::Verify | StepKind::Restore
    ) {
        for name in step.subjects.iter().filter(|name| *name != LATEST) {
            SnapshotName::parse(name).map_err(|error| format!("snapshot {name}: {error}"))?;
        }
    }
    for name in step.values("--repository") {
        RepositoryName::can_exist(name).map_err(|error| format!("repository {name}: {error}"))?;
    }
    Ok(())
}

/// Words as a line that a shell takes.
pub(super) fn shown(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| shell_word(word)).collect();
    words.join(" ")
}

/// The options that a command takes.
pub(super) struct Takes(pub Vec<String>);

impl Takes {
    /// Those of a step's command.
    pub(super) fn of(kind: StepKind) -> Self {
        let mut command = crate::cli::Arguments::command();
        for word in kind.command() {
            match command.find_subcommand(word) {
                Some(found) => command = found.clone(),
                None => return Self(Vec::new()),
            }
        }
        let longs = command.get_arguments().filter_map(|one| one.get_long());
        Self(longs.map(str::to_owned).collect())
    }

    /// Whether there is an option of this name.
    pub(super) fn long(&self, name: &str) -> bool {
        self.0.iter().any(|long| long == name)
    }
}
