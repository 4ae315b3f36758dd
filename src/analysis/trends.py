"""How an indicator moved over time: a sentence, a short form, and a chart beside England and the neighbours."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from analysis import narrative
from analysis.charts import About, Chart, lines
from analysis.figure import MONTHS, SAID, Figure, period_label
from analysis.figures import Figures
from analysis.methods.intervals import Interval
from analysis.position import Position, aside, beside, chance, clear_change, position
from analysis.tables import SYMBOL_KEY, explained

NEIGHBOURS = "Neighbours' median"
OF_MODEL = "not known: modelled"
"""What a table says of the direction of a modelled measure."""
_UNIT = {"percent": "Percent", "pounds": "Pounds", "pounds per child": "Pounds per child"}


def trend_sentence(series: list[Figure], what: str = "") -> str:
    """Return a series in one sentence: "plans rose from 40 in 2016 to 46 on 31 March 2025", or that no change is clear.

    Where the number of cases is not known, or a model gave them, the two ends are given without a direction.

    Args:
        series: at least one figure, in order of period.
        what: the sentence's subject; "" for the indicator's label.
    """
    subject = what or series[-1].label
    known = [f for f in series if f.known]
    if not known:
        return f"{subject}: no figure in the releases read here ({SYMBOL_KEY[series[-1].symbol]} [{series[-1].symbol}])"
    first, last = known[0], known[-1]
    if len(known) == 1:
        return f"{subject} stood at {_said(last)} {last.when}, the only figure"
    if str(first) == str(last):
        return f"{subject} stood at {_said(last)} in {first.year} and {last.when}{_extremes(known)}"
    if last.modelled:
        return f"{subject} stood at {_said(first)} in {first.year} and at {_said(last)} {last.when}{_extremes(known)}"
    moved = change_since(series, "went from ").replace("no clear", "showed no clear")
    return f"{subject} {moved} to {_said(last)} {last.when}{_extremes(known)}"


def change_since(series: list[Figure], otherwise: str = "was ") -> str:
    """Return how the latest figure compares with the first: "rose from 40 in 2016", "no clear change, from 40 in 2016".

    Args:
        series: figures in order of period.
        otherwise: what stands before the first figure where no direction can be said: "was 40 in 2016".

    Returns:
        The words; "" where fewer than two periods have a value.
    """
    known = [f for f in series if f.known]
    if len(known) < 2:
        return ""
    first = f"{known[0]} in {known[0].year}"
    return f"{_direction(known)} from {first}" if _direction(known) else f"{otherwise}{first}"


def in_doubt(what: str = "that differs") -> str:
    """Return what is to be doubted of two values that a model gave, instead of a direction."""
    return f"whether {what} by more than the model's own error is not known"


def is_doubtful(series: list[Figure]) -> bool:
    """Say whether the first and the latest value differ but are a model's, so that the doubt is to stand with them."""
    known = [f for f in series if f.known]
    return len(known) > 1 and known[-1].modelled and str(known[0]) != str(known[-1])


def change_in_short(series: list[Figure]) -> str:
    """Return `change_since` for a table's cell, of a modelled measure with the doubt: "was 40 in 2016; whether …"."""
    return f"{change_since(series)}; {in_doubt()}" if is_doubtful(series) else change_since(series)


def _direction(known: list[Figure]) -> str:
    """Return "rose", "fell", "no clear change,", or "" where that cannot be told or both ends read the same."""
    first, last = known[0], known[-1]
    clear = clear_change(first, last)
    if clear is None or str(first) == str(last):
        return ""
    return "no clear change," if not clear else "rose" if last.value > first.value else "fell"


def _extremes(known: list[Figure]) -> str:
    """Return the highest and lowest figure between the ends where they lie further out than the ends are apart."""
    low, high = sorted((known[0].value, known[-1].value))
    most, least = (pick(known, key=lambda f: f.value) for pick in (max, min))
    parts = [f"highest {most} in {most.year}"] * (most.value - high > high - low)
    parts += [f"lowest {least} in {least.year}"] * (low - least.value > high - low)
    return f" ({narrative.listed(parts)})" if parts else ""


def _said(figure: Figure) -> str:
    """Return a figure with its unit where the number alone does not say it."""
    return f"{figure}{SAID.get(figure.unit, '')}"


