//! Where requests may go: nothing that carries a credential leaves for a host that nobody named.

use super::*;
use crate::domain::endpoint::{CredentialsMay, bare_host, choose};

const V2: &str = "search-logs-abc.aos.us-west-2.on.aws";
const CUSTOM: &str = "logs.example.com";

fn password() -> Auth {
    basic(PasswordSource::Env("NEVER_READ".to_owned()))
}

fn known() -> Described {
    described(&[AMAZON, V2, CUSTOM])
}

fn with(endpoint: Option<&str>, auth: Auth) -> DomainSpec {
    spec(Some("logs"), endpoint, auth)
}

fn url(chosen: Result<Target, EndpointRefused>) -> String {
    chosen.unwrap().url()
}

#[test]
fn a_name_alone_goes_to_the_first_endpoint_that_aws_gave() {
    assert_eq!(
        url(choose(
            &with(None, Auth::Sigv4),
            Some(&known()),
            &trust(&[])
        )),
        format!("https://{AMAZON}")
    );
}

#[test]
fn an_endpoint_of_the_spec_wins_when_aws_gave_it_too() {
    for host in [AMAZON, V2, CUSTOM] {
        for auth in [Auth::Sigv4, password(), Auth::None] {
            let target = choose(
                &with(Some(&format!("https://{host}")), auth),
                Some(&known()),
                &trust(&[]),
            )
            .unwrap();
            assert_eq!(
                (target.url(), target.credentials),
                (format!("https://{host}"), CredentialsMay::BeSent)
            );
        }
    }
    assert_eq!(
        url(choose(
            &with(Some("https://LOGS.Example.com.:8443"), Auth::Sigv4),
            Some(&known()),
            &trust(&[])
        )),
        "https://logs.example.com:8443"
    );
}

#[test]
fn look_alikes_of_the_domains_hosts_are_refused() {
    let look_alikes = [
        "search-logs-abc.us-west-2.es.amazonaws.com.evil.com",
        "search-logs-abd.us-west-2.es.amazonaws.com",
        "search-logs-abc.us-west-2.es.amazonaws.co",
        "evil-search-logs-abc.us-west-2.es.amazonaws.com",
        "x.search-logs-abc.us-west-2.es.amazonaws.com",
        "ѕearch-logs-abc.us-west-2.es.amazonaws.com",
        "es.amazonaws.com",
        "10.0.0.5",
        "169.254.169.254",
        "[::ffff:7f00:1]",
    ];
    for host in look_alikes {
        for auth in [Auth::Sigv4, password()] {
            let refused = choose(
                &with(Some(&format!("https://{host}")), auth),
                Some(&known()),
                &trust(&[]),
            );
            assert!(
                matches!(refused, Err(EndpointRefused::Untrusted { .. })),
                "{host}: {refused:?}"
            );
        }
    }
}

#[test]
fn a_refusal_names_the_flag_and_the_hosts_that_aws_gave() {
    let refused = choose(
        &with(Some("https://evil.example:9200"), Auth::Sigv4),
        Some(&known()),
        &trust(&[]),
    )
    .unwrap_err();
    let described = vec![AMAZON.to_owned(), V2.to_owned(), CUSTOM.to_owned()];
    assert_eq!(
        refused,
        EndpointRefused::Untrusted {
            host: "evil.example".to_owned(),
            described,
            what: "requests signed with your AWS credentials".to_owned(),
        }
    );
    assert_eq!(
        refused.to_string(),
        "credentials are not sent to evil.example: DescribeDomain does not name it"
    );
    let (grant, would) = refused.wants().unwrap();
    assert_eq!(
        grant.hint(),
        "if you trust it, allow it with --trust-endpoint evil.example, or with the row `endpoint: [evil.example]` of the trust file"
    );
    assert_eq!(
        would,
        "evil.example gets requests signed with your AWS credentials"
    );
}

#[test]
fn the_operator_may_name_a_host_but_only_exactly_and_without_a_port() {
    let spec = with(Some("https://proxy.corp:9443"), Auth::Sigv4);
    for right in ["proxy.corp", "PROXY.corp", "proxy.corp."] {
        assert!(
            choose(&spec, Some(&known()), &trust(&[right])).is_ok(),
            "{right}"
        );
    }
    for wrong in [
        "proxy.corp:9443",
        "https://proxy.corp",
        "*.corp",
        "corp",
        "*",
        "",
        "proxy.corp/",
        "a.proxy.corp",
    ] {
        assert!(
            choose(&spec, Some(&known()), &trust(&[wrong])).is_err(),
            "{wrong}"
        );
    }
}

#[test]
fn without_credentials_any_other_host_may_be_asked_and_nothing_is_signed_for_it() {
    for endpoint in ["https://other.example", "http://other.example"] {
        for spec in [
            with(Some(endpoint), Auth::None),
            spec(None, Some(endpoint), Auth::None),
        ] {
            assert_eq!(
                choose(&spec, Some(&known()), &trust(&[]))
                    .unwrap()
                    .credentials,
                CredentialsMay::NeverBeSent
            );
        }
    }
}

