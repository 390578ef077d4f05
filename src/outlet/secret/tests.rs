//! Secrets are masked in every way of writing them, and words are not.

use super::{ends, keep, keep_id, masked};

#[test]
fn a_secret_is_masked_in_every_way_of_writing_it() {
    keep("unit/Test+Canary=\"1\"");
    for (text, shown) in [
        ("it is unit/Test+Canary=\"1\".", "it is ***."),
        (r#"{"a":"unit/Test+Canary=\"1\""}"#, r#"{"a":"***"}"#),
        ("?t=unit%2FTest%2BCanary%3D%221%22&", "?t=***&"),
        ("?t=unit%2ftest%2bcanary%3d%221%22&", "?t=***&"),
        ("nothing of it: unit/Test", "nothing of it: unit/Test"),
    ] {
        assert_eq!(masked(text), shown);
    }
}

#[test]
fn an_access_key_id_shows_its_ends_and_a_short_text_nothing() {
    keep_id("AKIAUNITTESTCANARY99");
    assert_eq!(masked("key AKIAUNITTESTCANARY99!"), "key AKIA***RY99!");
    assert_eq!(ends("AKIA"), "***");
}

#[test]
fn a_secret_that_holds_another_is_masked_whole() {
    keep("shortcanary");
    keep("shortcanary-and-more");
    assert_eq!(masked("shortcanary-and-more shortcanary"), "*** ***");
}

#[test]
fn a_short_word_is_never_taken_for_a_secret() {
    keep("logs");
    assert_eq!(masked("logs-snapshots"), "logs-snapshots");
}

#[test]
fn a_signature_is_masked_wherever_it_is_echoed() {
    let hex = "0123456789abcdef".repeat(4);
    assert_eq!(
        masked(&format!("SignedHeaders=host, Signature={hex}' is wrong")),
        "SignedHeaders=host, Signature=***' is wrong"
    );
    assert_eq!(masked("Signature=none"), "Signature=none");
}
