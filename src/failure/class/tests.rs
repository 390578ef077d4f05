//! The classes are documented with their exit codes.

use super::Class::{self, *};

/// Every class. The match fails to compile when one is missing in it.
fn all() -> Vec<Class> {
    let listed = |class: Class| match class {
        Denied | Credentials | Refused | Interfered | Throttled | Busy | Unavailable | Absent
        | Timeout | Unreachable | Unexpected | Unusable | Incomplete | Usage | Cancelled
        | Interrupted | Terminated | TimeUp | Failed => class,
    };
    [
        Denied,
        Credentials,
        Refused,
        Interfered,
        Throttled,
        Busy,
        Unavailable,
        Absent,
        Timeout,
        Unreachable,
        Unexpected,
        Unusable,
        Incomplete,
        Usage,
        Cancelled,
        Interrupted,
        Terminated,
        TimeUp,
        Failed,
    ]
    .map(listed)
    .to_vec()
}

#[test]
fn page_of_the_command_line_lists_each_class_with_its_exit_code() {
    let page = include_str!("../../../docs/cli.md");
    let (_, section) = page.split_once("### Classes of failures\n").unwrap();
    let section = section.split("\n### ").next().unwrap();
    let mut rows = Vec::new();
    let lines = section.lines().filter(|line| line.starts_with("| `"));
    for line in lines.skip(1) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let words = cells[0].split(", ").map(|word| word.trim_matches('`'));
        let codes: Vec<&str> = cells[2].split(", ").collect();
        for (place, word) in words.enumerate() {
            let code = codes[place.min(codes.len() - 1)];
            rows.push(format!("{word} {code}"));
        }
    }
    let mut expected: Vec<String> = all()
        .iter()
        .map(|class| {
            let word = serde_json::to_value(class).unwrap();
            format!("{} {}", word.as_str().unwrap(), class.exit().code())
        })
        .collect();
    rows.sort();
    expected.sort();
    assert_eq!(rows, expected);
}
