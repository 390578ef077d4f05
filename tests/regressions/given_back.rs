//! What AWS gives back in another form than it was written: no difference, and nothing to write.

use serde_json::{Map, Value, json};

use super::{BUCKET, Lab, POLICY, REPOSITORIES, ROLE, set};
use crate::support::fields::SPEC;

/// A spec with every kind of document, whose statements name an account by its id.
fn spec() -> String {
    let bucket = "bucket:\n  name: logs-snapshots\n";
    let statements = "  policy:\n    extra_statements:\n      - {Sid: Auditors, Effect: Allow, Principal: {AWS: [\"210987654321\"]}, \
                      Action: [\"s3:ListBucket\"], Resource: [\"arn:aws:s3:::logs-snapshots\"], \
                      Condition: {StringEquals: {\"aws:PrincipalOrgID\": [o-1, o-2]}}}\n";
    let role = "role:\n  name: logs-snapshots\n";
    let trust = "  trust:\n    extra_statements:\n      - {Sid: Operators, Effect: Allow, Principal: {AWS: \"123456789012\"}, \
                 Action: \"sts:AssumeRole\"}\n";
    assert!(SPEC.contains(bucket) && SPEC.contains(role));
    SPEC.replace(bucket, &format!("{bucket}{statements}"))
        .replace(role, &format!("{role}{trust}"))
}

/// What a service does to a field: its name in `docs/normalized-values.md`, and what turns the state into what is given back.
type Form = (&'static str, fn(&mut Value));

const FORMS: [Form; 12] = [
    ("bucket policy: account id", |state| {
        in_text(state, &format!("{BUCKET}/policy"), |text| {
            replaced(
                text,
                "\"210987654321\"",
                "\"arn:aws:iam::210987654321:root\"",
            )
        });
    }),
    ("bucket policy: lists of one, order", |state| {
        in_text(state, &format!("{BUCKET}/policy"), rearranged);
    }),
    ("bucket policy: everyone", |state| {
        in_text(state, &format!("{BUCKET}/policy"), |text| {
            replaced(text, "\"Principal\":\"*\"", "\"Principal\":{\"AWS\":\"*\"}")
        });
    }),
    ("trust policy: account id", |state| {
        in_text(state, &format!("{ROLE}/trust"), |text| {
            replaced(
                text,
                "{\"AWS\":\"123456789012\"}",
                "{\"AWS\":\"arn:aws:iam::123456789012:root\"}",
            )
        });
    }),
    ("trust policy: lists of one, order", |state| {
        in_text(state, &format!("{ROLE}/trust"), rearranged);
    }),
    ("managed policy: lists of one, order", |state| {
        in_text(state, &format!("{POLICY}/versions/0/document"), rearranged);
    }),
    ("bucket encryption: bucket key beside AES256", |state| {
        set(
            state,
            &format!("{BUCKET}/encryption/bucket_key"),
            json!(true),
        );
    }),
    ("bucket encryption: blocked types", |state| {
        set(
            state,
            &format!("{BUCKET}/encryption/blocked_types"),
            json!(["SSE-C"]),
        );
    }),
    ("lifecycle: prefix outside of a filter", |state| {
        in_text(state, &format!("{BUCKET}/lifecycle/rules/0"), |text| {
            replaced(
                text,
                "<Filter><Prefix>logs/</Prefix></Filter>",
                "<Prefix>logs/</Prefix>",
            )
        });
    }),
    ("lifecycle: default size of transitions", |state| {
        let at = format!("{BUCKET}/lifecycle/transition_default_minimum_object_size");
        set(state, &at, json!("varies_by_storage_class"));
    }),
    ("tags of AWS's own", |state| {
        let tags = state
            .pointer_mut(&format!("{BUCKET}/tags"))
            .and_then(Value::as_object_mut);
        tags.unwrap()
            .insert("aws:cloudformation:stack-name".to_owned(), json!("backups"));
    }),
    ("repository: readonly false", |state| {
        set(
            state,
            &format!("{REPOSITORIES}/snapshots/settings/readonly"),
            json!("false"),
        );
    }),
];

fn in_text(state: &mut Value, at: &str, change: impl Fn(&str) -> String) {
    let before = state
        .pointer(at)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{at}: {state:#}"));
    let after = change(before);
    assert_ne!(before, after, "{at}");
    set(state, at, json!(after));
}

fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} in {text}");
    text.replace(from, to)
}

