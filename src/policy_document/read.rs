//! JSON value -> document, or every problem with its path; it must never drop an element that it does not know.

use serde_json::{Map, Value};

use super::glob::lowercase;
use super::json::join;
use super::operator::Operator;
use super::shape::{Reader, Rules, Scalars, item_path};
use super::statement::{
    Actions, Condition, Effect, PrincipalKind, PrincipalSet, Principals, Resources, Statement,
};
use super::{Document, Kind, Problem, VERSION_2008, VERSION_2012, rules};

/// Reads a document; without a kind the elements of every kind are taken.
pub(super) fn document(
    value: &Value,
    kind: Option<Kind>,
    rules: Rules,
) -> Result<Document, Vec<Problem>> {
    let mut reader = Reader::new(kind, rules);
    let document = reader.document(value);
    reader.finish(document)
}

impl Statement {
    /// Reads a list of statements, or one, that will be part of a document of this kind; paths begin with `path`.
    pub fn list_from_value(
        value: &Value,
        kind: Kind,
        path: &str,
    ) -> Result<Vec<Statement>, Vec<Problem>> {
        let mut reader = Reader::new(Some(kind), Rules::Strict);
        let statements = reader.statements(value, path);
        reader.finish(Some(statements))
    }
}

impl Reader {
    fn document(&mut self, value: &Value) -> Option<Document> {
        let map = self.map(value, "")?;
        let known: &[&str] = if matches!(self.kind, Some(Kind::Managed | Kind::Inline)) {
            &["Version", "Statement"]
        } else {
            &["Version", "Id", "Statement"]
        };
        self.keys(map, known, "");
        let version = map
            .get("Version")
            .and_then(|value| self.text(value, "Version"));
        if let Some(version) = version.as_deref()
            && ![VERSION_2012, VERSION_2008].contains(&version)
        {
            self.problem(
                "Version",
                format!("`{version}` is not a version: expected {VERSION_2012} or {VERSION_2008}"),
            );
        }
        if self.kind == Some(Kind::Managed)
            && version.as_deref().is_none_or(|it| it == VERSION_2008)
        {
            // IAM answers "Policy document must be version 2012-10-17 or greater."
            self.check("Version", |_| {
                let message = format!("a managed policy needs `\"Version\": \"{VERSION_2012}\"`");
                Some(message)
            });
        }
        let id = map.get("Id").and_then(|value| self.text(value, "Id"));
        let Some(statements) = map.get("Statement") else {
            self.problem("", "Statement is missing");
            return None;
        };
        let statements = self.statements(statements, "Statement");
        Some(Document {
            version,
            id,
            statements,
        })
    }

    fn statements(&mut self, value: &Value, path: &str) -> Vec<Statement> {
        let items: Vec<&Value> = match value {
            Value::Array(items) => items.iter().collect(),
            one => vec![one],
        };
        if self.rules == Rules::Strict && items.is_empty() {
            self.problem(path, "at least one statement is needed");
        }
        let mut statements: Vec<Statement> = Vec::new();
        for (at, item) in items.into_iter().enumerate() {
            let path = item_path(path, value, at);
            let Some(statement) = self.statement(item, &path) else {
                continue;
            };
            let sid = statement.sid.as_deref().unwrap_or_default();
            if !sid.is_empty() && statements.iter().any(|other| other.sid == statement.sid) {
                let message = format!("the Sid `{sid}` is used twice");
                self.check(&join(&path, "Sid"), |_| Some(message.clone()));
            }
            statements.push(statement);
        }
        statements
    }

    fn statement(&mut self, value: &Value, path: &str) -> Option<Statement> {
        let map = self.map(value, path)?;
        let known = [
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ];
        self.keys(map, &known, path);
        let sid = map
            .get("Sid")
            .and_then(|value| self.sid(value, &join(path, "Sid")));
        let effect = self.effect(map, path);
        let principal = self.principal(map, path);
        let action = self.action(map, path);
        let resource = self.resource(map, path);
        let condition = map
            .get("Condition")
            .map(|value| self.condition(value, &join(path, "Condition")));
        Some(Statement {
            sid,
            effect: effect?,
            principal,
            action: action?,
            resource,
            condition: condition.unwrap_or_default(),
        })
    }

    fn sid(&mut self, value: &Value, path: &str) -> Option<String> {
        let sid = self.text(value, path)?;
        self.check(path, |kind| rules::sid(&sid, kind));
        Some(sid)
    }

    fn effect(&mut self, map: &Map<String, Value>, path: &str) -> Option<Effect> {
        let Some(value) = map.get("Effect") else {
            self.problem(path, "Effect is missing");
            return None;
        };
        let path = join(path, "Effect");
        match self.text(value, &path)?.as_str() {
            "Allow" => Some(Effect::Allow),
            "Deny" => Some(Effect::Deny),
            other => {
                self.problem(
                    &path,
                    format!("`{other}` is not an effect: expected Allow or Deny"),
                );
                None
            }
        }
    }

