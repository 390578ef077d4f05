//! Pairs of documents, the second an edit of the first, and questions about both; every run makes the same.

use std::collections::BTreeMap;

use esbackup::internals::policy_document::evaluate::{PrincipalId, Request};
use esbackup::internals::policy_document::{Document, Kind};
use serde_json::{Map, Value, json};

use super::{ACCOUNT, QUESTIONS};

/// A generator whose every run makes the same (<https://en.wikipedia.org/wiki/Xorshift>).
pub struct Random(pub u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    fn word(&mut self, of: &[&'static str]) -> &'static str {
        of[self.below(of.len())]
    }

    fn some(&mut self, of: &[&str], most: usize) -> Vec<Value> {
        let count = 1 + self.below(most);
        (0..count).map(|_| json!(self.one(of))).collect()
    }
}

const PRINCIPALS: &[&str] = &[
    ACCOUNT,
    "arn:aws:iam::123456789012:root",
    "arn:aws:iam::123456789012:user/u",
    "arn:aws:iam::123456789012:role/r",
    "arn:aws:sts::123456789012:assumed-role/r/s",
    "999999999999",
];
const ACTIONS: &[&str] = &[
    "s3:GetObject",
    "s3:PutObject",
    "s3:ListBucket",
    "s3:*",
    "s3:Get*",
    "S3:?etObject",
];
const RESOURCES: &[&str] = &[
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/logs/*",
    "arn:aws:s3:::b/?ogs/x",
    "arn:aws:s3:::b/${aws:username}/*",
    "arn:aws:s3:::b/${aws:PrincipalTag/team, 'none'}/*",
];

/// Keys with the operators and values that fit them.
const KEYS: &[(&str, &[&str], &[&str])] = &[
    (
        "aws:SourceIp",
        &["IpAddress", "NotIpAddress"],
        &[
            "10.0.0.0/8",
            "10.0.0.0/9",
            "10.128.0.0/9",
            "10.1.2.3",
            "192.168.0.0/16",
        ],
    ),
    (
        "aws:CurrentTime",
        &[
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
            "DateEquals",
            "DateNotEquals",
        ],
        &[
            "2026-01-01T00:00:00Z",
            "2026-01-01",
            "2026-06-01T12:00:00Z",
            "2025-12-31T23:59:59Z",
        ],
    ),
    (
        "s3:max-keys",
        &[
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericEquals",
            "NumericNotEquals",
        ],
        &["5", "10", "10.0", "100"],
    ),
    (
        "aws:PrincipalTag/team",
        &[
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
        ],
        &["search", "Search", "se*", "*", "ops", "${aws:username}"],
    ),
    (
        "aws:SourceVpce",
        &["StringEquals", "StringNotEquals", "StringLike"],
        &["vpce-1", "vpce-2", "vpce-?"],
    ),
    ("aws:SecureTransport", &["Bool"], &["true", "false"]),
    (
        "aws:PrincipalArn",
        &[
            "ArnEquals",
            "ArnLike",
            "ArnNotEquals",
            "ArnNotLike",
            "StringLike",
            "StringEquals",
        ],
        &[
            "arn:aws:iam::123456789012:role/r",
            "arn:aws:iam::*:role/*",
            "arn:aws:iam::123456789012:user/*",
            "arn:aws:iam::123456789012:user/u",
        ],
    ),
    (
        "aws:TagKeys",
        &[
            "ForAnyValue:StringEquals",
            "ForAllValues:StringEquals",
            "ForAllValues:StringLike",
            "ForAnyValue:StringNotEquals",
        ],
        &["a", "b", "a*"],
    ),
];

fn condition(random: &mut Random) -> Value {
    let mut condition = Map::new();
    for _ in 0..[0, 1, 1, 2][random.below(4)] {
        let (key, operators, values) = *random.one(KEYS);
        let (operator, values) = match random.below(12) {
            0 => (
                "Null".to_owned(),
                vec![json!(*random.one(&["true", "false"]))],
            ),
            1 if !operators[0].contains(':') => (
                format!("{}IfExists", random.one(operators)),
                random.some(values, 2),
            ),
            _ => ((*random.one(operators)).to_owned(), random.some(values, 2)),
        };
        let keys = condition.entry(operator).or_insert_with(|| json!({}));
        keys[key] = Value::Array(values);
    }
    Value::Object(condition)
}

fn statement(random: &mut Random) -> Value {
    let deny = random.below(4) == 0;
    let principal = match random.below(5) {
        0 => json!("*"),
        _ => json!({"AWS": random.some(PRINCIPALS, 2)}),
    };
    let mut statement =
        json!({"Effect": if deny { "Deny" } else { "Allow" }, "Condition": condition(random)});
    let whom = if deny && random.below(5) == 0 && principal.is_object() {
        "NotPrincipal"
    } else {
        "Principal"
    };
    statement[whom] = principal;
    let what = if deny && random.below(5) == 0 {
        "NotAction"
    } else {
        "Action"
    };
    statement[what] = Value::Array(random.some(ACTIONS, 2));
    let on = if deny && random.below(5) == 0 {
        "NotResource"
    } else {
        "Resource"
    };
    statement[on] = Value::Array(random.some(RESOURCES, 2));
    statement
}

/// A document and an edit of it.
pub fn pair(random: &mut Random) -> (Document, Document, Vec<Request>) {
    let have: Vec<Value> = (0..=random.below(3)).map(|_| statement(random)).collect();
    let mut want = have.clone();
    for _ in 0..=random.below(2) {
        let at = random.below(want.len());
        match random.below(7) {
            0 => want.push(statement(random)),
            1 if want.len() > 1 => drop(want.remove(at)),
            2 => want[at]["Condition"] = condition(random),
            3 if want[at]["Action"].is_array() => {
                want[at]["Action"] = Value::Array(random.some(ACTIONS, 2))
            }
            4 if want[at]["Resource"].is_array() => {
                want[at]["Resource"] = Value::Array(random.some(RESOURCES, 2))
            }
            5 if want[at]["Principal"].is_object() => {
                want[at]["Principal"] = json!({"AWS": random.some(PRINCIPALS, 2)})
            }
            _ => revalue(random, &mut want[at]),
        }
    }
    let version = if random.below(10) == 0 {
        "2008-10-17"
    } else {
        "2012-10-17"
    };
    let document = |statements: Vec<Value>| {
        let text = json!({"Version": version, "Statement": statements}).to_string();
        Document::parse_live(&text, Kind::BucketPolicy)
            .unwrap_or_else(|problems| panic!("{problems:?} in {text}"))
    };
    let requests = (0..QUESTIONS).map(|_| request(random)).collect();
    (document(have), document(want), requests)
}

/// Changes the values of one condition.
fn revalue(random: &mut Random, statement: &mut Value) {
    let Some(operators) = statement["Condition"].as_object_mut() else {
        return;
    };
    for (operator, keys) in operators
        .iter_mut()
        .filter(|(operator, _)| *operator != "Null")
    {
        for (key, values) in keys.as_object_mut().into_iter().flatten() {
            if let Some((_, _, fitting)) = KEYS.iter().find(|(known, _, _)| known == key) {
                *values = Value::Array(random.some(fitting, 2));
                let _ = operator;
            }
        }
    }
}

fn request(random: &mut Random) -> Request {
    let (principal, arn, user) = *random.one(&[
        (
            Some("arn:aws:iam::123456789012:user/u"),
            Some("arn:aws:iam::123456789012:user/u"),
            Some("u"),
        ),
        (
            Some("arn:aws:iam::123456789012:user/logs"),
            Some("arn:aws:iam::123456789012:user/logs"),
            Some("logs"),
        ),
        (
            Some("arn:aws:sts::123456789012:assumed-role/r/s"),
            Some("arn:aws:iam::123456789012:role/r"),
            None,
        ),
        (
            Some("arn:aws:iam::999999999999:user/x"),
            Some("arn:aws:iam::999999999999:user/x"),
            Some("x"),
        ),
        (None, None, None),
    ]);
    let action = *random.one(&["s3:GetObject", "s3:PutObject", "s3:ListBucket"]);
    let resource = match action {
        "s3:ListBucket" => "arn:aws:s3:::b",
        _ => random.word(&[
            "arn:aws:s3:::b/logs/x",
            "arn:aws:s3:::b/u/x",
            "arn:aws:s3:::b/none/y",
            "arn:aws:s3:::b/x",
        ]),
    };
    let mut context = BTreeMap::new();
    let mut set = |key: &str, values: &[&str]| {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        drop(context.insert(key.to_owned(), values));
    };
    set("aws:SecureTransport", &[random.word(&["true", "false"])]);
    set(
        "aws:SourceIp",
        &[random.word(&["10.1.2.3", "10.200.0.1", "192.168.1.1", "203.0.113.9"])],
    );
    set(
        "aws:CurrentTime",
        &[random.word(&[
            "2025-12-31T23:59:59Z",
            "2026-01-01T00:00:00Z",
            "2026-03-01T00:00:00Z",
            "2027-01-01T00:00:00Z",
        ])],
    );
    if let Some(arn) = arn {
        set("aws:PrincipalArn", &[arn]);
        if random.below(2) == 0 {
            set(
                "aws:PrincipalTag/team",
                &[random.word(&["search", "Search", "ops", "u"])],
            );
        }
    }
    if let Some(user) = user {
        set("aws:username", &[user]);
    }
    if random.below(2) == 0 {
        set(
            "aws:SourceVpce",
            &[random.word(&["vpce-1", "vpce-2", "vpce-33"])],
        );
    }
    if action == "s3:ListBucket" && random.below(3) > 0 {
        set("s3:max-keys", &[random.word(&["5", "10", "50"])]);
    }
    Request {
        principal: principal.map_or(PrincipalId::Anonymous, |arn| {
            PrincipalId::Aws(arn.to_owned())
        }),
        action: action.to_owned(),
        resource: resource.to_owned(),
        context,
    }
}
