//! What allows a refused spec: the flag and the row that the refusal prints, from a trust file that no author of a spec can write.

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;

use super::{COMMANDS, Lab, all, leaked};
use crate::support::binary::{Ran, ran};

/// The words of the flags that a refusal prints.
fn flags(said: &str) -> Vec<String> {
    let mut found = BTreeSet::new();
    for rest in said.split("allow it with ").skip(1) {
        let flag = rest.split(", or with the row").next().unwrap_or_default();
        found.insert(flag.replace('\'', ""));
    }
    let words = found.iter().flat_map(|flag| flag.split(' '));
    words.map(str::to_owned).collect()
}

/// The rows that a refusal prints, as a trust file.
fn trust_file(said: &str) -> String {
    let mut rows: std::collections::BTreeMap<&str, BTreeSet<&str>> = Default::default();
    for rest in said.split("the row `").skip(1) {
        let row = rest.split('`').next().unwrap_or_default();
        let (key, value) = row.split_once(": ").unwrap();
        let value = value.trim_start_matches('[').trim_end_matches(']');
        rows.entry(key).or_default().insert(value);
    }
    let lists = rows.iter().map(|(key, values)| {
        let values: Vec<&str> = values.iter().copied().collect();
        format!("{key}: [{}]\n", values.join(", "))
    });
    format!("version: 1\n{}", lists.collect::<String>())
}

#[test]
fn each_refusal_prints_the_flag_and_the_row_that_allow_it() {
    let lab = Lab::new();
    let mut allowed = 0;
    for cell in all(lab.spy.address) {
        let alone = cell.is_alone() && cell.lacks_trust();
        if !alone || cell.is_invalid() {
            continue;
        }
        lab.folder.write("specs/esbackup.yaml", &cell.spec());
        let refused = lab.run(&["validate", "-f", "specs"]);
        assert_eq!(refused.code, 65, "{cell} {refused:#?}");
        let flags = flags(&refused.stderr);
        assert!(!flags.is_empty(), "{cell} {refused:#?}");
        let mut words = vec!["validate", "-f", "specs"];
        words.extend(flags.iter().map(String::as_str));
        lab.folder
            .write("trust/file.yaml", &trust_file(&refused.stderr));
        let by_file = ["validate", "-f", "specs", "--trust-file", "trust/file.yaml"];
        for words in [&words[..], &by_file] {
            let ran = lab.run(words);
            let warned = ran.stderr.starts_with("warning: --trust-ca") && ran.code == 0;
            assert!(
                warned || !ran.stderr.contains("--trust-"),
                "{words:?} {ran:#?}"
            );
            // What is read now is no policy, and shows nothing of itself.
            assert_eq!(leaked(&ran.stderr), [""; 0], "{words:?} {ran:#?}");
        }
        allowed += 1;
    }
    assert!(allowed > 10, "{allowed}");
}

#[test]
fn a_trust_file_among_the_specs_is_refused() {
    let lab = Lab::new();
    let cell = all(lab.spy.address).remove(0);
    lab.folder.write("specs/esbackup.yaml", &cell.spec());
    let rows = "version: 1\nenv: [SECRET]\n";
    for file in ["specs/trust.yml", "specs/deep/trust.yml", "trust/file.yaml"] {
        lab.folder.write(file, rows);
    }
    symlink("../trust/file.yaml", lab.folder.path("specs/linked.yml")).unwrap();
    symlink("../specs/trust.yml", lab.folder.path("trust/back.yml")).unwrap();
    let refused = |ran: &Ran| {
        assert_eq!(ran.code, 65, "{ran:#?}");
        assert!(
            ran.stderr.contains("lies in the folder of the specs"),
            "{ran:#?}"
        );
    };
    for given in ["specs", "specs/esbackup.yaml"] {
        for file in [
            "specs/trust.yml",
            "specs/deep/trust.yml",
            "specs/linked.yml",
            "trust/back.yml",
            "specs/../specs/trust.yml",
        ] {
            for command in COMMANDS {
                let words = [command, &["-f", given, "--trust-file", file]].concat();
                refused(&lab.run(&words));
                let mut command = lab.command(&[command, &["-f", given]].concat());
                refused(&ran(command.env("ESBACKUP_TRUST_FILE", file)));
            }
        }
        let words = ["validate", "-f", given, "--trust-file", "trust/file.yaml"];
        assert!(!lab.run(&words).stderr.contains("lies in the folder"));
    }
    // Without -f the specs are those of the working directory.
    lab.folder.write("esbackup.yaml", &cell.spec());
    refused(&lab.run(&["validate", "--trust-file", "trust/file.yaml"]));
}

