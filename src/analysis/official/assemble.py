"""All releases that are present, read into the one layout of figures.

Where two releases give one figure, the later one counts; a value that it changed is a revision. Sums of districts,
rates whose count and whole are known, and how many cases a rate or an amount is out of follow from figures read.
"""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.data.areas import last_year
from analysis.data.columns import columns_of
from analysis.data.figure import ENGLAND, OUT_OF, PER_100_IN_CARE
from analysis.data.tables import read_table
from analysis.methods.rounding import SAME, to_unit
from analysis.official import lait, readers
from analysis.official.geography import Places, boundaries, load_districts, parts_of
from analysis.official.releases import Release, ReleaseError, in_order, load_releases, official_dir
from analysis.official.tables import Measure, load_measures, parse, read_as, refuse
from analysis.words import listed

READERS = dict.fromkeys(readers.TABLES, readers.read) | {"lait": lait.read}
"""Layout in `releases.csv` → its reader."""
KEY = ["indicator", "area", "time_period", "time_identifier"]
_TWO_YEARS = ("Academic year", "Financial year")
SUM_NOTE = "Worked out here, as the release has no row for it: the sum of {} in it"
SHARE_NOTE = SUM_NOTE + "; the children of each are its number divided by its rounded share"
TOTAL_NOTE = "The sum of {}"
AGAIN = "Worked out here from two counts; the release's own rate, rounded"
NOT_THE_SUM = "Not the sum of the authorities with a figure: of how many children it is cannot be told"


@dataclass(frozen=True)
class Assembled:
    """Figures in the layout of `figures.csv`, and the revisions in that of `revisions.csv`.

    `parts` is what each release gives, before one figure is kept of several.
    """

    figures: pd.DataFrame
    revisions: pd.DataFrame
    parts: pd.DataFrame


def read_everything(data: Path) -> tuple[Assembled, pd.DataFrame]:
    """Return the figures of every area in all releases that are present, with revisions, and who is whose neighbour.

    Raises ReleaseError if none is present or one is not what the register says, BadTable for a table of `data/`.
    """
    folder = official_dir(data)
    releases = in_order(load_releases(data), folder)
    if not releases:
        raise ReleaseError(f"no official releases in {folder}: run `analysis fetch`, or set ANALYSIS_OFFICIAL to them")
    read_table(data / "releases.csv")  # the readers hold the files against it
    areas = read_table(data / "areas.csv").set_index("area")
    indicators = read_table(data / "indicators.csv").set_index("indicator")
    lists = [readers.read_neighbours(r, folder, areas) for r in releases if r.layout == "neighbours"]
    nobody = pd.DataFrame(columns=columns_of("neighbours", data))
    return assemble(data, folder, releases, areas, indicators), lists[0] if lists else nobody


def assemble(
    data: Path, folder: Path, releases: list[Release], areas: pd.DataFrame, indicators: pd.DataFrame
) -> Assembled:
    """Read every measure of `measures.csv` from the releases given, of a folder, that are there and in order.

    `areas` and `indicators` are the tables of the data folder, each with its id as index.
    """
    measures = load_measures(data)
    parts = read_measures(data, folder, releases, measures, areas, indicators)
    table, revisions = _latest(parts)
    if parts.empty:
        return Assembled(parts, revisions, parts)
    table["base"] = table["base"].fillna(_base_of(table, measures)).fillna(_implied_base(table, measures, indicators))
    table = over_children(_from_counts(table, measures, indicators), measures, indicators, areas)
    table = _out_of_base(table, measures, indicators)
    order = {name: number for number, name in enumerate(indicators.index)}
    table = table.sort_values(KEY, key=lambda c: c.map(order) if c.name == "indicator" else c, kind="stable")
    return Assembled(table[columns_of("figures")].reset_index(drop=True), revisions, parts)


def read_measures(
    data: Path,
    folder: Path,
    releases: list[Release],
    measures: list[Measure],
    areas: pd.DataFrame,
    indicators: pd.DataFrame,
) -> pd.DataFrame:
    """Return what each release gives of some measures, in the layout of `figures.csv`, the oldest release first."""
    places, districts = Places(areas), load_districts(data)
    wholes = [parts_of(areas, districts, year) for year in boundaries(areas)]
    parts = [pd.DataFrame(columns=columns_of("figures"))]
    for release in sorted(releases, key=lambda r: (r.date, r.source)):
        wanted = [m for m in measures if m.source == release.source]
        if wanted and release.layout in READERS:
            parts.append(_figures(release, folder, wanted, places, wholes, indicators))
    return pd.concat(parts[1:] or parts, ignore_index=True)


