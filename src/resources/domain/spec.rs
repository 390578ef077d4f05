//! Reads the `domain` of a spec; a password in the file itself is refused and never shown.

use std::ops::Range;

use super::keys;
use crate::domain::endpoint::{bare_host, is_serverless};
use crate::domain::{
    Auth, DomainSpec, Endpoint, EndpointError, HostPort, PasswordSource, SERVERLESS, vouch,
};
use crate::names::DomainName;
use crate::trust::is_variable;
use crate::yaml::environment::{Environment, Trusted};
use crate::yaml::fields::Fields;
use crate::yaml::problem::Problem;
use crate::yaml::schema::closest;
use crate::yaml::tree::{Entry, Value};

/// Reads the `domain` of a spec.
pub(crate) fn read(fields: &Fields<'_>, environment: &Environment<'_>) -> DomainSpec {
    let name = name(fields);
    let auth = fields
        .entry("auth")
        .and_then(|entry| auth(fields, entry, environment))
        .unwrap_or_default();
    let endpoint = endpoint(fields);
    if !fields.has("name") && !fields.has("endpoint") {
        fields.reader.report(
            Problem::error(fields.named(), "`domain` needs `name` or `endpoint`")
                .label("neither is there")
                .help("`name` for an Amazon domain, `endpoint` for a cluster of your own, or both"),
        );
    }
    if let Some(endpoint) = &endpoint {
        check_endpoint(fields, endpoint, &auth, environment);
    }
    let domain = DomainSpec {
        name,
        endpoint,
        connect_to: connect_to(fields),
        ca_file: ca_file(fields, environment),
        auth,
    };
    // What could not be read may have been a name.
    if domain.name.is_some() || !fields.has("name") {
        let Trusted { trust, folder } = environment.trust;
        for want in vouch::wants(&domain, folder, trust) {
            let span = span_of(fields, want.key);
            fields.reader.report(Problem::untrusted(&span, want));
        }
    }
    domain
}

/// Reads the name; a host in its place gets the key that it belongs to.
fn name(fields: &Fields<'_>) -> Option<DomainName> {
    let text = fields.text("name")?;
    let host = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = host.split(['/', ':', '?']).next().unwrap_or_default();
    match DomainName::parse(text) {
        Ok(name) => return Some(name),
        Err(_) if is_serverless(host) => fields.invalid("name", SERVERLESS, None),
        Err(rule) if text.contains('.') && bare_host(host).is_some() => {
            let help =
                format!("write it as `endpoint: https://{host}`, or the domain's name alone");
            fields.invalid("name", &rule.to_string(), Some(help));
        }
        Err(rule) => drop(fields.check("name", Err::<DomainName, _>(rule))),
    }
    None
}

/// Reads the endpoint; a host without scheme gets one.
fn endpoint(fields: &Fields<'_>) -> Option<Endpoint> {
    let text = fields.text("endpoint")?;
    match Endpoint::parse(text) {
        Ok(endpoint) => return Some(endpoint),
        Err(error @ (EndpointError::NotAUrl | EndpointError::Scheme))
            if !text.contains(['@', '{', '$'])
                && (HostPort::parse(text).is_some() || bare_host(text).is_some()) =>
        {
            let help = format!("write `endpoint: https://{text}`");
            fields.invalid("endpoint", &error.to_string(), Some(help));
        }
        Err(error) => drop(fields.check("endpoint", Err::<Endpoint, _>(error))),
    }
    None
}

/// Returns where the value of a key stands, its path written with dots.
fn span_of(fields: &Fields<'_>, key: &str) -> Range<usize> {
    let mut parts = key.split('.');
    let first = parts.next().and_then(|key| fields.node(key));
    let found = parts.try_fold(first, |node, key| match node.map(|node| &node.value) {
        Some(Value::Mapping(entries)) => {
            let mut entries = entries.iter();
            let entry = entries.find(|entry| entry.key.as_text() == Some(key));
            Some(entry.map(|entry| &entry.value))
        }
        _ => None,
    });
    let node = found.flatten();
    node.map_or_else(|| fields.named().clone(), |node| node.span.clone())
}

fn check_endpoint(
    fields: &Fields<'_>,
    endpoint: &Endpoint,
    auth: &Auth,
    environment: &Environment<'_>,
) {
    if endpoint.is_plain() && !endpoint.is_loopback() && *auth != Auth::None {
        let help = "use https://, or `auth: none` where nothing secret is sent";
        fields.invalid(
            "endpoint",
            "http:// is only for loopback hosts, or with `auth: none`",
            Some(help.to_owned()),
        );
    }
    if let (true, Some(entry)) = (endpoint.is_plain(), fields.entry("ca_file")) {
        let title = "`domain.ca_file` would never be used";
        fields
            .reader
            .report(Problem::error(&entry.key.span, title).label("the endpoint is http://"));
    }
    let regions = environment
        .region
        .as_ref()
        .zip(amazon_region(endpoint.host()));
    if let Some((own, other)) = regions.filter(|(own, other)| own.as_str() != *other) {
        fields.invalid(
            "endpoint",
            &format!("a domain in {other}, but the environment's region is {own}"),
            None,
        );
    }
}

