//! Lifecycle rules that others made.

use super::{BUCKET, SPEC, Stage, codes};

fn rule(id: &str, prefix: &str, action: &str) -> String {
    format!(
        "<Rule><ID>{id}</ID><Filter><Prefix>{prefix}</Prefix></Filter><Status>Enabled</Status>{action}</Rule>"
    )
}

const EXPIRE: &str = "<Expiration><Days>30</Days></Expiration>";
const BY_DATE: &str = "<Expiration><Date>2020-01-01T00:00:00Z</Date></Expiration>";

fn to(class: &str) -> String {
    format!("<Transition><Days>30</Days><StorageClass>{class}</StorageClass></Transition>")
}

#[test]
fn rule_that_reaches_the_base_path_is_a_danger() {
    let stage = Stage::new();
    for (prefix, action) in [
        ("", EXPIRE),
        ("logs/", EXPIRE),
        ("logs", EXPIRE),
        ("lo", EXPIRE),
        ("logs/indices/", EXPIRE),
        ("", BY_DATE),
    ] {
        let found = stage.beside_rule(&rule("theirs", prefix, action));
        assert_eq!(
            codes(&found),
            [("expires-backups", "danger")],
            "{prefix} {action}"
        );
        assert_eq!(found[0].resource, "bucket.logs-snapshots");
        assert!(found[0].message.contains("theirs"), "{}", found[0].message);
    }
    for class in ["GLACIER", "DEEP_ARCHIVE"] {
        let found = stage.beside_rule(&rule("cold", "", &to(class)));
        assert_eq!(codes(&found), [("archives-backups", "danger")]);
        assert!(found[0].message.contains(class), "{}", found[0].message);
    }
    let and = "<Rule><ID>a</ID><Filter><And><Prefix>logs/</Prefix><ObjectSizeGreaterThan>1</ObjectSizeGreaterThan></And></Filter>\
               <Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>";
    assert_eq!(
        codes(&stage.beside_rule(and)),
        [("expires-backups", "danger")]
    );
}

#[test]
fn rule_that_cannot_reach_the_backups_is_no_finding() {
    let stage = Stage::new();
    let disabled = rule("off", "", EXPIRE).replace("Enabled", "Disabled");
    for harmless in [
        rule("theirs", "theirs/", EXPIRE),
        rule("theirs", "logs-old/", EXPIRE),
        rule("cool", "", &to("STANDARD_IA")),
        rule("cool", "", &to("GLACIER_IR")),
        rule(
            "tidy",
            "",
            "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>",
        ),
        rule(
            "old",
            "",
            "<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>",
        ),
        disabled,
    ] {
        assert_eq!(codes(&stage.beside_rule(&harmless)), [], "{harmless}");
    }
}

#[test]
fn rule_for_tagged_objects_is_a_note() {
    let stage = Stage::new();
    let tagged = "<Rule><ID>t</ID><Filter><Tag><Key>a</Key><Value>b</Value></Tag></Filter><Status>Enabled</Status>\
                  <Expiration><Days>1</Days></Expiration></Rule>";
    assert_eq!(
        codes(&stage.beside_rule(tagged)),
        [("expires-backups", "note")]
    );
}

#[test]
fn at_the_root_of_a_bucket_a_folder_of_others_is_no_finding() {
    let stage = Stage::of(&SPEC.replace("  base_path: logs\n", ""));
    // Records of restore tests are no backups.
    for prefix in ["theirs/", "esbackup-records/", "esbackup-records/a/"] {
        assert_eq!(codes(&stage.beside_rule(&rule("t", prefix, EXPIRE))), []);
    }
    for prefix in ["", "ind", "indices/a/", "snap-"] {
        let found = stage.beside_rule(&rule("t", prefix, EXPIRE));
        assert_eq!(codes(&found), [("expires-backups", "danger")], "{prefix}");
    }
}

#[test]
fn existing_bucket_is_judged_like_a_managed_one() {
    let existing = SPEC.replace(
        "bucket:\n  name: logs-snapshots\n",
        "bucket:\n  name: logs-snapshots\n  existing: true\n",
    );
    let stage = Stage::new().with_spec(&existing);
    assert_eq!(codes(&stage.found(&[])), []);
    let found = stage.beside_rule(&rule("theirs", "", EXPIRE));
    assert_eq!(codes(&found), [("expires-backups", "danger")]);
    let found = stage.beside_rule(&rule("cold", "logs/", &to("GLACIER")));
    assert_eq!(codes(&found), [("archives-backups", "danger")]);
    // Without any rule, what is deleted is kept forever.
    let found = stage.found(&[(&format!("{BUCKET}/lifecycle"), serde_json::Value::Null)]);
    assert_eq!(codes(&found), [("no-noncurrent-expiry", "note")]);
}
