//! Turns a request into what goes over the wire; what is signed and what is sent are made here from the same parts.

use super::auth::Material;
use super::connect;
use super::endpoint::{CredentialsMay, Target};
use super::error::Error;
use super::request::{Method, Request, Sign};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use url::Url;

/// A request with everything that does not change between attempts.
pub(super) struct Message {
    pub(super) operation: String,
    pub(super) method: Method,
    /// The URL under which the HTTP library connects.
    url: Url,
    /// The URL with the domain's own host, which is signed.
    pub(super) signed_url: String,
    /// The Host header.
    host: String,
    pub(super) body: Option<Vec<u8>>,
    pub(super) credential: Credential,
}

/// Names what a request is authenticated with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credential {
    Signature,
    Password,
    Nothing,
}

impl Credential {
    fn of(request: &Request, target: &Target, material: &Material) -> Self {
        let must_sign = target.amazon && (request.sign == Sign::Always || request.registers());
        match (material, target.credentials) {
            (_, CredentialsMay::NeverBeSent) => Self::Nothing,
            (Material::Sigv4, _) => Self::Signature,
            _ if must_sign => Self::Signature,
            (Material::Basic { .. }, _) => Self::Password,
            (Material::None, _) => Self::Nothing,
        }
    }
}

impl Message {
    /// Prepares a request; refuses one whose path would not arrive as it is meant.
    pub(super) fn new(
        request: &Request,
        target: &Target,
        material: &Material,
    ) -> Result<Self, Error> {
        let path = request.path_and_query()?;
        let base = connect::connection_base(target)?;
        let url = Url::parse(&format!("{base}{path}"))
            .map_err(|_| Error::Request("its URL is not valid"))?;
        let query = url
            .query()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        if format!("{}{query}", url.path()) != path {
            return Err(Error::Request("its path would not arrive as it is meant"));
        }
        let body = request.body.as_ref().map(serde_json::to_vec).transpose();
        Ok(Self {
            operation: request.operation(),
            method: request.method,
            url,
            signed_url: format!("{}{path}", target.url()),
            host: target.authority(),
            body: body.map_err(|_| Error::Request("its body cannot be written as JSON"))?,
            credential: Credential::of(request, target, material),
        })
    }

    /// Returns the headers that a signature covers beside its own.
    pub(super) fn signed_headers(&self) -> Vec<(&'static str, &str)> {
        let mut headers = vec![("host", self.host.as_str())];
        if self.body.is_some() {
            headers.push(("content-type", JSON));
        }
        headers
    }

    /// Puts the request together with the headers that authenticate it.
    pub(super) fn to_http(
        &self,
        authentication: Vec<(String, String)>,
    ) -> Result<reqwest::Request, Error> {
        let method = match self.method {
            Method::Get => reqwest::Method::GET,
            Method::Put => reqwest::Method::PUT,
            Method::Post => reqwest::Method::POST,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut request = reqwest::Request::new(method, self.url.clone());
        let headers = request.headers_mut();
        headers.insert(HOST, header_value(&self.host)?);
        headers.insert(ACCEPT, HeaderValue::from_static(JSON));
        for (name, value) in authentication {
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| Error::Request("a header name is not valid"))?;
            let mut value = header_value(&value)?;
            value.set_sensitive(name == AUTHORIZATION || name == "x-amz-security-token");
            headers.insert(name, value);
        }
        if let Some(body) = &self.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
            *request.body_mut() = Some(body.clone().into());
        }
        Ok(request)
    }
}

const JSON: &str = "application/json";

fn header_value(text: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(text).map_err(|_| Error::Request("a header value is not valid"))
}
