"""Where the services live on disk and who may read it. Decides, and makes no folder."""

import hashlib
import os
import pathlib

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SOURCES = REPOSITORY / "tests" / "services"
ROOT = REPOSITORY / "target" / "services"
VENV = ROOT / "venv"
VENV_PYTHON = VENV / "bin" / "python"
MINISTACK = ROOT / "ministack"

# The search node refuses to run as root. This account exists everywhere and owns nothing; only folders made for it are handed to it.
NOBODY = 65534


def as_root() -> bool:
    return os.geteuid() == 0


def others_may_enter(path: pathlib.Path) -> bool:
    """Whether an account that owns nothing reaches `path`: every folder above it, and itself, is open to others."""
    path = path.resolve()
    return all(folder.stat().st_mode & 0o001 for folder in [path, *path.parents] if folder.exists())


def node_root() -> pathlib.Path:
    """The folder of everything that the node reads: under target/, or a shared place where target/ is closed to others."""
    if not as_root() or others_may_enter(REPOSITORY):
        return ROOT
    digest = hashlib.sha256(str(REPOSITORY).encode()).hexdigest()[:12]
    return pathlib.Path("/var/tmp") / f"esbackup-services-{digest}"
