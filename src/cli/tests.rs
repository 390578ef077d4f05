//! Tests of how a command line is read.

use clap::{CommandFactory, Parser};

use super::Arguments;

fn parses(text: &str) -> bool {
    Arguments::try_parse_from(std::iter::once("esbackup").chain(text.split_whitespace())).is_ok()
}

#[test]
fn the_definition_of_the_command_line_is_sound() {
    Arguments::command().debug_assert();
}

#[test]
fn times_are_whole_numbers_with_a_unit_up_to_a_day() {
    for good in ["500ms", "90s", "2m", "1h", "24h", "0s"] {
        assert!(parses(&format!("apply --patience {good}")), "{good}");
    }
    for bad in [
        "90",
        "s",
        "1.5m",
        "-1s",
        "25h",
        "2d",
        "99999999999999999999h",
        "18446744073709551615h",
    ] {
        assert!(!parses(&format!("apply --patience={bad}")), "{bad}");
    }
}

#[test]
fn an_allowance_is_a_known_risk_and_maybe_a_resource() {
    for good in [
        "widens-access",
        "weakens",
        "repoints",
        "destroys",
        "destroys=role.logs",
    ] {
        assert!(parses(&format!("apply --allow {good}")), "{good}");
    }
    for bad in ["all", "", "widens", "safe=bucket.logs"] {
        assert!(!parses(&format!("apply --allow={bad}")), "{bad}");
    }
}

#[test]
fn the_options_that_change_what_is_planned_are_the_same_everywhere() {
    for command in ["plan", "apply", "drift"] {
        assert!(parses(&format!(
            "{command} -f a.yaml -f b --env x --env y --sandbox --adopt bucket.a --adopt role.b --trust-endpoint h --direct --format json -v"
        )));
        assert!(!parses(&format!("{command} --format markdown")));
    }
    assert!(!parses("plan --yes"));
    assert!(!parses("drift --yes"));
    assert!(!parses("plan --allow weakens"));
}

#[test]
fn the_next_command_repeats_what_was_asked_for() {
    #[derive(Debug, Parser)]
    struct Shared {
        #[command(flatten)]
        specs: super::options::Specs,
        #[command(flatten)]
        reach: super::options::Reach,
    }
    let text =
        "x --sandbox --trust-endpoint h --direct --adopt role.b --adopt bucket.a -f a.yaml --env e";
    let shared = Shared::try_parse_from(text.split(' ')).unwrap();
    let options = format!(
        "x{}{}",
        shared.reach.as_options(),
        shared.specs.as_options()
    );
    assert_eq!(options, text);
    // What a shell would take for a pattern is quoted.
    let shared = Shared::try_parse_from(["x", "--trust-endpoint", "[::1]"]).unwrap();
    assert_eq!(shared.reach.as_options(), " --trust-endpoint '[::1]'");
}
