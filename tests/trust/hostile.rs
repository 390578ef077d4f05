//! Hostile text from services and specs, in every format of the output: it stays inert.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::{Value, json};

use super::sample;
use crate::support::binary::{Ran, ran};
use crate::support::relay::Relay;
use crate::support::stage::{Does, FORMATS, LINES, Line, Stage};
use crate::support::terminal::AtTerminal;

/// The longest line that people get: two texts of the most that one shows, and the words around them.
const LONGEST_LINE: usize = 2 * esbackup::internals::outlet::safe::LONGEST + 2_000;
/// The most that people get of a run in which every text is a megabyte.
const MOST: usize = 2_000_000;

/// A word in each of them, by which it is seen that it came out at all.
const MARK: &str = "owned7";

/// Texts that somebody would like to have obeyed, by name.
fn texts() -> Vec<(&'static str, String)> {
    let marked = |(name, text): (&'static str, String)| match text.contains(MARK) {
        true => (name, text),
        false => (name, format!("{text} {MARK}")),
    };
    plain_texts().into_iter().map(marked).collect()
}

fn plain_texts() -> Vec<(&'static str, String)> {
    let long = |start: &str| format!("{start}{MARK}{}", "A".repeat(1_000_000));
    vec![
        ("control characters", "a\u{1b}]0;owned\u{7}b\u{1b}[2J\u{8}\u{7f}\u{0}c\u{9b}31md\u{1b}[31mred\rover".into()),
        ("bidi", "a\u{202e}b\u{2066}c\u{2069}\u{200f}\u{200e}\u{61c}d\u{200b}\u{feff}\u{2060}\u{e0041}e\u{ad}".into()),
        ("line ends", "a\n::error::b\r\n::warning::c\u{2028}::notice::d\u{85}e".into()),
        ("HTML", "<script>alert(1)</script><!-- --><img src=x onerror='x'>&amp;\"'".into()),
        ("Markdown", "[x](https://evil.example) ![i](https://e/i.png) | a | `b` @someone #1\n\n# h\n```".into()),
        ("GitHub", "::error file=a,line=1::boom".into()),
        ("GitHub after blanks", " \t ::set-output name=x::y".into()),
        ("GitHub, many lines", "x\n::stop-commands::t\n  ::add-mask::1\n::set-env name=A::b".into()),
        ("GitHub of old", "x ##[error]y ##[set-env name=A]b ###[endgroup]".into()),
        ("Azure", "a ##vso[task.setvariable variable=a]b".into()),
        ("TeamCity", "##teamcity[buildStatus status='FAILURE']".into()),
        ("behind a colour", "\u{1b}[0m::error::x \u{1b}[1m##[error]".into()),
        ("a megabyte", long("")),
        ("a megabyte of commands", long("::error::").replace("AAAA", "\n::e")),
        ("shell", "$(touch x) `id`; rm -rf / #\\' \"".into()),
    ]
}

