//! Words, targets and the one parser and printer of `--allow`.

use super::{Allowance, Hazard, Word, options};

fn hazard(word: Word, target: &str) -> Hazard {
    Hazard {
        word,
        target: target.to_owned(),
        why: "it runs".to_owned(),
    }
}

#[test]
fn an_allowance_is_a_word_of_the_command_and_maybe_a_target() {
    let read = |text| Allowance::parse(text, &[Word::Replace, Word::Running]);
    for text in [
        "replace",
        "replace=index.logs",
        "running=snapshot.gone-long-ago",
        "replace=index..kibana_1",
        "running=domain.disks",
        "running=role.any",
    ] {
        assert_eq!(read(text).map(|one| one.to_string()), Ok(text.to_owned()));
    }
    let words = "the words are replace, running";
    for text in ["", "all", "red", "Replace", "red=domain.health"] {
        assert_eq!(read(text), Err(words.to_owned()), "{text}");
    }
    let kinds = "a target is KIND.NAME, and the kinds are domain, bucket, policy, role, repository, index, snapshot";
    for text in [
        "replace=",
        "replace=logs",
        "replace=stream.logs",
        "replace=.logs",
    ] {
        assert_eq!(read(text), Err(kinds.to_owned()), "{text}");
    }
    for text in [
        "replace=index.",
        "replace=index.Logs",
        "running=snapshot.a b",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn an_allowance_covers_its_word_and_its_target() {
    let covers = |text: &str| {
        let one = Allowance::parse(text, &Word::GUARDS).unwrap();
        one.covers(&hazard(Word::Running, "snapshot.one"))
    };
    assert!(covers("running"));
    assert!(covers("running=snapshot.one"));
    assert!(!covers("running=snapshot.two"));
    assert!(!covers("last-good"));
    assert!(!covers("last-good=snapshot.one"));
}

#[test]
fn resources_of_no_spec_are_unknown_and_indices_and_snapshots_are_not() {
    let unknown = |text: &str| {
        let words = [Word::RISKS.as_slice(), &Word::GUARDS].concat();
        let one = Allowance::parse(text, &words).unwrap();
        let resources = ["domain.logs".to_owned(), "role.logs-snapshots".to_owned()];
        one.unknown(&resources).map(str::to_owned)
    };
    for text in [
        "destroys",
        "destroys=role.logs-snapshots",
        "space=domain.logs",
        "space=domain.disks",
        "red=domain.health",
        "replace=index.gone",
        "running=snapshot.gone",
    ] {
        assert_eq!(unknown(text), None, "{text}");
    }
    for text in [
        "bucket.a",
        "policy.a",
        "role.logs",
        "repository.a",
        "domain.shop",
    ] {
        assert_eq!(unknown(&format!("destroys={text}")).as_deref(), Some(text));
    }
}

#[test]
fn what_allows_hazards_is_an_option_for_each_once() {
    let all = [
        hazard(Word::Space, "domain.disks"),
        hazard(Word::Replace, "index.logs"),
        hazard(Word::Space, "domain.disks"),
    ];
    assert_eq!(
        options(&all),
        "--allow replace=index.logs --allow space=domain.disks"
    );
    let odd = hazard(Word::Running, "snapshot.it's");
    assert_eq!(options([&odd]), "--allow \"running=snapshot.it's\"");
    assert_eq!(odd.to_string(), "snapshot.it's running: it runs");
}
