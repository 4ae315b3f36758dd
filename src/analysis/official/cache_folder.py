"""Where the figures of all areas are kept.

Nothing of weight is imported here, so that a run whose figures have been read before starts at once.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from analysis.official.releases import load_releases, official_dir

_TABLES = ("releases.csv", "sources.csv", "measures.csv", "areas.csv", "indicators.csv", "districts.csv")


def places(data: Path) -> list[Path]:
    """Return the folders that may hold caches, the first choice first.

    That is one in the data folder, and for an installation that cannot be written to, one in the user's own folder of
    caches: `XDG_CACHE_HOME` if it is set, else where the system has it; none where the user has no home.

    Args:
        data: the project's data folder.
    """
    own = os.environ.get("XDG_CACHE_HOME") or (os.name == "nt" and os.environ.get("LOCALAPPDATA"))
    if not own:
        own = os.path.expanduser("~/Library/Caches" if sys.platform == "darwin" else "~/.cache")
    name = hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:16]  # no two projects share one
    return [data / ".cache", *([Path(own, "analysis", name)] if os.path.isabs(own) else [])]


def cache_folder(data: Path) -> Path:
    """Return the folder of the cache; it is there where the cache has been made.

    Its name changes when the releases, the tables that say how to read them, or the readers change.

    Releases are known by size and time of change, as hashing them would take longer than reading the cache; when the
    cache is made each is held against its registered SHA-256.
    """
    total = hashlib.sha256()
    tables = [data / name for name in _TABLES if (data / name).is_file()]
    for file in [*tables, *sorted(Path(__file__).parent.glob("*.py"))]:
        total.update(file.name.encode() + b"\0" + file.read_bytes())
    folder = official_dir(data)
    for release in load_releases(data):
        path = release.path(folder)
        seen = path.stat() if path.is_file() else None
        total.update(f"{release.file}\0{seen and (seen.st_size, seen.st_mtime_ns)}".encode())
    folders = [place / total.hexdigest()[:16] for place in places(data)]
    return next((folder for folder in folders if os.path.isdir(folder)), folders[0])
