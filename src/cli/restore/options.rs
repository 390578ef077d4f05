//! The options of restore, and what they mean; nothing is read or sent here.

use std::time::Duration;

use clap::Args;
use serde_json::{Map, Value};

use crate::causes::words;
use crate::cli::allow::{Guarded, Restore};
use crate::cli::open::Opened;
use crate::cli::options::{Common, shell_word, timeout};
use crate::cli::restore::next::selection;
use crate::data::select::{Expression, Rename, SystemIndices};
use crate::duration;
use crate::failure::Change;
use crate::workflow::Prepared;
use crate::workflow::restore::{Existing, Wanted, settings_change};

/// How long the end is waited for.
const TIMEOUT: &str = "24h";

/// The options of restore.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Name of the snapshot, or `latest`
    ///
    /// `latest` is the newest successful one that holds all the indices asked for.
    #[arg(value_name = "NAME")]
    pub snapshot: String,
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub acting: Guarded<Restore>,
    /// Another repository of the domain
    ///
    /// Such as cs-automated-enc. Default: the spec's.
    #[arg(long, value_name = "NAME")]
    repository: Option<String>,
    /// Indices, patterns and exclusions; may repeat
    ///
    /// Such as logs-*,-logs-debug*. Default: everything but system indices.
    #[arg(long, value_name = "PATTERN", allow_hyphen_values = true)]
    indices: Vec<String>,
    /// Restore system indices that are named exactly
    ///
    /// Security indices too. Blocked by guard system-index.
    #[arg(long)]
    include_system: bool,
    /// Restore under other names
    ///
    /// FROM is a name, or a pattern with one `*` that TO may repeat.
    #[arg(long, num_args = 2, value_names = ["FROM", "TO"])]
    rename: Vec<String>,
    /// Restore under the same names with a prefix
    #[arg(long, value_name = "TEXT", conflicts_with = "rename")]
    prefix: Option<String>,
    /// Restore their aliases too
    ///
    /// With --replace aliases always come back.
    #[arg(long)]
    include_aliases: bool,
    /// With --replace: leave the aliases out
    ///
    /// For when another index has become the one that an alias writes to.
    #[arg(long, requires = "replace", conflicts_with = "include_aliases")]
    without_aliases: bool,
    /// Restore the cluster's global state too
    ///
    /// It holds templates, pipelines and persistent settings.
    #[arg(long)]
    include_global_state: bool,
    /// Index settings to change, also as JSON; may repeat
    #[arg(long, value_name = "KEY=VALUE")]
    index_settings: Vec<String>,
    /// Index settings to drop; may repeat
    ///
    /// Such as index.routing.allocation.*.
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    ignore_index_settings: Vec<String>,
    /// Restore although the snapshot lacks shards
    #[arg(long)]
    partial: bool,
    /// How long to wait for the restore to end
    ///
    /// The restore continues afterwards.
    #[arg(long, value_name = "DURATION", default_value = TIMEOUT, value_parser = timeout)]
    timeout: Duration,
    /// Return once the restore has started
    #[arg(long)]
    no_wait: bool,
    /// Continue a restore that was interrupted
    ///
    /// One that has finished meanwhile is counted.
    #[arg(long, conflicts_with_all = ["replace", "close_existing"])]
    pub resume: bool,
    /// Replace indices of the same names
    ///
    /// Each is restored and checked under another name before the old one is deleted. Blocked by guard replace.
    #[arg(long, conflicts_with_all = ["rename", "prefix", "close_existing", "partial", "no_wait", "include_global_state"])]
    pub replace: bool,
    /// With --replace: abandon a replacement
    ///
    /// Writes to the old index are allowed again, and the restored copy is removed.
    #[arg(long, requires = "replace")]
    pub cancel: bool,
    /// Close and overwrite indices of the same names
    ///
    /// They are overwritten before the restored ones are checked. Blocked by guard replace.
    #[arg(long)]
    close_existing: bool,
}

/// What leaves aliases away.
const WITHOUT_ALIASES: &str = " --without-aliases";

/// The word for the newest snapshot.
const LATEST: &str = "latest";

impl Arguments {
    /// Whether the newest snapshot is meant.
    pub(crate) fn is_latest(&self) -> bool {
        self.snapshot == LATEST
    }

