//! Bucket policies: stored as sent, refused when malformed, for another bucket, or public where that is blocked.

use serde_json::Value;

use super::super::message::Answer;
use super::super::policy::{self, Kind};
use super::super::principals;
use super::super::xml::Writer;
use super::configuration::truth;
use super::{Call, Failure, NAMESPACE, access};

const MAX_BYTES: usize = 20 * 1024;

/// Condition keys whose fixed values make a statement for everyone not public:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>.
const LIMITING_KEYS: [&str; 13] = [
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceip",
    "aws:sourceowner",
    "aws:userid",
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:dataaccesspointarn",
];

/// Answers GetBucketPolicy.
pub(super) fn get(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let text = stored(call)?;
    let mut answer = Answer::text(200, &text);
    answer.headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    Ok(answer)
}

/// Answers GetBucketPolicyStatus.
pub(super) fn status(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let text = stored(call)?;
    let mut out = Writer::document("PolicyStatus", NAMESPACE);
    out.leaf("IsPublic", truth(is_public(&text)));
    Ok(Answer::xml(200, out.finish("PolicyStatus")))
}

/// Answers PutBucketPolicy.
pub(super) fn put(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let text = std::str::from_utf8(&call.request.body)
        .map_err(|_| malformed("Policies must be valid UTF-8"))?
        .to_owned();
    if text.len() > MAX_BYTES {
        return Err(Failure::new(
            400,
            "PolicyTooLarge",
            "Policy exceeds the maximum allowed document size.",
        ));
    }
    if principals::unknown(call.state, &call.caller.account, &text).is_some() {
        return Err(malformed("Invalid principal in policy"));
    }
    let name = call.bucket.clone();
    let caller = call.caller.arn.clone();
    let bucket = call.held()?;
    let arn = access::bucket_arn(&bucket.region, &name);
    validate(&text, &arn)?;
    let blocked = bucket
        .public_access_block
        .is_some_and(|block| block.block_public_policy);
    if blocked && is_public(&text) {
        let message = format!(
            "User: {caller} is not authorized to perform: s3:PutBucketPolicy on resource: \"{arn}\" because public \
             policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
        );
        return Err(Failure::access_denied(message));
    }
    bucket.policy = Some(text);
    Ok(Answer::empty(204))
}

/// Answers DeleteBucketPolicy.
pub(super) fn delete(call: &mut Call<'_>) -> Result<Answer, Failure> {
    call.held()?.policy = None;
    Ok(Answer::empty(204))
}

fn stored(call: &mut Call<'_>) -> Result<String, Failure> {
    let message = "The bucket policy does not exist";
    let absent =
        Failure::new(404, "NoSuchBucketPolicy", message).detail("BucketName", call.bucket.as_str());
    call.held()?.policy.clone().ok_or(absent)
}

fn malformed(message: &str) -> Failure {
    Failure::new(400, "MalformedPolicy", message)
}

fn validate(text: &str, arn: &str) -> Result<(), Failure> {
    let value: Value = serde_json::from_str(text)
        .map_err(|_| malformed("Policies must be valid JSON and the first byte must be '{'"))?;
    for statement in statements(&value) {
        for action in texts(statement.get("Action")).chain(texts(statement.get("NotAction"))) {
            if action != "*" && !action.to_ascii_lowercase().starts_with("s3:") {
                return Err(malformed("Policy has invalid action"));
            }
        }
        for resource in texts(statement.get("Resource")).chain(texts(statement.get("NotResource")))
        {
            let rest = resource.strip_prefix(arn);
            if !rest.is_some_and(|rest| {
                rest.is_empty() || rest.starts_with('/') || rest.starts_with('*')
            }) {
                return Err(malformed("Policy has invalid resource"));
            }
        }
    }
    policy::check(text, Kind::Bucket).map_err(|problem| malformed(&problem))
}

/// Says whether a policy allows everyone something without a limiting condition.
pub(super) fn is_public(text: &str) -> bool {
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return false;
    };
    statements(&value).any(|statement| {
        let everyone = statement.get("NotPrincipal").is_some()
            || statement.get("Principal").is_some_and(names_everyone);
        statement.get("Effect").and_then(Value::as_str) == Some("Allow")
            && everyone
            && !is_limited(statement)
    })
}

fn names_everyone(principal: &Value) -> bool {
    match principal {
        Value::String(text) => text == "*",
        Value::Object(map) => map
            .values()
            .any(|value| texts(Some(value)).any(|text| text == "*")),
        _ => false,
    }
}

fn is_limited(statement: &Value) -> bool {
    let Some(Value::Object(operators)) = statement.get("Condition") else {
        return false;
    };
    operators.iter().any(|(operator, keys)| {
        let operator = operator.to_ascii_lowercase();
        let positive =
            !operator.contains("not") && !operator.ends_with("ifexists") && operator != "null";
        let Value::Object(keys) = keys else {
            return false;
        };
        positive
            && keys.iter().any(|(key, values)| {
                let open = texts(Some(values))
                    .any(|value| value == "*" || value == "0.0.0.0/0" || value == "::/0");
                LIMITING_KEYS.contains(&key.to_ascii_lowercase().as_str()) && !open
            })
    })
}

fn statements(value: &Value) -> impl Iterator<Item = &Value> {
    match value.get("Statement") {
        Some(Value::Array(list)) => list.iter(),
        Some(one) => std::slice::from_ref(one).iter(),
        None => [].iter(),
    }
}

fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let list = match value {
        Some(Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    list.iter().filter_map(Value::as_str)
}
