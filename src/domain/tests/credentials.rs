//! Which requests carry which credential, and that none of it shows anywhere else.

use super::*;
use serde_json::json;

fn register() -> Request {
    Request::write(
        Method::Put,
        ["_snapshot", "logs"],
        Some(json!({"type": "s3"})),
    )
}

fn password_file(text: &str) -> (tempfile::TempDir, PasswordSource) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    std::fs::write(&path, text).unwrap();
    (folder, PasswordSource::File(path))
}

async fn sent_by(
    target: Target,
    material: Material,
    listener: &Listener,
    request: &Request,
) -> String {
    let client = Client::new(
        target,
        material,
        "us-west-2",
        Some(provider()),
        limits(),
        None,
    )
    .unwrap();
    client.send(request).await.unwrap();
    listener.received().pop().unwrap()
}

fn scheme_of(sent: &str) -> Option<String> {
    header_of(sent, "authorization").map(|value| value.split(' ').next().unwrap().to_owned())
}

#[tokio::test]
async fn a_signed_request_signs_host_content_type_token_and_body_for_the_service_es() {
    let listener = Listener::start(vec![json("200 OK", "{}")]).await;
    let sent = sent_by(
        amazon_at(&listener),
        Material::Sigv4,
        &listener,
        &register(),
    )
    .await;
    let authorization = header_of(&sent, "authorization").unwrap();
    let date = header_of(&sent, "x-amz-date").unwrap();
    let scope = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{}/us-west-2/es/aws4_request, ",
        &date[..8]
    );
    let signed = "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=";
    assert!(
        authorization.starts_with(&(scope + signed)),
        "{authorization}"
    );
    assert_eq!(header_of(&sent, "host").as_deref(), Some(AMAZON));
    assert_eq!(
        header_of(&sent, "x-amz-security-token").as_deref(),
        Some("the-token")
    );
    assert!(sent.ends_with(r#"{"type":"s3"}"#));
}

#[tokio::test]
async fn on_an_amazon_domain_the_registration_is_signed_whatever_auth_says() {
    let listener = Listener::start(vec![json("200 OK", "{}")]).await;
    let (_folder, password) = password_file("hunter2\n");
    let with_password = Material::Basic {
        username: "admin".to_owned(),
        password,
    };
    for material in [with_password.clone(), Material::None] {
        let sent = sent_by(amazon_at(&listener), material, &listener, &register()).await;
        assert_eq!(scheme_of(&sent).as_deref(), Some("AWS4-HMAC-SHA256"));
    }
    let read = sent_by(
        amazon_at(&listener),
        with_password.clone(),
        &listener,
        &Request::get(["_snapshot"]),
    )
    .await;
    assert_eq!(
        header_of(&read, "authorization").as_deref(),
        Some("Basic YWRtaW46aHVudGVyMg==")
    );
    let asked = sent_by(
        amazon_at(&listener),
        with_password,
        &listener,
        &Request::get(["_snapshot"]).signed(),
    )
    .await;
    assert_eq!(scheme_of(&asked).as_deref(), Some("AWS4-HMAC-SHA256"));
}

#[tokio::test]
async fn on_a_self_managed_cluster_nothing_is_signed_that_auth_does_not_say() {
    let listener = Listener::start(vec![json("200 OK", "{}")]).await;
    let (_folder, password) = password_file("hunter2");
    let auth = basic(password);
    let sent = sent_by(
        cluster_at(&listener, auth.clone()),
        Material::from(&auth),
        &listener,
        &register().signed(),
    )
    .await;
    assert_eq!(scheme_of(&sent).as_deref(), Some("Basic"));
    let sent = sent_by(
        cluster_at(&listener, Auth::None),
        Material::None,
        &listener,
        &register().signed(),
    )
    .await;
    assert_eq!(scheme_of(&sent), None);
}

#[tokio::test]
async fn a_target_that_may_have_no_credentials_gets_none_even_when_asked() {
    let listener = Listener::start(vec![json("200 OK", "{}")]).await;
    let untrusted = spec(Some("logs"), Some(&listener.url()), Auth::None);
    let mut target = endpoint::choose(
        &untrusted,
        Some(&described(&[AMAZON])),
        &trust(&["127.0.0.1"]),
    )
    .unwrap();
    target.credentials = endpoint::CredentialsMay::NeverBeSent;
    let (_folder, password) = password_file("hunter2");
    for material in [
        Material::Sigv4,
        Material::Basic {
            username: "admin".to_owned(),
            password,
        },
        Material::None,
    ] {
        let sent = sent_by(target.clone(), material, &listener, &register().signed()).await;
        assert_eq!(
            (scheme_of(&sent), header_of(&sent, "x-amz-security-token")),
            (None, None)
        );
    }
}

#[tokio::test]
async fn an_untrusted_host_receives_no_connection_at_all() {
    let listener = Listener::start(vec![json("200 OK", "{}")]).await;
    for auth in [
        Auth::Sigv4,
        basic(PasswordSource::Env("NEVER_READ".to_owned())),
    ] {
        let spec = spec(Some("logs"), Some(&listener.url()), auth);
        let refused = endpoint::choose(&spec, Some(&described(&[AMAZON])), &trust(&[]));
        assert!(
            matches!(refused, Err(EndpointRefused::Untrusted { .. })),
            "{refused:?}"
        );
    }
    assert_eq!(listener.count(), 0);
}

#[tokio::test]
async fn an_unreadable_password_names_its_source_and_sends_nothing() {
    let listener = Listener::start(vec![json("200 OK", "{}")]).await;
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none");
    let (_folder, empty) = password_file("\n");
    let sources = [
        (
            PasswordSource::Env("ESBACKUP_NO_SUCH_VARIABLE".to_owned()),
            "the environment variable ESBACKUP_NO_SUCH_VARIABLE".to_owned(),
        ),
        (
            PasswordSource::File(missing.clone()),
            format!("the file {}", missing.display()),
        ),
        (
            PasswordSource::File(folder.path().to_owned()),
            format!("the file {}", folder.path().display()),
        ),
        (empty.clone(), format!("the file {}", path_of(&empty))),
    ];
    for (password, from) in sources {
        let auth = basic(password);
        let client = Client::new(
            cluster_at(&listener, auth.clone()),
            Material::from(&auth),
            "us-west-2",
            None,
            limits(),
            None,
        );
        let error = client
            .unwrap()
            .send(&Request::get(["_snapshot"]))
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("the password cannot be read from {from}")
        );
    }
    assert_eq!(listener.count(), 0);
}

