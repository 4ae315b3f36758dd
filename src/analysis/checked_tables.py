"""Which tables of `data/` were checked and found in order: one is checked again only when it has changed.

Checking a table takes ten times as long as reading it, and each report is a process of its own. A record holds for a
table of one name and content, checked by one version of the schemas and their libraries; one that is missing, broken
or of anything else counts as none. `analysis check` does without.
"""

from __future__ import annotations

import hashlib
import json
import platform
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path

from analysis import csv_files, figure, schemas
from analysis.files import put
from analysis.official.releases import places

FOLDER = "checked"
"""The name of the folder of records in the cache of a data folder."""


def columns_of_numbers(path: Path, content: str) -> list[str] | None:
    """Return the columns of numbers of a table that was found in order; None if that is not known.

    Args:
        path: where it is from.
        content: the SHA-256 of its bytes.
    """
    for file in _files(path):
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
            if record["of"] == _name(path, content):
                return record["numbers"]
        except (OSError, ValueError, LookupError, TypeError):
            continue
    return None


def note(path: Path, content: str, numbers: list[str]) -> None:
    """Note that a table was found in order; where that cannot be written, it is checked each time.

    Args:
        path: where it is from.
        content: the SHA-256 of its bytes.
        numbers: the names of its columns of numbers.
    """
    for file in _files(path):
        with suppress(OSError):
            put(file, json.dumps({"of": _name(path, content), "numbers": numbers}).encode())
            return


def _files(path: Path) -> list[Path]:
    return [place / FOLDER / f"{path.stem}.json" for place in places(path.parent)]


def _name(path: Path, content: str) -> str:
    """Return the digest of all that a table's being in order follows from: what describes it, what checks it, it."""
    described = path.parent / schemas.FILE
    described = described.read_bytes() if described.is_file() else b""
    return hashlib.sha256(f"{path.name}\0{_checker()}\0{content}\0".encode() + described).hexdigest()


@cache
def _checker() -> str:
    """Return the digest of what checks tables: the schemas, what they use of this package, and libraries."""
    total = hashlib.sha256()
    own = [csv_files.__file__, figure.__file__]
    for file in [*sorted(Path(schemas.__file__).parent.glob("*.py")), *map(Path, own)]:
        total.update(file.read_bytes() + b"\0")
    versions = [metadata.version(name) for name in ("numpy", "pandas", "pandera")]
    total.update(" ".join([platform.python_version(), *versions]).encode())
    return total.hexdigest()
