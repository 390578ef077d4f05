//! What was read of a resource. Unreadable is never taken for absent.

use crate::aws::{CallError, permissions};
use crate::failure::Class;
use crate::names::Tags;
use crate::names::{ENVIRONMENT, MANAGED_BY, PRODUCT};
use crate::policy_document::Problem;

/// What reading a resource gave.
#[derive(Debug, Clone, PartialEq)]
pub enum Observed<T> {
    /// The service said that it does not exist.
    Absent,
    /// It exists, and all of it was read.
    Present(T),
    /// Something of it could not be read.
    Unreadable(Vec<Unread>),
}

/// One read that was refused or failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// What could not be read, such as `the bucket's encryption`.
    pub what: String,
    /// The permission that the caller lacks, when a permission is what was missing.
    pub permission: Option<String>,
    /// The service's own words.
    pub words: String,
    /// What to do, where the words are known; else the permission says it.
    pub remedy: Option<String>,
    /// Class of the failure.
    pub class: Class,
}

/// What to do where an answer is not the service's.
const ANOTHER_SERVICE: &str = "check what answers for AWS and the domain: the proxy (HTTPS_PROXY), AWS_ENDPOINT_URL and `domain.endpoint`; -vv shows the requests";

impl Unread {
    /// A read that failed; the action that its operation needs is named when that is what was missing.
    pub fn new(what: &str, error: &CallError) -> Self {
        Self::lacking(what, permissions::action(error.operation), error)
    }

    /// A read that failed; this permission is named when it is what was missing.
    pub fn lacking(what: &str, permission: &str, error: &CallError) -> Self {
        let denied = error.class == Class::Denied;
        let credentials = error.class == Class::Credentials;
        let unexpected = error.class == Class::Unexpected;
        Self {
            what: what.to_owned(),
            permission: denied.then(|| permission.to_owned()),
            words: error.words(),
            remedy: match () {
                () if credentials => Some("renew or correct the AWS credentials".to_owned()),
                () if unexpected => Some(ANOTHER_SERVICE.to_owned()),
                () => None,
            },
            class: match error.may_pass() {
                true => Class::Unavailable,
                false => error.class,
            },
        }
    }

    /// An answer that does not say what was asked.
    pub fn unsaid(what: &str, words: impl Into<String>) -> Self {
        Self {
            what: what.to_owned(),
            permission: None,
            words: words.into(),
            remedy: Some(ANOTHER_SERVICE.to_owned()),
            class: Class::Unexpected,
        }
    }

    /// Something that was read and cannot be used.
    pub fn content(what: &str, words: String) -> Self {
        Self {
            what: what.to_owned(),
            permission: None,
            words,
            remedy: None,
            class: Class::Unusable,
        }
    }

    /// A document that is not understood.
    pub fn document(what: &str, problems: &[Problem]) -> Self {
        let words = problems
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; ");
        Self::content(what, format!("it is not understood: {words}"))
    }
}

/// Who a resource says that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// This environment.
    Ours,
    /// Another environment of esbackup.
    Other(String),
    /// Nobody: it carries no mark.
    None,
}

impl Mark {
    /// Reads the mark of ownership from tags.
    pub fn read(tags: &Tags, environment: &str) -> Self {
        if tags.get(MANAGED_BY).map(String::as_str) != Some(PRODUCT) {
            return Mark::None;
        }
        match tags.get(ENVIRONMENT) {
            Some(name) if name == environment => Mark::Ours,
            Some(name) => Mark::Other(name.clone()),
            None => Mark::None,
        }
    }
}
