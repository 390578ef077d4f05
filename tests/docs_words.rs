//! Words of the documentation. Nothing here needs a network.

use super::docs::{documents, read, root};

/// Words that hide who acts or what a sentence is about, each with its replacement.
const REFUSED: [(&str, &str); 7] = [
    (
        "nobody",
        "name the actor, or use the passive of the fact: `no command`, `no principal`",
    ),
    (
        "somebody",
        "name the actor: the user, another tool, another account",
    ),
    ("anybody", "name the actor"),
    ("whoever", "name the actor: `a caller who`"),
    ("stranger", "write `untrusted` or `unknown author`"),
    ("strangers", "write `untrusted` or `unknown authors`"),
    ("it is said", "name what prints it"),
];

/// The lines of a page without fenced blocks and text in backticks, each with its number.
fn prose(page: &str) -> Vec<(usize, String)> {
    let mut fenced = false;
    let mut lines = Vec::new();
    for (number, line) in page.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let outside: Vec<&str> = line.split('`').step_by(2).collect();
            lines.push((number + 1, outside.join(" ").to_lowercase()));
        }
    }
    lines
}

/// Refused words of a page, each with its line and its replacement.
fn refused(name: &str, page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in prose(page) {
        let letters: String = line
            .chars()
            .map(|c| if c.is_alphanumeric() { c } else { ' ' })
            .collect();
        let words: Vec<&str> = letters.split_whitespace().collect();
        let line = format!(" {} ", words.join(" "));
        for (word, instead) in REFUSED {
            if line.contains(&format!(" {word} ")) {
                found.push(format!("{name}:{number}: `{word}`: {instead}"));
            }
        }
    }
    found
}

#[test]
fn documentation_uses_no_refused_word() {
    let found: Vec<String> = documents()
        .iter()
        .flat_map(|path| {
            let name = path.strip_prefix(root()).expect("a path below the root");
            refused(&name.display().to_string(), &read(path))
        })
        .collect();
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn refused_words_are_found_in_prose_only() {
    let page = "Nobody asks.\n```text\nnobody asks\n```\nThe message `nobody can be asked` is quoted.\nSomebody's guess, a stranger.\n";
    let found: Vec<String> = refused("page", page)
        .iter()
        .map(|line| line.split(": ").take(2).collect::<Vec<_>>().join(": "))
        .collect();
    assert_eq!(
        found,
        [
            "page:1: `nobody`",
            "page:6: `somebody`",
            "page:6: `stranger`"
        ]
    );
}