fn path_of(source: &PasswordSource) -> String {
    match source {
        PasswordSource::File(path) => path.display().to_string(),
        PasswordSource::Env(name) => name.clone(),
    }
}

#[tokio::test]
async fn no_debug_text_and_no_error_carries_a_secret() {
    let listener = Listener::start(vec![json("403 Forbidden", r#"{"Message":"no"}"#)]).await;
    let (_folder, password) = password_file("hunter2");
    let auth = basic(password);
    let client = Client::new(
        cluster_at(&listener, auth.clone()),
        Material::from(&auth),
        "us-west-2",
        Some(provider()),
        limits(),
        None,
    );
    let client = client.unwrap();
    let error = client.send(&Request::get(["_snapshot"])).await.unwrap_err();
    let shown = format!(
        "{client:?} {error:?} {error} {:?} {auth:?}",
        client.target()
    );
    for secret in ["hunter2", "aHVudGVyMg", "the-token", "wJalrXUtnFEMI"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn signing_without_credentials_says_so() {
    let listener = Listener::start(vec![json("200 OK", "{}")]).await;
    let client = Client::new(
        amazon_at(&listener),
        Material::Sigv4,
        "us-west-2",
        None,
        limits(),
        None,
    )
    .unwrap();
    let error = client.send(&register()).await.unwrap_err();
    assert_eq!(error.to_string(), "no AWS credentials to sign with");
    assert_eq!(listener.count(), 0);
}
