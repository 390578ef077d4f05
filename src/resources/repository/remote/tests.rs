//! A registration as engines give it back.

use serde_json::{Value, json};

use super::registration;

fn settings(settings: Value) -> Vec<(String, String)> {
    let all = json!({"r": {"type": "s3", "settings": settings}});
    let registered = registration(&all, "r").unwrap();
    registered.settings.into_iter().collect()
}

#[test]
fn setting_is_the_same_as_text_number_boolean_or_nested() {
    let text = settings(json!({
        "bucket": "b", "compress": "true", "chunk_size": "1073741824", "client.timeout": "30s",
    }));
    let typed = settings(json!({
        "bucket": "b", "compress": true, "chunk_size": 1_073_741_824, "client": {"timeout": "30s"},
        "readonly": false, "max_restore_bytes_per_sec": null,
    }));
    assert_eq!(text, typed);
    assert_eq!(
        typed,
        settings(json!({
            "bucket": "b", "compress": "true", "chunk_size": "1073741824", "client.timeout": "30s", "readonly": "false",
        }))
    );
    let readonly = settings(json!({"bucket": "b", "readonly": true}));
    assert_eq!(
        readonly,
        settings(json!({"bucket": "b", "readonly": "true"}))
    );
    assert_ne!(readonly, settings(json!({"bucket": "b"})));
}
