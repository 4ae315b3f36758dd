"""The figures table: this indicator, this area, this period, with its source.

Everything a notebook shows starts here. A `Figures` object remembers which figures were asked
for, so that a page can list the sources of exactly the numbers on it.
"""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis import paths, schemas
from analysis.formats import number, percent, pounds
from analysis.methods.intervals import Interval
from analysis.methods.rounding import around

WILTSHIRE, ENGLAND = "E06000054", "E92000001"
ENGLAND_AND_WALES, UNITED_KINGDOM = "K04000001", "K02000001"
NEIGHBOURS, GOOD_NEIGHBOURS = "SN2011", "SNGOOD2011"

FIGURE_FILES = ("figures.csv", "figures_official.csv")
"""Figures transcribed from documents and research, and figures taken from official releases: one layout."""


class NoSuchFigure(LookupError):
    """No figure, or more than one, answers a question; the message says what there is."""


@dataclass(frozen=True)
class Figure:
    """One published number with its place.

    `value`, `lower` and `upper` are in `unit`; NaN where the document gives none. `rounding` is the
    unit the number was rounded to (0.1 for 6.3), NaN where that is unknown.
    """

    indicator: str
    area: str
    time_period: str
    time_identifier: str
    status: str
    value: float
    lower: float
    upper: float
    rounding: float
    base: float
    symbol: str
    stated: str
    source: str
    locator: str
    note: str
    title: str
    label: str
    unit: str
    decimals: int

    @property
    def rounding_interval(self) -> Interval:
        """Smallest and largest true value that rounds to the published one (6.3 → 6.25, 6.35).

        The published bounds where there is no value; the value itself where its rounding is unknown.
        """
        if math.isnan(self.value):
            return Interval(self.lower, self.upper)
        return Interval(self.value, self.value) if math.isnan(self.rounding) else around(self.value, self.rounding)

    @property
    def places(self) -> int:
        """Decimals the document gave (18% has none), where its rounding is known; else those of the indicator."""
        return self.decimals if math.isnan(self.rounding) else max(0, -math.floor(math.log10(self.rounding)))

    def __str__(self) -> str:
        """The value in its unit and decimals ("6.3%", "30,019"); its bounds or [symbol] where there is none."""
        places = {"percent": lambda v: percent(v, self.places), "pounds": pounds}
        text = places.get(self.unit, lambda v: number(v, self.places))
        if not math.isnan(self.value):
            return text(self.value)
        lower, upper = (None if math.isnan(bound) else text(bound) for bound in (self.lower, self.upper))
        if lower and upper:
            return f"{lower} to {upper}"
        return f"at least {lower}" if lower else f"at most {upper}" if upper else f"[{self.symbol}]"

    @property
    def period(self) -> str:
        """The period in words: "2013", "2012/13", "October to December 2022"."""
        return period_label(self.time_period, self.time_identifier)


