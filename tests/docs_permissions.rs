//! `docs/permissions.md` against what each command sends: every request has its row, and every row is used.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::docs::read;
use crate::support::binary::{Folder, Ran, ran};
use crate::support::fields::SPEC;
use crate::support::sandbox::Sandbox;

/// The name that the sandbox gives a request, from how the document writes it: `GET _snapshot/R/NAME` is `GET _snapshot/snapshot`.
fn operation(method: &str, path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let last = parts.len().saturating_sub(1);
    let known = parts.iter().enumerate().filter_map(|(place, part)| {
        let alone = place == last;
        match *part {
            "R" | "REPOSITORY" => None,
            "NAME" => alone.then_some("snapshot"),
            "INDEX" => alone.then_some("index"),
            part => Some(part),
        }
    });
    let known: Vec<&str> = known.collect();
    match known.as_slice() {
        [] => format!("{method} /"),
        known => format!("{method} {}", known.join("/")),
    }
}

/// The words between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The rows of the table whose head begins with these words, cell by cell.
fn table(head: &str) -> Vec<Vec<String>> {
    let text = read("docs/permissions.md");
    let begin = text
        .find(head)
        .unwrap_or_else(|| panic!("there is a table {head}"));
    let rows = text[begin..]
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cells = row.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    })
    .collect()
}

/// The row of each request, and whether `manage_snapshots` has all of it.
fn requests() -> BTreeMap<String, (String, bool)> {
    let mut found = BTreeMap::new();
    for row in table("| to | request |") {
        let all = quoted(&row[1]);
        let (method, _) = all[0].split_once(' ').expect("a method and a path");
        let of_snapshots = row[2].contains("(ms)");
        for one in &all {
            let path = one.strip_prefix(method).unwrap_or(one).trim();
            // What follows the first is written without its beginning.
            let path = match path.starts_with('/') && *one != all[0] {
                true => format!("_snapshot/R{}", path.trim_start_matches("/R")),
                false => path.to_owned(),
            };
            found.insert(operation(method, &path), (row[0].clone(), of_snapshots));
        }
    }
    found
}

/// What a row of commands says, for each command in its first cell.
fn of_commands(head: &str, cell: usize) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for row in table(head) {
        for command in quoted(&row[0]) {
            found.insert(command.to_owned(), row[cell].clone());
        }
    }
    found
}

/// An applied environment with a snapshot `one` of everything, and with `sample-orders` gone again where that is asked for.
struct Desk {
    sandbox: Sandbox,
    folder: Folder,
}

impl Desk {
    fn new() -> Self {
        let sandbox = Sandbox::start();
        let folder = Folder::new(&sandbox);
        let bound = "  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n";
        folder.write("esbackup.yaml", &SPEC.replace(bound, ""));
        let desk = Self { sandbox, folder };
        desk.run("apply --yes");
        desk.run("snapshot take one");
        desk
    }

    fn try_to(&self, line: &str) -> Ran {
        let words = line.split(' ').chain(["--sandbox"]);
        let mut command = self.folder.command(words);
        ran(command.env("ESBACKUP_POLL_MS", "10"))
    }

    fn run(&self, line: &str) -> Ran {
        let ran = self.try_to(line);
        assert_eq!(ran.code, 0, "{line} {ran:#?}");
        ran
    }

    /// What a command sends to the domain, and how it ended.
    fn sent(&self, line: &str) -> BTreeSet<String> {
        self.sandbox.forget_requests();
        self.run(line);
        let requests = self.sandbox.requests();
        let domain = requests.iter().filter(|one| one.service == "es");
        domain
            .map(|one| one.operation.clone())
            .filter(|operation| operation.contains(' '))
            .collect()
    }
}

/// Each command, the lines that make ready for it, and the line that is looked at.
const COMMANDS: [(&str, &[&str], &str); 17] = [
    ("snapshot list", &[], "snapshot list"),
    ("snapshot show", &[], "snapshot show one"),
    ("snapshot wait", &[], "snapshot wait one"),
    ("snapshot take", &[], "snapshot take two"),
    (
        "snapshot delete",
        &["snapshot take two"],
        "snapshot delete one --yes",
    ),
    (
        "snapshot prune",
        &["snapshot take logs-2020-01-01-000000", "snapshot take"],
        "snapshot prune --keep-last 1 --yes",
    ),
    ("indices list", &[], "indices list"),
    ("restore", &[], "restore one --prefix r-"),
    (
        "restore --close-existing",
        &[],
        "restore one --indices sample-logs --close-existing --allow replace --yes",
    ),
    (
        "restore --replace",
        &[],
        "restore one --indices sample-logs --replace --allow replace --yes",
    ),
    (
        "verify --level registered",
        &[],
        "verify --level registered",
    ),
    ("verify --level nodes", &[], "verify --level nodes"),
    ("verify --level snapshot", &[], "verify --level snapshot"),
    ("verify --level restore", &[], "verify --level restore"),
    ("indices delete", &[], "indices delete sample-logs --yes"),
    (
        "indices delete --snapshot-first",
        &[],
        "indices delete sample-logs --snapshot-first --yes",
    ),
    ("status", &[], "status"),
];

