"""The figures: this indicator, this area, this period, with its source; a page lists those that it asked for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from pathlib import Path

import pandas as pd

from analysis import files
from analysis.data import columns, local
from analysis.data.areas import last_year, load_areas
from analysis.data.figure import CONFIDENCE, MODELLED, UNITED_KINGDOM, Figure, chance
from analysis.data.figure import ENGLAND as ENGLAND  # notebooks take it from here
from analysis.data.tables import FIGURE_FILES, join, read_referring, read_table
from analysis.files import did_you_mean
from analysis.methods.intervals import Interval
from analysis.official.cache import EVERYWHERE

Period = str | int | None
WILTSHIRE, ENGLAND_AND_WALES = "E06000054", "K04000001"
NEIGHBOURS, GOOD_NEIGHBOURS = "SN2011", "SNGOOD2011"
FRAME = [
    "indicator", "area", "name", "role", "time_period", "value", "lower", "upper", "coverage", "base", "symbol", "unit",
    "decimals", "title", "label", "modelled", "period", "when", "ends", "time_identifier", "rounding", "source",
    "locator",
]  # fmt: skip
"""The columns of a table of figures; see `Figures.take`."""


class NoSuchFigure(LookupError):
    """No figure, or more than one, answers a question; the message says what there is."""


@dataclass
class Asked:
    """What was asked for: pairs of indicator and area, tables, and `rows` that say where those come from.

    `everywhere` has indicators read from the releases for all authorities, `own` an analyst's files (`local.about`).
    """

    pairs: set[tuple[str, str]] = field(default_factory=set)
    tables: set[str] = field(default_factory=set)
    rows: list[dict[str, str]] = field(default_factory=list)
    everywhere: set[str] = field(default_factory=set)
    own: dict[str, dict[str, str]] = field(default_factory=dict)


class Figures:
    """The tables of `data/`, for a report on an area.

    An area with published documents has all its official figures in `data/`, so that its pages are the same wherever
    they are made. Those of any other area, its region and neighbours are read from the full releases.

    Args:
        folder: where the tables are; the project's `data/` if None.
        area: its name or code.
        confidence: coverage of every interval worked out for one of these figures; ValueError if not between 0 and 1.

    Raises:
        BadTable, ReleaseError: if a table is not as described; if releases are needed and not there or not in order.
    """

    def __init__(self, folder: Path | None = None, area: str = WILTSHIRE, confidence: float = CONFIDENCE) -> None:
        if not 0 < confidence < 1:
            raise ValueError(f"Figures: expected a confidence between 0 and 1, such as 0.95; got {confidence}")
        self.confidence = confidence
        folder = self.folder = folder or files.data_dir()
        self.asked = Asked()
        self.indicators = read_table(folder / "indicators.csv").set_index("indicator")
        self.areas = read_table(folder / "areas.csv").set_index("area")
        self.sources = read_table(folder / "sources.csv").set_index("source")
        area = self.area = area if area in self.areas.index else self.code(area)
        self.documents = self.areas.at[area, "has_published"] == "true"
        lists = {"indicators.indicator": self.indicators, "areas.area": self.areas, "sources.source": self.sources}
        self._lists = {column: table.index for column, table in lists.items()}
        own = read_referring(folder / FIGURE_FILES[0], self._lists)
        if self.documents:
            official = read_referring(folder / FIGURE_FILES[1], self._lists)
            self.neighbours = read_table(folder / "neighbours.csv")
        else:
            official, self.neighbours = from_releases(folder, area, self.areas)
        self.table = join([own, official])
        self._near = self.neighbours.groupby("area")["neighbour"].agg(list).to_dict()
        self._names = dict(self.areas["name"])
        self._index()
        about = self.indicators.assign(
            label=lambda table: table["label"].where(table["label"] != "", table["title"]),
            decimals=lambda table: table["decimals"].astype(int),
            modelled=lambda table: table["caution"].str.startswith(MODELLED),
        )
        self._about = about[["title", "label", "unit", "decimals", "dated", "modelled"]].to_dict("index")
        self._used: set[int] = set()

    def get(
        self, indicator: str, area: str = WILTSHIRE, period: Period = None, identifier: str = "", status: str = "actual"
    ) -> Figure:
        """Return the one figure of an indicator and an area code, of a period such as "201213" where there are several.

        NoSuchFigure if none or several match; the message says which there are.
        """
        found = self._matching(indicator, area, period, identifier, status)
        if len(found) != 1:
            have = self.every(indicator, area)
            known = "; ".join(f"{f.time_period} {f.time_identifier} ({f.status})" for f in have) or "none for this area"
            raise NoSuchFigure(
                f"{'several figures' if found else 'no figure'} for {indicator}, {area}, {period or 'any period'}, "
                f"{identifier or 'any identifier'}, {status}: figures.csv has {known}"
            )
        return self._given_out(found)[0]

    def series(
        self, indicator: str, area: str = WILTSHIRE, identifier: str = "", status: str | None = "actual"
    ) -> list[Figure]:
        """Return every figure of an indicator for an area, in order of period; of any status if None."""
        return self._given_out(self._matching(indicator, area, None, identifier, status))

    def take(
        self, *indicators: str, areas: str | Sequence[str] = "", period: Period = None, status: str = "actual"
    ) -> pd.DataFrame:
        """Return figures as a tidy table, a row a figure, and remember them as used.

        Args:
            indicators: ids of `indicators.csv`.
            areas: names or codes; "" for the report's area, England, its region and its statistical neighbours, "all"
                for every authority besides.
            period: time_period such as 2025 or "202425"; None for every one.
            status: "actual", "projection" or "target".

        Returns:
            The columns of `FRAME`, in the order of the arguments, then of period. `role` is area, England, region,
            neighbour or other, `ends` the year in which the period ends. `lower` and `upper` are the interval by chance
            where the number of cases is known, else what the source prints. Suppressed figures have a symbol beside
            NaN. An indicator without any figure of the report's area has a row of it with the symbol x and no source.

        Raises:
            NoSuchFigure, ReleaseError: for an unknown indicator or area; where releases are needed and not there.
        """
        codes = self._codes(areas)
        if areas == "all":
            self.read_everywhere(indicators)
        rows = []
        for indicator, code in product(indicators, codes):
            found = self._matching(indicator, code, period, "", status)
            rows += [self._cells_of(figure) for figure in self._given_out(found)]
            if not found and code == self.area:
                rows.append(self._nothing(indicator, period))
        return pd.DataFrame(rows, columns=FRAME)

    def code(self, area: str) -> str:
        """Return the code of an area given by its name, code or former code; NoSuchFigure for an unknown one."""
        for known in load_areas(self.folder / "areas.csv"):
            if known.known_as(area):
                return known.code
        raise NoSuchFigure(f"unknown area {area!r}{did_you_mean(area, self.areas['name'])}; see areas.csv")

    def find(self, words: str) -> pd.DataFrame:
        """Return the indicators whose id, title, topic or definition has all of some words, with their periods."""
        wanted = words.casefold().split()
        about = self.indicators[["title", "topic", "unit", "definition"]].reset_index()
        text = about.agg(" ".join, axis=1).str.casefold().str.replace("_", " ")
        found = about[[all(word in line for word in wanted) for line in text]].drop(columns="definition")
        periods = self.table.groupby("indicator")["time_period"].agg(first="min", last="max")
        return found.join(periods, on="indicator").reset_index(drop=True)

    def _codes(self, areas: str | Sequence[str]) -> list[str]:
        """Return the codes of areas as `take` is given them, each once."""
        if areas in ("", "all"):
            region = self.areas.at[self.area, "region"]
            codes = [self.area, ENGLAND, region, *self.neighbours_of(self.area)]
            if areas == "all":
                codes += list(self.areas.index[self.areas["level"] == "Local authority"])
        else:
            codes = [self.code(area) for area in ([areas] if isinstance(areas, str) else areas)]
        return [code for code in dict.fromkeys(codes) if code]

    def read_everywhere(self, indicators: Iterable[str]) -> None:
        """Read the figures of every authority, of indicators of which only some are read; raises as `take`."""
        wanted = sorted(set(indicators) - set(EVERYWHERE) - self.asked.everywhere)
        if not wanted:
            return
        from analysis.official import cache  # reads Parquet: only needed here

        every = cache.read(cache.ready(self.folder), "figures", "indicator", "in", wanted)
        every = every[
            [not len(self._places.get(pair, ())) for pair in zip(every["indicator"], every["area"], strict=True)]
        ]
        self.table = pd.concat([self.table, every], ignore_index=True)
        self.asked.everywhere.update(wanted)
        self._index()

    def lait(self, measure: str) -> pd.DataFrame:
        """Return any measure of the Department for Education's interactive tool, for every area and year.

        It is meant as `official.lait.lait` says, which raises too; `lait.find_measures` lists them.
        """
        from analysis.official import lait as tool  # reads Parquet

        found = tool.lait(self.folder, measure)
        self.asked.rows += [row for row in tool.source_rows(found) if row not in self.asked.rows]
        return self._framed(found)

    def local(self, file: str) -> pd.DataFrame:
        """Return an analyst's own figures from a CSV in `data/local/`, as they may be shown, in the file's order.

        The page names file, owner and SHA-256, and is made again when what it shows of the file changes. Returns the
        columns of `FRAME` and `breakdown`; `name` and `role` say that a figure is local. Raises as `local.local`.
        """
        found = local.local(self.folder, file)
        about = local.about(file, found)
        self.asked.tables.add(f"{columns.LOCAL}/{file}")
        self.asked.own[about["file"]] = about
        names = found["measure"].str.lower().str.replace(r"[^a-z0-9]+", "_", regex=True).str.strip("_")
        decimals = local.digits(found["value"]).groupby(names).transform("max")
        title = found["measure"] + found["breakdown"].map(lambda part: f": {part}" if part else "")
        more = {"indicator": names, "title": title, "decimals": decimals, "source": about["file"]}
        more |= {"locator": [f"line {number + 2}" for number in range(len(found))], "time_identifier": ""}
        frame = self._framed(found.assign(**more))
        return frame.assign(name=found["name"], role=columns.LOCAL, breakdown=found["breakdown"])

    def _framed(self, tidy: pd.DataFrame) -> pd.DataFrame:
        """Return a tidy table of figures in the columns of `FRAME`."""
        plain = dict.fromkeys(("lower", "upper", "rounding", "base"), math.nan) | {"status": "actual"}
        plain |= dict.fromkeys(("stated", "note"), "") | {"confidence": self.confidence}
        names = [name for name in Figure.__dataclass_fields__ if name in tidy and name not in ("label", "confidence")]
        records = tidy[names].to_dict("records")
        rows = [self._cells_of(Figure(**{**plain, **record}, label=record["title"])) for record in records]
        return pd.DataFrame(rows, columns=FRAME)

    def _index(self) -> None:
        """Have the rows of each indicator and area at hand: pages ask for hundreds of figures."""
        self._places = self.table.groupby(["indicator", "area"], sort=False).indices
        self._cells = {name: self.table[name].tolist() for name in self.table}
        self._figures: dict[tuple[str, str], list[Figure]] = {}

    def _cells_of(self, figure: Figure) -> list[object]:
        """Return a figure as a row of `FRAME`."""
        limits = chance(figure) or Interval(figure.lower, figure.upper, CONFIDENCE)  # what sources print is 95%
        given = vars(figure) | {
            "name": self.area_name(figure.area),
            "role": self._roles.get(figure.area, "other"),
            "period": figure.period,
            "when": figure.when,
            "ends": last_year(figure.time_period.rpartition(" to ")[2]),
            "lower": limits.lower,
            "upper": limits.upper,
            "coverage": limits.coverage if not math.isnan(limits.lower) else math.nan,
            "decimals": figure.places,
        }
        return [given[name] for name in FRAME]

    @cached_property
    def _roles(self) -> dict[str, str]:
        near = dict.fromkeys(self.neighbours_of(self.area), "neighbour")
        return near | {self.areas.at[self.area, "region"]: "region", ENGLAND: "England", self.area: "area"}

    def _nothing(self, indicator: str, period: Period) -> list[object]:
        """Return a row that says that no figure of the report's area is there; of England's last period, if it has."""
        england = [f for f in self.every(indicator, ENGLAND) if period is None or f.time_period == str(period)]
        there = max(england, key=lambda figure: figure.time_period, default=None)
        dated = ("time_period", "period", "when", "time_identifier")
        when = {name: getattr(there, name) if there else "" for name in dated}
        when = when if there else when | dict.fromkeys(("time_period", "period"), str(period or ""))
        own = {"area": self.area, "name": self.area_name(self.area), "role": "area"}
        row = self._about[indicator] | when | own | {"indicator": indicator, "symbol": "x", "source": "", "locator": ""}
        return [row.get(name, math.nan) for name in FRAME]

    def in_period(self, indicator: str, area: str, period: Period) -> Figure | None:
        """Return an area's figure of a period, with a value or a symbol; None where no table has it."""
        return next((f for f in self.series(indicator, area) if f.time_period == str(period)), None)

    def read(self, file: str) -> pd.DataFrame:
        """Return a further table of `data/`, such as `plan_backtest.csv`, and remember that the page uses it."""
        self.asked.tables.add(file)
        return read_table(self.folder / file)

    def listing(self, name: str) -> pd.DataFrame:
        """Return a list that a document contains, such as "activities"; KeyError where no such table is described."""
        known = [file.removesuffix(".csv") for file in columns.tables(self.folder)]
        if name not in known:
            raise KeyError(f"no list {name!r}{did_you_mean(name, known)}")
        return self.read(f"{name}.csv")

    @property
    def ratings(self) -> pd.DataFrame:
        """The board's ratings; see `data/columns.csv`."""
        self.asked.tables.add("board_ratings.csv")
        return read_referring(self.folder / "board_ratings.csv", self._lists)

    def neighbours_of(self, area: str) -> list[str]:
        """Return the codes of an area's statistical neighbours, in the order of the table."""
        return self._near.get(area, [])

    def area_name(self, area: str) -> str:
        """Return an area's name for its code."""
        return str(self._names[area])

    def used(self) -> pd.DataFrame:
        """Return the rows of every figure given out so far, in the order of the table."""
        return self.table.loc[sorted(self._used)]

    def _matching(self, indicator: str, area: str, period: Period, identifier: str, status: str | None) -> list[Figure]:
        """Return the figures that fit, in order of period."""
        if indicator not in self._about:
            raise NoSuchFigure(
                f"unknown indicator {indicator!r}{did_you_mean(indicator, self.indicators.index)}; see indicators.csv"
            )
        self.asked.pairs.add((indicator, area))
        wanted = {"time_period": str(period or ""), "time_identifier": identifier, "status": status}
        wanted = {name: value for name, value in wanted.items() if value}
        found = [f for f in self.every(indicator, area) if all(getattr(f, n) == v for n, v in wanted.items())]
        return sorted(found, key=lambda figure: (figure.time_period, figure.time_identifier))

    def every(self, indicator: str, area: str) -> list[Figure]:
        """Return all figures of an indicator for an area, none of them counted as used or asked for."""
        found = self._figures.get((indicator, area))
        if found is None:
            more = self._about.get(indicator, {}) | {"confidence": self.confidence}
            found = [
                Figure(**{name: cells[row] for name, cells in self._cells.items()}, **more, row=int(row))
                for row in self._places.get((indicator, area), [])
            ]
            self._figures[indicator, area] = found
        return found

    def _given_out(self, found: list[Figure]) -> list[Figure]:
        """Remember that a page uses figures, and return them."""
        self._used.update(figure.row for figure in found)
        return found


def from_releases(folder: Path, area: str, areas: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the official figures of an area, its predecessors and those it is compared with, and its neighbours."""
    from analysis.official import cache  # reads Parquet: only needed here

    place = cache.ready(folder)
    near = cache.read(place, "neighbours", "area", "in", [area])
    before = areas.at[area, "predecessors"].split("; ")
    wanted = [area, areas.at[area, "region"], *near["neighbour"], ENGLAND, UNITED_KINGDOM, *before]
    wanted = [code for code in wanted if code]
    others = cache.read(place, "everywhere", "area", "not in", wanted)
    return pd.concat([cache.read(place, "figures", "area", "in", wanted), others], ignore_index=True), near
