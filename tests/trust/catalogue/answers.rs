//! Rows 51 to 54: answers that are no answers, and connections that are none.

use serde_json::json;

use super::told::{Count, Story};
use super::{APPLY, PLAN};
use crate::environment::{Place, administrator};
use crate::regressions::{Lab, REPOSITORIES, set};
use crate::support::fields::SPEC;
use crate::support::servers::{Server, Way};

const READS: [&str; 3] = ["es:GET _snapshot", "iam:GetRole", "s3:GetBucketPolicy"];

fn meets(lab: &Lab, story: &mut Story<'_>, action: &serde_json::Value) {
    for read in READS {
        lab.begin(|_| {});
        lab.fault(read, action);
        story.run(&mut lab.folder.command(PLAN));
    }
}

#[test]
fn row_51_a_login_page_is_not_taken_for_an_answer() {
    let lab = Lab::new(SPEC);
    let mut story = Story::of("51_login_page", &lab.world.sandbox);
    meets(&lab, &mut story, &json!("html"));
    lab.begin(|state| set(state, REPOSITORIES, json!({})));
    lab.fault("es:PUT _snapshot", &json!("html"));
    story.run(&mut lab.folder.command(APPLY));
    story.check();
}

#[test]
fn row_52_an_answer_without_end_is_not_read_to_its_end() {
    let lab = Lab::new(SPEC);
    let mut story = Story::of("52_endless_answer", &lab.world.sandbox);
    meets(&lab, &mut story, &json!("endless"));
    // What is compressed is not unpacked: nothing was asked to be.
    lab.begin(|_| {});
    let packed =
        json!({"status": {"code": 200, "body": "{}", "headers": [["content-encoding", "gzip"]]}});
    lab.fault("es:GET _snapshot", &packed);
    story.run(&mut lab.folder.command(PLAN));
    story.check();
}

#[test]
fn row_53_an_answer_that_is_cut_off_or_has_another_root_is_told_as_that() {
    let lab = Lab::new(SPEC);
    let mut story = Story::of("53_cut_off_answer", &lab.world.sandbox);
    meets(&lab, &mut story, &json!({"truncate": {"bytes": 40}}));
    let other = json!({"status": {"code": 200, "body": "{\"snapshots\": 7, \"more\": {\"and\": [1, 2]}}", "headers": [["content-type", "application/json"]]}});
    meets(&lab, &mut story, &other);
    story.check();
}

#[test]
fn row_54_each_layer_of_a_connection_fails_in_its_own_words() {
    let place = Place::new();
    let key = administrator("123456789012");
    let spec = std::fs::read_to_string(place.folder.path("esbackup.yaml")).unwrap();
    let dead = Server::start(Way::Dead);
    let port = place.sandbox.address.port();
    let own = format!("http://localhost:{port}");
    let mut story = Story::of("54_connections", &place.sandbox);
    story.hide(dead.address().port(), "DEAD");
    for (endpoint, host) in [
        (
            format!("http://localhost:{}", dead.address().port()),
            "localhost",
        ),
        (format!("https://localhost:{port}"), "localhost"),
        (
            "https://search.logs.invalid".to_owned(),
            "search.logs.invalid",
        ),
    ] {
        place
            .folder
            .write("esbackup.yaml", &spec.replace(&own, &endpoint));
        let mut command = place.command(&key, ["plan", "--trust-endpoint", host]);
        command.env("ESBACKUP_CONNECT_TIMEOUT_MS", "1000");
        story.run_counting(&mut command, Count::Exact);
    }
    // AWS itself is not there.
    place.folder.write("esbackup.yaml", &spec);
    let mut command = place.command(&key, ["plan"]);
    command.env("AWS_ENDPOINT_URL", dead.url());
    story.run(&mut command);
    // A proxy that is not there is not gone around.
    let mut command = place.command(&key, ["plan"]);
    command
        .env("AWS_ENDPOINT_URL", "http://sts.invalid")
        .env("HTTP_PROXY", dead.url())
        .env_remove("NO_PROXY");
    story.run(&mut command);
    story.check();
}
