"""Where the figures of all areas are kept.

Nothing of weight is imported here, so that a run whose figures have been read before starts at once.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from analysis.official.releases import load_releases, official_dir

_TABLES = ("releases.csv", "sources.csv", "measures.csv", "areas.csv", "indicators.csv", "districts.csv")


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
    return data / ".cache" / total.hexdigest()[:16]
