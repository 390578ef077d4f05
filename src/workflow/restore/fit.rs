//! Whether restored indices find room: disks, copies, and nodes that their allocation settings name. Pure; what is not known is said.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Existing, Facts, Scope, Wanted};
use crate::counted::bytes;
use crate::data::cluster::{Attribute, Disk, Watermark};
use crate::data::index::Index;
use crate::data::snapshot::listed;
use crate::hazard::{Hazard, Word};
use crate::names::wildcard::matches;
use crate::resources::{Kind, ResourceId};
use crate::workflow::Prepared;

/// Says what does not fit.
pub(super) fn check(wanted: &Wanted, scope: &Scope, facts: &Facts, prepared: &mut Prepared) {
    space(wanted, scope, facts, prepared);
    copies(wanted, scope, facts, prepared);
    allocation(wanted, scope, facts, prepared);
}

/// Bytes that the nodes take before they are given no new shard.
fn room(watermark: Watermark, disks: &[Disk]) -> u64 {
    let all = disks.iter().map(|disk| watermark.room(disk));
    all.fold(0, u64::saturating_add)
}

fn live<'f>(facts: &'f Facts, name: &str) -> Option<&'f Index> {
    facts.indices.iter().find(|index| index.name == name)
}

/// How many copies of each shard an index will have beside the primary: as asked for, else as the index that is there, else one.
fn replicas(wanted: &Wanted, facts: &Facts, source: &str) -> (u64, bool) {
    let asked = wanted
        .index_settings
        .get("index.number_of_replicas")
        .and_then(number);
    let there = live(facts, source).map(|index| u64::from(index.replicas));
    match asked.or(there) {
        Some(known) => (known, true),
        None => (1, false),
    }
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn space(wanted: &Wanted, scope: &Scope, facts: &Facts, prepared: &mut Prepared) {
    let (disks, sizes) = match (&facts.disks, &facts.sizes) {
        (Ok(disks), Ok(sizes)) if !disks.is_empty() => (disks, sizes),
        (Err(why), _) | (_, Err(why)) => {
            prepared.notes.push(format!(
                "whether the disks have room for it was not looked at: {why}"
            ));
            return;
        }
        _ => return,
    };
    let (mut primaries, mut all, mut unknown) = (0_u64, 0_u64, 0_usize);
    for (source, target) in &scope.pairs {
        let Some(size) = sizes.get(source.as_str()) else {
            unknown += 1;
            continue;
        };
        let old = live(facts, target.as_str());
        let gone = |of: fn(&Index) -> Option<u64>| old.and_then(of).unwrap_or_default();
        let copies = replicas(wanted, facts, source.as_str()).0.saturating_add(1);
        let once = size.saturating_mul(copies);
        let (need, whole) = match wanted.existing {
            Existing::Keep => (*size, once),
            Existing::Close => (
                size.saturating_sub(gone(|index| index.primary_bytes)),
                once.saturating_sub(gone(|index| index.bytes)),
            ),
            // It is there twice for a while, and the old one until then.
            Existing::Replace if old.is_some() => (
                (*size).max((size * 2).saturating_sub(gone(|index| index.primary_bytes))),
                once.max((once.saturating_mul(2)).saturating_sub(gone(|index| index.bytes))),
            ),
            Existing::Replace => (*size, once),
        };
        primaries = primaries.saturating_add(need);
        all = all.saturating_add(whole);
    }
    let room = room(facts.watermark, disks);
    if unknown > 0 {
        prepared.notes.push(format!(
            "the engine does not tell the size of {unknown} of {} indices",
            scope.pairs.len()
        ));
    }
    if primaries > room {
        prepared.raised.push(Hazard {
            word: Word::Space,
            target: ResourceId::new(Kind::Domain, "disks").to_string(),
            why: format!(
                "it needs {}, and the disks take {} before the low watermark: shards would find no node",
                bytes(primaries),
                bytes(room)
            ),
        });
    } else if all > room {
        prepared.notes.push(format!(
            "with its replicas it needs {}, and the disks take {} before the low watermark: replicas may stay unassigned; \
             --index-settings index.number_of_replicas=0 restores none",
            bytes(all),
            bytes(room)
        ));
    }
}

fn copies(wanted: &Wanted, scope: &Scope, facts: &Facts, prepared: &mut Prepared) {
    let nodes = facts.health.data_nodes;
    let zones = facts.attributes.as_ref().map_or(0, |all| zones(all));
    let (mut too_many, mut uneven) = (Vec::new(), Vec::new());
    for (source, _) in &scope.pairs {
        let (replicas, known) = replicas(wanted, facts, source.as_str());
        if known && replicas >= nodes {
            too_many.push(source.as_str());
        }
        if known && zones > 1 && (replicas + 1) % zones != 0 {
            uneven.push(source.as_str());
        }
    }
    if !too_many.is_empty() {
        prepared.notes.push(format!(
            "{} data node(s) cannot hold all replicas of {}: it stays yellow; --index-settings index.number_of_replicas={} avoids that",
            nodes,
            listed(&too_many),
            nodes.saturating_sub(1)
        ));
    }
    if !uneven.is_empty() {
        prepared.notes.push(format!(
            "the nodes are in {zones} zones, and a domain that balances them refuses the number of replicas of {}: --index-settings \
             index.number_of_replicas={}",
            listed(&uneven),
            zones - 1
        ));
    }
}

fn zones(attributes: &[Attribute]) -> u64 {
    let zones: BTreeSet<&str> = attributes
        .iter()
        .filter(|one| one.name == "zone")
        .map(|one| one.value.as_str())
        .collect();
    zones.len() as u64
}

const ALLOCATION: &str = "index.routing.allocation.";

fn allocation(wanted: &Wanted, scope: &Scope, facts: &Facts, prepared: &mut Prepared) {
    let attributes = match &facts.attributes {
        Ok(attributes) => attributes,
        Err(why) => {
            prepared.notes.push(format!(
                "whether a node meets the allocation settings was not looked at: {why}"
            ));
            return;
        }
    };
    for (source, _) in &scope.pairs {
        let mut settings: BTreeMap<&str, &Value> = BTreeMap::new();
        // The snapshot does not show its settings before it is restored; an index of that name most likely has the same ones.
        let live = facts.settings.get(source.as_str());
        for (name, value) in live.into_iter().flatten() {
            settings.insert(name, value);
        }
        settings.retain(|name, _| {
            !wanted
                .ignore_index_settings
                .iter()
                .any(|one| matches(one, name))
        });
        for (name, value) in &wanted.index_settings {
            settings.insert(name, value);
        }
        let Some(names) = unmet(&settings, attributes) else {
            continue;
        };
        let ignore: Vec<String> = names
            .iter()
            .map(|name| format!("--ignore-index-settings {name}"))
            .collect();
        prepared.refuse(
            format!(
                "no node meets the allocation settings of {source}: {}",
                names.join(", ")
            ),
            format!("restore it without them: {}", ignore.join(" ")),
        );
    }
}

/// The allocation settings that together leave no node; none when a node is left.
fn unmet(settings: &BTreeMap<&str, &Value>, attributes: &[Attribute]) -> Option<Vec<String>> {
    let mut nodes: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for one in attributes {
        let node = nodes.entry(&one.node).or_default();
        node.insert(&one.name, &one.value);
    }
    let mut rules: Vec<(&str, &str, &str, &str)> = Vec::new();
    for (name, value) in settings {
        let rule = name
            .strip_prefix(ALLOCATION)
            .and_then(|rest| rest.split_once('.'));
        if let (Some((kind, attribute)), Some(value)) = (rule, value.as_str())
            && !value.is_empty()
            // What a node is called in other ways is not in the table of attributes.
            && !(attribute.starts_with('_') && attribute != "_name")
            && matches!(kind, "require" | "include" | "exclude")
        {
            rules.push((name, kind, attribute, value));
        }
    }
    if rules.is_empty() || nodes.is_empty() {
        return None;
    }
    let met = |node: &BTreeMap<&str, &str>| {
        let fits = |attribute: &str, values: &str| {
            let has = node.get(attribute);
            let any = |has: &&str| values.split(',').any(|value| matches(value.trim(), has));
            has.is_some_and(any)
        };
        let of = |wanted: &'static str| rules.iter().filter(move |(_, kind, _, _)| *kind == wanted);
        let required = of("require").all(|(_, _, attribute, values)| fits(attribute, values));
        let included = of("include").next().is_none()
            || of("include").any(|(_, _, attribute, values)| fits(attribute, values));
        let excluded = of("exclude").any(|(_, _, attribute, values)| fits(attribute, values));
        required && included && !excluded
    };
    if nodes.values().any(met) {
        return None;
    }
    Some(rules.iter().map(|(name, ..)| (*name).to_owned()).collect())
}
