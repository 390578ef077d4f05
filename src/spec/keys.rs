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
            "Name of the environment: 1 to 63 lowercase letters, digits and hyphens. The tag `esbackup-environment` holds it.",
        )
        .required(),
        Key::new(
            "region",
            Shape::Text(&formats::REGION),
            "Region of the domain, and of the bucket unless `bucket.region` is set. Every ARN in the spec must belong to its partition.",
        )
        .required(),
        Key::new(
            "account",
            Shape::Text(&formats::ACCOUNT),
            "Account of the environment. esbackup checks that the credentials belong to it before it reads anything else.",
        )
        .required(),
        Key::new(
            "tags",
            Shape::Texts,
            "Tags of every taggable resource. At most 48, because esbackup adds `managed-by` and `esbackup-environment`.",
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
            "The managed policy: the access of the role to the bucket.",
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
            "The objectives that `esbackup status` checks.",
        ),
        Key::new(
            "accept",
            Shape::List(&Shape::Mapping(&ACCEPT)),
            "Accepted [findings](findings.md).",
        ),
        Key::new(
            "workflows",
            Shape::Named(&Shape::List(&Shape::Mapping(&steps::STEP)), "nightly: [{snapshot: {}}]"),
            "The workflows that `esbackup run` runs.",
        ),
    ],
)
.with(&[Rule::UnlessExisting("repository", &["bucket", "policy", "role"])]);

/// The objectives that `esbackup status` measures against.
pub(crate) static OBJECTIVES: Table = Table::new(
    "objectives",
    &[
        Key::new(
            "rpo",
            Shape::Text(&formats::DURATION),
            "RPO: the longest time for which the data of an index may be in no successful snapshot.",
        ),
        Key::new(
            "indices",
            Shape::List(&Shape::Text(&PATTERN)),
            "Indices that `rpo` covers: patterns and exclusions such as `[\"*\", \"-debug-*\"]`, matched against the name of the index or of its data stream.",
        )
        .default("all except system indices"),
        Key::new(
            "restore_test",
            Shape::Text(&formats::DURATION),
            "The longest time since the last restore test recorded with `verify --level restore --record`. Without a record, status says `not known`. See [decision 14](decisions/0014-status.md).",
        ),
    ],
    |text| Some(format!("rpo: {}", duration(text, "26h"))),
);

/// One finding that is accepted.
pub(crate) static ACCEPT: Table = Table::new(
    "accept",
    &[
        Key::new(
            "finding",
            Shape::Word(CODES),
            "Code of the finding, such as `unmanaged-grant`.",
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
            "Part of the message of the finding, such as the Sid of a statement.",
        )
        .default("any message"),
        Key::new(
            "reason",
            Shape::Text(&formats::TEXT),
            "Why you accept it; esbackup shows it with the finding.",
        )
        .required(),
        Key::new(
            "until",
            Shape::Text(&DAY),
            "Last day (UTC) on which the finding is accepted, such as `2027-01-31`. After it, the finding counts again.",
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
pub(crate) static TRUST_FILE: Table = Table::of_file(
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