#[test]
fn without_credentials_this_machine_and_its_link_are_asked_only_if_trusted() {
    for host in [
        "localhost",
        "127.0.0.1",
        "[::1]",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "[::ffff:169.254.169.254]",
        "0.0.0.0",
        "2130706433",
        "0xa9fea9fe",
    ] {
        let url = format!("http://{host}:9200");
        for name in [None, Some("logs")] {
            let spec = spec(name, Some(&url), Auth::None);
            let refused = choose(&spec, Some(&known()), &trust(&[]));
            let Err(refused @ EndpointRefused::Unvouched(_)) = refused else {
                panic!("{host}: {refused:?}");
            };
            let (grant, _) = refused.wants().unwrap();
            assert!(choose(&spec, Some(&known()), &trust(&[&grant.value()])).is_ok());
        }
    }
}

#[test]
fn a_self_managed_cluster_gets_a_password_or_a_signature_only_if_trusted() {
    let endpoint = Some("https://search.corp:9200");
    for auth in [password(), Auth::Sigv4] {
        let spec = spec(None, endpoint, auth);
        assert!(matches!(
            choose(&spec, None, &trust(&["other.corp"])),
            Err(EndpointRefused::Untrusted { .. })
        ));
        assert_eq!(
            url(choose(&spec, None, &trust(&["search.corp"]))),
            "https://search.corp:9200"
        );
    }
}

#[test]
fn plain_http_carries_credentials_on_loopback_only() {
    for host in [
        "127.0.0.1:9200",
        "127.8.9.1",
        "[::1]:9200",
        "localhost:9200",
    ] {
        let spec = spec(None, Some(&format!("http://{host}")), password());
        let name = spec.endpoint.as_ref().unwrap().host().to_owned();
        assert!(choose(&spec, None, &trust(&[&name])).is_ok(), "{host}");
    }
    for host in [
        "search.corp:9200",
        "10.0.0.1",
        "localhost.evil.com",
        "127.0.0.1.evil.com",
        "[::2]",
        "0.0.0.0",
    ] {
        let spec = spec(None, Some(&format!("http://{host}")), password());
        let name = spec.endpoint.as_ref().unwrap().host().to_owned();
        let refused = choose(&spec, None, &trust(&[&name]));
        assert!(
            matches!(refused, Err(EndpointRefused::Plain { .. })),
            "{host}: {refused:?}"
        );
    }
    let named = choose(
        &with(Some(&format!("http://{AMAZON}")), Auth::Sigv4),
        Some(&known()),
        &trust(&[]),
    );
    assert_eq!(
        named,
        Err(EndpointRefused::Plain {
            host: AMAZON.to_owned()
        })
    );
}

#[test]
fn a_loopback_url_whose_connection_goes_elsewhere_is_not_loopback() {
    let tunnel = |host: &str| {
        let mut tunnelled = spec(None, Some("http://localhost:9200"), password());
        tunnelled.connect_to = HostPort::parse(&format!("{host}:19200"));
        tunnelled
    };
    let refused = choose(
        &tunnel("10.0.0.9"),
        None,
        &trust(&["localhost", "10.0.0.9"]),
    );
    assert!(matches!(refused, Err(EndpointRefused::Plain { .. })));
    // Nothing is encrypted: whoever listens at the other port reads the password.
    let refused = choose(&tunnel("127.0.0.1"), None, &trust(&["localhost"]));
    assert!(matches!(refused, Err(EndpointRefused::Unvouched(_))));
    let both = trust(&["localhost", "127.0.0.1"]);
    assert!(choose(&tunnel("127.0.0.1"), None, &both).is_ok());
}

#[test]
fn a_tunnel_leads_to_this_machine_only_over_tls_and_with_credentials() {
    for (to, auth, may) in [
        ("localhost", Auth::Sigv4, true),
        ("127.0.0.1", password(), true),
        ("[::1]", Auth::Sigv4, true),
        ("127.0.0.1", Auth::None, false),
        ("localhost", Auth::None, false),
        ("169.254.169.254", Auth::Sigv4, false),
        ("169.254.169.254", Auth::None, false),
        ("[fe80::1]", password(), false),
        ("0.0.0.0", password(), false),
        ("bastion.corp", Auth::Sigv4, true),
        ("bastion.corp", Auth::None, true),
    ] {
        let mut tunnelled = with(None, auth.clone());
        tunnelled.connect_to = HostPort::parse(&format!("{to}:9443"));
        let chosen = choose(&tunnelled, Some(&known()), &trust(&[]));
        assert_eq!(chosen.is_ok(), may, "{to} {auth:?} {chosen:?}");
        assert!(choose(&tunnelled, Some(&known()), &trust(&[to])).is_ok());
    }
}

