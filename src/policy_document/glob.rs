//! Patterns with `*`, `?` and policy variables; it must never say that one covers another without proof.

use std::collections::{BTreeSet, VecDeque};

/// How many steps from place to place a proof may take before it gives up and says no: some milliseconds, where real names need some hundred.
const PROOF_STEPS: usize = 50_000;

/// What a state costs beside its places: it is made, and looked for among those that were seen.
const STATE: usize = 25;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    Char(char),
    One,
    Many,
    Variable(String),
}

/// A pattern of a resource, an action or a condition value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    tokens: Vec<Token>,
}

/// Whether `*` and `?` are wildcards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wildcards {
    Yes,
    No,
}

/// Whether `${…}` is a policy variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variables {
    Resolved,
    Literal,
}

impl Pattern {
    /// Reads a pattern.
    pub(super) fn new(text: &str, wildcards: Wildcards, variables: Variables) -> Pattern {
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            if variables == Variables::Resolved
                && let Some((token, after)) = variable(rest)
            {
                tokens.push(token);
                rest = after;
                continue;
            }
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
            let token = match (character, wildcards) {
                ('*', Wildcards::Yes) => Token::Many,
                ('?', Wildcards::Yes) => Token::One,
                _ => Token::Char(character),
            };
            // Two in a row are one, and a proof about hundreds would take minutes.
            if token != Token::Many || tokens.last() != Some(&Token::Many) {
                tokens.push(token);
            }
        }
        Pattern { tokens }
    }

    /// Reads an action pattern, which has no case and no variables.
    pub(super) fn action(text: &str) -> Pattern {
        Pattern::new(&lowercase(text), Wildcards::Yes, Variables::Literal)
    }

    /// Drops the case.
    pub(super) fn lowercase(self) -> Pattern {
        let tokens = self.tokens.into_iter().flat_map(|token| match token {
            Token::Char(character) => character.to_lowercase().map(Token::Char).collect(),
            other => vec![other],
        });
        Pattern {
            tokens: tokens.collect(),
        }
    }

    /// Puts values in place of variables, each literally; what has none stays a variable.
    pub(super) fn resolve(&self, lookup: &dyn Fn(&str) -> Option<String>) -> Pattern {
        self.resolve_after(0, lookup)
    }

    /// Does the same for the resource part of an ARN, the only one that takes variables
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-resourceelement>).
    pub(super) fn resolve_resource(&self, lookup: &dyn Fn(&str) -> Option<String>) -> Pattern {
        self.resolve_after(5, lookup)
    }

    fn resolve_after(&self, colons: usize, lookup: &dyn Fn(&str) -> Option<String>) -> Pattern {
        let mut seen = 0_usize;
        let tokens = self.tokens.iter().flat_map(|token| match token {
            Token::Char(':') => {
                seen = seen.saturating_add(1);
                vec![token.clone()]
            }
            Token::Variable(_) if seen < colons => vec![token.clone()],
            Token::Variable(body) => {
                let (name, fallback) = split_default(body);
                match lookup(name).or(fallback) {
                    Some(value) => value.chars().map(Token::Char).collect(),
                    None => vec![token.clone()],
                }
            }
            other => vec![other.clone()],
        });
        Pattern {
            tokens: tokens.collect(),
        }
    }

    pub(super) fn has_variables(&self) -> bool {
        self.tokens
            .iter()
            .any(|token| matches!(token, Token::Variable(_)))
    }

    pub(super) fn is_literal(&self) -> bool {
        self.tokens
            .iter()
            .all(|token| matches!(token, Token::Char(_)))
    }

    /// Says whether it matches every text.
    pub(super) fn is_everything(&self) -> bool {
        self.tokens == [Token::Many]
    }

    /// Says whether it is literal and no letter of it has another case.
    pub(super) fn has_no_case(&self) -> bool {
        self.is_literal()
            && self
                .letters()
                .all(|letter| letter.is_ascii() && !letter.is_ascii_alphabetic())
    }

    /// Returns the text of a pattern without wildcards and variables.
    pub(super) fn literal_text(&self) -> Option<String> {
        self.is_literal().then(|| self.letters().collect())
    }

    /// Splits an ARN's pattern into its six parts, the last of which may hold colons.
    pub(super) fn arn_parts(&self) -> Option<[Pattern; 6]> {
        let parts: Vec<Pattern> = self
            .tokens
            .splitn(6, |token| *token == Token::Char(':'))
            .map(|tokens| Pattern {
                tokens: tokens.to_vec(),
            })
            .collect();
        parts.try_into().ok()
    }

    /// Matches text; a variable that is left matches anything.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut token, mut at) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        while at < text.len() {
            match self.tokens.get(token) {
                Some(Token::Many | Token::Variable(_)) => {
                    retry = Some((token, at));
                    token += 1;
                    continue;
                }
                Some(Token::One) => {
                    token += 1;
                    at += 1;
                    continue;
                }
                Some(Token::Char(character)) if text.get(at) == Some(character) => {
                    token += 1;
                    at += 1;
                    continue;
                }
                _ => {}
            }
            let Some((star, from)) = retry else {
                return false;
            };
            token = star;
            at = from + 1;
        }
        self.tokens
            .iter()
            .skip(token)
            .all(|token| matches!(token, Token::Many | Token::Variable(_)))
    }

    /// Says whether everything that `other` matches is matched by `self`.
    ///
    /// It walks the other pattern with the set of places where this one can be, so it is exact for `*` and `?`.
    pub(super) fn covers(&self, other: &Pattern) -> bool {
        if self == other {
            return true;
        }
        if self.has_variables() {
            return false;
        }
        let alphabet: BTreeSet<Option<char>> = self.letters().map(Some).chain([None]).collect();
        let start = (0, self.closure([0].into()));
        let mut seen: BTreeSet<(usize, BTreeSet<usize>)> = [start.clone()].into();
        let mut queue: VecDeque<_> = [start].into();
        let mut steps = 0_usize;
        while let Some((at, here)) = queue.pop_front() {
            let next: Vec<(usize, BTreeSet<usize>)> = match other.tokens.get(at) {
                None if here.contains(&self.tokens.len()) => Vec::new(),
                None => return false,
                Some(Token::Char(character)) => vec![(at + 1, self.step(&here, Some(*character)))],
                Some(Token::One) => alphabet
                    .iter()
                    .map(|letter| (at + 1, self.step(&here, *letter)))
                    .collect(),
                Some(Token::Many | Token::Variable(_)) => {
                    let stay = alphabet
                        .iter()
                        .map(|letter| (at, self.step(&here, *letter)));
                    stay.chain([(at + 1, here.clone())]).collect()
                }
            };
            let cost = here.len().saturating_add(STATE);
            steps = steps.saturating_add(next.len().saturating_mul(cost));
            if steps > PROOF_STEPS {
                return false;
            }
            for state in next {
                if seen.insert(state.clone()) {
                    queue.push_back(state);
                }
            }
        }
        true
    }

    /// Says whether some text could match both; a variable stands for anything.
    pub(super) fn overlaps(&self, other: &Pattern) -> bool {
        let mut seen: BTreeSet<(usize, usize)> = [(0, 0)].into();
        let mut queue: VecDeque<(usize, usize)> = [(0, 0)].into();
        while let Some((a, b)) = queue.pop_front() {
            let (left, right) = (self.tokens.get(a), other.tokens.get(b));
            if left.is_none() && right.is_none() {
                return true;
            }
            let mut next = Vec::new();
            if is_many(left) {
                next.push((a + 1, b));
            }
            if is_many(right) {
                next.push((a, b + 1));
            }
            if let (Some(left), Some(right)) = (left, right)
                && may_agree(left, right)
            {
                next.push((
                    a + usize::from(!is_many(Some(left))),
                    b + usize::from(!is_many(Some(right))),
                ));
            }
            queue.extend(next.into_iter().filter(|state| seen.insert(*state)));
        }
        false
    }

    fn letters(&self) -> impl Iterator<Item = char> {
        self.tokens.iter().filter_map(|token| match token {
            Token::Char(character) => Some(*character),
            _ => None,
        })
    }

    /// Where the pattern can be after one letter; `None` is a letter that it does not name.
    fn step(&self, here: &BTreeSet<usize>, letter: Option<char>) -> BTreeSet<usize> {
        let moved = here.iter().filter_map(|at| match self.tokens.get(*at)? {
            Token::Many | Token::Variable(_) => Some(*at),
            Token::One => Some(at + 1),
            Token::Char(character) => (letter == Some(*character)).then_some(at + 1),
        });
        self.closure(moved.collect())
    }

    fn closure(&self, mut here: BTreeSet<usize>) -> BTreeSet<usize> {
        let mut open: Vec<usize> = here.iter().copied().collect();
        while let Some(at) = open.pop() {
            if is_many(self.tokens.get(at)) && here.insert(at + 1) {
                open.push(at + 1);
            }
        }
        here
    }
}

