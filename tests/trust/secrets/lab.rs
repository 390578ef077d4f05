//! The canaries, where they come from, and an environment in which services echo them; it must never hold a real secret.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::binary::Ran;
use crate::support::stage::{ACCOUNT, Line, Stage};

pub(super) const ID: &str = "AKIACANARY7CANARY7XQ";
pub(super) const KEY: &str = "wJalrXUtn/CanaryKey+0123456789abcdefGHIJ";
pub(super) const TOKEN: &str = "IQoJb3JpZ2luX2VjCanaryToken//////////wEaCXVzLXdlc3Q+Zm9v==";
pub(super) const USER: &str = "operator";
pub(super) const PASSWORD: &str = "Canary pässword/\"7\"+%&<x>";
/// The end of a signature that a service echoes.
pub(super) const SIGNATURE: &str =
    "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";

/// Where a secret comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Environment,
    Session,
    Profile,
    Process,
    PasswordInEnvironment,
    PasswordInFile,
}

pub(super) const SOURCES: [Source; 6] = [
    Source::Environment,
    Source::Session,
    Source::Profile,
    Source::Process,
    Source::PasswordInEnvironment,
    Source::PasswordInFile,
];

impl Source {
    pub(super) fn has_token(self) -> bool {
        matches!(self, Source::Session | Source::Process)
    }

    pub(super) fn has_password(self) -> bool {
        matches!(self, Source::PasswordInEnvironment | Source::PasswordInFile)
    }
}

pub(super) fn base64(text: &str) -> String {
    aws_smithy_types::base64::encode(text)
}

pub(super) fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Every way of writing what must not come out, by name. The beginnings are there because a text may be cut in the middle of a secret.
pub(super) fn needles() -> Vec<(String, String)> {
    let mut all = vec![
        ("the access key id".to_owned(), ID.to_owned()),
        ("user and password".to_owned(), base64(&pair())),
        ("a signature".to_owned(), SIGNATURE.to_owned()),
    ];
    for (name, secret) in [("key", KEY), ("token", TOKEN), ("password", PASSWORD)] {
        let json = Value::from(secret).to_string();
        let beginning: String = secret.chars().take(14).collect();
        for (how, text) in [
            ("itself", secret.to_owned()),
            ("its beginning", beginning),
            ("encoded", encoded(secret)),
            ("in JSON", json[1..json.len() - 1].to_owned()),
        ] {
            all.push((format!("the {name}: {how}"), text));
        }
    }
    all
}

pub(super) fn pair() -> String {
    format!("{USER}:{PASSWORD}")
}

/// What a careless service says: all that it was sent. Only the domain is ever sent a password.
pub(super) fn echo(source: Source, by_the_domain: bool) -> String {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={ID}/20261127/us-west-2/es/aws4_request, SignedHeaders=host, Signature={SIGNATURE}"
    );
    let mut said = format!(
        "you sent {KEY} ({}) in Authorization: {authorization}",
        encoded(KEY)
    );
    if source.has_token() {
        said.push_str(&format!(" and {TOKEN} ?{}&", encoded(TOKEN)));
    }
    if source.has_password() && by_the_domain {
        let (pair, encoded) = (base64(&pair()), encoded(PASSWORD));
        said.push_str(&format!(" and {PASSWORD} or Basic {pair} or ?{encoded}"));
    }
    said
}

/// What the services do: the requests that are hit, and how they are answered.
pub(super) fn situations(source: Source) -> Vec<(&'static str, &'static str, Value)> {
    let (aws, domain) = (echo(source, false), echo(source, true));
    let refused = |code: u16, kind: &str, message: &str| json!({"status": {"code": code, "error_code": kind, "message": message}});
    let body = |kind: &str, body: String| json!({"status": {"code": 200, "body": body, "headers": [["content-type", kind]]}});
    // An excerpt ends after 200 characters: in the middle of a secret.
    let cut = format!("{}{}", "x".repeat(185), domain.replacen("you sent ", "", 1));
    // Of a refusal that is no JSON the first 512 characters are kept.
    let long = format!("{}{}", "x".repeat(497), domain.replacen("you sent ", "", 1));
    let refusal =
        json!({"status": {"code": 403, "body": long, "headers": [["content-type", "text/plain"]]}});
    let header = if source.has_token() { TOKEN } else { KEY };
    let ids = json!({"status": {"code": 403, "error_code": "AccessDenied", "message": "no",
        "headers": [["x-amzn-requestid", KEY], ["x-amz-request-id", header]]}});
    let elsewhere = format!("https://x.example/?{header}&{}", encoded(header));
    vec![
        ("well", "", Value::Null),
        ("denied", "*", refused(403, "AccessDenied", &aws)),
        ("denied by IAM", "iam:*", refused(403, "AccessDenied", &aws)),
        ("denied by S3", "s3:*", refused(403, "AccessDenied", &aws)),
        (
            "denied by the domain",
            "es:GET *",
            refused(403, "security_exception", &domain),
        ),
        (
            "unknown",
            "sts:*",
            refused(403, "InvalidClientTokenId", &aws),
        ),
        ("broken", "*", refused(500, "InternalFailure", &aws)),
        (
            "a domain that is broken",
            "es:GET *",
            refused(500, "exception", &domain),
        ),
        ("no write", "es:PUT *", refused(400, "exception", &domain)),
        (
            "no deletion",
            "es:DELETE *",
            refused(500, "exception", &domain),
        ),
        (
            "no JSON",
            "es:GET *",
            body("application/json", format!("{{\"a\": {domain}")),
        ),
        (
            "HTML",
            "es:GET *",
            body("text/html", format!("<html>{domain}")),
        ),
        ("a long page", "es:GET *", body("text/html", cut)),
        ("a long refusal", "es:GET *", refusal),
        ("request ids", "*", ids),
        (
            "elsewhere",
            "es:GET *",
            json!({"redirect": {"location": elsewhere}}),
        ),
        ("nothing", "es:GET *", json!("drop_before")),
    ]
}

