//! Policy documents: reading, canonical form, comparison and reduction obey the laws that the planner relies on.

use esbackup::internals::policy_document::{
    Document, Kind, diff, equivalent, is_public, shared, widens,
};

use super::{halves, text};

const KINDS: [Kind; 3] = [Kind::Managed, Kind::Trust, Kind::BucketPolicy];

/// More statements than this in a document compare for longer than an input may take.
const STATEMENTS: usize = 24;

fn kind(data: &[u8]) -> Option<(Kind, &[u8])> {
    let (first, rest) = data.split_first()?;
    Some((KINDS[usize::from(*first) % KINDS.len()], rest))
}

/// A byte for the kind, then a document.
pub fn one(data: &[u8]) {
    let Some((kind, rest)) = kind(data) else {
        return;
    };
    let Some(text) = text(rest) else {
        return;
    };
    let live = Document::parse_live(text, kind);
    let strict = Document::parse(text, kind);
    if let Ok(document) = &strict {
        assert_eq!(
            live.as_ref().ok(),
            Some(document),
            "what is accepted is understood when it comes back"
        );
        let sent = document.to_json();
        let again = Document::parse(&sent, kind).expect("what is sent is not accepted");
        assert_eq!(&again, document);
        assert_eq!(again.to_json(), sent);
        assert!(document.size() <= sent.len());
    } else if let Err(problems) = &strict {
        assert!(!problems.is_empty());
    }
    if let Ok(document) = &live {
        laws(document, kind);
    }
}

fn laws(document: &Document, kind: Kind) {
    let canonical = document.canonical();
    let again =
        Document::parse_live(&canonical.to_string(), kind).expect("a canonical document is none");
    assert_eq!(again.canonical(), canonical, "canonical twice is another");
    assert!(equivalent(document, &again));
    assert!(diff(Some(document), &again).is_empty());
    if document.statements().len() > STATEMENTS {
        return;
    }
    assert_eq!(
        widens(document, &again),
        [],
        "a document is wider than itself"
    );
    assert_eq!(
        widens(&again, document),
        [],
        "a document is wider than itself"
    );
    let both = shared(document, document);
    assert_eq!(
        widens(document, &both),
        [],
        "what two documents share is wider than one"
    );
    let public = is_public(document);
    assert_eq!(is_public(&again).len(), public.len());
}

/// A byte for the kind, then two documents around a zero byte.
pub fn two(data: &[u8]) {
    let Some((kind, rest)) = kind(data) else {
        return;
    };
    let (have, want) = halves(rest);
    let read = |part| text(part).and_then(|text| Document::parse_live(text, kind).ok());
    let (Some(have), Some(want)) = (read(have), read(want)) else {
        return;
    };
    let same = equivalent(&have, &want);
    assert_eq!(equivalent(&want, &have), same);
    assert_eq!(
        diff(Some(&have), &want).is_empty(),
        same,
        "a difference is shown where there is one"
    );
    assert_eq!(diff(Some(&want), &have).is_empty(), same);
    if have.statements().len() + want.statements().len() > STATEMENTS {
        return;
    }
    if same {
        assert_eq!(widens(&have, &want), []);
    }
    let both = shared(&have, &want);
    let sent = Document::parse_live(&both.to_json(), kind).expect("what is shared is no document");
    assert_eq!(sent, both);
    assert_eq!(
        grants(&have, &both),
        0,
        "what is shared grants more than one of them"
    );
    assert_eq!(
        grants(&want, &both),
        0,
        "what is shared grants more than one of them"
    );
}

/// How many grants the second has beyond the first.
fn grants(have: &Document, want: &Document) -> usize {
    let wider = widens(have, want);
    let allows = |one: &&esbackup::internals::policy_document::Widening| {
        one.effect == esbackup::internals::policy_document::Effect::Allow
    };
    wider.iter().filter(allows).count()
}
