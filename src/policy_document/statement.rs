//! The parts of a statement, as written and easy to build; it must never lose how a foreign statement was written.

use serde_json::Value;

use super::operator::Operator;

/// Whether a statement grants or forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It grants.
    Allow,
    /// It forbids, whatever else grants.
    Deny,
}

impl Effect {
    /// Returns the word of the policy language.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        }
    }
}

/// One scalar or a list of scalars as text, which remembers how it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    items: Vec<String>,
    written: Value,
}

impl Values {
    /// Makes a list, written as a list even when it holds one item.
    pub fn list<T: Into<String>>(items: impl IntoIterator<Item = T>) -> Values {
        let items: Vec<String> = items.into_iter().map(Into::into).collect();
        Values {
            written: items.clone().into(),
            items,
        }
    }

    /// Makes a single value, written as a scalar.
    pub fn one(item: impl Into<String>) -> Values {
        let item = item.into();
        Values {
            written: item.clone().into(),
            items: vec![item],
        }
    }

    /// Takes text and the JSON that it was read from.
    pub(super) fn written(items: Vec<String>, written: Value) -> Values {
        Values { items, written }
    }

    /// Returns the items as text, in the order written.
    pub fn items(&self) -> &[String] {
        &self.items
    }

    /// Returns the JSON as written.
    pub fn as_written(&self) -> &Value {
        &self.written
    }
}

impl From<&str> for Values {
    fn from(item: &str) -> Values {
        Values::one(item)
    }
}

impl From<String> for Values {
    fn from(item: String) -> Values {
        Values::one(item)
    }
}

impl From<Vec<String>> for Values {
    fn from(items: Vec<String>) -> Values {
        Values::list(items)
    }
}

impl From<&[String]> for Values {
    fn from(items: &[String]) -> Values {
        Values::list(items.iter().map(String::as_str))
    }
}

impl<const N: usize> From<[&str; N]> for Values {
    fn from(items: [&str; N]) -> Values {
        Values::list(items)
    }
}

/// The namespace of a principal's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrincipalKind {
    /// Accounts, users, roles and sessions.
    Aws,
    /// Canonical user ids, in bucket policies.
    CanonicalUser,
    /// Identity providers.
    Federated,
    /// AWS services.
    Service,
}

impl PrincipalKind {
    /// Lists every kind in the order written.
    pub const ALL: [PrincipalKind; 4] = [
        PrincipalKind::Aws,
        PrincipalKind::CanonicalUser,
        PrincipalKind::Federated,
        PrincipalKind::Service,
    ];

    /// Returns the key of the policy language.
    pub fn as_str(self) -> &'static str {
        match self {
            PrincipalKind::Aws => "AWS",
            PrincipalKind::CanonicalUser => "CanonicalUser",
            PrincipalKind::Federated => "Federated",
            PrincipalKind::Service => "Service",
        }
    }
}

/// The principals that an element names.
#[derive(Clone, Debug, PartialEq)]
pub enum PrincipalSet {
    /// `"*"`.
    Everyone,
    /// Names by kind; a kind occurs once.
    Listed(Vec<(PrincipalKind, Values)>),
}

/// `Principal` or `NotPrincipal`.
#[derive(Clone, Debug, PartialEq)]
pub enum Principals {
    /// `Principal`.
    Is(PrincipalSet),
    /// `NotPrincipal`.
    Not(PrincipalSet),
}

/// `Action` or `NotAction`.
#[derive(Clone, Debug, PartialEq)]
pub enum Actions {
    /// `Action`.
    Is(Values),
    /// `NotAction`.
    Not(Values),
}

/// `Resource` or `NotResource`.
#[derive(Clone, Debug, PartialEq)]
pub enum Resources {
    /// `Resource`.
    Is(Values),
    /// `NotResource`.
    Not(Values),
}

impl Resources {
    pub(super) fn values(&self) -> &Values {
        match self {
            Resources::Is(values) | Resources::Not(values) => values,
        }
    }
}

/// One operator on one context key; several are all required.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The operator as written, such as `StringEquals`.
    pub operator: String,
    /// The context key as written, such as `aws:SourceAccount`.
    pub key: String,
    /// The values, one of which must match.
    pub values: Values,
}

/// One statement of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The label, unique in its document.
    pub sid: Option<String>,
    /// Whether it grants or forbids.
    pub effect: Effect,
    /// Whom it concerns; absent in identity policies.
    pub principal: Option<Principals>,
    /// What it concerns.
    pub action: Actions,
    /// On what; absent in trust policies.
    pub resource: Option<Resources>,
    /// When; empty is always.
    pub condition: Vec<Condition>,
}

impl Statement {
    /// Makes an Allow of actions.
    pub fn allow(actions: impl Into<Values>) -> Statement {
        Statement::new(Effect::Allow, actions)
    }

