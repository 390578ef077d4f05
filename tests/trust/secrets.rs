//! Canary secrets in every source, looked for in every byte that comes out.

mod lab;

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::sample;
use crate::environment::{Place, administrator};
use crate::support::binary::{ended, ran};
use crate::support::servers::{Server, Way};
use crate::support::stage::{ACCOUNT, Does, FORMATS, LINES};
use lab::{ID, KEY, Lab, PASSWORD, SOURCES, Source, TOKEN, USER, encoded, needles, situations};

#[test]
fn no_secret_gets_out_of_any_command_in_any_situation() {
    let lab = Lab::new();
    let mut cells = Vec::new();
    for line in LINES {
        for source in SOURCES {
            for situation in situations(source) {
                for verbosity in ["", "-v", "-vv"] {
                    for format in FORMATS.iter().map(String::as_str) {
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
    // These send nothing.
    assert_eq!(left_out, ["completions", "explain", "sandbox", "schema"]);
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
            sts.contains("Credential=AKIA***Y7XQ/") && sts.ends_with("max=20"),
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
        // Not even the beginning of a signature is shown.
        let behind: Vec<&str> = told.stderr.split("Signature=").skip(1).collect();
        assert!(!behind.is_empty(), "{}", told.stderr);
        assert!(
            behind.iter().all(|rest| rest.starts_with("***")),
            "{behind:?}"
        );
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

/// What a child panics with: secrets that were kept before, and a command for a CI runner.
fn fatal() -> String {
    format!("{KEY}\n::error::{TOKEN}\n{}", encoded(KEY))
}

/// Panics as a bug would, for the test below, which runs it in a process of its own.
#[test]
fn what_a_bug_would_print() {
    struct Again;
    impl Drop for Again {
        fn drop(&mut self) {
            if std::thread::panicking() {
                panic!("once more: {}", fatal());
            }
        }
    }
    let Some(way) = std::env::var_os("TEST_PANIC") else {
        return;
    };
    std::panic::set_hook(Box::new(esbackup::internals::outlet::sink::panicked));
    esbackup::internals::outlet::secret::keep(KEY);
    esbackup::internals::outlet::secret::keep(TOKEN);
    let _again = (way == "twice").then_some(Again);
    panic!("a bug: {}", fatal());
}

#[test]
fn a_panic_with_secrets_in_its_message_tells_none_and_commands_no_runner() {
    let lab = Lab::new();
    lab.begin(Source::Session);
    let program = std::env::current_exe().unwrap();
    for (way, panics) in [("once", 1), ("twice", 2)] {
        let mut command = lab.stage.folder.command_of(&program.to_string_lossy());
        lab.give(&mut command, Source::Session);
        command
            .args([
                "--exact",
                "trust::secrets::what_a_bug_would_print",
                "--nocapture",
            ])
            .env("TEST_PANIC", way)
            .env("RUST_BACKTRACE", "full");
        let ran = ran(&mut command);
        assert_ne!(ran.code, 0, "{ran:#?}");
        let told = ran.stderr.matches("a bug in esbackup: ").count();
        assert!(told >= panics, "{ran:#?}");
        assert!(
            ran.stderr.contains("what_a_bug_would_print"),
            "no backtrace: {ran:#?}"
        );
        assert!(!ran.stderr.contains("\n::"), "{ran:#?}");
        assert_eq!(lab.found(&ran), Vec::<String>::new(), "{ran:#?}");
    }
}

/// Aborts a command that may leave a core file of any size, once it is at work, and says whether the system wrote one.
fn leaves_a_core_file(place: &Place, of: &Command, is_at_work: impl Fn(&Child) -> bool) -> bool {
    let script = "ulimit -c unlimited; exec \"$0\" \"$@\"";
    let mut command = place.folder.through_a_shell(script, of);
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while !is_at_work(&child) {
        assert_eq!(child.try_wait().unwrap(), None);
        assert!(began.elapsed() < Duration::from_secs(30), "it does nothing");
        std::thread::sleep(Duration::from_millis(10));
    }
    kill_process(Pid::from_child(&child), Signal::ABORT).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(Signal::ABORT.as_raw()));
    status.core_dumped()
}

/// What the system was told is held by the test beside `forbid`; this one shows what the system makes of it, where it keeps core files at all.
#[test]
fn a_process_with_credentials_leaves_no_core_file() {
    let (place, server) = (Place::new(), Server::start(Way::Silent));
    let mut other = place.folder.command_of("sh");
    other.args(["-c", "echo ready > ready; sleep 60 & wait"]);
    let ready = place.folder.path("ready");
    let kept = leaves_a_core_file(&place, &other, |_| ready.exists());
    println!("core files: of another process one is kept here: {kept}");
    let mut own = place.command(&administrator(ACCOUNT), ["plan"]);
    own.env("AWS_ENDPOINT_URL", server.url());
    assert!(!leaves_a_core_file(&place, &own, |_| server.connections() > 0));
}

/// Prints everything of a session that `Debug` shows, for the test below, which runs it in a process of its own.
#[test]
fn what_debug_shows_of_a_session() {
    use esbackup::internals::observe::{Access, connect};
    let Some(endpoint) = std::env::var_os("AWS_ENDPOINT_URL")
        .filter(|_| std::env::var_os("ESBACKUP_DOMAIN_PASSWORD").is_some())
    else {
        return;
    };
    let desired = crate::support::world::load(std::path::Path::new("esbackup.yaml")).remove(0);
    let access = Access {
        source: esbackup::internals::aws::Source::Environment,
        sandbox: None,
        trust: esbackup::internals::trust::Trust::everything(),
        limits: crate::support::world::limits(),
        clock: Default::default(),
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
        // What it prints is what `Debug` shows, on purpose.
        let ran = ended(&mut command);
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
