//! Two documents -> what changed, by statement; it must never be empty when the documents are not equivalent.

use similar::algorithms::{Capture, Compact, Replace, myers};
use similar::{DiffTag, group_diff_ops};

use super::canonical::{self, Spelling};
use super::statement::Statement;
use super::{Document, VERSION_2012, write};

/// What happened to a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is another.
    Changed,
}

/// One statement that differs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StatementDiff {
    /// The Sid, or a short description.
    pub label: String,
    /// What happened to it.
    pub change: Change,
    /// A unified diff of the canonical statement as indented JSON.
    pub text: String,
}

/// Compares documents by statement; empty when they are equivalent.
pub fn diff(have: Option<&Document>, want: &Document) -> Vec<StatementDiff> {
    let mut spelling = Spelling::default();
    spelling.learn(want);
    if let Some(have) = have {
        spelling.learn(have);
    }
    let want_canonical = canonical::document(want, &spelling);
    let have_canonical = have.map(|have| canonical::document(have, &spelling));
    let before = have_canonical
        .as_ref()
        .map(|document| document.statements.clone())
        .unwrap_or_default();
    let mut diffs = compare(before, want_canonical.statements.clone());
    let versions = have_canonical.map(|have| (version_line(&have), version_line(&want_canonical)));
    if let Some((have, want)) = versions
        && have != want
    {
        diffs.insert(
            0,
            StatementDiff {
                label: "Version".to_owned(),
                change: Change::Changed,
                text: unified(&have, &want),
            },
        );
    }
    diffs
}

fn version_line(document: &Document) -> String {
    format!(
        "\"Version\": \"{}\"\n",
        document.version.as_deref().unwrap_or(VERSION_2012)
    )
}

fn compare(mut have: Vec<Statement>, want: Vec<Statement>) -> Vec<StatementDiff> {
    let mut diffs = Vec::new();
    let mut unmatched: Vec<Option<Statement>> = Vec::new();
    for statement in want {
        unmatched.push(
            take(&mut have, |other| *other == statement)
                .is_none()
                .then_some(statement),
        );
    }
    for pass in [same_sid, alike] {
        for slot in &mut unmatched {
            let Some(statement) = slot.as_ref() else {
                continue;
            };
            if let Some(before) = take(&mut have, |other| pass(other, statement)) {
                diffs.push(changed(&before, statement));
                *slot = None;
            }
        }
    }
    diffs.extend(
        have.iter()
            .map(|statement| one_sided(statement, Change::Removed)),
    );
    diffs.extend(
        unmatched
            .iter()
            .flatten()
            .map(|statement| one_sided(statement, Change::Added)),
    );
    diffs
}

fn take(
    statements: &mut Vec<Statement>,
    matches: impl Fn(&Statement) -> bool,
) -> Option<Statement> {
    let at = statements.iter().position(matches)?;
    Some(statements.remove(at))
}

fn same_sid(a: &Statement, b: &Statement) -> bool {
    a.sid.is_some() && a.sid == b.sid
}

/// Statements without the same Sid are shown as one that changed only when most of them is equal.
fn alike(a: &Statement, b: &Statement) -> bool {
    let equal = [
        a.principal == b.principal,
        a.action == b.action,
        a.resource == b.resource,
        a.condition == b.condition,
    ];
    let both_named = a.sid.is_some() && b.sid.is_some();
    !both_named && a.effect == b.effect && equal.iter().filter(|equal| **equal).count() >= 3
}

fn changed(have: &Statement, want: &Statement) -> StatementDiff {
    StatementDiff {
        label: want.label(),
        change: Change::Changed,
        text: unified(&lines(have), &lines(want)),
    }
}

fn one_sided(statement: &Statement, change: Change) -> StatementDiff {
    let text = lines(statement);
    let text = if change == Change::Added {
        unified("", &text)
    } else {
        unified(&text, "")
    };
    StatementDiff {
        label: statement.label(),
        change,
        text,
    }
}

fn lines(statement: &Statement) -> String {
    write::pretty(statement) + "\n"
}

/// A unified diff with three lines around each change. One algorithm is named: the crate's text interface would bring all of them.
fn unified(have: &str, want: &str) -> String {
    let old: Vec<&str> = have.split_inclusive('\n').collect();
    let new: Vec<&str> = want.split_inclusive('\n').collect();
    let mut hook = Compact::new(Replace::new(Capture::new()), old.as_slice(), new.as_slice());
    let Ok(()) = myers::diff(
        &mut hook,
        old.as_slice(),
        0..old.len(),
        new.as_slice(),
        0..new.len(),
    );
    let mut text = String::new();
    for hunk in group_diff_ops(hook.into_inner().into_inner().into_ops(), 3) {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else {
            continue;
        };
        let before = place(first.old_range().start, last.old_range().end);
        let after = place(first.new_range().start, last.new_range().end);
        text.push_str(&format!("@@ -{before} +{after} @@\n"));
        for op in &hunk {
            let gone = old.get(op.old_range()).unwrap_or_default();
            let come = new.get(op.new_range()).unwrap_or_default();
            match op.tag() {
                DiffTag::Equal => push(&mut text, ' ', gone),
                _ => {
                    push(&mut text, '-', gone);
                    push(&mut text, '+', come);
                }
            }
        }
    }
    text
}

/// Where a hunk stands: its first line, from 1, and how many lines it has.
fn place(start: usize, end: usize) -> String {
    let length = end - start;
    match length {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        _ => format!("{},{length}", start + 1),
    }
}

fn push(text: &mut String, sign: char, lines: &[&str]) {
    for line in lines {
        text.push(sign);
        text.push_str(line.trim_end_matches('\n'));
        text.push('\n');
    }
}
