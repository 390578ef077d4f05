//! Two runs at once: no wider grant, a lost update is noticed, and the next run converges.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, mpsc};
use std::time::Instant;

use esbackup::internals::execute::{Event, Reason};
use esbackup::internals::resources::declared::Desired;
use serde_json::{Value, json};

use super::sample;
use crate::convergence::{calls, converged};
use crate::prefixes::start;
use crate::support::access::{Grant, grants};
use crate::support::binary::Folder;
use crate::support::end::managed;
use crate::support::fields::SPEC;
use crate::support::sandbox::Sandbox;
use crate::support::world::{Operator, Planned, World, desired};

/// Each how manyth interleaving is in the sample.
const EVERY: usize = 97;
/// The same for a pair that has few of them.
const FEW: usize = 23;
/// The writes of each of the two.
const MOST: usize = 6;

/// Two operators with their specs, and what differs from the first one's spec when they begin.
struct Pair {
    name: &'static str,
    specs: [String; 2],
    differs: &'static [(&'static str, &'static str)],
}

fn pairs() -> Vec<Pair> {
    let equal = || [SPEC.to_owned(), SPEC.to_owned()];
    let other = |from: &str, to: &str| {
        assert!(SPEC.contains(from), "{from}");
        [SPEC.to_owned(), SPEC.replace(from, to)]
    };
    vec![
        Pair {
            name: "one spec, documents that others share",
            specs: equal(),
            differs: &[
                ("bucket.policy", "different"),
                ("bucket.lifecycle", "beside another"),
                ("bucket.tags", "different"),
                ("role.tags", "different"),
            ],
        },
        Pair {
            name: "one spec, narrowing and widening",
            specs: equal(),
            differs: &[
                ("policy.document", "different"),
                ("role.trust", "both"),
                ("role.inline_policies", "more"),
            ],
        },
        Pair {
            name: "one spec, a registration that is proved under a candidate name",
            specs: equal(),
            differs: &[
                ("repository.settings", "different"),
                ("bucket.tags", "different"),
                ("role.description", "different"),
            ],
        },
        Pair {
            name: "one spec, a role and a policy that both create",
            specs: equal(),
            differs: &[("policy", "absent"), ("role", "absent")],
        },
        Pair {
            name: "two specs with other tags, a role and a policy that both create",
            specs: other("tags: {team: search}\n", "tags: {team: platform}\n"),
            differs: &[("policy", "absent"), ("role", "absent")],
        },
        Pair {
            name: "two specs, of which one only reads",
            specs: other(
                "  base_path: logs\n",
                "  base_path: logs\n  readonly: true\n",
            ),
            differs: &[("policy.document", "different"), ("role.trust", "both")],
        },
        Pair {
            name: "two specs with other tags and another session",
            specs: other("tags: {team: search}\n", "tags: {team: platform}\n"),
            differs: &[
                ("bucket.tags", "different"),
                ("role.trust", "different"),
                ("bucket.lifecycle", "beside another"),
                ("policy.tags", "different"),
            ],
        },
    ]
}

/// Every way to put so many of the first and so many of the second in one row.
fn interleavings(of: [usize; 2]) -> Vec<Vec<usize>> {
    let mut all = Vec::new();
    for who in 0..2 {
        let Some(left) = of[who].checked_sub(1) else {
            continue;
        };
        let mut rest = of;
        rest[who] = left;
        for mut row in interleavings(rest) {
            row.insert(0, who);
            all.push(row);
        }
    }
    if all.is_empty() {
        all.push(Vec::new());
    }
    all
}

/// What an operator tells.
enum Told {
    /// The checks of the next write hold; it is sent once this is granted.
    AtWrite,
    /// It ended; whether it noticed that something is not as it should be.
    Over { noticed: Option<Noticed> },
}

/// What an operator noticed.
#[derive(Debug)]
struct Noticed {
    words: String,
    /// Whether it knows that somebody else was there: its last look differs from its plan, or a check right before a write did. Both are exit
    /// code 5.
    interference: bool,
}

