"""Where the sandbox and an engine are known to answer the same request differently, each with the reason. A row that is no longer true
fails the test. Data only."""

THREADS = (
    "the sandbox's 6.8 stands for a node with one snapshot thread, where such a request waits for the snapshot and is then granted; "
    "the node of the tests has several and refuses at once"
)
AFTER = "the sandbox's index and repository are deleted by then: " + THREADS

# By version, or * for all, and request.
KNOWN: dict[tuple[str, str], str] = {
    ("6.8.23", "take the running one"): "both refuse: the sandbox as a name that is taken, the engine as a second snapshot",
    ("6.8.23", "delete an index that is taken"): THREADS,
    ("6.8.23", "close an index that is taken"): AFTER,
    ("6.8.23", "delete its repository"): THREADS,
    ("6.8.23", "take a second one"): AFTER,
    ("*", "delete the snapshot"): "engines end the reason with the restore as Java writes it; type and status are the same",
}
