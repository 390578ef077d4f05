//! The proxy of AWS is the domain's, and what cannot be used is told without its value.

use super::{BUT, first, found, usable};

fn of(variables: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<String> {
    |name| {
        let mut set = variables.iter().filter(move |(set, _)| *set == name);
        set.next().map(|(_, value)| (*value).to_owned())
    }
}

#[test]
fn the_proxy_of_aws_is_the_proxy_of_the_domain() {
    type Case = (
        &'static [(&'static str, &'static str)],
        Option<&'static str>,
    );
    let cases: [Case; 8] = [
        (&[], None),
        (
            &[("HTTPS_PROXY", "http://a:1"), ("https_proxy", "http://b:1")],
            Some("http://a:1/"),
        ),
        (
            &[("https_proxy", "http://b:1"), ("ALL_PROXY", "http://c:1")],
            Some("http://b:1/"),
        ),
        (&[("HTTPS_PROXY", ""), ("https_proxy", "http://b:1")], None),
        (
            &[("HTTPS_PROXY", ""), ("ALL_PROXY", "http://c:1")],
            Some("http://c:1/"),
        ),
        (
            &[("https_proxy", "proxy.corp:3128")],
            Some("http://proxy.corp:3128/"),
        ),
        (&[("HTTP_PROXY", "http://a:1")], None),
        (
            &[("HTTPS_PROXY", "http://a:1"), ("REQUEST_METHOD", "GET")],
            None,
        ),
    ];
    for (variables, expected) in cases {
        let proxy = found(&of(variables)).unwrap().map(|uri| uri.to_string());
        assert_eq!(proxy.as_deref(), expected, "{variables:?}");
    }
    let but = first(&BUT, &of(&[("no_proxy", "b"), ("NO_PROXY", "a")]));
    assert_eq!(but.unwrap().1, "a");
}

#[test]
fn a_proxy_that_cannot_be_used_is_told_by_its_variable_and_never_by_its_value() {
    for value in [
        "socks5://u:hidden@a:1",
        "not a proxy hidden",
        "/hidden",
        "http://",
    ] {
        assert_eq!(usable(value), None, "{value}");
    }
    let refused = found(&of(&[
        ("HTTPS_PROXY", "socks5://u:hidden@a:1"),
        ("ALL_PROXY", "http://c:1"),
    ]));
    let words = refused.unwrap_err().to_string();
    assert!(
        words.starts_with("HTTPS_PROXY must") && !words.contains("hidden"),
        "{words}"
    );
}

#[test]
fn the_password_of_a_proxy_is_known_however_it_is_written() {
    super::remember(&of(&[(
        "http_proxy",
        "user:proxy%2Fcanary%2F1@proxy.corp:3128",
    )]));
    assert_eq!(
        crate::outlet::secret::masked("proxy/canary/1 proxy%2Fcanary%2F1"),
        "*** ***"
    );
}
