//! A request against documents of one kind; it must never allow where it cannot decide.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use std::collections::BTreeMap;

use super::Document;
use super::condition::{Context, truth};
use super::glob::{Pattern, Variables, Wildcards, lowercase};
use super::operator::Truth;
use super::principal;
pub use super::principal::Named;
use super::rules::completed;
use super::statement::{Actions, Effect, Resources, Statement};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrincipalId {
    /// Nobody who signed.
    Anonymous,
    /// The ARN of a user, a role, an assumed-role session, or an account's root.
    Aws(String),
    /// A service principal such as `es.amazonaws.com`.
    Service(String),
    /// An identity provider, by ARN or host name.
    Federated(String),
}

impl PrincipalId {
    /// Returns the account of an ARN.
    pub fn account(&self) -> Option<String> {
        match self {
            PrincipalId::Aws(arn) => arn
                .split(':')
                .nth(4)
                .filter(|account| !account.is_empty())
                .map(str::to_owned),
            _ => None,
        }
    }
}

/// One request to decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub principal: PrincipalId,
    /// What, such as `s3:GetObject`.
    pub action: String,
    /// On what, by ARN; statements without a resource element do not look at it.
    pub resource: String,
    /// The context keys. `aws:PrincipalArn`, `aws:PrincipalAccount`, `aws:PrincipalIsAWSService`, `aws:PrincipalServiceName` and
    /// `aws:PrincipalType` are derived from the principal where they are absent.
    pub context: BTreeMap<String, Vec<String>>,
}

/// What documents say of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A statement allows it and none denies it.
    Allowed {
        /// The label of the statement.
        by: String,
    },
    /// A statement denies it.
    ExplicitDeny {
        /// The label of the statement.
        by: String,
    },
    /// No statement allows it.
    ImplicitDeny,
}

impl Decision {
    /// Says whether it is allowed.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Decision::Allowed { .. })
    }
}

/// Decides a request by documents of one kind, such as the policies of one identity, or one bucket policy.
pub fn evaluate(documents: &[&Document], request: &Request) -> Decision {
    let context = context(request);
    let mut allowed = None;
    for document in documents {
        let variables = variables(document);
        for statement in document.statements() {
            let verdict = applies(statement, variables, request, &context);
            match statement.effect {
                Effect::Deny if verdict > Truth::No => {
                    return Decision::ExplicitDeny {
                        by: statement.label(),
                    };
                }
                Effect::Allow if verdict == Truth::Yes && allowed.is_none() => {
                    allowed = Some(statement.label())
                }
                _ => {}
            }
        }
    }
    allowed.map_or(Decision::ImplicitDeny, |by| Decision::Allowed { by })
}

/// Says how the statements that allow a request name who asks, by the strongest of them; none when nothing allows it or one denies.
pub fn named(documents: &[&Document], request: &Request) -> Option<Named> {
    if !evaluate(documents, request).is_allowed() {
        return None;
    }
    let context = context(request);
    let statements = documents.iter().flat_map(|document| {
        let variables = variables(document);
        let of = move |statement| (variables, statement);
        document.statements().iter().map(of)
    });
    statements
        .filter(|(variables, statement)| {
            let verdict = applies(statement, *variables, request, &context);
            statement.effect == Effect::Allow && verdict == Truth::Yes
        })
        .filter_map(|(_, statement)| principal::named(statement, &request.principal))
        .max()
}

/// Says whether a request may be allowed, where nobody knows the values of some context keys or whether they are there.
///
/// It is more than [`evaluate`] allows only where such a key decides.
pub(crate) fn may_be_allowed(
    documents: &[&Document],
    request: &Request,
    is_unknown: &dyn Fn(&str) -> bool,
) -> bool {
    let context = context(request).with_unknown(is_unknown);
    let mut allowed = false;
    for document in documents {
        let variables = variables(document);
        for statement in document.statements() {
            let verdict = applies(statement, variables, request, &context);
            match statement.effect {
                Effect::Deny if verdict == Truth::Yes => return false,
                Effect::Allow if verdict > Truth::No => allowed = true,
                _ => {}
            }
        }
    }
    allowed
}

