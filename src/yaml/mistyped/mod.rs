//! Texts that are no YAML, or other YAML than their author meant: the place, the cause, and the line as it should be typed.

mod indent;
mod tree;
mod words;

use std::ops::Range;

use super::problem::Problem;
use super::source::Source;
use super::tree::{NO_VALUE_HERE, NOT_YAML, SyntaxError};
pub(crate) use tree::{check, comment_after};
pub(crate) use words::meant_length;
use words::{Word, Words};

/// Returns the problem of a text that the YAML engine refuses.
pub(crate) fn explain(source: &Source, error: &SyntaxError) -> Problem {
    let scene = Scene::of(source, error);
    let found = || explained(&scene);
    let found = Some(error.title)
        .filter(|title| *title == NOT_YAML)
        .and_then(|_| found());
    found.unwrap_or_else(|| {
        Problem::error(&(error.at..error.at), error.title)
            .label(error.message.clone())
            .help_if(error.help.map(str::to_owned))
    })
}

fn explained(scene: &Scene<'_>) -> Option<Problem> {
    tab(scene)
        .or_else(|| no_colon(scene))
        .or_else(|| indicator(scene))
        .or_else(|| unclosed(scene))
        .or_else(|| second_colon(scene))
        .or_else(|| indent::explain(scene))
}

/// What is known of the place of an error.
pub(crate) struct Scene<'s> {
    source: &'s Source,
    error: &'s SyntaxError,
    /// The line of the error, from 1.
    line: usize,
    words: Words,
}

impl<'s> Scene<'s> {
    fn of(source: &'s Source, error: &'s SyntaxError) -> Self {
        let line = source.line_of(error.at);
        let end = source.line(line).map_or(0, |span| span.end);
        Self {
            source,
            error,
            line,
            words: words::find(source.text().get(..end).unwrap_or_default()),
        }
    }

    fn text(&self, span: &Range<usize>) -> &'s str {
        self.source.text().get(span.clone()).unwrap_or_default()
    }

    /// Returns the text of a line.
    fn line_text(&self, line: usize) -> &'s str {
        let span = self.source.line(line).unwrap_or_default();
        self.text(&span)
    }

    fn says(&self, part: &str) -> bool {
        self.error.message.contains(part)
    }
}

/// Returns the help that shows a text in quotes, or only says so where the text may be a secret.
pub(crate) fn in_quotes(source: &Source, span: &Range<usize>) -> String {
    let text = source.text().get(span.clone()).unwrap_or_default();
    if source.hides(span) || text.chars().count() > 200 {
        return "put it in quotes".to_owned();
    }
    format!("put it in quotes: {}", quoted(text))
}

/// Returns a text in the quotes that it needs.
pub(crate) fn quoted(text: &str) -> String {
    if text.contains(['"', '\\']) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        format!("\"{text}\"")
    }
}

/// A tab among the blanks that a line begins with. The engine often names the line before it.
fn tab(scene: &Scene<'_>) -> Option<Problem> {
    let last = match scene.says("tab") {
        true => scene.source.line_of(usize::MAX),
        false => scene.line,
    };
    let first = scene.line.saturating_sub(1).max(1);
    let indented = |line: &usize| {
        let text = scene.line_text(*line);
        let blank = text.get(..text.len() - text.trim_start_matches([' ', '\t']).len());
        !text.trim().is_empty() && blank.is_some_and(|blank| blank.contains('\t'))
    };
    let line = (first..=last).find(indented)?;
    let start = scene.source.line(line)?.start;
    let text = scene.line_text(line);
    let at = start + text.find('\t')?;
    let length =
        text.get(at - start..)?.len() - text.get(at - start..)?.trim_start_matches('\t').len();
    let problem = Problem::error(&(at..at + length), "a tab is used as indentation");
    Some(
        problem
            .label("YAML takes only spaces here")
            .help("indent the line with spaces, two for each level"),
    )
}

/// Most texts of a line that are looked at, from the error back.
const MOST_WORDS: usize = 1_000;

