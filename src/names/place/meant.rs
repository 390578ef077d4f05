//! The Region that a text probably means. It is offered as a help and never taken.

/// The Regions with the places that consoles and people name them by,
/// <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>.
const REGIONS: [(&str, &str); 38] = [
    ("us-east-1", "virginia"),
    ("us-east-2", "ohio"),
    ("us-west-1", "california"),
    ("us-west-2", "oregon"),
    ("af-south-1", "cape town"),
    ("ap-east-1", "hong kong"),
    ("ap-east-2", "taipei"),
    ("ap-south-1", "mumbai"),
    ("ap-south-2", "hyderabad"),
    ("ap-southeast-1", "singapore"),
    ("ap-southeast-2", "sydney"),
    ("ap-southeast-3", "jakarta"),
    ("ap-southeast-4", "melbourne"),
    ("ap-southeast-5", "malaysia"),
    ("ap-southeast-6", "new zealand"),
    ("ap-southeast-7", "thailand"),
    ("ap-northeast-1", "tokyo"),
    ("ap-northeast-2", "seoul"),
    ("ap-northeast-3", "osaka"),
    ("ca-central-1", "canada"),
    ("ca-west-1", "calgary"),
    ("eu-central-1", "frankfurt"),
    ("eu-central-2", "zurich"),
    ("eu-west-1", "ireland"),
    ("eu-west-2", "london"),
    ("eu-west-3", "paris"),
    ("eu-north-1", "stockholm"),
    ("eu-south-1", "milan"),
    ("eu-south-2", "spain"),
    ("il-central-1", "tel aviv"),
    ("me-south-1", "bahrain"),
    ("me-central-1", "uae"),
    ("mx-central-1", "mexico"),
    ("sa-east-1", "sao paulo"),
    ("cn-north-1", "beijing"),
    ("cn-northwest-1", "ningxia"),
    ("us-gov-east-1", "govcloud (us-east)"),
    ("us-gov-west-1", "govcloud (us-west)"),
];

/// What a text that is no Region probably means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Meant {
    /// The Regions; the author has to know which.
    pub regions: Vec<&'static str>,
    /// Whether the text names an Availability Zone.
    pub is_zone: bool,
}

/// Returns the Region that a text probably means, if any is like it.
#[must_use]
pub(crate) fn region(text: &str) -> Option<Meant> {
    if text.len() > 64 {
        return None;
    }
    let written = dashed(text);
    let found = |regions: Vec<&'static str>, is_zone| {
        (!regions.is_empty()).then_some(Meant { regions, is_zone })
    };
    let names = || REGIONS.iter().map(|(name, _)| *name);
    let exact: Vec<&str> = names().filter(|name| *name == written).collect();
    let zone = written.strip_suffix(|c: char| ('a'..='f').contains(&c));
    let of_zone: Vec<&str> = names().filter(|name| Some(*name) == zone).collect();
    // `Europe (Frankfurt) eu-central-1`: the longest name in the text, and no part of a longer one.
    let inside: Vec<&str> = names()
        .filter(|name| {
            written
                .split(['(', ')', ',', ' '])
                .any(|part| part.trim_matches('-') == *name)
        })
        .collect();
    let bare = |text: &str| {
        text.chars()
            .filter(char::is_ascii_alphanumeric)
            .collect::<String>()
    };
    let squeezed: Vec<&str> = names()
        .filter(|name| bare(name) == bare(&written))
        .collect();
    let lower = text.to_lowercase();
    let placed: Vec<&str> = REGIONS
        .iter()
        .filter(|(_, place)| lower.contains(place) || bare(&lower).contains(&bare(place)))
        .map(|(name, _)| *name)
        .collect();
    let begun: Vec<&str> = names()
        .filter(|name| {
            name.strip_prefix(written.as_str())
                .is_some_and(|rest| rest.starts_with('-') && rest.len() == 2)
        })
        .collect();
    let near: Vec<&str> = names()
        .filter(|name| strsim::damerau_levenshtein(name, &written) == 1)
        .collect();
    found(exact, false)
        .or_else(|| found(of_zone, true))
        .or_else(|| found(inside, false))
        .or_else(|| found(squeezed, false))
        .or_else(|| found(placed, false))
        .or_else(|| found(begun, false))
        .or_else(|| found(near, false))
}

/// The text in lowercase, its blanks, underscores and long dashes as hyphens.
fn dashed(text: &str) -> String {
    let hyphen = |c: char| match c {
        '_' | '‐' | '‑' | '‒' | '–' | '—' | '−' => '-',
        c if c.is_whitespace() => '-',
        c => c,
    };
    let punctuation = |c: char| matches!(c, ',' | ';' | '.' | '-' | '"' | '\'');
    text.trim()
        .to_lowercase()
        .chars()
        .map(hyphen)
        .collect::<String>()
        .trim_matches(punctuation)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Meant, region};

    #[test]
    fn spelling_of_a_region_names_the_region() {
        let cases: [(&str, &[&str], bool); 24] = [
            ("eu_central_1", &["eu-central-1"], false),
            ("EU-CENTRAL-1", &["eu-central-1"], false),
            ("Eu-Central-1", &["eu-central-1"], false),
            ("eu-central-1a", &["eu-central-1"], true),
            ("us-east-1f", &["us-east-1"], true),
            (" eu-central-1", &["eu-central-1"], false),
            ("eu-central-1 ", &["eu-central-1"], false),
            ("eu-central-1,", &["eu-central-1"], false),
            ("us–west–2", &["us-west-2"], false),
            ("eu central 1", &["eu-central-1"], false),
            ("eucentral1", &["eu-central-1"], false),
            ("eu-central1", &["eu-central-1"], false),
            ("Frankfurt", &["eu-central-1"], false),
            ("Europe (Frankfurt)", &["eu-central-1"], false),
            ("Europe (Frankfurt) eu-central-1", &["eu-central-1"], false),
            ("N. Virginia", &["us-east-1"], false),
            ("virginia", &["us-east-1"], false),
            ("eu-central", &["eu-central-1", "eu-central-2"], false),
            ("us-west", &["us-west-1", "us-west-2"], false),
            ("us-gov-west", &["us-gov-west-1"], false),
            ("us-east-", &["us-east-1", "us-east-2"], false),
            ("eu-cental-1", &["eu-central-1"], false),
            ("US_GOV_WEST_1", &["us-gov-west-1"], false),
            ("moon", &[], false),
        ];
        for (text, regions, is_zone) in cases {
            let want = (!regions.is_empty()).then(|| Meant {
                regions: regions.to_vec(),
                is_zone,
            });
            assert_eq!(region(text), want, "{text}");
        }
    }
}
