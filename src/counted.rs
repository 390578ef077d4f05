//! Numbers with their words, as people read them: `1 index`, `2 indices`, `1.5 MB`; it knows nothing of what is counted.

/// A number with its word: `1 index`, `2 indices`.
#[must_use]
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    let word = if number == 1 { one } else { many };
    format!("{number} {word}")
}

/// Documents with their number.
#[must_use]
pub(crate) fn documents(number: u64) -> String {
    counted(number, "document", "documents")
}

/// Indices with their number.
#[must_use]
pub(crate) fn indices(number: usize) -> String {
    counted(number as u64, "index", "indices")
}

/// A number of bytes for people, in units of 1024: `512 B`, `1.5 MB`, as the engines write it.
#[must_use]
pub(crate) fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if number < 1024 {
        return format!("{number} B");
    }
    let mut value = number as f64 / 1024.0;
    let mut unit = UNITS.iter();
    let mut name = unit.next().copied().unwrap_or("kB");
    for next in unit {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        name = next;
    }
    format!("{value:.1} {name}")
}