/// What is the same for all interleavings of a pair.
struct Bench {
    start: Value,
    desired: [Desired; 2],
    /// What each reaches alone.
    ends: [Value; 2],
    allowed: BTreeSet<Grant>,
    steps: [usize; 2],
}

/// A sandbox with two operators.
struct Lab {
    sandbox: Sandbox,
    operators: [Operator; 2],
}

impl Lab {
    fn new() -> Self {
        let sandbox = Sandbox::start();
        let operators = [Operator::new(&sandbox), Operator::new(&sandbox)];
        Self { sandbox, operators }
    }

    fn begin(&self, state: &Value) {
        self.sandbox.admin("PUT", "/state", state);
    }
}

impl Bench {
    fn new(pair: &Pair, converged: &Value, lab: &Lab) -> Self {
        let desired = pair.specs.clone().map(|spec| desired(&spec));
        let mut differs = pair.differs;
        let start = loop {
            let start = start(converged, differs);
            lab.begin(&start);
            let both = lab.operators.iter().zip(&desired);
            let longest = both.map(|(operator, desired)| operator.plan(desired).plan.steps.len());
            if longest.max() <= Some(MOST) {
                break start;
            }
            // Six writes of each are enough, and all rows of them can be run.
            differs = &differs[..differs.len() - 1];
        };
        let mut allowed = grants(&start);
        let (mut ends, mut steps) = (Vec::new(), Vec::new());
        for (operator, desired) in lab.operators.iter().zip(&desired) {
            lab.begin(&start);
            let plan = operator.apply(desired);
            println!("  {} writes: {}", plan.steps.len(), calls(&plan).join(", "));
            let state = lab.sandbox.state();
            allowed.extend(grants(&state));
            ends.push(managed(&state));
            steps.push(plan.steps.len());
        }
        assert!(
            steps.iter().all(|steps| (1..=MOST).contains(steps)),
            "{steps:?}"
        );
        Self {
            start,
            desired,
            ends: ends.try_into().unwrap(),
            allowed,
            steps: steps.try_into().unwrap(),
        }
    }
}

/// One operator's whole run: the steps, each write when it is granted, and the look at the end.
fn operate(
    operator: &Operator,
    desired: &Desired,
    planned: &Planned,
    tell: &dyn Fn(Told),
    granted: &mpsc::Receiver<()>,
) {
    let result = operator.run_telling(&planned.session, &planned.plan.steps, &mut |event| {
        if matches!(event, Event::Sending(_)) {
            tell(Told::AtWrite);
            granted.recv().unwrap();
        }
    });
    let noticed = match result {
        Err(stopped) => Some(Noticed {
            interference: matches!(stopped.reason, Reason::Interfered { .. }),
            words: format!("{:?}", stopped.reason),
        }),
        Ok(()) => {
            let again = operator.plan(desired).plan;
            (!again.is_empty()).then(|| Noticed {
                interference: true,
                words: format!("{:?}", calls(&again)),
            })
        }
    };
    tell(Told::Over { noticed });
}

/// What became of one interleaving.
#[derive(Default)]
struct Seen {
    noticed: bool,
    lost: bool,
    states: usize,
    wrong: Vec<String>,
}

