//! An error with everything that caused it. It reads errors and words none of its own.

use std::error::Error as StdError;

/// Walks an error and everything below it. The standard library's I/O error hides the error that it wraps from `source`.
pub(crate) fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let wrapped = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        wrapped
            .map(|wrapped| wrapped as &(dyn StdError + 'static))
            .or_else(|| error.source())
    })
}

/// An error with all its causes, in one line.
#[must_use]
pub fn words(error: &(dyn StdError + 'static)) -> String {
    let all: Vec<String> = chain(error).map(ToString::to_string).collect();
    all.join(": ")
}
