//! Shows the requests of the SDK clients where `-vv` asks for it; it changes none.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};

use crate::outlet::trace::{Exchange, is_on};

/// Shows each attempt, signed as it is sent, and its answer.
#[derive(Debug)]
pub(super) struct Traced;

/// The attempt that is being made.
#[derive(Debug)]
struct Shown(Option<Exchange>);

impl Storable for Shown {
    type Storer = StoreReplace<Self>;
}

impl Intercept for Traced {
    fn name(&self) -> &'static str {
        "Traced"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if !is_on() {
            return Ok(());
        }
        let operation = cfg
            .load::<Metadata>()
            .map(|called| format!("{} {}", called.service(), called.name()));
        let request = context.request();
        let exchange = Exchange::begin(
            &operation.unwrap_or_default(),
            request.method(),
            request.uri(),
            request.headers().iter(),
        );
        cfg.interceptor_state().store_put(Shown(exchange));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(exchange) = cfg.load::<Shown>().and_then(|shown| shown.0) else {
            return Ok(());
        };
        cfg.interceptor_state().store_put(Shown(None));
        match context.response() {
            Some(answer) => exchange.answered(answer.status().as_u16(), answer.headers().iter()),
            None => exchange.unanswered("the connection or its time ended"),
        }
        Ok(())
    }
}