#[test]
fn a_domain_that_is_absent_deleted_or_without_endpoint_is_told_apart() {
    let spec_named = with(None, Auth::Sigv4);
    let name = "logs".to_owned();
    assert_eq!(
        choose(&spec_named, None, &trust(&[])),
        Err(EndpointRefused::NoDomain { name: name.clone() })
    );
    let mut deleted = known();
    deleted.state.deleted = true;
    assert_eq!(
        choose(&spec_named, Some(&deleted), &trust(&[])),
        Err(EndpointRefused::NoDomain { name: name.clone() })
    );
    assert_eq!(
        choose(&spec_named, Some(&described(&[])), &trust(&[])),
        Err(EndpointRefused::NoEndpoint { name })
    );
    assert_eq!(
        choose(&spec(None, None, Auth::Sigv4), None, &trust(&[])),
        Err(EndpointRefused::Nowhere)
    );
}

#[test]
fn a_bare_host_has_the_form_in_which_urls_carry_it() {
    assert_eq!(bare_host("Search.Corp.").as_deref(), Some("search.corp"));
    assert_eq!(bare_host("[::1]").as_deref(), Some("[::1]"));
    assert_eq!(
        bare_host("bücher.example").as_deref(),
        Some("xn--bcher-kva.example")
    );
    for none in ["a:1", "a b", "a/b", "*.a", "", "u@a", "...", "a..b", ".a"] {
        assert_eq!(bare_host(none), None, "{none}");
    }
}

/// Asks the resolver of a target; numbers stand for what a name server would say, since they need none.
async fn resolves(target: &Target, to: &str) -> bool {
    use reqwest::dns::Resolve;
    let resolver = crate::domain::connect::Resolver {
        host: to.to_owned(),
        ..crate::domain::connect::Resolver::of(target)
    };
    resolver.resolve(to.parse().unwrap()).await.is_ok()
}

#[tokio::test]
async fn a_name_of_amazons_that_leads_to_this_machine_or_its_link_is_not_followed() {
    let target = choose(&with(None, Auth::Sigv4), Some(&known()), &trust(&[])).unwrap();
    for here in [
        "127.0.0.1",
        "127.8.9.1",
        "169.254.169.254",
        "0.0.0.0",
        "::1",
        "fe80::1",
        "::ffff:127.0.0.1",
    ] {
        assert!(!resolves(&target, here).await, "{here}");
    }
    // A domain in a VPC has private addresses.
    for there in ["10.0.0.5", "172.31.2.3", "192.168.7.7", "52.94.1.1"] {
        assert!(resolves(&target, there).await, "{there}");
    }
    let trusted = choose(&with(None, Auth::Sigv4), Some(&known()), &trust(&[AMAZON])).unwrap();
    assert!(resolves(&trusted, "127.0.0.1").await);
    let cluster = spec(None, Some("https://search.corp"), password());
    let cluster = choose(&cluster, None, &trust(&["search.corp"])).unwrap();
    assert!(resolves(&cluster, "127.0.0.1").await);
    let open = spec(None, Some("https://search.corp"), Auth::None);
    let open = choose(&open, None, &trust(&[])).unwrap();
    for here in ["127.0.0.1", "169.254.169.254", "fd00:ec2::254", "0.0.0.0"] {
        assert!(!resolves(&open, here).await, "{here}");
    }
    assert!(resolves(&open, "10.0.0.5").await);
    let mut tunnelled = with(None, Auth::Sigv4);
    tunnelled.connect_to = Some(HostPort {
        host: "127.0.0.1".to_owned(),
        port: 9443,
    });
    let tunnelled = choose(&tunnelled, Some(&known()), &trust(&[])).unwrap();
    assert!(resolves(&tunnelled, AMAZON).await);
}

#[tokio::test]
async fn a_proxy_may_be_on_this_machine_although_the_domain_may_not() {
    use reqwest::dns::Resolve;
    let target = choose(&with(None, Auth::Sigv4), Some(&known()), &trust(&[])).unwrap();
    let resolver = crate::domain::connect::Resolver::of(&target);
    for proxy in ["localhost", "127.0.0.1", "169.254.1.2"] {
        assert!(
            resolver.resolve(proxy.parse().unwrap()).await.is_ok(),
            "{proxy}"
        );
    }
}

#[test]
fn no_domain_is_on_this_machine_even_where_aws_seems_to_say_so() {
    for host in [
        "localhost",
        "127.0.0.1",
        "[::1]",
        "169.254.169.254",
        "0.0.0.0",
    ] {
        let refused = choose(
            &with(None, Auth::Sigv4),
            Some(&described(&[host])),
            &trust(&[]),
        );
        assert!(
            matches!(refused, Err(EndpointRefused::Untrusted { .. })),
            "{host}: {refused:?}"
        );
        let named = choose(
            &with(None, Auth::Sigv4),
            Some(&described(&[host])),
            &trust(&[host]),
        );
        assert!(named.is_ok() || host == "[::1]", "{host}: {named:?}");
    }
}