def _figures(
    release: Release,
    folder: Path,
    wanted: list[Measure],
    places: Places,
    wholes: list[dict[str, list[str]]],
    indicators: pd.DataFrame,
) -> pd.DataFrame:
    """Read one release and return its figures."""
    rows = READERS[release.layout](release, folder, wanted).assign(note="", mark="")
    about = {m.indicator: m for m in wanted}
    areas, cells = read_as(release, rows, "place", places.code), {}
    for column, named in (("text", "measure"), ("per", "per"), ("base", "base")):

        def where(row: pd.Series, named: str = named) -> str:
            return f"{row['at']}, column {getattr(about[row['indicator']], named)}, area {row['place']}"

        cells |= read_as(release, rows, column, parse, where)
    if release.layout == "dwp_low_income":
        for parts in wholes:
            rows = with_sums(rows, wanted, parts, places)
        areas |= {place: places.code(place) for place in rows["place"].unique()}
        cells |= {text: parse(text) for text in rows["text"].unique()}
    rows["area"] = rows["place"].map(areas)
    rows = rows[rows["area"] != ""]
    shown = {name: _shown(indicators, name) for name in about}
    found = [_figure(about[row.indicator], *shown[row.indicator], row, cells) for row in _each(rows)]
    table = pd.DataFrame(found, columns=columns_of("figures")).assign(source=release.source, at=rows["at"].to_numpy())
    there = [places.existed(row.area, last_year(row.time_period)) for row in _each(table)]
    there = pd.Series(there, table.index, dtype=bool)
    table = table[table["value"].notna() | there]  # a symbol before its time is none
    for row in table[table.duplicated(KEY)].to_dict("records"):
        refuse(release, row["at"], f"two rows for {', '.join(row[name] for name in KEY)}; expected one")
    return table.drop(columns="at")


def _figure(measure: Measure, multiple: int, last: float, row: object, cells: dict[str, tuple[float, str]]) -> tuple:
    """Return one row of figures from one row of a reader; `multiple` and `last` as `_shown` gives them."""
    (value, symbol), stated = cells[row.text], row.text.strip()
    base = cells[row.base][0] if measure.base else math.nan
    period = _period(row.period, measure.time_identifier, measure.lag)
    unit = measure.unit(row.area, period)
    if measure.per:
        base, missing = cells[row.per]
        symbol = symbol or missing or ("" if base else "z")
        stated = f"{stated} of {row.per.strip()}"
        if not symbol:
            value, unit = divided((value, unit), (base, unit), multiple, last)
    elif not symbol:
        value = to_unit(value, unit)
    return (
        measure.indicator, row.area, period, measure.time_identifier, "actual",
        math.nan if symbol else value, math.nan, math.nan, unit, base if base > 0 else math.nan, symbol or row.mark,
        stated or "(blank)", "", f"{measure.words}, {row.place}, {row.period}",
        row.note or ("Of a year before that of its file" if measure.lag else ""),
    )  # fmt: skip


def _shown(indicators: pd.DataFrame, indicator: str) -> tuple[int, float]:
    """Return what a rate is out of (1 if nothing), and the unit of the last decimal that pages show of it."""
    about = indicators.loc[indicator]
    return OUT_OF.get(about["unit"], 1), 10.0 ** -about["decimals"]


def divided(part: tuple[float, float], whole: tuple[float, float], multiple: int, last: float) -> tuple[float, float]:
    """Return a rate from two counts, each with the unit it is rounded to, and the rate's own rounding.

    Counts to the last one give it exactly: no rounding (NaN). Others give what their rounding allows, at least `last`.
    """
    rate = part[0] / whole[0]
    wide = multiple * (part[1] * (part[1] > 1) + rate * whole[1] * (whole[1] > 1)) / whole[0]
    # Twelve digits, as the table is written: figures read from it and from the releases are the same.
    return float(f"{rate * multiple:.12g}"), max(wide, last) if wide else math.nan


def _each(table: pd.DataFrame) -> Iterator[Any]:
    """Return the rows of a table as named tuples, ten times as fast as pandas gives those of columns of text."""
    return map(namedtuple("Row", table)._make, zip(*(table[name].tolist() for name in table), strict=True))


def _period(period: str, identifier: str, lag: int = 0) -> str:
    """Return a period in the digits of its identifier, `lag` years earlier: 2025 is 202425 as a financial year."""
    year = last_year(period) - lag
    return f"{year - 1}{year % 100:02d}" if identifier in _TWO_YEARS else str(year)


