//! Rows 9 and 39 to 50: snapshots, restores and deletions of indices that meet something else than they expect.

use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::told::{Count, Story};
use super::{engine_error, refused};
use crate::regressions::spec;
use crate::support::binary::{Folder, Ran, ran};
use crate::support::pointer;
use crate::support::sandbox::Sandbox;

/// What is asked while a snapshot or a restore is waited for.
const POLLED: Count = Count::Polled(&[
    "es:GET _cat/recovery",
    "es:GET _cluster/health",
    "es:GET _snapshot/_status",
    "es:GET _snapshot/snapshot",
]);

/// An environment that was applied a while ago, with two indices and one good snapshot of both.
struct Backups {
    sandbox: Sandbox,
    folder: Folder,
}

impl Backups {
    fn new() -> Self {
        static MADE: OnceLock<Value> = OnceLock::new();
        let sandbox = Sandbox::start();
        let folder = Folder::new(&sandbox);
        let boundary = "  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n";
        folder.write("esbackup.yaml", &spec(boundary, ""));
        let own = Self { sandbox, folder };
        let state = MADE.get_or_init(|| {
            for arguments in ["apply --yes", "snapshot take s-1"] {
                let ran = ran(&mut own.command(arguments));
                assert_eq!(ran.code, 0, "{ran:#?}");
            }
            own.sandbox.state()
        });
        own.sandbox.admin("PUT", "/state", state);
        own
    }

    fn command(&self, line: &str) -> Command {
        let words = line.split(' ').chain(["--sandbox"]);
        let mut command = self.folder.command(words);
        command.env("ESBACKUP_POLL_MS", "20");
        command
    }

    fn story<'a>(&'a self, name: &'a str) -> Story<'a> {
        Story::of(name, &self.sandbox)
    }

    fn fault(&self, operation: &str, times: u64, action: &Value) {
        let fault = json!({"operation": operation, "times": times, "action": action});
        self.sandbox.fault(&fault);
    }

    fn set(&self, at: &str, to: Value) {
        self.sandbox
            .change(|state| pointer::set(state, &format!("/domains/0{at}"), to));
    }

    fn cluster(&self, what: Value) {
        let mut body = what;
        body["domain"] = json!("logs");
        self.sandbox.admin("PUT", "/cluster", &body);
    }

    /// From now on nothing that is copied comes to its end, and one index has files that no snapshot holds.
    fn slow(&self) {
        let rates = json!({"snapshot_bytes_per_second": 1, "restore_bytes_per_second": 1});
        self.cluster(json!({ "rates": rates }));
        let more = json!({"id": 999, "text": "as long as it takes"}).to_string();
        self.set("/cluster/indices/sample-orders/documents/999", json!(more));
    }

    /// Starts a command, and does something once this operation was asked for so often.
    fn meanwhile(
        &self,
        command: &mut Command,
        (operation, times): (&str, usize),
        act: impl FnOnce(u32),
    ) -> Ran {
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let began = Instant::now();
        let asked = || {
            let requests = self.sandbox.requests();
            let of_it = requests.iter().filter(|one| one.name() == operation);
            of_it.count()
        };
        while asked() < times {
            assert!(began.elapsed() < Duration::from_secs(30), "{operation}");
            std::thread::sleep(Duration::from_millis(5));
        }
        act(child.id());
        let output = child.wait_with_output().unwrap();
        Ran {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code().unwrap_or(-1),
        }
    }
}

fn interrupt(id: u32) {
    let sent = Command::new("kill")
        .args(["-INT", &id.to_string()])
        .status();
    assert!(sent.unwrap().success());
}

#[test]
fn row_39_a_snapshot_that_runs_is_waited_for_and_then_the_domain_is_busy() {
    let own = Backups::new();
    let mut story = own.story("39_another_snapshot_runs");
    let running = json!({"domain": "logs", "repository": "snapshots", "snapshot": "nightly"});
    own.sandbox.admin("PUT", "/running", &running);
    let take = "snapshot take s-2 --wait-for-running 200ms";
    story.run_counting(&mut own.command(take), POLLED);
    own.sandbox.admin("DELETE", "/running", &Value::Null);
    // It began between the look and the call.
    let said = "[snapshots:s-2] cannot snapshot while another snapshot is running";
    let busy = engine_error(503, "concurrent_snapshot_execution_exception", said);
    own.fault("es:PUT _snapshot/snapshot", 1, &busy);
    story.run(&mut own.command("snapshot take s-2"));
    story.check();
}

