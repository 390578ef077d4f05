//! What is fuzzed: each target takes bytes and asserts what must hold of them. A target must never depend on anything but its input.
//!
//! The same functions are run by libFuzzer (`tests/fuzz/run`) and over the kept corpus by `cargo test`.

mod answers;
mod documents;
mod domain;
mod expressions;
mod names;
mod spec;
mod state;
mod wire;

/// One thing that is fuzzed.
pub struct Target {
    /// Its name, and that of the folder of its corpus.
    pub name: &'static str,
    /// Runs one input; it panics when something does not hold.
    pub run: fn(&[u8]),
}

/// Every target, in the order in which they are run.
pub const ALL: [Target; 18] = [
    Target {
        name: "spec",
        run: spec::spec,
    },
    Target {
        name: "plan",
        run: spec::planned,
    },
    Target {
        name: "policy",
        run: documents::one,
    },
    Target {
        name: "policies",
        run: documents::two,
    },
    Target {
        name: "snapshots",
        run: answers::snapshots,
    },
    Target {
        name: "status",
        run: answers::status,
    },
    Target {
        name: "tables",
        run: answers::tables,
    },
    Target {
        name: "refusals",
        run: answers::refusals,
    },
    Target {
        name: "words",
        run: names::words,
    },
    Target {
        name: "durations",
        run: names::durations,
    },
    Target {
        name: "names",
        run: names::names,
    },
    Target {
        name: "urls",
        run: names::urls,
    },
    Target {
        name: "expressions",
        run: expressions::expressions,
    },
    Target {
        name: "renames",
        run: expressions::renames,
    },
    Target {
        name: "templates",
        run: expressions::templates,
    },
    Target {
        name: "state",
        run: state::state,
    },
    Target {
        name: "wire",
        run: wire::answers,
    },
    Target {
        name: "observed",
        run: domain::observed,
    },
];

/// A text, as far as the bytes are one.
fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// The bytes as two parts around the first zero byte.
fn halves(data: &[u8]) -> (&[u8], &[u8]) {
    let at = data.iter().position(|byte| *byte == 0);
    at.map_or((data, &[][..]), |at| (&data[..at], &data[at + 1..]))
}

/// Holds for everything that is shown: a terminal is sent no control character but line ends, tabs and colours, and nothing that turns text around.
fn assert_inert(shown: &str) {
    let plain = uncoloured(shown);
    let bad = plain.chars().find(|c| {
        let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{feff}');
        turns || (c.is_control() && !matches!(c, '\n' | '\t'))
    });
    assert_eq!(bad, None, "{shown:?}");
}

/// Takes out the colours that the product writes itself: `ESC [ digits and ; m`.
fn uncoloured(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        let end = after.find(|c: char| !c.is_ascii_digit() && c != ';');
        match end.filter(|end| after[*end..].starts_with('m')) {
            Some(end) => rest = &after[end + 1..],
            None => {
                plain.push('\u{1b}');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}
