//! One request as it arrived and one answer as it will leave; neither holds a connection.

use bytes::Bytes;
use http::HeaderMap;
use percent_encoding::percent_decode_str;

/// A whole request.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub method: String,
    /// The path as sent, not decoded.
    pub raw_path: String,
    /// The query as sent, without `?`.
    pub raw_query: String,
    /// The query's pairs, decoded, in order.
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    /// The `Host` header, or the authority of the target.
    pub host: String,
    pub body: Bytes,
}

impl Request {
    /// Returns a header's value when it is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns a query parameter's first value; present without `=` is empty.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the path, decoded.
    pub(super) fn path(&self) -> String {
        decode(&self.raw_path)
    }

    /// Returns the decoded segments of the path that are not empty.
    pub(super) fn segments(&self) -> Vec<String> {
        self.raw_path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(decode)
            .collect()
    }

    /// Returns the host without its port, in lower case.
    pub(super) fn host_name(&self) -> String {
        let host = self
            .host
            .rsplit_once(':')
            .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        host.map_or(self.host.as_str(), |(name, _)| name)
            .to_ascii_lowercase()
    }
}

/// Decodes percent escapes; bytes that are not UTF-8 become replacement characters.
pub(super) fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Splits `a=b&c` into decoded pairs; `plus` says whether `+` is a space, as in forms.
pub(super) fn pairs(text: &str, plus: Plus) -> Vec<(String, String)> {
    let read = |part: &str| match plus {
        Plus::Space => decode(&part.replace('+', " ")),
        Plus::Plus => decode(part),
    };
    text.split('&')
        .filter(|part| !part.is_empty())
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(key, value)| (read(key), read(value)))
        .collect()
}

/// What a `+` stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Plus {
    Space,
    Plus,
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer without a body.
    pub(super) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// An XML document.
    pub(super) fn xml(status: u16, text: String) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: text.into_bytes(),
        }
        .with("content-type", "text/xml")
    }

    /// A JSON document.
    pub(super) fn json(status: u16, value: &serde_json::Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: value.to_string().into_bytes(),
        }
        .with("content-type", "application/json; charset=UTF-8")
    }

    /// Plain text.
    pub(super) fn text(status: u16, text: &str) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: text.as_bytes().to_vec(),
        }
        .with("content-type", "text/plain; charset=UTF-8")
    }

    /// Adds a header.
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}
