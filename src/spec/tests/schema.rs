//! The schema and the tables of `docs/spec.md` are those of the rows; `ESBACKUP_BLESS=1` rewrites both.

use std::collections::BTreeMap;

use crate::spec::json_schema;
use crate::spec::keys::ROOT;
use crate::yaml::schema::{Key, Shape, Table};

fn kept(file: &str, have: &str) {
    if std::env::var_os("ESBACKUP_BLESS").is_some() {
        std::fs::write(file, have).unwrap();
    }
    let want = std::fs::read_to_string(file).unwrap();
    assert!(want == have, "{file} is stale: run with ESBACKUP_BLESS=1");
}

/// A shape as the guide names it.
fn words(shape: &Shape) -> String {
    match shape {
        Shape::Version => "1".to_owned(),
        Shape::Boolean => "true or false".to_owned(),
        Shape::Number => "number".to_owned(),
        Shape::Text(format) | Shape::Setting(format, _) => format.noun.to_owned(),
        Shape::Word(words) if words.len() > 5 => "code".to_owned(),
        Shape::Word(words) => or(words.iter().map(|word| format!("`{word}`")).collect()),
        Shape::Texts => "mapping of texts".to_owned(),
        Shape::Settings => "mapping of settings".to_owned(),
        Shape::Statement => "statement".to_owned(),
        Shape::Document => "mapping or JSON text".to_owned(),
        Shape::Mapping(_) => "mapping".to_owned(),
        Shape::Named(inner, _) => format!("mapping of names to {}", several(inner)),
        Shape::List(inner) => format!("list of {}", several(inner)),
        Shape::Either(shapes) => or(shapes.iter().map(words).collect()),
    }
}

fn several(shape: &Shape) -> String {
    match words(shape) {
        one if one.starts_with("list of") => one.replacen("list", "lists", 1),
        one if one.starts_with('`') => one,
        one => format!("{one}s"),
    }
}

fn or(all: Vec<String>) -> String {
    match all.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        _ => all.concat(),
    }
}

fn row(key: &Key) -> String {
    let default = match (key.required, key.default) {
        (true, _) => "required",
        (false, "") => "none",
        (false, default) => default,
    };
    format!(
        "| `{}` | {} | {default} | {} |",
        key.name,
        words(&key.shape),
        key.about
    )
}

#[test]
fn schema_file_is_what_the_command_prints() {
    kept("docs/spec.schema.json", &json_schema());
}

#[test]
fn spec_guide_tables_are_the_rows() {
    let tables: BTreeMap<&str, &Table> = ROOT
        .all()
        .into_iter()
        .map(|table| (table.path, table))
        .collect();
    let guide = std::fs::read_to_string("docs/spec.md").unwrap();
    let (mut have, mut left) = (Vec::new(), tables.clone());
    let (mut section, mut in_table) = (None, false);
    for line in guide.lines() {
        if line.starts_with('#') {
            let name = line.trim_start_matches('#').trim();
            section = match name {
                "The file" => Some(""),
                name => name
                    .strip_prefix('`')
                    .and_then(|name| name.strip_suffix('`')),
            };
        }
        let rules = line.starts_with("|---");
        if in_table && line.starts_with('|') && !rules {
            continue;
        }
        in_table = line.starts_with("| key |") || (in_table && rules);
        have.push(line.to_owned());
        if rules && let Some(table) = section.and_then(|section| left.remove(section)) {
            have.extend(table.keys.iter().map(row));
        }
    }
    assert_eq!(left.keys().collect::<Vec<_>>(), Vec::<&&str>::new());
    kept("docs/spec.md", &format!("{}\n", have.join("\n")));
}

/// Every example is one that esbackup takes, and no word of the schema is empty.
#[test]
fn rows_have_a_meaning_and_end_it_with_a_full_stop() {
    for table in ROOT.all() {
        for key in table.keys {
            let path = table.path_of(key.name);
            assert!(key.about.ends_with('.'), "{path}: {}", key.about);
            assert!(!key.required || key.default.is_empty(), "{path}");
        }
    }
}

/// A finding or an allowance can name each kind that a spec declares, and no other.
#[test]
fn kinds_of_targets_are_the_kinds_of_specs() {
    let ids = crate::resources::tests::desired(&[]).ids();
    let kinds: Vec<&str> = ids.iter().map(|id| id.kind.as_str()).collect();
    assert_eq!(crate::hazard::DECLARED.to_vec(), kinds);
}
