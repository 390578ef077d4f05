//! What a failed call means: which exit code, whether it may pass by itself, and in which words it is waited for. Pure.

use super::Reason;
use crate::diagnosis::{Explanation, Layer, Transient};
use crate::exit::Exit;
use crate::failure::Class;
use crate::plan::{Patience, Step};
use crate::resources::SendError;
use crate::resources::observed::Unread;

/// Returns the class of a failed call, by the error and by what its message means.
pub fn class(error: &SendError, explanation: &Explanation) -> Class {
    match (error, explanation.transient) {
        (_, Transient::Throttled) => Class::Throttled,
        (_, Transient::Busy | Transient::FreshBucket) => Class::Busy,
        (SendError::Aws(error), _) => match error.code.as_deref() {
            Some("NoSuchBucket" | "OperationAborted") => Class::Busy,
            _ if error.class == Class::Failed && error.service_failed() => Class::Unavailable,
            _ => error.class,
        },
        // The engine wraps a denial by S3 or by STS in a 500 of its own: the layer tells.
        (SendError::Domain(_), _) if explanation.layer.is_some_and(Layer::is_permission) => {
            Class::Denied
        }
        (SendError::Domain(error), _) => error.class(),
        (SendError::Unread(_) | SendError::NoDomain, _) => Class::Failed,
    }
}

/// What was changed a moment ago may still become effective: the next run may find it so.
pub(super) fn try_again(reason: Reason) -> Reason {
    match reason {
        Reason::Failed { explanation, .. } => Reason::Failed {
            explanation,
            class: Class::Busy,
        },
        other => other,
    }
}

/// What a refusal of esbackup's own interim document means: nothing in the spec is wrong with it.
pub(super) fn of_interim(reason: Reason) -> Reason {
    match reason {
        Reason::Failed {
            mut explanation,
            class,
        } if class.exit() == Exit::Failed
            && matches!(explanation.layer, Some(Layer::Iam | Layer::Trust)) =>
        {
            explanation.cause = Some(
                "IAM does not take the interim trust policy: esbackup puts it in place of its own accord while the role's grants change, and it is not the spec's".to_owned(),
            );
            explanation.remedy = Some(
                "apply the change in two steps, `policy` first and the trust policy after it: each alone needs no interim document; and report these words as a bug"
                    .to_owned(),
            );
            Reason::Failed { explanation, class }
        }
        other => other,
    }
}

/// What a check that could not be read means for the step that waits for it.
pub(super) fn unread_before(step: &Step, unread: &Unread, bucket: Option<&str>) -> Reason {
    let explanation = Explanation {
        doing: format!(
            "read {} again before it is changed ({})",
            unread.what,
            step.call.describe()
        ),
        layer: None,
        words: vec![unread.words.clone()],
        request_id: None,
        party: None,
        cause: None,
        remedy: unread.remedy.clone().or_else(|| {
            unread.permission.as_ref().map(|it| {
                format!(
                    "grant the caller {it} on {}",
                    bucket.unwrap_or("the bucket")
                )
            })
        }),
        row: None,
        transient: Transient::No,
    };
    Reason::Failed {
        explanation: Box::new(explanation),
        class: unread.class,
    }
}

/// Whether the plan said that such a refusal may pass by itself.
pub(super) fn may_pass(transient: Transient, patience: Patience) -> bool {
    match transient {
        Transient::IamPropagation => patience.iam,
        // An explicit deny, and what no policy of a kind allows, passes only where a document of that very kind changed.
        Transient::Changed(document) => patience.changed.include(document),
        Transient::FreshBucket => patience.bucket,
        Transient::No | Transient::Throttled | Transient::Busy => false,
    }
}

/// What this run created a moment ago may be answered as absent for a while.
pub(super) fn gone_missing(error: &SendError, patience: Patience) -> bool {
    let SendError::Aws(error) = error else {
        return false;
    };
    match error.code.as_deref() {
        Some("NoSuchEntity") => patience.iam,
        Some("NoSuchBucket" | "OperationAborted") => patience.bucket,
        _ => false,
    }
}

/// Whether the engine itself answered: what is not in effect then will not come into effect any more. A gateway's word says nothing of it.
pub(super) fn says_no(error: &SendError) -> bool {
    match error {
        SendError::Domain(error) => error
            .refusal()
            .is_some_and(|refusal| refusal.code.is_some()),
        _ => false,
    }
}

pub(super) fn waiting_for(transient: Transient, words: &[String]) -> String {
    let what = match transient {
        Transient::IamPropagation => "waiting for IAM",
        Transient::Changed(_) => "waiting for the changed policy",
        Transient::FreshBucket => "waiting for the new bucket",
        Transient::Throttled => "waiting, since the service is throttling",
        Transient::Busy => "waiting, since the service is busy",
        Transient::No => "trying again",
    };
    match words.first() {
        Some(words) => format!("{what}: {words}"),
        None => what.to_owned(),
    }
}
