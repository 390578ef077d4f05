//! Nothing of a run takes away what another step of it counts on, and what would stop a later step is told before the first.

use super::*;

const PRUNE: (StepKind, &[&str], &[&str]) = (StepKind::Prune, &[], &["--keep-last", "1"]);

fn steps(all: &[(StepKind, &[&str], &[&str])]) -> WorkflowSpec {
    let steps: Vec<StepSpec> = all
        .iter()
        .map(|(kind, subjects, options)| step(*kind, subjects, options))
        .collect();
    workflow(&steps)
}

/// `old-a` holds `alb`, the newer `new-b` only `x`; both indices are open.
fn two() -> Facts {
    Facts {
        snapshots: vec![
            snapshot("new-b", "2026-11-23T00:00:00Z", State::Success, &["x"]),
            snapshot("old-a", "2026-11-22T00:00:00Z", State::Success, &["alb"]),
        ],
        repository: "r".to_owned(),
        indices: vec![
            index("alb", "2026-11-01T00:00:00Z"),
            index("x", "2026-11-01T00:00:00Z"),
        ],
        ..Facts::default()
    }
}

fn run(all: &[(StepKind, &[&str], &[&str])], facts: &Facts) -> Run {
    prepared(&steps(all), &wanted(), facts)
}

const DELETE: (StepKind, &[&str], &[&str]) = (StepKind::DeleteIndices, &["alb"], &[]);
const BACK: (StepKind, &[&str], &[&str]) = (StepKind::Restore, &["latest"], &["--indices", "alb"]);

#[test]
fn a_prune_keeps_every_snapshot_that_the_run_counts_on() {
    let between = run(&[DELETE, PRUNE, BACK], &two());
    assert_eq!(in_the_way(&between), Vec::<String>::new());
    let keeps = "prune --keep-last 1 --keep old-a --keep-holding alb";
    assert_eq!(words(&between)[1], format!("2 {keeps} [old-a]"));
    // Before the deletion, and after the restore: a run that goes on from there keeps it as well.
    assert_eq!(
        words(&run(&[PRUNE, DELETE, BACK], &two()))[0],
        format!("1 {keeps} [old-a]")
    );
    assert_eq!(
        words(&run(&[DELETE, BACK, PRUNE], &two()))[2],
        format!("3 {keeps} [old-a]")
    );
    // Nothing brings it back, and its snapshot is all there is of it.
    assert_eq!(
        words(&run(&[DELETE, PRUNE], &two()))[1],
        "2 prune --keep-last 1 --keep-holding alb"
    );
}

#[test]
fn a_prune_keeps_what_the_run_takes_and_what_it_names_once_that_is_there() {
    let taking = (
        StepKind::Snapshot,
        &["s-{time}"] as &[&str],
        &["--indices", "alb"] as &[&str],
    );
    let named = (
        StepKind::Restore,
        &["old-a"] as &[&str],
        &["--prefix", "r-"] as &[&str],
    );
    let all = run(&[PRUNE, taking, DELETE, named, PRUNE], &two());
    assert_eq!(in_the_way(&all), Vec::<String>::new());
    let words = words(&all);
    assert_eq!(
        words[0],
        "1 prune --keep-last 1 --keep old-a --keep-holding alb"
    );
    assert_eq!(
        words[4],
        "5 prune --keep-last 1 --keep old-a --keep s-030405 --keep-holding alb"
    );
    let first = (
        StepKind::DeleteIndices,
        &["alb"] as &[&str],
        &["--snapshot-first"] as &[&str],
    );
    assert_eq!(
        super::words(&run(&[first, PRUNE], &two()))[1],
        "2 prune --keep-last 1 --keep-holding alb"
    );
    let other = (
        StepKind::Restore,
        &["theirs"] as &[&str],
        &["--repository", "cs-automated", "--prefix", "r-"] as &[&str],
    );
    assert_eq!(
        super::words(&run(&[other, PRUNE], &two()))[1],
        "2 prune --keep-last 1"
    );
}

#[test]
fn a_run_that_goes_on_at_the_prune_keeps_the_same() {
    let going_on = Wanted {
        from: 2,
        resumes: true,
        snapshot: Some("old-a".to_owned()),
        ..wanted()
    };
    let mut gone = two();
    gone.indices.remove(0);
    let run = prepared(&steps(&[DELETE, PRUNE, BACK]), &going_on, &gone);
    assert_eq!(in_the_way(&run), Vec::<String>::new());
    assert_eq!(
        words(&run)[0],
        "2 prune --keep-last 1 --keep old-a --keep-holding alb [old-a]"
    );
}

/// The run as the command prints it for going on at `from`, after all steps before it were done.
fn continued(all: &[(StepKind, &[&str], &[&str])], from: usize, facts: &Facts) -> Vec<String> {
    let whole = run(all, facts);
    continued_from(all, from, whole.steps[from - 1].snapshot.clone(), facts)
}

