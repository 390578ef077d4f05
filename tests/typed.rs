//! What people type: files with either ending, names in steps, endpoints of another service, and problems with a second place.

use crate::support::binary::Folder;
use crate::support::fields::SPEC;
use crate::support::sandbox::Sandbox;

fn folder() -> (Sandbox, Folder) {
    let sandbox = Sandbox::start();
    let folder = Folder::new(&sandbox);
    (sandbox, folder)
}

#[test]
fn second_place_of_a_problem_is_not_escaped() {
    let (_sandbox, folder) = folder();
    folder.write(
        "a.yaml",
        &SPEC.replacen("name: logs\n", "name: logs\nname: logs\n", 1),
    );
    let ran = folder.run(["validate", "-f", "a.yaml"]);
    let want = "error: `name` is there twice
 --> a.yaml:4:1
  |
4 | name: logs
  | ^^^^ again here
  |
 ::: a.yaml:3:1
  |
3 | name: logs
  | ---- first here
";
    assert_eq!((ran.stderr.as_str(), ran.code), (want, 65));
    // What a runner obeys is still escaped, whoever wrote it.
    for command in ["::error::x", " ::set-output name=a::b", "\t::debug::x"] {
        let out = esbackup::internals::outlet::sink::inert(command);
        assert!(out.trim_start().starts_with("\\::"), "{out}");
    }
    assert_eq!(
        esbackup::internals::outlet::sink::inert("  ::: a.yaml:2:1"),
        "  ::: a.yaml:2:1"
    );
    assert_eq!(
        esbackup::internals::outlet::sink::inert(":::error::x"),
        "\\:::error::x"
    );
}

#[test]
fn default_spec_may_end_in_yml() {
    let (_sandbox, folder) = folder();
    folder.write("esbackup.yml", SPEC);
    let ran = folder.run(["validate"]);
    assert_eq!(
        (ran.stdout.as_str(), ran.code),
        ("Valid: 1 environment (logs).\n", 0)
    );
    folder.write("esbackup.yaml", SPEC);
    let ran = folder.run(["validate"]);
    let want =
        "error: both esbackup.yaml and esbackup.yml are in this folder; name one with -f FILE\n";
    assert_eq!((ran.stderr.as_str(), ran.code), (want, 64));
}

#[test]
fn folder_of_specs_reads_both_endings_and_each_name_once() {
    let (_sandbox, folder) = folder();
    let web = SPEC.replace("logs", "web");
    folder.write("specs/logs.yaml", SPEC);
    folder.write("specs/web.yml", &web);
    let ran = folder.run(["validate", "-f", "specs"]);
    assert_eq!(
        (ran.stdout.as_str(), ran.code),
        ("Valid: 2 environments (logs, web).\n", 0)
    );
    folder.write("specs/web.yaml", &web.replace("web", "shop"));
    let ran = folder.run(["validate", "-f", "specs"]);
    let want = "error: web.yaml and web.yml have the same name
--> specs/web.yml
 = help: keep one of them: the other may be an old copy
";
    assert_eq!((ran.stderr.as_str(), ran.code), (want, 65));
}

/// Steps with what is wrong in them, as `- STEP`, the column, and the sentence.
const STEPS: [(&str, usize, &str); 16] = [
    (
        "snapshot: {name: Nightly}",
        24,
        "Nightly: a snapshot name has no capital letters",
    ),
    (
        "snapshot: {name: \"a b\"}",
        24,
        "a b: a snapshot name has no space, control character or any of \\ / * ? \" < > | , #",
    ),
    (
        "snapshot: {name: \"{environment}#1\"}",
        24,
        "logs#1: a snapshot name has no space, control character or any of \\ / * ? \" < > | , #",
    ),
    (
        "snapshot: {name: _x}",
        24,
        "_x: a snapshot name does not begin with _",
    ),
    (
        "snapshot: {name: -x}",
        24,
        "-x: a name in a step does not begin with -, which begins an option",
    ),
    (
        "snapshot: {name: \"{date\"}",
        24,
        "{date: a brace opens a placeholder or closes one, as in {environment}-{date}-{time}",
    ),
    ("snapshot: {name: \"\"}", 24, "a snapshot name is not empty"),
    (
        "snapshot: {indices: [a, Logs]}",
        31,
        "`Logs` matches no index: an index name has no capital letters",
    ),
    (
        "snapshot: {indices: [a, \"<l-{now/d}>\"]}",
        31,
        "`<l-{now/d}>` is date math, which means another index each day; name the index",
    ),
    (
        "snapshot: {timeout: 5x}",
        27,
        "invalid value '5x' for '--timeout <DURATION>': a duration is a number and ms, s, m, h, d or w, such as 90s or 30d",
    ),
    (
        "wait: {snapshot: \"A-{date}\"}",
        24,
        "snapshot A-1970-01-01: a snapshot name has no capital letters",
    ),
    (
        "restore: {snapshot: \"a,b\"}",
        27,
        "snapshot a,b: a snapshot name has no space, control character or any of \\ / * ? \" < > | , #",
    ),
    (
        "restore: {snapshot: a, repository: \"my repo\"}",
        42,
        "repository my repo: a repository name has no space, control character or any of # , * \\ / ? \" < > |",
    ),
    (
        "verify: {snapshot: Old}",
        26,
        "snapshot Old: a snapshot name has no capital letters",
    ),
    (
        "delete_indices: [a, \"b#\"]",
        27,
        "index b#: an index name has no space, control character or any of \\ / * ? \" < > | , #",
    ),
    (
        "prune: {keep_last: many, gone_after: []}",
        26,
        "invalid value 'many' for '--keep-last <N>': invalid digit found in string",
    ),
];

