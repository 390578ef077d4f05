//! Every message of the engines' services for snapshots and repositories, held against the rows.
//!
//! `engine_messages.tsv` was read from the classes of the four engines' own jars: what stands between the creation of an exception and its
//! constructor. Assertions are left out, since engines run without them, and so are the few exceptions that only pass on another's message.

use super::*;

/// One message: the class that has it, its exception, its words with `{}` for what varies, and the engines.
struct Message<'a> {
    class: &'a str,
    exception: &'a str,
    words: &'a str,
    engines: &'a str,
}

fn messages() -> Vec<Message<'static>> {
    let lines = include_str!("engine_messages.tsv").lines().skip(1);
    let read = |line: &'static str| match line.split('\t').collect::<Vec<_>>().as_slice() {
        &[class, exception, words, engines] => Message {
            class,
            exception,
            words,
            engines,
        },
        other => panic!("{other:?}"),
    };
    lines.map(read).collect()
}

/// `SnapshotRestoreException` as engines write it.
fn snake(exception: &str) -> String {
    let mut text = String::new();
    for letter in exception.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

fn said(message: &Message<'_>) -> Refusal {
    let reason = format!("[r:s] {}", message.words.replace("{}", "x"));
    let kind = snake(message.exception);
    let error = serde_json::json!({"type": kind, "reason": reason});
    let body = serde_json::json!({"error": {"root_cause": [error], "type": kind, "reason": reason}, "status": 500});
    domain(500, &body.to_string())
}

#[test]
fn every_message_of_the_engines_services_is_met_by_a_row() {
    let all = messages();
    for class in [
        "RestoreService",
        "SnapshotsService",
        "RepositoriesService",
        "BlobStoreRepository",
    ] {
        for engine in ["os-3.8.0", "os-2.19.4", "es-7.10.2", "es-6.8.23"] {
            let mut of = all.iter();
            assert!(
                of.any(|message| message.class == class && message.engines.contains(engine)),
                "{class} {engine}"
            );
        }
    }
    assert!(all.len() > 200, "{}", all.len());
    let unmet: Vec<String> = all
        .iter()
        .filter(|message| diagnose(&said(message), &context()).is_none())
        .map(|message| format!("{} {} {}", message.class, message.exception, message.words))
        .collect();
    assert_eq!(unmet, Vec::<String>::new());
}

#[test]
fn every_row_of_an_engine_is_said_by_one() {
    let all = messages();
    let found: std::collections::BTreeSet<u16> = all
        .iter()
        .filter_map(|message| diagnose(&said(message), &context()))
        .map(|known| known.row)
        .collect();
    let others = [
        "this action would add",
        "already exists as alias",
        "expected total copies",
        "kms",
        "is pending deletion",
        "can't get text on a ",
        "has more than one write index",
        "names need to be unique",
        "could create backing indices",
    ];
    let unsaid: Vec<&str> = engine::rows()
        .filter(|row| !found.contains(&row.number))
        .filter(|row| {
            !row.all
                .iter()
                .any(|part| others.iter().any(|other| part.contains(other)))
        })
        .map(|row| row.cause)
        .collect();
    assert_eq!(unsaid, Vec::<&str>::new());
}

#[test]
fn message_gets_the_row_of_its_own_cause() {
    for (kind, reason, expected) in [
        (
            "snapshot_restore_exception",
            "[r:s] cannot restore index [a] because it cannot be upgraded",
            "an engine too old",
        ),
        (
            "snapshot_restore_exception",
            "[r:s] the snapshot was created with OpenSearch version [3.8.0] which is higher than the version of this node [2.19.4]",
            "a newer engine than this one",
        ),
        (
            "illegal_argument_exception",
            "expected total copies needs to be a multiple of total awareness attributes [3]",
            "spreads copies over its zones",
        ),
        (
            "invalid_index_name_exception",
            "Invalid index name [a], already exists as alias",
            "an alias on this domain has the name",
        ),
        (
            "validation_exception",
            "Validation Failed: 1: this action would add [4] total shards, but this cluster currently has [1000]/[1000] maximum shards open;",
            "as many shards as its nodes may",
        ),
        (
            "validation_exception",
            "Validation Failed: 1: this action would add [2] total LOCAL_ONLY shards, but this cluster currently has [2]/[1] maximum LOCAL_ONLY shards open;",
            "as many shards as its nodes may",
        ),
        (
            "illegal_state_exception",
            "alias [w] has more than one write index [a,b]",
            "write to more than one index",
        ),
        (
            "illegal_state_exception",
            "index and alias names need to be unique, but the following duplicates were found [w (alias of [a/DHU])]",
            "has the name of something that would come back",
        ),
        (
            "illegal_state_exception",
            "index, alias, and data stream names need to be unique, but the following duplicates were found [data stream [s] conflicts with index]",
            "has the name of something that would come back",
        ),
        (
            "illegal_state_exception",
            "data stream [s] could create backing indices that conflict with 1 existing index(s) or alias(s) including '.ds-s-000005'",
            "its next backing indices",
        ),
        (
            "illegal_state_exception",
            "Can't get text on a FIELD_NAME at 1:221",
            "a newer engine wrote the list",
        ),
        (
            "snapshot_restore_exception",
            "[r:s] index [a] wasn't fully snapshotted - cannot restore",
            "PARTIAL",
        ),
        (
            "snapshot_exception",
            "[r:s] Indices don't have primary shards [a]",
            "a primary shard",
        ),
        (
            "repository_exception",
            "[r] repository type [hdfs] does not exist",
            "no plugin",
        ),
        (
            "repository_verification_exception",
            "[r] store location [logs] is not accessible on the node [{n}]",
            "does not reach the bucket",
        ),
    ] {
        let body = serde_json::json!({"error": {"type": kind, "reason": reason}, "status": 500});
        let known = diagnose(&domain(500, &body.to_string()), &context());
        let cause = known.map(|known| known.cause).unwrap_or_default();
        assert!(cause.contains(expected), "{reason}: {cause}");
    }
}

#[test]
fn no_row_says_that_a_repository_is_stored_or_points_at_words_above() {
    for row in every_row() {
        let text = remedy::text(row.remedy, &domain(500, "x"), &context());
        for claim in ["is stored", "be stored", "words above", "nothing was sent"] {
            assert!(
                !text.text().contains(claim) && !row.cause.contains(claim),
                "{text}"
            );
        }
    }
}

#[test]
fn command_of_a_remedy_names_the_snapshot_and_the_index() {
    let refused = |operation: &str, reason: &str| {
        let body = serde_json::json!({"error": {"type": "snapshot_restore_exception", "reason": reason}, "status": 500});
        let refusal =
            Refusal::from_domain(operation.to_owned(), 500, None, body.to_string().as_bytes());
        diagnose(&refusal, &context()).unwrap().hint.to_string()
    };
    let restore = "POST /_snapshot/r/nightly-1/_restore";
    let open = "[r:nightly-1] cannot restore index [logs] because an open index with same name already exists in the cluster.";
    assert!(refused(restore, open).contains("`esbackup restore nightly-1 --replace`"));
    let partial = "[r:nightly-1] index [logs] wasn't fully snapshotted - cannot restore";
    assert!(
        refused(restore, partial)
            .contains("`esbackup restore nightly-1 --indices '*,-logs' --partial`")
    );
    let two = "[r:nightly-1/x] Indices don't have primary shards [logs, .ds-a-000001]";
    assert!(
        refused("PUT /_snapshot/r/nightly-1", two)
            .contains("`esbackup snapshot take nightly-1 --indices '*,-logs,-.ds-a-000001'`")
    );
    let zones = "expected total copies needs to be a multiple of total awareness attributes [3]";
    assert_eq!(
        refused(restore, zones),
        "restore with as many copies as there are zones: `esbackup restore nightly-1 --index-settings index.number_of_replicas=2`"
    );
    // Nothing of a shell stands in a command.
    let hostile = "[r:s] index [x\";rm] wasn't fully snapshotted - cannot restore";
    assert!(refused("POST /_snapshot/r/$(x)/_restore", hostile).contains("-INDEX"));
}

/// The page of the messages as the tables have it, but for its headings.
#[test]
fn page_of_the_messages_shows_each_row_as_it_is() {
    let page = include_str!("../../../docs/engine-messages.md");
    let line = |row: &rows::Row| {
        let remedy::Remedy::Text(text) = row.remedy else {
            panic!("{}", row.number)
        };
        let parts: Vec<String> = row.all.iter().map(|part| format!("`{part}`")).collect();
        format!("| {} | {} | {text} |", parts.join(" … "), row.cause)
    };
    let known: std::collections::BTreeSet<&str> = page.lines().collect();
    let lacking: Vec<String> = engine::rows().map(line).collect();
    let lacking: Vec<&String> = lacking
        .iter()
        .filter(|line| !known.contains(line.as_str()))
        .collect();
    assert_eq!(lacking, Vec::<&String>::new());
}
