//! The keys of a spec and of a trust file.

use super::accept::CODES;
use super::workflows::keys as steps;
use crate::resources::{bucket, domain, policy, repository, role};
use crate::yaml::forms::{duration, typed};
use crate::yaml::schema::{Format, Key, Rule, Shape, Table, formats};

const NAME: Format = Format::new("name", "logs-production").matching("^[a-z0-9-]{1,63}$");
const PATTERN: Format = Format::new("text", "logs-*");
const RESOURCE: Format = Format::new("`KIND.NAME`", "bucket.logs-snapshots")
    .matching("^(domain|bucket|policy|role|repository)\\..");
const DAY: Format = Format::new("day", "2027-01-31").matching("^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
const HOST: Format = Format::new("host", "search.example.com");

/// The file itself.
pub static ROOT: Table = Table::of_file(
    "a spec",
    &[
        Key::new(
            "version",
            Shape::Version,
            "Version of this format.",
        )
        .required(),
        Key::new(
            "name",
            Shape::Text(&NAME),
            "The environment: 1 to 63 lowercase letters, digits and hyphens. It marks what esbackup owns.",
        )
        .required(),
        Key::new(
            "region",
            Shape::Text(&formats::REGION),
            "Region of the domain, and of the bucket unless that says otherwise. The partition follows from it, and every ARN in the spec must agree.",
        )
        .required(),
        Key::new(
            "account",
            Shape::Text(&formats::ACCOUNT),
            "Checked against the credentials before anything else is believed.",
        )
        .required(),
        Key::new(
            "tags",
            Shape::Texts,
            "On every resource that can have tags. At most 48, because `managed-by` and `esbackup-environment` are esbackup's own.",
        ),
        Key::new(
            "domain",
            Shape::Mapping(&domain::keys::DOMAIN),
            "The search domain.",
        )
        .required(),
        Key::new(
            "bucket",
            Shape::Mapping(&bucket::keys::BUCKET),
            "The bucket that holds the snapshots.",
        )
        .default("required unless `repository.existing`"),
        Key::new(
            "policy",
            Shape::Mapping(&policy::keys::POLICY),
            "The managed policy: what the role may do in the bucket.",
        )
        .default("required unless `repository.existing`"),
        Key::new(
            "role",
            Shape::Mapping(&role::keys::ROLE),
            "The role that the domain assumes.",
        )
        .default("required unless `repository.existing`"),
        Key::new(
            "repository",
            Shape::Mapping(&repository::keys::REPOSITORY),
            "The snapshot repository on the domain.",
        )
        .required(),
        Key::new(
            "objectives",
            Shape::Mapping(&OBJECTIVES),
            "What `esbackup status` measures against.",
        ),
        Key::new(
            "accept",
            Shape::List(&Shape::Mapping(&ACCEPT)),
            "The [findings](findings.md) that are accepted.",
        ),
        Key::new(
            "workflows",
            Shape::Named(&Shape::List(&Shape::Mapping(&steps::STEP)), "nightly: [{snapshot: {}}]"),
            "What `esbackup run` does.",
        ),
    ],
)
.with(&[Rule::UnlessExisting("repository", &["bucket", "policy", "role"])]);

/// The objectives that `esbackup status` measures against.
pub static OBJECTIVES: Table = Table::new(
    "objectives",
    &[
        Key::new(
            "rpo",
            Shape::Text(&formats::DURATION),
            "How long what is written to an index may be in no snapshot: the longest exposure of each index.",
        ),
        Key::new(
            "indices",
            Shape::List(&Shape::Text(&PATTERN)),
            "Which indices that is about: patterns and exclusions such as `[\"*\", \"-debug-*\"]`, by the index's name or its data stream's.",
        )
        .default("all but the system's"),
        Key::new(
            "restore_test",
            Shape::Text(&formats::DURATION),
            "The longest time since a restore test was recorded with `verify --level restore --record`; without a record status says `not known`. See [decision 14](decisions/0014-status.md).",
        ),
    ],
    |text| Some(format!("rpo: {}", duration(text, "26h"))),
);

/// One finding that is accepted.
pub static ACCEPT: Table = Table::new(
    "accept",
    &[
        Key::new(
            "finding",
            Shape::Word(CODES),
            "The code, such as `unmanaged-grant`.",
        )
        .required(),
        Key::new(
            "resource",
            Shape::Text(&RESOURCE),
            "The resource of the finding, such as `bucket.logs-snapshots`.",
        )
        .required(),
        Key::new(
            "match",
            Shape::Text(&formats::TEXT),
            "A part of the finding's message, such as the Sid of a statement.",
        )
        .default("any"),
        Key::new(
            "reason",
            Shape::Text(&formats::TEXT),
            "Why it is accepted; shown with the finding.",
        )
        .required(),
        Key::new(
            "until",
            Shape::Text(&DAY),
            "The last day (UTC) on which it is accepted, such as `2027-01-31`; after it the finding counts again.",
        )
        .default("no end"),
    ],
    |text| {
        let code = text.map_or_else(|| "CODE".to_owned(), typed);
        Some(format!(
            "finding: {code}, resource: KIND.NAME, reason: TEXT"
        ))
    },
);

/// The trust file, which is not part of a spec.
pub static TRUST_FILE: Table = Table::of_file(
    "a trust file",
    &[
        Key::new("version", Shape::Version, "Version of this format.").required(),
        Key::new(
            "endpoint",
            Shape::List(&Shape::Text(&HOST)),
            "Hosts that credentials may be sent to.",
        ),
        Key::new(
            "env",
            Shape::List(&Shape::Text(&formats::VARIABLE)),
            "Variables that may hold a password.",
        ),
        Key::new(
            "path",
            Shape::List(&Shape::Text(&formats::FILE)),
            "Files and folders that may be read.",
        ),
        Key::new(
            "ca",
            Shape::List(&Shape::Text(&formats::FILE)),
            "Certificate authorities that may vouch for hosts.",
        ),
    ],
);
