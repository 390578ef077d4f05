//! Options that are read, and commands that are printed again.

use clap::Parser;

use super::*;

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    arguments: Arguments,
}

#[test]
fn what_waits_for_a_restore_resumes_it_and_overwrites_nothing() -> Result<(), clap::Error> {
    let words = [
        "restore",
        "s1",
        "--close-existing",
        "--no-wait",
        "--partial",
    ];
    let arguments = Command::try_parse_from(words)?.arguments;
    assert_eq!(
        arguments.command("s1", Again::Resuming),
        "esbackup restore s1 --partial --resume"
    );
    assert_eq!(
        arguments.command("s1", Again::Same),
        "esbackup restore s1 --partial --no-wait --close-existing"
    );
    Ok(())
}

#[test]
fn what_was_agreed_to_is_in_the_command_that_goes_on() -> Result<(), clap::Error> {
    let read = |line: &str| {
        let words = line.split(' ').skip(1);
        Command::try_parse_from(words).map(|command| command.arguments)
    };
    let given = "esbackup restore latest --replace --timeout 90s --yes --allow replace --allow space=domain.disks";
    let printed = read(given)?.command("s1", Again::Same);
    assert_eq!(
        printed,
        "esbackup restore s1 --replace --timeout 90s --yes --allow replace --allow space=domain.disks"
    );
    // It says the same when it is interrupted again.
    assert_eq!(read(&printed)?.command("s1", Again::Same), printed);
    let waits = read("esbackup restore s1 --close-existing --yes --allow replace")?;
    assert_eq!(
        waits.command("s1", Again::Resuming),
        "esbackup restore s1 --resume --yes --allow replace"
    );
    Ok(())
}

#[test]
fn the_command_without_aliases_is_one_that_is_taken() -> Result<(), clap::Error> {
    let read = |line: &str| {
        let words = line.split(' ').skip(1);
        Command::try_parse_from(words).map(|command| command.arguments)
    };
    for given in [
        "esbackup restore s1 --replace --include-aliases --yes",
        "esbackup restore s1 --replace --yes",
    ] {
        let without = read(given)?.command("s1", Again::WithoutAliases) + WITHOUT_ALIASES;
        assert_eq!(
            without,
            "esbackup restore s1 --replace --yes --without-aliases"
        );
        assert!(read(&without)?.leaves_aliases());
    }
    Ok(())
}

/// Reads a change: an index that is left out, or an option with its value.
fn of(text: &str) -> Change {
    let left_out = text.strip_prefix('-').map(str::to_owned);
    let mut words = text.split(' ').map(str::to_owned);
    let option = words.next().map(|name| (name, words.next()));
    Change {
        command: "restore",
        options: option.filter(|_| left_out.is_none()).into_iter().collect(),
        left_out: left_out.into_iter().collect(),
    }
}

#[test]
fn changed_command_keeps_options_that_do_not_contradict_the_change() -> Result<(), clap::Error> {
    let changed = |line: &str, change: &str| {
        let words = line.split(' ').skip(1);
        let read = Command::try_parse_from(words)?.arguments;
        let change = read.same_targets(&of(change));
        Ok::<_, clap::Error>(read.command("s1", Again::Changed(&change)))
    };
    for (given, change, expected) in [
        (
            "esbackup restore s1 --prefix r- --indices a* --yes",
            "-ab",
            "esbackup restore s1 --prefix=r- --indices 'a*,-ab' --yes",
        ),
        (
            "esbackup restore s1 --rename a b --index-settings number_of_replicas=2",
            "index-settings index.number_of_replicas=1",
            "esbackup restore s1 --index-settings=number_of_replicas=2 --rename a b --index-settings index.number_of_replicas=1",
        ),
        (
            "esbackup restore s1 --partial --no-wait --indices a",
            "replace",
            "esbackup restore s1 --indices=a --replace",
        ),
        // The index that is in the way has the new name: the one of the old name stays as it is.
        (
            "esbackup restore s1 --rename a b",
            "replace",
            "esbackup restore s1 --rename a b --close-existing",
        ),
        (
            "esbackup restore s1 --prefix r-",
            "replace",
            "esbackup restore s1 --prefix=r- --close-existing",
        ),
        (
            "esbackup restore s1 --rename a b --partial",
            "prefix restored-",
            "esbackup restore s1 --partial --prefix restored-",
        ),
    ] {
        assert_eq!(changed(given, change)?, expected);
    }
    Ok(())
}

#[test]
fn settings_are_read_from_json_and_from_pairs_under_their_full_names() {
    let read = |text: &str| settings(text).map(Value::Object);
    assert_eq!(
        [
            read("number_of_replicas=0"),
            read("index.codec=best"),
            read(r#"{"index":{"number_of_replicas":1,"routing":{"allocation.require.x":"y"}}}"#),
            read("=1"),
            read("[1]"),
        ],
        [
            Ok(serde_json::json!({"index.number_of_replicas": 0})),
            Ok(serde_json::json!({"index.codec": "best"})),
            Ok(
                serde_json::json!({"index.number_of_replicas": 1, "index.routing.allocation.require.x": "y"})
            ),
            Err("--index-settings =1: it takes a JSON object, or KEY=VALUE".to_owned()),
            Err("--index-settings [1]: it takes a JSON object, or KEY=VALUE".to_owned()),
        ]
    );
}
