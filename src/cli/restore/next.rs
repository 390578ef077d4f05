//! The commands that a failed restore prints: this call's own options, with the one change that helps. Pure.

use crate::cli::failed::Failed;
use crate::cli::stopped::allocation_filter;
use crate::data::index::stream::stream_of;

/// Begins an expression that leaves an index out of everything.
const ALL_BUT: &str = "'*,-";

/// Completes the commands of a failure: `changed` returns this call's own command with some options more. The patterns are those of
/// `--indices`.
pub fn complete(
    failed: &mut Failed,
    snapshot: &str,
    patterns: &[String],
    changed: &dyn Fn(&str) -> String,
) {
    if let Some(setting) = allocation_filter(&failed.failure.words) {
        let change = format!(" --close-existing --ignore-index-settings '{setting}.*'");
        failed.failure.remedy = Some(format!(
            "no node meets the setting {setting} that came with the index: restore it once more over what is there now, without that setting: `{}`; or give a node the attribute that it names",
            changed(&change)
        ));
        return;
    }
    if let Some(hint) = &failed.failure.remedy {
        failed.failure.remedy = Some(own(hint, snapshot, patterns, changed));
    }
}

/// Puts this call's own command in place of each restore that a hint names.
fn own(
    hint: &str,
    snapshot: &str,
    patterns: &[String],
    changed: &dyn Fn(&str) -> String,
) -> String {
    let begin = format!("esbackup restore {snapshot} ");
    let part = |(number, part): (usize, &str)| match part.strip_prefix(&begin) {
        Some(options) if number % 2 == 1 => {
            changed(&format!(" {}", own_selection(options, patterns)))
        }
        _ => part.to_owned(),
    };
    let parts: Vec<String> = hint.split('`').enumerate().map(part).collect();
    parts.join("`")
}

/// Puts the patterns of a call in place of everything, where options leave an index out of everything.
pub fn own_selection(options: &str, patterns: &[String]) -> String {
    let Some((before, rest)) = options.split_once(ALL_BUT) else {
        return options.to_owned();
    };
    let Some((left_out, after)) = rest.split_once('\'') else {
        return options.to_owned();
    };
    // A backing index goes with its stream.
    let left_out: Vec<&str> = left_out
        .split(",-")
        .map(|index| stream_of(index).unwrap_or(index))
        .collect();
    let given = patterns.join(",");
    let own: Vec<&str> = given.split(',').map(str::trim).collect();
    let is_pattern = |part: &&str| part.contains('*') && !part.starts_with('-');
    let without = |own: &[&str]| format!("{},-{}", own.join(","), left_out.join(",-"));
    let selection = match own.iter().any(is_pattern) {
        true => without(&own),
        // Exact names exclude nothing: those that remain are named.
        false
            if own
                .iter()
                .all(|part| !part.is_empty() && !part.starts_with('-')) =>
        {
            let rest = own.iter().filter(|part| !left_out.contains(part));
            let rest: Vec<&str> = rest.copied().collect();
            match rest.is_empty() {
                true => without(&["*"]),
                false => rest.join(","),
            }
        }
        false => {
            let excluded = own.iter().copied().filter(|part| !part.is_empty());
            let all: Vec<&str> = std::iter::once("*").chain(excluded).collect();
            without(&all)
        }
    };
    format!(
        "{before}{}{after}",
        crate::outlet::safe::shell_word(&selection)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    fn completed(words: &str, hint: &str, patterns: &[&str]) -> String {
        let mut failed = Failed::local(Exit::Failed, "restore", words, hint);
        let patterns: Vec<String> = patterns.iter().map(|&one| one.to_owned()).collect();
        let changed = |change: &str| format!("esbackup restore s --prefix=r-{change} -f a.yaml");
        complete(&mut failed, "s", &patterns, &changed);
        failed.failure.remedy.unwrap_or_default()
    }

    #[test]
    fn printed_restore_keeps_the_options_of_the_call() {
        let hint = "leave it out with `esbackup restore s --indices '*,-old'`, or see `esbackup snapshot list`";
        for (patterns, selection) in [
            (&[][..], "'*,-old'"),
            (&["logs-*"], "'logs-*,-old'"),
            (&["logs-*,-logs-9", "x"], "'logs-*,-logs-9,x,-old'"),
            (&["-logs-9"], "'*,-logs-9,-old'"),
            (&["old,new"], "new"),
            (&["old"], "'*,-old'"),
        ] {
            let expected = format!(
                "leave it out with `esbackup restore s --prefix=r- --indices {selection} -f a.yaml`, or see `esbackup snapshot list`"
            );
            assert_eq!(completed("no", hint, patterns), expected);
        }
        let other = "see `esbackup restore s2 --replace`; esbackup restore s --replace";
        assert_eq!(completed("no", other, &[]), other);
    }

    #[test]
    fn backing_index_is_left_out_with_its_stream() {
        let hint = "`esbackup restore s --indices '*,-.ds-logs-000001,-b'`";
        assert_eq!(
            completed("no", hint, &["l*"]),
            "`esbackup restore s --prefix=r- --indices 'l*,-logs,-b' -f a.yaml`"
        );
    }

    #[test]
    fn restore_without_the_filter_is_printed_whole() {
        let words = "r-a shard 0: filter: node does not match index setting [index.routing.allocation.require] filters [box:\"warm\"]";
        assert_eq!(
            completed(words, "x", &[]),
            "no node meets the setting index.routing.allocation.require that came with the index: restore it once more over what is there now, without that setting: `esbackup restore s --prefix=r- --close-existing --ignore-index-settings 'index.routing.allocation.require.*' -f a.yaml`; or give a node the attribute that it names"
        );
    }
}