pub(super) fn variables(document: &Document) -> Variables {
    if document.resolves_variables() {
        Variables::Resolved
    } else {
        Variables::Literal
    }
}

fn context(request: &Request) -> Context<'static> {
    let mut context = request.context.clone();
    let known: Vec<String> = context.keys().map(|key| lowercase(key)).collect();
    for (key, value) in derived(&request.principal) {
        if !known.contains(&lowercase(key)) {
            context.insert(key.to_owned(), vec![value]);
        }
    }
    Context::new(context)
}

fn derived(principal: &PrincipalId) -> Vec<(&'static str, String)> {
    let is_service = matches!(principal, PrincipalId::Service(_)).to_string();
    let mut keys = vec![("aws:PrincipalIsAWSService", is_service)];
    match principal {
        PrincipalId::Aws(arn) => {
            keys.extend(principal_type(arn).map(|kind| ("aws:PrincipalType", kind.to_owned())));
            keys.extend(
                principal
                    .account()
                    .map(|account| ("aws:PrincipalAccount", account)),
            );
            // For a session the key holds the role's ARN, whose path the session does not tell.
            if !arn.contains(":assumed-role/") {
                keys.push(("aws:PrincipalArn", arn.clone()));
            }
        }
        PrincipalId::Service(name) => keys.push(("aws:PrincipalServiceName", name.clone())),
        PrincipalId::Anonymous => keys.push(("aws:PrincipalType", "Anonymous".to_owned())),
        PrincipalId::Federated(_) => {}
    }
    keys
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable>
fn principal_type(arn: &str) -> Option<&'static str> {
    let resource = arn.splitn(6, ':').nth(5)?;
    match resource.split('/').next()? {
        "root" => Some("Account"),
        "user" => Some("User"),
        "federated-user" => Some("FederatedUser"),
        // Nobody asks as a role but in a session.
        "assumed-role" | "role" => Some("AssumedRole"),
        _ => None,
    }
}

fn applies(
    statement: &Statement,
    variables: Variables,
    request: &Request,
    context: &Context<'_>,
) -> Truth {
    if !principal::concerns(statement, &request.principal) {
        return Truth::No;
    }
    let conditions = statement
        .condition
        .iter()
        .map(|condition| truth(condition, variables, context));
    let parts = [
        action(statement, &request.action),
        resource(statement, variables, &request.resource, context),
    ];
    parts
        .into_iter()
        .chain(conditions)
        .min()
        .unwrap_or(Truth::No)
}

pub(super) fn action(statement: &Statement, action: &str) -> Truth {
    let lower = lowercase(action);
    let any = |items: &[String]| {
        items
            .iter()
            .any(|item| Pattern::action(item).matches(&lower))
    };
    match &statement.action {
        Actions::Is(values) => any(values.items()).into(),
        Actions::Not(values) => (!any(values.items())).into(),
    }
}

pub(super) fn resource(
    statement: &Statement,
    variables: Variables,
    resource: &str,
    context: &Context<'_>,
) -> Truth {
    let any = |items: &[String]| {
        let verdicts = items.iter().map(|item| {
            let pattern = Pattern::new(item, Wildcards::Yes, variables)
                .resolve_resource(&|key| context.variable(key));
            let completed = || {
                let whole = completed(item);
                whole.is_some_and(|whole| {
                    Pattern::new(&whole, Wildcards::Yes, variables).matches(resource)
                })
            };
            match pattern.matches(resource) {
                true if pattern.has_variables() => Truth::Unknown,
                false if completed() => Truth::Unknown,
                other => other.into(),
            }
        });
        verdicts.max().unwrap_or(Truth::No)
    };
    match &statement.resource {
        None => Truth::Yes,
        Some(Resources::Is(values)) => any(values.items()),
        Some(Resources::Not(values)) => any(values.items()).not(),
    }
}
