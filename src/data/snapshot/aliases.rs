//! Aliases of the indices of a snapshot, as its metadata keeps them: engines tell them only once the indices are restored. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::Snapshot;

/// Key of the metadata that names the aliases.
pub(crate) const ALIASES: &str = "aliases";
/// Longest text of it: engines refuse metadata of more than 1,024 bytes, and other keys need room.
const LONGEST: usize = 500;
/// What follows the name of an index that an alias writes to; no name of an index or of an alias has it, nor the other separators.
const WRITES: char = '>';

/// The aliases of indices: for each alias its indices, and whether it writes to each.
pub(crate) type Aliases = BTreeMap<String, BTreeMap<String, bool>>;

/// Writes aliases as `alias=index>,index alias=index`; nothing where there is none, or where they do not fit.
#[must_use]
pub(crate) fn encode(aliases: &Aliases) -> Option<String> {
    let one = |(alias, indices): (&String, &BTreeMap<String, bool>)| {
        let each: Vec<String> = indices
            .iter()
            .map(|(index, writes)| match writes {
                true => format!("{index}{WRITES}"),
                false => index.clone(),
            })
            .collect();
        format!("{alias}={}", each.join(","))
    };
    let text = aliases.iter().map(one).collect::<Vec<_>>().join(" ");
    // An alias may have letters that would be read as a separator.
    let safe = aliases
        .keys()
        .all(|alias| !alias.contains([' ', '=', ',', WRITES]));
    (safe && !text.is_empty() && text.len() <= LONGEST).then_some(text)
}

impl Snapshot {
    /// Returns the aliases that its metadata names; nothing where it names none.
    #[must_use]
    pub fn aliases(&self) -> Option<Aliases> {
        let mut all = Aliases::new();
        for part in self.metadata.get(ALIASES)?.split(' ') {
            let (alias, indices) = part.split_once('=')?;
            let own = all.entry(alias.to_owned()).or_default();
            for index in indices.split(',') {
                match index.strip_suffix(WRITES) {
                    Some(index) => own.insert(index.to_owned(), true),
                    None => own.insert(index.to_owned(), false),
                };
            }
        }
        Some(all)
    }
}

/// Gathers the aliases of some indices.
#[must_use]
pub(crate) fn of<'i>(
    indices: impl IntoIterator<Item = (&'i str, &'i BTreeSet<String>)>,
    writers: &BTreeMap<String, BTreeSet<String>>,
) -> Aliases {
    let mut all = Aliases::new();
    for (index, aliases) in indices {
        for alias in aliases {
            let writes = writers.get(alias).is_some_and(|all| all.contains(index));
            let own = all.entry(alias.clone()).or_default();
            own.insert(index.to_owned(), writes);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aliases() -> Aliases {
        let own = |all: &[(&str, bool)]| {
            let pairs = all
                .iter()
                .map(|(index, writes)| ((*index).to_owned(), *writes));
            pairs.collect::<BTreeMap<_, _>>()
        };
        Aliases::from([
            (
                "logs".to_owned(),
                own(&[("logs-1", false), ("logs-2", true)]),
            ),
            ("all".to_owned(), own(&[("logs-1", false)])),
        ])
    }

    #[test]
    fn metadata_gives_back_the_aliases_it_was_given() {
        let text = encode(&aliases()).unwrap_or_default();
        assert_eq!(text, "all=logs-1 logs=logs-1,logs-2>");
        let mut snapshot = Snapshot {
            name: "one".to_owned(),
            uuid: String::new(),
            state: crate::data::snapshot::State::Success,
            started: None,
            ended: None,
            indices: Default::default(),
            data_streams: Vec::new(),
            shards: Default::default(),
            failures: Vec::new(),
            global_state: None,
            engine: None,
            metadata: BTreeMap::new(),
            reason: None,
        };
        assert_eq!(snapshot.aliases(), None);
        snapshot.metadata.insert(ALIASES.to_owned(), text);
        assert_eq!(snapshot.aliases(), Some(aliases()));
        snapshot
            .metadata
            .insert(ALIASES.to_owned(), "nonsense".to_owned());
        assert_eq!(snapshot.aliases(), None);
    }

    #[test]
    fn aliases_that_do_not_fit_are_left_out() {
        let mut many = aliases();
        many.insert("x".repeat(LONGEST), BTreeMap::new());
        assert_eq!(encode(&many), None);
        let mut odd = aliases();
        odd.insert("a=b".to_owned(), BTreeMap::new());
        assert_eq!(encode(&odd), None);
        assert_eq!(encode(&Aliases::new()), None);
    }
}
