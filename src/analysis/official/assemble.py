"""All releases that are present, read into the one layout of figures.

Where two releases give one figure, the later one counts; a value that it changed is a revision.
"""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.figure import OUT_OF, PER_100_IN_CARE
from analysis.methods.quantity import SAME
from analysis.methods.rounding import to_unit
from analysis.official import dwp, ees, hmrc, lait, section251, wide
from analysis.official.cells import parse
from analysis.official.districts import load_districts, parts_of, with_sums
from analysis.official.measures import Measure, load_measures
from analysis.official.money import over_children
from analysis.official.places import Places
from analysis.official.releases import Release, ReleaseError
from analysis.schemas.releases import REVISIONS
from analysis.schemas.tables import FIGURES

READERS: dict[str, Callable[[Path, list[Measure], str], pd.DataFrame]] = {
    "lait": lait.read,
    "ees": ees.read,
    "dwp_low_income": dwp.read,
    "hmrc_low_income": hmrc.read,
    "sfr_wide": wide.read_sfr,
    "panel": wide.read_panel,
    "section251": section251.read,
}
"""Layout in `releases.csv` → its reader. The workbook of neighbours has one of its own."""

KEY = ["indicator", "area", "time_period", "time_identifier"]
_TWO_YEARS = ("Academic year", "Financial year")


@dataclass(frozen=True)
class Assembled:
    """Figures in the layout of `figures.csv`, and the revisions in that of `revisions.csv`."""

    figures: pd.DataFrame
    revisions: pd.DataFrame


def assemble(
    data: Path, folder: Path, releases: list[Release], areas: pd.DataFrame, indicators: pd.DataFrame
) -> Assembled:
    """Read every measure of `measures.csv` from the releases given.

    Args:
        data: the project's data folder.
        folder: where the releases lie.
        releases: those that are there and in order; see `releases.in_order`.
        areas, indicators: the tables of the data folder, each with its id as index.

    Raises:
        ReleaseError: if a file is not in its layout; the message names file and place.
    """
    places, wholes = Places(areas), parts_of(areas, load_districts(data))
    measures = load_measures(data)
    parts = []
    for release in sorted(releases, key=lambda r: (r.date, r.source)):
        wanted = [m for m in measures if m.source == release.source]
        if wanted and release.layout in READERS:
            parts.append(_figures(release, folder, wanted, places, wholes))
    if not parts:
        return Assembled(pd.DataFrame(columns=list(FIGURES.columns)), pd.DataFrame(columns=list(REVISIONS.columns)))
    table, revisions = _latest(pd.concat(parts, ignore_index=True))
    table["base"] = table["base"].fillna(_base_of(table, measures)).fillna(_implied_base(table, measures, indicators))
    table = _out_of_base(over_children(table, measures, indicators, areas), measures, indicators)
    order = {name: number for number, name in enumerate(indicators.index)}
    table = table.sort_values(KEY, key=lambda c: c.map(order) if c.name == "indicator" else c, kind="stable")
    return Assembled(table[list(FIGURES.columns)].reset_index(drop=True), revisions)


def _figures(
    release: Release, folder: Path, wanted: list[Measure], places: Places, wholes: dict[str, list[str]]
) -> pd.DataFrame:
    """Read one release and return its figures."""
    path = release.path(folder)
    rows = _rows(release, path, wanted).assign(note="", mark="")
    if release.layout == "dwp_low_income":
        rows = with_sums(rows, wanted, wholes, places)
    about = {m.indicator: m for m in wanted}
    try:
        rows["area"] = rows["place"].map({place: places.code(place) for place in rows["place"].unique()})
    except LookupError as error:
        raise ReleaseError(f"{release.file}: {error}") from None
    rows = rows[rows["area"] != ""]
    cells = _cells(release, pd.unique(rows[["text", "per", "base"]].to_numpy().ravel()))
    found = [_figure(about[row.indicator], row, cells) for row in _each(rows)]
    # The panel repeats some rows whole; rows that agree are one, rows that do not are an error.
    table = pd.DataFrame(found, columns=list(FIGURES.columns)).assign(source=release.source).drop_duplicates()
    table = table[[_possible(places, row) for row in _each(table)]]
    twice = table.duplicated(KEY)
    if twice.any():
        raise ReleaseError(f"{release.file}: two rows for {', '.join(table.loc[twice.idxmax(), KEY])}")
    return table


def _rows(release: Release, path: Path, wanted: list[Measure]) -> pd.DataFrame:
    try:
        rows = READERS[release.layout](path, wanted, release.time_period)
    except (AttributeError, LookupError, TypeError, ValueError) as error:  # no file of the layout does that
        raise ReleaseError(f"{release.file}: not as the layout {release.layout} is ({error!r})") from error
    if rows.empty:
        raise ReleaseError(f"{release.file}: no rows under its header; expected one an area")
    return rows


def _cells(release: Release, texts: list[str]) -> dict[str, tuple[float, str]]:
    try:
        return {text: parse(text) for text in texts}
    except ValueError as error:
        raise ReleaseError(f"{release.file}: {error}") from None