#[test]
fn a_trust_file_is_as_strict_as_a_spec() {
    let lab = Lab::new();
    let cell = all(lab.spy.address).pop().unwrap();
    lab.folder.write("specs/esbackup.yaml", &cell.spec());
    for (text, told) in [
        ("version: 1\nendpoints: [a]\n", "unknown key `endpoints`"),
        ("endpoint: [a]\n", "`version` is missing"),
        ("version: 2\n", "this esbackup knows version 1"),
        ("version: 1\nendpoint: a\n", "`endpoint` must be a list"),
        (
            "version: 1\nendpoint: [\"https://a\"]\n",
            "a host name or an address alone",
        ),
        (
            "version: 1\nendpoint: [\"*\"]\n",
            "a host name or an address alone",
        ),
        ("version: 1\nendpoint: []\n", "an empty list"),
        (
            "version: 1\nenv: [A-B]\n",
            "the name of an environment variable",
        ),
        (
            "version: 1\nenv: [\"*\"]\n",
            "the name of an environment variable",
        ),
        ("version: 1\npath: [\"\"]\n", "must be a path"),
        ("version: 1\nca: [a]\nca: [b]\n", "ca"),
        ("version: 1\n identities: [\n", "file.yaml:"),
        ("", "the file is empty"),
    ] {
        lab.folder.write("trust/file.yaml", text);
        let ran = lab.run(&["plan", "-f", "specs", "--trust-file", "trust/file.yaml"]);
        assert_eq!(ran.code, 65, "{text} {ran:#?}");
        assert!(ran.stderr.contains(told), "{text} {ran:#?}");
        assert!(ran.stderr.contains("trust/file.yaml"), "{text} {ran:#?}");
    }
    let ran = lab.run(&["plan", "-f", "specs", "--trust-file", "trust/none.yaml"]);
    assert_eq!(ran.code, 65, "{ran:#?}");
    assert!(ran.stderr.contains("cannot be read"), "{ran:#?}");
    assert_eq!(lab.network.connections(), [""; 0]);
}

#[test]
fn a_flag_that_is_no_host_or_variable_is_64() {
    let lab = Lab::new();
    lab.folder.write("specs/esbackup.yaml", "");
    for flag in [
        ["--trust-endpoint", "https://a"],
        ["--trust-endpoint", "a:9200"],
        ["--trust-endpoint", "*"],
        ["--trust-env", "A=B"],
        ["--trust-env", ""],
    ] {
        let ran = lab.run(&[&["plan", "-f", "specs"][..], &flag].concat());
        assert_eq!(ran.code, 64, "{flag:?} {ran:#?}");
    }
}

#[test]
fn a_spec_that_is_a_link_out_of_its_folder_is_not_read() {
    let lab = Lab::new();
    let spec = |name: &str, to: &str| symlink(to, lab.folder.path(name)).unwrap();
    spec("specs/secret.yaml", "../beside/secret.yaml");
    spec(
        "specs/absolute.yaml",
        lab.folder.path("beside/secret.txt").to_str().unwrap(),
    );
    spec("specs/git.yaml", ".git/config");
    spec("esbackup.yaml", "beside/../../../../../../../../etc/passwd");
    spec("other", "/etc");
    for words in [
        &["-f", "specs"][..],
        &["-f", "specs/secret.yaml"],
        &["-f", "specs/absolute.yaml"],
        &["-f", "specs/git.yaml"],
        &["-f", "./specs/git.yaml"],
        &["-f", "other"],
        &["-f", "other/passwd"],
        &["-f", "specs", "--sandbox"],
        &[],
    ] {
        for command in COMMANDS {
            let ran = lab.run(&[command, words].concat());
            assert_eq!(ran.code, 65, "{command:?} {words:?} {ran:#?}");
            let said = format!("{}{}", ran.stdout, ran.stderr);
            assert_eq!(leaked(&said), [""; 0], "{words:?} {said}");
            assert!(!said.contains("root:"), "{words:?} {said}");
            assert!(said.contains("--trust-path"), "{words:?} {said}");
        }
    }
    // A link inside of the folder is another name of a spec, as in a volume of Kubernetes.
    let cell = all(lab.spy.address)
        .into_iter()
        .find(|cell| !cell.is_refused());
    lab.folder
        .write("linked/..data/esbackup.yaml", &cell.unwrap().spec());
    spec("linked/esbackup.yaml", "..data/esbackup.yaml");
    for given in ["linked", "linked/esbackup.yaml"] {
        let ran = lab.run(&["validate", "-f", given]);
        assert_eq!(ran.code, 0, "{ran:#?}");
    }
}

#[test]
fn an_authority_among_the_specs_is_warned_of() {
    let lab = Lab::new();
    let spec = "version: 1\nname: logs\nregion: us-west-2\naccount: \"123456789012\"\n\
        domain: {name: logs, ca_file: ca.pem}\nrepository: {name: logs, existing: true}\n";
    lab.folder.write("specs/esbackup.yaml", spec);
    let ran = lab.run(&["validate", "-f", "specs", "--trust-ca", "specs/ca.pem"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(
        ran.stderr.contains("whoever can change a spec there"),
        "{ran:#?}"
    );
    // A folder that may be read vouches for nobody.
    let ran = lab.run(&["validate", "-f", "specs", "--trust-path", "specs"]);
    assert_eq!(ran.code, 65, "{ran:#?}");
}
