//! Command lines that mean nothing are refused before anything is read.

use super::Lab;
use crate::support::fields::SPEC;

#[test]
fn a_host_that_is_a_url_and_a_kind_that_cannot_be_adopted_are_usage_errors() {
    let lab = Lab::new(SPEC);
    for wrong in [
        ["--trust-endpoint", "https://x/"],
        ["--trust-endpoint", "x:443"],
        ["--adopt", "domain.x"],
        ["--adopt", "domain.logs"],
        ["--adopt", "bucket"],
    ] {
        for command in ["plan", "apply", "drift"] {
            let ran = lab
                .folder
                .run([command, "--sandbox"].into_iter().chain(wrong));
            assert_eq!(
                (ran.code, ran.stdout.as_str()),
                (64, ""),
                "{command} {wrong:?}: {ran:#?}"
            );
        }
    }
    assert_eq!(lab.world.sandbox.requests().len(), 0);
}
