//! Environments that share what may be shared.

use super::values::SMALL;
use crate::spec::{Loaded, load};
use crate::trust::Trust;

/// Loads copies of the small spec, each changed by its replacements.
fn load_all(environments: &[&[(&str, &str)]]) -> Result<Loaded, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    for (index, changes) in environments.iter().enumerate() {
        let mut text = SMALL.replacen("name: logs\n", &format!("name: environment-{index}\n"), 1);
        for (from, to) in *changes {
            assert!(text.contains(from), "{from}");
            text = text.replace(from, to);
        }
        std::fs::write(folder.path().join(format!("{index}.yaml")), text).unwrap();
    }
    load(&[folder.path().to_owned()], &Trust::default())
        .map_err(|found| found.into_iter().map(|one| one.title).collect())
}

const EXISTING: &[(&str, &str)] = &[
    (
        "bucket:\n  name: logs-snapshots\n",
        "bucket:\n  name: logs-snapshots\n  existing: true\n",
    ),
    (
        "policy:\n  name: logs-snapshots\n",
        "policy:\n  name: logs-snapshots\n  existing: true\n",
    ),
    (
        "role:\n  name: logs-snapshots\n",
        "role:\n  name: logs-snapshots\n  existing: true\n",
    ),
    (
        "repository:\n  name: logs\n",
        "repository:\n  name: logs\n  existing: true\n",
    ),
];

#[test]
fn what_exists_may_be_used_by_many() {
    assert_eq!(
        load_all(&[&[], EXISTING, EXISTING]).map(|loaded| loaded.specs.len()),
        Ok(3)
    );
}

#[test]
fn accounts_have_names_of_their_own() {
    let other: &[(&str, &str)] = &[
        ("123456789012", "210987654321"),
        (
            "bucket:\n  name: logs-snapshots\n",
            "bucket:\n  name: other-snapshots\n",
        ),
    ];
    assert_eq!(
        load_all(&[&[], other]).map(|loaded| loaded.specs.len()),
        Ok(2)
    );
}

#[test]
fn a_partition_has_buckets_of_its_own() {
    let other: &[(&str, &str)] = &[
        ("123456789012", "210987654321"),
        ("us-west-2", "cn-north-1"),
    ];
    assert_eq!(
        load_all(&[&[], other]).map(|loaded| loaded.specs.len()),
        Ok(2)
    );
}

#[test]
fn writers_side_by_side_in_one_bucket_are_fine() {
    let beside = |name: &'static str, path: &'static str| {
        [
            ("repository:\n  name: logs\n", path),
            ("domain:\n  name: logs\n", name),
        ]
    };
    let first = beside(
        "domain:\n  name: one\n",
        "repository:\n  name: logs\n  base_path: a\n",
    );
    let second = beside(
        "domain:\n  name: two\n",
        "repository:\n  name: logs\n  base_path: ab\n",
    );
    let mut second = second.to_vec();
    second.extend_from_slice(&EXISTING[..3]);
    assert_eq!(
        load_all(&[&first, &second]).map(|loaded| loaded.specs.len()),
        Ok(2)
    );
    let whole = beside("domain:\n  name: two\n", "repository:\n  name: logs\n");
    let mut whole = whole.to_vec();
    whole.extend_from_slice(&EXISTING[..3]);
    let title = "`environment-0` and `environment-1` both write into one place".to_owned();
    assert_eq!(
        load_all(&[&first, &whole]).map(|loaded| loaded.specs.len()),
        Err(vec![title])
    );
}
