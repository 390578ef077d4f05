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
pub(crate) static ROLE: Table = Table::new(
    "role",
    &[
        Key::new(
            "name",
            Shape::Text(&NAME),
            "Name of the role, unique in the account regardless of case and path.",
        )
        .required(),
        Key::new(
            "path",
            Shape::Text(&formats::IAM_PATH),
            "IAM path, such as `/backup/`.",
        )
        .default("`/`"),
        Key::new(
            "description",
            Shape::Text(&formats::DESCRIPTION),
            "Description, at most 1,000 characters.",
        ),
        Key::new(
            "max_session_duration",
            Shape::Text(&formats::DURATION),
            "Longest session, from `1h` to `12h`.",
        )
        .default("`1h`"),
        Key::new(
            "permissions_boundary",
            Shape::Text(&BOUNDARY),
            "ARN of the permissions boundary: a managed policy of this account or of AWS.",
        ),
        Key::new(
            "trust",
            Shape::Mapping(&TRUST),
            "The trust policy: the services that may assume the role.",
        )
        .default("generated"),
        Key::flag("exclusive", "With `true`, esbackup removes other attached and inline policies. With `false`, it shows and keeps them."),
        Key::new(
            "tags",
            Shape::Texts,
            "Tags of the role, added to those of the environment.",
        ),
        Key::flag("existing", "Use the role as it is: esbackup checks it and attaches nothing. Allowed with it: `name` and `path`."),
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
pub(crate) static TRUST: Table = Table::new(
    "role.trust",
    &[
        Key::new(
            "services",
            Shape::List(&Shape::Text(&SERVICE)),
            "Service principals that may assume the role.",
        )
        .default("`es.amazonaws.com`"),
        Key::new(
            "source_accounts",
            formats::ACCOUNTS,
            "Accounts on whose behalf the service may assume the role (`aws:SourceAccount`).",
        )
        .default("that of the environment"),
        Key::new(
            "source_arns",
            Shape::List(&Shape::Text(&SOURCE_ARN)),
            "Domains on whose behalf the service may assume the role (`aws:SourceArn`); wildcards are allowed. Each account must be in `source_accounts`.",
        )
        .default("ARN of the domain"),
        Key::new(
            "extra_statements",
            formats::STATEMENTS,
            "Statements to add to the generated one.",
        ),
        Key::new(
            "document",
            Shape::Document,
            "The whole trust policy. Excludes the other keys of `trust`.",
        )
        .default("generated"),
        Key::new(
            "document_file",
            Shape::Text(&formats::FILE),
            "A JSON file with the whole trust policy. Excludes the other keys of `trust`.",
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