/// A stage whose callers are canaries, and a folder for files that hold secrets.
pub(super) struct Lab {
    pub(super) stage: Stage,
    pub(super) spec: String,
    pub(super) held: tempfile::TempDir,
}

impl Lab {
    pub(super) fn new() -> Self {
        let stage = Stage::new();
        let spec = std::fs::read_to_string(stage.folder.path("esbackup.yaml")).unwrap();
        let held = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: String| std::fs::write(held.path().join(name), text).unwrap();
        write("password", format!("{PASSWORD}\n"));
        write(
            "credentials",
            format!("[default]\naws_access_key_id = {ID}\naws_secret_access_key = {KEY}\n"),
        );
        let answer =
            json!({"Version": 1, "AccessKeyId": ID, "SecretAccessKey": KEY, "SessionToken": TOKEN});
        write("answer.json", answer.to_string());
        let file = held.path().join("answer.json");
        write(
            "process",
            format!("[default]\ncredential_process = cat {}\n", file.display()),
        );
        Self { stage, spec, held }
    }

    pub(super) fn begin(&self, source: Source) {
        self.stage.begin(|state| {
            let arn = format!("arn:aws:iam::{ACCOUNT}:user/canary");
            let all = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
            state["accounts"][ACCOUNT]["principals"]["canary"] = json!({
                "arn": arn, "access_key_id": ID, "secret_access_key": KEY, "policy_documents": [all],
                "session_token": source.has_token().then_some(TOKEN),
            });
            if source.has_password() {
                state["domains"][0]["auth"] = json!({"basic": {"username": USER, "password": PASSWORD}});
            }
        });
        let file = self.held.path().join("password");
        let password = match source {
            Source::PasswordInEnvironment => "{env: ESBACKUP_DOMAIN_PASSWORD}".to_owned(),
            Source::PasswordInFile => format!("{{file: {}}}", file.display()),
            _ => return self.stage.folder.write("esbackup.yaml", &self.spec),
        };
        let auth = format!(
            "domain:\n  name: logs\n  auth: {{basic: {{username: {USER}, password: {password}}}}}\n"
        );
        let spec = self.spec.replace("domain:\n  name: logs\n", &auth);
        self.stage.folder.write("esbackup.yaml", &spec);
    }

    pub(super) fn command(&self, line: Line, source: Source, more: &[&str]) -> Command {
        let held = self.held.path().to_string_lossy();
        let trusting = match source {
            Source::PasswordInFile => vec!["--trust-path", held.as_ref()],
            _ => Vec::new(),
        };
        let more = [more, &trusting].concat();
        let mut command = self.stage.in_production(line, &more);
        self.give(&mut command, source);
        command
    }

    /// Lets a command find the secrets.
    pub(super) fn give(&self, command: &mut Command, source: Source) {
        command.env("RUST_BACKTRACE", "1");
        let file = |name: &str| self.held.path().join(name);
        match source {
            Source::Profile => {
                command.env("AWS_SHARED_CREDENTIALS_FILE", file("credentials"));
            }
            Source::Process => {
                command
                    .env("AWS_CONFIG_FILE", file("process"))
                    .env("PATH", "/usr/bin:/bin");
            }
            _ => {
                command
                    .env("AWS_ACCESS_KEY_ID", ID)
                    .env("AWS_SECRET_ACCESS_KEY", KEY);
            }
        }
        if source == Source::Session {
            command.env("AWS_SESSION_TOKEN", TOKEN);
        }
        if source == Source::PasswordInEnvironment {
            command.env("ESBACKUP_DOMAIN_PASSWORD", PASSWORD);
        }
    }

    /// What of the secrets is in the output or in any file below the folder.
    pub(super) fn found(&self, ran: &Ran) -> Vec<String> {
        let mut texts = vec![
            ("stdout".to_owned(), ran.stdout.clone()),
            ("stderr".to_owned(), ran.stderr.clone()),
        ];
        let mut folders = vec![self.stage.folder.path("")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let bytes = std::fs::read(&path).unwrap();
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    texts.push((path.display().to_string(), text));
                }
            }
        }
        let requests = self.stage.sandbox.admin("GET", "/requests", &Value::Null);
        let mut found = Vec::new();
        for (name, needle) in needles() {
            for (place, text) in &texts {
                if text.contains(&needle) {
                    found.push(format!("{name} in {place}"));
                }
            }
            // Whose key a request was signed with is what the record is for.
            if needle != ID && requests.to_string().contains(&needle) {
                found.push(format!("{name} in the sandbox's record of requests"));
            }
        }
        found
    }
}
