//! Data streams whose names, or those of their backing indices, are taken.

use super::*;

const FIRST: &str = ".ds-logs-000001";
const SECOND: &str = ".ds-logs-000002";

/// A snapshot of stream `logs` with two backing indices, and of plain index `plain`.
fn with_stream() -> Snapshot {
    let mut one = snapshot("one", &[FIRST, SECOND, "plain"]);
    one.data_streams = vec!["logs".into()];
    one
}

type Refused = Vec<(String, String)>;

fn refused(wanted: &Wanted, facts: &Facts) -> Refused {
    let prepared = prepared(wanted, &with_stream(), facts);
    let all = prepared.obstacles.into_iter();
    all.map(|one| (one.what, one.remedy)).collect()
}

fn one(what: &str, remedy: &str) -> Refused {
    vec![(what.to_owned(), remedy.to_owned())]
}

fn renamed(source: &str, to: &str) -> Wanted {
    Wanted {
        rename: Some(Rename::parse(source, to).unwrap()),
        ..wanted(&[source])
    }
}

#[test]
fn stream_that_exists_is_replaced_and_never_overwritten() {
    let mut facts = facts();
    facts.data_streams = ["logs".to_owned()].into();
    facts.indices = vec![index(FIRST), index(SECOND), index(".ds-logs-000003")];
    let way = "choose another name with --rename FROM TO or --prefix, or --replace it once the restored one is proven";
    let with = |existing| Wanted {
        existing,
        ..wanted(&["logs"])
    };
    assert_eq!(
        refused(&with(Existing::Keep), &facts),
        one("there is a data stream logs", way)
    );
    assert_eq!(
        refused(&with(Existing::Close), &facts),
        one(
            "no engine closes the write index of a data stream, so logs cannot be overwritten",
            way
        )
    );
    assert_eq!(refused(&with(Existing::Replace), &facts), []);
    // Both printed ways.
    let prefixed = Wanted {
        rename: Some(Rename::prefix("r-").unwrap()),
        ..wanted(&["logs"])
    };
    assert_eq!(refused(&prefixed, &facts), []);
    assert_eq!(refused(&renamed("logs", "other"), &facts), []);
}

#[test]
fn stream_is_not_restored_onto_the_name_of_something_else() {
    let mut facts = facts();
    facts.indices = vec![index("taken"), index("live-1"), index("live-2")];
    facts.aliases = ["live-1", "live-2"]
        .map(|index| (index.to_owned(), ["alias".to_owned()].into()))
        .into();
    facts.data_streams = ["stream".to_owned()].into();
    let way = "choose another name with --rename FROM TO or --prefix, or remove what has the name";
    for (name, what, way) in [
        (
            "taken",
            "taken is an index, and a data stream of that name would come back",
            way,
        ),
        (
            "alias",
            "alias is an alias of live-1, live-2, and a data stream of that name would come back",
            way,
        ),
        (
            "stream",
            "there is a data stream stream",
            "choose another name with --rename FROM TO or --prefix, or --replace it once the restored one is proven",
        ),
    ] {
        assert_eq!(refused(&renamed("logs", name), &facts), one(what, way));
    }
    assert_eq!(refused(&renamed("logs", "free"), &facts), []);
}

#[test]
fn stream_whose_backing_names_are_taken_is_refused() {
    let way = "choose another name with --rename FROM TO or --prefix, or delete what is there once it is not needed any more";
    for (there, what) in [
        (
            &[FIRST][..],
            ".ds-logs-000001 has the name of a backing index of data stream logs, which is not there",
        ),
        // Where it would put a later one.
        (
            &[".ds-logs-000009"],
            ".ds-logs-000009 has the name of a backing index of data stream logs, which is not there",
        ),
        (
            &[SECOND, FIRST],
            ".ds-logs-000001, .ds-logs-000002 have the name of a backing index of data stream logs, which is not there",
        ),
    ] {
        for existing in [Existing::Keep, Existing::Close, Existing::Replace] {
            let mut facts = facts();
            facts.indices = there.iter().map(|name| index(name)).collect();
            let wanted = Wanted {
                existing,
                ..wanted(&["logs"])
            };
            assert_eq!(refused(&wanted, &facts), one(what, way));
        }
        let mut facts = facts();
        facts.indices = there.iter().map(|name| index(name)).collect();
        assert_eq!(refused(&renamed("logs", "other"), &facts), []);
    }
    // Those of a stream with a longer name are not in the way.
    let mut facts = facts();
    facts.indices = vec![index(".ds-logs-2-000001"), index("logs-000001")];
    assert_eq!(refused(&wanted(&["logs"]), &facts), []);
}

#[test]
fn plain_index_is_not_restored_into_a_stream_or_onto_its_name() {
    let mut facts = facts();
    facts.data_streams = ["live".to_owned(), "logs".to_owned()].into();
    let way = "choose another name with --rename FROM TO or --prefix";
    assert_eq!(
        refused(&renamed("plain", "live"), &facts),
        one("live is a data stream", way)
    );
    assert_eq!(
        refused(&renamed("plain", ".ds-live-000007"), &facts),
        one(
            ".ds-live-000007 has the name of a backing index of data stream live, and would not become part of it",
            "choose another name with --rename plain NEW_NAME"
        )
    );
    // A backing index alone, beside its stream.
    assert_eq!(
        refused(&wanted(&[FIRST]), &facts),
        one(
            ".ds-logs-000001 has the name of a backing index of data stream logs, and would not become part of it",
            "choose another name with --rename .ds-logs-000001 NEW_NAME, or restore the data stream: --indices logs"
        )
    );
}

#[test]
fn restored_stream_is_called_by_its_name() {
    let calls = |wanted: &Wanted| {
        let prepared = prepared(wanted, &with_stream(), &facts());
        let steps = prepared.steps.iter();
        steps
            .map(|step| step.call.describe())
            .collect::<Vec<String>>()
    };
    assert_eq!(
        calls(&wanted(&[])),
        ["start restoring plain, data stream logs from one"]
    );
    assert_eq!(
        calls(&renamed("logs", "other")),
        ["start restoring data stream other from one"]
    );
    assert_eq!(
        calls(&wanted(&[FIRST])),
        ["start restoring .ds-logs-000001 from one"]
    );
}
