//! Commands that hints name, completed with the options of this call, so that they can be pasted as they are.

use std::borrow::Cow;
use std::sync::OnceLock;

use serde::{Serialize, Serializer};

/// Options that say where this call acts: its specs, its environment, and where requests go.
static WHERE: OnceLock<String> = OnceLock::new();

/// Commands that take these options.
const ACTING: [&str; 9] = [
    "plan", "apply", "drift", "status", "verify", "restore", "run", "snapshot", "indices",
];

/// Options of which one in a command shows that the command is complete.
const PLACED: [&str; 4] = [" -f ", " --file ", " --env ", " --sandbox"];

/// Remembers the options of this call, each with a space before it; only the first call counts, since the steps of a workflow share them.
pub(crate) fn acts_with(options: String) {
    let _first = WHERE.set(options);
}

/// Returns a hint with each command in backticks completed.
pub(crate) fn whole(hint: &str) -> Cow<'_, str> {
    match WHERE.get() {
        Some(options) => completed(hint, options),
        None => Cow::Borrowed(hint),
    }
}

/// Serialises a hint as [`whole`] returns it.
///
/// # Errors
/// What the serialiser ends with.
pub(crate) fn serialize<S: Serializer>(hint: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
    hint.as_deref().map(whole).serialize(to)
}

/// Serialises what was seen, in which esbackup may name commands as well.
///
/// # Errors
/// What the serialiser ends with.
pub(crate) fn serialize_all<S: Serializer>(words: &[String], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(words.iter().map(|words| whole(words)))
}

fn completed<'h>(hint: &'h str, options: &str) -> Cow<'h, str> {
    if options.is_empty() || !hint.contains("`esbackup ") {
        return Cow::Borrowed(hint);
    }
    let mut parts = hint.split('`');
    let mut text = parts.next().unwrap_or_default().to_owned();
    let mut inside = true;
    for part in parts {
        text.push('`');
        text.push_str(part);
        if inside && lacks_place(part) {
            text.push_str(options);
        }
        inside = !inside;
    }
    Cow::Owned(text)
}

/// Returns whether a text is a command that acts somewhere and does not say where.
fn lacks_place(command: &str) -> bool {
    let mut words = command.split(' ');
    let acts =
        words.next() == Some("esbackup") && words.next().is_some_and(|word| ACTING.contains(&word));
    acts && !PLACED.iter().any(|option| command.contains(option))
}

#[cfg(test)]
mod tests {
    use super::completed;

    #[test]
    fn commands_in_backticks_get_the_options_of_the_call() {
        let options = " --sandbox -f 'a spec.yaml'";
        let cases = [
            (
                "`esbackup snapshot list` shows those",
                "`esbackup snapshot list --sandbox -f 'a spec.yaml'` shows those",
            ),
            (
                "say `existing: true`, or `esbackup plan`",
                "say `existing: true`, or `esbackup plan --sandbox -f 'a spec.yaml'`",
            ),
            (
                "to go on: esbackup restore s",
                "to go on: esbackup restore s",
            ),
            (
                "`esbackup snapshot wait s --env logs`",
                "`esbackup snapshot wait s --env logs`",
            ),
            ("`esbackup explain CODE`", "`esbackup explain CODE`"),
            ("esbackup is `esbackup", "esbackup is `esbackup"),
        ];
        for (hint, expected) in cases {
            assert_eq!(completed(hint, options), expected);
        }
        assert_eq!(completed("`esbackup plan`", ""), "`esbackup plan`");
    }
}
