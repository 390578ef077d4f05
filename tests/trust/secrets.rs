//! Canary secrets in every source, looked for in every byte that comes out.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::{Value, json};

use super::sample;
use crate::support::binary::{Ran, ran};
use crate::support::stage::{ACCOUNT, Does, LINES, Line, Stage};

const ID: &str = "AKIACANARY7CANARY7XQ";
const KEY: &str = "wJalrXUtn/CanaryKey+0123456789abcdefGHIJ";
const TOKEN: &str = "IQoJb3JpZ2luX2VjCanaryToken//////////wEaCXVzLXdlc3Q+Zm9v==";
const USER: &str = "operator";
const PASSWORD: &str = "Canary pässword/\"7\"+%&<x>";
/// The end of a signature that a service echoes.
const SIGNATURE: &str = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";

/// Where a secret comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Environment,
    Session,
    Profile,
    Process,
    PasswordInEnvironment,
    PasswordInFile,
}

const SOURCES: [Source; 6] = [
    Source::Environment,
    Source::Session,
    Source::Profile,
    Source::Process,
    Source::PasswordInEnvironment,
    Source::PasswordInFile,
];

impl Source {
    fn has_token(self) -> bool {
        matches!(self, Source::Session | Source::Process)
    }

    fn has_password(self) -> bool {
        matches!(self, Source::PasswordInEnvironment | Source::PasswordInFile)
    }
}

