"""Releases held against each other: every measure beside each other release that has it, over all areas.

`data/cross_checks.csv` keeps what each comparison gave and why some values differ; here it is made again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import words as say
from analysis.data.areas import last_year
from analysis.data.columns import read_texts
from analysis.data.figure import OUT_OF, PER_10_000
from analysis.data.tables import read_table
from analysis.official.assemble import Assembled, read_everything, read_measures
from analysis.official.releases import ReleaseError, in_order, load_releases, official_dir
from analysis.official.tables import Measure, load_measures, measure_of

FILE = "cross_checks.csv"
FEWEST = 20
"""Pairs of values from which on a neighbouring year is tried."""
NOT_YET = "{} since {}, not looked into yet"
_AS_IT_IS = "0.000000001"
"""The rounding of a second release's values: none, as the tolerance says what may differ."""


@dataclass(frozen=True)
class Outcome:
    """What a comparison gives: columns of the table, the first disagreement, and a year that fits better."""

    periods: str
    areas: int
    agreeing: int
    disagreeing: int
    example: str
    neighbour: str


def problems(data: Path) -> tuple[list[str], str]:
    """Make every comparison of the table again whose releases are at hand; raises as `assemble.read_everything`.

    Returns what is wrong, a line each (another outcome than the table's, a neighbouring year that agrees better, two
    releases of a measure that the table does not compare), and how many comparisons were made, in words.
    """
    present = {release.source for release in in_order(load_releases(data), official_dir(data))}
    rows = read_table(data / FILE).to_dict("records")
    if not present:
        return [], "releases not at hand, so not held against each other"
    everything, _ = read_everything(data)
    found = outcomes(data, everything, rows, present)
    wrong = [line for number, outcome in found.items() for line in _wrong(rows[number], number + 2, outcome)]
    made = f"{len(found)} of " * (len(found) < len(rows)) + say.count(len(rows), "comparison")
    missing = not_listed(everything.parts, load_measures(data), rows)
    return [*wrong, *(f"{FILE}: {words}" for *_, words in missing)], f"{made} of releases"


def outcomes(data: Path, everything: Assembled, rows: list[dict[str, Any]], present: set[str]) -> dict[int, Outcome]:
    """Return what the comparisons give, by the number of their row, for those whose releases are present."""
    # What is kept of several releases rests on all of them.
    whole = {m.source for m in load_measures(data)} <= present
    kept, others = _by_year(everything.figures) if whole else {}, _others(data, rows, present)
    parts = {source: _by_year(table) for source, table in everything.parts.groupby("source")}
    found = {}
    for number, row in enumerate(rows):
        first = (parts.get(row["source"], {}) if row["source"] else kept).get(row["indicator"])
        second = others.get(number) if row["other_source"] else _of_ours(kept, row)
        if first is not None and second is not None:
            found[number] = _outcome(first, second, row["tolerance"])
    return found


def _others(data: Path, rows: list[dict[str, Any]], present: set[str]) -> dict[int, pd.Series]:
    """Return the second releases' values by the number of the row, which is read as if it were an indicator."""
    identifiers = {m.indicator: m.time_identifier for m in load_measures(data)}
    areas, indicators = (read_table(data / f"{name}s.csv").set_index(name) for name in ("area", "indicator"))
    wanted = {number: row for number, row in enumerate(rows) if row["other_source"] in present}
    measures = [
        replace(_measure(row, identifiers[row["indicator"]]), indicator=str(number)) for number, row in wanted.items()
    ]
    about = indicators.loc[[row["indicator"] for row in wanted.values()]].set_axis(list(map(str, wanted)))
    releases = [release for release in load_releases(data) if release.source in present]
    table = read_measures(data, official_dir(data), releases, measures, areas, about)
    return {int(number): values for number, values in _by_year(table).items()}


def _measure(row: dict[str, Any], identifier: str = "") -> Measure:
    """Return the second measure of a row as one of `measures.csv`."""
    cells = {name: row[f"other_{name}"] for name in ("source", "measure", "per", "where")}
    about = {"indicator": row["indicator"], "time_identifier": identifier, "rounding": _AS_IT_IS}
    return measure_of(cells | about | {"lag": 0 if math.isnan(row["lag"]) else row["lag"]})


def _of_ours(kept: dict[str, pd.Series], row: dict[str, Any]) -> pd.Series | None:
    """Return the rate per 10,000 that follows from two indicators of ours; None where there are none."""
    about = _measure(row)
    if not {about.measure, about.whole[0]} <= kept.keys():
        return None
    count, whole = kept[about.measure], kept[about.whole[0]]
    return OUT_OF[PER_10_000] * count / _later(whole, about.whole[1]).reindex(count.index)