#[test]
fn row_40_a_partial_snapshot_ends_otherwise_and_counts_for_nothing() {
    let own = Backups::new();
    own.set("/cluster/indices/sample-orders/assigned", json!(false));
    let mut story = own.story("40_partial_snapshot");
    story.run_counting(&mut own.command("snapshot take s-2 --partial"), POLLED);
    story.run_counting(&mut own.command("verify s-2"), POLLED);
    story.run_counting(
        &mut own.command("snapshot prune --keep-last 1 --dry-run"),
        POLLED,
    );
    story.check();
}

#[test]
fn row_41_a_snapshot_that_does_not_end_goes_on_and_is_never_deleted() {
    let own = Backups::new();
    own.slow();
    let mut story = own.story("41_snapshot_does_not_end");
    story.run_counting(
        &mut own.command("snapshot take s-2 --timeout 300ms"),
        POLLED,
    );
    story.run_counting(
        &mut own.command("snapshot wait s-2 --timeout 100ms"),
        POLLED,
    );
    story.run_counting(
        &mut own.command("snapshot delete s-2 --yes --wait-for-running 100ms"),
        POLLED,
    );
    story.check();
}

#[test]
fn row_42_a_name_that_is_taken_is_refused_and_a_lost_answer_is_looked_for() {
    let own = Backups::new();
    let mut story = own.story("42_snapshot_name_taken");
    story.run_counting(&mut own.command("snapshot take s-1"), POLLED);
    own.fault("es:PUT _snapshot/snapshot", 1, &json!("drop_after"));
    story.run_counting(&mut own.command("snapshot take s-2"), POLLED);
    story.check();
}

#[test]
fn row_09_a_snapshot_whose_start_answers_504_is_looked_for_and_never_taken_twice() {
    let own = Backups::new();
    let mut story = own.story("09_snapshot_504");
    let timeout = json!({"status_after": {"code": 504, "message": "Gateway Timeout"}});
    own.fault("es:PUT _snapshot/snapshot", 1, &timeout);
    story.run_counting(&mut own.command("snapshot take s-2"), POLLED);
    story.check();
}

#[test]
fn row_43_ctrl_c_during_a_wait_lets_it_go_on_and_says_how_to_wait_again() {
    let own = Backups::new();
    own.slow();
    let mut story = own.story("43_ctrl_c");
    let mut take = own.command("snapshot take s-2");
    let told = own.meanwhile(&mut take, ("es:GET _snapshot/_status", 4), interrupt);
    story.add(&take, &told, POLLED);
    let mut restore = own.command("restore s-1 --prefix back- --indices sample-logs");
    let told = own.meanwhile(&mut restore, ("es:GET _cat/recovery", 1), interrupt);
    story.add(&restore, &told, POLLED);
    story.check();
}

#[test]
fn row_44_a_restore_onto_an_open_index_is_refused_with_the_ways_out() {
    let own = Backups::new();
    let mut story = own.story("44_restore_onto_open_index");
    story.run(&mut own.command("restore s-1 --indices sample-logs"));
    let said = "[snapshots:s-1/u] cannot restore index [back-sample-logs] because an open index with same name already exists in the cluster. Either close or delete the existing index or restore the index under a different name by providing a rename pattern and replacement name";
    own.fault(
        "es:POST _snapshot/_restore",
        1,
        &engine_error(500, "snapshot_restore_exception", said),
    );
    story.run(&mut own.command("restore s-1 --indices sample-logs --prefix back-"));
    story.check();
}

#[test]
fn row_45_a_restore_sends_neither_aliases_nor_global_state_nor_system_indices() {
    let own = Backups::new();
    let mut story = own.story("45_what_a_restore_sends");
    story.run(&mut own.command("restore s-1 --prefix back- --dry-run"));
    story.run(&mut own.command("restore s-1 --prefix back- --indices .kibana_1 --dry-run"));
    story.check();
}

#[test]
fn row_46_disks_without_room_refuse_a_restore_and_a_block_is_to_be_tried_again() {
    let own = Backups::new();
    let mut story = own.story("46_no_room");
    own.cluster(json!({"disk_bytes": 1000}));
    let restore = "restore s-1 --prefix back- --indices sample-logs";
    story.run_counting(&mut own.command(restore), POLLED);
    own.cluster(json!({"disk_bytes": 100_000_000_000_u64}));
    let said = "index [back-sample-logs] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];";
    own.fault(
        "es:POST _snapshot/_restore",
        9,
        &engine_error(429, "cluster_block_exception", said),
    );
    story.run_counting(&mut own.command(restore), POLLED);
    story.check();
}

