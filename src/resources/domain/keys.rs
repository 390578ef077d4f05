//! The keys of `domain`.

use crate::yaml::forms::{named, typed};
use crate::yaml::schema::{Format, Key, Rule, Shape, Table, formats};

const NAME: Format = Format::new("domain name", "logs").matching("^[a-z][a-z0-9-]{2,27}$");
const URL: Format = Format::new("URL", "https://search.example.com:9200")
    .matching(r"^https?://(?![^/]*\.aoss(-[a-z]+)?\.)[^/?#@]+/?$");
const HOST_PORT: Format = Format::new("`HOST:PORT`", "localhost:9200")
    .matching(r"^(?!.*\.aoss(-[a-z]+)?\.)[^/]+:[0-9]{1,5}$");

const BASIC_FORM: &str = "username: NAME, password: {env: ESBACKUP_PASSWORD}";

/// The search domain.
pub static DOMAIN: Table = Table::new(
    "domain",
    &[
        Key::new(
            "name",
            Shape::Text(&NAME),
            "An Amazon domain; endpoint, ARN and engine version are looked up.",
        ),
        Key::new(
            "endpoint",
            Shape::Text(&URL),
            "`https://HOST[:PORT]` of a cluster of your own, or another way to the domain. `http://` only on loopback or with `auth: none`. A host that DescribeDomain does not name gets no password and no signature unless it is [trusted](cli.md#trust).",
        )
        .default("looked up"),
        Key::new(
            "connect_to",
            Shape::Text(&HOST_PORT),
            "A tunnel: only the connection goes there; URL, Host, server name and signature stay the domain's. With `auth: none`, or without TLS, a tunnel to this machine must be [trusted](cli.md#trust); one to its network link or a metadata service always must. Without a tunnel no name may lead to any of these, unless it is trusted.",
        ),
        Key::new(
            "ca_file",
            Shape::Text(&formats::FILE),
            "The authorities (PEM) that the endpoint's certificate may be issued by; no other is trusted then. Where credentials may be sent it must be [trusted](cli.md#trust) by `--trust-ca`.",
        )
        .default("`SSL_CERT_FILE`, else the system's"),
        Key::new(
            "auth",
            Shape::Either(&[Shape::Word(&["sigv4", "none"]), Shape::Mapping(&AUTH)]),
            "How requests are authenticated. On an Amazon domain registration is signed even when the rest is `basic`.",
        )
        .default("`sigv4`"),
    ],
    |text| {
        Some(match text {
            Some(text) if text.contains("://") => format!("endpoint: {}", typed(text)),
            Some(text) if text.contains('.') => {
                format!("endpoint: {}", typed(&format!("https://{text}")))
            }
            _ => named("name", text),
        })
    },
)
.with(&[Rule::AnyOf(&["name", "endpoint"])]);

/// Authentication other than `sigv4` and `none`.
pub static AUTH: Table = Table::new(
    "domain.auth",
    &[Key::new(
        "basic",
        Shape::Mapping(&BASIC),
        "A user of the domain's own database.",
    )
    .required()],
    |_| Some(format!("basic: {{{BASIC_FORM}}}")),
);

/// A user of the domain's own database.
pub static BASIC: Table = Table::new(
    "domain.auth.basic",
    &[
        Key::new(
            "username",
            Shape::Text(&formats::TEXT),
            "Name of the user.",
        )
        .required(),
        Key::new(
            "password",
            Shape::Mapping(&PASSWORD),
            "Where the password is found. A password in the spec itself is an error, and is not shown.",
        )
        .required(),
    ],
    |_| Some(BASIC_FORM.to_owned()),
);

/// The place where the password is found.
pub static PASSWORD: Table = Table::new(
    "domain.auth.basic.password",
    &[
        Key::new(
            "env",
            Shape::Text(&formats::VARIABLE),
            "An environment variable called `ESBACKUP_...`, or one that is [trusted](cli.md#trust).",
        ),
        Key::new("file", Shape::Text(&formats::FILE), "A file."),
    ],
    |_| Some("env: ESBACKUP_PASSWORD".to_owned()),
)
.with(&[Rule::AnyOf(&["env", "file"]),Rule::Excludes("env", &["file"])]);
