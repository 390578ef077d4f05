//! The form fields of a query-protocol request; an absent field and an empty one are kept apart.

use std::collections::BTreeMap;

use super::super::message::{Plus, pairs};
use super::Failure;

/// All fields.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    fields: BTreeMap<String, String>,
}

impl Parameters {
    /// Reads a form body.
    pub(super) fn read(body: &[u8]) -> Self {
        Self {
            fields: pairs(&String::from_utf8_lossy(body), Plus::Space)
                .into_iter()
                .collect(),
        }
    }

    /// Returns a field.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    /// Returns a field that must be there.
    pub(super) fn required(&self, name: &str) -> Result<&str, Failure> {
        self.text(name).ok_or_else(|| {
            let mut chars = name.chars();
            let camel: String = chars.next().map(|c| c.to_ascii_lowercase()).into_iter().chain(chars).collect();
            Failure::validation(format!(
                "1 validation error detected: Value null at '{camel}' failed to satisfy constraint: Member must not be null"
            ))
        })
    }

    /// Returns a whole number.
    pub(super) fn number(&self, name: &str) -> Result<Option<u32>, Failure> {
        let read = |text: &str| {
            text.parse::<u32>()
                .map_err(|_| Failure::validation(format!("{name} must be a whole number")))
        };
        self.text(name).map(read).transpose()
    }

    /// Returns a boolean; absent is false.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.text(name) == Some("true")
    }

    /// Returns `Tags.member.N.Key` and `.Value`, in order.
    pub(super) fn tags(&self) -> Result<Vec<(String, String)>, Failure> {
        let mut tags = Vec::new();
        for n in 1.. {
            let Some(key) = self.text(&format!("Tags.member.{n}.Key")) else {
                break;
            };
            let value = self.required(&format!("Tags.member.{n}.Value"))?;
            tags.push((key.to_owned(), value.to_owned()));
        }
        Ok(tags)
    }

    /// Returns `NAME.member.N`, in order.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        (1..)
            .map_while(|n| self.text(&format!("{name}.member.{n}")).map(str::to_owned))
            .collect()
    }
}
