//! The formats of the words in a document; it must never refuse what AWS documents as valid.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use super::Kind;
use super::statement::PrincipalKind;

/// Returns the six parts of an ARN, the last of which may hold colons.
fn arn_parts(text: &str) -> Option<[&str; 6]> {
    text.splitn(6, ':').collect::<Vec<&str>>().try_into().ok()
}

/// Says whether text is an account id.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Says what is wrong with a Sid. IAM takes letters and digits; S3 takes spaces and more.
pub(super) fn sid(text: &str, kind: Kind) -> Option<String> {
    let fits = |character: char| match kind {
        Kind::BucketPolicy => !character.is_control(),
        Kind::Managed | Kind::Trust => character.is_ascii_alphanumeric(),
    };
    let rule = match kind {
        Kind::BucketPolicy => "control characters are not allowed",
        Kind::Managed | Kind::Trust => "only A-Z, a-z and 0-9 are allowed",
    };
    (!text.chars().all(fits)).then(|| format!("`{text}` is not a valid Sid: {rule}"))
}

/// Says what is wrong with an action.
pub(super) fn action(text: &str, kind: Kind) -> Option<String> {
    if text == "*" {
        return None;
    }
    let Some((service, name)) = text.split_once(':') else {
        return Some(format!(
            "`{text}` is not an action: expected `service:Action`, such as `s3:GetObject`, or `*`"
        ));
    };
    let word = |text: &str, extra: &[char]| {
        !text.is_empty()
            && text
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || extra.contains(&character))
    };
    if !word(service, &['-']) || !word(name, &['*', '?', '-', '_']) {
        return Some(format!(
            "`{text}` is not an action: expected `service:Action`, where the action may hold * and ?"
        ));
    }
    match kind {
        Kind::Trust if !service.eq_ignore_ascii_case("sts") => Some(format!(
            "`{text}` cannot be in a trust policy: only actions of sts can"
        )),
        Kind::BucketPolicy if !service.eq_ignore_ascii_case("s3") => Some(format!(
            "`{text}` cannot be in a bucket policy: only actions of s3 can"
        )),
        _ => None,
    }
}

/// Says what is wrong with a resource.
pub(super) fn resource(text: &str, kind: Kind) -> Option<String> {
    if text == "*" {
        return None;
    }
    let shape = "expected an ARN, `arn:partition:service:region:account:resource`, or `*`";
    let Some([arn, partition, service, _, account, name]) = arn_parts(text) else {
        return Some(format!("`{text}` is not a resource: {shape}"));
    };
    if arn != "arn" || partition.is_empty() || service.is_empty() || name.is_empty() {
        return Some(format!("`{text}` is not a resource: {shape}"));
    }
    let digits = account.bytes().all(|byte| byte.is_ascii_digit());
    if !account.is_empty() && digits && !is_account(account) {
        return Some(format!("`{text}`: an account id has 12 digits"));
    }
    match kind {
        Kind::BucketPolicy if service != "s3" => {
            Some(format!("`{text}` is not a bucket or its objects"))
        }
        _ => None,
    }
}

/// Says what is wrong with the name of a principal.
pub(super) fn principal(kind: PrincipalKind, text: &str) -> Option<String> {
    match kind {
        PrincipalKind::Aws => aws_principal(text),
        PrincipalKind::Service => {
            let word = |part: &str| {
                !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            };
            let valid = text.contains('.') && text.split('.').all(word);
            (!valid).then(|| {
                format!("`{text}` is not a service: expected a name such as `es.amazonaws.com`")
            })
        }
        PrincipalKind::Federated | PrincipalKind::CanonicalUser => {
            text.is_empty().then(|| "the name is empty".to_owned())
        }
    }
}

fn aws_principal(text: &str) -> Option<String> {
    if text == "*" || is_account(text) || is_unique_id(text) {
        return None;
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(format!("`{text}` is not an account id: it has 12 digits"));
    }
    if text.contains(['*', '?']) {
        return Some(format!(
            "`{text}`: a principal cannot hold a wildcard; only `*` alone means everyone"
        ));
    }
    let valid = match arn_parts(text) {
        Some(["arn", partition, service, "", account, name]) => {
            // An origin access identity of CloudFront has the word in place of an account
            // (https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html).
            let owned = is_account(account) || account == "cloudfront";
            !partition.is_empty() && matches!(service, "iam" | "sts") && owned && !name.is_empty()
        }
        _ => false,
    };
    (!valid).then(|| {
        format!(
            "`{text}` is not a principal: expected an account id, the ARN of a user or role, or `*`"
        )
    })
}

/// The id that IAM shows in place of a user or role that was deleted
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>).
fn is_unique_id(text: &str) -> bool {
    let valid = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    text.len() >= 16 && text.starts_with('A') && text.bytes().all(valid)
}
