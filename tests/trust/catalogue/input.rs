//! Rows 55 to 60: specs that are no specs, specs that contradict each other, streams that are closed, and one environment of several that fails.

use std::fs::File;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use super::told::Story;
use super::{APPLY, refused};
use crate::regressions::{Lab, nothing};
use crate::support::binary::ran;
use crate::support::fields::SPEC;

/// Whatever a file holds, it is judged within this.
const SOON: Duration = Duration::from_secs(2);

fn judged(story: &mut Story<'_>, lab: &Lab, file: &str, text: &str) {
    lab.folder.write(file, text);
    let began = Instant::now();
    story.run(&mut lab.folder.command(["validate", "-f", file]));
    assert!(began.elapsed() < SOON, "{file}: {:?}", began.elapsed());
}

#[test]
fn row_55_broken_yaml_double_keys_and_bombs_are_problems_with_their_line() {
    let lab = Lab::new(SPEC);
    let mut story = Story::of("55_broken_yaml", &lab.world.sandbox);
    let bomb: String = (1..9)
        .map(|n| {
            let all = vec![format!("*a{}", n - 1); 10].join(", ");
            format!("a{n}: &a{n} [{all}]\n")
        })
        .collect();
    for (file, text) in [
        ("unclosed.yaml", "version: 1\nname: [logs\n".to_owned()),
        ("tabs.yaml", "version: 1\n\tname: logs\n".to_owned()),
        ("twice.yaml", format!("{SPEC}name: other\n")),
        ("bomb.yaml", format!("a0: &a0 [x, x]\n{bomb}{SPEC}")),
    ] {
        judged(&mut story, &lab, file, &text);
    }
    story.check();
}

#[test]
fn row_56_too_much_of_anything_is_refused_soon() {
    let lab = Lab::new(SPEC);
    let mut story = Story::of("56_too_much", &lab.world.sandbox);
    let hundred_megabytes =
        "# nothing but a comment that is repeated again and again\n".repeat(1_900_000);
    assert!(hundred_megabytes.len() > 100_000_000);
    for (file, text) in [
        ("long.yaml", hundred_megabytes),
        ("documents.yaml", "---\nversion: 1\n".repeat(10_000)),
        (
            "deep.yaml",
            format!("a: {}{}\n", "[".repeat(5_000), "]".repeat(5_000)),
        ),
    ] {
        judged(&mut story, &lab, file, &text);
    }
    story.check();
}

#[test]
fn row_57_an_account_without_quotes_and_text_that_is_no_utf_8_are_told_and_marks_and_line_ends_are_not()
 {
    let lab = Lab::new(SPEC);
    let mut story = Story::of("57_encodings", &lab.world.sandbox);
    let octal = SPEC.replace("\"123456789012\"", "012345678901");
    judged(&mut story, &lab, "octal.yaml", &octal);
    judged(
        &mut story,
        &lab,
        "no.yaml",
        &SPEC.replace("exclusive: true", "exclusive: no"),
    );
    let windows = format!("\u{feff}{}", SPEC.replace('\n', "\r\n"));
    judged(&mut story, &lab, "windows.yaml", &windows);
    std::fs::write(
        lab.folder.path("latin.yaml"),
        b"version: 1\nname: caf\xe9\n",
    )
    .unwrap();
    story.run(&mut lab.folder.command(["validate", "-f", "latin.yaml"]));
    story.check();
}

#[test]
fn row_58_two_environments_that_want_the_same_thing_are_refused_before_anything_is_sent() {
    let lab = Lab::new(SPEC);
    lab.begin(nothing);
    lab.folder.write("specs/a.yaml", SPEC);
    lab.folder.write(
        "specs/b.yaml",
        &SPEC.replace("name: logs\nregion", "name: other\nregion"),
    );
    let mut story = Story::of("58_two_specs_one_resource", &lab.world.sandbox);
    story.run(&mut lab.folder.command(["validate", "-f", "specs"]));
    story.run(&mut lab.folder.command(APPLY.into_iter().chain(["-f", "specs"])));
    story.check();
}

#[test]
fn row_59_a_full_disk_or_a_reader_that_went_away_changes_nothing_of_what_is_done() {
    let lab = Lab::new(SPEC);
    lab.begin(nothing);
    let mut story = Story::of("59_streams", &lab.world.sandbox);
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    // What was planned is done although nobody can read that it was.
    let mut command = lab.folder.command(APPLY);
    drop(ran(command.stdout(full()).stderr(full())));
    story.note("an apply whose streams are full, and what is left to do afterwards:");
    lab.world.sandbox.forget_requests();
    story.run(&mut lab.folder.command(["drift", "--sandbox"]));
    let mut command = lab.folder.command(["drift", "--sandbox"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let code = child.wait_with_output().unwrap().status.code();
    story.note(&format!("drift, whose reader went away: exit {code:?}"));
    story.check();
}

#[test]
fn row_60_an_environment_that_fails_stops_none_of_the_others() {
    let lab = Lab::new(SPEC);
    lab.begin(nothing);
    let plain = include_str!("../../cases/spec.yaml");
    for name in ["logs", "metrics", "traces"] {
        lab.folder
            .write(&format!("specs/{name}.yaml"), &plain.replace("logs", name));
    }
    let denied = refused(403, "AccessDenied", "Access Denied");
    let fault = json!({"operation": "s3:CreateBucket", "path_contains": "metrics-snapshots", "times": 9, "action": denied});
    lab.world.sandbox.fault(&fault);
    let mut story = Story::of("60_one_of_several_fails", &lab.world.sandbox);
    let all = APPLY.into_iter().chain(["-f", "specs", "--format", "json"]);
    let told = story.run(&mut lab.folder.command(all));
    assert_eq!(told.code, 3);
    story.check();
}