#[test]
fn row_47_a_red_domain_refuses_what_needs_its_shards_and_a_busy_one_is_told() {
    let own = Backups::new();
    let mut story = own.story("47_red_or_processing");
    own.set("/cluster/indices/sample-orders/assigned", json!(false));
    let restore = "restore s-1 --prefix back- --indices sample-logs";
    story.run(&mut own.command(restore));
    own.set("/cluster/indices/sample-orders/assigned", json!(true));
    for state in ["processing", "upgrade_processing"] {
        own.set("/state", json!(state));
        story.run(&mut own.command("plan"));
        story.run(&mut own.command(&format!("{restore} --dry-run")));
    }
    story.check();
}

#[test]
fn row_48_a_restore_whose_shards_find_no_node_is_not_called_complete() {
    let own = Backups::new();
    let mut story = own.story("48_restore_incomplete");
    let restore = "restore s-1 --prefix back- --indices sample-logs";
    // What no node could take is refused before it is sent.
    let nowhere = format!("{restore} --index-settings index.routing.allocation.require.box=none");
    story.run_counting(&mut own.command(&nowhere), POLLED);
    // The node that took it is lost in the middle; the reason is read, also where the table of shards may not be.
    own.slow();
    let index = "/domains/0/cluster/indices/back-sample-logs";
    let forbidden = json!({"type": "security_exception", "reason": "no permissions for [cluster:monitor/shards] and User [name=x]"});
    let forbidden = json!({"error": forbidden, "status": 403}).to_string();
    for table in [true, false] {
        if !table {
            own.sandbox.change(|state| pointer::remove(state, index));
            let status = json!({"code": 403, "body": forbidden});
            own.sandbox
                .fault(&json!({"operation": "es:GET _cat/shards", "action": {"status": status}}));
        }
        let mut command = own.command(restore);
        let told = own.meanwhile(&mut command, ("es:GET _cat/recovery", 1), |_| {
            own.sandbox.change(|state| {
                pointer::set(state, &format!("{index}/assigned"), json!(false));
                pointer::set(state, &format!("{index}/recovery"), Value::Null);
            });
        });
        assert_eq!(told.code, 3, "{told:#?}");
        story.add(&command, &told, POLLED);
    }
    story.check();
}

#[test]
fn row_49_only_exact_names_of_indices_are_ever_deleted() {
    let own = Backups::new();
    own.set(
        "/cluster/indices/sample-logs/aliases",
        json!({"all-logs": {}}),
    );
    let mut story = own.story("49_delete_by_pattern");
    for name in [
        "*",
        "_all",
        "sample-*",
        "sample-logs,sample-orders",
        "<logs-{now/d}>",
        "all-logs",
        "..",
        "-sample-logs",
    ] {
        let words = ["indices", "delete", "--yes", "--sandbox", "--", name];
        story.run(&mut own.folder.command(words));
        assert_eq!(own.sandbox.writes(), Vec::<String>::new());
    }
    story.check();
}

#[test]
fn row_50_an_index_that_no_good_snapshot_holds_is_not_deleted() {
    let own = Backups::new();
    let mut story = own.story("50_delete_without_snapshot");
    // It was created after the snapshot.
    own.sandbox.change(|state| {
        let mut index = state["domains"][0]["cluster"]["indices"]["sample-logs"].clone();
        index["uuid"] = json!("AAAAAAAAAAAAAAAAAAAAAA");
        pointer::set(state, "/domains/0/cluster/indices/fresh", index);
    });
    story.run(&mut own.command("indices delete fresh --yes"));
    // The answer that would tell is refused; the first one told what the index is counted on to be in.
    let action = refused(
        403,
        "security_exception",
        "no permissions for [cluster:admin/snapshot/get] and User [name=caller]",
    );
    own.sandbox.fault(&json!({
        "operation": "es:GET _snapshot/snapshot", "nth": 2, "times": 99, "action": action
    }));
    story.run(&mut own.command("indices delete sample-logs --yes"));
    story.check();
}

#[test]
fn row_38_a_repository_that_another_writer_changed_takes_no_snapshot() {
    let own = Backups::new();
    let mut story = own.story("38_generation_conflict_at_a_snapshot");
    for said in [
        "[snapshots] concurrent modification of the index-N file, expected current generation [7] but it was not found in the repository",
        "[snapshots] Could not read repository data because the contents of the repository do not match its expected state. This is likely the result of either concurrently modifying the contents of the repository by a process other than this cluster or an issue with the repository's underlying storage.",
    ] {
        own.fault(
            "es:PUT _snapshot/snapshot",
            1,
            &engine_error(500, "repository_exception", said),
        );
        story.run(&mut own.command("snapshot take s-2"));
    }
    story.check();
}
