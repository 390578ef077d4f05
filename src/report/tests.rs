//! Tests of the renderers.

use serde_json::{Value, json};

use super::human::{self, Detail};
use super::json as machine;
use super::view::{Environment, Packed, Run};
use crate::exit::Exit;
use crate::failure::{Class, Failure};
use crate::outlet::safe;
use crate::plan::{Choices, Fleet, plan};
use crate::resources::tests::{actual, desired, nothing};

fn fresh() -> Run {
    let desired = desired(&[]);
    let plan = plan(
        &desired,
        &[],
        &nothing(),
        &Choices::default(),
        &Fleet::default(),
    );
    Run::new(vec![Environment::planned(&plan, Exit::Done)], false)
}

fn converged() -> Run {
    let desired = desired(&[]);
    let plan = plan(
        &desired,
        &[],
        &actual(&desired),
        &Choices::default(),
        &Fleet::default(),
    );
    Run::new(vec![Environment::planned(&plan, Exit::Done)], true)
}

fn failed() -> Environment {
    let failure = Failure::new(
        Class::Denied,
        "read\u{1b}[31m",
        "no\u{202e}\nnext",
        "try\nthis",
    );
    Environment::failed("logs", "123456789012", "us-west-2", failure)
}

/// Without what a stream strips where colours do not belong.
fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// A result as programs get it.
fn document(run: &Run) -> String {
    let mut text = Vec::new();
    machine::write_document(run, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

/// All parts of a text, without colours.
fn whole(parts: impl Iterator<Item = String>) -> String {
    plain(&parts.collect::<String>())
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn what_a_terminal_would_obey_is_shown_in_its_place() {
    let hostile = "a\u{1b}[2J\u{7}\u{9b}31m\u{202e}b\u{2066}\u{200f}\r\nc\td\u{7f}\u{feff}";
    let shown = safe::line(hostile);
    assert_eq!(
        shown,
        "a␛[2J␇\u{fffd}31m\u{fffd}b\u{fffd}\u{fffd}␍␊c d␡\u{fffd}"
    );
    let two: Vec<String> = safe::lines("one\ntwo\u{1b}").collect();
    assert_eq!(two, ["one", "two␛"]);
    assert_eq!(safe::line("żółw 象 é"), "żółw 象 é");
}

#[test]
fn the_fields_of_the_json_are_these_and_a_changed_one_raises_the_version() {
    let run: Value = serde_json::from_str(&document(&fresh())).unwrap();
    assert_eq!(run["format_version"], "2.0");
    assert_eq!(keys(&run), ["environments", "format_version", "summary"]);
    let environment = &run["environments"][0];
    let names = [
        "account", "changes", "error", "exit", "findings", "name", "region", "summary",
    ];
    assert_eq!(keys(environment), names);
    let change = &environment["changes"][0];
    let names = [
        "action",
        "calls",
        "fields",
        "hint",
        "kind",
        "name",
        "reason",
        "risks",
        "unmanaged",
    ];
    assert_eq!(keys(change), names);
    assert_eq!(keys(&change["fields"][0]), ["after", "before", "path"]);
    assert_eq!(
        change["calls"][0],
        json!({"service": "s3", "operation": "CreateBucket", "order": 1})
    );
    assert_eq!(
        keys(&run["summary"]),
        ["blocked", "create", "delete", "unchanged", "update"]
    );
    let failed: Value = serde_json::from_str(&document(&Run::new(vec![failed()], false))).unwrap();
    let names = [
        "cause",
        "class",
        "hint",
        "layer",
        "messages",
        "request_id",
        "task",
    ];
    assert_eq!(keys(&failed["environments"][0]["error"]), names);
    let sandboxed: Value = serde_json::from_str(&document(&converged())).unwrap();
    assert_eq!(sandboxed["sandbox"], true);
}

#[test]
fn a_value_comes_out_as_it_was_packed_and_one_nested_too_deep_as_its_text() {
    let value = json!({"b": [1, -2.5, null, true, "\u{1b}"], "a": {}});
    assert_eq!(Packed::of(&value).value(), value);
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(Packed::of(&deep).value(), json!(deep.to_string()));
}

#[test]
fn calls_are_numbered_through_all_resources() {
    let run: Value = serde_json::from_str(&document(&fresh())).unwrap();
    let changes = run["environments"][0]["changes"].as_array().unwrap();
    let calls = changes
        .iter()
        .flat_map(|change| change["calls"].as_array().unwrap());
    let mut orders: Vec<u64> = calls.map(|call| call["order"].as_u64().unwrap()).collect();
    orders.sort_unstable();
    assert_eq!(orders, (1..=16).collect::<Vec<u64>>());
}

#[test]
fn unchanged_resources_fold_into_one_line_unless_all_is_asked_for() {
    let folded = whole(human::plan(&converged(), Detail::Changes, ""));
    let expected = "sandbox: nothing leaves this machine\n\nlogs (account 123456789012, us-west-2)\n  \
        = unchanged: bucket logs-snapshots, policy logs-snapshots, role logs-snapshots, repository snapshots\n\n\
        Nothing to do: 4 unchanged.\n";
    assert_eq!(folded, expected);
    let all = whole(human::plan(&converged(), Detail::Everything, ""));
    assert_eq!(
        all.lines().filter(|line| line.starts_with("  = ")).count(),
        4,
        "{all}"
    );
}

#[test]
fn what_could_not_be_read_is_never_called_nothing_to_do() {
    let text = whole(human::plan(
        &Run::new(vec![failed()], false),
        Detail::Changes,
        "",
    ));
    assert!(!text.contains("Nothing to do"), "{text}");
    assert!(text.contains("Not planned: 1 of 1 environments."), "{text}");
    let drift = whole(human::drift(
        &Run::new(vec![failed()], false),
        Detail::Changes,
        "",
    ));
    assert!(!drift.contains("No drift"), "{drift}");
}

#[test]
fn a_failure_keeps_its_lines_and_its_words_are_made_safe() {
    let text = whole(human::plan(
        &Run::new(vec![failed()], false),
        Detail::Changes,
        "",
    ));
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    for line in ["because:    no\u{fffd}", "next", "to do:      try", "this"] {
        assert!(lines.contains(&line), "{text}");
    }
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
}

#[test]
fn the_summary_counts_calls_in_words() {
    let shown = |count| {
        let mut summary = fresh().summary;
        summary.create = 1;
        human::summary(&summary, count, 0)
    };
    assert!(shown(1).ends_with("; 1 call."), "{}", shown(1));
    assert!(shown(2).ends_with("; 2 calls."), "{}", shown(2));
}

#[test]
fn a_diff_and_a_call_are_shown_whole_and_a_message_is_not_without_end() {
    let text = "+ line\n".repeat(300);
    assert_eq!(safe::lines(&text).count(), 300);
    assert_eq!(safe::few_lines(&text).count(), 201);
    let long = "x".repeat(20_000);
    let call = super::prepared::CallView {
        order: 1,
        resource: "snapshot.s-1".to_owned(),
        what: "start snapshot s-1".to_owned(),
        method: "PUT",
        path: format!("/{long}"),
        body: Some(json!({"indices": long})),
        before: Vec::new(),
        after: None,
    };
    let shown = super::prepared::shown(&call);
    assert_eq!(shown.matches(&long).count(), 2);
    assert!(!shown.contains("left out"));
}

#[test]
fn the_first_of_two_equal_keys_is_told_in_json_too() {
    let file = std::path::Path::new("esbackup.yaml");
    let problems = crate::spec::parse(file, "version: 1\nname: a\nname: b\n").unwrap_err();
    let told: Vec<Value> = problems
        .iter()
        .map(|one| serde_json::to_value(super::problems::Problem::of(one)).unwrap())
        .collect();
    let related = |one: &Value| one["related"][0]["line"] == 2;
    assert!(told.iter().any(related), "{told:#?}");
}
