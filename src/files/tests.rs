//! Files that are pipes or devices.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::{any, any_within, regular};

fn pipe(folder: &tempfile::TempDir) -> PathBuf {
    let path = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    path
}

#[tokio::test]
async fn a_pipe_that_nobody_writes_to_and_a_device_without_end_are_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = pipe(&folder);
    let began = Instant::now();
    let error = any_within(&path, 100, Duration::from_millis(50)).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::TimedOut);
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(
        regular(&path, 100).unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    let endless = any("/dev/zero".as_ref(), 100).await.unwrap_err();
    assert_eq!(endless.kind(), ErrorKind::FileTooLarge);
}

#[tokio::test]
async fn what_is_written_to_a_pipe_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = pipe(&folder);
    let to = path.clone();
    let writer = std::thread::spawn(move || std::fs::write(to, "secret\n"));
    assert_eq!(any(&path, 100).await.unwrap(), b"secret\n");
    writer.join().unwrap().unwrap();
}