/// A document with its statements and values in reverse, and each list of one as its only item.
fn rearranged(text: &str) -> String {
    fn turned(value: &Value) -> Value {
        match value {
            Value::Array(items) => match items.as_slice() {
                [only] => turned(only),
                items => items.iter().rev().map(turned).collect(),
            },
            Value::Object(fields) => {
                let turned = fields
                    .iter()
                    .rev()
                    .map(|(key, value)| (key.clone(), turned(value)));
                Value::Object(turned.collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }
    let document: Value = serde_json::from_str(text).unwrap();
    turned(&document).to_string()
}

#[test]
fn field_given_back_in_another_form_is_no_drift() {
    let lab = Lab::new(&spec());
    assert_eq!(lab.drift(), 0);
    for (name, change) in FORMS {
        lab.begin(change);
        let ran = lab.folder.run(["drift", "--sandbox"]);
        assert_eq!(ran.code, 0, "{name}: {ran:#?}");
        let applied = lab.apply(&[]);
        assert_eq!(
            (applied.code, lab.writes()),
            (0, Vec::new()),
            "{name}: {applied:#?}"
        );
    }
}

#[test]
fn table_of_given_back_forms_names_every_tested_one() {
    let page = std::fs::read_to_string("docs/normalized-values.md").unwrap();
    let rows: Vec<&str> = page
        .lines()
        .filter(|line| line.contains("`field_given_back_in_another_form_is_no_drift`"))
        .filter_map(|line| line.split('|').nth(1))
        .map(str::trim)
        .collect();
    let tested: Vec<&str> = FORMS.iter().map(|(name, _)| *name).collect();
    assert_eq!(rows, tested);
    // Each row says where it is documented.
    let sources = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| field"));
    for row in sources {
        assert!(row.contains("https://") || row.contains("seen on"), "{row}");
    }
}

const KEY: &str = "arn:aws:kms:us-west-2:123456789012:key/11111111-1111-1111-1111-111111111111";

fn keyed() -> String {
    let bucket = "bucket:\n  name: logs-snapshots\n";
    let boundary = "  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n";
    SPEC.replace(
        bucket,
        &format!("{bucket}  encryption: {{kms_key: \"{KEY}\"}}\n"),
    )
    .replace(boundary, "")
}

#[test]
fn two_layers_of_encryption_are_shown_and_their_end_weakens() {
    let lab = Lab::new(&keyed());
    lab.begin(|state| {
        set(
            state,
            &format!("{BUCKET}/encryption/algorithm"),
            json!("aws:kms:dsse"),
        );
        set(
            state,
            &format!("{BUCKET}/encryption/bucket_key"),
            json!(false),
        );
    });
    let plan = lab.plan(&[]);
    let bucket = super::of(&plan, "bucket");
    assert_eq!(bucket["risks"], json!(["weakens"]), "{plan:#}");
    let field = &bucket["fields"][0];
    assert_eq!(
        (&field["before"]["algorithm"], &field["after"]["algorithm"]),
        (&json!("aws:kms:dsse"), &json!("aws:kms"))
    );
    let ran = lab.apply(&[]);
    assert_eq!((ran.code, lab.writes()), (6, Vec::new()), "{ran:#?}");
    assert!(
        ran.stderr.contains("two layers (aws:kms:dsse)")
            || ran.stdout.contains("two layers (aws:kms:dsse)"),
        "{ran:#?}"
    );
    let ran = lab.apply(&["--allow", "weakens"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert_eq!(
        lab.now(&format!("{BUCKET}/encryption/algorithm")),
        "aws:kms"
    );
    assert_eq!(lab.drift(), 0);
}

#[test]
fn blocked_encryption_types_are_sent_back_as_they_came() {
    for blocked in [json!(["SSE-C"]), json!(["NONE"]), json!(["SSE-X", "SSE-C"])] {
        let lab = Lab::new(&keyed());
        lab.begin(|state| {
            set(
                state,
                &format!("{BUCKET}/encryption/algorithm"),
                json!("AES256"),
            );
            set(state, &format!("{BUCKET}/encryption/kms_key"), Value::Null);
            set(
                state,
                &format!("{BUCKET}/encryption/blocked_types"),
                blocked.clone(),
            );
        });
        let ran = lab.apply(&[]);
        assert_eq!(ran.code, 0, "{ran:#?}");
        assert!(
            lab.writes()
                .iter()
                .any(|write| write.contains("PutBucketEncryption"))
        );
        assert_eq!(lab.now(&format!("{BUCKET}/encryption/kms_key")), KEY);
        assert_eq!(
            lab.now(&format!("{BUCKET}/encryption/blocked_types")),
            blocked
        );
        assert_eq!(lab.drift(), 0);
    }
}
