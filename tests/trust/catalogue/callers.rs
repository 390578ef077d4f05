//! Rows 17 to 20, 26 and 35: whose credentials they are, how long they last, and what they may not do.

use std::time::{Duration, Instant};

use serde_json::json;

use super::told::{Count, Story};
use super::{APPLY, refused};
use crate::environment::{Place, TRUSTING, administrator};
use crate::regressions::{Lab, nothing};
use crate::support::fields::SPEC;
use crate::support::servers::{Server, Way};

const ACCOUNT: &str = "123456789012";

fn applying() -> impl Iterator<Item = &'static str> {
    ["apply", "--yes"].into_iter().chain(TRUSTING)
}

#[test]
fn row_18_a_token_that_expires_in_the_middle_ends_the_run_with_what_was_done() {
    let lab = Lab::new(SPEC);
    lab.begin(nothing);
    let expired = refused(
        403,
        "ExpiredToken",
        "The security token included in the request is expired",
    );
    lab.fault("iam:CreatePolicy", &expired);
    let mut story = Story::of("18_token_expired", &lab.world.sandbox);
    story.run(&mut lab.folder.command(APPLY));
    lab.world.sandbox.forget_faults();
    story.run(&mut lab.folder.command(APPLY));
    story.check();
}

/// A profile whose credentials come from a process, and expire then.
fn expiring(place: &Place, seconds: i64) {
    let at = time::OffsetDateTime::now_utc() + time::Duration::seconds(seconds);
    let (id, secret) = esbackup::internals::sandbox::credentials(ACCOUNT);
    let given = json!({"Version": 1, "AccessKeyId": id, "SecretAccessKey": secret,
        "Expiration": format!("{}T{:02}:{:02}:{:02}Z", at.date(), at.hour(), at.minute(), at.second())});
    place.folder.write("credentials.json", &given.to_string());
    let path = place.folder.path("credentials.json");
    place.folder.write(
        "aws-config",
        &format!("[default]\ncredential_process = cat {}\n", path.display()),
    );
}

#[test]
fn row_19_an_apply_does_not_begin_with_credentials_that_are_about_to_expire() {
    let place = Place::new();
    let mut story = Story::of("19_token_about_to_expire", &place.sandbox);
    for seconds in [150, 3600] {
        expiring(&place, seconds);
        let mut command = place.folder.command(applying());
        command
            .env("AWS_ENDPOINT_URL", place.sandbox.url())
            .env("AWS_CONFIG_FILE", place.folder.path("aws-config"))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("PATH", "/usr/bin:/bin")
            .env("NO_PROXY", "*");
        story.run(&mut command);
    }
    story.check();
}

#[test]
fn row_20_no_credentials_anywhere_are_told_soon_even_where_the_metadata_service_hangs() {
    let place = Place::new();
    let hole = Server::start(Way::Silent);
    let mut story = Story::of("20_no_credentials", &place.sandbox);
    let mut command = place.folder.command(["plan"]);
    command
        .env("AWS_ENDPOINT_URL", place.sandbox.url())
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", hole.url())
        .env("NO_PROXY", "*");
    let began = Instant::now();
    story.run(&mut command);
    let took = began.elapsed();
    story.check();
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn row_26_the_wrong_account_is_noticed_before_the_domain_hears_anything() {
    let place = Place::new();
    let mut story = Story::of("26_wrong_account", &place.sandbox);
    story.run_counting(
        &mut place.command(&administrator("210987654321"), applying()),
        Count::CutOff,
    );
    assert_eq!(place.at_the_domain(), 0);
    story.check();
}

#[test]
fn row_26_credentials_of_another_partition_are_noticed_as_well() {
    let lab = Lab::new(SPEC);
    let arn = format!("arn:aws-cn:iam::{ACCOUNT}:user/somebody");
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>{arn}</Arn><UserId>AIDA</UserId><Account>{ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    );
    let headers = [["content-type", "text/xml"]];
    let action = json!({"status": {"code": 200, "body": body, "headers": headers}});
    let mut story = Story::of("26_wrong_partition", &lab.world.sandbox);
    for command in [&APPLY[..], &["snapshot", "list", "--sandbox"]] {
        lab.begin(nothing);
        lab.fault("sts:GetCallerIdentity", &action);
        story.run_counting(
            &mut lab.folder.command(command.iter().copied()),
            Count::CutOff,
        );
    }
    story.check();
}

#[test]
fn row_35_a_denial_by_an_organisation_or_a_boundary_is_final_and_names_its_layer() {
    let lab = Lab::new(SPEC);
    let mut story = Story::of("35_explicit_deny", &lab.world.sandbox);
    for by in ["a service control policy", "a permissions boundary"] {
        lab.begin(nothing);
        let said = format!(
            "User: arn:aws:iam::{ACCOUNT}:user/sandbox is not authorized to perform: iam:CreatePolicy on resource: policy logs-snapshots with an explicit deny in {by}"
        );
        lab.fault("iam:CreatePolicy", &refused(403, "AccessDenied", &said));
        story.run(&mut lab.folder.command(APPLY));
    }
    story.check();
}
