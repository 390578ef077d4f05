//! What counts as trusted: hosts and addresses by every spelling, variables by name, files by where they really lie.

use std::net::IpAddr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::address::{is_here, is_loopback, names_here};
use super::paths::{absolute, below, resolved};
use super::*;

#[test]
fn this_machine_and_its_link_are_known_by_every_spelling() {
    for here in [
        "127.0.0.1",
        "127.8.9.1",
        "0.0.0.0",
        "0.1.2.3",
        "169.254.169.254",
        "169.254.170.2",
        "169.254.170.23",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "::1",
        "::",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::169.254.169.254",
        "2002:7f00:1::",
        "fe80::1",
        "fd00:ec2::254",
        "fd00:ec2::23",
    ] {
        assert!(is_here(here.parse().unwrap()), "{here}");
        assert!(names_here(here), "{here}");
    }
    for there in [
        "10.0.0.5",
        "172.16.0.1",
        "192.168.0.1",
        "52.94.1.1",
        "169.253.1.1",
        "100.100.100.201",
        "fd00:ec3::254",
        "fd12::1",
        "2600:1f18::1",
        "2002:0a00:1::",
        "64:ff9b::10.0.0.1",
    ] {
        assert!(!is_here(there.parse::<IpAddr>().unwrap()), "{there}");
    }
    for name in ["localhost", "LocalHost", "localhost.", "[::1]"] {
        assert!(is_loopback(name) && names_here(name), "{name}");
    }
    for name in ["localhost.evil.com", "127.0.0.1.evil.com", "evil.com"] {
        assert!(!names_here(name), "{name}");
    }
}

#[test]
fn urls_spell_an_address_in_one_way_only() {
    for url in [
        "http://2130706433",
        "http://0x7f000001",
        "http://0177.0.0.1",
        "http://127.1",
        "http://[::ffff:7f00:1]",
        "http://%31%32%37.0.0.1",
        "http://2852039166",
    ] {
        let url = url::Url::parse(url).unwrap();
        assert!(names_here(url.host_str().unwrap()), "{url}");
    }
}

#[test]
fn own_variables_need_no_trust_and_others_do() {
    let mut trust = Trust::default();
    assert!(trust.variable("ESBACKUP_PASSWORD"));
    for other in [
        "ESBACKUP_",
        "ESBACKUP",
        "esbackup_password",
        "XESBACKUP_A",
        "AWS_SECRET_ACCESS_KEY",
        "",
    ] {
        assert!(!trust.variable(other), "{other}");
    }
    trust.add(Grant::Env("SEARCH".to_owned()));
    assert!(trust.variable("SEARCH") && !trust.variable("SEARCH_2"));
}

/// A folder of specs beside one that is none of theirs.
struct Tree {
    _held: tempfile::TempDir,
    specs: PathBuf,
    beside: PathBuf,
}

impl Tree {
    fn new() -> Self {
        let held = tempfile::tempdir().unwrap();
        let root = held.path().canonicalize().unwrap();
        for folder in ["specs/deep", "specs/.git", "beside/deep"] {
            std::fs::create_dir_all(root.join(folder)).unwrap();
        }
        for file in [
            "specs/a",
            "specs/deep/b",
            "specs/.git/config",
            "beside/c",
            "beside/deep/d",
        ] {
            std::fs::write(root.join(file), file).unwrap();
        }
        Self {
            specs: root.join("specs"),
            beside: root.join("beside"),
            _held: held,
        }
    }

    fn may(&self, trust: &Trust, file: &Path) -> bool {
        trust.file(file, &self.specs).is_ok()
    }
}

#[test]
fn a_file_below_the_folder_needs_no_trust_and_git_does() {
    let tree = Tree::new();
    let trust = Trust::default();
    for file in ["a", "deep/b", "deep/../a", "not-there-yet"] {
        assert!(tree.may(&trust, &tree.specs.join(file)), "{file}");
    }
    for file in [
        ".git/config",
        "deep/../.git/config",
        ".git/new",
        "../beside/c",
        "../beside/new",
        "../nowhere/new",
    ] {
        assert!(!tree.may(&trust, &tree.specs.join(file)), "{file}");
    }
    assert!(!tree.may(&trust, &tree.beside.join("c")));
    assert!(!tree.may(&trust, Path::new("/etc/passwd")));
}

