//! The indices of a status for people: exposed, not judged and not covered. Pure.

use std::time::Duration;

use super::judged::with_stream;
use super::{Indices, SHOWN, line, more};
use crate::data::snapshot::listed;
use crate::duration::rounded;
use crate::workflow::exposure::{Exposure, Judged};
use crate::workflow::status::Uncovered;

/// The indices that miss the objective, the worst of them by name, and those of other tiers that are not judged.
pub(super) fn exposed(text: &mut String, all: &[Exposure]) {
    let long = |one: &Exposure| {
        one.exposure_seconds.map_or_else(
            || "for a time that is not known".to_owned(),
            |seconds| format!("for {}", rounded(Duration::from_secs(seconds))),
        )
    };
    let copy = |one: &Exposure| match (&one.snapshot, one.open) {
        (Some(name), _) => format!("newest copy in {name}"),
        (None, true) => "in no snapshot since its creation".to_owned(),
        (None, false) => "closed and in no snapshot; naming it takes it".to_owned(),
    };
    let missed: Vec<&Exposure> = all.iter().filter(|one| one.missed).collect();
    for one in missed.iter().take(SHOWN) {
        let name = with_stream(&one.name, one.data_stream.as_deref());
        let value = format!("{name} {} ({})", long(one), copy(one));
        line(text, "exposed", &value);
    }
    more(text, "exposed", missed.len());
    let unread = all.iter().filter(|one| one.judged == Judged::NotRead);
    let unread: Vec<&Exposure> = unread.collect();
    for one in unread.iter().take(SHOWN) {
        let value = format!(
            "{} ({}; one that could not be read may have a newer copy)",
            with_stream(&one.name, one.data_stream.as_deref()),
            copy(one)
        );
        line(text, "not known", &value);
    }
    more(text, "not known", unread.len());
    let tiered = all.iter().filter(|one| one.judged == Judged::NotByTier);
    let tiered: Vec<&Exposure> = tiered.collect();
    for one in tiered.iter().take(SHOWN) {
        let tier = one.tier.as_deref().unwrap_or_default();
        let name = with_stream(&one.name, one.data_stream.as_deref());
        let value = format!("{name} ({tier}, {})", copy(one));
        line(text, "not judged", &value);
    }
    more(text, "not judged", tiered.len());
}

/// The indices, and which of them no snapshot holds.
pub(super) fn lines(text: &mut String, all: &Indices) {
    let (system, own): (Vec<&Uncovered>, Vec<&Uncovered>) = all
        .not_in_a_good_snapshot
        .iter()
        .partition(|index| index.system);
    let value = match own.len() {
        _ if !all.not_known.is_empty() => format!(
            "{}, of which {} are in no good snapshot that is newer and {} are not known",
            all.total,
            own.len(),
            all.not_known.len()
        ),
        0 => format!(
            "{}, each but the system's in a good snapshot that is newer",
            all.total
        ),
        count => format!(
            "{}, of which {count} are in no good snapshot that is newer",
            all.total
        ),
    };
    line(text, "indices", &value);
    if all.cold_storage {
        let value = "indices in cold storage, which is enabled on the domain: no list shows them";
        line(text, "not judged", value);
    }
    if !all.not_known.is_empty() {
        let names: Vec<&str> = all.not_known.iter().map(String::as_str).collect();
        let names = listed(&names);
        let value = format!("{names}: the snapshots that hold them could not be read");
        line(text, "not known", &value);
    }
    if !all.not_in_the_last_good.is_empty() {
        let names: Vec<&str> = all
            .not_in_the_last_good
            .iter()
            .map(String::as_str)
            .collect();
        let names = listed(&names);
        let value = format!("the last good snapshot lacks {names}, which an older one holds");
        line(text, "older only", &value);
    }
    match &all.blocked {
        None => line(
            text,
            "blocked",
            "the settings of the indices could not be read",
        ),
        Some(blocked) => {
            for one in blocked.iter().take(SHOWN) {
                let value = format!("{} ({})", one.name, one.blocks.join(", "));
                line(text, "blocked", &value);
            }
            more(text, "blocked", blocked.len());
        }
    }
    for index in own.iter().take(SHOWN) {
        let mut words = vec![if index.open { "open" } else { "closed" }.to_owned()];
        words.extend(index.tier.clone());
        words.extend(index.created.map(|at| format!("created {at}")));
        words.extend(
            index
                .older
                .as_ref()
                .map(|name| format!("snapshot {name} is older")),
        );
        words.extend(index.anothers.as_ref().map(|one| {
            format!(
                "snapshot {} is of environment {}",
                one.snapshot, one.environment
            )
        }));
        line(
            text,
            "not covered",
            &format!(
                "{} ({})",
                with_stream(&index.name, index.data_stream.as_deref()),
                words.join(", ")
            ),
        );
    }
    more(text, "not covered", own.len());
    if !system.is_empty() {
        let names: Vec<&str> = system.iter().map(|index| index.name.as_str()).collect();
        let value = format!("not covered either: {}", listed(&names));
        line(text, "system", &value);
    }
}
