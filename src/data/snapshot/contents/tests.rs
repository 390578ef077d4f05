//! What a snapshot holds, as the engine's status tells it.

use super::*;

#[test]
fn each_index_has_its_shards_and_bytes_and_they_add_up() {
    let text = br#"{"snapshots":[{"snapshot":"s","state":"SUCCESS","indices":{
            "a":{"shards_stats":{"initializing":0,"done":2,"failed":0,"total":2},"stats":{"incremental":{"file_count":1,"size_in_bytes":1},"total":{"file_count":6,"size_in_bytes":600}},"shards":{}},
            "b":{"shards_stats":{"initializing":0,"done":0,"failed":1,"total":1},"stats":{"incremental":{"file_count":0,"size_in_bytes":0},"total":{"file_count":1,"size_in_bytes":10}}}}}]}"#;
    let contents = decode(text).unwrap();
    let part = |shards, done, files, bytes| Part {
        shards,
        done,
        files,
        bytes,
    };
    assert_eq!(contents.indices.get("a"), Some(&part(2, 2, 6, 600)));
    assert_eq!(contents.sum(), part(3, 2, 7, 610));
}

#[test]
fn numbers_that_are_too_large_to_add_up_are_the_largest_there_is() {
    let text = format!(
        r#"{{"snapshots":[{{"indices":{{"a":{0},"b":{0}}}}}]}}"#,
        r#"{"shards_stats":{"done":1,"total":1},"stats":{"total":{"file_count":1,"size_in_bytes":18446744073709551615}}}"#
    );
    let contents = decode(text.as_bytes()).unwrap();
    assert_eq!(contents.sum().bytes, u64::MAX);
    assert_eq!(contents.sum().files, 2);
}