#[test]
fn a_link_is_what_it_leads_to() {
    let tree = Tree::new();
    let trust = Trust::default();
    let link = |name: &str, to: &Path| symlink(to, tree.specs.join(name)).unwrap();
    link("inside", &tree.specs.join("deep/b"));
    link("outside", &tree.beside.join("c"));
    link("folder", &tree.beside);
    link("git", &tree.specs.join(".git/config"));
    link("gits", &tree.specs.join(".git"));
    link("dangling", &tree.beside.join("later"));
    link("loop", &tree.specs.join("loop"));
    assert!(tree.may(&trust, &tree.specs.join("inside")));
    for file in [
        "outside",
        "folder/c",
        "folder/new",
        "git",
        "gits/config",
        "dangling",
        "loop",
    ] {
        assert!(!tree.may(&trust, &tree.specs.join(file)), "{file}");
    }
    let refused = trust.file(&tree.specs.join("outside"), &tree.specs);
    assert_eq!(refused, Err(Grant::Path(tree.beside.join("c"))));
}

#[test]
fn a_trusted_folder_holds_its_files_and_nothing_beside_it() {
    let tree = Tree::new();
    let mut trust = Trust::default();
    trust.add(Grant::Path(tree.beside.join("deep")));
    assert!(tree.may(&trust, &tree.beside.join("deep/d")));
    assert!(!tree.may(&trust, &tree.beside.join("c")));
    assert!(!tree.may(&trust, &tree.beside.join("deep/../c")));
    trust.add(Grant::Path(tree.beside.join("c")));
    assert!(tree.may(&trust, &tree.beside.join("c")));
    // What is trusted as a file is, wherever it lies.
    let git = tree.specs.join(".git/config");
    trust.add(Grant::Path(tree.specs.clone()));
    assert!(!tree.may(&trust, &git));
    trust.add(Grant::Path(git.clone()));
    assert!(tree.may(&trust, &git));
}

#[test]
fn what_is_refused_is_allowed_by_the_flag_that_is_printed() {
    let tree = Tree::new();
    symlink(tree.beside.join("c"), tree.specs.join("link")).unwrap();
    for file in ["../beside/c", "../beside/new", ".git/config", "link"] {
        let mut trust = Trust::default();
        let file = tree.specs.join(file);
        let grant = trust.file(&file, &tree.specs).unwrap_err();
        trust.add(grant);
        assert!(tree.may(&trust, &file), "{file:?}");
    }
}

#[test]
fn an_authority_is_trusted_as_the_file_that_it_is() {
    let tree = Tree::new();
    let mut trust = Trust::default();
    trust.add(Grant::Ca(tree.beside.join("c")));
    symlink(tree.beside.join("c"), tree.specs.join("ca.pem")).unwrap();
    for file in [tree.beside.join("c"), tree.specs.join("ca.pem")] {
        assert!(trust.authority(&file) && tree.may(&trust, &file));
    }
    assert!(!trust.authority(&tree.beside.join("deep/d")));
    // A folder that may be read vouches for nobody.
    trust.add(Grant::Path(tree.beside.clone()));
    assert!(!trust.authority(&tree.beside.join("deep/d")));
}

#[test]
fn paths_are_compared_part_by_part() {
    assert!(below(Path::new("/a/b"), Path::new("/a/b/c")));
    assert!(!below(Path::new("/a/b"), Path::new("/a/bc")));
    assert!(!below(Path::new("/a"), Path::new("/a/x/.GIT/y")));
    assert!(below(Path::new("/a/.git/x"), Path::new("/a/.git/x/y")));
    assert!(below(Path::new("/a"), Path::new("/a/.gitignore")));
    assert_eq!(absolute(Path::new("/a/../b/./c")), Path::new("/b/c"));
    assert_eq!(resolved(Path::new("/no-such-folder/..")), None);
}

#[test]
fn flags_and_rows_can_be_pasted() {
    for (grant, flag, row) in [
        (
            Grant::Endpoint("[::1]".to_owned()),
            "--trust-endpoint '[::1]'",
            "endpoint: [\"[::1]\"]",
        ),
        (
            Grant::Env("A_B".to_owned()),
            "--trust-env A_B",
            "env: [A_B]",
        ),
        (
            Grant::Path(PathBuf::from("/a b/c")),
            "--trust-path '/a b/c'",
            "path: [\"/a b/c\"]",
        ),
        (
            Grant::Ca(PathBuf::from("/etc/ca.pem")),
            "--trust-ca /etc/ca.pem",
            "ca: [/etc/ca.pem]",
        ),
        (
            Grant::Endpoint("10.0.0.1".to_owned()),
            "--trust-endpoint 10.0.0.1",
            "endpoint: [\"10.0.0.1\"]",
        ),
    ] {
        assert_eq!(
            (grant.flag(), grant.row()),
            (flag.to_owned(), row.to_owned())
        );
    }
}
