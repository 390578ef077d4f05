//! A thousand environments over ten accounts, throttled.