fn is_many(token: Option<&Token>) -> bool {
    matches!(token, Some(Token::Many | Token::Variable(_)))
}

fn may_agree(left: &Token, right: &Token) -> bool {
    match (left, right) {
        (Token::Char(left), Token::Char(right)) => left == right,
        _ => true,
    }
}

/// Drops the case of each character by itself, so that patterns and text agree.
pub(super) fn lowercase(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// Reads a variable at the start; `${*}`, `${?}` and `${$}` are the characters themselves
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>).
fn variable(text: &str) -> Option<(Token, &str)> {
    let (body, rest) = text.strip_prefix("${")?.split_once('}')?;
    let token = match body {
        "*" => Token::Char('*'),
        "?" => Token::Char('?'),
        "$" => Token::Char('$'),
        // Names of keys have no case, defaults have.
        _ => Token::Variable(match body.split_once(',') {
            Some((name, fallback)) => format!("{},{}", lowercase(name), fallback.trim()),
            None => lowercase(body),
        }),
    };
    Some((token, rest))
}

/// Splits `key, 'default'`.
fn split_default(body: &str) -> (&str, Option<String>) {
    match body.split_once(',') {
        Some((name, fallback)) => (name, Some(fallback.trim().trim_matches('\'').to_owned())),
        None => (body, None),
    }
}
