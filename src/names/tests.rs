//! Each name at the edges of its rule.

use super::*;

/// Checks names that a rule takes, and names that it refuses.
fn check<T: std::fmt::Display>(
    parse: fn(&str) -> Result<T, NameError>,
    good: &[&str],
    bad: &[&str],
) {
    for name in good {
        assert_eq!(
            parse(name).map(|parsed| parsed.to_string()),
            Ok((*name).to_owned())
        );
    }
    for name in bad {
        assert!(parse(name).is_err(), "{name:?} is taken");
    }
}

fn long(length: usize) -> String {
    "a".repeat(length)
}

#[test]
fn environments_are_named_in_lowercase() {
    check(
        EnvironmentName::parse,
        &["a", "0", "logs-production", &long(63)],
        &["", "-a", "A", "a_b", "a.b", "ä", &long(64)],
    );
}

#[test]
fn an_account_has_twelve_digits() {
    check(
        AccountId::parse,
        &["123456789012", "000000000000"],
        &[
            "",
            "12345678901",
            "1234567890123",
            "12345678901a",
            "١٢٣٤٥٦٧٨٩٠١٢",
        ],
    );
}

#[test]
fn a_region_tells_its_partition() {
    for (name, partition) in [
        ("us-west-2", Partition::Aws),
        ("ap-southeast-2", Partition::Aws),
        ("mx-central-1", Partition::Aws),
        ("us-gov-west-1", Partition::AwsUsGov),
        ("cn-northwest-1", Partition::AwsCn),
    ] {
        assert_eq!(
            Region::parse(name).map(|region| region.partition()),
            Ok(partition)
        );
    }
    check(
        Region::parse,
        &[],
        &[
            "",
            "us",
            "us-west",
            "us-west-2a",
            "US-west-2",
            "us--2",
            "us-iso-east-1",
            "eusc-de-east-1",
            "a-b-c-d-1",
        ],
    );
}

#[test]
fn buckets_follow_the_rules_of_s3() {
    check(
        BucketName::parse,
        &[
            "abc",
            "a.b.c",
            "elasticsearch-backup-indices",
            "1.2.3.4.5",
            "256.1.1.1",
            &long(63),
        ],
        &[
            "",
            "ab",
            "Abc",
            "a_b",
            "-abc",
            "abc-",
            ".abc",
            "abc.",
            "a..b",
            "192.168.1.10",
            "xn--abc",
            "sthree-abc",
            "amzn-s3-demo-abc",
            "abc-s3alias",
            "abc--ol-s3",
            "abc.mrap",
            "abc--x-s3",
            "abc--table-s3",
            "bücket",
            &long(64),
        ],
    );
    let name = BucketName::parse("logs").unwrap();
    assert_eq!(name.arn(Partition::AwsCn).as_str(), "arn:aws-cn:s3:::logs");
}

#[test]
fn iam_names_follow_the_rules_of_iam() {
    check(
        PolicyName::parse,
        &["a", "_+=,.@-", &long(128)],
        &["", "a b", "a/b", "ä", &long(129)],
    );
    check(
        RoleName::parse,
        &["a", "es-s3-backup", &long(64)],
        &["", "a:b", &long(65)],
    );
    let longest = format!("/{}/", long(510));
    check(
        IamPath::parse,
        &["/", "/a/", "/a/b/", &longest],
        &["", "a", "/a", "a/", "//", "/a//b/", "/a b/", "/ä/"],
    );
    assert_eq!(IamPath::default().as_str(), "/");
}

#[test]
fn domains_follow_the_rules_of_the_service() {
    check(
        DomainName::parse,
        &["abc", "a-1", &long(28)],
        &["", "ab", "1ab", "-ab", "Abc", "a_b", &long(29)],
    );
}

#[test]
fn repositories_follow_the_rules_of_the_engines() {
    check(
        RepositoryName::parse,
        &["a", "my-snapshot-repo", "Logs", "a.b", "cs", "ä"],
        &[
            "",
            "cs-automated",
            "cs-",
            "_a",
            "-a",
            "a b",
            "a#b",
            "a,b",
            "a*",
            "a\\b",
            "a/b",
            "a?",
            "a\"",
            "a<",
            "a>",
            "a|",
            "a\tb",
            "a\u{0}",
            ".",
            "..",
            "a--esbackup-candidate",
            &long(201),
        ],
    );
    let name = RepositoryName::parse("logs").unwrap();
    assert_eq!(name.candidate().as_str(), "logs--esbackup-candidate");
}

