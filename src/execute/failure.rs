//! What a failed call means: whether it may pass by itself, and in which words it is waited for. Pure.

use super::Reason;
use crate::diagnosis::Transient;
use crate::exit::Exit;
use crate::failure::{Class, Failure, Layer, Speaker};
use crate::plan::{Patience, Step};
use crate::resources::SendError;
use crate::resources::observed::Unread;

/// What was changed a moment ago may still become effective: the next run may find it so.
pub(super) fn try_again(reason: Reason) -> Reason {
    match reason {
        Reason::Failed(mut failure) => {
            failure.class = Class::Busy;
            Reason::Failed(failure)
        }
        other => other,
    }
}

/// What a refusal of esbackup's own interim document means: nothing in the spec is wrong with it.
pub(super) fn of_interim(reason: Reason) -> Reason {
    match reason {
        Reason::Failed(mut failure)
            if failure.exit() == Exit::Failed
                && matches!(failure.layer, Some(Layer::Iam | Layer::Trust)) =>
        {
            failure.cause = Some(
                "IAM does not take the interim trust policy: esbackup puts it in place of its own accord while the role's grants change, and it is not the spec's".to_owned(),
            );
            failure.advise(
                "apply the change in two steps, `policy` first and the trust policy after it: each alone needs no interim document; and report these words as a bug",
            );
            Reason::Failed(failure)
        }
        other => other,
    }
}

/// What a check that could not be read means for the step that waits for it.
pub(super) fn unread_before(step: &Step, unread: &Unread, bucket: Option<&str>) -> Reason {
    let task = format!(
        "read {} again before it is changed ({})",
        unread.what,
        step.call.describe()
    );
    let grant = || {
        let permission = unread.permission.as_ref()?;
        let bucket = bucket.unwrap_or("the bucket");
        Some(format!("grant the caller {permission} on {bucket}"))
    };
    Reason::Failed(Box::new(Failure {
        hint: unread.remedy.clone().or_else(grant).map(Into::into),
        speaker: Speaker::Service,
        ..Failure::new(unread.class, task, unread.words.clone(), "")
    }))
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

pub(super) fn waiting_for(transient: Transient, message: &str) -> String {
    let what = match transient {
        Transient::IamPropagation => "waiting for IAM",
        Transient::Changed(_) => "waiting for the changed policy",
        Transient::FreshBucket => "waiting for the new bucket",
        Transient::Throttled => "waiting, since the service is throttling",
        Transient::Busy => "waiting, since the service is busy",
        Transient::No => "trying again",
    };
    match message {
        "" => what.to_owned(),
        message => format!("{what}: {message}"),
    }
}
