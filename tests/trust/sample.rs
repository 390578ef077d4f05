//! How much of a matrix is run: all of it, or a fixed sample that is the same in every run.

/// Whether whole matrices are run.
pub fn full() -> bool {
    std::env::var_os("ESBACKUP_FULL").is_some_and(|value| value == "1")
}

/// The cells that are run: all, or each `every`th beginning with the first. `every` is a prime, so that a sample meets every column of a
/// matrix whose rows have another number of them.
pub fn of<T>(cells: Vec<T>, every: usize) -> Vec<T> {
    let every = if full() { 1 } else { every };
    cells.into_iter().step_by(every).collect()
}

#[test]
fn a_sample_meets_every_column_of_the_whole() {
    let cells: Vec<usize> = (0..10_000).collect();
    let taken = of(cells.clone(), 19);
    assert_eq!(taken.len(), if full() { cells.len() } else { 527 });
    for columns in 2..=18 {
        let met: std::collections::BTreeSet<usize> =
            taken.iter().map(|cell| cell % columns).collect();
        assert_eq!(met.len(), columns);
    }
}
