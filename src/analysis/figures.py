"""The figures table: this indicator, this area, this period, with its source.

Everything a notebook shows starts here. A `Figures` object remembers which figures were asked
for, so that a page can list the sources of exactly the numbers on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from analysis import paths, schemas
from analysis.figure import CONFIDENCE, MODELLED, Figure
from analysis.figure import ENGLAND as ENGLAND  # notebooks take it from here
from analysis.joining import FIGURE_FILES, did_you_mean, from_releases, join, read_figures, refer
from analysis.reading import read_table

WILTSHIRE, ENGLAND_AND_WALES = "E06000054", "K04000001"
NEIGHBOURS, GOOD_NEIGHBOURS = "SN2011", "SNGOOD2011"


class NoSuchFigure(LookupError):
    """No figure, or more than one, answers a question; the message says what there is."""


@dataclass
class Asked:
    """What was asked for: pairs of indicator and area, topics, further tables, and what a page says of their source."""

    pairs: set[tuple[str, str]] = field(default_factory=set)
    topics: set[str] = field(default_factory=set)
    tables: set[str] = field(default_factory=set)
    rows: list[dict[str, str]] = field(default_factory=list)


class Figures:
    """The tables of `data/`, checked when read.

    An area with published documents has all its official figures in `data/`, and needs no more, so that its pages
    are the same wherever they are made. Those of any other area, its region and neighbours are read from the full
    releases.

    Args:
        folder: where the tables are; the project's `data/` if None.
        area: the area a report is on.
        confidence: coverage of every interval worked out for one of these figures, between 0 and 1.

    Raises:
        ValueError: if the confidence is not between 0 and 1.
        BadTable: if a table is not as described in `data/README.md`.
        ReleaseError: if the area needs the full releases and they are not there or not in order.
    """

    def __init__(self, folder: Path | None = None, area: str = WILTSHIRE, confidence: float = CONFIDENCE) -> None:
        if not 0 < confidence < 1:
            raise ValueError(f"Figures: expected a confidence between 0 and 1, such as 0.95; got {confidence}")
        self.confidence = confidence
        folder = self.folder = folder or paths.data_dir()
        self.asked = Asked()
        self.indicators = read_table(folder / "indicators.csv").set_index("indicator")
        self.areas = read_table(folder / "areas.csv").set_index("area")
        self.sources = read_table(folder / "sources.csv").set_index("source")
        self.documents = area in self.areas.index and self.areas.at[area, "has_published"] == "true"
        lists = {"indicator": self.indicators, "area": self.areas, "source": self.sources}
        own = read_figures(folder / FIGURE_FILES[0], lists)
        if self.documents or area not in self.areas.index:
            official = read_figures(folder / FIGURE_FILES[1], lists)
            self.neighbours = read_table(folder / "neighbours.csv")
        else:
            official, self.neighbours = from_releases(folder, area, self.areas)
        self.table = join([own, official])
        # Pages ask for hundreds of figures: the rows of each indicator and area are looked up, not searched for.
        self._places = self.table.groupby(["indicator", "area"], sort=False).indices
        self._near = self.neighbours.groupby("area")["neighbour"].agg(list).to_dict()
        self._cells = {name: self.table[name].tolist() for name in self.table}
        self._figures: dict[tuple[str, str], list[tuple[int, Figure]]] = {}
        self._about = {
            name: {
                "title": row["title"],
                "label": row["label"] or row["title"],
                "unit": row["unit"],
                "decimals": int(row["decimals"]),
                "dated": row["dated"],
                "modelled": row["caution"].startswith(MODELLED),
            }
            for name, row in self.indicators.to_dict("index").items()
        }
        self._used: dict[int, None] = {}

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
                "; ".join(f"{f.time_period} {f.time_identifier} ({f.status})" for _, f in have) or "none for this area"
            )
            raise NoSuchFigure(
                f"{'several figures' if len(rows) else 'no figure'} for {indicator}, {area}, {period or 'any period'}, "
                f"{identifier or 'any identifier'}, {status}: figures.csv has {known}"
            )
        return self._given_out(rows)[0]

    def series(
        self, indicator: str, area: str = WILTSHIRE, identifier: str | None = None, status: str | None = "actual"
    ) -> list[Figure]:
        """Return every figure of an indicator for an area, in order of period; empty if there are none."""
        rows = self._matching(indicator, area, None, identifier, status)
        return self._given_out(sorted(rows, key=lambda row: (row[1].time_period, row[1].time_identifier)))

    def in_period(self, indicator: str, area: str, period: str | int) -> Figure | None:
        """Return an area's figure of a period, with a value or a symbol; None where no table has it."""
        return next((f for f in self.series(indicator, area) if f.time_period == str(period)), None)

    def everywhere(self, indicator: str, period: str | int | None = None) -> dict[str, Figure]:
        """Return each authority's figure in one period, by area code.

        Args:
            indicator: one that `official.everywhere` names; of others, only the areas read are there.
            period: time_period such as 2025; None for the indicator's latest.
        """
        rows = self.table.index[self.table["indicator"] == indicator]
        codes = sorted({self._cells["area"][row] for row in rows})
        codes = [code for code in codes if self.areas.at[code, "level"] == "Local authority"]
        period = str(period or max((self._cells["time_period"][row] for row in rows), default=""))
        found = {code: pair for code in codes for pair in self._all(indicator, code) if pair[1].time_period == period}
        self.asked.pairs.update((indicator, code) for code in found)
        return dict(zip(found, self._given_out(list(found.values())), strict=True))

    def group(self, topic: str, group: str | None = None, area: str = WILTSHIRE) -> list[Figure]:
        """Return the figures of a topic's indicators for an area, in the order of `indicators.csv`.

        Args:
            topic: topic in `indicators.csv`.
            group: only indicators of this group; None takes every group that is not blank.
        """
        self.asked.topics.add(topic)
        chosen = self.indicators[self.indicators["topic"] == topic]
        chosen = chosen[chosen["group"] == group] if group else chosen[chosen["group"] != ""]
        return [figure for name in chosen.index for figure in self.series(name, area, status=None)]

    def listing(self, name: str) -> pd.DataFrame:
        """Return a list that a document contains, such as activities or strategies; see `schemas.LISTINGS`.

        Raises:
            BadTable: if its table is not as described in `data/README.md`.
            KeyError: for another name.
        """
        if name not in schemas.LISTINGS:
            raise KeyError(f"no list {name!r}{did_you_mean(name, list(schemas.LISTINGS))}")
        self.asked.tables.add(f"{name}.csv")
        return read_table(self.folder / f"{name}.csv")

    @property
    def ratings(self) -> pd.DataFrame:
        """The board's ratings; see `data/columns.csv`.

        Raises:
            BadTable: if their table is not as described in `data/README.md`.
        """
        self.asked.tables.add("board_ratings.csv")
        table = read_table(self.folder / "board_ratings.csv")
        refer("board_ratings.csv", table, {"indicator": self.indicators, "source": self.sources})
        return table

    @property
    def revisions(self) -> pd.DataFrame:
        """The values that a later release changed, of the areas in `data/`; see `data/columns.csv`.

        Raises:
            BadTable: if their table is not as described in `data/README.md`.
        """
        self.asked.tables.add("revisions.csv")
        return read_table(self.folder / "revisions.csv")

    def neighbours_of(self, area: str) -> list[str]:
        """Return the codes of an area's statistical neighbours, in the order of the table."""
        return self._near.get(area, [])

    def area_name(self, area: str) -> str:
        """Return an area's name for its code."""
        return str(self.areas.at[area, "name"])

    def used(self) -> pd.DataFrame:
        """Return the rows of every figure given out so far, in the order of the table."""
        return self.table.loc[sorted(self._used)]

    def given(self) -> list[Figure]:
        """Return every figure given out so far, in the order of the table."""
        return [self._figure(row) for row in self.used().to_dict("records")]

    def _matching(
        self, indicator: str, area: str, period: str | int | None, identifier: str | None, status: str | None
    ) -> list[tuple[int, Figure]]:
        """Return the figures that fit, each with its row in the table, in the table's order."""
        if indicator not in self._about:
            raise NoSuchFigure(
                f"unknown indicator {indicator!r}{did_you_mean(indicator, self.indicators.index)}; see indicators.csv"
            )
        self.asked.pairs.add((indicator, area))
        return [
            (row, f)
            for row, f in self._all(indicator, area)
            if (period is None or f.time_period == str(period))
            and (identifier is None or f.time_identifier == identifier)
            and (status is None or f.status == status)
        ]

    def every(self, indicator: str, area: str) -> list[Figure]:
        """Return all figures of an indicator for an area, none of them counted as used or asked for."""
        return [figure for _, figure in self._all(indicator, area)] if indicator in self._about else []

    def place(self, indicator: str, area: str) -> int:
        """Return the row of the first figure of an indicator for an area; -1 if there is none."""
        rows = self._places.get((indicator, area), [])
        return int(rows[0]) if len(rows) else -1

    def _all(self, indicator: str, area: str) -> list[tuple[int, Figure]]:
        """Return all figures of an indicator for an area, each with its row in the table."""
        found = self._figures.get((indicator, area))
        if found is None:
            rows = self._places.get((indicator, area), [])
            found = [(int(row), self._figure({name: self._cells[name][row] for name in self._cells})) for row in rows]
            self._figures[indicator, area] = found
        return found

    def _figure(self, record: dict[str, object]) -> Figure:
        return Figure(**record, **self._about[record["indicator"]], confidence=self.confidence)

    def _given_out(self, rows: list[tuple[int, Figure]]) -> list[Figure]:
        """Return figures and remember that a page uses them."""
        self._used.update(dict.fromkeys(row for row, _ in rows))
        return [figure for _, figure in rows]