/// Runs one interleaving.
fn interleave(
    lab: &Lab,
    bench: &Bench,
    row: &[usize],
    known: &Mutex<BTreeMap<String, bool>>,
) -> Seen {
    lab.begin(&bench.start);
    let mut seen = Seen::default();
    let planned: Vec<Planned> = (0..2)
        .map(|who| lab.operators[who].plan(&bench.desired[who]))
        .collect();
    let mut noticed: Vec<Option<Noticed>> = vec![None, None];
    std::thread::scope(|scope| {
        let (say, hear) = mpsc::channel();
        let mut grants = Vec::new();
        for who in 0..2 {
            let (grant, granted) = mpsc::channel();
            grants.push(grant);
            let (say, planned) = (say.clone(), &planned[who]);
            let (operator, desired) = (&lab.operators[who], &bench.desired[who]);
            scope.spawn(move || {
                let tell = |told| say.send((who, told)).unwrap();
                operate(operator, desired, planned, &tell, &granted);
            });
        }
        let mut over = [false, false];
        let mut listen = |over: &mut [bool; 2]| {
            let (who, told) = hear.recv().unwrap();
            if let Told::Over { noticed: what } = told {
                over[who] = true;
                noticed[who] = what;
            }
        };
        // Both have planned, looked at what their first write needs, and are about to send it.
        (0..2).for_each(|_| listen(&mut over));
        // Whoever has more to send than was planned does so at the end.
        for who in row.iter().copied().chain([0, 1].repeat(MOST)) {
            if over[who] {
                continue;
            }
            grants[who].send(()).unwrap();
            listen(&mut over);
            seen.states += 1;
            if !narrow(&lab.sandbox.state(), bench, known) {
                seen.wrong
                    .push("neither start nor end grants that much".to_owned());
            }
        }
        assert_eq!(over, [true, true], "{row:?}");
    });
    let end = managed(&lab.sandbox.state());
    seen.noticed = noticed.iter().any(Option::is_some);
    // As if one had run after the other, or somebody knows better.
    seen.lost = !bench.ends.contains(&end);
    let known = noticed.iter().flatten().any(|one| one.interference);
    if seen.lost && !known {
        seen.wrong.push(format!(
            "nobody noticed that somebody else was there, and it ended as neither wants it: {end:#}"
        ));
    }
    for (operator, (desired, wanted)) in lab
        .operators
        .iter()
        .zip(bench.desired.iter().zip(&bench.ends))
    {
        operator.apply(desired);
        let state = lab.sandbox.state();
        if managed(&state) != *wanted || !operator.plan(desired).plan.is_empty() {
            seen.wrong
                .push("the next apply does not converge".to_owned());
        }
    }
    if !seen.wrong.is_empty() {
        seen.wrong
            .insert(0, format!("{row:?}, noticed: {:?}", words(&noticed)));
    }
    seen
}

fn words(noticed: &[Option<Noticed>]) -> Vec<&str> {
    let noticed = noticed.iter().flatten();
    noticed.map(|one| one.words.as_str()).collect()
}

/// Whether a state grants no more than start and ends; what decides that is looked at once.
fn narrow(state: &Value, bench: &Bench, known: &Mutex<BTreeMap<String, bool>>) -> bool {
    let (account, bucket) = (
        &state["accounts"]["123456789012"],
        &state["buckets"]["logs-snapshots"],
    );
    let policies = account["policies"].as_object().unwrap().values();
    let versions: Vec<Value> = policies
        .map(|policy| json!([policy["arn"], crate::support::end::document(policy)]))
        .collect();
    let role = &account["roles"]["logs-snapshots"];
    let key = json!([
        versions,
        role["trust"],
        role["attached"],
        role["inline"],
        role["permissions_boundary"],
        bucket["policy"],
        bucket["public_access_block"],
    ]);
    let key = key.to_string();
    if let Some(narrow) = known.lock().unwrap().get(&key) {
        return *narrow;
    }
    let narrow = grants(state).is_subset(&bench.allowed);
    known.lock().unwrap().insert(key, narrow);
    narrow
}

