//! Who asks at the same time is told the same.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Fails a second after it is asked, and counts.
#[derive(Debug, Default)]
struct Failing(Arc<AtomicUsize>);

impl ProvideCredentials for Failing {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            self.0.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(1)).await;
            Err(CredentialsError::not_loaded("there are none"))
        })
    }
}

fn words(error: &CredentialsError) -> String {
    let cause = error.source().map(ToString::to_string);
    format!("{error}: {}", cause.unwrap_or_default())
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_fails_is_asked_once_for_all_who_ask_at_the_same_time() {
    let asked = Arc::new(AtomicUsize::new(0));
    let watched = Watched {
        provider: SharedCredentialsProvider::new(Failing(Arc::clone(&asked))),
        failed: Mutex::default(),
    };
    let once = Failing::default().provide_credentials().await.unwrap_err();
    let (first, second, third) = tokio::join!(
        watched.provide_credentials(),
        watched.provide_credentials(),
        watched.provide_credentials()
    );
    for answer in [first, second, third] {
        assert_eq!(words(&answer.unwrap_err()), words(&once));
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_provider_that_failed_is_asked_again_a_while_later() {
    let asked = Arc::new(AtomicUsize::new(0));
    let long_ago = Instant::now().checked_sub(STANDS).unwrap();
    let failed = (long_ago, Arc::new(CredentialsError::not_loaded("then")));
    let watched = Watched {
        provider: SharedCredentialsProvider::new(Failing(Arc::clone(&asked))),
        failed: Mutex::new(Some(failed)),
    };
    let answer = watched.provide_credentials().await.unwrap_err();
    assert!(words(&answer).ends_with(": there are none"), "{answer:?}");
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}
