//! Where connections really go: `connect_to` changes the connection and nothing that is said over it.

use super::*;
use std::path::PathBuf;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The name in the test certificate.
const NAME: &str = "search.corp.example";

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("src/domain/tests/tls")
        .join(name)
}

/// A TLS server that keeps the server names that clients ask for, each before the request that followed.
async fn tls_listener() -> Listener {
    let certificates = vec![CertificateDer::from_pem_file(file("server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(file("server-key.pem")).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let received = Arc::new(Mutex::new(Vec::new()));
    let kept = received.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            kept.lock().unwrap().push(
                stream
                    .get_ref()
                    .1
                    .server_name()
                    .unwrap_or("none")
                    .to_owned(),
            );
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await.unwrap());
            }
            kept.lock()
                .unwrap()
                .push(String::from_utf8(request).unwrap());
            let answer = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}";
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    Listener { address, received }
}

fn through(listener: &Listener, endpoint: &str, auth: Auth) -> Target {
    let mut spec = spec(None, Some(endpoint), auth);
    spec.connect_to = Some(HostPort {
        host: "127.0.0.1".to_owned(),
        port: listener.address.port(),
    });
    endpoint::choose(&spec, None, &trust(&["search.corp.example", "127.0.0.1"])).unwrap()
}

async fn client(target: Target, ca_file: Option<&str>) -> Result<Client, Error> {
    let authorities = match ca_file {
        Some(name) => Some(Authorities::read(&file(name)).await?),
        None => None,
    };
    Client::new(
        target,
        Material::None,
        "us-west-2",
        None,
        limits(),
        authorities,
    )
}

#[tokio::test]
async fn through_a_tunnel_host_and_signature_stay_the_domains() {
    let listener = Listener::start(vec![json("200 OK", "{}")]).await;
    let client = signing(amazon_at(&listener));
    client.send(&Request::get(["_snapshot"])).await.unwrap();
    let sent = listener.received().remove(0);
    assert_eq!(header_of(&sent, "host").as_deref(), Some(AMAZON));
    assert!(
        header_of(&sent, "authorization")
            .unwrap()
            .contains("SignedHeaders=host;x-amz-date;")
    );
}

#[tokio::test]
async fn through_a_tunnel_a_port_in_the_endpoint_does_not_change_where_the_connection_goes() {
    for (endpoint, host) in [
        ("http://search.corp.example", "search.corp.example"),
        (
            "http://search.corp.example:9200",
            "search.corp.example:9200",
        ),
        ("http://10.0.0.9:9200", "10.0.0.9:9200"),
        ("http://10.0.0.9", "10.0.0.9"),
        ("http://[fd00::9]:9200", "[fd00::9]:9200"),
    ] {
        let listener = Listener::start(vec![json("200 OK", "{}")]).await;
        client(through(&listener, endpoint, Auth::None), None)
            .await
            .unwrap()
            .send(&Request::get(["_snapshot"]))
            .await
            .unwrap();
        assert_eq!(
            header_of(&listener.received().remove(0), "host").as_deref(),
            Some(host)
        );
    }
}

#[tokio::test]
async fn a_tunnel_may_be_named() {
    let listener = Listener::start(vec![json("200 OK", "{}")]).await;
    let mut spec = spec(None, Some("http://search.corp.example:9200"), Auth::None);
    spec.connect_to = Some(HostPort {
        host: "localhost".to_owned(),
        port: listener.address.port(),
    });
    let target = endpoint::choose(&spec, None, &trust(&["127.0.0.1", "localhost"])).unwrap();
    client(target, None)
        .await
        .unwrap()
        .send(&Request::get(["_snapshot"]))
        .await
        .unwrap();
    assert_eq!(listener.count(), 1);
}

#[tokio::test]
async fn through_a_tunnel_tls_asks_for_the_domains_name_and_checks_it() {
    let listener = tls_listener().await;
    let target = through(&listener, &format!("https://{NAME}:9200"), Auth::None);
    client(target, Some("ca.pem"))
        .await
        .unwrap()
        .send(&Request::get(["_snapshot"]))
        .await
        .unwrap();
    let received = listener.received();
    assert_eq!(received[0], NAME);
    assert_eq!(
        header_of(&received[1], "host").as_deref(),
        Some("search.corp.example:9200")
    );
}

#[tokio::test]
async fn a_certificate_of_another_authority_or_for_another_name_is_a_tls_failure() {
    let cases = [
        (
            NAME,
            "other-ca.pem",
            "invalid peer certificate: UnknownIssuer",
        ),
        (
            "other.corp.example",
            "ca.pem",
            "invalid peer certificate: certificate not valid for name \"other.corp.example\"; certificate is only valid for DnsName(\"search.corp.example\")",
        ),
    ];
    for (name, authority, words) in cases {
        let listener = tls_listener().await;
        let target = through(&listener, &format!("https://{name}"), Auth::None);
        let error = client(target, Some(authority))
            .await
            .unwrap()
            .send(&Request::get(["_snapshot"]))
            .await
            .unwrap_err();
        assert!(
            matches!(&error, Error::Tls { host, .. } if host == name),
            "{error:?}"
        );
        assert_eq!(
            crate::causes::chain(&error).last().unwrap().to_string(),
            words
        );
        assert_eq!(listener.count(), 0);
    }
}

#[tokio::test]
async fn a_port_that_does_not_speak_tls_is_a_tls_failure() {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain = Listener {
        address: socket.local_addr().unwrap(),
        received: Arc::default(),
    };
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = socket.accept().await {
            let _ = stream
                .write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
                .await;
        }
    });
    let target = through(&plain, &format!("https://{NAME}"), Auth::None);
    let error = client(target, Some("ca.pem"))
        .await
        .unwrap()
        .send(&Request::get(["_snapshot"]))
        .await
        .unwrap_err();
    assert!(matches!(&error, Error::Tls { .. }), "{error:?}");
}

#[tokio::test]
async fn an_address_behind_tls_cannot_be_tunnelled_and_says_so() {
    let listener = tls_listener().await;
    let target = through(&listener, "https://10.0.0.9:9200", Auth::None);
    let error = client(target, Some("ca.pem"))
        .await
        .unwrap()
        .send(&Request::get(["_snapshot"]))
        .await
        .unwrap_err();
    let text = "the request cannot be sent: `connect_to` needs an endpoint with a host name, not an address";
    assert_eq!(error.to_string(), text);
}

#[tokio::test]
async fn a_ca_file_that_is_missing_or_holds_no_certificate_is_named() {
    let listener = tls_listener().await;
    for name in ["none.pem", "server-key.pem", "../wire.rs"] {
        let target = through(&listener, &format!("https://{NAME}"), Auth::None);
        let error = client(target, Some(name)).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{} holds no usable certificate", file(name).display())
        );
    }
}

#[tokio::test]
async fn in_the_sandbox_an_address_as_endpoint_goes_to_the_sandbox_too() {
    let listener = Listener::start(vec![json("200 OK", "{}")]).await;
    let spec = spec(None, Some("https://10.0.0.9:9200"), Auth::None);
    let target = endpoint::choose(&spec, None, &trust(&[]))
        .unwrap()
        .in_sandbox(listener.address);
    assert_eq!(target.url(), "http://10.0.0.9:9200");
    client(target, None)
        .await
        .unwrap()
        .send(&Request::get(["_snapshot"]))
        .await
        .unwrap();
    assert_eq!(
        header_of(&listener.received().remove(0), "host").as_deref(),
        Some("10.0.0.9:9200")
    );
}