def _latest(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep one figure where several releases give it, and list the values that a later release changed.

    The first release that gives a value is kept as its source as long as later ones agree with it to the coarser
    rounding. A value replaces a symbol; a symbol never replaces a value, but any other one replaces "not available".
    """
    kept: dict[tuple, Any] = {}
    revisions = []
    for row in _each(table):
        key = tuple(getattr(row, name) for name in KEY)
        before, known = kept.get(key), not math.isnan(row.value)
        if before is None or (math.isnan(before.value) and (known or before.symbol == "x")):
            kept[key] = row
        elif known and _differs(before, row):
            revisions.append((*key, before.stated, row.stated, before.source, row.source))
            kept[key] = row._replace(symbol="r")
    return pd.DataFrame(kept.values(), columns=list(table)), pd.DataFrame(revisions, columns=columns_of("revisions"))


def _differs(before: Any, after: Any) -> bool:
    """Say whether two values differ in the coarser rounding; an exact half may have gone either way (1.75 to 1.7)."""
    unit = max((row.rounding for row in (before, after) if row.rounding > 0), default=0.0)  # exact ones have none
    if unit == 0 or to_unit(before.value, unit) == to_unit(after.value, unit):
        return unit == 0 and before.value != after.value
    # As the releases print them, before they are rounded here.
    printed = [row.value if " of " in row.stated else parse(row.stated)[0] for row in (before, after)]
    return abs(printed[0] - printed[1]) > unit / 2 * (1 + SAME)


def _of_other(table: pd.DataFrame, column: str, others: dict[str, str]) -> pd.Series:
    """Return a column's cells of the other indicator that goes with each row's, in its area and period."""
    wanted = table.assign(indicator=table["indicator"].map(others))[KEY]
    return table.set_index(KEY)[column].reindex(pd.MultiIndex.from_frame(wanted)).set_axis(table.index)


def _base_of(table: pd.DataFrame, measures: list[Measure]) -> pd.Series:
    """Return how many cases a rate is out of, where another indicator gives it: a number, or the cases of a share."""
    cases = (table["value"] / 100 * table["base"]).round(1)
    number = table.assign(value=table["value"].where(table["base"].isna(), cases))
    found = _of_other(number, "value", {m.indicator: m.of for m in measures if m.of})
    return found.where(found > 0)


def _out_of_base(table: pd.DataFrame, measures: list[Measure], indicators: pd.DataFrame) -> pd.DataFrame:
    """Return rates per 100 children in care worked out: their measures give the cases, another figure is their base.

    A rate without a base has the symbol of that figure, or is not applicable where that is 0.
    """
    part = table[table["indicator"].map(indicators["unit"]) == PER_100_IN_CARE]
    if part.empty:
        return table
    why = _of_other(table, "symbol", {m.indicator: m.of for m in measures})[part.index].fillna("x").replace("", "z")
    rate = part["value"] / part["base"] * OUT_OF[PER_100_IN_CARE]
    made = part.assign(
        value=rate,
        rounding=math.nan,
        symbol=part["symbol"].where(part["value"].isna() | rate.notna(), why),
        stated=part["stated"] + [f" of {base:.0f}" if base > 0 else "" for base in part["base"]],
    )
    return pd.concat([table.drop(part.index), made])


def _implied_base(table: pd.DataFrame, measures: list[Measure], indicators: pd.DataFrame) -> pd.Series:
    """Return how many cases a rate is out of, where the count it rests on is given: the count divided by the rate.

    A count that was revised is not the one the rate was made of.
    """
    known = table.assign(value=table["value"].mask(table["symbol"] == "r"))
    count = _of_other(known, "value", {m.indicator: m.count for m in measures if m.count})
    multiple = table["indicator"].map(indicators["unit"].map(OUT_OF))
    return (count / table["value"] * multiple).where((count > 0) & (table["value"] > 0)).round()


def _from_counts(table: pd.DataFrame, measures: list[Measure], indicators: pd.DataFrame) -> pd.DataFrame:
    """Work out again each rate that a release rounds and whose count and whole are indicators of ours.

    A release's own rate stands where it is withheld, where one of the two is not known, and where they are rounded
    and it has all the decimals that pages show.
    """
    about = {(m.indicator, m.source): (m, *_shown(indicators, m.indicator)) for m in measures if m.whole}
    sides = {name for m, *_ in about.values() for name in (m.count, m.whole[0])}
    used = table[table["indicator"].isin(sides) & table["value"].notna()]
    known = {(row.indicator, row.area, row.time_period): row for row in _each(used)}
    made = [
        _from_count(row, *about[row.indicator, row.source], known) if (row.indicator, row.source) in about else row
        for row in _each(table)
    ]
    return pd.DataFrame(made, columns=list(table))


def _from_count(row: Any, measure: Measure, multiple: int, last: float, known: dict[tuple, Any]) -> Any:
    """Return a rate as it follows from its count and its whole, or as it is; see `_from_counts`."""
    year = _period(row.time_period, row.time_identifier, measure.whole[1])
    count = known.get((measure.count, row.area, row.time_period))
    whole = known.get((measure.whole[0], row.area, year))
    if math.isnan(row.value) or not (count and whole and whole.value > 0):
        return row
    value, unit = divided((count.value, count.rounding), (whole.value, whole.rounding), multiple, last)
    if unit > 0 and last >= row.rounding:
        return row
    stated, note = f"{count.stated} of {whole.stated}", f"{AGAIN}: {row.stated}"
    locator = f"{count.locator} ({count.source}), out of {whole.locator} ({whole.source})"
    return row._replace(value=value, rounding=unit, base=whole.value, stated=stated, locator=locator, note=note)


def with_sums(rows: pd.DataFrame, wanted: list[Measure], parts: dict[str, list[str]], places: Places) -> pd.DataFrame:
    """Add a row for each whole of which a release has every part: the sum of the numbers, and the share it makes.

    `rows` are as a reader returns them, one number and one share that names the number as its `count`, with `note` and
    `mark`, a symbol for a value that has none: a share made here is estimated. `parts` are from `parts_of`: a release
    has the authorities of its own day, so those of each set of boundaries are tried, the newest first.
    """
    numbers = {m.indicator for m in wanted if not m.count}
    codes = {place: places.code(place) or place for place in rows["place"].unique()}
    known = rows.assign(code=rows["place"].map(codes), value=[parse(text)[0] for text in rows["text"]])
    made = []
    for share in (m for m in wanted if m.count in numbers):
        for period, part in known.groupby("period", sort=False):
            wide = part.pivot(index="code", columns="indicator", values="value")
            for whole, codes_in in parts.items():
                if whole not in wide.index and set(codes_in) <= set(wide.index):
                    made += _summed(wide.loc[codes_in], share, whole, period)
    return pd.concat([rows, pd.DataFrame(made)], ignore_index=True)


def _summed(part: pd.DataFrame, share: Measure, whole: str, period: str) -> list[dict[str, str]]:
    """Return the two rows of a whole: not available if any part is."""
    number = part[share.count].sum(skipna=False)
    rate = number / (part[share.count] / part[share.indicator]).sum(skipna=False)
    words = f"the {len(part)} {'districts' if whole.startswith('E10') else 'authorities'}"
    about = {"place": whole, "period": period, "per": "", "base": ""}
    texts = ("x" if math.isnan(value) else f"{value:.{decimals}f}" for value, decimals in ((number, 0), (rate, 1)))
    notes = {"note": SUM_NOTE.format(words), "mark": ""}, {"note": SHARE_NOTE.format(words), "mark": "e"}
    both = zip((share.count, share.indicator), texts, notes, strict=True)
    return [about | {"indicator": name, "text": text} | note for name, text, note in both]


def over_children(
    table: pd.DataFrame, measures: list[Measure], indicators: pd.DataFrame, areas: pd.DataFrame
) -> pd.DataFrame:
    """Return figures, one an indicator, area and period, with the children that money is spent on as its base.

    A measure of money names the indicator of those children as its `count`. A region's and England's amounts are sums
    over the authorities that have one: their base is the children of these, and their note says whose are left out.
    `indicators` and `areas` have their id as index.
    """
    counted = {m.indicator: m for m in measures if m.count and indicators.at[m.indicator, "unit"] == "pounds"}
    authority, base, note = areas["level"] == "Local authority", {}, {}
    inside = {code: authority & ((areas["region"] == code) | (code == ENGLAND)) for code in areas.index[~authority]}
    for measure in counted.values():
        people = table[table["indicator"] == measure.count]
        for period, rows in table[table["indicator"] == measure.indicator].groupby("time_period"):
            children = people[people["time_period"] == period[:4]].set_index("area")["value"]
            spent = rows.set_index("area")["value"]
            for row, code in rows["area"].items():
                if authority[code]:
                    base[row] = children.get(code, math.nan)
                elif inside[code].any():
                    names = areas.loc[inside[code][inside[code]].index.intersection(children.index), "name"]
                    base[row], note[row] = _of_total(spent, children, names, code, measure.unit(code, period))
    return table.assign(base=table["base"].fillna(pd.Series(base)), note=pd.Series(note).combine_first(table["note"]))


def _of_total(spent: pd.Series, children: pd.Series, names: pd.Series, whole: str, unit: float) -> tuple[float, str]:
    """Return the children of the authorities that a total is the sum of, and which these are; `unit` rounds amounts."""
    own = spent.reindex(names.index)
    gone = names[own.isna()]
    # Each amount is rounded, so that the sum may be out by half a unit for every one of them.
    if abs(spent[whole] - own.sum()) <= unit * (own.notna().sum() + 1) / 2:
        without = f", without {listed([*gone])}" if len(gone) else ""
        divisor = children.get(whole, math.nan) - children[gone.index].sum(skipna=False)
        return float(divisor), TOTAL_NOTE.format(f"{own.notna().sum()} authorities{without}")
    return math.nan, NOT_THE_SUM
