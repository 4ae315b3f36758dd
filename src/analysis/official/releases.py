"""The register of official releases: which files there are, whether they are the right ones, where figures are kept.

pandas is not imported here, so that `analysis fetch`, and a run whose figures have been read before, start at once.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

from analysis.press.catalogue import Refused

_TABLES = ("releases.csv", "sources.csv", "measures.csv", "areas.csv", "indicators.csv", "districts.csv")


class ReleaseError(Refused):
    """A release is missing, is not the file the register describes, or has another layout; one line says which.

    `fits` has cells of the register with which the file would be in order.
    """

    def __init__(self, message: str, **fits: int | str) -> None:
        super().__init__(message)
        self.fits = fits


@dataclass(frozen=True)
class Release:
    """One file of a statistical release, in the columns of `releases.csv` and `sources.csv`; `rows` None if blank."""

    source: str
    file: str
    layout: str
    time_period: str
    publisher: str
    title: str
    date: str
    address: str
    sha256: str
    bytes: int
    time_identifier: str = ""
    rows: int | None = None

    @property
    def first(self) -> str:
        """The first period it has, as it writes it."""
        return self.time_period.partition(" to ")[0]

    @property
    def last(self) -> str:
        """The last period it has."""
        return self.time_period.rpartition(" to ")[2]

    def path(self, folder: Path) -> Path:
        """Return where the file lies in a folder of releases."""
        return folder / self.file

    def state(self, folder: Path) -> str:
        """Return "present", "missing" or "different" (size or sha256 is not the register's)."""
        path = self.path(folder)
        if not path.is_file():
            return "missing"
        return "present" if path.stat().st_size == self.bytes and sha256(path) == self.sha256 else "different"


def official_dir(data: Path) -> Path:
    """Return the folder of full releases: `ANALYSIS_OFFICIAL` if it is set, else `official/` in the data folder."""
    named = os.environ.get("ANALYSIS_OFFICIAL")
    return Path(named) if named else data / "official"


def load_releases(data: Path) -> list[Release]:
    """Read the register: `releases.csv` joined to `sources.csv`; ReleaseError if one is missing or lacks something."""
    sources, found = {row["source"]: row for row in _rows(data / "sources.csv")}, []
    for line, row in enumerate(_rows(data / "releases.csv"), 2):
        cells = {field.name: (sources.get(row["source"], {}) | row).get(field.name, "") for field in fields(Release)}
        try:
            numbers = {"bytes": int(cells["bytes"]), "rows": int(cells["rows"]) if cells["rows"] else None}
        except ValueError:
            about = (
                f"bytes {cells['bytes']!r} and rows {cells['rows']!r}; expected whole numbers, the first in sources.csv"
            )
            raise ReleaseError(f"releases.csv, line {line}: {row['source']!r} has {about}") from None
        found.append(Release(**cells | numbers))
    return found


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))
    except FileNotFoundError:
        folder = path.parent.name
        raise ReleaseError(f"{path.name}: no such file in {folder}/; see {folder}/README.md") from None


def sha256(path: Path) -> str:
    """Return a file's SHA-256 as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def due(data: Path) -> list[tuple[str, str, str, str]]:
    """Return when the next of each release is expected, its last period here, title and publisher; the soonest first.

    That is the month, or the first and last, that the Department for Education has announced; "" for none. A release
    is the newest of those whose ids differ by a year alone.
    """
    expected = {row["indicator"]: row["expected"] for row in _rows(data / "expected.csv")}
    measures, months = _rows(data / "measures.csv"), dict[str, list[str]]()
    for row in measures:  # a count is due with the rate that follows from it
        expected |= {row["count"]: expected[row["indicator"]]} if row["indicator"] in expected else {}
    for row in measures:
        months.setdefault(row["source"], []).extend(filter(None, [expected.get(row["indicator"])]))
    last = {release.source[:-4]: release for release in sorted(load_releases(data), key=lambda r: r.last[:4])}
    found = [(sorted(months[r.source]), r) for r in last.values() if r.source in months]
    told = [(" to ".join(dict.fromkeys((m[0], m[-1]))) if m else "", r.last, r.title, r.publisher) for m, r in found]
    return sorted(told, key=lambda row: (not row[0], row))


def newest(data: Path, column: str, value: str) -> Release:
    """Return the newest release with a value in a column, such as its layout; raises ReleaseError if there is none."""
    listed = [release for release in load_releases(data) if getattr(release, column) == value]
    if not listed:
        raise ReleaseError(f"releases.csv: no release with the {column} {value!r}")
    return max(listed, key=lambda release: release.date)


def needed(data: Path, release: Release) -> Release:
    """Return a release that is there and the register's; raises ReleaseError, with what to do, for any other."""
    if not in_order([release], official_dir(data)):
        raise ReleaseError(f"{release.file} is missing: run `analysis fetch`, or set ANALYSIS_OFFICIAL to its folder")
    return release


def missing_of(data: Path, sources: Iterable[str]) -> str:
    """Return what is wrong with the first of some releases that is not there, and how to get it; "" if none is."""
    for release in [newest(data, "source", source) for source in sources]:
        try:
            needed(data, release)
        except ReleaseError as error:
            return str(error)
    return ""


def in_order(releases: list[Release], folder: Path) -> list[Release]:
    """Return the releases that are in a folder; raises ReleaseError if one is not the register's, or unreadable."""
    present = []
    for release in releases:
        try:
            state = release.state(folder)
        except OSError as error:
            raise ReleaseError(f"{release.file}: cannot be read: {error.strerror or error}") from None
        if state == "different":
            raise ReleaseError(
                f"{release.file}: not the file of the register ({release.bytes:,} bytes, "
                f"sha256 {release.sha256[:12]}…): remove it and run `analysis fetch`"
            )
        present += [release] * (state == "present")
    return present


def cache_place(data: Path) -> Path:
    """Return the folder of caches: one in the data folder; where that cannot be written, one of the user's own."""
    own = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "analysis")
    name = hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:16]  # no two projects share one
    return data / ".cache" if os.access(data, os.W_OK) else own / name


def cache_folder(data: Path) -> Path:
    """Return the folder of the figures of all areas; it is there where they have been read.

    Its name changes when the releases, the tables that say how to read them, or the readers change. Releases are known
    by size and time of change, as hashing takes longer than reading the cache; each is hashed when the cache is made.
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
    return cache_place(data) / total.hexdigest()[:16]
