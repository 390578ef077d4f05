//! The formats of the words in a document; it must never refuse what AWS documents as valid.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use super::Kind;
use super::operator::{Family, Operator};
use super::scalar::{Decimal, Network, date};
use super::statement::PrincipalKind;

/// The action that messages show as an example.
pub(crate) const EXAMPLE_ACTION: &str = "s3:GetObject";

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
        Kind::Managed | Kind::Inline | Kind::Trust => character.is_ascii_alphanumeric(),
    };
    let rule = match kind {
        Kind::BucketPolicy => "control characters are not allowed",
        Kind::Managed | Kind::Inline | Kind::Trust => "only A-Z, a-z and 0-9 are allowed",
    };
    (!text.chars().all(fits)).then(|| format!("`{text}` is not a valid Sid: {rule}"))
}

/// Says what is wrong with an action.
pub(super) fn action(text: &str, kind: Kind) -> Option<String> {
    if text == "*" && kind != Kind::Trust {
        return None;
    }
    let Some((service, name)) = text.split_once(':').or((text == "*").then_some(("*", "*"))) else {
        return Some(format!(
            "`{text}` is not an action: expected `service:Action`, such as `{EXAMPLE_ACTION}`, or `*`"
        ));
    };
    let word = |text: &str, extra: &[char]| {
        !text.is_empty()
            && text
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || extra.contains(&character))
    };
    if (!word(service, &['-']) && text != "*") || !word(name, &['*', '?', '-', '_']) {
        return Some(format!(
            "`{text}` is not an action: expected `service:Action`, where the action may hold * and ?"
        ));
    }
    match kind {
        Kind::Trust if !is_trust_action(text) => Some(format!(
            "`{text}` cannot be in a trust policy: only sts:AssumeRole*, sts:TagSession, sts:SetSourceIdentity and sts:SetContext can"
        )),
        Kind::BucketPolicy if !service.eq_ignore_ascii_case("s3") => Some(format!(
            "`{text}` cannot be in a bucket policy: only actions of s3 can"
        )),
        _ => None,
    }
}

/// IAM answers "AssumeRole policy may only specify STS AssumeRole actions" to any other, `sts:*` included.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-custom.html>
fn is_trust_action(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let exact = ["sts:tagsession", "sts:setsourceidentity", "sts:setcontext"];
    lower.starts_with("sts:assumerole") || exact.contains(&lower.as_str())
}

/// Returns the whole of an ARN that stops before its resource, such as `arn:aws:cloudfront:*`: IAM takes what is left out for `*`.
pub(super) fn completed(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let short = parts.len() < 6 && parts.len() >= 3 && !text.contains("::");
    (short && parts.first() == Some(&"arn")).then(|| {
        let left_out = ":*".repeat(6_usize.saturating_sub(parts.len()));
        format!("{text}{left_out}")
    })
}

/// The resources of S3 that have a region and an account
/// (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-resources-for-iam-policies>).
const REGIONAL_IN_S3: [&str; 6] = [
    "accesspoint",
    "access-grants",
    "async-request",
    "job",
    "storage-lens",
    "*",
];

/// Says what is wrong with the region or account of an ARN of a service whose names have none.
fn misplaced(service: &str, region: &str, account: &str, name: &str) -> Option<&'static str> {
    let regional = || REGIONAL_IN_S3.iter().any(|kind| name.starts_with(kind));
    match service {
        "iam" if !region.is_empty() => Some("names of IAM have no region"),
        "s3" if regional() => None,
        "s3" if !region.is_empty() => Some("a bucket and its objects have no region in their ARN"),
        "s3" if !account.is_empty() => {
            Some("a bucket and its objects have no account in their ARN")
        }
        _ => None,
    }
}

/// Says what is wrong with a value that an operator compares.
pub(super) fn value(operator: &Operator, text: &str) -> Option<String> {
    let expected = match operator.family {
        Family::Number(_) if Decimal::parse(text).is_none() => "a number, such as 10 or 2.5",
        // Four digits are valid, though nobody knows whether they are a year or seconds.
        Family::Date(_) if date(text).is_none() && !is_year(text) => {
            "a date, such as 2026-01-31 or 2026-01-31T10:00:00Z, or seconds since 1970"
        }
        Family::Address if Network::parse(text).is_none() => {
            "an address or a range, such as 203.0.113.0/24"
        }
        Family::Null if !is_boolean(text) => "true or false",
        Family::Bool if !is_boolean(text) && !text.contains("${") => "true or false",
        Family::Binary if text.contains("${") => "base64",
        _ => return None,
    };
    Some(format!(
        "`{text}` is not a value for {}: expected {expected}",
        operator.canonical_name()
    ))
}

fn is_boolean(text: &str) -> bool {
    ["true", "false"]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(text))
}

fn is_year(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Says what is wrong with a resource.
pub(super) fn resource(text: &str, kind: Kind) -> Option<String> {
    if text == "*" {
        return None;
    }
    let shape = "expected an ARN, `arn:partition:service:region:account:resource`, or `*`";
    let whole = match kind {
        // S3 takes the names of one bucket and of its objects.
        Kind::BucketPolicy => None,
        Kind::Managed | Kind::Inline | Kind::Trust => completed(text),
    };
    let Some([arn, partition, service, region, account, name]) =
        arn_parts(whole.as_deref().unwrap_or(text))
    else {
        return Some(format!("`{text}` is not a resource: {shape}"));
    };
    if arn != "arn" || partition.is_empty() || service.is_empty() || name.is_empty() {
        return Some(format!("`{text}` is not a resource: {shape}"));
    }
    let digits = account.bytes().all(|byte| byte.is_ascii_digit());
    if !account.is_empty() && digits && !is_account(account) {
        return Some(format!("`{text}`: an account id has 12 digits"));
    }
    if let Some(problem) = misplaced(service, region, account, name) {
        return Some(format!("`{text}`: {problem}"));
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
