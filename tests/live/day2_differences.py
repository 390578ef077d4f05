"""Where the sandbox and an engine are known to answer the same request differently, each with the reason. A row that is no longer true
fails the test. Data only."""

KNOWN: dict[tuple[str, str], str] = {}  # (version or *, request)