def _figure(measure: Measure, row: object, cells: dict[str, tuple[float, str]]) -> tuple:
    """Return one row of figures from one row of a reader."""
    (value, symbol), stated = cells[row.text], row.text.strip()
    base = cells[row.base][0] if measure.base else math.nan
    if measure.per:
        base, missing = cells[row.per]
        symbol = symbol or missing
        stated = f"{stated} of {row.per.strip()}"
        value = value / base * 100 if base else math.nan
        symbol = symbol or ("" if base else "z")
    if not symbol:
        value, symbol = to_unit(value, measure.rounding), row.mark
    return (
        measure.indicator, row.area, _period(row.period, measure.time_identifier), measure.time_identifier, "actual",
        value, math.nan, math.nan, measure.rounding, base if base > 0 else math.nan, symbol, stated or "(blank)",
        "", f"{measure.words}, {row.place}, {row.period}", row.note,
    )  # fmt: skip


def _each(table: pd.DataFrame) -> Iterator[Any]:
    """Return the rows of a table as named tuples, ten times as fast as pandas gives those of columns of text."""
    return map(namedtuple("Row", table)._make, zip(*(table[name].tolist() for name in table), strict=True))


def _period(period: str, identifier: str) -> str:
    """Return a period in the digits of its identifier: 2025 is 202425 as a financial year, and the reverse."""
    if identifier in _TWO_YEARS and len(period) == 4:
        return f"{int(period) - 1}{period[2:]}"
    if identifier not in _TWO_YEARS and len(period) == 6:
        return str(int(period[:4]) + 1)
    return period


def _possible(places: Places, row: object) -> bool:
    """Say whether a row is a figure: a symbol for an authority that did not exist in the year is none."""
    year = int(row.time_period[:4]) + (len(row.time_period) == 6)
    return not math.isnan(row.value) or places.existed(row.area, year)


def _latest(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep one figure where several releases give it, and list the values that a later release changed.

    The first release that gives a value is kept as its source as long as later ones agree with it to the coarser
    rounding. A value replaces a symbol; a symbol never replaces a value, but any other one replaces "not available".
    """
    kept: dict[tuple, dict] = {}
    revisions = []
    names = list(table)
    for cells in zip(*(table[name].tolist() for name in names), strict=True):
        row = dict(zip(names, cells, strict=True))
        key = tuple(row[column] for column in KEY)
        before, known = kept.get(key), not math.isnan(row["value"])
        if before is None or (math.isnan(before["value"]) and (known or before["symbol"] == "x")):
            kept[key] = row
        elif known and _differs(before, row):
            revisions.append((*key, before["stated"], row["stated"], before["source"], row["source"]))
            kept[key] = row | {"symbol": "r"}
    return pd.DataFrame(list(kept.values())), pd.DataFrame(revisions, columns=list(REVISIONS.columns))


def _differs(before: dict, after: dict) -> bool:
    """Say whether two values differ in the coarser rounding; an exact half may have gone either way (1.75 to 1.7)."""
    unit = max(before["rounding"], after["rounding"])
    if to_unit(before["value"], unit) == to_unit(after["value"], unit):
        return False
    return abs(_printed(before) - _printed(after)) > unit / 2 * (1 + SAME)


def _printed(row: dict) -> float:
    """Return a value as its release prints it, before it is rounded here."""
    return row["value"] if " of " in row["stated"] else parse(row["stated"])[0]


def _base_of(table: pd.DataFrame, measures: list[Measure]) -> pd.Series:
    """Return how many cases a rate is out of, where another indicator gives it: a number, or the cases of a share."""
    given = table.set_index(KEY)
    number = given["value"].where(given["base"].isna(), (given["value"] / 100 * given["base"]).round(1))
    wanted = table.assign(indicator=table["indicator"].map({m.indicator: m.of for m in measures if m.of}))
    found = pd.Series(number.reindex(pd.MultiIndex.from_frame(wanted[KEY])).to_numpy(), index=table.index)
    return found.where(found > 0)


def _out_of_base(table: pd.DataFrame, measures: list[Measure], indicators: pd.DataFrame) -> pd.DataFrame:
    """Return rates per 100 children in care worked out: their measures give the cases, another figure is their base.

    A rate without a base has the symbol of that figure, or is not applicable where that is 0.
    """
    part = table[table["indicator"].map(indicators["unit"]) == PER_100_IN_CARE]
    if part.empty:
        return table
    whole = part.assign(indicator=part["indicator"].map({m.indicator: m.of for m in measures}))
    why = table.set_index(KEY)["symbol"].reindex(pd.MultiIndex.from_frame(whole[KEY])).fillna("x").replace("", "z")
    rate = part["value"] / part["base"] * OUT_OF[PER_100_IN_CARE]
    made = part.assign(
        value=rate,
        rounding=math.nan,
        symbol=part["symbol"].where(part["value"].isna() | rate.notna(), why.to_numpy()),
        stated=part["stated"] + [f" of {base:.0f}" if base > 0 else "" for base in part["base"]],
    )
    return pd.concat([table.drop(part.index), made])


def _implied_base(table: pd.DataFrame, measures: list[Measure], indicators: pd.DataFrame) -> pd.Series:
    """Return how many cases a rate is out of, where the count it rests on is given: the count divided by the rate.

    A count that was revised is not the one the rate was made of.
    """
    counts = {m.indicator: m.count for m in measures if m.count}
    known = table.set_index(KEY)["value"].mask((table["symbol"] == "r").to_numpy())
    wanted = table.assign(indicator=table["indicator"].map(counts))
    count = pd.Series(known.reindex(pd.MultiIndex.from_frame(wanted[KEY])).to_numpy(), index=table.index)
    multiple = table["indicator"].map(indicators["unit"].map(OUT_OF))
    return (count / table["value"] * multiple).where((count > 0) & (table["value"] > 0)).round()
