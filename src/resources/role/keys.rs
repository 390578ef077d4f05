//! The keys of `role`.

use crate::yaml::forms::{named, typed};
use crate::yaml::schema::{Format, Key, Rule, Shape, Table, formats};

const NAME: Format =
    Format::new("role name", "logs-snapshots").matching("^[A-Za-z0-9_+=,.@-]{1,64}$");
const BOUNDARY: Format = Format::new("ARN", "arn:aws:iam::123456789012:policy/boundary")
    .matching("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/");
const SERVICE: Format =
    Format::new("service", "es.amazonaws.com").matching("^[a-z0-9.-]+\\.amazonaws\\.com(\\.cn)?$");
const SOURCE_ARN: Format = Format::new("ARN", "arn:aws:es:us-west-2:123456789012:domain/logs")
    .matching("^arn:[a-z-]+:es:");

/// The role.
pub static ROLE: Table = Table::new(
    "role",
    &[
        Key::new(
            "name",
            Shape::Text(&NAME),
            "Unique in the account without regard to case and path.",
        )
        .required(),
        Key::new(
            "path",
            Shape::Text(&formats::IAM_PATH),
            "Such as `/backup/`.",
        )
        .default("`/`"),
        Key::new(
            "description",
            Shape::Text(&formats::DESCRIPTION),
            "At most 1,000 characters.",
        ),
        Key::new(
            "max_session_duration",
            Shape::Text(&formats::DURATION),
            "`1h` to `12h`.",
        )
        .default("`1h`"),
        Key::new(
            "permissions_boundary",
            Shape::Text(&BOUNDARY),
            "A managed policy of this account, or one that AWS manages.",
        ),
        Key::new(
            "trust",
            Shape::Mapping(&TRUST),
            "Who may assume the role.",
        )
        .default("generated"),
        Key::new(
            "exclusive",
            Shape::Boolean,
            "`true`: other attached or inline policies are removed. `false`: they are shown and kept.",
        )
        .default("`false`"),
        Key::new(
            "tags",
            Shape::Texts,
            "On the role, beside the environment's.",
        ),
        Key::new(
            "existing",
            Shape::Boolean,
            "Checked and used; nothing is attached to it. Only `name` and `path` can stand beside it.",
        )
        .default("`false`"),
    ],
    |text| Some(named("name", text)),
)
.with(&[Rule::ExistingAllows(&["name", "path"])]);

/// The keys of a generated trust policy.
const GENERATED: &[&str] = &[
    "services",
    "source_accounts",
    "source_arns",
    "extra_statements",
];

/// The trust policy.
pub static TRUST: Table = Table::new(
    "role.trust",
    &[
        Key::new(
            "services",
            Shape::List(&Shape::Text(&SERVICE)),
            "Principals that may assume the role.",
        )
        .default("`es.amazonaws.com`"),
        Key::new(
            "source_accounts",
            formats::ACCOUNTS,
            "For which accounts (`aws:SourceAccount`).",
        )
        .default("the environment's"),
        Key::new(
            "source_arns",
            Shape::List(&Shape::Text(&SOURCE_ARN)),
            "For which domains (`aws:SourceArn`); wildcards are allowed. Each account must be among `source_accounts`.",
        )
        .default("the domain's"),
        Key::new(
            "extra_statements",
            formats::STATEMENTS,
            "Beside the generated one.",
        ),
        Key::new(
            "document",
            Shape::Document,
            "The whole trust policy. Excludes every other key here.",
        )
        .default("generated"),
        Key::new(
            "document_file",
            Shape::Text(&formats::FILE),
            "The whole trust policy as JSON in a file. Excludes every other key here.",
        )
        .default("generated"),
    ],
    |text| {
        Some(match text {
            Some(text) if text.starts_with("arn:") => format!("source_arns: [{}]", typed(text)),
            Some(text) if text.contains(".amazonaws.com") => format!("services: [{}]", typed(text)),
            _ => "services: [es.amazonaws.com]".to_owned(),
        })
    },
)
.with(&[Rule::Excludes("document", GENERATED),Rule::Excludes("document_file", GENERATED),Rule::Excludes("document", &["document_file"])]);
