//! The policy language against an evaluator that nobody here wrote; only `tests/full policies` runs it, since it needs Node.

mod generator;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use esbackup::internals::policy_document::evaluate::{
    Decision, Named, PrincipalId, Request, evaluate, named,
};
use esbackup::internals::policy_document::{Document, Principals, Statement, widens};
use serde_json::{Map, Value, json};

use self::generator::{Random, pair};

/// Pairs of documents that are generated.
const PAIRS: usize = 10_000;
/// Questions about each document of a pair.
const QUESTIONS: usize = 8;
const ACCOUNT: &str = "123456789012";

/// A verdict that the simulator gives against AWS's documentation.
struct Fault {
    name: &'static str,
    /// The page that says otherwise.
    page: &'static str,
    explains: fn(&Document, &Request, Verdict) -> bool,
}

/// What is known of the version that is pinned in `tests/simulator`.
const FAULTS: [Fault; 3] = [
    Fault {
        name: "resolves policy variables in version 2008-10-17, where they are text",
        page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html",
        explains: |document, _, _| {
            document.version() == "2008-10-17" && document.mentions_variables()
        },
    },
    Fault {
        name: "spares with NotPrincipal a user or session whose account is not named",
        page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html",
        explains: |document, _, ours| {
            let not = |one: &Statement| matches!(one.principal, Some(Principals::Not(_)));
            ours == Verdict::Denied && document.statements().iter().any(not)
        },
    },
    // The page says that such a statement "might" be invalid: here a Deny counts as applying and an Allow does not.
    Fault {
        name: "lets a Deny pass whose variable has no value",
        page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html",
        explains: |document, request, ours| {
            let lacks = |key: &str| !request.context.contains_key(key);
            ours == Verdict::Denied
                && document.mentions_variables()
                && (lacks("aws:username") || lacks("aws:PrincipalTag/team"))
        },
    },
];

#[test]
#[ignore = "needs Node and tests/simulator: tests/full policies"]
fn simulator_agrees_on_ten_thousand_generated_pairs() {
    let folder =
        std::env::var("ESBACKUP_SIMULATOR").expect("ESBACKUP_SIMULATOR, as tests/full sets it");
    let mut random = Random(0x5eed_0011);
    let pairs: Vec<(Document, Document, Vec<Request>)> =
        (0..PAIRS).map(|_| pair(&mut random)).collect();
    let questions = pairs.iter().flat_map(|(have, want, requests)| {
        [have, want]
            .into_iter()
            .flat_map(move |document| requests.iter().map(move |request| (document, request)))
    });
    let questions: Vec<(&Document, &Request)> = questions.collect();
    let theirs = ask(&folder, &questions);
    assert_eq!(theirs.len(), questions.len());
    let mut faults: BTreeMap<&str, usize> = BTreeMap::new();
    let mut open = Vec::new();
    let (mut allowed, mut denied) = (0_usize, 0_usize);
    for ((document, request), theirs) in questions.iter().zip(&theirs) {
        let ours = verdict(document, request);
        allowed += usize::from(ours >= Verdict::Account);
        denied += usize::from(ours == Verdict::Denied);
        if Some(ours) == *theirs {
            continue;
        }
        match FAULTS
            .iter()
            .find(|fault| (fault.explains)(document, request, ours))
        {
            Some(fault) => *faults.entry(fault.name).or_default() += 1,
            None => open.push(format!(
                "ours {ours:?}, theirs {theirs:?}: {request:?}\n{}",
                document.to_json()
            )),
        }
    }
    // Of what is called not wider, the simulator too allows nothing new.
    let mut narrower = 0_usize;
    for ((have, want, requests), theirs) in pairs.iter().zip(theirs.chunks(2 * QUESTIONS)) {
        if !widens(have, want).is_empty() {
            continue;
        }
        narrower += 1;
        let (before, after) = theirs.split_at(QUESTIONS);
        for ((before, after), request) in before.iter().zip(after).zip(requests) {
            let less = after.map(Verdict::grants) <= before.map(Verdict::grants);
            // No fault excuses this.
            if !less {
                open.push(format!(
                    "called not wider: {request:?}\n{}\n{}",
                    have.to_json(),
                    want.to_json()
                ));
            }
        }
    }
    println!(
        "{PAIRS} pairs, {} questions: {allowed} allowed, {denied} denied by us; {narrower} pairs not wider; known faults: {faults:?}",
        questions.len()
    );
    for fault in &FAULTS {
        println!("  {}: {}", fault.name, fault.page);
    }
    let file = std::path::Path::new(&folder).join("disagreements.txt");
    std::fs::write(file, open.join("\n")).expect("a file");
    let shown: Vec<&String> = open.iter().take(5).collect();
    assert!(
        open.is_empty(),
        "{} disagreements, such as {shown:#?}",
        open.len()
    );
    // A generator that only makes what nobody allows would prove nothing.
    assert!(
        allowed > questions.len() / 20 && denied > questions.len() / 50 && narrower > PAIRS / 20
    );
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Denied,
    Silent,
    Account,
    Allowed,
}

impl Verdict {
    fn grants(self) -> Verdict {
        self.max(Verdict::Silent)
    }
}

fn verdict(document: &Document, request: &Request) -> Verdict {
    match (evaluate(&[document], request), named(&[document], request)) {
        (Decision::ExplicitDeny { .. }, _) => Verdict::Denied,
        (Decision::ImplicitDeny, _) => Verdict::Silent,
        (Decision::Allowed { .. }, Some(Named::Account)) => Verdict::Account,
        (Decision::Allowed { .. }, _) => Verdict::Allowed,
    }
}

/// Asks the simulator; an answer that is no verdict ends the test.
fn ask(folder: &str, questions: &[(&Document, &Request)]) -> Vec<Option<Verdict>> {
    let mut child = Command::new("node")
        .arg("simulate.mjs")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node");
    let mut input = child.stdin.take().expect("stdin");
    let lines: Vec<String> = questions
        .iter()
        .map(|(document, request)| line(document, request))
        .collect();
    let writer = std::thread::spawn(move || {
        for line in lines {
            writeln!(input, "{line}").expect("the simulator reads");
        }
    });
    let output = BufReader::new(child.stdout.take().expect("stdout"));
    let answers = output
        .lines()
        .map(|line| match line.expect("a line").as_str() {
            "Allowed" => Some(Verdict::Allowed),
            "AllowedForAccount" => Some(Verdict::Account),
            "ExplicitlyDenied" | "DeniedForAccount" => Some(Verdict::Denied),
            "ImplicitlyDenied" | "NotApplicable" => Some(Verdict::Silent),
            other => panic!("{other}"),
        });
    let answers = answers.collect();
    writer.join().expect("written");
    assert!(child.wait().expect("an end").success());
    answers
}

fn line(document: &Document, request: &Request) -> String {
    let principal = match &request.principal {
        PrincipalId::Aws(arn) => Some(arn.as_str()),
        _ => None,
    };
    let context = request.context.iter().map(|(key, values)| {
        let value = match key.as_str() {
            "aws:TagKeys" => json!(values),
            _ => json!(values[0]),
        };
        (key.clone(), value)
    });
    let context: Map<String, Value> = context.collect();
    json!({
        "policy": document.to_value(),
        "principal": principal,
        "action": request.action,
        "resource": request.resource,
        "account": ACCOUNT,
        "context": context,
    })
    .to_string()
}
