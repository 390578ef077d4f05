//! The selection of a command that is printed once more without some of its indices. Pure.

use crate::data::index::stream::stream_of;

/// Returns an expression that takes what the patterns of a call take, without these indices.
pub(crate) fn selection(patterns: &[String], left_out: &[String]) -> String {
    // A backing index goes with its stream.
    let left_out: Vec<&str> = left_out
        .iter()
        .map(|index| stream_of(index).unwrap_or(index))
        .collect();
    let given = patterns.join(",");
    let own: Vec<&str> = given.split(',').map(str::trim).collect();
    let is_pattern = |part: &&str| part.contains('*') && !part.starts_with('-');
    let without = |own: &[&str]| format!("{},-{}", own.join(","), left_out.join(",-"));
    match own.iter().any(is_pattern) {
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
    }
}

#[cfg(test)]
mod tests {
    use super::selection;

    fn words(all: &[&str]) -> Vec<String> {
        all.iter().map(|&one| one.to_owned()).collect()
    }

    #[test]
    fn selection_keeps_the_patterns_of_the_call() {
        for (patterns, expected) in [
            (&[][..], "*,-old"),
            (&["logs-*"], "logs-*,-old"),
            (&["logs-*,-logs-9", "x"], "logs-*,-logs-9,x,-old"),
            (&["-logs-9"], "*,-logs-9,-old"),
            (&["old,new"], "new"),
            (&["old"], "*,-old"),
        ] {
            assert_eq!(selection(&words(patterns), &words(&["old"])), expected);
        }
    }

    #[test]
    fn backing_index_is_left_out_with_its_stream() {
        let left_out = words(&[".ds-logs-000001", "b"]);
        assert_eq!(selection(&words(&["l*"]), &left_out), "l*,-logs,-b");
    }
}
