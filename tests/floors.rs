//! The floors of the code: a module uses the floors below its own.

use std::collections::BTreeSet;

use crate::support::source::{code, files, is_test};

/// The modules of each floor, the lowest floor first. Modules of one floor do not use each other, except on the ground floor.
const FLOORS: [&[&str]; 12] = [
    &[
        "backoff",
        "causes",
        "clock",
        "counted",
        "duration",
        "exit",
        "failure",
        "files",
        "hazard",
        "interrupt",
        "limits",
        "lost",
        "moment",
        "names",
        "operations",
        "outlet",
        "policy_document",
        "trust",
    ],
    &["yaml"],
    &["aws", "domain"],
    &["diagnosis", "data"],
    &["resources"],
    &["spec"],
    &["findings"],
    &["observe", "plan"],
    &["execute"],
    &["workflow"],
    &["report"],
    &["cli"],
];

/// Modules outside of the floors. The sandbox stands beside them and uses these alone; the command line starts it.
const SANDBOX_USES: [&str; 2] = ["names", "policy_document"];
const ROOTS: [&str; 3] = ["internals", "lib", "main"];

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// The module path of a file below `src`.
fn module_path(name: &str) -> Vec<&str> {
    let path = name.trim_start_matches("src/").trim_end_matches(".rs");
    let path = path.trim_end_matches("/mod");
    path.split('/').collect()
}

/// The code of a file without its comments and its tests.
fn product(text: &str) -> String {
    let mut lines = Vec::new();
    let mut all = text.lines().peekable();
    while let Some(line) = all.next() {
        let next = all.peek().copied().unwrap_or_default();
        if line == "#[cfg(test)]" && next.starts_with("mod ") && next.ends_with('{') {
            break;
        }
        lines.push(code(line));
    }
    lines.join("\n")
}

/// The first names of the items of a list in braces, at its outermost level.
fn firsts(list: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut firsts = Vec::new();
    let mut begins = true;
    for (at, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => begins = true,
            _ if begins && !letter.is_whitespace() => {
                firsts.push(identifier(&list[at..]));
                begins = false;
            }
            _ => {}
        }
    }
    firsts
}

fn identifier(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
    &text[..end.unwrap_or(text.len())]
}

/// The top-level modules that a file uses by `crate::` and `super::` paths.
fn uses(name: &str, text: &str) -> BTreeSet<String> {
    let mut found = named_in(name, text, "crate::", 0);
    found.remove(module_path(name)[0]);
    found
}

/// The other kinds that a file of a kind uses.
fn other_kinds(name: &str, text: &str, kinds: &BTreeSet<String>) -> Vec<String> {
    let mut found = named_in(name, text, "resources::", 1);
    found.remove(module_path(name)[1]);
    found.intersection(kinds).cloned().collect()
}

/// The names that follow a module of that depth, which paths write as `prefix` or as `super::` up to it.
fn named_in(name: &str, text: &str, prefix: &str, depth: usize) -> BTreeSet<String> {
    let own = module_path(name);
    let text = product(text);
    let mut found = BTreeSet::new();
    let mut add = |rest: &str| match rest.strip_prefix('{') {
        Some(list) => found.extend(firsts(list).into_iter().map(str::to_owned)),
        None => drop(found.insert(identifier(rest).to_owned())),
    };
    for (at, _) in text.match_indices(prefix) {
        add(&text[at + prefix.len()..]);
    }
    for (at, _) in text.match_indices("super::") {
        if text[..at].ends_with("super::") {
            continue;
        }
        let mut rest = &text[at..];
        let mut ups = 0;
        while let Some(next) = rest.strip_prefix("super::") {
            rest = next;
            ups += 1;
        }
        if ups + depth == own.len() {
            add(rest);
        }
    }
    found
}

fn is_allowed(from: &str, to: &str) -> bool {
    if from == "sandbox" {
        return SANDBOX_USES.contains(&to);
    }
    match (floor(from), floor(to)) {
        (Some(0), Some(0)) => true,
        (Some(from), Some(to)) => to < from,
        _ => from == "cli" && to == "sandbox",
    }
}

