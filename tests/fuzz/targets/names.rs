//! Names, words of services, durations and URLs: what is accepted is taken literally, and reaches the service as it is meant.

use esbackup::internals::cli::options::timeout;
use esbackup::internals::data::cluster::{Disk, Watermark};
use esbackup::internals::domain::endpoint::bare_host;
use esbackup::internals::domain::{Engine, Limits, Method, Request, ServiceSoftware};
use esbackup::internals::duration::{exact, parse, rounded};
use esbackup::internals::moment::Moment;
use esbackup::internals::names::{
    AccountId, Arn, BasePath, BucketName, DomainName, EnvironmentName, IamPath, IndexName,
    PolicyName, Region, RepositoryName, RoleName, SnapshotName,
};
use percent_encoding::percent_decode_str;

use super::text;

/// Versions, dates, hosts and watermarks.
pub fn words(data: &[u8]) {
    let Some(text) = text(data) else {
        return;
    };
    if let Ok(engine) = Engine::parse(text) {
        let again = Engine::parse(&engine.to_string().replace(' ', "_"));
        assert_eq!(again, Ok(engine));
    }
    if let Some(date) = ServiceSoftware::parse(text).date {
        assert!(text.contains(&format!("R{date:08}")));
    }
    if let Some(moment) = Moment::parse(text) {
        assert_eq!(moment.to_string(), text);
    }
    if let Some(host) = bare_host(text) {
        assert_eq!(
            bare_host(&host),
            Some(host.clone()),
            "a host that is read again is another"
        );
        assert!(!host.contains(['/', '@', '*', ' ']), "{host}");
    }
    if let Some(mark) = Watermark::parse(text) {
        let disk = Disk {
            node: "n".to_owned(),
            free: 1 << 40,
            total: 1 << 41,
        };
        assert!(mark.room(&disk) <= disk.free);
    }
    if let Ok(millis) = text.parse::<i64>()
        && let Some(moment) = Moment::from_millis(millis)
    {
        assert_eq!(moment.as_millis(), millis);
        assert_eq!(
            Moment::parse(&moment.to_string()),
            Some(moment.whole_seconds())
        );
        assert_eq!((moment.date().len(), moment.time().len()), (10, 6));
    }
}

/// Every way in which people write a length of time.
pub fn durations(data: &[u8]) {
    let Some(text) = text(data) else {
        return;
    };
    if let Ok(time) = timeout(text) {
        assert!(time.as_secs() <= 24 * 3_600);
    }
    if let Ok(time) = parse(text) {
        assert_eq!(parse(&exact(time)), Ok(time));
        let now = Moment::from_millis(1_795_486_400_000).expect("a moment");
        assert!(now.minus(time) <= now && now <= now.plus(time));
        assert!(!rounded(time).is_empty());
    }
    if let Ok(limits) = Limits::from_lookup(|_| Some(text.to_owned())) {
        assert!((1..=3_600_000).contains(&limits.attempt.as_millis()));
    }
}

macro_rules! literal {
    ($text:expr, $($name:ident),*) => {
        $(if let Ok(name) = $name::parse($text) {
            assert_eq!(name.to_string(), $text);
            assert!(!$text.chars().any(char::is_control), "{:?}", $text);
        })*
    };
}

/// Names are taken literally.
pub fn names(data: &[u8]) {
    let Some(text) = text(data) else {
        return;
    };
    literal!(
        text,
        AccountId,
        Arn,
        BasePath,
        BucketName,
        DomainName,
        EnvironmentName,
        IamPath,
        IndexName,
        PolicyName,
        Region,
        RepositoryName,
        RoleName,
        SnapshotName
    );
    if let Ok(arn) = Arn::parse(text) {
        let joined = [
            "arn",
            &arn.partition().to_string(),
            arn.service(),
            arn.region(),
            arn.account(),
            arn.resource(),
        ]
        .join(":");
        assert_eq!(joined, text);
    }
}

/// Segments around line ends: what a server decodes is what was meant, each in its own place.
pub fn urls(data: &[u8]) {
    let Some(text) = text(data) else {
        return;
    };
    let segments: Vec<&str> = text.split('\n').collect();
    let request = Request::write(Method::Put, &segments, None).with_query("q", text);
    let Ok(path) = request.path_and_query() else {
        let unusable = |segment: &&str| matches!(*segment, "" | "." | "..");
        assert!(segments.iter().any(unusable), "{segments:?}");
        return;
    };
    let url = url::Url::parse(&format!("https://search.example{path}")).expect("a URL");
    assert_eq!(url.host_str(), Some("search.example"));
    assert_eq!(
        format!("{}?{}", url.path(), url.query().unwrap_or_default()),
        path
    );
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let arrived: Vec<String> = url.path_segments().expect("a path").map(decode).collect();
    assert_eq!(arrived, segments);
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    assert_eq!(pairs, [("q".to_owned(), text.to_owned())]);
    for name in segments {
        let fits = IndexName::parse(name).is_ok() || SnapshotName::parse(name).is_ok();
        assert!(!fits || !name.contains(['/', ',', '*', '?']), "{name}");
    }
}
