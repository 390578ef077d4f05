//! What one copy changes stays its own.

use super::Shared;

#[test]
fn copies_share_until_one_of_them_changes() {
    let first = Shared::from(vec![1]);
    let mut second = first.clone();
    assert!(std::ptr::eq(&*first, &*second));
    second.push(2);
    assert_eq!((&*first, &*second), (&vec![1], &vec![1, 2]));
    assert_ne!(first, second);
    let text = serde_json::to_string(&second).unwrap();
    assert_eq!(text, "[1,2]");
    assert_eq!(
        serde_json::from_str::<Shared<Vec<u32>>>(&text).unwrap(),
        second
    );
}
