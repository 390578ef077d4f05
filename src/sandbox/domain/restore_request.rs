//! What a restore asks for, and which names its indices would have; it looks at no index.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::super::message::Answer;
use super::engine::Engine;
use super::errors::{self, Exception, of_snapshot};
use super::index_settings::{self, Changes};
use super::streams;
use super::taking::{flag, names};

/// What a body asks for.
pub(super) struct Asked {
    pub indices: Vec<String>,
    pub ignore_unavailable: bool,
    pub include_global_state: bool,
    pub include_aliases: bool,
    pub partial: bool,
    pub rename: Option<(String, String)>,
    pub rename_aliases: Option<(String, String)>,
    pub settings: Changes,
    pub ignored: Vec<String>,
}

impl Asked {
    /// Reads a body.
    pub(super) fn read(body: &Value, engine: Engine) -> Result<Self, Answer> {
        let mut asked = Self {
            indices: Vec::new(),
            ignore_unavailable: false,
            include_global_state: false,
            include_aliases: true,
            partial: false,
            rename: None,
            rename_aliases: None,
            settings: Changes::new(),
            ignored: Vec::new(),
        };
        let empty = Map::new();
        let fields = match body {
            Value::Null => &empty,
            Value::Object(fields) => fields,
            _ => return Err(errors::invalid("malformed restore request")),
        };
        let text = |key: &str| fields.get(key).and_then(Value::as_str).map(str::to_owned);
        for (key, value) in fields {
            match key.as_str() {
                "indices" => asked.indices = names(value)?,
                "ignore_unavailable" => asked.ignore_unavailable = flag(key, value)?,
                "include_global_state" => asked.include_global_state = flag(key, value)?,
                "include_aliases" => asked.include_aliases = flag(key, value)?,
                "partial" => asked.partial = flag(key, value)?,
                "index_settings" => asked.settings = index_settings::read(value)?,
                "ignore_index_settings" => asked.ignored = names(value)?,
                "rename_pattern" | "rename_replacement" => {
                    if !value.is_string() {
                        return Err(errors::invalid(format!("malformed {key}")));
                    }
                }
                "rename_alias_pattern" | "rename_alias_replacement" if engine.renames_aliases() => {
                }
                "allow_no_indices" | "expand_wildcards" | "settings" => {}
                "storage_type" if engine.open_search => {}
                other => return Err(errors::invalid(format!("Unknown parameter {other}"))),
            }
        }
        asked.rename = text("rename_pattern").zip(text("rename_replacement"));
        asked.rename_aliases = text("rename_alias_pattern").zip(text("rename_alias_replacement"));
        Ok(asked)
    }

    /// Renames the aliases that come back.
    pub(super) fn rename_aliases(
        &self,
        aliases: &mut BTreeMap<String, Value>,
    ) -> Result<(), Answer> {
        if let Some((pattern, replacement)) = &self.rename_aliases {
            for (name, alias) in std::mem::take(aliases) {
                aliases.insert(replace(pattern, replacement, &name)?, alias);
            }
        }
        Ok(())
    }

    /// Returns the new name of an index or a data stream.
    pub(super) fn renamed(&self, name: &str) -> Result<String, Answer> {
        match &self.rename {
            None => Ok(name.to_owned()),
            Some((pattern, replacement)) => replace(pattern, replacement, name),
        }
    }

    /// Returns source and target names; those of a data stream are renamed without their prefix.
    pub(super) fn targets(
        &self,
        names: (&str, &str),
        found: &BTreeSet<String>,
        backing: &BTreeSet<&String>,
    ) -> Result<BTreeMap<String, String>, Answer> {
        let mut targets: BTreeMap<String, String> = BTreeMap::new();
        for source in found {
            let target = match backing.contains(source) {
                true => streams::renamed_backing(self, source)?,
                false => self.renamed(source)?,
            };
            let twice = targets.insert(target.clone(), source.clone());
            if let Some(other) = twice {
                let why = format!(
                    "indices [{source}] and [{other}] are renamed into the same index [{target}]"
                );
                return Err(of_snapshot("snapshot_restore_exception", names, &why).answer(500));
            }
        }
        Ok(targets)
    }
}

/// Java's `replaceAll`: `$1` is a group wherever its digits end.
fn replace(pattern: &str, replacement: &str, name: &str) -> Result<String, Answer> {
    let failed = |_| {
        let reason = format!("Illegal pattern [{pattern}]");
        Exception::new("pattern_syntax_exception", reason).answer(500)
    };
    let group = regex_lite::Regex::new(r"\$(\d)").map_err(failed)?;
    let replacement = group.replace_all(replacement, "$${$1}");
    let pattern = regex_lite::Regex::new(pattern).map_err(failed)?;
    Ok(pattern.replace_all(name, replacement.as_ref()).into_owned())
}
