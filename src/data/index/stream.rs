//! Names of the backing indices of data streams. Pure; it reads nothing.

/// Prefix of the name of every backing index.
pub(crate) const BACKING: &str = ".ds-";

/// Returns the data stream that a backing index named `.ds-STREAM-NNNNNN` belongs to, and nothing for any other index.
///
/// The name alone proves nothing: people can give an index such a name. Where a list of streams is at hand, ask [`is_backing`] as well.
/// <https://docs.opensearch.org/latest/im-plugin/data-streams/>
#[must_use]
pub(crate) fn stream_of(index: &str) -> Option<&str> {
    let (stream, generation) = index.strip_prefix(BACKING)?.rsplit_once('-')?;
    (!stream.is_empty() && is_generation(generation)).then_some(stream)
}

/// Tells whether an index has the name of a backing index of this stream: `.ds-STREAM-NNNNNN`, or `.ds-STREAM-YYYY.MM.DD-NNNNNN` as
/// Elasticsearch writes it from 7.11 on.
#[must_use]
pub(crate) fn is_backing(index: &str, stream: &str) -> bool {
    let rest = index
        .strip_prefix(BACKING)
        .and_then(|rest| rest.strip_prefix(stream))
        .and_then(|rest| rest.strip_prefix('-'));
    rest.is_some_and(|rest| match rest.rsplit_once('-') {
        None => is_generation(rest),
        Some((date, generation)) => is_date(date) && is_generation(generation),
    })
}

/// Six digits, or more once there are that many generations.
fn is_generation(text: &str) -> bool {
    text.len() >= 6 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    lengths == [4, 2, 2] && parts.iter().all(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backing_index_names_its_stream() {
        for (index, stream) in [
            (".ds-logs-000001", Some("logs")),
            (".ds-logs-app-eu-000012", Some("logs-app-eu")),
            (".ds-logs-1234567", Some("logs")),
            (".ds-logs-00001", None),
            (".ds-logs-00000a", None),
            (".ds--000001", None),
            (".ds-000001", None),
            ("ds-logs-000001", None),
            ("logs-000001", None),
        ] {
            assert_eq!(stream_of(index), stream, "{index}");
        }
    }

    #[test]
    fn only_its_own_stream_has_a_backing_index() {
        for (index, stream, is) in [
            (".ds-logs-000001", "logs", true),
            (".ds-logs-app-000001", "logs", false),
            (".ds-logs-2021.01.31-000001", "logs", true),
            (".ds-logs-2021.01.31-000001", "logs-2021.01.31", true),
            (".ds-logs-2021.1.31-000001", "logs", false),
            (".ds-logs-000001", "log", false),
            ("logs-000001", "logs", false),
        ] {
            assert_eq!(is_backing(index, stream), is, "{index} {stream}");
        }
    }
}
