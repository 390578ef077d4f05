//! Bucket tags; a put replaces the whole set, but tags of AWS services stay as they are.

use std::collections::BTreeMap;

use super::super::message::Answer;
use super::super::xml::{Element, Writer};
use super::{Call, Failure, NAMESPACE};

const MAX_TAGS: usize = 50;

/// Answers GetBucketTagging.
pub(super) fn get(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let absent = Failure::new(404, "NoSuchTagSet", "The TagSet does not exist")
        .detail("BucketName", call.bucket.as_str());
    let tags = &call.held()?.tags;
    if tags.is_empty() {
        return Err(absent);
    }
    let mut out = Writer::document("Tagging", NAMESPACE);
    out.open("TagSet");
    for (key, value) in tags {
        out.open("Tag");
        out.leaf("Key", key);
        out.leaf("Value", value);
        out.close("Tag");
    }
    out.close("TagSet");
    Ok(Answer::xml(200, out.finish("Tagging")))
}

/// Answers PutBucketTagging.
pub(super) fn put(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let body = call.document("Tagging")?;
    let set = body.child("TagSet").ok_or_else(Failure::malformed_xml)?;
    let held = call.held()?.tags.clone();
    let mut tags = read(set, &held)?;
    tags.extend(held.into_iter().filter(|(key, _)| key.starts_with("aws:")));
    call.held()?.tags = tags;
    Ok(Answer::empty(204))
}

/// Answers DeleteBucketTagging.
pub(super) fn delete(call: &mut Call<'_>) -> Result<Answer, Failure> {
    call.held()?.tags.retain(|key, _| key.starts_with("aws:"));
    Ok(Answer::empty(204))
}

/// Reads a set of `Tag` elements for a new bucket.
pub(super) fn parse(set: &Element) -> Result<BTreeMap<String, String>, Failure> {
    read(set, &BTreeMap::new())
}

fn read(
    set: &Element,
    held: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut tags = BTreeMap::new();
    for tag in &set.children {
        let (Some(key), Some(value)) = (tag.child("Key"), tag.child("Value")) else {
            return Err(Failure::malformed_xml());
        };
        let (key, value) = (key.text.clone(), value.text.clone());
        check(&key, &value, held)?;
        if tags.insert(key, value).is_some() {
            return Err(invalid("Cannot provide multiple Tags with the same key"));
        }
    }
    if tags.len() > MAX_TAGS {
        return Err(Failure::new(
            400,
            "BadRequest",
            "Bucket tag count cannot be greater than 50",
        ));
    }
    Ok(tags)
}

fn check(key: &str, value: &str, held: &BTreeMap<String, String>) -> Result<(), Failure> {
    let allowed = |c: char| c.is_alphanumeric() || " _.:/=+-@".contains(c);
    if key.is_empty() || key.chars().count() > 128 || !key.chars().all(allowed) {
        return Err(invalid("The TagKey you have provided is invalid"));
    }
    if value.chars().count() > 256 || !value.chars().all(allowed) {
        return Err(invalid("The TagValue you have provided is invalid"));
    }
    if key.starts_with("aws:") && held.get(key).is_none_or(|have| have != value) {
        return Err(invalid("System tags cannot be added/updated by requester"));
    }
    Ok(())
}

fn invalid(message: &str) -> Failure {
    Failure::new(400, "InvalidTag", message)
}
