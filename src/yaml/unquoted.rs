//! What is wrong with a file that a spec names, without a word of the file: it may be another file than its author may read.

use crate::policy_document;

/// What stands in place of the words of the file.
const HIDDEN: &str = "…";
/// The words of the policy language itself, and those of its problems.
const KNOWN: [&str; 25] = [
    "Version",
    "Id",
    "Statement",
    "Sid",
    "Effect",
    "Allow",
    "Deny",
    "Principal",
    "NotPrincipal",
    "AWS",
    "Service",
    "Federated",
    "CanonicalUser",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
    "document",
    "*",
    "service:Action",
    policy_document::EXAMPLE_ACTION,
    "arn:partition:service:region:account:resource",
    "es.amazonaws.com",
    "2012-10-17",
];
/// Shorter texts are found in any sentence; none of them is a secret.
const SHORTEST: usize = 4;

/// The texts of a file, none of which a message may repeat.
pub(crate) struct Unquoted {
    texts: Vec<String>,
}

impl Unquoted {
    /// Collects the texts of a file, once for all of its problems.
    pub(crate) fn of(text: &str) -> Self {
        let texts = strings(text);
        Self { texts }
    }

    /// Returns a problem of the file with its place and the rule that is broken.
    pub(crate) fn problem(&self, problem: &policy_document::Problem) -> String {
        let path = path(&problem.path);
        let mut message = problem.message.clone();
        for secret in &self.texts {
            if message.contains(secret.as_str()) {
                message = message.replace(secret, HIDDEN);
            }
        }
        format!("{path}: {}", without_quotes(&message))
    }
}

/// Keeps the elements of the language and the numbers of a path.
fn path(path: &str) -> String {
    let known = |part: &str| {
        let name = part.split('[').next().unwrap_or_default();
        let index = part.get(name.len()..).unwrap_or_default();
        let number = |c: char| c.is_ascii_digit() || c == '[' || c == ']';
        KNOWN.contains(&name) && index.chars().all(number)
    };
    let parts: Vec<&str> = path.split('.').take_while(|part| known(part)).collect();
    match parts.join(".") {
        all if all.len() == path.len() => all,
        some if some.is_empty() => HIDDEN.to_owned(),
        some => format!("{some}.{HIDDEN}"),
    }
}

/// Hides what stands between backticks, unless it is a word of the language.
fn without_quotes(message: &str) -> String {
    let shown = |(at, part): (usize, &str)| match at % 2 == 0 || KNOWN.contains(&part) {
        true => part.to_owned(),
        false => HIDDEN.to_owned(),
    };
    let parts: Vec<String> = message.split('`').enumerate().map(shown).collect();
    parts.join("`")
}

/// Returns the texts of a JSON file, keys included, the longest first; of a file that is no JSON, what stands between its quotes.
fn strings(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        let from = rest.get(start..).unwrap_or_default();
        let Some(length) = quoted_length(from) else {
            break;
        };
        let token = from.get(..length).unwrap_or_default();
        if let Ok(string) = serde_json::from_str::<String>(token) {
            found.push(string);
        }
        rest = from.get(length..).unwrap_or_default();
    }
    found.retain(|string| string.len() >= SHORTEST && !KNOWN.contains(&string.as_str()));
    found.sort_by_key(|string| std::cmp::Reverse(string.len()));
    found.dedup();
    found
}

/// Returns the length of the quoted text at the beginning, with its quotes.
fn quoted_length(text: &str) -> Option<usize> {
    let mut escaped = true;
    for (at, c) in text.char_indices() {
        match (escaped, c) {
            (true, _) => escaped = false,
            (false, '\\') => escaped = true,
            (false, '"') => return Some(at + 1),
            (false, _) => {}
        }
    }
    None
}