#[test]
fn prune_of_a_continued_run_keeps_what_the_whole_run_keeps() {
    let take = (
        StepKind::Snapshot,
        &["s-{time}"] as &[&str],
        &["--indices", "alb"] as &[&str],
    );
    let copy = (
        StepKind::Restore,
        &["latest"] as &[&str],
        &["--indices", "alb", "--prefix", "r-"] as &[&str],
    );
    let check = (StepKind::Verify, &["latest"] as &[&str], &[] as &[&str]);
    // The snapshot that the run has taken by then.
    let mut taken = two();
    let name = "s-030405";
    taken.snapshots.push(snapshot(
        name,
        "2026-11-24T03:04:06Z",
        State::Success,
        &["alb"],
    ));
    let keep = "prune --keep-last 1 --keep";
    let all = [take, check, PRUNE];
    assert_eq!(
        continued_from(&all, 3, None, &taken),
        [format!("3 {keep} {name}")]
    );
    assert_eq!(
        continued(&[copy, PRUNE], 2, &two()),
        [format!("2 {keep} old-a [old-a]")]
    );
    // Both at once: the older one is named, the taken one follows from when the run began.
    let both = [copy, take, check, PRUNE];
    let older = run(&both, &two()).steps[2].snapshot.clone();
    assert_eq!(
        continued_from(&both, 3, older, &taken),
        [
            format!("3 verify {name} [old-a]"),
            format!("4 {keep} old-a --keep {name} [old-a]"),
        ]
    );
}

/// The same, where the steps before `from` changed what there is.
fn continued_from(
    all: &[(StepKind, &[&str], &[&str])],
    from: usize,
    snapshot: Option<String>,
    facts: &Facts,
) -> Vec<String> {
    let going_on = Wanted {
        from,
        resumes: true,
        not_begun: true,
        snapshot,
        ..wanted()
    };
    let again = prepared(&steps(all), &going_on, facts);
    assert_eq!(in_the_way(&again), Vec::<String>::new());
    words(&again)
}

#[test]
fn what_is_deleted_is_not_restored_from_a_snapshot_that_is_taken_afterwards() {
    let taking = (StepKind::Snapshot, &["s-{time}"] as &[&str], &[] as &[&str]);
    let refused = "step 1 deletes alb, and step 3 would restore from the snapshot that step 2 takes after that";
    for back in [
        BACK,
        (StepKind::Restore, &["latest"], &[]),
        (StepKind::Restore, &["s-{time}"], &["--indices", "a*"]),
    ] {
        let all = in_the_way(&run(&[DELETE, taking, back], &two()));
        assert!(all.iter().any(|one| one == refused), "{all:?}");
    }
    let taken_before = in_the_way(&run(&[taking, DELETE, taking, BACK], &two()));
    assert!(
        taken_before
            .iter()
            .any(|one| one.starts_with("step 2 deletes alb, and step 4 would restore")),
        "{taken_before:?}"
    );
    // What is restored is another index, or from a snapshot that was there before.
    let other = (
        StepKind::Restore,
        &["latest"] as &[&str],
        &["--indices", "x", "--prefix", "r-"] as &[&str],
    );
    let old = (
        StepKind::Restore,
        &["old-a"] as &[&str],
        &["--indices", "alb"] as &[&str],
    );
    for back in [other, old] {
        assert_eq!(
            in_the_way(&run(&[DELETE, taking, back], &two())),
            Vec::<String>::new()
        );
    }
}

#[test]
fn a_deletion_counts_on_the_snapshot_that_its_own_restore_means() {
    let other = (
        StepKind::Restore,
        &["new-b"] as &[&str],
        &["--indices", "x", "--prefix", "r-"] as &[&str],
    );
    let old = (
        StepKind::Restore,
        &["old-a"] as &[&str],
        &["--indices", "alb"] as &[&str],
    );
    let run = run(&[DELETE, other, old], &two());
    assert_eq!(in_the_way(&run), Vec::<String>::new());
    assert_eq!(
        words(&run)[0],
        "1 delete_indices alb --ignore-unavailable --in-snapshot old-a"
    );
}

