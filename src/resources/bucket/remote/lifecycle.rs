//! Lifecycle rules between S3 and esbackup; foreign rules go back exactly as they came.

use std::hash::{Hash, Hasher};

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, ExpirationStatus,
    LifecycleExpiration, LifecycleRule, LifecycleRuleFilter, NoncurrentVersionExpiration,
    TransitionDefaultMinimumObjectSize,
};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use aws_smithy_types::error::operation::BuildError;

use crate::resources::bucket::Rule;
use crate::resources::bucket::facts::{LiveRule, When};

/// A lifecycle configuration as S3 returned it, to be sent back unchanged.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rules {
    rules: Vec<LifecycleRule>,
    transition_default: Option<TransitionDefaultMinimumObjectSize>,
}

impl Hash for Rules {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // The client's own types can be compared and shown, and nothing of these is shown masked.
        format!("{self:?}").hash(state);
    }
}

impl Rules {
    /// The configuration without the rule of this id.
    pub fn without(&self, id: &str) -> Self {
        let rules = self
            .rules
            .iter()
            .filter(|rule| rule.id() != Some(id))
            .cloned()
            .collect();
        Self {
            rules,
            transition_default: self.transition_default.clone(),
        }
    }

    /// The ids of its rules.
    pub fn ids(&self) -> Vec<&str> {
        self.rules
            .iter()
            .map(|rule| rule.id().unwrap_or("without id"))
            .collect()
    }

    /// Its rules, as far as they are judged.
    pub fn judged(&self) -> Vec<LiveRule> {
        self.rules.iter().map(judged).collect()
    }

    /// The configuration with a rule added, as S3 takes it.
    pub(super) fn with(&self, rule: &Rule) -> Result<BucketLifecycleConfiguration, BuildError> {
        let mut rules = self.rules.clone();
        rules.push(write_rule(rule, self.style())?);
        BucketLifecycleConfiguration::builder()
            .set_rules(Some(rules))
            .build()
    }

    /// S3 refuses a configuration that mixes rules with `Filter` and rules with the old `Prefix` of their own.
    fn style(&self) -> Style {
        #[expect(
            deprecated,
            reason = "rules written by old clients carry the prefix there"
        )]
        let old = self
            .rules
            .iter()
            .any(|rule| rule.prefix().is_some() && rule.filter().is_none());
        if old { Style::Prefix } else { Style::Filter }
    }

    /// The configuration's default for transitions, sent back as it came.
    pub(super) fn transition_default(&self) -> Option<TransitionDefaultMinimumObjectSize> {
        self.transition_default.clone()
    }

    /// A configuration as S3 answered it.
    pub(super) fn new(
        rules: Vec<LifecycleRule>,
        transition_default: Option<TransitionDefaultMinimumObjectSize>,
    ) -> Self {
        Self {
            rules,
            transition_default,
        }
    }

    pub(super) fn own(&self, id: &str) -> Option<Rule> {
        self.rules
            .iter()
            .find(|rule| rule.id() == Some(id))
            .map(read_rule)
    }
}

/// How a rule says which objects it is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Filter,
    Prefix,
}

fn write_rule(rule: &Rule, style: Style) -> Result<LifecycleRule, BuildError> {
    let days = |days: Option<u32>| days.and_then(|days| i32::try_from(days).ok());
    let noncurrent = NoncurrentVersionExpiration::builder()
        .set_noncurrent_days(days(rule.noncurrent_days))
        .build();
    let abort = AbortIncompleteMultipartUpload::builder()
        .set_days_after_initiation(days(rule.abort_days))
        .build();
    let builder = LifecycleRule::builder().id(&rule.id);
    #[expect(
        deprecated,
        reason = "beside rules written by old clients S3 takes no other form"
    )]
    let builder = match style {
        Style::Filter => {
            builder.filter(LifecycleRuleFilter::builder().prefix(&rule.prefix).build())
        }
        Style::Prefix => builder.prefix(&rule.prefix),
    };
    builder
        .status(if rule.enabled {
            ExpirationStatus::Enabled
        } else {
            ExpirationStatus::Disabled
        })
        .noncurrent_version_expiration(noncurrent)
        .abort_incomplete_multipart_upload(abort)
        .expiration(
            LifecycleExpiration::builder()
                .expired_object_delete_marker(rule.expire_delete_markers)
                .build(),
        )
        .build()
}

