"""The sections of the scorecard that every authority has."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd

from analysis import charts
from analysis import narrative as say
from analysis.charts import About
from analysis.figure import Figure
from analysis.methods.intervals import Interval
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.board_scorecard import words
from analysis.topics.board_scorecard.position import Position
from analysis.topics.board_scorecard.rows import BESIDE, BREAKS, NAMES, ROWS, Row
from analysis.topics.board_scorecard.standing import (
    CHANCE,
    ENGLAND,
    NEIGHBOURS,
    REGION,
    TOLERANCE,
    Card,
    Standing,
    card,
    limits,
    target_of,
)

NONE, NO_USE = "[x]", "[z]"
LINES = sorted(ROWS + BESIDE, key=lambda row: row.number)
"""The board's rows with what stands beside them."""


def scorecard(found: Card) -> None:
    """Show the board's 14 indicators and two beside them: figure, interval, comparators, target, colour, direction."""
    report = found.report
    rows = [row for row in ROWS if (figure := _latest(report, row)) and figure.known]
    some = f"{say.word(len(rows)) if rows else 'none'} of the board's {len(ROWS)} indicators"
    report.finding(f"{some} {'has' if len(rows) == 1 else 'have'} an official figure for {report.name} today")
    aims = report.figures.documents
    frame = pd.DataFrame([_row(found, row, aims) for row in LINES])
    note = (
        "Interval: by chance alone. Neighbours: their median. A number has the colour and direction of its rate. "
        "Beside: not one of the board's. Children who left care are rated out of those in care, not of all children. "
        f"Direction: over {words.years_of(found.rule.years)}, or since the first figure. [z]: a number is not compared "
        "between areas of different size."
    )
    right = list(frame.columns[3:])
    report.table(
        Table(
            "scorecard", f"The board's 14 indicators today, {report.name}", frame, note=note, folded=False, right=right
        )
    )
    report.table(_series(found))


def _row(found: Card, row: Row, aims: bool) -> dict[str, str]:
    report = found.report
    s = found[row.measure] if row.measure else None
    figure = _latest(report, row)
    where = s.where if s and row.shown == row.measure else None
    spread = limits(figure) if figure else None
    cells = {
        "Indicator": _name(report, row),
        "Colour": words.WORDS[s.colour if s else ""],
        "Direction": arrow(s),
        report.name: _cell(figure),
        "Interval": say.span(spread, figure.text) if spread else NONE,
        "England": _cell(where.england) if where else _no(row),
        found.region or "Region": _cell(where.region) if where else _no(row),
        "Neighbours": _median(where) if where else _no(row),
    }
    if aims:
        cells["Target 2013/14"] = str((row.board and target_of(report, row.board)) or NONE)
    return cells


def _series(found: Card) -> Table:
    """Return which official series stands for each of the board's indicators, and of which period its figure is."""
    titles, rows = found.report.figures.indicators["title"], []
    for row in LINES:
        figure = _latest(found.report, row)
        stands = titles[row.shown] if row.shown else "none"
        rows.append((_name(found.report, row), stands, figure.period if figure else NONE))
    frame = pd.DataFrame(rows, columns=["Indicator", "Official series", "Period"])
    return Table("series", "The official series that stand for the board's indicators", frame)


def _name(report: Report, row: Row) -> str:
    """Return a row's indicator by its number, or beside which row a measure stands that is none of the board's."""
    title = report.figures.indicators.at[row.board or row.shown, "title"]
    return f"{row.number}. {title}" if row.board else f"Beside {row.number}. {title}"


def _median(where: Position) -> str:
    return where.text(where.median) if where.neighbours else NONE


def _no(row: Row) -> str:
    return NO_USE if row.shown != row.measure else NONE


def _latest(report: Report, row: Row) -> Figure | None:
    series = report.series(row.shown) if row.shown else []
    return series[-1] if series else None


def _cell(figure: Figure | None) -> str:
    return NONE if figure is None else f"{figure} [{figure.symbol}]" if figure.symbol and figure.known else str(figure)


def arrow(s: Standing | None) -> str:
    """Return a direction as a table shows it: an arrow and a word."""
    if s is None or s.change is None:
        return NONE
    return {"rose": "↑ rose", "fell": "↓ fell", "": "≈ no clear change"}[s.change.way]


