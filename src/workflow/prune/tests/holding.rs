//! What stays for what it holds, whose that is, and that it is found at once.

use super::*;

#[test]
fn the_newest_own_one_that_holds_a_named_index_stays_whatever_another_owner_holds() {
    let mut all = daily(4);
    all[0].indices = NameSet::from(["other"]);
    all.push(good("unknown.newer", 3_600_000));
    all.push(good("web.newer", 7_200_000));
    // Whatever another owner holds of that name, and although the newest own snapshot lacks it.
    let verdicts = run(&all, &last(1));
    assert_eq!(deleted(&verdicts), ["d2", "d3"]);
    let logs = Reason::Copies(vec![copy("logs", Life::Unknown)]);
    assert_eq!(
        decision(&all, &last(1), "d1"),
        Decision::Keep(vec![logs.clone()])
    );
    let mut policy = last(1);
    policy.keep_holding = BTreeSet::from(["logs".to_owned()]);
    let both = Decision::Keep(vec![Reason::Holds("logs".to_owned()), logs]);
    assert_eq!(decision(&all, &policy, "d1"), both);
}

#[test]
fn each_verdict_names_the_newest_good_one_of_its_owner() {
    let mut all = daily(3);
    all.push(good("web.a", DAY));
    all.push(good("web.b", 2 * DAY));
    all.push(good("ahead", -DAY));
    let verdicts = prune(&all, by_name, Scope::All, &last(1), None, at(NOW));
    let keepers: Vec<(&str, Option<&str>)> = verdicts
        .iter()
        .filter(|verdict| verdict.is_delete())
        .map(|one| (&*one.name, one.keeper.as_ref().map(|keeper| &*keeper.name)))
        .collect();
    assert_eq!(
        keepers,
        [
            ("d1", Some("d0")),
            ("web.b", Some("web.a")),
            ("d2", Some("d0"))
        ]
    );
}

#[test]
fn thousands_of_snapshots_of_hundreds_of_indices_are_looked_through_once() {
    let names: NameSet = (0..200).map(|one| format!("i-{one}")).collect();
    let all: Vec<Snapshot> = (0..5_000)
        .map(|hour| Snapshot {
            indices: names.clone(),
            ..good(&format!("s-{hour}"), hour * 3_600_000)
        })
        .collect();
    // None of them is in any: each would be looked for in all.
    let mut policy = last(1);
    policy.keep_holding = (0..200).map(|one| format!("nowhere-{one}")).collect();
    let verdicts = run(&all, &policy);
    assert_eq!(deleted(&verdicts).len(), 4_999);
}
