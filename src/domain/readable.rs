//! The words of a page that is no JSON, as a person reads them in a browser; what is shown of it is not safe for a terminal yet. Secrets are
//! masked before anything is cut: half of one would not be known again.

use crate::outlet::secret::masked;

/// The longest text that is kept, in characters.
const LONGEST: usize = 512;
/// How much of a page is looked at, in characters.
const PAGE: usize = 8192;
/// No reference that is decoded here is longer, in bytes without `&` and `;`.
const LONGEST_REFERENCE: usize = 10;

/// Takes the text out of an HTML or XML page and keeps the beginning of what is neither that nor JSON.
pub(super) fn readable(text: &str) -> String {
    let text = masked(text.trim_start());
    if !text.starts_with('<') {
        return text.chars().take(LONGEST).collect();
    }
    let mut plain = String::new();
    let mut inside_tag = false;
    for character in text.chars().take(PAGE) {
        match character {
            '<' => inside_tag = true,
            '>' => {
                inside_tag = false;
                plain.push(' ');
            }
            _ if !inside_tag => plain.push(character),
            _ => {}
        }
    }
    let words: Vec<&str> = plain.split_whitespace().collect();
    // A page writes some of the characters of a secret in its own way.
    let plain = decoded(&words.join(" "));
    masked(&plain).chars().take(LONGEST).collect()
}

/// Decodes the five references that XML knows and those by number, each once: `&amp;lt;` is `&lt;`. Others stay as they are.
fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let reference = after
            .split_once(';')
            .filter(|(name, _)| name.len() <= LONGEST_REFERENCE);
        match reference.and_then(|(name, tail)| character(name).map(|it| (it, tail))) {
            Some((character, tail)) => {
                out.push(character);
                rest = tail;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn character(name: &str) -> Option<char> {
    match name {
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        _ => {}
    }
    let number = name.strip_prefix('#')?;
    let (digits, radix) = match number.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    // `from_str_radix` takes a sign.
    let all_digits = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    let code = u32::from_str_radix(digits, radix).ok()?;
    char::from_u32(code).filter(|_| all_digits)
}
