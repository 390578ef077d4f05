//! Patterns of names with wildcards. Takes at most as many steps as the product of both lengths, whatever the pattern.

/// Tells whether a name matches a pattern of the engines: `*` is any text, also none.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    fits(pattern, name, |wanted, found| wanted == found)
}

/// Tells whether a name matches a pattern of a shell: `*` as for the engines, and `?` is any one character.
#[must_use]
pub(crate) fn matches_glob(pattern: &str, name: &str) -> bool {
    fits(pattern, name, |wanted, found| {
        wanted == '?' || wanted == found
    })
}

fn fits(pattern: &str, name: &str, is: impl Fn(char, char) -> bool) -> bool {
    let (mut wanted, mut left) = (pattern.chars(), name.chars());
    // The pattern behind the last `*`, and the name from where that `*` ends at present.
    let mut retry = None;
    loop {
        let (mut next, mut rest) = (wanted.clone(), left.clone());
        match (next.next(), rest.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                retry = Some((next.clone(), left.clone()));
                wanted = next;
                continue;
            }
            (Some(want), Some(has)) if is(want, has) => {
                (wanted, left) = (next, rest);
                continue;
            }
            _ => {}
        }
        // Only the last `*` can take more: what an earlier one left to it is as much as there can be.
        let Some((after, from)) = &mut retry else {
            return false;
        };
        if from.next().is_none() {
            return false;
        }
        (wanted, left) = (after.clone(), from.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::{matches, matches_glob};

    #[test]
    fn only_a_star_is_a_wildcard_of_the_engines() {
        for (pattern, name, want) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("a*", "a", true),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*b*", "abc", true),
            ("a*c", "abc", true),
            ("a*c", "abcd", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "acb", false),
            ("*-1", "a-1-1", true),
            ("**", "x", true),
            ("a.b", "axb", false),
            ("a?", "ab", false),
            ("a*é", "aé", true),
        ] {
            assert_eq!(matches(pattern, name), want, "{pattern} {name}");
        }
    }

    #[test]
    fn question_mark_is_one_character_where_asked_for() {
        for (pattern, name, want) in [
            ("a?", "ab", true),
            ("a?", "a", false),
            ("a?", "aé", true),
            ("a?c*", "abcd", true),
            ("*?", "", false),
            ("*?b", "abb", true),
        ] {
            assert_eq!(matches_glob(pattern, name), want, "{pattern} {name}");
        }
    }

    #[test]
    fn pattern_full_of_stars_is_matched_without_trying_all() {
        let (pattern, name) = ("*a".repeat(100) + "b", "a".repeat(2_000));
        // A matcher that tries every division of the name would not end.
        assert!(!matches(&pattern, &name));
    }
}
