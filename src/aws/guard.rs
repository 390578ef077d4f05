//! The second guard of the read path, behind the types of its clients: nothing but reads is sent. It also learns the services' clock.

use std::time::SystemTime;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextMut, BeforeDeserializationInterceptorContextRef,
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_smithy_types::date_time::Format;
use aws_types::sdk_config::TimeSource;
use http_body_util::Limited;

use super::reads::READ_OPERATIONS;
use crate::clock::{ServiceClock, local, shifted};

/// Refuses every operation that is not a read, before it is serialised.
#[derive(Debug)]
pub(crate) struct ReadsOnly;

impl Intercept for ReadsOnly {
    fn name(&self) -> &'static str {
        "ReadsOnly"
    }

    fn read_before_serialization(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        match cfg.load::<Metadata>().map(Metadata::name) {
            Some(operation) if READ_OPERATIONS.contains(&operation) => Ok(()),
            operation => Err(format!(
                "{} is not a read and cannot be sent while planning",
                operation.unwrap_or("?")
            )
            .into()),
        }
    }
}

/// This machine's clock, put right by so many seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Corrected(pub i64);

impl TimeSource for Corrected {
    fn now(&self) -> SystemTime {
        shifted(self.0)
    }
}

impl Intercept for ServiceClock {
    fn name(&self) -> &'static str {
        "ServiceClock"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        cfg.interceptor_state().store_put(Sent(local()));
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        if let Some(date) = date.and_then(|text| DateTime::from_str(text, Format::HttpDate).ok()) {
            let answered = local();
            let sent = cfg.load::<Sent>().map_or(answered, |sent| sent.0);
            self.learn(sent, date.secs(), answered);
        }
        Ok(())
    }
}

/// When an attempt was sent, by this machine's clock, in seconds since 1970.
#[derive(Debug, Clone, Copy)]
struct Sent(i64);

impl Storable for Sent {
    type Storer = StoreReplace<Self>;
}

/// The longest answer of an AWS service that is read, in bytes: a page of a thousand objects with the longest keys, a thousand lifecycle
/// rules, or what is far longer than any other answer. One that is full of the smallest elements takes up to a hundred times as much memory.
#[must_use]
pub fn longest_answer(operation: &str) -> usize {
    match operation {
        "ListObjectsV2" => 4 * 1024 * 1024,
        "GetBucketLifecycleConfiguration" => 1024 * 1024,
        _ => 512 * 1024,
    }
}

/// Ends answers that do not end.
#[derive(Debug)]
pub(crate) struct BoundedAnswers;

impl Intercept for BoundedAnswers {
    fn name(&self) -> &'static str {
        "BoundedAnswers"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = cfg.load::<Metadata>().map(Metadata::name);
        let longest = longest_answer(operation.unwrap_or_default());
        let body = context.response_mut().take_body();
        *context.response_mut().body_mut() = SdkBody::from_body_1_x(Limited::new(body, longest));
        Ok(())
    }
}
