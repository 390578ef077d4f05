//! Index expressions, renames and templates: what is shown, what is sent and what is recognised again are the same.

use std::collections::BTreeSet;

use esbackup::internals::data::select::{Expression, Present, Rename, SystemIndices, is_system};
use esbackup::internals::moment::Moment;
use esbackup::internals::names::wildcard::matches;
use esbackup::internals::names::{EnvironmentName, IndexName};
use esbackup::internals::workflow::name::Template;

use super::text;

/// Lines: the first is the expression, each other one an index that is there.
pub fn expressions(data: &[u8]) {
    let Some(text) = text(data) else {
        return;
    };
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let held: BTreeSet<&str> = lines
        .filter(|name| IndexName::parse(name).is_ok())
        .collect();
    for name in &held {
        for pattern in first.split(',') {
            assert_eq!(
                matches(pattern, name),
                slowly(pattern.as_bytes(), name.as_bytes()),
                "{pattern} {name}"
            );
        }
    }
    let Ok(expression) = Expression::parse(&[first]) else {
        return;
    };
    let sent = expression.sent();
    assert!(!sent[0].starts_with('-'), "{sent:?}");
    assert_eq!(
        Expression::parse(&sent).as_ref(),
        Ok(&expression),
        "what is sent means something else"
    );
    assert_eq!(
        Expression::parse(&[expression.to_string()]).as_ref(),
        Ok(&expression)
    );
    let none = BTreeSet::new();
    let domain: Vec<Present<'_>> = held
        .iter()
        .map(|name| Present {
            name,
            open: true,
            aliases: &none,
            stream: None,
        })
        .collect();
    let taken = expression.taken(&domain);
    assert!(
        taken.names.iter().all(|name| held.contains(name.as_str())),
        "{taken:?}"
    );
    for system in [SystemIndices::LeftOut, SystemIndices::Named] {
        let restored = expression.restored(held.iter().copied(), system);
        let left: BTreeSet<&str> = restored
            .left_out
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        for name in &restored.names {
            assert!(held.contains(name.as_str()) && !left.contains(name.as_str()));
            assert!(
                !is_system(name) || sent.contains(name),
                "{name} came back by a pattern"
            );
        }
        let both = restored.names.len() + left.len();
        assert_eq!(
            both,
            taken.names.len(),
            "taken and restored differ: {taken:?} {restored:?}"
        );
    }
}

/// The same as [`matches`], written so that it is plainly right.
fn slowly(pattern: &[u8], name: &[u8]) -> bool {
    let mut reached = vec![false; name.len() + 1];
    reached[0] = true;
    for byte in pattern {
        let mut next = vec![false; name.len() + 1];
        for at in 0..=name.len() {
            next[at] = match byte {
                b'*' => reached[at] || (at > 0 && next[at - 1]),
                _ => at > 0 && reached[at - 1] && name[at - 1] == *byte,
            };
        }
        reached = next;
    }
    reached[name.len()]
}

/// Lines: from, to, then the indices that are renamed.
pub fn renames(data: &[u8]) {
    let Some(text) = text(data) else {
        return;
    };
    let mut lines = text.lines();
    let (from, to) = (
        lines.next().unwrap_or_default(),
        lines.next().unwrap_or_default(),
    );
    let names: Vec<IndexName> = lines
        .filter_map(|name| IndexName::parse(name).ok())
        .collect();
    for rule in [Rename::parse(from, to), Rename::prefix(from)]
        .into_iter()
        .flatten()
    {
        let (pattern, replacement) = rule.sent();
        assert!(
            pattern.starts_with('^') && pattern.ends_with('$'),
            "{pattern}"
        );
        assert!(!replacement.is_empty());
        if let Ok(targets) = rule.targets(&names) {
            let different: BTreeSet<&IndexName> = targets.iter().collect();
            assert_eq!(
                different.len(),
                names.iter().collect::<BTreeSet<_>>().len(),
                "two indices would be one"
            );
            for (name, target) in names.iter().zip(&targets) {
                assert_ne!(name, target);
                assert!(!is_system(target.as_str()), "{target}");
            }
        }
    }
}

/// Lines: a template, an environment, milliseconds.
pub fn templates(data: &[u8]) {
    let Some(text) = text(data) else {
        return;
    };
    let mut lines = text.lines();
    let Ok(template) = Template::parse(lines.next().unwrap_or_default()) else {
        return;
    };
    assert_eq!(Template::parse(template.as_str()).as_ref(), Ok(&template));
    let Ok(environment) = EnvironmentName::parse(lines.next().unwrap_or_default()) else {
        return;
    };
    let millis = lines
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1_795_486_400_000);
    let Some(at) = Moment::from_millis(millis) else {
        return;
    };
    let Ok(name) = template.name(&environment, at) else {
        return;
    };
    let claims = template.as_str().contains("{environment}");
    assert_eq!(
        template.is_own_name(&environment, name.as_str()),
        claims && at >= Moment::EARLIEST,
        "{name}"
    );
    let longer = EnvironmentName::parse(&format!("{environment}-x"));
    if let Ok(other) = longer
        && template.as_str() == esbackup::internals::workflow::name::DEFAULT
    {
        assert!(!template.is_own_name(&other, name.as_str()));
    }
}
