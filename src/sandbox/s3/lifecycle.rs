//! A bucket's lifecycle rules, validated as S3 does and answered as they were sent, with an id where none was given.

use std::collections::BTreeSet;

use super::super::identifiers;
use super::super::message::Answer;
use super::super::state::Lifecycle;
use super::super::xml::{Element, Writer};
use super::{Call, Failure, NAMESPACE};

const SIZE_HEADER: &str = "x-amz-transition-default-minimum-object-size";
const SIZES: [&str; 2] = ["all_storage_classes_128K", "varies_by_storage_class"];
const ACTIONS: [&str; 5] = [
    "Expiration",
    "NoncurrentVersionExpiration",
    "AbortIncompleteMultipartUpload",
    "Transition",
    "NoncurrentVersionTransition",
];

/// Answers GetBucketLifecycleConfiguration.
pub(super) fn get(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let message = "The lifecycle configuration does not exist";
    let absent = Failure::new(404, "NoSuchLifecycleConfiguration", message)
        .detail("BucketName", call.bucket.as_str());
    let lifecycle = call.held()?.lifecycle.clone().ok_or(absent)?;
    let mut out = Writer::document("LifecycleConfiguration", NAMESPACE);
    lifecycle.rules.iter().for_each(|rule| out.raw(rule));
    let answer = Answer::xml(200, out.finish("LifecycleConfiguration"));
    Ok(answer.with(
        SIZE_HEADER,
        lifecycle.transition_default_minimum_object_size,
    ))
}

/// Answers PutBucketLifecycleConfiguration.
pub(super) fn put(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let body = call.document("LifecycleConfiguration")?;
    if body.children.is_empty()
        || body.children.len() > 1000
        || body.children.iter().any(|c| c.name != "Rule")
    {
        return Err(Failure::malformed_xml());
    }
    let size = call
        .request
        .header(SIZE_HEADER)
        .unwrap_or("all_storage_classes_128K")
        .to_owned();
    if !SIZES.contains(&size.as_str()) {
        return Err(Failure::invalid_argument(
            "Invalid TransitionDefaultMinimumObjectSize",
        ));
    }
    let rules = check_rules(body.children)?;
    let rules = rules.iter().map(written).collect();
    call.held()?.lifecycle = Some(Lifecycle {
        rules,
        transition_default_minimum_object_size: size.clone(),
    });
    Ok(Answer::empty(200).with(SIZE_HEADER, size))
}

/// Answers DeleteBucketLifecycle.
pub(super) fn delete(call: &mut Call<'_>) -> Result<Answer, Failure> {
    call.held()?.lifecycle = None;
    Ok(Answer::empty(204))
}

fn written(rule: &Element) -> String {
    let mut out = Writer::default();
    rule.write(&mut out);
    out.fragment()
}

fn check_rules(mut rules: Vec<Element>) -> Result<Vec<Element>, Failure> {
    check_versions(&rules)?;
    let mut ids = BTreeSet::new();
    for (place, rule) in rules.iter_mut().enumerate() {
        check_rule(rule)?;
        if rule.text_of("ID").is_none_or(str::is_empty) {
            rule.children.retain(|child| child.name != "ID");
            let text = identifiers::letters(&format!("rule {place} {}", written(rule)), 32);
            rule.children.insert(
                0,
                Element {
                    name: "ID".to_owned(),
                    text,
                    ..Element::default()
                },
            );
        }
        let id = rule.text_of("ID").unwrap_or_default().to_owned();
        if id.chars().count() > 255 {
            return Err(Failure::invalid_argument(
                "ID length should not exceed allowed limit of 255",
            ));
        }
        if !ids.insert(id) {
            return Err(Failure::invalid_argument(
                "Rule ID must be unique. Found same ID for one or more rules",
            ));
        }
    }
    Ok(rules)
}

/// A rule with a prefix of its own is of the first version, one with a filter of the second; the first rule decides.
fn check_versions(rules: &[Element]) -> Result<(), Failure> {
    let has = |name: &str| rules.iter().any(|rule| rule.child(name).is_some());
    if !has("Prefix") || !has("Filter") {
        return Ok(());
    }
    let second = rules
        .first()
        .is_some_and(|first| first.child("Filter").is_some());
    let message = match second {
        true => {
            "Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter."
        }
        false => "Filter element can only be used in Lifecycle V2.",
    };
    Err(Failure::new(400, "InvalidRequest", message))
}

