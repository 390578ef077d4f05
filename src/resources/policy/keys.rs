//! The keys of `policy`.

use crate::yaml::forms::named;
use crate::yaml::schema::{Format, Key, Rule, Shape, Table, formats};

const NAME: Format =
    Format::new("policy name", "logs-snapshots").matching("^[A-Za-z0-9_+=,.@-]{1,128}$");

/// The managed policy.
pub(crate) static POLICY: Table = Table::new(
    "policy",
    &[
        Key::new(
            "name",
            Shape::Text(&NAME),
            "Name of the policy, unique in the account regardless of case and path.",
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
            "Description, at most 1,000 characters. IAM cannot change it later.",
        ),
        Key::new(
            "extra_statements",
            formats::STATEMENTS,
            "Statements to add to the generated ones.",
        ),
        Key::new(
            "document",
            Shape::Document,
            "The whole policy document. Excludes `extra_statements` and `document_file`.",
        )
        .default("generated"),
        Key::new(
            "document_file",
            Shape::Text(&formats::FILE),
            "A JSON file with the whole policy document. Excludes `extra_statements` and `document`. An error names the place and the rule, and quotes nothing from the file.",
        )
        .default("generated"),
        Key::new(
            "tags",
            Shape::Texts,
            "Tags of the policy, added to those of the environment.",
        ),
        Key::flag("existing", "Use the policy as it is: esbackup checks it and never creates or changes it. Allowed with it: `name` and `path`."),
    ],
    |text| Some(named("name", text)),
)
.with(&[Rule::ExistingAllows(&["name", "path"]),Rule::Excludes("extra_statements", &["document", "document_file"]),Rule::Excludes("document", &["document_file"])]);