def record(found: Card) -> None:
    """Record each measure as a headline value, and how many have each colour."""
    for s in (*found.standings, *found.others):
        if s.here is not None:
            found.report.published(s.measure, s.here, limits(s.here))
    if found.rated:
        used = [s.rated for s in found.rated]
        for colour in ("green", "amber", "red"):
            about = {"unit": "measures", "symbol": "", "of": used}
            found.report.headline(f"rated_{colour}", f"Measures rated {colour}", words.count(found, colour), **about)


def compared(found: Card) -> None:
    """Show every measure as a percentage of the comparator, with its interval."""
    able = [s for s in found.standings if s.rated and s.other > 0]
    other = words.other_words(found.rule)
    if not able:
        found.report.finding(f"nothing here can be compared with {other}")
        return
    beyond = [s for s in able if words.beyond_chance(s)]
    found.report.finding(_sides(beyond, len(able), other))
    rows = [(say.capital(NAMES[s.measure]), 100 * s.rated.value / s.other, *_share(s)) for s in able]
    frame = pd.DataFrame(rows, columns=["label", "value", "lower", "upper"])
    far = max(able, key=lambda s: abs(s.rated.value / s.other - 1))
    about = About(
        "compared",
        f"{say.capital(NAMES[far.measure])}: {say.whole(100 * far.rated.value / far.other)}, furthest off",
        f"Latest figures of {found.report.name} in percent of {other}",
        f"Whiskers are {found.report.level} intervals by chance alone; records carry no sampling error.",
    )
    found.report.chart(charts.ladder(frame, about, say.whole, f"Percent of {other}", (100.0, "the same")))


def _sides(beyond: list[Standing], able: int, other: str) -> str:
    """Return how many measures lie below and above the comparator beyond chance, as a sentence."""
    if len(beyond) == able > 1 and len({s.rated.value < s.other for s in beyond}) == 1:
        side = "below" if beyond[0].rated.value < beyond[0].other else "above"
        return f"{words.part(able, able)} measures lie {side} {other}"
    lower = sum(s.rated.value < s.other for s in beyond)
    parts = [(lower, "below"), (len(beyond) - lower, "above")]
    parts = [f"{say.word(n)} {'lies' if n == 1 else 'lie'} {side}" for n, side in parts if n]
    same = able - len(beyond)
    parts += [f"{say.word(same)} cannot be told from it"] * (same > 0)
    return f"of {say.count(able, 'measure', fmt=say.word)} held against {other}, {say.listed(parts)}"


def _share(s: Standing) -> Interval:
    return s.interval.times(100 / s.other) if s.interval else Interval(math.nan, math.nan)


def rules(found: Card) -> None:
    """Show each measure's colour by six rules side by side: how much hangs on the rule."""
    cards = {
        f"{say.capital(against)}, {'by chance' if test == CHANCE else f'{found.rule.tolerance:g}%'}": card(
            found.report, replace(found.rule, compared_with=against, test=test)
        )
        for against in (NEIGHBOURS, ENGLAND, REGION)
        for test in (CHANCE, TOLERANCE)
    }
    rows = [
        {"Measure": say.capital(NAMES[s.measure])} | {n: words.WORDS[c[s.measure].colour] for n, c in cards.items()}
        for s in found.standings
    ]
    seen = {s.measure: {c[s.measure].colour for c in cards.values()} - {""} for s in found.standings}
    able = [m for m, colours in seen.items() if colours]
    firm = [m for m in able if len(seen[m]) == 1]
    if not able:
        found.report.finding(f"no rule gives a colour to a measure in {found.report.name}")
        return
    kept = "keeps its colour" if len(firm) == 1 else "keep their colour"
    other = [NAMES[m] for m in able if m not in firm]
    named = f"; that of {say.listed(other)} depends on it" if firm and 0 < len(other) <= 3 else ""
    found.report.finding(f"{words.part(len(firm), len(able))} measures {kept} whichever rule is used{named}")
    caption = f"Colours by six rules, {found.report.name}"
    note = "By chance: green is better beyond chance, red worse. Percent: green is no worse, amber worse by up to that."
    found.report.table(Table("rules", caption, pd.DataFrame(rows), note=note, folded=False))


def trend(report: Report, measure: str) -> None:
    """Show a measure over time: what became of it, the chart with its breaks, and the periods without a figure."""
    report.trend(measure, NAMES[measure], BREAKS.get(measure, ()))
