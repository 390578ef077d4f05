//! What the steps before leave behind counts for the steps after them, and guards are raised before the first one.

use super::*;
use crate::hazard::Word;

type Of<'w> = (StepKind, &'w [&'w str], &'w [&'w str]);

fn run(all: &[Of<'_>], facts: &Facts) -> Run {
    run_as(all, &wanted(), facts)
}

fn run_as(all: &[Of<'_>], wanted: &Wanted, facts: &Facts) -> Run {
    let steps: Vec<StepSpec> = all
        .iter()
        .map(|(kind, subjects, options)| step(*kind, subjects, options))
        .collect();
    prepared(&workflow(&steps), wanted, facts)
}

/// `s1` holds `a`, `s2` holds `b`, `both` is older than the indices and holds both.
fn facts() -> Facts {
    let good = State::Success;
    Facts {
        snapshots: vec![
            snapshot("s1", "2026-11-22T00:00:00Z", good.clone(), &["a"]),
            snapshot("s2", "2026-11-23T00:00:00Z", good.clone(), &["b"]),
            snapshot("both", "2026-11-01T00:00:00Z", good, &["a", "b"]),
        ],
        repository: "r".to_owned(),
        indices: vec![
            index("a", "2026-11-10T00:00:00Z"),
            index("b", "2026-11-10T00:00:00Z"),
        ],
        ..Facts::default()
    }
}

const NOTHING: [&str; 0] = [];

#[test]
fn an_index_that_the_run_itself_restores_is_guarded_before_the_first_step() {
    const REHEARSE: Of<'_> = (StepKind::Restore, &["s1"], &["--prefix", "r-"]);
    let rehearsal = [
        REHEARSE,
        (StepKind::Verify, &["s1"], &[]),
        (StepKind::DeleteIndices, &["r-a"], &[]),
    ];
    let told = run(&rehearsal, &facts());
    let raised: Vec<String> = told
        .raised
        .iter()
        .map(|one| one.target.to_string())
        .collect();
    assert_eq!(raised, ["index.r-a"]);
    assert_eq!(told.raised[0].word, Word::NoSnapshot);
    assert!(
        in_the_way(&told)[0].contains("step 3 would delete it, and no complete snapshot"),
        "{told:?}"
    );
    // Where it goes on at a later step it is there.
    let going_on = Wanted {
        from: 3,
        resumes: true,
        ..wanted()
    };
    let mut there = facts();
    there.indices.push(index("r-a", "2026-11-10T00:00:00Z"));
    assert_eq!(run_as(&rehearsal, &going_on, &there).raised.len(), 1);
    // One that goes on at the restore itself has it afterwards as well.
    let resuming = Wanted {
        from: 1,
        ..going_on
    };
    assert_eq!(run_as(&rehearsal, &resuming, &facts()).raised.len(), 1);
    // A snapshot of it that the run takes is enough.
    let taken = [
        REHEARSE,
        (StepKind::Snapshot, &["s-{time}"], &["--indices", "r-*"]),
        (StepKind::DeleteIndices, &["r-a"], &[]),
    ];
    assert_eq!(in_the_way(&run(&taken, &facts())), NOTHING);
    // What was restored has its name.
    assert_eq!(
        in_the_way(&run(&[REHEARSE, REHEARSE], &facts())),
        ["step 2: index r-a is open"]
    );
}

#[test]
fn each_index_of_a_deletion_counts_on_the_snapshot_that_brings_it_back() {
    let delete: Of<'_> = (StepKind::DeleteIndices, &["b", "a"], &[]);
    let back = |snapshot| [snapshot];
    let (from_1, from_2) = (back("s1"), back("s2"));
    let a: Of<'_> = (StepKind::Restore, &from_1, &["--indices", "a"]);
    let b: Of<'_> = (StepKind::Restore, &from_2, &["--indices", "b"]);
    let told = run(&[delete, a, b], &facts());
    assert_eq!(in_the_way(&told), NOTHING);
    assert_eq!(
        words(&told)[0],
        "1 delete_indices b a --ignore-unavailable --in-snapshot s1 --in-snapshot s2"
    );
    // What nothing brings back counts on any good one.
    let told = run(&[delete, a], &facts());
    assert_eq!(in_the_way(&told), NOTHING);
    assert_eq!(
        words(&told)[0],
        "1 delete_indices b a --ignore-unavailable --in-snapshot s1 --in-snapshot s2"
    );
    let beside: Of<'_> = (StepKind::Restore, &from_1, &["--prefix", "r-"]);
    let told = run(&[delete, beside], &facts());
    assert_eq!(in_the_way(&told), NOTHING);
    assert_eq!(words(&told)[0], "1 delete_indices b a --ignore-unavailable");
    // Each is looked at by itself, whatever is allowed for the other.
    let mut partial = facts();
    partial.snapshots[1].state = State::Partial;
    assert_eq!(
        in_the_way(&run(&[delete, a, b], &partial)),
        [
            "index.b no-snapshot: step 1 would delete it, and snapshot s2 is PARTIAL",
            "step 3: snapshot s2 is PARTIAL, although no shard of the indices asked for is missing in it",
        ]
    );
    // The prunes keep all of them.
    let prune: Of<'_> = (StepKind::Prune, &[], &["--keep-last", "1"]);
    assert_eq!(
        words(&run(&[delete, prune], &facts()))[1],
        "2 prune --keep-last 1 --keep-holding a --keep-holding b"
    );
    assert_eq!(
        words(&run(&[delete, a, prune], &facts()))[2],
        "3 prune --keep-last 1 --keep s1 --keep s2 --keep-holding a --keep-holding b"
    );
}

#[test]
fn what_a_snapshot_of_the_run_does_not_take_may_be_in_the_one_that_brings_it_back() {
    let moving = |from: &'static str| {
        let back = [from];
        let steps: [Of<'_>; 3] = [
            (StepKind::Snapshot, &["s-{time}"], &["--indices", "b"]),
            (StepKind::DeleteIndices, &["a", "b"], &[]),
            (StepKind::Restore, &back, &["--indices", "a"]),
        ];
        run(&steps, &facts())
    };
    let told = moving("s1");
    assert_eq!(in_the_way(&told), NOTHING);
    assert_eq!(
        words(&told)[1],
        "2 delete_indices a b --ignore-unavailable --in-snapshot s-030405 --in-snapshot s1 [s-030405]"
    );
    assert_eq!(
        in_the_way(&moving("both")),
        [
            "index.a no-snapshot: step 2 would delete it, and the snapshot of step 1 (b) does not take it"
        ]
    );
}

#[test]
fn what_a_restore_overwrites_is_guarded_before_the_first_step_where_options_agree() {
    let over = |how: &'static str| {
        let how = ["--indices", "a", how];
        let steps: [Of<'_>; 2] = [
            (StepKind::DeleteIndices, &["b"], &[]),
            (StepKind::Restore, &["s1"], &how),
        ];
        run(&steps, &facts())
    };
    assert_eq!(
        in_the_way(&over("--close-existing")),
        ["index.a replace: step 2: it is overwritten before the restored one is proven"]
    );
    assert_eq!(
        in_the_way(&over("--replace")),
        ["index.a replace: step 2: it is deleted once its copy is proven, and restored"]
    );
    let steps: [Of<'_>; 1] = [(StepKind::Restore, &["s1"], &["--close-existing"])];
    for consent in [Consent::Typed, Consent::Shown] {
        let asked = Wanted {
            consent,
            ..wanted()
        };
        assert_eq!(in_the_way(&run_as(&steps, &asked, &facts())), NOTHING);
    }
    // What is gone by then is not overwritten; what an earlier step restores is.
    let gone: [Of<'_>; 2] = [(StepKind::DeleteIndices, &["a"], &[]), steps[0]];
    assert_eq!(in_the_way(&run(&gone, &facts())), NOTHING);
    let again: Of<'_> = (
        StepKind::Restore,
        &["s1"],
        &["--prefix", "r-", "--close-existing"],
    );
    assert_eq!(
        in_the_way(&run(&[again, again], &facts())),
        ["index.r-a replace: step 2: it is overwritten before the restored one is proven"]
    );
}

#[test]
fn what_a_restore_brings_back_of_the_system_is_guarded_before_the_first_step() {
    let mut facts = facts();
    let system = snapshot(
        "system",
        "2026-11-22T00:00:00Z",
        State::Success,
        &[".kibana_1"],
    );
    facts.snapshots.push(system);
    let steps: [Of<'_>; 1] = [(
        StepKind::Restore,
        &["system"],
        &["--indices", ".kibana_1", "--include-system"],
    )];
    let told = run(&steps, &facts);
    assert_eq!(told.raised.len(), 1);
    assert_eq!(told.raised[0].word, Word::SystemIndex);
}

#[test]
fn a_snapshot_of_another_repository_is_looked_at_before_the_first_step() {
    let there = ["--repository", "cs-automated-enc", "--indices", "a"];
    let steps: [Of<'_>; 2] = [
        (StepKind::DeleteIndices, &["b"], &[]),
        (StepKind::Restore, &["s1"], &there),
    ];
    // The environment's own of that name is another one.
    assert_eq!(
        in_the_way(&run(&steps, &facts())),
        ["step 2: there is no snapshot s1 in repository cs-automated-enc"]
    );
    let mut held = facts();
    let theirs = snapshot("s1", "2026-11-22T00:00:00Z", State::Success, &["a"]);
    held.elsewhere
        .insert("cs-automated-enc".to_owned(), vec![theirs]);
    assert_eq!(in_the_way(&run(&steps, &held)), ["step 2: index a is open"]);
    let waits: [Of<'_>; 1] = [(
        StepKind::Wait,
        &["s2"],
        &["--repository", "cs-automated-enc"],
    )];
    assert_eq!(
        in_the_way(&run(&waits, &held)),
        ["step 1: there is no snapshot s2 in repository cs-automated-enc"]
    );
}

#[test]
fn two_snapshots_of_one_run_have_two_names() {
    let taking: Of<'_> = (StepKind::Snapshot, &["s-{time}"], &[]);
    assert_eq!(
        in_the_way(&run(&[taking, taking], &facts())),
        ["step 2: an earlier step takes a snapshot s-030405 already"]
    );
}

#[test]
fn a_step_that_has_not_begun_takes_nothing_for_its_own() {
    let restore: [Of<'_>; 1] = [(StepKind::Restore, &["s1"], &["--indices", "a"])];
    let going_on = Wanted {
        resumes: true,
        ..wanted()
    };
    let not_begun = Wanted {
        not_begun: true,
        ..going_on.clone()
    };
    assert_eq!(
        words(&run_as(&restore, &going_on, &facts())),
        ["1 restore s1 --indices a --resume"]
    );
    let told = run_as(&restore, &not_begun, &facts());
    assert_eq!(words(&told), ["1 restore s1 --indices a"]);
    assert_eq!(in_the_way(&told), ["step 1: index a is open"]);
    let taking: [Of<'_>; 1] = [(StepKind::Snapshot, &["s-{time}"], &[])];
    let mut there = facts();
    let own = snapshot("s-030405", "2026-11-24T03:04:06Z", State::Success, &["a"]);
    there.snapshots.push(own);
    assert_eq!(in_the_way(&run_as(&taking, &going_on, &there)), NOTHING);
    assert_eq!(run_as(&taking, &not_begun, &there).obstacles.len(), 1);
}

#[test]
fn names_that_follow_from_the_beginning_are_kept_where_a_later_step_needs_them() {
    let flow = |all: &[Of<'_>]| {
        let steps: Vec<StepSpec> = all
            .iter()
            .map(|(kind, subjects, options)| step(*kind, subjects, options))
            .collect();
        workflow(&steps)
    };
    let pre: Of<'_> = (StepKind::Snapshot, &["pre-{time}"], &[]);
    let usual: Of<'_> = (StepKind::Snapshot, &[], &[]);
    let back: Of<'_> = (StepKind::Restore, &["pre-{time}"], &["--prefix", "x-"]);
    let named: Of<'_> = (StepKind::Restore, &["s1"], &["--prefix", "x-{date}-"]);
    let check: Of<'_> = (StepKind::Verify, &["{environment}-{date}-{time}"], &[]);
    let latest: Of<'_> = (StepKind::Verify, &[], &[]);
    let shared = |all: &[Of<'_>], from| shares_its_time(&flow(all), from);
    assert!(shared(&[pre, back], 2));
    assert!(shared(&[pre, latest, back], 2));
    assert!(shared(&[usual, named], 2));
    assert!(!shared(&[pre, back], 1));
    assert!(!shared(&[pre, latest], 2));
    // What is taken anew is named anew.
    assert!(!shared(&[pre, usual, check], 2));
    assert!(shared(&[pre, usual, check, back], 2));
    assert!(!shared(&[pre, back], 9));
    // A prune keeps what the run has made, which follows from when it began.
    let prune: Of<'_> = (StepKind::Prune, &[], &["--keep-last", "1"]);
    let fixed: Of<'_> = (StepKind::Snapshot, &["weekly"], &[]);
    let restore: Of<'_> = (StepKind::Restore, &["s1"], &["--prefix", "x-"]);
    assert!(shared(&[usual, latest, prune], 3));
    assert!(shared(&[usual, latest, prune], 2));
    assert!(shared(&[pre, usual, prune], 2));
    assert!(shared(&[fixed, prune], 2));
    assert!(!shared(&[restore, prune], 2));
    assert!(!shared(&[prune, usual], 2));
}
