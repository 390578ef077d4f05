"""Where the sandbox and an engine are known to answer the same request differently, each with the reason. A row that is no longer true
fails the test. Data only."""

EMPTY = "6.8's short list leaves out snapshots without indices and names those of a FAILED one; esbackup reads the whole list"

# By version, or * for all, and request.
KNOWN: dict[tuple[str, str], str] = {
    ("6.8.23", "short list"): EMPTY,
    ("6.8.23", "list after deleting"): EMPTY,
    ("*", "delete the snapshot"): "engines end the reason with the restore as Java writes it; type and status are the same",
}