/// What a command's row says: the rows that it uses, and those of them that may be refused.
fn used(rows: &BTreeMap<String, String>, command: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut all, mut may_be_refused) = (BTreeSet::new(), BTreeSet::new());
    for word in rows[command].split(", ").filter(|word| *word != "none") {
        if let Some(other) = word
            .strip_prefix("what `")
            .and_then(|word| word.strip_suffix("` does"))
        {
            let (more, refused) = used(rows, other);
            all.extend(more);
            may_be_refused.extend(refused);
            continue;
        }
        let name = word
            .trim_start_matches('(')
            .trim_end_matches(')')
            .to_owned();
        if name == word {
            // What a longer list names again is needed there.
            may_be_refused.remove(&name);
        } else {
            may_be_refused.insert(name.clone());
        }
        all.insert(name);
    }
    (all, may_be_refused)
}

#[test]
fn every_command_sends_what_its_rows_say_and_every_row_is_used() {
    let (requests, rows) = (requests(), of_commands("| command | uses the rows |", 1));
    let (needs, written) = ["| command | needs | paths"; 2].into();
    let (needs, written) = (of_commands(needs, 1), of_commands(written, 2));
    let mut wrong = Vec::new();
    for (command, before, line) in COMMANDS {
        let desk = Desk::new();
        before.iter().for_each(|line| drop(desk.run(line)));
        let sent = desk.sent(line);
        let methods: BTreeSet<String> = sent
            .iter()
            .filter_map(|one| one.split(' ').next())
            .map(|method| format!("es:ESHttp{}{}", &method[..1], method[1..].to_lowercase()))
            .collect();
        let named: BTreeSet<String> = quoted(&needs[command])
            .into_iter()
            .map(str::to_owned)
            .collect();
        if methods != named {
            wrong.push(format!(
                "{command}: sends {methods:?}, and the document says {named:?}"
            ));
        }
        let writes: BTreeSet<&String> = sent.iter().filter(|one| !one.starts_with("GET")).collect();
        let paths: BTreeSet<String> = written[command]
            .split(", ")
            .filter_map(|one| {
                let (method, path) = one.split_once(' ')?;
                Some(operation(method, quoted(path).first()?))
            })
            .collect();
        if writes != paths.iter().collect() {
            wrong.push(format!(
                "{command}: writes {writes:?}, and the document says {paths:?}"
            ));
        }
        if command == "status" {
            continue;
        }
        let mut found = BTreeSet::new();
        for one in &sent {
            match requests.get(one) {
                Some((row, of_snapshots)) if !of_snapshots => drop(found.insert(row.clone())),
                Some(_) => {}
                None => wrong.push(format!("{command}: {one} has no row")),
            }
        }
        if command != "snapshot prune" {
            found.remove("see the version and the clock");
        }
        let (documented, _) = used(&rows, command);
        if found != documented {
            wrong.push(format!(
                "{command}: uses {found:?}, and the document says {documented:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_may_be_refused_is_passed_over_and_everything_else_ends_as_a_missing_permission() {
    let (requests, rows) = (requests(), of_commands("| command | uses the rows |", 1));
    let mut wrong = Vec::new();
    for (command, before, line) in COMMANDS.into_iter().filter(|one| one.0 != "status") {
        let desk = Desk::new();
        before.iter().for_each(|line| drop(desk.run(line)));
        let state = desk.sandbox.state();
        // What another command does is looked at there.
        let own: Vec<&str> = rows[command].split(", ").collect();
        let (all, may_be_refused) = used(&rows, command);
        let named = |row: &str| own.iter().any(|word| word.trim_matches(['(', ')']) == row);
        let reads = requests
            .iter()
            .filter(|(one, (row, _))| one.starts_with("GET") && all.contains(row) && named(row));
        for (one, (row, _)) in reads {
            let refusal = json!({"code": 403, "error_code": "security_exception", "message": "no permissions for [x] and User [name=y]"});
            desk.sandbox.fault(&json!({"operation": format!("es:{one}"), "times": 1000, "action": {"status": refusal}}));
            let ran = desk.try_to(line);
            desk.sandbox.forget_faults();
            desk.sandbox.admin("PUT", "/state", &state);
            let expected = if may_be_refused.contains(row) { 0 } else { 77 };
            if ran.code != expected {
                wrong.push(format!(
                    "{command}, refused {row}: {expected} and not {ran:#?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_role_of_an_operator_grants_what_the_rows_name_and_no_more() {
    let mut named = BTreeSet::new();
    for row in table("| to | request |") {
        for cell in &row[2..] {
            let (actions, of_snapshots) = (quoted(cell), cell.contains("(ms)"));
            named.extend(
                actions
                    .into_iter()
                    .filter(|_| !of_snapshots)
                    .map(str::to_owned),
            );
        }
    }
    let text = read("docs/permissions.md");
    let (_, role) = text
        .split_once("/roles/esbackup_operator\n")
        .expect("the role");
    let (role, _) = role.split_once("```").expect("its end");
    let role: serde_json::Value = serde_json::from_str(role).expect("JSON");
    let on_indices = &role["index_permissions"][0]["allowed_actions"];
    let all =
        [&role["cluster_permissions"], on_indices].map(|list| list.as_array().unwrap().clone());
    let granted: BTreeSet<String> = all
        .concat()
        .iter()
        .map(|action| action.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(granted, named);
}