/// Where a text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carrier {
    Refusal(&'static str),
    Code(&'static str),
    Page,
    Redirect,
    /// Names in the answers of the domain, one after the other.
    Names(&'static str),
    Tags,
    Role,
    BucketPolicy,
    TrustPolicy,
    ManagedPolicy,
    Settings,
    Spec(&'static str),
    Argument,
}

const CARRIERS: [Carrier; 26] = [
    Carrier::Refusal("sts:*"),
    Carrier::Refusal("s3:*"),
    Carrier::Refusal("iam:*"),
    Carrier::Refusal("es:GET *"),
    Carrier::Refusal("es:P*"),
    Carrier::Refusal("es:D*"),
    Carrier::Code("iam:*"),
    Carrier::Code("es:*"),
    Carrier::Page,
    Carrier::Redirect,
    Carrier::Names("first"),
    Carrier::Names("second"),
    Carrier::Names("sample-logs"),
    Carrier::Names("sandbox-node"),
    Carrier::Names("SUCCESS"),
    Carrier::Tags,
    Carrier::Role,
    Carrier::BucketPolicy,
    Carrier::TrustPolicy,
    Carrier::ManagedPolicy,
    Carrier::Settings,
    Carrier::Spec("logs-snapshots"),
    Carrier::Spec("search"),
    Carrier::Spec("by-hand"),
    Carrier::Spec("tags"),
    Carrier::Argument,
];

/// A document of one statement, as a state holds it.
fn document(statement: Value) -> Value {
    json!(json!({"Version": "2012-10-17", "Statement": [statement]}).to_string())
}

/// The text as it stands between the quotes of JSON.
fn in_json(text: &str) -> String {
    let json = Value::from(text).to_string();
    json[1..json.len() - 1].to_owned()
}

impl Carrier {
    /// Puts the text where it comes from, and says with which command it is met.
    fn carry(self, lab: &Lab, line: Line, text: &str) -> Command {
        let lab_spec = &lab.spec;
        lab.stage.folder.write("esbackup.yaml", lab_spec);
        let mut words: Vec<String> = line.words.iter().map(|word| (*word).to_owned()).collect();
        let spared = text.replace(['\0', '\r', '\n'], "");
        let header: String = text
            .chars()
            .filter(char::is_ascii_graphic)
            .take(4_000)
            .collect();
        let refused = |code: &str, message: &str| json!({"status": {"code": 400, "error_code": code, "message": message}});
        lab.stage.begin(|state| match self {
            Self::Tags => {
                state["buckets"]["logs-snapshots"]["tags"] = json!({"managed-by": "esbackup", "esbackup-environment": "logs", "team": text, text: "x"});
            }
            Self::Role => {
                let role = &mut state["accounts"]["123456789012"]["roles"]["logs-snapshots"];
                role["description"] = json!(text);
                role["inline"] = json!({text: r#"{"Version":"2012-10-17","Statement":[]}"#});
            }
            Self::BucketPolicy => {
                let statement = json!({"Sid": text, "Effect": "Deny", "Principal": "*", "Action": text, "Resource": text});
                state["buckets"]["logs-snapshots"]["policy"] = document(statement);
            }
            Self::TrustPolicy => {
                let statement = json!({"Sid": text, "Effect": "Allow", "Principal": {"AWS": text, "Service": text}, "Action": text,
                    "Condition": {"StringLike": {text: text}}});
                state["accounts"]["123456789012"]["roles"]["logs-snapshots"]["trust"] = document(statement);
            }
            Self::ManagedPolicy => {
                let statement = json!({"Sid": text, "Effect": "Allow", "Action": text, "Resource": text, "Condition": {text: {text: text}}});
                let versions = &mut state["accounts"]["123456789012"]["policies"]["logs-snapshots"]["versions"];
                versions[0]["document"] = document(statement);
            }
            Self::Settings => {
                let settings = &mut state["domains"][0]["repositories"]["snapshots"]["settings"];
                settings["base_path"] = json!(text);
                settings["endpoint"] = json!(text);
            }
            _ => {}
        });
        let stage = &lab.stage;
        match self {
            Self::Refusal(operation) => stage.fault(operation, &refused("Refused", text)),
            Self::Code(operation) => stage.fault(operation, &refused(text, "no")),
            Self::Page => stage.fault("es:GET *", &json!({"status": {"code": 200, "body": text, "headers": [["content-type", "text/html"]]}})),
            Self::Redirect => stage.fault("es:GET *", &json!({"redirect": {"location": format!("https://x/{header}")}})),
            Self::Spec(part) => stage.folder.write("esbackup.yaml", &lab_spec.replace(part, &spared)),
            Self::Argument if spared.len() < 100_000 => {
                // In place of its last name, or as an environment's.
                match words.iter().rposition(|word| ["first", "third", "sample-logs", "backup", "second"].contains(&word.as_str())) {
                    Some(at) => words[at] = spared,
                    None => words.extend(["--env".to_owned(), spared]),
                }
            }
            _ => {}
        }
        let place = match line.does {
            Does::Nothing => None,
            _ => Some("--sandbox"),
        };
        let address = match self {
            Self::Names(name) => {
                *lab.names.lock().unwrap() = Some((name, in_json(text)));
                lab.relay.address
            }
            _ => stage.sandbox.address,
        };
        stage
            .folder
            .write(".esbackup/sandbox/address", &address.to_string());
        stage
            .folder
            .command(words.iter().map(String::as_str).chain(place))
    }
}

/// What is put in place of what in the answers of the domain.
type Replaced = std::sync::Arc<std::sync::Mutex<Option<(&'static str, String)>>>;

struct Lab {
    stage: Stage,
    spec: String,
    relay: Relay,
    names: Replaced,
}

impl Lab {
    fn new() -> Self {
        let stage = Stage::new();
        let spec = std::fs::read_to_string(stage.folder.path("esbackup.yaml")).unwrap();
        let names = Replaced::default();
        let put = Replaced::clone(&names);
        let rewrite = move |head: &str, body: String| match &*put.lock().unwrap() {
            Some((name, text)) if head.contains("json") => body.replace(name, text),
            _ => body,
        };
        let relay = Relay::start("127.0.0.1:0", stage.sandbox.address, Box::new(rewrite));
        Self {
            stage,
            spec,
            relay,
            names,
        }
    }
}

/// What is wrong with an output: what of it a terminal or a runner would obey, and lines without end.
fn wrong_with(text: &str, longest: usize) -> Vec<String> {
    let hidden = |c: char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
    let mut wrong: Vec<String> = crate::golden::obeyed(text)
        .into_iter()
        .map(|c| format!("{c:?}"))
        .collect();
    wrong.extend(text.chars().find(|c| hidden(*c)).map(|c| format!("{c:?}")));
    for line in text.lines() {
        let start = line.trim_start();
        // The renderer's own mark of a second place; no runner has a command with a blank for a name.
        if start.starts_with("::") && !start.starts_with("::: ") {
            wrong.push(format!(
                "a command: {}",
                line.chars().take(80).collect::<String>()
            ));
        }
        let bracket = |rest: &str| {
            rest.trim_start_matches(|c: char| c.is_ascii_alphabetic())
                .starts_with('[')
        };
        if line
            .match_indices("##")
            .any(|(at, _)| bracket(&line[at + 2..]))
        {
            wrong.push(format!(
                "a command: {}",
                line.chars().take(80).collect::<String>()
            ));
        }
        if line.chars().count() > longest {
            wrong.push(format!("a line of {} characters", line.chars().count()));
        }
    }
    wrong
}

/// Every string in a document, keys too.
fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(fields) => fields.iter().for_each(|(name, field)| {
            found.push(name.clone());
            strings(field, found);
        }),
        _ => {}
    }
}

/// Parses one document, or one in each line.
fn parsed(text: &str) -> Result<Vec<Value>, serde_json::Error> {
    match serde_json::from_str(text) {
        Ok(document) => Ok(vec![document]),
        Err(_) => text.lines().map(serde_json::from_str).collect(),
    }
}

fn judge(ran: &Ran, format: &str) -> (Vec<String>, Vec<String>) {
    let mut wrong = wrong_with(&ran.stderr, LONGEST_LINE);
    let mut found = Vec::new();
    let longest = if format == "json" {
        usize::MAX
    } else {
        LONGEST_LINE
    };
    wrong.extend(wrong_with(&ran.stdout, longest));
    if format == "json" {
        match parsed(&ran.stdout) {
            Ok(documents) => documents.iter().for_each(|one| strings(one, &mut found)),
            Err(error) => wrong.push(format!("no JSON: {error}")),
        }
    } else if ran.stdout.len() + ran.stderr.len() > MOST {
        wrong.push(format!("{} bytes", ran.stdout.len() + ran.stderr.len()));
    }
    if ran.stderr.contains("a bug in esbackup") || !(0..=77).contains(&ran.code) {
        wrong.push(format!("exit code {}", ran.code));
    }
    (wrong, found)
}

#[test]
fn whatever_services_specs_and_arguments_say_stays_inert_in_every_format() {
    let lab = Lab::new();
    let texts = texts();
    let mut cells = Vec::new();
    for carrier in CARRIERS {
        for (name, text) in &texts {
            for line in LINES {
                for format in FORMATS.iter().map(String::as_str) {
                    // What `-v` adds is for people.
                    let verbosities = if format == "json" {
                        &[""][..]
                    } else {
                        &["", "-v", "-vv"]
                    };
                    for verbosity in verbosities {
                        cells.push((carrier, name, text, line, format, *verbosity));
                    }
                }
            }
        }
    }
    let whole = cells.len();
    let cells = sample::of(cells, 401);
    let began = std::time::Instant::now();
    let (mut wrong, mut shown, mut whole_strings) = (Vec::new(), 0, 0);
    let mut codes: BTreeMap<i32, usize> = BTreeMap::new();
    for (carrier, name, text, line, format, verbosity) in &cells {
        let mut command = carrier.carry(&lab, *line, text);
        command.args(["--format", format]);
        if !verbosity.is_empty() && line.does != Does::Nothing {
            command.arg(verbosity);
        }
        let ran = ran(&mut command);
        *codes.entry(ran.code).or_default() += 1;
        let (found, strings) = judge(&ran, format);
        shown += usize::from(ran.stdout.contains(MARK) || ran.stderr.contains(MARK));
        whole_strings += usize::from(strings.iter().any(|one| one.contains(text.trim())));
        for one in found {
            let cut = |text: &str| text.chars().take(1_500).collect::<String>();
            wrong.push(format!(
                "{carrier:?} {name} {:?} {format}{verbosity}: {one}\n{}\n{}",
                line.words,
                cut(&ran.stdout),
                cut(&ran.stderr)
            ));
        }
    }
    println!(
        "hostile text: {} of {whole} cells, {} texts, {} carriers, exit codes {codes:?}; shown in {shown}, whole in the JSON of {whole_strings}, {} exceptions, {:?}",
        cells.len(),
        texts.len(),
        CARRIERS.len(),
        wrong.len(),
        began.elapsed()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(
        shown > cells.len() / 10 && whole_strings > 0,
        "hardly anything was tried"
    );
}

#[test]
fn json_gives_every_text_back_as_it_was() {
    let lab = Lab::new();
    for (name, text) in texts() {
        for (carrier, line) in [
            (Carrier::Names("sample-logs"), LINES[13]),
            (Carrier::Refusal("es:GET *"), LINES[6]),
        ] {
            let mut command = carrier.carry(&lab, line, &text);
            let ran = ran(command.args(["--format", "json"]));
            let (wrong, found) = judge(&ran, "json");
            assert_eq!(wrong, Vec::<String>::new(), "{name}");
            let whole = |one: &String| one.trim() == text.trim() || one.ends_with(text.trim());
            assert!(
                found.iter().any(whole),
                "{name} {carrier:?}: {:.2000}",
                ran.stdout
            );
        }
    }
}

#[test]
fn a_megabyte_is_shortened_and_what_is_left_out_is_told() {
    let lab = Lab::new();
    let text = format!("begin {} end", "A".repeat(1_000_000));
    let mut command = Carrier::Refusal("es:GET *").carry(&lab, LINES[6], &text);
    let ran = ran(&mut command);
    assert_eq!(ran.code, 1, "{:.500}", ran.stderr);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    let line = said
        .lines()
        .find(|line| line.contains("begin AAA"))
        .unwrap();
    assert!(
        line.ends_with("more characters are left out)"),
        "{}",
        &line[line.len() - 100..]
    );
    assert!(line.chars().count() < 11_000, "{}", line.len());
    let lines = "a line\n".repeat(100_000);
    let mut command = Carrier::Refusal("es:GET *").carry(&lab, LINES[6], &lines);
    let ran = crate::support::binary::ran(&mut command);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(said.lines().count() < 300, "{}", said.lines().count());
    assert!(said.contains("more lines are left out"), "{said:.2000}");
}

#[test]
fn a_terminal_is_sent_our_own_colours_and_moves_and_nothing_of_theirs() {
    let lab = Lab::new();
    let (_, control) = texts().swap_remove(0);
    for (carrier, line) in [
        (Carrier::Names("sample-logs"), LINES[13]),
        (Carrier::Refusal("iam:*"), LINES[1]),
        (Carrier::BucketPolicy, LINES[1]),
        (Carrier::TrustPolicy, LINES[1]),
        (Carrier::ManagedPolicy, LINES[1]),
        (Carrier::Names("first"), LINES[5]),
    ] {
        let command = carrier.carry(&lab, line, &control);
        let ran = AtTerminal::spawn(command).end();
        // Colours, and how the live line is drawn and taken away.
        let mut rest = ran.stdout.replace("\r\n", "\n").replace('\r', "");
        let mut kept = String::new();
        while let Some((before, after)) = rest.split_once("\u{1b}[") {
            let end = after
                .find(|c: char| !c.is_ascii_digit() && c != ';')
                .unwrap_or(0);
            assert!(
                matches!(after.as_bytes().get(end), Some(b'm' | b'K' | b'A')),
                "{:?}",
                after.get(..20)
            );
            kept.push_str(before);
            rest = after[end + 1..].to_owned();
        }
        kept.push_str(&rest);
        assert_eq!(
            wrong_with(&kept, LONGEST_LINE),
            Vec::<String>::new(),
            "{carrier:?} {kept:?}"
        );
        assert!(!ran.stdout.contains("\u{1b}[2J") && !ran.stdout.contains("\u{1b}[31mred"));
    }
}
