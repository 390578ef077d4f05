//! The keys of `policy`.

use crate::yaml::forms::named;
use crate::yaml::schema::{Format, Key, Rule, Shape, Table, formats};

const NAME: Format =
    Format::new("policy name", "logs-snapshots").matching("^[A-Za-z0-9_+=,.@-]{1,128}$");

/// The managed policy.
pub static POLICY: Table = Table::new(
    "policy",
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
            "At most 1,000 characters; IAM cannot change it later.",
        ),
        Key::new(
            "extra_statements",
            formats::STATEMENTS,
            "Beside the generated ones.",
        ),
        Key::new(
            "document",
            Shape::Document,
            "The whole policy. Excludes `extra_statements` and `document_file`.",
        )
        .default("generated"),
        Key::new(
            "document_file",
            Shape::Text(&formats::FILE),
            "The whole policy as JSON in a file. Excludes `extra_statements` and `document`. An error in it says where and which rule, never a word of the file.",
        )
        .default("generated"),
        Key::new(
            "tags",
            Shape::Texts,
            "On the policy, beside the environment's.",
        ),
        Key::new(
            "existing",
            Shape::Boolean,
            "Checked and used, never created or changed. Only `name` and `path` can stand beside it.",
        )
        .default("`false`"),
    ],
    |text| Some(named("name", text)),
)
.with(&[Rule::ExistingAllows(&["name", "path"]),Rule::Excludes("extra_statements", &["document", "document_file"]),Rule::Excludes("document", &["document_file"])]);