fn base64(text: &str) -> String {
    aws_smithy_types::base64::encode(text)
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Every way of writing what must not come out, by name. The beginnings are there because a text may be cut in the middle of a secret.
fn needles() -> Vec<(String, String)> {
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

fn pair() -> String {
    format!("{USER}:{PASSWORD}")
}

/// What a careless service says: all that it was sent. Only the domain is ever sent a password.
fn echo(source: Source, by_the_domain: bool) -> String {
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
fn situations(source: Source) -> Vec<(&'static str, &'static str, Value)> {
    let (aws, domain) = (echo(source, false), echo(source, true));
    let refused = |code: u16, kind: &str, message: &str| json!({"status": {"code": code, "error_code": kind, "message": message}});
    let body = |kind: &str, body: String| json!({"status": {"code": 200, "body": body, "headers": [["content-type", kind]]}});
    // An excerpt ends after 200 characters: in the middle of a secret.
    let cut = format!("{}{}", "x".repeat(185), domain.replacen("you sent ", "", 1));
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
struct Lab {
    stage: Stage,
    spec: String,
    held: tempfile::TempDir,
}

impl Lab {
    fn new() -> Self {
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

    fn begin(&self, source: Source) {
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
            Source::PasswordInEnvironment => "{env: DOMAIN_PASSWORD}".to_owned(),
            Source::PasswordInFile => format!("{{file: {}}}", file.display()),
            _ => return self.stage.folder.write("esbackup.yaml", &self.spec),
        };
        let auth = format!(
            "domain:\n  name: logs\n  auth: {{basic: {{username: {USER}, password: {password}}}}}\n"
        );
        let spec = self.spec.replace("domain:\n  name: logs\n", &auth);
        self.stage.folder.write("esbackup.yaml", &spec);
    }

    fn command(&self, line: Line, source: Source, more: &[&str]) -> Command {
        let mut command = self.stage.in_production(line, more);
        self.give(&mut command, source);
        command
    }

    /// Lets a command find the secrets.
    fn give(&self, command: &mut Command, source: Source) {
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
            command.env("DOMAIN_PASSWORD", PASSWORD);
        }
    }

    /// What of the secrets is in the output or in any file below the folder.
    fn found(&self, ran: &Ran) -> Vec<String> {
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

#[test]
fn no_secret_gets_out_of_any_command_in_any_situation() {
    let lab = Lab::new();
    let mut cells = Vec::new();
    for line in LINES {
        for source in SOURCES {
            for situation in situations(source) {
                for verbosity in ["", "-v", "-vv"] {
                    for format in ["human", "json"] {
                        cells.push((line, source, situation.clone(), verbosity, format));
                    }
                }
            }
        }
    }
    let whole = cells.len();
    let (mut wrong, mut bytes) = (Vec::new(), 0);
    let mut codes: BTreeMap<i32, usize> = BTreeMap::new();
    let cells = sample::of(cells, 101);
    for (line, source, (name, operation, action), verbosity, format) in &cells {
        lab.begin(*source);
        if !action.is_null() {
            lab.stage.fault(operation, action);
        }
        let mut more = vec!["--format", format];
        if line.does != Does::Nothing && !verbosity.is_empty() {
            more.push(verbosity);
        }
        let ran = ran(&mut lab.command(*line, *source, &more));
        let cell = format!("{:?} {source:?} {name} {verbosity} {format}", line.words);
        bytes += ran.stdout.len() + ran.stderr.len();
        *codes.entry(ran.code).or_default() += 1;
        let real = *name != "well" || matches!(ran.code, 0 | 2);
        if !real || ran.stderr.contains("panicked") {
            wrong.push(format!("{cell}: {ran:#?}"));
        }
        for found in lab.found(&ran) {
            wrong.push(format!("{cell}: {found}: {ran:#?}"));
        }
    }
    println!(
        "secrets: {} of {whole} cells, {} needles, {bytes} bytes of output searched, exit codes {codes:?}, {} exceptions",
        cells.len(),
        needles().len(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_command_is_tried() {
    let mut offered = BTreeMap::new();
    crate::docs_cli::commands_and_options(&[], &mut offered);
    let tried = |command: &String| {
        let words: Vec<&str> = command.split(' ').collect();
        LINES.iter().any(|line| line.words.starts_with(&words))
    };
    let left_out: Vec<&String> = offered.keys().filter(|command| !tried(command)).collect();
    // It sends nothing: it is what is asked.
    assert_eq!(left_out, ["sandbox"]);
}

#[test]
fn requests_are_shown_with_whom_they_were_signed_by_and_nothing_to_send_them_again_with() {
    let lab = Lab::new();
    for (source, shown) in [
        (
            Source::Session,
            "authorization: AWS4-HMAC-SHA256 Credential=AKIA***Y7XQ/",
        ),
        (Source::PasswordInFile, "authorization: Basic ***"),
    ] {
        lab.begin(source);
        let quiet = ran(&mut lab.command(LINES[1], source, &["--format", "json", "-v"]));
        let told = ran(&mut lab.command(LINES[1], source, &["--format", "json", "-vv"]));
        assert_eq!((told.code, &told.stdout), (quiet.code, &quiet.stdout));
        assert_eq!(quiet.stderr, "");
        let of = |what: &str| told.stderr.lines().find(|line| line.contains(what));
        let domain = of("> domain: GET http://localhost").unwrap();
        assert!(domain.contains(shown), "{domain}");
        let sts = of("> STS GetCallerIdentity: POST http://127.0.0.1").unwrap();
        assert!(
            sts.contains("Credential=AKIA***Y7XQ/") && sts.ends_with("max=3"),
            "{sts}"
        );
        assert_eq!(
            sts.contains("x-amz-security-token: ***"),
            source.has_token()
        );
        let count = |sign: char| {
            let lines = told.stderr.lines();
            lines
                .filter(|line| line.contains(&format!("] {sign} ")))
                .count()
        };
        assert_eq!(count('>'), lab.stage.sandbox.requests().len() / 2);
        assert_eq!(count('<'), count('>'), "{}", told.stderr);
        assert!(
            of(" ms: 200; ").unwrap().contains("x-amz"),
            "{}",
            told.stderr
        );
    }
}

#[test]
fn an_answer_that_never_comes_is_shown_as_such() {
    let lab = Lab::new();
    for operation in ["es:GET *", "sts:*"] {
        lab.begin(Source::Environment);
        lab.stage.fault(operation, &json!("drop_before"));
        let ran = ran(&mut lab.command(LINES[6], Source::Environment, &["-vv"]));
        assert!(ran.stderr.contains(" ms: no answer: "), "{ran:#?}");
        assert_eq!(lab.found(&ran), Vec::<String>::new());
    }
}

#[test]
fn a_process_that_fails_with_the_secret_on_its_lips_gives_nothing_away() {
    let lab = Lab::new();
    let good =
        json!({"Version": 1, "AccessKeyId": ID, "SecretAccessKey": KEY, "SessionToken": TOKEN})
            .to_string();
    let script = |text: &str| lab.held.path().join(text);
    for (name, printed, code) in [
        ("cut", good[..good.len() - 3].to_owned(), 0),
        (
            "another version",
            good.replace("\"Version\":1", "\"Version\":9"),
            0,
        ),
        ("text", format!("{KEY} {TOKEN}"), 0),
        (
            "expired",
            good.replace("\"Version\":1", "\"Expiration\":\"x\",\"Version\":1"),
            0,
        ),
        ("failed", good.clone(), 3),
    ] {
        let (text, run) = (script("printed"), script("run"));
        std::fs::write(&text, &printed).unwrap();
        std::fs::write(&run, format!("cat {}; exit {code}\n", text.display())).unwrap();
        std::fs::write(
            script("process"),
            format!("[default]\ncredential_process = sh {}\n", run.display()),
        )
        .unwrap();
        for verbosity in ["-v", "-vv"] {
            lab.begin(Source::Process);
            let ran = ran(&mut lab.command(LINES[1], Source::Process, &[verbosity]));
            assert_eq!(ran.code, 77, "{name}: {ran:#?}");
            assert_eq!(lab.found(&ran), Vec::<String>::new(), "{name}: {ran:#?}");
        }
    }
}

#[test]
fn the_token_of_a_web_identity_that_sts_echoes_is_masked() {
    let lab = Lab::new();
    std::fs::write(lab.held.path().join("token"), format!("{TOKEN}\n")).unwrap();
    for code in [400, 403, 500] {
        lab.begin(Source::Environment);
        lab.stage.fault("*", &json!({"status": {"code": code, "error_code": "InvalidIdentityToken", "message": format!("you sent {TOKEN}")}}));
        let mut command = lab.stage.in_production(LINES[1], &["-vv"]);
        command
            .env("AWS_WEB_IDENTITY_TOKEN_FILE", lab.held.path().join("token"))
            .env("AWS_ROLE_ARN", format!("arn:aws:iam::{ACCOUNT}:role/x"));
        let ran = ran(&mut command);
        let asked = lab.stage.sandbox.requests();
        assert!(asked.iter().any(|one| one.service == "sts"), "{asked:?}");
        assert!(!ran.stdout.contains(&TOKEN[..14]), "{ran:#?}");
        assert!(!ran.stderr.contains(&TOKEN[..14]), "{ran:#?}");
    }
}

#[test]
fn the_password_of_a_proxy_is_never_told() {
    let lab = Lab::new();
    lab.begin(Source::Environment);
    let spec = lab.spec.replace(
        "http://localhost",
        "https://search-x.us-west-2.es.amazonaws.com",
    );
    lab.stage.folder.write("esbackup.yaml", &spec);
    let proxy = format!("http://{USER}:{}@127.0.0.1:9", encoded(PASSWORD));
    for line in [LINES[1], LINES[6]] {
        let words = line.words.iter().copied().chain(["-vv"]);
        let mut command = lab.stage.folder.command(words);
        lab.give(&mut command, Source::Environment);
        command
            .env("HTTPS_PROXY", &proxy)
            .env("AWS_EC2_METADATA_DISABLED", "true");
        let ran = ran(&mut command);
        assert!(ran.code > 0, "{ran:#?}");
        assert_eq!(lab.found(&ran), Vec::<String>::new());
    }
}

/// Prints everything of a session that `Debug` shows, for the test below, which runs it in a process of its own.
#[test]
fn what_debug_shows_of_a_session() {
    use esbackup::observe::{Access, connect};
    let Some(endpoint) = std::env::var_os("AWS_ENDPOINT_URL")
        .filter(|_| std::env::var_os("DOMAIN_PASSWORD").is_some())
    else {
        return;
    };
    let desired = crate::support::world::load(std::path::Path::new("esbackup.yaml")).remove(0);
    let access = Access {
        source: esbackup::aws::Source::Environment,
        sandbox: None,
        trusted: vec!["localhost".to_owned()],
        limits: crate::support::world::limits(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let seen = runtime.block_on(connect(&desired, &access));
    println!("{endpoint:?} {desired:#?} {seen:#?} {seen:?}");
}

#[test]
fn nothing_that_debug_shows_holds_a_secret() {
    let lab = Lab::new();
    for action in [
        Value::Null,
        json!({"status": {"code": 403, "error_code": "AccessDenied", "message": "no"}}),
    ] {
        lab.begin(Source::PasswordInEnvironment);
        lab.stage.sandbox.change(|state| {
            state["accounts"][ACCOUNT]["principals"]["canary"]["session_token"] = json!(TOKEN);
        });
        if !action.is_null() {
            lab.stage.fault("sts:*", &action);
        }
        let program = std::env::current_exe().unwrap();
        let mut command = lab.stage.folder.command_of(&program.to_string_lossy());
        lab.give(&mut command, Source::PasswordInEnvironment);
        command
            .args([
                "--exact",
                "trust::secrets::what_debug_shows_of_a_session",
                "--nocapture",
            ])
            .env("AWS_SESSION_TOKEN", TOKEN)
            .env("AWS_ENDPOINT_URL", lab.stage.sandbox.url())
            .env("AWS_EC2_METADATA_DISABLED", "true");
        let ran = ran(&mut command);
        assert!(
            ran.code == 0 && ran.stdout.contains("writes: Writes") || !action.is_null(),
            "{ran:#?}"
        );
        let mut found = lab.found(&ran);
        // The SDK shows whose key it is; nothing of the product prints what `Debug` shows.
        found.retain(|one| one != "the access key id in stdout");
        assert_eq!(found, Vec::<String>::new(), "{ran:#?}");
    }
}
