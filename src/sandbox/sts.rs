//! STS: who the caller is; needs no permission, as in AWS.

use super::iam;
use super::message::{Answer, Plus, Request, pairs};
use super::sigv4;
use super::state::State;
use super::xml::Writer;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Returns the operation's name and whether it writes.
pub(super) fn operation(request: &Request) -> (String, bool) {
    (action(request), false)
}

fn action(request: &Request) -> String {
    let fields = pairs(&String::from_utf8_lossy(&request.body), Plus::Space);
    fields
        .into_iter()
        .find(|(key, _)| key == "Action")
        .map_or_else(|| "unknown".to_owned(), |(_, value)| value)
}

/// Carries a request out.
pub(super) fn answer(state: &mut State, request: &Request, id: &str) -> Answer {
    let caller = match sigv4::verify(request, state, "sts") {
        Ok(caller) => caller,
        Err(refusal) => {
            let (status, code, message) = iam::refused(refusal);
            return error(status, code, &message, id);
        }
    };
    let action = action(request);
    if action != "GetCallerIdentity" {
        let message = format!("Could not find operation {action} for version 2011-06-15");
        return error(400, "InvalidAction", &message, id);
    }
    let mut out = Writer::document("GetCallerIdentityResponse", NAMESPACE);
    out.open("GetCallerIdentityResult");
    out.leaf("Arn", &caller.arn);
    out.leaf("UserId", &caller.id);
    out.leaf("Account", &caller.account);
    out.close("GetCallerIdentityResult");
    out.open("ResponseMetadata");
    out.leaf("RequestId", id);
    out.close("ResponseMetadata");
    Answer::xml(200, out.finish("GetCallerIdentityResponse"))
}

/// Builds an error answer.
pub(super) fn error(status: u16, code: &str, message: &str, id: &str) -> Answer {
    iam::query_error(NAMESPACE, (status, code, message), id)
}