def missing_sentences(series: list[Figure]) -> list[str]:
    """Return a sentence for the periods without a value, one a symbol: "No figure for 2020 and 2021: …"."""
    said = []
    for symbol in dict.fromkeys(f.symbol for f in series if not f.known):
        periods = [f.year for f in series if not f.known and f.symbol == symbol]
        said.append(f"no figure for {narrative.listed(periods)}: {explained(symbol)}")
    return said


def revised_sentences(figures: Figures, area: str, indicator: str = "", whose: str = "") -> list[str]:
    """Return what a later release revised of an area's figures, or of one indicator's: a sentence an indicator."""
    table = figures.revisions
    own = table[(table["area"] == area) & table["indicator"].isin([indicator] if indicator else table["indicator"])]
    said = []
    for name, rows in own.sort_values("time_period").groupby("indicator"):
        title = figures.indicators.at[name, "title"]
        parts = [
            f"from {_plain(row.old)} to {_plain(row.new)} ({period_label(row.time_period, row.time_identifier)})"
            for row in rows.itertuples(index=False)
        ]
        said.append(f"{whose}revised by a later release: {title[0].lower()}{title[1:]}, {narrative.listed(parts)}")
    return said


def _plain(stated: str) -> str:
    """Return a number as a release states it with thousands commas; any other text as it is."""
    digits = stated.replace(",", "")
    return narrative.number(int(digits)) if digits.isdecimal() else stated


def trend_chart(figures: Figures, indicator: str, area: str, breaks: Sequence[tuple[str, str]] = ()) -> Chart:
    """Return an indicator over time for an area, England and the neighbours' median, for the periods the area has.

    The ribbon is the area's interval; a period without a value carries its symbol. `breaks` are the first years that
    are counted in another way, with a label; those not between the area's figures are left out.
    """
    series = figures.series(indicator, area)
    name, last = figures.area_name(area), series[-1]
    rows = _rows(figures, series, name)
    level = narrative.level(last.confidence)
    band = f"the band is {name}'s {level} interval by chance alone" if any(chance(f) for f in series) else ""
    notes = [narrative.sentence(part) for part in (band, figures.indicators.at[indicator, "caution"]) if part]
    return lines(
        pd.DataFrame(rows, columns=["x", "series", "value", "lower", "upper"]),
        About(
            indicator.replace("_", "-"),
            narrative.capital(_latest(position(figures, indicator, area))),
            f"{last.title}, {_compared(name, {row[1] for row in rows})}",
            " ".join(notes),
        ),
        last.text,
        _UNIT.get(last.unit, narrative.capital(last.unit)),
        roles={name: "area", "England": "england", NEIGHBOURS: "neighbours"},
        symbols=[(_year(f), f"[{f.symbol}]") for f in series if not f.known],
        breaks=[
            (year, label) for year, label in breaks if _year(series[0]) < year and year in {row[0] for row in rows}
        ],
    )


def _rows(figures: Figures, series: list[Figure], name: str) -> list[tuple]:
    """Return the chart's rows: period, name of the line, value and limits; years that no release has are empty."""
    rows: list[tuple] = []
    for here in series:
        year = _year(here)
        if rows and _gap(rows[-1][0], year):
            rows += [(str(y), name, math.nan, math.nan, math.nan) for y in range(int(rows[-1][0]) + 1, int(year))]
        where = beside(figures, here)
        rows.append((year, name, here.value, *(where.interval or Interval(math.nan, math.nan))))
        if where.england:
            rows.append((year, "England", where.england.value, math.nan, math.nan))
        if where.neighbours:
            rows.append((year, NEIGHBOURS, where.median, math.nan, math.nan))
    return rows


def _latest(where: Position) -> str:
    """Return the latest figure and how it stands to England's, for a chart's title."""
    here = where.here
    said = f"{_said(here)} {here.when}" if where.known else f"no figure for {here.period} {here}"
    if where.before:
        said += f", {_said(where.before)} {where.before.when}"
    return said + aside(where)


def _compared(name: str, drawn: set[str]) -> str:
    """Return in words whose lines a chart has."""
    others = ["England"] * ("England" in drawn) + ["its neighbours' median"] * (NEIGHBOURS in drawn)
    return f"{name} beside {narrative.listed(others)}" if others else name


def _gap(before: str, after: str) -> bool:
    return len(before) == len(after) == 4 and int(after) > int(before) + 1


def _year(figure: Figure) -> str:
    """Return a figure's period for an axis: the year alone where the month is the same in every year."""
    return figure.time_period if figure.time_identifier in MONTHS else figure.year
