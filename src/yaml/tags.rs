//! Tags by the rules of S3 and IAM; the tags that mark ownership are never the spec's to set.

use std::collections::BTreeMap;

use super::environment::Environment;
use super::fields::Fields;
use super::problem::Problem;
use super::tree::{Entry, Value};
use crate::names::{ENVIRONMENT, MANAGED_BY, Tags};

/// Most tags of a bucket, a role or a policy, the two of esbackup included.
const MAX_TAGS: usize = 50;
const OWN_TAGS: usize = 2;
/// Most tags that a spec may give one resource.
pub(super) const MAX_OF_SPEC: usize = MAX_TAGS - OWN_TAGS;

/// Whether keys that differ in case only are the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyCase {
    /// S3.
    Matters,
    /// IAM.
    Ignored,
}

impl Fields<'_> {
    /// Returns the tags under `tags`, checked together with the environment's.
    pub(crate) fn tags(&self, environment: &Environment<'_>, case: KeyCase) -> Tags {
        let tags = self.own_tags();
        if !tags.is_empty() {
            let mut all: BTreeMap<&String, &String> = environment.tags.iter().collect();
            all.extend(tags.iter());
            self.check_count(all.len());
            if case == KeyCase::Ignored {
                self.check_case(all.into_keys());
            }
        }
        tags
    }

    /// Returns the tags under `tags` alone.
    pub(crate) fn own_tags(&self) -> Tags {
        let mut tags = Tags::new();
        let Some(node) = self.node("tags") else {
            return tags;
        };
        let Value::Mapping(entries) = &node.value else {
            let what = format!("`{}`", self.path_of("tags"));
            self.reader.no_mapping(node, &what, "tags");
            return tags;
        };
        let mut seen: BTreeMap<&str, &Entry> = BTreeMap::new();
        for entry in entries {
            let Some((key, value)) = self.tag(entry) else {
                continue;
            };
            if let Some(first) = seen.insert(key, entry) {
                let title = format!("the tag `{key}` is there twice");
                let problem = Problem::error(&entry.key.span, title).label("again here");
                self.reader
                    .report(problem.also(&first.key.span, "first here"));
            }
            tags.insert(key.to_owned(), value.to_owned());
        }
        tags
    }

    /// Reports more tags than a resource can have.
    pub(crate) fn check_count(&self, count: usize) {
        if count + OWN_TAGS > MAX_TAGS {
            let rule = format!(
                "{count} tags and the two of esbackup are more than the {MAX_TAGS} that AWS allows"
            );
            self.invalid("tags", &rule, None);
        }
    }

    /// Reports keys that IAM takes for the same one.
    pub(crate) fn check_case<'s>(&self, keys: impl Iterator<Item = &'s String>) {
        let Some(span) = self.span("tags") else {
            return;
        };
        let mut seen = BTreeMap::new();
        for key in keys {
            if let Some(other) = seen.insert(key.to_lowercase(), key) {
                let title = format!("the tags `{other}` and `{key}` differ only in case");
                self.reader
                    .report(Problem::error(&span, title).label("IAM takes them for the same tag"));
            }
        }
    }

    fn tag<'n>(&self, entry: &'n Entry) -> Option<(&'n str, &'n str)> {
        let path = self.path_of("tags");
        let Some(key) = entry.key.as_text() else {
            self.reader
                .wrong_type(&entry.key, &format!("a key of `{path}`"), "text");
            return None;
        };
        if let Some(rule) = broken_key_rule(key) {
            let title = format!("a key of `{path}` is not valid");
            self.reader
                .report(Problem::error(&entry.key.span, title).label(rule));
            return None;
        }
        let Some(value) = entry.value.as_text() else {
            self.reader
                .wrong_type(&entry.value, &format!("the tag `{key}`"), "text");
            return None;
        };
        if let Some(rule) = broken_text_rule(value, 256) {
            let title = format!("the tag `{key}` is not valid");
            self.reader
                .report(Problem::error(&entry.value.span, title).label(rule));
            return None;
        }
        Some((key, value))
    }
}

fn broken_key_rule(key: &str) -> Option<&'static str> {
    if key.is_empty() {
        return Some("a tag's key has 1 to 128 characters");
    }
    if key
        .get(..4)
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"))
    {
        return Some("keys that begin with aws: belong to AWS");
    }
    if [MANAGED_BY, ENVIRONMENT]
        .iter()
        .any(|own| own.eq_ignore_ascii_case(key))
    {
        return Some("esbackup sets this tag itself, to know what it owns");
    }
    broken_text_rule(key, 128)
}

fn broken_text_rule(text: &str, most: usize) -> Option<&'static str> {
    if text.chars().count() > most {
        return Some(if most == 128 {
            "a tag's key has 1 to 128 characters"
        } else {
            "a tag's value has at most 256 characters"
        });
    }
    let allowed = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c);
    (!text.chars().all(allowed)).then_some("tags hold only letters, digits, spaces and _.:/=+-@")
}
