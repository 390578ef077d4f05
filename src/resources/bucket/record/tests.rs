//! The place and the content of a record, and what is not taken for one.

use super::*;
use crate::names::BasePath;

fn record() -> Record {
    let restored = Restored {
        name: "logs".to_owned(),
        docs: 3,
        restored_as: "u1".to_owned(),
    };
    Record::new(
        "logs-prod",
        "arn:aws:es:us-west-2:111122223333:domain/logs".to_owned(),
        ("nightly", "s1"),
        &[restored],
    )
}

/// As `printf %s logs/prod | sha256sum` has it; the root of a bucket has the digest of nothing.
#[test]
fn key_follows_from_the_base_path_alone() {
    let desired = crate::resources::tests::desired(&[]);
    let bucket = desired.bucket.unwrap().want;
    let key = |path: &str| Place::of(&bucket, path).key;
    assert_eq!(
        key(""),
        "esbackup-records/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855/restore-test.json"
    );
    assert_eq!(
        key("logs/prod"),
        "esbackup-records/88d1920138b2d62323ccda1d8a49146c14387f2aacb4af1be02bc2ef07007ced/restore-test.json"
    );
    for path in ["", "logs/prod"] {
        let place = Place::of(&bucket, path);
        assert_eq!(place.url(), format!("s3://{}/{}", bucket.name, place.key));
        assert_eq!(place.arn(), format!("{}/{}", bucket.arn(), place.key));
    }
}

#[test]
fn record_is_read_as_it_was_written() {
    assert_eq!(Record::parse(&record().to_bytes()), Ok(record()));
}

#[test]
fn what_is_no_record_of_this_format_is_refused() {
    let text = String::from_utf8(record().to_bytes()).unwrap();
    for (bytes, words) in [
        ("", "it is no record of esbackup"),
        ("<html></html>", "it is no record of esbackup"),
        ("{}", "missing field `format`"),
        ("[1]", "it is no record of esbackup"),
        (r#"{"format": 1}"#, "missing field"),
        (
            &text.replace("\"docs\": 3", "\"docs\": -3"),
            "it is no record",
        ),
        (
            &text.replace("\"format\": 1", "\"format\": 2"),
            "its format is 2, and this esbackup reads format 1",
        ),
    ] {
        let problem = Record::parse(bytes.as_bytes()).unwrap_err();
        assert!(problem.contains(words), "{bytes}: {problem}");
    }
}

#[test]
fn record_of_many_indices_stays_readable_and_counts_all() {
    let restored: Vec<Restored> = (0..5_000)
        .map(|number| Restored {
            name: format!("{number:0>255}"),
            docs: u64::MAX,
            restored_as: "x".repeat(22),
        })
        .collect();
    let record = Record::new("e", "d".to_owned(), ("s", "u"), &restored);
    assert_eq!((record.restored, record.indices.len()), (5_000, 1_000));
    assert!(record.to_bytes().len() < crate::aws::guard::longest_answer("GetObject"));
}

#[test]
fn base_path_among_the_records_is_refused() {
    for path in [
        "esbackup-records",
        "esbackup-records/logs",
        "esbackup-records/a/b",
    ] {
        let rule = BasePath::parse(path).unwrap_err().to_string();
        assert!(rule.contains("esbackup-records"), "{path}: {rule}");
    }
    for path in ["esbackup-records-2", "logs/esbackup-records", "esbackup"] {
        assert!(BasePath::parse(path).is_ok(), "{path}");
    }
}