/// Returns the Region in the host name of an Amazon domain: `*.REGION.es.amazonaws.com[.cn]` or `*.aos.REGION.on.aws`.
fn amazon_region(host: &str) -> Option<&str> {
    let classic = host
        .strip_suffix(".cn")
        .unwrap_or(host)
        .strip_suffix(".es.amazonaws.com");
    if let Some(rest) = classic {
        return rest.rsplit_once('.').map(|(_, region)| region);
    }
    let (rest, region) = host.strip_suffix(".on.aws")?.rsplit_once('.')?;
    rest.ends_with(".aos").then_some(region)
}

fn connect_to(fields: &Fields<'_>) -> Option<HostPort> {
    let text = fields.text("connect_to")?;
    let target = HostPort::parse(text);
    let host = text.split_once("://").map_or(text, |(_, rest)| rest);
    if is_serverless(host.split([':', '/']).next().unwrap_or_default()) {
        fields.invalid("connect_to", SERVERLESS, None);
        return None;
    }
    if target.is_none() {
        let help = bare_host(text).map(|_| format!("write `connect_to: {text}:PORT`"));
        fields.invalid(
            "connect_to",
            "must be HOST:PORT, such as localhost:9200",
            help,
        );
    }
    target
}

fn ca_file(fields: &Fields<'_>, environment: &Environment<'_>) -> Option<std::path::PathBuf> {
    let text = fields.text("ca_file")?;
    if text.is_empty() {
        fields.invalid("ca_file", "must be the path of a file", None);
    }
    Some(environment.resolve(text))
}

fn auth(fields: &Fields<'_>, entry: &Entry, environment: &Environment<'_>) -> Option<Auth> {
    match &entry.value.value {
        Value::Text(text) if text == "basic" => {
            let help = "auth: {basic: {username: NAME, password: {env: VARIABLE}}}";
            fields.invalid(
                "auth",
                "basic needs a user and a password",
                Some(help.to_owned()),
            );
            None
        }
        Value::Text(text) => {
            // What is no misspelt word may be a password.
            if closest(text, ["sigv4", "none", "basic"].into_iter()).is_none() {
                fields.hide(&entry.value);
            }
            fields.word("auth", &[("sigv4", Auth::Sigv4), ("none", Auth::None)])
        }
        _ => {
            hide_unless_mapping(fields, entry);
            let inner = fields.open("auth", &keys::AUTH)?;
            hide_unless_mapping(&inner, inner.entry("basic")?);
            basic(&inner.open("basic", &keys::BASIC)?, environment)
        }
    }
}

fn hide_unless_mapping(fields: &Fields<'_>, entry: &Entry) {
    if !matches!(entry.value.value, Value::Mapping(_)) {
        fields.hide(&entry.value);
    }
}

fn basic(fields: &Fields<'_>, environment: &Environment<'_>) -> Option<Auth> {
    let username = fields.text("username");
    if username.is_some_and(|name| {
        name.is_empty() || name.contains(':') || name.contains(char::is_control)
    }) {
        fields.invalid(
            "username",
            "a user name is not empty and has no colon or control character",
            None,
        );
    }
    let password = password(fields, fields.entry("password")?, environment)?;
    Some(Auth::Basic {
        username: username?.to_owned(),
        password,
    })
}

fn password(
    fields: &Fields<'_>,
    entry: &Entry,
    environment: &Environment<'_>,
) -> Option<PasswordSource> {
    if !matches!(entry.value.value, Value::Mapping(_)) {
        fields.hide(&entry.value);
        fields.reader.report(
            Problem::error(&entry.key.span, "a password must not be in the spec")
                .label("say where it is found instead")
                .help("password: {env: VARIABLE} or password: {file: PATH}"),
        );
        return None;
    }
    let inner = fields.open("password", &keys::PASSWORD)?;
    if !inner.has("env") && !inner.has("file") {
        inner.reader.report(
            Problem::error(
                inner.named(),
                "`domain.auth.basic.password` needs `env` or `file`",
            )
            .label("neither is there"),
        );
    }
    if let Some(variable) = inner.entry("env") {
        // Someone may have put the password itself here.
        if !variable.value.as_text().is_some_and(is_variable) {
            inner.hide(&variable.value);
        }
        return inner.parsed("env", |name| {
            let rule = "must be the name of an environment variable";
            if is_variable(name) {
                Ok(PasswordSource::Env(name.to_owned()))
            } else {
                Err(rule)
            }
        });
    }
    inner
        .text("file")
        .map(|path| PasswordSource::File(environment.resolve(path)))
}
