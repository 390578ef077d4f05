//! The secrets that this process came to know, so that whatever prints can mask them, a service that echoes one included. It must never give
//! one back.

use std::borrow::Cow;
use std::sync::{PoisonError, RwLock};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};

/// What stands in place of a secret.
pub(crate) const MASK: &str = "***";

/// A shorter secret is a word like any other: masking it everywhere would garble what is said, and show where it stands.
const SHORTEST: usize = 8;

/// How many characters of an access key id are shown at each of its ends: enough to tell one from another.
const ENDS: usize = 4;

/// Shorter runs behind `Signature=` are no signature.
const SHORTEST_SIGNATURE: usize = 32;

struct Known {
    text: SecretString,
    shown: String,
}

/// The longest first, so that no part of one is left where another is in it.
static KNOWN: RwLock<Vec<Known>> = RwLock::new(Vec::new());

/// Remembers a password, a secret key or a token, in every way in which it may be written.
pub fn keep(secret: &str) {
    let json = serde_json::Value::from(secret).to_string();
    let encoded = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let forms = [
        secret.to_owned(),
        unquoted(&json).to_owned(),
        encoded.to_lowercase(),
        encoded,
        form,
        super::safe::shown(secret),
    ];
    for form in forms {
        add(form, MASK.to_owned());
    }
}

/// Remembers an access key id, which tells whose key it is and no more; its ends are shown.
pub(crate) fn keep_id(id: &str) {
    add(id.to_owned(), ends(id));
}

/// An access key id as it is shown.
#[must_use]
pub(crate) fn ends(id: &str) -> String {
    let count = id.chars().count();
    if count < SHORTEST + 2 * ENDS {
        return MASK.to_owned();
    }
    let first: String = id.chars().take(ENDS).collect();
    let last: String = id.chars().skip(count - ENDS).collect();
    format!("{first}{MASK}{last}")
}

fn unquoted(json: &str) -> &str {
    let inner = json
        .strip_prefix('"')
        .and_then(|json| json.strip_suffix('"'));
    inner.unwrap_or(json)
}

fn add(text: String, shown: String) {
    if text.len() < SHORTEST {
        return;
    }
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    if known.iter().any(|one| one.text.expose_secret() == text) {
        return;
    }
    known.push(Known {
        text: SecretString::from(text),
        shown,
    });
    known.sort_by_key(|one| std::cmp::Reverse(one.text.expose_secret().len()));
}

/// The text without any secret that is known, and without signatures.
#[must_use]
pub(crate) fn masked(text: &str) -> Cow<'_, str> {
    let mut out = Cow::Borrowed(text);
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    for one in known.iter() {
        if out.contains(one.text.expose_secret()) {
            out = Cow::Owned(out.replace(one.text.expose_secret(), &one.shown));
        }
    }
    if out.contains(SIGNATURE) {
        out = Cow::Owned(without_signatures(&out));
    }
    out
}

const SIGNATURE: &str = "Signature=";

fn without_signatures(text: &str) -> String {
    let mut parts = text.split(SIGNATURE);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(SIGNATURE);
        let rest = part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        if part.len() - rest.len() >= SHORTEST_SIGNATURE {
            out.push_str(MASK);
            out.push_str(rest);
        } else {
            out.push_str(part);
        }
    }
    out
}

#[cfg(test)]
mod tests;
