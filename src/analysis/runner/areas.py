"""The areas a report can be made for, from `data/areas.csv`."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from analysis.runner.catalogue import Refused
from analysis.runner.parameters import nearest, shown

DEFAULT_AREA = "Wiltshire"
_COLUMNS = ("area", "name", "level", "old_la_code", "has_published")


@dataclass(frozen=True)
class Area:
    """One area: its code (E06000054), name, old three-digit code, and whether data/ has the figures a report needs."""

    code: str
    name: str
    old_code: str
    has_published: bool

    @property
    def slug(self) -> str:
        """Return the name as a folder name: plain lower-case letters, digits and hyphens."""
        plain = unicodedata.normalize("NFKD", self.name).encode("ascii", "ignore").decode()
        return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "").lower()).strip("-") or self.code.lower()


def load_areas(file: Path) -> list[Area]:
    """Read the table of areas.

    Args:
        file: a CSV with the columns area (the code), name, level, old_la_code, has_published (true or false).

    Raises:
        Refused: if the file is missing, lacks a column, or has a row that does not fit; the message names the line.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except FileNotFoundError:
        raise Refused(f"{file} is missing: expected the table of areas") from None
    areas = []
    for line, row in enumerate(rows, 2):
        missing = [column for column in _COLUMNS if row.get(column) is None]
        if missing:
            raise Refused(f"{file}, line {line}: column '{missing[0]}' is missing (expected {', '.join(_COLUMNS)})")
        flag = row["has_published"].strip().lower()
        if flag not in ("true", "false"):
            raise Refused(f"{file}, line {line}: has_published should be true or false, not {shown(flag)!r}")
        areas.append(Area(row["area"].strip(), row["name"].strip(), row["old_la_code"].strip(), flag == "true"))
    if not areas:
        raise Refused(f"{file}: expected one area or more, found none")
    return areas


def select_areas(wanted: tuple[str, ...], areas: list[Area]) -> list[Area]:
    """Return the areas asked for, each once, in the order asked; Wiltshire when none is.

    Args:
        wanted: names (in any case), new codes or old codes.
        areas: the table of areas.

    Raises:
        Refused: for an area that is not in the table, or one that data/ has no figures for.
    """
    found = [_find(text, areas) for text in wanted or (DEFAULT_AREA,)]
    return list(dict.fromkeys(found))


def _find(text: str, areas: list[Area]) -> Area:
    """Return the one area that a name or code stands for."""
    key = text.strip().casefold()
    for area in areas:
        if key and key in (area.name.casefold(), area.code.casefold(), area.old_code.casefold()):
            if not area.has_published:
                names = ", ".join(a.name for a in areas if a.has_published)
                raise Refused(f"area '{area.name}' has no figures in data/: only {names} can be reported from them")
            return area
    hint = nearest(text, [area.name for area in areas])
    raise Refused(f"unknown area '{shown(text)}'{hint or ': give a name or code from data/areas.csv'}")
