//! How long the SDK sends a read again: until a budget of time and of attempts is spent. It decides nothing about writes, which are sent once.

use std::time::Duration;

use aws_sdk_s3::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, FinalizerInterceptorContextRef, InterceptorContext,
};
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use tokio::time::Instant;

use crate::limits::Limits;

/// Attempts of a read that gets no answer at all: a network that is down is reported soon.
const WITHOUT_ANSWER: u32 = 3;

/// The retry settings of a read: the SDK's standard mode. [`Budget`] ends the attempts earlier where there is no answer.
pub(super) fn retries(limits: &Limits) -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(limits.attempts())
        .with_initial_backoff(limits.backoff)
        .with_max_backoff(limits.longest_pause())
}

/// A partition without a quota: the SDK's own bucket of 500 tokens is shared by the whole process, and a few dozen environments that are
/// throttled at once empty it within a second.
pub(super) fn partition() -> RetryPartition {
    RetryPartition::custom("esbackup")
        .token_bucket(TokenBucket::unlimited())
        .build()
}

/// Ends the attempts of a read once its budget is spent, so that the service's last answer is the result.
#[derive(Debug)]
pub(super) struct Budget(pub(super) Limits);

/// When the operation began.
#[derive(Debug, Clone, Copy)]
struct Began(Instant);

impl Storable for Began {
    type Storer = StoreReplace<Self>;
}

impl Budget {
    /// Returns whether one more attempt fits after this many of them in this much time.
    fn allows(&self, answered: bool, attempts: u32, spent: Duration) -> bool {
        match answered {
            true => attempts < self.0.attempts() && spent < self.0.retry,
            false => attempts < WITHOUT_ANSWER && spent < self.0.total,
        }
    }
}

impl Intercept for Budget {
    fn name(&self) -> &'static str {
        "Budget"
    }

    fn read_before_execution(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        cfg.interceptor_state().store_put(Began(Instant::now()));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(Err(error)) = context.output_or_error() else {
            return Ok(());
        };
        let answered = error.is_operation_error();
        let attempts = cfg
            .load::<RequestAttempts>()
            .map_or(0, |made| made.attempts());
        let began = cfg.load::<Began>().map(|began| began.0.elapsed());
        if !self.allows(answered, attempts, began.unwrap_or_default()) {
            let over = retries(&self.0).with_max_attempts(1);
            cfg.interceptor_state().store_put(over);
        }
        Ok(())
    }
}

/// Calls an answer of status 429 throttling where it carries no code, as the answer to a HEAD request does.
#[derive(Debug)]
pub(super) struct TooMany;

impl ClassifyRetry for TooMany {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let status = context.response().map(|answer| answer.status().as_u16());
        match status {
            Some(429) => RetryAction::throttling_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "TooMany"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_before(RetryClassifierPriority::http_status_code_classifier())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budget_of_a_plan_is_thirty_seconds_or_twenty_attempts() {
        let budget = Budget(Limits::default());
        let seconds = Duration::from_secs;
        assert!(budget.allows(true, 19, seconds(29)));
        assert!(!budget.allows(true, 20, seconds(1)));
        assert!(!budget.allows(true, 4, seconds(30)));
    }

    #[test]
    fn budget_without_an_answer_is_three_attempts() {
        let budget = Budget(Limits::default().retrying_for(Duration::from_secs(300)));
        assert!(budget.allows(false, 2, Duration::from_secs(20)));
        assert!(!budget.allows(false, 3, Duration::ZERO));
        assert!(budget.allows(true, 199, Duration::from_secs(299)));
        assert!(!budget.allows(true, 200, Duration::from_secs(299)));
    }

    #[test]
    fn budget_of_no_patience_is_still_four_attempts() {
        let limits = Limits::default().retrying_for(Duration::ZERO);
        assert_eq!(
            (limits.attempts(), limits.retry),
            (4, Duration::from_secs(5))
        );
    }
}
