"""Which column of which release is which indicator: `data/measures.csv`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.data.areas import last_year
from analysis.data.tables import BadTable, read_table

LARGER = "larger"
"""In `rounding`: of regions and countries, whose counts some releases round more than those of authorities."""
_LARGER = ("E12", "E13", "E92", "K02")
_OF_OURS = re.compile(r"(\w+) of the (same year|year before)")


@dataclass(frozen=True)
class Measure:
    """One indicator in one release.

    `measure` is the release's own name for it (a column; sheet, group and column with " | " between; a short
    description), `per` what it is divided by, `where` what other columns must hold, `base` that of the number of
    cases a rate is out of, `of` the indicator of ours that gives that number (of a share its cases), and `count` the
    one that counts the cases of the rate, from which it follows. `whole` is the indicator of ours that `count` is
    divided by, and how many years before it is of. `lag` is by how many years the column lies before its file's
    period, and `rounding` its unit, with those of some areas or periods.
    """

    indicator: str
    source: str
    measure: str
    per: str
    where: tuple[tuple[str, str], ...]
    time_identifier: str
    lag: int
    rounding: tuple[tuple[float, str], ...]
    base: str = ""
    count: str = ""
    whole: tuple[str, int] | None = None
    of: str = ""

    @property
    def columns(self) -> list[str]:
        """The release's columns that hold its numbers."""
        return [name for name in (self.measure, self.per, self.base) if name]

    @property
    def words(self) -> str:
        """What to look for in the release: "column A, where age is 5", or "A out of B"."""
        where = "".join(f", {column} {value}" for column, value in self.where)
        return f"{self.measure} out of {self.per}{where}" if self.per else f"{self.measure}{where}"

    def unit(self, area: str, time_period: str) -> float:
        """Return the unit to which the release rounds the measure for an area and period of ours."""
        found = self.rounding[0][0]
        for unit, which in self.rounding[1:]:
            if area.startswith(_LARGER) if which == LARGER else last_year(time_period) <= int(which):
                found = unit
        return found


def load_measures(data: Path) -> list[Measure]:
    """Read `measures.csv`.

    Raises:
        BadTable: if it is not as `data/README.md` describes.
    """
    table, ours = read_table(data / "measures.csv").fillna({"lag": 0}), read_table(data / "indicators.csv")["indicator"]
    ours = table["base"].isin(ours)
    table = table.assign(of=table["base"].where(ours, ""), base=table["base"].mask(ours, ""))
    return [measure_of(row, f"measures.csv, line {line}") for line, row in enumerate(table.to_dict("records"), 2)]


def measure_of(row: dict[str, Any], place: str) -> Measure:
    """Return the measure that a row of `measures.csv` is.

    Raises:
        BadTable: if its `where` is not as `data/README.md` describes; the message begins with the place.
    """
    cells = {"where": _where(row["where"], place), "lag": int(row["lag"]), "rounding": _rounding(row["rounding"])}
    ours = _OF_OURS.fullmatch(row["per"])
    if ours:
        cells |= {"per": "", "whole": (ours[1], int(ours[2] == "year before"))}
    return Measure(**row | cells)


def _rounding(text: str) -> tuple[tuple[float, str], ...]:
    """Return units with what they are of: "1; 5 to 2017; 10 larger" is ((1, ""), (5, "2017"), (10, "larger"))."""
    parts = [part.partition(" ") for part in text.split("; ")]
    return tuple((float(unit), which.removeprefix("to ")) for unit, _, which in parts)


def _where(text: str, place: str) -> tuple[tuple[str, str], ...]:
    parts = [part.partition("=") for part in text.split("; ") if part]
    if any(not sign for _, sign, _ in parts):
        raise BadTable(f"{place}, column where: found {text!r}; expected column=value; column=value")
    return tuple((column, value) for column, _, value in parts)
