//! Placeholder.
/// Placeholder.
pub fn credentials(_account: &str) -> (String, String) { (String::new(), String::new()) }
