"""The areas a report can be made for, from `data/areas.csv`, and in which years an authority has figures."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from analysis.files import did_you_mean

DEFAULT_AREA = "Wiltshire"
EVERY = "all"
_AUTHORITY = "Local authority"
_NO_FIGURES = 9999
"""The year by which a project without figures judges: all that is to be has happened."""
_FIGURES = "figures_official.csv"
_SEVERAL = ("other_names", "former_codes", "predecessors")
_COLUMNS = ("area", "name", "level", "old_la_code", "has_published")
_YEAR = re.compile(r"(\d{4})?").fullmatch
_EXPECTED = {
    "area": (re.compile("[A-Za-z0-9]+").fullmatch, "the code in column 'area' should be letters and digits"),
    "name": (lambda name: name and name.isprintable(), "the name should be one line of text"),
    "has_published": (("true", "false").__contains__, "has_published should be true or false"),
    "start": (_YEAR, "start should be a year or blank"),
    "end": (_YEAR, "end should be a year or blank"),
}
"""What a cell must be: codes and names become the names of folders, and words in messages."""


@dataclass(frozen=True)
class Area:
    """One area, a row of `areas.csv`, whose `other_names` are former codes too.

    `newest` is the year in which the newest of the figures ends: what is to come after it has not happened yet.
    """

    code: str
    name: str
    old_code: str
    has_published: bool
    level: str = _AUTHORITY
    other_names: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    newest: int = 0
    predecessors: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        """Return the name as a folder name: plain lower-case letters, digits and hyphens."""
        plain = unicodedata.normalize("NFKD", self.name).encode("ascii", "ignore").decode()
        return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "").lower()).strip("-") or self.code.lower()

    @property
    def current(self) -> bool:
        """Whether it is an authority of today: of the newest figures."""
        return self.level == _AUTHORITY and existed(self.start, self.end, self.newest or _NO_FIGURES)

    @property
    def abolished(self) -> bool:
        """Whether its own figures have ended; an end that lies ahead of them changes nothing."""
        return bool(self.end) and not existed("", self.end, self.newest or _NO_FIGURES)

    def known_as(self, text: str) -> bool:
        """Say whether a name or code, in any case, is this area's."""
        key = text.strip().casefold()
        return bool(key) and key in map(str.casefold, (self.name, self.code, self.old_code, *self.other_names))


def load_areas(file: Path) -> list[Area]:
    """Read the table of areas; the figures by which it is judged what lies ahead stand beside it.

    Raises ValueError if it is missing, lacks a column, or has a row that does not fit; the message names the line.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except FileNotFoundError:
        raise ValueError(f"{file} is missing: expected the table of areas") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{file} cannot be read as CSV in UTF-8: {error}") from None
    if not rows:
        raise ValueError(f"{file}: expected one area or more, found none")
    last = _newest(file.with_name(_FIGURES))
    return [_area(row, f"{file}, line {line}", last) for line, row in enumerate(rows, 2)]


def _newest(file: Path) -> int:
    """Return the year in which the newest official figure ends; 0 without any. The table is checked when it is read."""
    try:
        return _last_of(file.read_bytes())
    except FileNotFoundError:
        return 0
    except (OSError, ValueError, csv.Error) as error:
        raise ValueError(f"{file} cannot be read as a table with the column time_period: {error}") from None


@lru_cache(maxsize=1)
def _last_of(content: bytes) -> int:
    """Return the same of the table's content: it is asked for again and again."""
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    place = next(rows, []).index("time_period")
    periods = {row[place] for row in rows if len(row) > place}
    return newest(period for period in periods if re.fullmatch(r"\d{4}(\d\d)?", period))


def _area(row: dict[str, str | None], where: str, last: int) -> Area:
    missing = [column for column in _COLUMNS if row.get(column) is None]
    if missing:
        raise ValueError(f"{where}: column '{missing[0]}' is missing (expected {', '.join(_COLUMNS)})")
    cells = defaultdict(str, {name: cell.strip() for name, cell in row.items() if isinstance(cell, str)})
    for name, (fits, words) in _EXPECTED.items():
        if not fits(cells[name]):
            raise ValueError(f"{where}: {words}, not {cells[name][:80]!r}")
    several = {name: tuple(filter(None, map(str.strip, cells[name].split(";")))) for name in _SEVERAL}
    return Area(
        code=cells["area"],
        old_code=cells["old_la_code"],
        has_published=cells["has_published"] == "true",
        other_names=several["other_names"] + several["former_codes"],
        predecessors=several["predecessors"],
        newest=last,
        **{name: cells[name] for name in ("name", "level", "start", "end")},
    )


def select_areas(wanted: tuple[str, ...], areas: list[Area]) -> list[Area]:
    """Return the areas asked for by name or code, each once, in the order asked; Wiltshire when none is.

    `all` stands for every authority of today. Raises as `find_area`.
    """
    found: dict[Area, None] = {}
    for text in wanted or (DEFAULT_AREA,):
        every = text.strip().casefold() == EVERY
        found |= dict.fromkeys([area for area in areas if area.current] if every else [find_area(text, areas)])
    return list(found)


def find_area(text: str, areas: list[Area]) -> Area:
    """Return the authority of today that a name or code stands for; LookupError, in one line, if there is none."""
    for area in areas:
        if area.known_as(text):
            if area.level != _AUTHORITY:
                raise LookupError(f"area '{area.name}' is no local authority: reports are made for one authority each")
            if area.abolished:
                after = " or ".join(other.name for other in areas if area.code in other.predecessors)
                give = f"give {after or 'a present one'}"
                raise LookupError(f"area '{area.name}' was abolished in April {area.end}: {give}")
            return area
    names = [name for area in areas if area.level == _AUTHORITY for name in (area.name, *area.other_names)]
    hint = did_you_mean(text, [name for name in names if not name[-1:].isdigit()])
    raise LookupError(f"unknown area {text[:80]!r}{hint or ': give a name or code from data/areas.csv, or all'}")


def last_year(time_period: str) -> int:
    """Return the year in which a period ends: 2025 for 2025 and for 202425."""
    return int(time_period[:4]) + (len(time_period) == 6)


def newest(periods: Iterable[str]) -> int:
    """Return the year in which the latest of some periods ends, by which what lies ahead is judged; 0 without any."""
    return max(map(last_year, set(periods)), default=0)


def existed(start: int | str, end: int | str, year: int) -> bool:
    """Say whether an authority, formed and abolished in April of two years or "", can have figures for a year.

    Most counts are of March: a new authority's begin in the year after. Of a period the year is that in which it ends.
    """
    return int(start or 0) < year and (not end or year <= int(end))