#[test]
fn base_paths_are_plain_prefixes() {
    check(
        BasePath::parse,
        &["a", "a/b", "logs/2026-11", "a.b", &long(900)],
        &[
            "",
            "/",
            "/a",
            "a/",
            "a//b",
            ".",
            "a/..",
            "a b",
            "a\\b",
            "ä",
            "a%2f",
            &long(901),
        ],
    );
    let path = |text: &str| BasePath::parse(text).unwrap();
    for (one, other, want) in [
        ("a", "a", true),
        ("a", "a/b", true),
        ("a/b", "a", true),
        ("a", "ab", false),
        ("a/b", "a/c", false),
    ] {
        assert_eq!(path(one).overlaps(&path(other)), want, "{one} {other}");
    }
}

#[test]
fn arns_have_six_fields() {
    check(
        Arn::parse,
        &[
            "arn:aws:s3:::bucket",
            "arn:aws-us-gov:iam::123456789012:role/path/name",
            "arn:aws:es:*:123456789012:domain/*",
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "arn:aws:logs:us-west-2:123456789012:log-group:name:*",
            "arn:aws:es:us-west-2:*:domain/a",
        ],
        &[
            "",
            "arn",
            "arn:aws:s3::bucket",
            "arn:azure:s3:::bucket",
            "ARN:aws:s3:::bucket",
            "arn:aws:S3:::bucket",
            "arn:aws:es:west:123456789012:domain/a",
            "arn:aws:es:us-west-2:1234:domain/a",
            "arn:aws:s3:::",
            "arn:aws:s3:::a b",
            "arn:aws::::bucket",
        ],
    );
    let arn = Arn::parse("arn:aws-cn:es:cn-north-1:123456789012:domain/a:b").unwrap();
    let have = (
        arn.partition(),
        arn.service(),
        arn.region(),
        arn.account(),
        arn.resource(),
        arn.is_pattern(),
    );
    assert_eq!(
        have,
        (
            Partition::AwsCn,
            "es",
            "cn-north-1",
            "123456789012",
            "domain/a:b",
            false
        )
    );
}

#[test]
fn names_are_strings_in_json() {
    let name = RoleName::parse("es-s3-backup").unwrap();
    assert_eq!(serde_json::to_string(&name).unwrap(), "\"es-s3-backup\"");
}

#[test]
fn snapshots_follow_the_rules_of_the_engines() {
    check(
        SnapshotName::parse,
        &[
            "a",
            "logs-2026-11-24-030405",
            ".a",
            "-a",
            "+a",
            "a:b",
            "ä",
            "a_b",
            "latest",
            &long(255),
        ],
        &[
            "",
            ".",
            "..",
            "_a",
            "_all",
            "A",
            "Ä",
            "a b",
            "a,b",
            "a#b",
            "a*",
            "a/b",
            "a\\b",
            "a?",
            "a\"",
            "a<",
            "a>",
            "a|",
            "a\tb",
            "a\u{0}",
            "a\u{7f}",
            "a\u{2028}",
            &long(256),
        ],
    );
}

#[test]
fn an_index_is_one_index_and_never_a_pattern_a_list_or_a_date() {
    check(
        IndexName::parse,
        &[
            "a",
            ".kibana_1",
            ".ds-logs-000001",
            "logs-2026.11.24",
            "a+b",
            "a-",
            "ä",
            "a{b}",
            "a$(b)",
            &long(255),
        ],
        &[
            "",
            ".",
            "..",
            "_all",
            "_a",
            "-a",
            "+a",
            "*",
            "a*",
            "a,b",
            "<a-{now/d}>",
            "a b",
            "A",
            "a:b",
            "a/b",
            "a?",
            "a#b",
            "a\n",
            &long(256),
        ],
    );
    // Characters of two bytes: the engines count bytes.
    assert!(IndexName::parse(&"ä".repeat(127)).is_ok());
    assert!(IndexName::parse(&"ä".repeat(128)).is_err());
}