    /// What is asked for, but for the repository.
    ///
    /// # Errors
    /// What is wrong with an option.
    pub(crate) fn wanted(&self) -> Result<Wanted, String> {
        let indices = Expression::parse(&self.indices)
            .map_err(|error| format!("--indices: {}", words(&error)))?;
        let rename = match (self.rename.as_slice(), &self.prefix) {
            ([from, to], _) => Some(Rename::parse(from, to)),
            (_, Some(prefix)) => Some(Rename::prefix(prefix)),
            _ => None,
        };
        let rename = rename
            .transpose()
            .map_err(|error| format!("--rename or --prefix: {}", words(&error)))?;
        let mut index_settings = Map::new();
        for text in &self.index_settings {
            index_settings.extend(settings(text)?);
        }
        Ok(Wanted {
            repository: String::new(),
            indices,
            system: match self.include_system {
                true => SystemIndices::Named,
                false => SystemIndices::LeftOut,
            },
            rename,
            include_aliases: self.include_aliases,
            without_aliases: self.without_aliases,
            include_global_state: self.include_global_state,
            index_settings,
            ignore_index_settings: self
                .ignore_index_settings
                .iter()
                .map(|name| full(name))
                .collect(),
            partial: self.partial,
            existing: match (self.replace, self.close_existing) {
                (true, _) => Existing::Replace,
                (_, true) => Existing::Close,
                _ => Existing::Keep,
            },
            timeout: (!self.no_wait).then_some(self.timeout),
            consent: self.acting.agreed_by(),
        })
    }

    /// Checks what is asked for as far as the words tell: also the settings that no restore changes, whatever snapshot it is.
    ///
    /// # Errors
    /// What is wrong with an option.
    pub(crate) fn check(&self) -> Result<(), String> {
        let mut prepared = Prepared::default();
        settings_change(&self.wanted()?, &mut prepared);
        match prepared.obstacles.as_slice() {
            [] => Ok(()),
            all => {
                let all: Vec<&str> = all.iter().map(|one| one.what.as_str()).collect();
                Err(all.join("; "))
            }
        }
    }

    /// The repository.
    pub(crate) fn repository(&self, opened: &Opened) -> String {
        let own = || opened.repository().to_owned();
        self.repository.clone().unwrap_or_else(own)
    }

    /// Whether aliases are left away already.
    pub(crate) fn leaves_aliases(&self) -> bool {
        self.without_aliases
    }

    /// The same command again, for this very snapshot: a newer one that appeared in the meantime is another command.
    pub(crate) fn again(&self, opened: &Opened, snapshot: &str) -> String {
        let mut text = self.command(snapshot, Again::Same);
        self.add_place(opened, &mut text);
        text
    }

    /// The same command without aliases: what is left where an engine refuses an index with those that the snapshot holds.
    pub(crate) fn again_without_aliases(&self, opened: &Opened, snapshot: &str) -> String {
        let mut text = self.command(snapshot, Again::WithoutAliases);
        self.add_place(opened, &mut text);
        text.push_str(WITHOUT_ALIASES);
        text
    }

    /// The command that waits for what this one started, whether or not it ends meanwhile; it overwrites nothing.
    pub(crate) fn resuming(&self, opened: &Opened, snapshot: &str) -> String {
        let mut text = self.command(snapshot, Again::Resuming);
        self.add_place(opened, &mut text);
        text
    }

    /// The same command with a change; what contradicts the change is left out.
    pub(crate) fn changed(&self, opened: &Opened, snapshot: &str, change: &Change) -> String {
        let mut text = self.command(snapshot, Again::Changed(&self.same_targets(change)));
        self.add_place(opened, &mut text);
        text
    }

    /// Keeps a change from acting on other indices than the call: a replacement takes no other names.
    fn same_targets(&self, change: &Change) -> Change {
        let renames = self.prefix.is_some() || !self.rename.is_empty();
        let mut change = change.clone();
        for (name, _) in &mut change.options {
            if renames && name == "replace" {
                "close-existing".clone_into(name);
            }
        }
        change
    }

    fn add_place(&self, opened: &Opened, text: &mut String) {
        let environment = &opened.spec.desired.scope.environment;
        text.push_str(&self.common.as_options_for(environment));
    }

