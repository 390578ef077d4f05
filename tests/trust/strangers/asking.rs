//! The one question at a terminal: what it shows, that it is asked once, and that nothing is remembered.

use super::{ACCOUNT, EVIL, Lab, leaked};
use crate::support::binary::Ran;
use crate::support::terminal::AtTerminal;

/// Runs a command at a terminal at which somebody types.
fn typed(lab: &Lab, words: &[&str], typed: &str) -> Ran {
    let mut terminal = AtTerminal::spawn(lab.command(words));
    terminal.types(typed);
    terminal.end()
}

fn write(lab: &Lab, domain: &str) {
    lab.folder.write(
        "specs/esbackup.yaml",
        &format!(
            "version: 1\nname: logs\nregion: us-west-2\naccount: \"{ACCOUNT}\"\ndomain:\n{domain}\
             repository: {{name: logs, existing: true}}\n"
        ),
    );
}

const QUESTION: &str = "Trust all of this for this run? [y/N]";

#[test]
fn a_terminal_asks_once_what_would_be_sent_where() {
    let lab = Lab::new();
    let address = lab.spy.address;
    let auth = "  auth: {basic: {username: me, password: {env: SECRET}}}\n";
    write(&lab, &format!("  endpoint: http://{address}\n{auth}"));
    for (words, answer, goes_on) in [
        (&["plan", "-f", "specs"][..], "n\n", false),
        (&["status", "-f", "specs"], "\n", false),
        (&["drift", "-f", "specs"], "no\n", false),
        (&["plan", "-f", "specs"], "y\n", true),
        (&["verify", "-f", "specs"], "YES\n", true),
        (&["plan", "-f", "specs"], "n\n", false),
    ] {
        let ran = typed(&lab, words, answer);
        let said = &ran.stdout;
        assert_eq!(said.matches(QUESTION).count(), 1, "{words:?} {said}");
        for shown in [
            format!("http://{address} gets the user `me` and the password in the variable SECRET"),
            "the value of the variable SECRET is sent as the password of `me`".to_owned(),
        ] {
            assert!(said.contains(&shown), "{words:?} {said}");
        }
        assert_eq!(leaked(said), [""; 0], "{said}");
        let heard = lab.heard().join("\n");
        match goes_on {
            true => assert_eq!(leaked(&heard), ["a variable"], "{words:?} {heard} {said}"),
            false => {
                assert_eq!(heard, "", "{words:?}");
                assert_eq!(ran.code, 65, "{words:?} {said}");
                assert!(said.contains("--trust-env SECRET"), "{said}");
            }
        }
    }
}

#[test]
fn only_a_terminal_asks_and_yes_is_no_answer() {
    let lab = Lab::new();
    let auth = "  auth: {basic: {username: me, password: {env: SECRET}}}\n";
    write(
        &lab,
        &format!("  endpoint: http://{}\n{auth}", lab.spy.address),
    );
    for words in [
        &["apply", "--yes", "-f", "specs"][..],
        &["snapshot", "take", "one", "--yes", "-f", "specs"],
        &["verify", "--yes", "-f", "specs"],
        &["plan", "-f", "specs"],
    ] {
        let ran = lab.run(words);
        assert_eq!(ran.code, 65, "{words:?} {ran:#?}");
        assert!(!ran.stderr.contains(QUESTION), "{ran:#?}");
    }
    // Checking sends nothing, so that nothing has to be trusted at once.
    let ran = typed(&lab, &["validate", "-f", "specs"], "y\n");
    assert_eq!(ran.code, 65, "{ran:#?}");
    assert!(!ran.stdout.contains(QUESTION), "{ran:#?}");
    assert_eq!(lab.heard(), [""; 0]);
}

#[test]
fn a_host_that_aws_does_not_name_is_asked_for_when_aws_has_answered() {
    let lab = Lab::new();
    write(&lab, &format!("  name: logs\n  endpoint: https://{EVIL}\n"));
    for words in [
        &["plan", "-f", "specs"][..],
        &["snapshot", "list", "-f", "specs"],
    ] {
        let ran = lab.run(words);
        assert_eq!(ran.code, 6, "{words:?} {ran:#?}");
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains(&format!("--trust-endpoint {EVIL}")), "{said}");
        assert!(
            said.contains(&format!("`endpoint: [\"{EVIL}\"]`")),
            "{said}"
        );
        lab.network.forget();
        let ran = typed(&lab, words, "n\n");
        assert_eq!(ran.code, 6, "{words:?} {ran:#?}");
        let what = format!("{EVIL} gets requests signed with your AWS credentials");
        assert!(ran.stdout.contains(&what), "{ran:#?}");
        assert_eq!(lab.network.connections(), [""; 0], "{words:?}");
        let ran = typed(&lab, words, "y\n");
        assert_eq!(ran.stdout.matches(QUESTION).count(), 1, "{ran:#?}");
        let to = lab.network.connections();
        assert!(
            to.iter().any(|to| to.starts_with(EVIL)),
            "{words:?} {to:?} {ran:#?}"
        );
    }
}

#[test]
fn a_name_that_leads_to_this_machine_is_refused_with_the_way_to_trust_it() {
    let lab = Lab::new();
    let port = lab.spy.address.port();
    for (domain, host) in [
        (
            format!("  endpoint: http://rebound.amazonaws.com:{port}\n  auth: none\n"),
            "rebound.amazonaws.com",
        ),
        (
            format!("  name: logs\n  auth: none\n  connect_to: tunnel.amazonaws.com:{port}\n"),
            "tunnel.amazonaws.com",
        ),
    ] {
        write(&lab, &domain);
        for (address, words) in [
            ("127.0.0.1", &["plan", "-f", "specs"][..]),
            ("169.254.169.254", &["status", "-f", "specs"]),
            ("127.0.0.1", &["verify", "-f", "specs"]),
        ] {
            let mut command = lab.command(words);
            lab.network.lead(&mut command, address);
            let ran = crate::support::binary::ran(&mut command);
            assert_eq!(ran.code, 6, "{words:?} {ran:#?}");
            let said = format!("{}{}", ran.stdout, ran.stderr);
            assert!(said.contains(address), "{said}");
            assert!(said.contains(&format!("--trust-endpoint {host}")), "{said}");
            assert_eq!(lab.heard(), [""; 0]);
        }
    }
    assert_eq!(lab.network.connections(), [""; 0]);
}