    /// Makes a Deny of actions.
    pub fn deny(actions: impl Into<Values>) -> Statement {
        Statement::new(Effect::Deny, actions)
    }

    fn new(effect: Effect, actions: impl Into<Values>) -> Statement {
        let action = Actions::Is(actions.into());
        Statement {
            sid: None,
            effect,
            principal: None,
            action,
            resource: None,
            condition: Vec::new(),
        }
    }

    /// Sets the Sid.
    pub fn sid(mut self, sid: impl Into<String>) -> Statement {
        self.sid = Some(sid.into());
        self
    }

    /// Sets the resources.
    pub fn on(mut self, resources: impl Into<Values>) -> Statement {
        self.resource = Some(Resources::Is(resources.into()));
        self
    }

    /// Sets `Principal` to everyone.
    pub fn by_everyone(mut self) -> Statement {
        self.principal = Some(Principals::Is(PrincipalSet::Everyone));
        self
    }

    /// Adds principals of one kind to `Principal`.
    pub fn by(mut self, kind: PrincipalKind, names: impl Into<Values>) -> Statement {
        let mut listed = match self.principal.take() {
            Some(Principals::Is(PrincipalSet::Listed(listed))) => listed,
            _ => Vec::new(),
        };
        listed.retain(|(existing, _)| *existing != kind);
        listed.push((kind, names.into()));
        self.principal = Some(Principals::Is(PrincipalSet::Listed(listed)));
        self
    }

    /// Adds a condition.
    pub fn when(mut self, operator: &str, key: &str, values: impl Into<Values>) -> Statement {
        self.condition.push(Condition {
            operator: operator.to_owned(),
            key: key.to_owned(),
            values: values.into(),
        });
        self
    }

    /// Returns the Sid, or a short description where there is none.
    pub fn label(&self) -> String {
        match self.sid.as_deref() {
            Some(sid) if !sid.is_empty() => sid.to_owned(),
            _ => self.description(),
        }
    }

    fn description(&self) -> String {
        let (word, values) = match &self.action {
            Actions::Is(values) => ("", values),
            Actions::Not(values) => ("all but ", values),
        };
        let mut text = format!(
            "{} {word}{}",
            self.effect.as_str(),
            shortened(values.items())
        );
        if let Some(resources) = &self.resource {
            let word = if matches!(resources, Resources::Not(_)) {
                "all but "
            } else {
                ""
            };
            text.push_str(&format!(
                " on {word}{}",
                shortened(resources.values().items())
            ));
        }
        text
    }

    /// The values of `Resource` or `NotResource`.
    pub fn all_resources(&self) -> impl Iterator<Item = &String> {
        let resources = self.resource.iter().map(Resources::values);
        resources.flat_map(|values| values.items())
    }

    /// Whether it names accounts, users, roles or sessions, in `Principal` or `NotPrincipal`.
    pub fn names_aws_principals(&self) -> bool {
        self.names(PrincipalKind::Aws)
    }

    /// Whether it names principals of a kind, in `Principal` or `NotPrincipal`.
    pub fn names(&self, wanted: PrincipalKind) -> bool {
        matches!(
            &self.principal,
            Some(Principals::Is(PrincipalSet::Listed(listed)) | Principals::Not(PrincipalSet::Listed(listed)))
                if listed.iter().any(|(kind, _)| *kind == wanted)
        )
    }

    /// Returns the statement with each `${` written so that the current language version reads it as text
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars>).
    pub(super) fn without_variables(&self) -> Statement {
        let escaped = |values: &Values| match values.items().iter().any(|item| item.contains("${"))
        {
            true => Values::list(
                values
                    .items()
                    .iter()
                    .map(|item| item.replace("${", "${$}{")),
            ),
            false => values.clone(),
        };
        let takes_variables = |condition: &&Condition| {
            Operator::parse(&condition.operator).is_none_or(|operator| operator.takes_variables())
        };
        Statement {
            resource: self.resource.as_ref().map(|resource| match resource {
                Resources::Is(values) => Resources::Is(escaped(values)),
                Resources::Not(values) => Resources::Not(escaped(values)),
            }),
            condition: self
                .condition
                .iter()
                .map(|condition| match takes_variables(&condition) {
                    true => Condition {
                        values: escaped(&condition.values),
                        ..condition.clone()
                    },
                    false => condition.clone(),
                })
                .collect(),
            ..self.clone()
        }
    }

    /// Says whether `${` stands where a policy variable may.
    pub fn mentions_variables(&self) -> bool {
        let resources = self.resource.iter().map(Resources::values);
        let conditions = self.condition.iter().map(|condition| &condition.values);
        resources
            .chain(conditions)
            .flat_map(Values::items)
            .any(|item| item.contains("${"))
    }
}

fn shortened(items: &[String]) -> String {
    match items {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}
