//! The specs that ship load without a word, and every key is in `complete.yaml` and in the guide.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::spec::keys::ROOT;
use crate::spec::{load, parse};
use crate::trust::Trust;
use crate::yaml::tree;

const SPECS: [&str; 6] = [
    "specs/blog.yaml",
    "specs/complete.yaml",
    "specs/govcloud.yaml",
    "specs/migration/reader.yaml",
    "specs/migration/writer.yaml",
    "specs/quickstart.yaml",
];

fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(yaml_files(&path));
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn every_spec_that_ships_loads_without_a_warning() {
    let paths: Vec<PathBuf> = SPECS.iter().map(PathBuf::from).collect();
    assert_eq!(yaml_files(Path::new("specs")), paths);
    for path in &paths {
        assert_eq!(
            load(std::slice::from_ref(path), &Trust::default())
                .unwrap()
                .warnings,
            []
        );
    }
    let together = load(&paths, &Trust::default()).unwrap();
    assert_eq!((together.specs.len(), together.warnings.len()), (6, 0));
}

/// Collects the paths of keys that are there, with those of comments such as `# document_file: x`.
/// A workflow's name is written `*`, as in the tables.
fn keys_of(node: &tree::Node, path: &str, found: &mut BTreeSet<String>) {
    if let tree::Value::Sequence(items) = &node.value {
        items.iter().for_each(|item| keys_of(item, path, found));
    }
    let tree::Value::Mapping(entries) = &node.value else {
        return;
    };
    for entry in entries {
        let key = match path {
            "workflows" => "*",
            _ => entry.key.as_text().unwrap(),
        };
        let path = if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        };
        keys_of(&entry.value, &path, found);
        found.insert(path);
    }
}

#[test]
fn the_complete_spec_holds_every_key() {
    let text = std::fs::read_to_string("specs/complete.yaml").unwrap();
    let mut found = BTreeSet::new();
    keys_of(&tree::read(&text).unwrap().unwrap(), "", &mut found);
    let missing: Vec<String> = ROOT
        .all()
        .into_iter()
        .flat_map(|table| table.names().map(|key| (table.path_of(key), key)))
        .filter(|(path, key)| !found.contains(path) && !text.contains(&format!("# {key}:")))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn the_guide_names_every_key() {
    let guide = std::fs::read_to_string("docs/spec.md").unwrap();
    let missing: Vec<String> = ROOT
        .all()
        .into_iter()
        .flat_map(|table| table.names().map(|key| (table.path, key)))
        .filter(|(path, key)| {
            let start = format!("## `{path}`");
            let section = if path.is_empty() {
                "## The file"
            } else {
                start.as_str()
            };
            let body = guide
                .split(section)
                .nth(1)
                .and_then(|rest| rest.split("\n#").next())
                .unwrap_or_default();
            !body.contains(&format!("| `{key}` |"))
        })
        .map(|(path, key)| format!("{path}.{key}"))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

/// Collects where the values stand that are neither lists nor mappings.
fn leaves(node: &tree::Node, found: &mut Vec<std::ops::Range<usize>>) {
    match &node.value {
        tree::Value::Mapping(entries) => {
            entries.iter().for_each(|entry| leaves(&entry.value, found))
        }
        tree::Value::Sequence(items) => items.iter().for_each(|item| leaves(item, found)),
        _ => found.push(node.span.clone()),
    }
}

#[test]
fn no_value_is_read_and_ignored() {
    let text = std::fs::read_to_string("specs/complete.yaml").unwrap();
    let mut spans = Vec::new();
    leaves(&tree::read(&text).unwrap().unwrap(), &mut spans);
    assert!(spans.len() > 70, "{} values", spans.len());
    for span in spans {
        let mut broken = text.clone();
        broken.replace_range(span.clone(), "[[{}]]");
        let line = text[..span.start].matches('\n').count() + 1;
        let problems = parse(Path::new("specs/complete.yaml"), &broken).unwrap_err();
        assert!(
            problems.iter().any(|one| one.place.line == line),
            "line {line}: {problems:#?}"
        );
    }
}