/// A text that begins with a character that has a meaning in YAML.
fn indicator(scene: &Scene<'_>) -> Option<Problem> {
    let line = scene.source.line(scene.line)?;
    let text_of = |word: &Word| scene.text(&word.span(scene.source.text()));
    let here = |word: &&Word| line.contains(&word.at) && word.at <= scene.error.at;
    let words = scene
        .words
        .words
        .iter()
        .rev()
        .skip_while(|word| !here(word));
    let mut words = words.take_while(here).take(MOST_WORDS);
    let found = words.find(|word| special(scene, text_of(word)).is_some())?;
    // `{{ env }}` is one text, not one in another.
    let outer = |word: &&Word| word.at + 1 == found.at && text_of(word).starts_with("{{");
    let word = words.next().filter(outer).unwrap_or(found);
    let span = word.span(scene.source.text());
    let text = scene.text(&span);
    let cause = special(scene, text)?;
    let help = match text.strip_prefix("- ") {
        Some(item) if !scene.source.hides(&span) => {
            let item = match word.in_flow {
                true => super::forms::typed(item.trim()),
                false => format!("[{}]", super::forms::typed(item.trim())),
            };
            format!("write `{item}`, or put a text in quotes: {}", quoted(text))
        }
        _ if is_template(text) => template(
            scene.source,
            &span,
            indent::path(scene).first() == Some(&super::schema::PLACEHOLDERS_BELOW),
        ),
        _ if text.starts_with('!') => {
            format!("remove the tag, or {}", in_quotes(scene.source, &span))
        }
        _ => in_quotes(scene.source, &span),
    };
    let problem = Problem::error(&span, "a text that needs quotes");
    Some(problem.label(cause).help(help))
}

/// Returns how a text with placeholders is typed.
pub(crate) fn template(source: &Source, span: &Range<usize>, in_workflows: bool) -> String {
    let text = source.text().get(span.clone()).unwrap_or_default();
    if !in_workflows {
        return NO_PLACEHOLDERS.to_owned();
    }
    if !text.contains("{{") || source.hides(span) {
        return in_quotes(source, span);
    }
    let quotes = |c: char| matches!(c, '"' | '\'');
    format!(
        "esbackup fills in {{environment}}, {{date}}, {{time}} and what --set gives; write {}",
        quoted(&single_braces(text.trim_matches(quotes)))
    )
}

/// Hint for a text with placeholders outside of workflows.
pub(crate) const NO_PLACEHOLDERS: &str =
    "esbackup fills in placeholders only in the steps of workflows: write the value itself";

/// `{{ env }}-x` with the placeholders of esbackup: `{environment}-x`.
fn single_braces(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((inside, following)) = after.split_once("}}") else {
            return text.replace("{{", "{").replace("}}", "}");
        };
        let key: String = inside
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
            .collect();
        let key = match key.to_ascii_lowercase().as_str() {
            "env" | "environment" | "name" => "environment".to_owned(),
            other => other.to_owned(),
        };
        out.push_str(&format!("{{{key}}}"));
        rest = following;
    }
    out + rest
}