    /// Takes the one of two elements that exclude each other, and whether it is the negated one.
    fn either<'a>(
        &mut self,
        map: &'a Map<String, Value>,
        key: &str,
        path: &str,
    ) -> Option<(&'a Value, String, bool)> {
        let negated = format!("Not{key}");
        match (map.get(key), map.get(&negated)) {
            (Some(_), Some(_)) => {
                self.problem(path, format!("{key} and {negated} exclude each other"));
                None
            }
            (Some(value), None) => Some((value, join(path, key), false)),
            (None, Some(value)) => Some((value, join(path, &negated), true)),
            (None, None) => None,
        }
    }

    fn action(&mut self, map: &Map<String, Value>, path: &str) -> Option<Actions> {
        if !map.contains_key("Action") && !map.contains_key("NotAction") {
            self.problem(path, "Action is missing");
        }
        let (value, path, negated) = self.either(map, "Action", path)?;
        let values = self.values(value, &path, Scalars::Text)?;
        for (at, item) in values.items().iter().enumerate() {
            self.check(&item_path(&path, value, at), |kind| {
                rules::action(item, kind)
            });
        }
        Some(if negated {
            Actions::Not(values)
        } else {
            Actions::Is(values)
        })
    }

    fn resource(&mut self, map: &Map<String, Value>, path: &str) -> Option<Resources> {
        let given = map.contains_key("Resource") || map.contains_key("NotResource");
        match self.kind {
            Some(Kind::Trust) if given => {
                self.problem(path, "Resource does not belong in a trust policy");
                return None;
            }
            Some(Kind::Managed | Kind::Inline | Kind::BucketPolicy) if !given => {
                self.problem(path, "Resource is missing")
            }
            _ => {}
        }
        let (value, path, negated) = self.either(map, "Resource", path)?;
        let values = self.values(value, &path, Scalars::Text)?;
        for (at, item) in values.items().iter().enumerate() {
            self.check(&item_path(&path, value, at), |kind| {
                rules::resource(item, kind)
            });
        }
        Some(if negated {
            Resources::Not(values)
        } else {
            Resources::Is(values)
        })
    }

    fn principal(&mut self, map: &Map<String, Value>, path: &str) -> Option<Principals> {
        let given = map.contains_key("Principal") || map.contains_key("NotPrincipal");
        match self.kind {
            Some(Kind::Managed | Kind::Inline) if given => {
                self.problem(path, "Principal does not belong in a policy of an identity");
                return None;
            }
            Some(Kind::Trust | Kind::BucketPolicy) if !given => {
                self.problem(path, "Principal is missing")
            }
            _ => {}
        }
        let (value, own_path, negated) = self.either(map, "Principal", path)?;
        if negated && map.get("Effect").and_then(Value::as_str) == Some("Allow") {
            // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
            self.check(&own_path, |_| {
                Some("NotPrincipal is supported with Deny only".to_owned())
            });
        }
        if negated {
            self.check(&own_path, |kind| {
                (kind == Kind::Trust)
                    .then(|| "NotPrincipal is not supported in a trust policy".to_owned())
            });
        }
        let set = self.principal_set(value, &own_path)?;
        Some(if negated {
            Principals::Not(set)
        } else {
            Principals::Is(set)
        })
    }

    fn principal_set(&mut self, value: &Value, path: &str) -> Option<PrincipalSet> {
        if value.as_str() == Some("*") {
            return Some(PrincipalSet::Everyone);
        }
        let Value::Object(map) = value else {
            self.problem(
                path,
                "expected `*` or a mapping of AWS, Service, Federated or CanonicalUser",
            );
            return None;
        };
        self.keys(map, &PrincipalKind::ALL.map(PrincipalKind::as_str), path);
        if self.rules == Rules::Strict && map.is_empty() {
            self.problem(path, "at least one principal is needed");
        }
        let mut listed = Vec::new();
        for kind in PrincipalKind::ALL {
            let Some(value) = map.get(kind.as_str()) else {
                continue;
            };
            let path = join(path, kind.as_str());
            let Some(values) = self.values(value, &path, Scalars::Text) else {
                continue;
            };
            for (at, item) in values.items().iter().enumerate() {
                self.check(&item_path(&path, value, at), |_| {
                    rules::principal(kind, item)
                });
            }
            listed.push((kind, values));
        }
        Some(PrincipalSet::Listed(listed))
    }

    fn condition(&mut self, value: &Value, path: &str) -> Vec<Condition> {
        let mut conditions: Vec<Condition> = Vec::new();
        let Some(operators) = self.map(value, path) else {
            return conditions;
        };
        for (operator, keys) in operators {
            let path = join(path, operator);
            if Operator::parse(operator).is_none() {
                let known = || Some(format!("`{operator}` is not a condition operator"));
                self.check(&path, |_| known());
            }
            let Some(keys) = self.map(keys, &path) else {
                continue;
            };
            for (key, value) in keys {
                let path = join(&path, key);
                if key.trim().is_empty() {
                    self.problem(&path, "the condition key is empty");
                }
                let Some(values) = self.values(value, &path, Scalars::Any) else {
                    continue;
                };
                if let Some(operator) = Operator::parse(operator) {
                    for (at, item) in values.items().iter().enumerate() {
                        self.check(&item_path(&path, value, at), |_| {
                            rules::value(&operator, item)
                        });
                    }
                }
                let condition = Condition {
                    operator: operator.clone(),
                    key: key.clone(),
                    values,
                };
                if conditions
                    .iter()
                    .any(|other| is_same_test(other, &condition))
                {
                    self.problem(&path, "this operator and key occur twice in different case");
                }
                conditions.push(condition);
            }
        }
        conditions
    }
}

fn is_same_test(a: &Condition, b: &Condition) -> bool {
    let operator = |condition: &Condition| {
        Operator::parse(&condition.operator).map_or_else(
            || condition.operator.clone(),
            |operator| operator.canonical_name(),
        )
    };
    operator(a) == operator(b) && lowercase(&a.key) == lowercase(&b.key)
}