fn upward() -> Vec<String> {
    let mut found = Vec::new();
    for (name, text) in files("src").iter().filter(|(name, _)| !is_test(name)) {
        let from = module_path(name)[0];
        if ROOTS.contains(&from) {
            continue;
        }
        let uses = uses(name, text);
        let upward = uses.iter().filter(|to| !is_allowed(from, to));
        found.extend(upward.map(|to| format!("{name} uses {to}")));
    }
    found
}

#[test]
fn module_uses_only_the_floors_below_it() {
    assert_eq!(upward(), Vec::<String>::new());
}

/// The kinds: the folders of `resources` that are modules.
fn kinds() -> BTreeSet<String> {
    let all = files("src/resources");
    let kinds = all.iter().filter_map(|(name, _)| {
        let kind = name
            .strip_prefix("src/resources/")?
            .strip_suffix("/mod.rs")?;
        (!kind.contains('/')).then(|| kind.to_owned())
    });
    kinds.collect()
}

#[test]
fn no_kind_uses_another() {
    let kinds = kinds();
    assert!(kinds.contains("role") && kinds.contains("policy"));
    let mut found = Vec::new();
    for (name, text) in files("src/resources") {
        let is_of_kind = module_path(&name)
            .get(1)
            .is_some_and(|one| kinds.contains(*one));
        if is_of_kind && !is_test(&name) {
            let others = other_kinds(&name, &text, &kinds).into_iter();
            found.extend(others.map(|kind| format!("{name} uses {kind}")));
        }
    }
    assert_eq!(
        found,
        Vec::<String>::new(),
        "what one kind knows of another stands in src/resources/facts.rs; what two kinds share stands below them"
    );
}

#[test]
fn uses_of_other_kinds_are_read_from_every_spelling_of_a_path() {
    let kinds = ["bucket", "domain", "policy", "repository", "role"];
    let kinds = BTreeSet::from(kinds.map(str::to_owned));
    let text = "use crate::resources::{Kind, policy::remote, role};\nuse crate::domain::Client;\n\
                fn f() { super::super::bucket::g(); super::domain::h(); crate::resources::facts::i(); }\n\
                #[cfg(test)]\nmod tests {\n use crate::resources::repository;\n";
    let found = other_kinds("src/resources/role/remote.rs", text, &kinds);
    assert_eq!(found, ["bucket", "policy"]);
}

#[test]
fn every_module_stands_on_one_floor() {
    let text = std::fs::read_to_string("src/lib.rs").unwrap();
    let modules = text.lines().filter_map(|line| {
        let line = line.trim_start_matches("pub ").strip_prefix("mod ")?;
        line.strip_suffix(';')
    });
    let homeless: Vec<&str> = modules
        .filter(|module| floor(module).is_none() && !["internals", "sandbox"].contains(module))
        .collect();
    assert_eq!(homeless, Vec::<&str>::new());
}

#[test]
fn floors_are_those_of_the_architecture_page() {
    let text = std::fs::read_to_string("docs/ARCHITECTURE.md").unwrap();
    let section = text.split("\n## Floors\n").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let mut documented: Vec<Vec<&str>> = rows
        .map(|row| {
            let modules = row.split(" |").next().unwrap();
            modules
                .split("`, `")
                .map(|one| one.trim_matches('`'))
                .collect()
        })
        .collect();
    documented.reverse();
    assert_eq!(documented, FLOORS.map(<[&str]>::to_vec));
}

#[test]
fn uses_are_read_from_every_spelling_of_a_path() {
    let text = "//! crate::comment\nuse crate::aws::{self, budget};\nuse crate::{names::X, plan::{a, b}, spec};\n\
                fn f() { super::super::domain::g(); super::near(); crate::cli::h(); }\n#[cfg(test)]\nmod tests {\n use crate::report;\n";
    let found = uses("src/resources/bucket/diff.rs", text);
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, ["aws", "cli", "names", "plan", "spec"]);
    let found = uses("src/findings/access.rs", "use super::super::plan::Plan;");
    assert_eq!(found, BTreeSet::from(["plan".to_owned()]));
}
