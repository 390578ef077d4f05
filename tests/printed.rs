//! Every command that esbackup prints is run in the state in which it was printed, and does what the text before it says.

use serde_json::{Value, json};

use crate::support::binary::{Folder, Ran};
use crate::support::fields::SPEC;
use crate::support::pointer;
use crate::support::printed;
use crate::support::sandbox::Sandbox;

const BOUNDARY: &str = "  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n";
const WORKFLOWS: &str = r#"
workflows:
  nightly:
    - snapshot: {name: "s-{date}-{time}"}
    - verify: {level: snapshot}
    - prune: {keep_last: 1}
  fixed:
    - snapshot: {name: one}
"#;

/// A spec under a name that no command finds by itself, applied, with snapshot `one` of both sample indices.
pub struct Scene {
    pub sandbox: Sandbox,
    pub folder: Folder,
}

impl Scene {
    pub fn new() -> Self {
        let sandbox = Sandbox::start();
        let folder = Folder::new(&sandbox);
        let spec = SPEC.replace(BOUNDARY, "");
        folder.write("my specs/logs.yaml", &format!("{spec}{WORKFLOWS}"));
        let scene = Self { sandbox, folder };
        scene.run("apply --yes", 0);
        scene.run("snapshot take one", 0);
        scene
    }

    /// Runs a command line on the spec.
    pub fn run(&self, line: &str, code: i32) -> Ran {
        let file = ["--sandbox", "-f", "my specs/logs.yaml"];
        let ran = self.folder.run(line.split(' ').chain(file));
        assert_eq!(ran.code, code, "{line} {ran:#?}");
        ran
    }

    /// Runs what was printed, with `--yes` where it would ask, and returns each with its exit code.
    pub fn follow(&self, ran: &Ran) -> Vec<(String, i32)> {
        let commands = printed::commands(ran).into_iter();
        commands
            .map(|command| {
                let words = printed::words(&command);
                let asks = words
                    .iter()
                    .any(|word| ["apply", "delete", "prune", "run"].contains(&word.as_str()));
                let given = words.iter().any(|word| word == "--yes");
                let yes = (asks && !given).then_some("--yes");
                let words = words.iter().skip(1).map(String::as_str).chain(yes);
                let code = self.folder.run(words).code;
                (command, code)
            })
            .collect()
    }

    pub fn set(&self, at: &str, to: Value) {
        self.sandbox.change(|state| pointer::set(state, at, to));
    }

    fn slow(&self) {
        let body = json!({"domain": "logs", "rates": {"snapshot_bytes_per_second": 700}});
        self.sandbox.admin("PUT", "/cluster", &body);
    }
}

/// The options that every command of a scene needs to find its spec.
pub const PLACE: &str = " --sandbox -f 'my specs/logs.yaml'";

/// Runs a line in a scene, and expects these commands with these exit codes. `…` stands for the place.
#[track_caller]
pub fn expect(scene: &Scene, line: &str, code: i32, commands: &[(&str, i32)]) {
    let ran = scene.run(line, code);
    let followed = scene.follow(&ran);
    let expected: Vec<(String, i32)> = commands
        .iter()
        .map(|(command, code)| (command.replace(" …", PLACE), *code))
        .collect();
    assert_eq!(followed, expected, "{line} {ran:#?}");
}

#[test]
fn hints_about_names_that_do_not_exist_lead_to_lists() {
    let scene = Scene::new();
    let list = ("esbackup snapshot list …", 0);
    let shown = ("esbackup snapshot show one --repository snapshots …", 0);
    expect(&scene, "restore latest --indices nope", 6, &[shown, list]);
    expect(&scene, "restore one --indices nope*", 6, &[shown]);
    for line in [
        "snapshot show nope",
        "snapshot wait nope",
        "snapshot delete nope --yes",
        "snapshot prune --keep-last 1 --keep nope --yes",
        "restore nope",
        "verify nope",
    ] {
        expect(&scene, line, 6, &[list]);
    }
    let indices = ("esbackup indices list …", 0);
    for line in [
        "indices delete nope --yes",
        "snapshot take two --indices nope",
    ] {
        expect(&scene, line, 6, &[indices]);
    }
}