/// Returns the meaning in YAML of the character that a text begins with, if the engine stumbled over that.
fn special(scene: &Scene<'_>, text: &str) -> Option<&'static str> {
    let first = text.chars().next()?;
    let meaning = match first {
        '*' if scene.says("alias") => {
            "YAML takes a text that begins with * for an alias of an anchor, and there is no such anchor"
        }
        '&' if scene.says("anchor") => "YAML takes a text that begins with & for an anchor",
        '!' if scene.says("tag") || scene.says("'!'") => {
            "YAML takes a text that begins with ! for a tag, and no tag has a meaning here"
        }
        '@' | '`' if scene.says("unexpected character") => {
            "YAML keeps this character for itself: no text begins with it"
        }
        '%' if scene.says("unexpected character") || scene.says("directive") => {
            "YAML takes a text that begins with % for a directive"
        }
        '{' if is_template(text) => "YAML takes a text that begins with { for a mapping",
        '[' if scene.error.at > 0 && scene.words.open.is_empty() => {
            "YAML takes a text that begins with [ for a list"
        }
        '|' | '>' if scene.says("block scalar") => {
            "YAML takes a text that begins with | or > for a block of lines"
        }
        '-' if scene.says("block sequence") || scene.says("inside a block") => {
            "YAML takes a text that begins with \"- \" for an item of a list"
        }
        '?' if scene.says("mapping keys") => "YAML takes a text that begins with \"? \" for a key",
        ',' | ']' | '}' => "YAML keeps this character for lists and mappings",
        _ => return None,
    };
    Some(meaning)
}

/// Whether a text begins with a placeholder: `{environment}-x`, `{{ env }}`.
pub(crate) fn is_template(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('{') else {
        return false;
    };
    let key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ');
    rest.starts_with('{')
        || rest
            .split_once('}')
            .is_some_and(|(inside, _)| !inside.is_empty() && inside.chars().all(key))
}

/// Whether a text holds a placeholder of esbackup, of a template language or of a shell. Documents and policy variables hold none.
pub(crate) fn has_placeholder(text: &str) -> bool {
    let begins = |(at, _): (usize, &str)| is_template(text.get(at..).unwrap_or_default());
    text.len() <= LONGEST && (text.starts_with('$') || text.match_indices('{').any(begins))
}

/// Most bytes of a text that placeholders are looked for in.
const LONGEST: usize = 300;

/// A bracket or a quote that is not closed.
fn unclosed(scene: &Scene<'_>) -> Option<Problem> {
    let closes = |bracket: &str| if bracket == "{" { "}" } else { "]" };
    if scene.says("unclosed quote") {
        let problem = Problem::error(&(scene.error.at..scene.error.at), scene.error.title);
        let quote = scene.text(&(scene.error.at..scene.error.at + 1));
        return Some(
            problem
                .label("this quote is not closed")
                .help(format!("close the text with {quote}")),
        );
    }
    let at = match scene.says("unclosed bracket") {
        true => scene.error.at,
        false => *scene.words.open.last()?,
    };
    // What is wrong inside of a list of one line is something else.
    if !scene.says("unclosed bracket")
        && (scene.source.line_of(at) == scene.line || !scene.says("':'"))
    {
        return None;
    }
    let bracket = scene.text(&(at..at + 1));
    let problem = Problem::error(&(at..at + 1), scene.error.title);
    let label = format!("this {bracket} is not closed");
    Some(problem.label(label).help(format!(
        "close it with {}, or put a text that begins with {bracket} in quotes",
        closes(bracket)
    )))
}

/// A text with a colon and a blank in it: `name: logs: more`, or text behind a closing quote.
fn second_colon(scene: &Scene<'_>) -> Option<Problem> {
    let line = scene.source.line(scene.line)?;
    if scene.says("invalid trailing content") {
        let text = scene.text(&line);
        let at = text.rfind(": ").map_or(0, |at| at + 2);
        let value = text.get(at..)?;
        let from = line.start + at + (value.len() - value.trim_start_matches([' ', '-']).len());
        let rest = scene.text(&(from..line.end));
        let span = from..from + meant_length(rest, !scene.words.open.is_empty());
        let problem = Problem::error(
            &(scene.error.at..span.end.max(scene.error.at)),
            scene.error.title,
        );
        return Some(
            problem
                .label("text after the closing quote")
                .help(in_quotes(scene.source, &span)),
        );
    }
    if !scene.says(NO_VALUE_HERE) {
        return None;
    }
    let before = scene.text(&(line.start..scene.error.at));
    let key = before.find(": ")?;
    let value = before.get(key + 1..)?;
    let from = line.start + key + 1 + (value.len() - value.trim_start().len());
    let rest = scene.text(&(from..line.end));
    let span = from..from + meant_length(rest, false);
    let problem = Problem::error(&span, "a text that needs quotes");
    Some(
        problem
            .label("YAML takes the colon in it for the end of a key")
            .help(in_quotes(scene.source, &span)),
    )
}

/// A line that should be a key and its value, and has no colon between them.
fn no_colon(scene: &Scene<'_>) -> Option<Problem> {
    let is_fence = scene.line_text(scene.line).starts_with("```");
    if !scene.says("simple key expected") && !is_fence {
        return None;
    }
    let line = scene.source.line(scene.line)?;
    let text = scene.text(&line);
    let written = text.trim();
    let at = line.start + (text.len() - text.trim_start().len());
    let span = at..at + written.len();
    if written.starts_with("```") {
        let problem = Problem::error(&span, scene.error.title);
        return Some(
            problem
                .label("a code fence of Markdown")
                .help("remove the line"),
        );
    }
    let conflict = ["<<<<<<<", "=======", ">>>>>>>"];
    if conflict.iter().any(|mark| written.starts_with(mark)) {
        let problem = Problem::error(&span, "an unresolved merge conflict");
        return Some(
            problem
                .label("a mark of git")
                .help("resolve the conflict, and remove the lines that git added"),
        );
    }
    if let Some(problem) = tree::odd_blank(scene.source, &span) {
        return Some(problem);
    }
    let hides = scene.source.hides(&span);
    let end = written
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))
        .unwrap_or(written.len());
    let (key, rest) = written.split_at_checked(end)?;
    let value = rest.trim_start_matches([':', '=', ' ']);
    let shown = |value: &str| {
        if hides || value.is_empty() {
            "VALUE".to_owned()
        } else {
            value.to_owned()
        }
    };
    let problem = Problem::error(&span, scene.error.title);
    if key.is_empty() {
        return Some(
            problem
                .label("neither a key with its value nor an item of a list")
                .help("write it as `key: value`, or remove it"),
        );
    }
    let label = match rest.starts_with(':') {
        true => "a space is missing after the colon",
        false => "a colon is missing after the key",
    };
    Some(
        problem
            .label(label)
            .help(format!("write `{key}: {}`", shown(value))),
    )
}
