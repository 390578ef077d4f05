//! A clock that is wrong: it is put right once, from the time that the services answer, and said; where it cannot be, the error names it.

use serde_json::json;

use super::catalogue::told::Story;
use crate::environment::{Place, TRUSTING, administrator};
use crate::regressions::{Lab, nothing};
use crate::support::binary::Ran;
use crate::support::fields::SPEC;

const TWENTY_MINUTES: i64 = 20 * 60;

/// What one way from nothing to no drift told and sent.
struct Way {
    told: Vec<Ran>,
    writes: Vec<String>,
    reads: usize,
}

/// Plans, applies and looks for drift while the services' clock is ahead of this machine's by so much.
fn whole_way(offset: i64) -> Way {
    let place = Place::new();
    let key = administrator("123456789012");
    let clock = json!({ "offset_seconds": offset });
    place.sandbox.admin("POST", "/clock", &clock);
    let lines: [&[&str]; 3] = [&["plan"], &["apply", "--yes"], &["drift"]];
    let told = lines
        .iter()
        .map(|line| place.run(&key, line.iter().copied().chain(TRUSTING)))
        .collect();
    let requests = place.sandbox.requests();
    Way {
        told,
        writes: place.sandbox.writes(),
        reads: requests.iter().filter(|one| !one.write).count(),
    }
}

/// The seconds of the only warning, and which way it says that the clock is wrong.
fn warned(ran: &Ran) -> (i64, String) {
    let warnings: Vec<&str> = ran
        .stderr
        .lines()
        .filter(|line| line.starts_with("warning: "))
        .collect();
    assert_eq!(warnings.len(), 1, "{ran:#?}");
    let rest = warnings[0].strip_prefix("warning: this machine's clock is ");
    let (seconds, rest) = rest.unwrap().split_once(" s ").unwrap();
    let (way, rest) = rest.split_once("; ").unwrap();
    assert_eq!(rest, "requests are signed with the service's time");
    (seconds.parse().unwrap(), way.to_owned())
}

fn without_warnings(ran: &Ran) -> String {
    let lines = ran.stderr.split_inclusive('\n');
    lines
        .filter(|line| !line.starts_with("warning: "))
        .collect()
}

#[test]
fn a_clock_that_is_twenty_minutes_wrong_is_corrected_once_and_said() {
    let right = whole_way(0);
    for (offset, expected) in [(TWENTY_MINUTES, "slow"), (-TWENTY_MINUTES, "fast")] {
        let wrong = whole_way(offset);
        for (told, plain) in wrong.told.iter().zip(&right.told) {
            let (seconds, way) = warned(told);
            assert_eq!(way, expected, "{told:#?}");
            assert!((seconds - TWENTY_MINUTES).abs() <= 5, "{told:#?}");
            assert_eq!(told.code, plain.code, "{told:#?}");
            assert_eq!(told.stdout, plain.stdout);
            assert_eq!(without_warnings(told), plain.stderr);
        }
        // No write is refused for the clock: each is signed with the right time when it is sent first.
        assert_eq!(wrong.writes, right.writes);
        // Each command reads once in vain, of which the SDK sends some again, and once more with the right time.
        let more = wrong.reads - right.reads;
        assert!(more <= 3 * 3 * 19, "{more} more than {}", right.reads);
    }
}

#[test]
fn a_clock_that_is_a_little_wrong_is_nobody_s_business() {
    let right = whole_way(0);
    let little = whole_way(120);
    for (told, plain) in little.told.iter().zip(&right.told) {
        assert_eq!(told, plain);
    }
    assert_eq!((little.writes, little.reads), (right.writes, right.reads));
}

/// The services say that it is the clock, and their own time does not bear it out: nothing can be corrected.
#[test]
fn where_the_clock_cannot_be_put_right_the_error_names_it() {
    let lab = Lab::new(SPEC);
    lab.begin(nothing);
    let mut story = Story::of("clock_cannot_be_corrected", &lab.world.sandbox);
    let expired = "Signature expired: 20200101T000000Z is now earlier than 20200101T001500Z (20200101T002000Z - 5 min.)";
    for (operation, code, error, message) in [
        (
            "sts:GetCallerIdentity",
            403,
            "SignatureDoesNotMatch",
            expired,
        ),
        (
            "s3:PutBucketVersioning",
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        ),
        ("iam:CreatePolicy", 403, "SignatureDoesNotMatch", expired),
    ] {
        lab.begin(nothing);
        let refused = json!({"status": {"code": code, "error_code": error, "message": message}});
        lab.fault(operation, &refused);
        let told = story.run(&mut lab.folder.command(["apply", "--sandbox", "--yes"]));
        assert_eq!(told.code, 77, "{told:#?}");
        assert!(told.stderr.contains("set the clock"), "{told:#?}");
    }
    story.check();
}
