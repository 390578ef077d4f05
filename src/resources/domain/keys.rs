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
pub(crate) static DOMAIN: Table = Table::new(
    "domain",
    &[
        Key::new(
            "name",
            Shape::Text(&NAME),
            "Name of an Amazon domain. esbackup looks up its endpoint, ARN and engine version.",
        ),
        Key::new(
            "endpoint",
            Shape::Text(&URL),
            "`https://HOST[:PORT]` of a self-managed cluster, or another endpoint of the domain. `http://` works only on loopback or with `auth: none`. A host that DescribeDomain does not list gets no password and no signature unless you [trust](cli.md#trust) it.",
        )
        .default("looked up"),
        Key::new(
            "connect_to",
            Shape::Text(&HOST_PORT),
            "Tunnel to the domain: only the connection goes there; URL, Host header, server name and signature stay those of the domain. With `auth: none`, or without TLS, you must [trust](cli.md#trust) a tunnel to this machine; you must always trust one to the local network link or to a metadata service. Without a tunnel, no host name may resolve to any of these unless you trust it.",
        ),
        Key::new(
            "ca_file",
            Shape::Text(&formats::FILE),
            "Certificate authorities (PEM file) that may have issued the endpoint's certificate; esbackup then accepts no other. If esbackup sends credentials, you must trust the file with [`--trust-ca`](cli.md#trust).",
        )
        .default("`SSL_CERT_FILE`, else the system's authorities"),
        Key::new(
            "auth",
            Shape::Either(&[Shape::Word(&["sigv4", "none"]), Shape::Mapping(&AUTH)]),
            "Authentication of requests to the domain. On an Amazon domain, the registration of a repository is signed even if other requests use `basic`.",
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
pub(crate) static AUTH: Table = Table::new(
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
pub(crate) static BASIC: Table = Table::new(
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
            "The source of the password. A password in the spec itself is an error, and esbackup does not show it.",
        )
        .required(),
    ],
    |_| Some(BASIC_FORM.to_owned()),
);

/// The place where the password is found.
pub(crate) static PASSWORD: Table = Table::new(
    "domain.auth.basic.password",
    &[
        Key::new(
            "env",
            Shape::Text(&formats::VARIABLE),
            "An environment variable named `ESBACKUP_...`, or one that you [trust](cli.md#trust).",
        ),
        Key::new(
            "file",
            Shape::Text(&formats::FILE),
            "A file that holds the password.",
        ),
    ],
    |_| Some("env: ESBACKUP_PASSWORD".to_owned()),
)
.with(&[
    Rule::AnyOf(&["env", "file"]),
    Rule::Excludes("env", &["file"]),
]);
