//! Paged answers: `MaxItems` in, `IsTruncated` and `Marker` out; a marker of another kind of page is refused.

use super::super::xml::Writer;
use super::{Call, Failure};

const DEFAULT_ITEMS: u32 = 100;
const MAX_ITEMS: u32 = 1000;

/// The slice of items that a request asks for.
pub(super) struct Page<T> {
    pub items: Vec<T>,
    next: Option<usize>,
}

/// Cuts the page out of all items.
pub(super) fn cut<T>(call: &Call<'_>, all: Vec<T>) -> Result<Page<T>, Failure> {
    let size = call.parameters.number("MaxItems")?.unwrap_or(DEFAULT_ITEMS);
    if !(1..=MAX_ITEMS).contains(&size) {
        let message = format!(
            "1 validation error detected: Value '{size}' at 'maxItems' failed to satisfy constraint: Member must have value \
             less than or equal to {MAX_ITEMS}"
        );
        return Err(Failure::validation(message));
    }
    let start = match call.parameters.text("Marker") {
        None => 0,
        Some(marker) => read_marker(marker)
            .filter(|start| *start == 0 || *start < all.len())
            .ok_or_else(|| Failure::validation(format!("Invalid Marker: {marker}")))?,
    };
    let total = all.len();
    let items: Vec<T> = all.into_iter().skip(start).take(size as usize).collect();
    let end = start + items.len();
    Ok(Page {
        items,
        next: (end < total).then_some(end),
    })
}

impl<T> Page<T> {
    /// Writes the end of the page.
    pub(super) fn end(&self, out: &mut Writer) {
        out.leaf(
            "IsTruncated",
            if self.next.is_some() { "true" } else { "false" },
        );
        if let Some(next) = self.next {
            out.leaf(
                "Marker",
                &aws_smithy_types::base64::encode(format!("from:{next}")),
            );
        }
    }
}

fn read_marker(marker: &str) -> Option<usize> {
    let bytes = aws_smithy_types::base64::decode(marker).ok()?;
    std::str::from_utf8(&bytes)
        .ok()?
        .strip_prefix("from:")?
        .parse()
        .ok()
}