#[test]
fn validate_checks_steps_as_run_does() {
    let (_sandbox, folder) = folder();
    for (step, column, words) in STEPS {
        folder.write("a.yaml", &format!("{SPEC}workflows:\n  w:\n    - {step}\n"));
        let line = SPEC.lines().count() + 3;
        let kind = step.split(':').next().unwrap();
        let ran = folder.run(["validate", "-f", "a.yaml"]);
        let mut lines = ran.stderr.lines();
        let title = format!("error: step 1 ({kind}) of workflow w is not valid");
        assert_eq!(lines.next(), Some(title.as_str()), "{step}: {}", ran.stderr);
        let place = lines.next().unwrap().trim_start().to_owned();
        assert_eq!(place, format!("--> a.yaml:{line}:{column}"), "{step}");
        assert!(
            lines.any(|line| line.ends_with(&format!("^ {words}"))),
            "{step}: {}",
            ran.stderr
        );
        assert_eq!(ran.code, 65, "{step}");
        // The same sentence ends a run before its first step; there the date is that of the run.
        let ran = folder.run(["run", "w", "--sandbox", "-f", "a.yaml"]);
        let said = ran
            .stderr
            .trim_end()
            .rsplit_once("): ")
            .map(|(_, said)| said.to_owned());
        let dated = words
            .split("1970-01-01")
            .map(str::to_owned)
            .collect::<Vec<_>>();
        let said = said.unwrap_or_default();
        assert!(
            said.starts_with(&dated[0]) && said.ends_with(dated.last().unwrap()),
            "{step}: {}",
            ran.stderr
        );
        assert_eq!(ran.code, 65, "{step}");
    }
}

#[test]
fn step_with_names_that_can_exist_is_valid() {
    let (_sandbox, folder) = folder();
    for step in [
        "snapshot: {}",
        "snapshot: {name: \"{environment}-{release}\", timeout: \"{limit}\"}",
        "restore: {snapshot: a, repository: cs-automated, indices: [\"*\", -x]}",
        "wait: {snapshot: latest}",
        "verify: {level: \"{level}\"}",
        "prune: {keep_last: \"{count}\", gone_after: [{indices: \"logs-*\", age: 90d}]}",
    ] {
        folder.write("a.yaml", &format!("{SPEC}workflows:\n  w:\n    - {step}\n"));
        let ran = folder.run(["validate", "-f", "a.yaml"]);
        assert_eq!((ran.stderr.as_str(), ran.code), ("", 0), "{step}");
    }
}

#[test]
fn serverless_endpoint_is_refused_wherever_it_stands() {
    let (_sandbox, folder) = folder();
    let why = "this is OpenSearch Serverless, which has no manual snapshots: esbackup needs a domain or a cluster";
    folder.write("a.yaml", SPEC);
    for host in [
        "x.us-west-2.aoss.amazonaws.com",
        "x.aoss.us-west-2.on.aws",
        "X.US-WEST-2.AOSS.AMAZONAWS.COM.",
    ] {
        let ran = folder.run(["validate", "-f", "a.yaml", "--trust-endpoint", host]);
        let want = format!("error: --trust-endpoint {host}: {why}\n");
        assert_eq!((ran.stderr.as_str(), ran.code), (want.as_str(), 64));
    }
}