#[test]
fn what_a_deletion_would_be_refused_for_is_told_before_the_first_step() {
    let verify = (
        StepKind::Verify,
        &[] as &[&str],
        &["--level", "nodes"] as &[&str],
    );
    let delete = |name: &'static str| -> (StepKind, Vec<&'static str>) {
        (StepKind::DeleteIndices, vec![name])
    };
    let mut facts = two();
    facts.indices.push(index("extra", "2026-11-23T12:00:00Z"));
    facts
        .indices
        .push(index(".kibana_1", "2026-11-01T00:00:00Z"));
    facts.aliases = [("x".to_owned(), BTreeSet::from(["logs".to_owned()]))].into();
    facts.streams = [("stream".to_owned(), vec![".ds-stream-1".to_owned()])].into();
    let told = |name: &'static str| {
        let (kind, subjects) = delete(name);
        in_the_way(&run(&[verify, (kind, &subjects, &[])], &facts)).join("\n")
    };
    assert!(
        told("extra").starts_with("index.extra no-snapshot: step 2 would delete it, and no complete snapshot of repository r"),
        "{}",
        told("extra")
    );
    for (name, refused) in [
        (".kibana_1", "step 2: .kibana_1 is a system index"),
        ("logs", "step 2: logs is an alias; it would have meant x"),
        (
            "stream",
            "step 2: the backing indices of data stream stream are not all known",
        ),
    ] {
        assert!(told(name).starts_with(refused), "{}", told(name));
    }
    assert_eq!(told("alb"), "");
    assert_eq!(told("gone-already"), "");
    // The snapshot that is waited for will be there.
    let runs = snapshot(
        "runs",
        "2026-11-23T13:00:00Z",
        State::InProgress,
        &["extra"],
    );
    facts.snapshots.push(runs);
    let wait = (StepKind::Wait, &["runs"] as &[&str], &[] as &[&str]);
    let delete = (
        StepKind::DeleteIndices,
        &["extra"] as &[&str],
        &[] as &[&str],
    );
    assert_eq!(
        in_the_way(&run(&[wait, delete], &facts)),
        Vec::<String>::new()
    );
}

#[test]
fn what_a_restore_would_be_refused_for_is_told_before_the_first_step() {
    let both = (
        StepKind::Restore,
        &["all"] as &[&str],
        &["--indices", "alb,x"] as &[&str],
    );
    let mut facts = two();
    facts.snapshots.push(snapshot(
        "all",
        "2026-11-23T01:00:00Z",
        State::Success,
        &["alb", "x"],
    ));
    assert_eq!(
        in_the_way(&run(&[DELETE, both], &facts)),
        ["step 2: index x is open"]
    );
    let deletes_both = (
        StepKind::DeleteIndices,
        &["alb", "x"] as &[&str],
        &[] as &[&str],
    );
    let replaces = (
        StepKind::Restore,
        &["all"] as &[&str],
        &["--replace"] as &[&str],
    );
    let renames = (
        StepKind::Restore,
        &["all"] as &[&str],
        &["--indices", "alb", "--rename", "alb", "x"] as &[&str],
    );
    assert_eq!(
        in_the_way(&run(&[deletes_both, both], &facts)),
        Vec::<String>::new()
    );
    assert!(run(&[replaces], &facts).obstacles.is_empty());
    assert_eq!(
        in_the_way(&run(&[renames], &facts)),
        ["step 1: index x is open"]
    );
    // What comes back is there again.
    assert_eq!(
        in_the_way(&run(&[deletes_both, both, both], &facts)),
        ["step 3: index alb is open", "step 3: index x is open"]
    );
    let lacks = (
        StepKind::Restore,
        &["new-b"] as &[&str],
        &["--indices", "alb", "--prefix", "r-"] as &[&str],
    );
    assert_eq!(
        in_the_way(&run(&[lacks], &facts)),
        ["step 1: snapshot new-b does not hold index alb"]
    );
    // One that the run itself takes, as far as it can be foreseen.
    let taking = (
        StepKind::Snapshot,
        &["s-{time}"] as &[&str],
        &["--indices", "alb"] as &[&str],
    );
    assert_eq!(
        in_the_way(&run(&[taking, BACK], &facts)),
        ["step 2: index alb is open"]
    );
    assert_eq!(
        in_the_way(&run(&[taking, DELETE, BACK], &facts)),
        Vec::<String>::new()
    );
}

#[test]
fn latest_is_one_that_every_pattern_of_every_restore_finds_something_in() {
    let patterns = (
        StepKind::Restore,
        &["latest"] as &[&str],
        &["--indices", "al*,x*", "--prefix", "r-"] as &[&str],
    );
    let mut facts = two();
    assert_eq!(
        in_the_way(&run(&[patterns], &facts)),
        ["no good snapshot holds everything that the steps ask for"]
    );
    facts.snapshots.push(snapshot(
        "all",
        "2026-11-20T00:00:00Z",
        State::Success,
        &["alb", "x"],
    ));
    assert_eq!(
        words(&run(&[patterns], &facts))[0],
        "1 restore all --indices al*,x* --prefix r- [all]"
    );
}

#[test]
fn a_deletion_does_not_count_on_the_snapshot_of_another_environment() {
    let facts = |snapshot: Snapshot| Facts {
        snapshots: vec![snapshot],
        indices: vec![index("alb", "2026-11-22T00:00:00Z")],
        ..Facts::default()
    };
    let another = Snapshot {
        metadata: crate::data::snapshot::mark(
            &EnvironmentName::parse("production").unwrap(),
            "somebody",
        ),
        ..snapshot("other", "2026-11-23T00:00:00Z", State::Success, &["alb"])
    };
    let run = prepared(&bring_back(), &wanted(), &facts(another));
    assert_eq!(
        in_the_way(&run),
        [
            "index.alb no-snapshot: step 1 would delete it, and snapshot other is of environment production and holds that one's index of the name"
        ]
    );
}
