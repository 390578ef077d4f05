//! A request to the domain as data; building its URL never lets a name become a path, a query or a host.

use super::error::Error;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// RFC 3986 unreserved characters stay, all else is encoded, which is also what SigV4 signs.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Names an HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or replaces.
    Put,
    /// Starts something.
    Post,
    /// Removes.
    Delete,
}

impl Method {
    /// Returns the method as it is sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// Says whether a request changes anything; only a read is ever sent twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Changes nothing and may be sent again.
    Read,
    /// Changes something and is sent once.
    Write,
}

/// Says which requests are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// As the spec's `auth` says.
    AsConfigured,
    /// On an Amazon domain always, since the service demands it for the registration of a repository; elsewhere as the spec's `auth` says.
    Always,
}

/// Describes one request to the domain's REST API.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path segments as they are meant, not encoded.
    pub segments: Vec<String>,
    /// Query parameters as they are meant, not encoded. Amazon ignores them on signed POSTs: rely on none there.
    pub query: Vec<(String, String)>,
    /// The JSON body.
    pub body: Option<serde_json::Value>,
    /// Whether it changes anything.
    pub purpose: Purpose,
    /// Whether it is signed.
    pub sign: Sign,
}

/// A request that changes nothing: a GET, and nothing else can be made of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Read(Request);

impl Read {
    /// Describes a read of a path.
    pub fn get<S: AsRef<str>>(segments: impl IntoIterator<Item = S>) -> Self {
        Self(Request::get(segments))
    }

    /// Adds a query parameter.
    pub fn with_query(self, name: &str, value: &str) -> Self {
        Self(self.0.with_query(name, value))
    }

    /// Says in a body what is asked about: some reads of engines take it there alone.
    pub fn about(self, body: serde_json::Value) -> Self {
        Self(Request {
            body: Some(body),
            ..self.0
        })
    }

    /// Number of bytes of its path and query as they are sent; none where it cannot be sent.
    #[must_use]
    pub fn length(&self) -> Option<usize> {
        self.0.path_and_query().ok().map(|text| text.len())
    }

    /// The request that is sent.
    pub(super) fn request(&self) -> &Request {
        &self.0
    }
}

impl Request {
    /// Describes a read of a path.
    pub(super) fn get<S: AsRef<str>>(segments: impl IntoIterator<Item = S>) -> Self {
        Self {
            method: Method::Get,
            segments: segments
                .into_iter()
                .map(|segment| segment.as_ref().to_owned())
                .collect(),
            query: Vec::new(),
            body: None,
            purpose: Purpose::Read,
            sign: Sign::AsConfigured,
        }
    }

    /// Describes a write to a path.
    pub fn write<S: AsRef<str>>(
        method: Method,
        segments: impl IntoIterator<Item = S>,
        body: Option<serde_json::Value>,
    ) -> Self {
        Self {
            method,
            body,
            purpose: Purpose::Write,
            ..Self::get(segments)
        }
    }

    /// Adds a query parameter.
    pub fn with_query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Has the request signed on an Amazon domain whatever `auth` says.
    pub fn signed(mut self) -> Self {
        self.sign = Sign::Always;
        self
    }

    /// Returns what is being done, for errors: `PUT /_snapshot/logs`.
    pub fn operation(&self) -> String {
        format!("{} /{}", self.method.as_str(), self.segments.join("/"))
    }

    /// Says whether this registers a repository, which Amazon accepts only when signed.
    /// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshot-registerdirectory.html>
    pub fn registers(&self) -> bool {
        let registration = matches!(self.segments.as_slice(), [first, _] if first == "_snapshot");
        registration && matches!(self.method, Method::Put | Method::Post)
    }

    /// Returns the encoded path and query; refuses segments that a URL parser would fold away.
    pub fn path_and_query(&self) -> Result<String, Error> {
        let mut text = String::new();
        for segment in &self.segments {
            text.push('/');
            text.push_str(&encoded_segment(segment)?);
        }
        if text.is_empty() {
            text.push('/');
        }
        for (index, (name, value)) in self.query.iter().enumerate() {
            text.push(if index == 0 { '?' } else { '&' });
            text.extend(utf8_percent_encode(name, ENCODED));
            text.push('=');
            text.extend(utf8_percent_encode(value, ENCODED));
        }
        Ok(text)
    }
}

/// Number of bytes that a text takes in a path or a query.
#[must_use]
pub(crate) fn encoded_length(text: &str) -> usize {
    utf8_percent_encode(text, ENCODED).map(str::len).sum()
}

fn encoded_segment(segment: &str) -> Result<String, Error> {
    match segment {
        "" => Err(Error::Request("a path segment is empty")),
        // URL parsers remove these, encoded or not: the request would reach another path.
        "." | ".." => Err(Error::Request("a path segment is `.` or `..`")),
        _ => Ok(utf8_percent_encode(segment, ENCODED).to_string()),
    }
}