#[test]
fn hints_about_drift_lead_to_plan_and_apply() {
    let scene = Scene::new();
    scene.set(
        "/accounts/123456789012/roles/logs-snapshots/attached",
        json!([]),
    );
    expect(&scene, "drift", 2, &[("esbackup plan …", 0)]);
    expect(&scene, "verify", 3, &[("esbackup plan …", 0)]);
    expect(&scene, "plan", 0, &[("esbackup apply …", 0)]);
    expect(&scene, "drift", 0, &[]);
}

#[test]
fn hints_about_a_missing_role_lead_to_plan_and_apply() {
    let scene = Scene::new();
    scene
        .sandbox
        .change(|state| pointer::remove(state, "/accounts/123456789012/roles/logs-snapshots"));
    for line in [
        "status",
        "snapshot list",
        "snapshot take two",
        "restore one --prefix r-",
    ] {
        expect(&scene, line, 77, &[("esbackup plan …", 0)]);
    }
    expect(&scene, "plan", 0, &[("esbackup apply …", 0)]);
    expect(&scene, "snapshot list", 0, &[]);
}

#[test]
fn hints_about_a_missing_registration_lead_to_apply() {
    let scene = Scene::new();
    scene.set("/domains/0/repositories", json!({}));
    expect(
        &scene,
        "status",
        1,
        &[("esbackup plan …", 0), ("esbackup apply …", 0)],
    );
    expect(&scene, "status", 0, &[]);
    scene.set("/domains/0/repositories", json!({}));
    expect(&scene, "snapshot list", 1, &[("esbackup apply …", 0)]);
    expect(&scene, "snapshot list", 0, &[]);
}

#[test]
fn hints_about_a_running_snapshot_lead_to_its_end() {
    let scene = Scene::new();
    scene.run("restore one --indices sample-logs --prefix r-", 0);
    scene.slow();
    let ran = scene.run("snapshot take two --indices r-sample-logs --no-wait", 0);
    let wait = printed::commands(&ran);
    let running = scene.run("restore two --prefix x-", 6);
    let busy = scene.run("indices delete r-sample-logs --yes --allow no-snapshot", 4);
    for ran in [running, busy] {
        let way = format!("esbackup snapshot wait two --repository snapshots{PLACE}");
        assert_eq!(scene.follow(&ran), [(way, 0)], "{ran:#?}");
    }
    for command in wait {
        let words = printed::words(&command);
        assert_eq!(
            scene
                .folder
                .run(words.iter().skip(1).map(String::as_str))
                .code,
            0,
            "{command}"
        );
    }
}

#[test]
fn stopped_run_is_finished_by_the_command_that_it_printed() {
    let scene = Scene::new();
    let delete = "DELETE _snapshot/snapshot";
    scene.sandbox.fault(&json!({"operation": format!("es:{delete}"), "times": 1, "action": {"status": {"code": 403, "error_code": "AccessDeniedException", "message": "no"}}}));
    let ran = scene.run("run nightly --yes", 77);
    let printed = printed::commands(&ran);
    let last = printed.last().unwrap();
    assert!(last.contains("--from 3 --began "), "{ran:#?}");
    let words = printed::words(last);
    let again = scene.folder.run(words.iter().skip(1).map(String::as_str));
    assert_eq!(again.code, 0, "{again:#?}");
    // The snapshot of the run is kept by name.
    assert!(again.stderr.contains("--keep s-"), "{again:#?}");
    // A fixed name is taken by now.
    scene.run("snapshot take one", 0);
    expect(&scene, "run fixed", 6, &[]);
}

#[test]
fn replacement_and_deletion_are_finished_with_the_options_that_were_printed() {
    let scene = Scene::new();
    for (line, allowed) in [
        (
            "restore one --indices sample-logs --replace",
            "--allow replace=index.sample-logs --yes",
        ),
        (
            "indices delete sample-orders --yes --in-snapshot nope",
            "--allow no-snapshot=index.sample-orders",
        ),
        (
            "snapshot delete one --yes",
            "--allow last-good=snapshot.one",
        ),
    ] {
        let ran = scene.run(line, 6);
        assert!(ran.stderr.contains(&format!("add {allowed}")), "{ran:#?}");
        scene.run(&format!("{line} {allowed}"), 0);
    }
}