fn read_rule(rule: &LifecycleRule) -> Rule {
    let days = |days: Option<i32>| days.and_then(|days| u32::try_from(days).ok());
    let expiration = rule.expiration();
    let filter = rule.filter();
    let noncurrent = rule.noncurrent_version_expiration();
    let narrowed = filter.is_some_and(|filter| {
        filter.and().is_some()
            || filter.tag().is_some()
            || filter.object_size_greater_than().is_some()
            || filter.object_size_less_than().is_some()
    });
    let strays = narrowed
        || expiration
            .is_some_and(|expiration| expiration.days().is_some() || expiration.date().is_some())
        || noncurrent.is_some_and(|noncurrent| noncurrent.newer_noncurrent_versions().is_some())
        || !rule.transitions().is_empty()
        || !rule.noncurrent_version_transitions().is_empty();
    #[expect(
        deprecated,
        reason = "rules written by old clients carry the prefix there"
    )]
    let old_prefix = rule.prefix();
    Rule {
        id: rule.id().unwrap_or_default().to_owned(),
        prefix: filter
            .and_then(|filter| filter.prefix())
            .or(old_prefix)
            .unwrap_or_default()
            .to_owned(),
        noncurrent_days: noncurrent.and_then(|noncurrent| days(noncurrent.noncurrent_days())),
        abort_days: rule
            .abort_incomplete_multipart_upload()
            .and_then(|abort| days(abort.days_after_initiation())),
        expire_delete_markers: expiration
            .and_then(|expiration| expiration.expired_object_delete_marker())
            .unwrap_or(false),
        strays,
        enabled: rule.status() == &ExpirationStatus::Enabled,
    }
}

fn judged(rule: &LifecycleRule) -> LiveRule {
    let filter = rule.filter();
    let and = filter.and_then(|filter| filter.and());
    #[expect(
        deprecated,
        reason = "rules written by old clients carry the prefix there"
    )]
    let old_prefix = rule.prefix();
    let prefix = filter
        .and_then(|filter| filter.prefix())
        .or_else(|| and.and_then(|and| and.prefix()))
        .or(old_prefix);
    let expiration = rule.expiration();
    let moves = rule.transitions().iter().map(|transition| {
        let class = transition
            .storage_class()
            .map_or("?", |class| class.as_str());
        (class.to_owned(), when(transition.days(), transition.date()))
    });
    LiveRule {
        id: rule.id().unwrap_or("without id").to_owned(),
        enabled: rule.status() == &ExpirationStatus::Enabled,
        prefix: prefix.unwrap_or_default().to_owned(),
        tagged: filter.is_some_and(|filter| filter.tag().is_some())
            || and.is_some_and(|and| !and.tags().is_empty()),
        expires: expiration.and_then(|expiration| when(expiration.days(), expiration.date())),
        moves: moves.collect(),
        expires_noncurrent: rule.noncurrent_version_expiration().is_some(),
    }
}

fn when(days: Option<i32>, date: Option<&DateTime>) -> Option<When> {
    match (days, date) {
        (Some(days), _) => Some(When::Days(days)),
        (None, Some(date)) => {
            // A year that cannot be written is still a date on which the rule acts.
            let text = match date.fmt(Format::DateTime) {
                Ok(text) => text,
                Err(_) => "a date that cannot be written".to_owned(),
            };
            let day = text.split('T').next().unwrap_or_default();
            Some(When::Date(day.to_owned()))
        }
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests;