    fn command(&self, snapshot: &str, again: Again<'_>) -> String {
        let mut text = format!("esbackup restore {}", shell_word(snapshot));
        let mut add = |name: &str, value: Option<&str>| {
            if again.overrides(name) {
                return;
            }
            text.push_str(&format!(" --{name}"));
            if let Some(value) = value {
                text.push_str(&format!("={}", shell_word(value)));
            }
        };
        let same = again != Again::Resuming;
        let aliases = self.include_aliases && again != Again::WithoutAliases;
        let flags = [
            (self.include_system, "include-system"),
            (aliases, "include-aliases"),
            (self.without_aliases, "without-aliases"),
            (self.include_global_state, "include-global-state"),
            (self.partial, "partial"),
            (self.no_wait && same, "no-wait"),
            (self.replace, "replace"),
            (self.close_existing && same, "close-existing"),
            (!same, "resume"),
        ];
        flags
            .iter()
            .filter(|(set, _)| *set)
            .for_each(|(_, name)| add(name, None));
        let repeated = [
            ("indices", &self.indices),
            ("index-settings", &self.index_settings),
            ("ignore-index-settings", &self.ignore_index_settings),
        ];
        for (name, values) in repeated {
            values.iter().for_each(|value| add(name, Some(value)));
        }
        let single = [("repository", &self.repository), ("prefix", &self.prefix)];
        for (name, value) in single {
            value.iter().for_each(|value| add(name, Some(value)));
        }
        if let ([from, to], false) = (self.rename.as_slice(), again.overrides("rename")) {
            text.push_str(&format!(
                " --rename {} {}",
                shell_word(from),
                shell_word(to)
            ));
        }
        if Ok(self.timeout) != timeout(TIMEOUT) {
            text.push_str(&format!(" --timeout {}", duration::exact(self.timeout)));
        }
        if let Again::Changed(change) = again {
            if !change.left_out.is_empty() {
                let selection = selection(&self.indices, &change.left_out);
                text.push_str(&format!(" --indices {}", shell_word(&selection)));
            }
            for (name, value) in &change.options {
                let value = value.iter().map(|value| format!(" {}", shell_word(value)));
                text.push_str(&format!(" --{name}{}", value.collect::<String>()));
            }
        }
        // What was agreed to once holds for the same work: without it the printed command would stop where this one went on.
        text.push_str(&self.acting.consent());
        text
    }
}

/// Which command is printed to be run next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again<'c> {
    /// The same one.
    Same,
    /// The same one with other options.
    Changed(&'c Change),
    /// The same one, but that it does not ask for aliases; the option that leaves them away comes last.
    WithoutAliases,
    /// One that waits for what was started: to overwrite once more is not what is wanted then.
    Resuming,
}

impl Again<'_> {
    /// Returns whether an option of this call is replaced by the change, or contradicts it.
    fn overrides(self, name: &str) -> bool {
        let Self::Changed(change) = self else {
            return false;
        };
        let against = [
            ("prefix", &["rename"][..]),
            ("close-existing", &["replace"]),
            (
                "replace",
                &[
                    "close-existing",
                    "partial",
                    "no-wait",
                    "include-global-state",
                ],
            ),
        ];
        // These may repeat, and the last value of a setting counts.
        let adds = ["index-settings", "ignore-index-settings"].contains(&name);
        let again = change.gives(name) && !adds;
        let mut against = against.iter();
        again || against.any(|(option, names)| change.gives(option) && names.contains(&name))
    }
}

/// The full name of a setting of an index.
fn full(name: &str) -> String {
    if name.starts_with("index.") || name.starts_with('*') {
        name.to_owned()
    } else {
        format!("index.{name}")
    }
}

/// Reads settings from JSON or from `key=value`.
fn settings(text: &str) -> Result<Map<String, Value>, String> {
    let wrong = || format!("--index-settings {text}: it takes a JSON object, or KEY=VALUE");
    if text.trim_start().starts_with('{') {
        let Ok(Value::Object(object)) = serde_json::from_str(text) else {
            return Err(wrong());
        };
        let mut all = Map::new();
        flatten("", object, &mut all);
        return Ok(all);
    }
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(wrong)?;
    let value = match serde_json::from_str(value) {
        Ok(value @ (Value::Bool(_) | Value::Number(_) | Value::Null)) => value,
        _ => Value::String(value.to_owned()),
    };
    Ok(std::iter::once((full(name), value)).collect())
}

fn flatten(before: &str, object: Map<String, Value>, all: &mut Map<String, Value>) {
    for (name, value) in object {
        let name = if before.is_empty() {
            name
        } else {
            format!("{before}.{name}")
        };
        match value {
            Value::Object(inner) => flatten(&name, inner, all),
            value => drop(all.insert(full(&name), value)),
        }
    }
}

#[cfg(test)]
mod tests;