#[test]
fn two_applies_at_once_never_grant_more_and_a_lost_update_is_noticed_and_repaired() {
    let began = Instant::now();
    let (world, state): (World, Value) = converged(&desired(SPEC));
    drop(world);
    let labs = [Lab::new(), Lab::new()];
    let (mut wrong, mut total, mut run) = (Vec::new(), 0, 0);
    for pair in pairs() {
        println!("{}:", pair.name);
        let bench = Bench::new(&pair, &state, &labs[0]);
        let rows = interleavings(bench.steps);
        total += rows.len();
        let of = rows.len();
        // Of few rows more are taken.
        let rows = sample::of(rows, if of > 500 { EVERY } else { FEW });
        run += rows.len();
        let left = Mutex::new(rows.into_iter());
        let known = Mutex::new(BTreeMap::new());
        let all = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for lab in &labs {
                scope.spawn(|| {
                    loop {
                        let row = left.lock().unwrap().next();
                        let Some(row) = row else { return };
                        let seen = interleave(lab, &bench, &row, &known);
                        all.lock().unwrap().push(seen);
                    }
                });
            }
        });
        let all = all.into_inner().unwrap();
        let count = |of: fn(&Seen) -> bool| all.iter().filter(|seen| of(seen)).count();
        println!(
            "  {} of {of} interleavings: {} noticed by somebody, {} ended as neither wants it, {} states looked at",
            all.len(),
            count(|seen| seen.noticed),
            count(|seen| seen.lost),
            all.iter().map(|seen| seen.states).sum::<usize>()
        );
        let named = |seen: Seen| format!("{}: {}", pair.name, seen.wrong.join("\n"));
        wrong.extend(
            all.into_iter()
                .filter(|seen| !seen.wrong.is_empty())
                .map(named),
        );
    }
    println!(
        "two at once: {run} of {total} interleavings run, {} exceptions, {:.0?}",
        wrong.len(),
        began.elapsed()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_interleaving_is_there_once() {
    let rows = interleavings([MOST, MOST]);
    let different: BTreeSet<&Vec<usize>> = rows.iter().collect();
    assert_eq!((rows.len(), different.len()), (924, 924));
}

/// A second domain that writes where the first one does.
fn second(spec: &str) -> String {
    spec.replace("name: logs\nregion", "name: other\nregion")
        .replace("domain:\n  name: logs", "domain:\n  name: other")
        .replace(
            "bucket:\n  name: logs-snapshots",
            "bucket:\n  name: logs-snapshots\n  existing: true",
        )
        .replace(
            "policy:\n  name: logs-snapshots",
            "policy:\n  name: other-snapshots",
        )
        .replace(
            "role:\n  name: logs-snapshots",
            "role:\n  name: other-snapshots",
        )
}

fn plain() -> String {
    SPEC.replace(
        "  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n",
        "",
    )
}

#[test]
fn two_domains_on_one_base_path_in_the_specs_are_refused_before_anything_is_sent() {
    let sandbox = Sandbox::start();
    let folder = Folder::new(&sandbox);
    folder.write("specs/one.yaml", &plain());
    folder.write("specs/two.yaml", &second(&plain()));
    let ran = folder.run(["apply", "-f", "specs", "--yes", "--sandbox"]);
    assert_eq!(ran.code, 65, "{ran:#?}");
    assert!(
        ran.stderr.contains("two writers corrupt a repository"),
        "{}",
        ran.stderr
    );
    assert_eq!(sandbox.requests().len(), 0);
}

#[test]
fn a_second_domain_on_a_base_path_that_holds_a_repository_is_refused_before_any_write() {
    let sandbox = Sandbox::start();
    let folder = Folder::new(&sandbox);
    folder.write("esbackup.yaml", &plain());
    folder.write("other.yaml", &second(&plain()));
    for command in [
        vec!["apply", "--yes", "--sandbox"],
        vec!["snapshot", "take", "one", "--sandbox"],
    ] {
        let ran = folder.run(command);
        assert_eq!(ran.code, 0, "{ran:#?}");
    }
    sandbox.forget_requests();
    let ran = folder.run([
        "apply",
        "-f",
        "other.yaml",
        "--yes",
        "--allow",
        "repoints",
        "--sandbox",
    ]);
    assert_eq!(ran.code, 6, "{ran:#?}");
    let reason = "its base path already holds the snapshots of a repository";
    assert!(ran.stderr.contains(reason), "{}", ran.stderr);
    assert_eq!(sandbox.writes(), Vec::<String>::new());
}