def _by_year(table: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the values of each indicator by area and the year in which their period ends."""
    known = table[table["value"].notna()]
    years = [last_year(period) for period in known["time_period"]]
    index = pd.MultiIndex.from_arrays([known["area"], years], names=["area", "year"])
    return dict(iter(known["value"].astype(float).set_axis(index).groupby(known["indicator"].to_numpy())))


def _later(values: pd.Series, years: int) -> pd.Series:
    """Return values as if they were of so many years later."""
    area, year = (values.index.get_level_values(name) for name in ("area", "year"))
    return values.set_axis(pd.MultiIndex.from_arrays([area, year + years]))


def _outcome(first: pd.Series, second: pd.Series, tolerance: str) -> Outcome:
    """Hold two measures against each other, then the second one as if it were of a year earlier or later."""
    pairs = _pairs(first, second, tolerance)
    neighbour = ""
    for years in (1, -1):
        tried = _pairs(first, _later(second, years), tolerance)
        if len(tried) >= FEWEST and tried["agree"].mean() > pairs["agree"].mean():
            when = "before" if years > 0 else "after"
            neighbour = f"{tried['agree'].sum()} of {len(tried)} with the other release's figures of the year {when}"
    apart, years = pairs[~pairs["agree"]], sorted(pairs.index.unique("year"))
    example = ", ".join(
        f"{area} {year}: {row['first']:.10g} and {row['second']:.10g}" for (area, year), row in apart.head(1).iterrows()
    )
    spread = f"{years[0]} to {years[-1]}" if len(years) > 1 else "".join(map(str, years))
    return Outcome(spread, pairs.index.unique("area").size, len(pairs) - len(apart), len(apart), example, neighbour)


def _pairs(first: pd.Series, second: pd.Series, tolerance: str) -> pd.DataFrame:
    """Return the values that both have, and whether they agree: to a number, or to a share of the first's."""
    pairs = pd.DataFrame({"first": first, "second": second.reindex(first.index)}).dropna()
    part = float(tolerance.removesuffix("%"))
    allowed = pairs["first"].abs() * part / 100 if tolerance.endswith("%") else part
    # A share of the numbers' own size, so that 1.75 and 1.8 are 0.05 apart in floating point too.
    small = 1e-9 * (1 + pairs["first"].abs())
    return pairs.assign(agree=(pairs["first"] - pairs["second"]).abs() <= allowed + small)


def _wrong(row: dict[str, Any], line: int, outcome: Outcome) -> list[str]:
    """Return what is wrong with a comparison, in one line; none where it gave what the table says."""
    other = f"{row['other_source'] or 'figures of ours'} {row['other_measure']}"
    place = f"{FILE}, line {line}: {row['indicator']} ({row['source'] or 'as kept'}) and {other}"
    if outcome.neighbour:
        agree = f"{outcome.agreeing} of {outcome.agreeing + outcome.disagreeing} agree, but {outcome.neighbour}"
        return [f"{place}: {agree}: see that each column's period is right (lag in measures.csv)"]
    said = "{periods}, {areas:g} areas, {agreeing:g} agreeing, {disagreeing:g} disagreeing"
    told, found = said.format(**row), said.format(**vars(outcome))
    first = f" (the first: {outcome.example})" if outcome.example else ""
    expected = f"expected {told}: see why, then give the reason and bring the row up to date"
    return [] if told == found else [f"{place}: found {found}{first}; {expected}"]


def not_listed(
    parts: pd.DataFrame, measures: list[Measure], rows: list[dict[str, Any]]
) -> list[tuple[str, str, str, str]]:
    """Return what no row compares: releases that give the same figures, and rates worked out again.

    Each is an indicator, the two releases ("" for the figures of ours), and what is wrong in words.
    """
    listed = {(row["indicator"], frozenset((row["source"], row["other_source"]))) for row in rows}
    said = []
    for indicator, part in parts[parts["value"].notna()].groupby("indicator", sort=False):
        keys = {source: set(zip(p["area"], p["time_period"], strict=True)) for source, p in part.groupby("source")}
        for one, two in combinations(keys, 2):
            if (both := keys[one] & keys[two]) and (indicator, frozenset((one, two))) not in listed:
                where = f"{indicator} is in {one} and {two} for {len(both)} areas and periods"
                said.append((indicator, one, two, f"{where}; expected a row that compares them"))
    for m in measures:
        if m.whole and (m.indicator, frozenset(("", m.source))) not in listed:
            expected = f"expected a row with a blank source that compares it with {m.source}"
            said.append((m.indicator, "", m.source, f"{m.indicator} is worked out again from counts; {expected}"))
    return said


def brought_up(data: Path, table: pd.DataFrame, everything: Assembled, source: str) -> pd.DataFrame:
    """Return the table as text, with a row for each comparison it lacks, and what those of a new release give.

    Values that disagree since stand in the reason, to be looked into. Raises ReleaseError where figures agree better
    with those of another year: then periods are not what they were.
    """
    listed = read_texts(data / "measures.csv", (data / "measures.csv").read_bytes())
    for indicator, one, two, _ in not_listed(everything.parts, load_measures(data), table.to_dict("records")):
        about = listed[(listed["indicator"] == indicator) & (listed["source"] == two)].iloc[0]
        cells = {f"other_{name}": about[name] for name in ("source", "measure", "per", "where")}
        tolerance = [*table.loc[table["indicator"] == indicator, "tolerance"], "0"][0]
        cells |= {"indicator": indicator, "source": one, "lag": about["lag"], "tolerance": tolerance}
        table.loc[len(table)] = {**dict.fromkeys(table, ""), **cells, "disagreeing": "0"}
    rows = table.assign(lag=pd.to_numeric(table["lag"])).to_dict("records")
    ours = [number for number, row in enumerate(rows) if {source, ""} & {row["source"], row["other_source"]}]
    present = {release.source for release in load_releases(data)}
    for place, outcome in outcomes(data, everything, [rows[number] for number in ours], present).items():
        row, number = rows[ours[place]], ours[place]
        if outcome.neighbour:
            raise ReleaseError(_wrong(row, number + 2, outcome)[0])
        more = outcome.disagreeing - int(row["disagreeing"])
        reasons = [row["reason"]] * bool(outcome.disagreeing) + [NOT_YET.format(more, source)] * (more > 0)
        cells = vars(outcome) | {"reason": "; ".join(filter(None, reasons))}
        for name in ("periods", "areas", "agreeing", "disagreeing", "reason"):
            table.loc[number, name] = str(cells[name])
    return table[table["periods"] != ""]