fn check_rule(rule: &Element) -> Result<(), Failure> {
    let known = |name: &str| {
        matches!(name, "ID" | "Status" | "Prefix" | "Filter") || ACTIONS.contains(&name)
    };
    let status = rule.text_of("Status");
    let selects = rule
        .children
        .iter()
        .filter(|c| c.name == "Prefix" || c.name == "Filter")
        .count();
    if !rule.children.iter().all(|c| known(&c.name))
        || !matches!(status, Some("Enabled" | "Disabled"))
        || selects != 1
    {
        return Err(Failure::malformed_xml());
    }
    if !rule
        .children
        .iter()
        .any(|child| ACTIONS.contains(&child.name.as_str()))
    {
        return Err(Failure::new(
            400,
            "InvalidRequest",
            "At least one action needs to be specified in a rule",
        ));
    }
    let tagged = rule
        .child("Filter")
        .map(check_filter)
        .transpose()?
        .unwrap_or(false);
    if let Some(expiration) = rule.child("Expiration") {
        check_expiration(expiration, tagged)?;
    }
    if let Some(noncurrent) = rule.child("NoncurrentVersionExpiration") {
        let days = positive(noncurrent, "NoncurrentDays", "NoncurrentVersionExpiration")?;
        days.ok_or_else(Failure::malformed_xml)?;
        let newer = positive(
            noncurrent,
            "NewerNoncurrentVersions",
            "NoncurrentVersionExpiration",
        )?;
        if newer.is_some_and(|newer| newer > 100) {
            let message = "'NewerNoncurrentVersions' for NoncurrentVersionExpiration action must be between 1 and 100";
            return Err(Failure::invalid_argument(message));
        }
    }
    if let Some(abort) = rule.child("AbortIncompleteMultipartUpload") {
        positive(
            abort,
            "DaysAfterInitiation",
            "AbortIncompleteMultipartUpload",
        )?
        .ok_or_else(Failure::malformed_xml)?;
        if tagged {
            let message = "AbortIncompleteMultipartUpload cannot be specified with Tags.";
            return Err(Failure::new(400, "InvalidRequest", message));
        }
    }
    Ok(())
}

/// Checks a filter's shape and says whether it selects by tag.
fn check_filter(filter: &Element) -> Result<bool, Failure> {
    const SINGLE: [&str; 4] = [
        "Prefix",
        "Tag",
        "ObjectSizeGreaterThan",
        "ObjectSizeLessThan",
    ];
    match filter.children.as_slice() {
        [] => Ok(false),
        [and] if and.name == "And" => match and
            .children
            .iter()
            .all(|part| SINGLE.contains(&part.name.as_str()))
        {
            true if and.children.len() >= 2 => Ok(and.child("Tag").is_some()),
            _ => Err(Failure::malformed_xml()),
        },
        [one] if SINGLE.contains(&one.name.as_str()) => Ok(one.name == "Tag"),
        _ => Err(Failure::malformed_xml()),
    }
}

fn check_expiration(expiration: &Element, tagged: bool) -> Result<(), Failure> {
    let [only] = expiration.children.as_slice() else {
        return Err(Failure::malformed_xml());
    };
    match only.name.as_str() {
        "Days" => positive(expiration, "Days", "Expiration").map(drop),
        "Date" => Ok(()),
        "ExpiredObjectDeleteMarker" if tagged => {
            let message = "ExpiredObjectDeleteMarker cannot be specified with Tags.";
            Err(Failure::new(400, "InvalidRequest", message))
        }
        "ExpiredObjectDeleteMarker" if matches!(only.text.trim(), "true" | "false") => Ok(()),
        _ => Err(Failure::malformed_xml()),
    }
}

fn positive(element: &Element, name: &str, action: &str) -> Result<Option<u32>, Failure> {
    let Some(text) = element.text_of(name) else {
        return Ok(None);
    };
    let number = text.parse::<i64>().map_err(|_| Failure::malformed_xml())?;
    match u32::try_from(number) {
        Ok(number) if number > 0 => Ok(Some(number)),
        _ => Err(Failure::invalid_argument(&format!(
            "'{name}' for {action} action must be a positive integer"
        ))),
    }
}