class Figures:
    """The tables of `data/`, checked when read.

    Args:
        folder: where the tables are; the project's `data/` if None.

    Raises:
        BadTable: if a table is not as described in `data/README.md`.
    """

    def __init__(self, folder: Path | None = None) -> None:
        folder = folder or paths.data_dir()
        self.indicators = schemas.read_table(folder / "indicators.csv", schemas.INDICATORS).set_index("indicator")
        self.areas = schemas.read_table(folder / "areas.csv", schemas.AREAS).set_index("area")
        self.sources = schemas.read_table(folder / "sources.csv", schemas.SOURCES).set_index("source")
        self._listings = {
            name: schemas.read_table(folder / f"{name}.csv", schema) for name, schema in schemas.LISTINGS.items()
        }
        self.ratings = schemas.read_table(folder / "board_ratings.csv", schemas.BOARD_RATINGS)
        self.table = self._join([self._read_figures(folder / name) for name in FIGURE_FILES])
        self._refer("board_ratings.csv", self.ratings, {"indicator": self.indicators, "source": self.sources})
        # Pages ask for hundreds of figures: the rows of each indicator and area are looked up, not searched for.
        self._places = self.table.groupby(["indicator", "area"], sort=False).indices
        self._used: dict[int, None] = {}

    def _read_figures(self, path: Path) -> pd.DataFrame:
        """Read one figures table and check what it refers to."""
        table = schemas.read_table(path, schemas.FIGURES)
        self._refer(path.name, table, {"indicator": self.indicators, "area": self.areas, "source": self.sources})
        return table

    @staticmethod
    def _join(tables: list[pd.DataFrame]) -> pd.DataFrame:
        """Put the figures tables under one another; refuse a figure that two of them have."""
        table = pd.concat(tables, ignore_index=True)
        twice = table.duplicated(schemas.FIGURES.unique)
        if twice.any():
            figure = ", ".join(table.loc[twice.idxmax(), schemas.FIGURES.unique])
            raise schemas.BadTable(f"{' and '.join(FIGURE_FILES)}: both have {figure}; expected it in one of them")
        return table

    @staticmethod
    def _refer(name: str, table: pd.DataFrame, lists: dict[str, pd.DataFrame]) -> None:
        """Refuse a row that names an indicator, area or source its list does not have."""
        for column, known in lists.items():
            for row in table.index[~table[column].isin(known.index)]:
                wanted = table.at[row, column]
                raise schemas.BadTable(
                    f"{name}, line {row + 2}, column {column}: {wanted!r} is not in {column}s.csv"
                    f"{did_you_mean(wanted, known.index)}"
                )

    def get(
        self,
        indicator: str,
        area: str = WILTSHIRE,
        period: str | int | None = None,
        identifier: str | None = None,
        status: str = "actual",
    ) -> Figure:
        """Return the one figure that answers the question.

        Args:
            indicator: id from `indicators.csv`.
            area: area code from `areas.csv`.
            period: time_period such as 2013 or "201213"; may be left out where there is only one.
            identifier: time_identifier such as "Financial year"; may be left out where there is only one.
            status: "actual", "projection" or "target".

        Raises:
            NoSuchFigure: if none or several match; the message says which periods there are.
        """
        rows = self._matching(indicator, area, period, identifier, status)
        if len(rows) != 1:
            have = self._matching(indicator, area, None, None, None)
            known = (
                "; ".join(f"{r.time_period} {r.time_identifier} ({r.status})" for r in have.itertuples())
                or "none for this area"
            )
            raise NoSuchFigure(
                f"{'several figures' if len(rows) else 'no figure'} for {indicator}, {area}, {period or 'any period'}, "
                f"{identifier or 'any identifier'}, {status}: figures.csv has {known}"
            )
        return self._figures(rows)[0]

    def series(
        self, indicator: str, area: str = WILTSHIRE, identifier: str | None = None, status: str | None = "actual"
    ) -> list[Figure]:
        """Return every figure of an indicator for an area, in order of period; empty if there are none."""
        rows = self._matching(indicator, area, None, identifier, status)
        return self._figures(rows.sort_values(["time_period", "time_identifier"], kind="stable"))

    def group(self, topic: str, group: str | None = None, area: str = WILTSHIRE) -> list[Figure]:
        """Return the figures of a topic's indicators for an area, in the order of `indicators.csv`.

        Args:
            topic: topic in `indicators.csv`.
            group: only indicators of this group; None takes every group that is not blank.
        """
        chosen = self.indicators[self.indicators["topic"] == topic]
        chosen = chosen[chosen["group"] == group] if group else chosen[chosen["group"] != ""]
        return [figure for name in chosen.index for figure in self.series(name, area, status=None)]

    def listing(self, name: str) -> pd.DataFrame:
        """Return a list that a document contains, such as activities or strategies; see `schemas.LISTINGS`.

        Raises:
            KeyError: for another name.
        """
        if name not in self._listings:
            raise KeyError(f"no list {name!r}{did_you_mean(name, list(self._listings))}")
        return self._listings[name]

    def area_name(self, area: str) -> str:
        """Return an area's name for its code."""
        return str(self.areas.at[area, "name"])

    def used(self) -> pd.DataFrame:
        """Return the rows of every figure given out so far, in the order of the table."""
        return self.table.loc[sorted(self._used)]

    def given(self) -> list[Figure]:
        """Return every figure given out so far, in the order of the table."""
        return self._figures(self.used())

    def _matching(
        self, indicator: str, area: str, period: str | int | None, identifier: str | None, status: str | None
    ) -> pd.DataFrame:
        if indicator not in self.indicators.index:
            raise NoSuchFigure(
                f"unknown indicator {indicator!r}{did_you_mean(indicator, self.indicators.index)}; see indicators.csv"
            )
        table = self.table.iloc[self._places.get((indicator, area), [])]
        wanted = {
            "time_period": None if period is None else str(period),
            "time_identifier": identifier,
            "status": status,
        }
        for column, value in wanted.items():
            if value is not None:
                table = table[table[column] == value]
        return table

    def _figures(self, rows: pd.DataFrame) -> list[Figure]:
        self._used.update(dict.fromkeys(rows.index))
        found = []
        for row in rows.to_dict("records"):
            about = self.indicators.loc[row["indicator"]]
            found.append(
                Figure(
                    **row,
                    title=about["title"],
                    label=about["label"] or about["title"],
                    unit=about["unit"],
                    decimals=int(about["decimals"]),
                )
            )
        return found


def did_you_mean(wanted: str, known: list[str] | pd.Index) -> str:
    """Return '; did you mean …?' for the closest known word, or '' if none is close."""
    close = difflib.get_close_matches(str(wanted), [str(k) for k in known], n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def period_label(time_period: str, time_identifier: str) -> str:
    """Return a period in words for people.

    >>> period_label("201213", "Financial year")
    '2012/13'
    >>> period_label("201213", "Financial year Q4")
    'January to March 2013'
    """
    start = time_period[:4]
    end = str(int(start) + 1)
    span = f"{start}/{time_period[4:]}" if len(time_period) == 6 else start
    quarters = {
        "Financial year Q3": f"October to December {start}",
        "Financial year Q4": f"January to March {end}",
        "Year to date May": f"April to May {start}",
        "October": f"October {start}",
    }
    return quarters.get(time_identifier, span)
