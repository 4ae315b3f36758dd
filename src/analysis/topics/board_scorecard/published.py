"""The board's own table of July 2013: in full, by every rule side by side, and what later figures made of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from analysis import narrative as say
from analysis.figure import ENGLAND, PER_10_000, Figure
from analysis.figures import GOOD_NEIGHBOURS, NEIGHBOURS
from analysis.methods import intervals, rating
from analysis.methods.intervals import Interval
from analysis.methods.rating import COLOURS, Fit
from analysis.methods.rounding import nearest
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.board_scorecard.rows import BOARD_GOOD, ROWS, Row
from analysis.topics.board_scorecard.words import WORDS

YEAR, QUARTER, MONTHS = "Financial year", "Financial year Q4", "Year to date May"
PERIODS = {"201213": (QUARTER, 4, 3), "201314": (MONTHS, 6, 2)}
"""The two rated periods: name, how often they go into a year, and their months."""
DASH = "–"
LETTERS = {"green": "G", "amber": "A", "red": "R", "": DASH}


@dataclass(frozen=True)
class Rated:
    """One published rating: its row and period, its figure made a year's, the interval of that, and the colour."""

    row: Row
    period: str
    figure: Figure
    value: float
    interval: Interval
    colour: str


def ratings(report: Report) -> list[Rated]:
    """Return the board's 28 published ratings in the order of its table."""
    table = report.figures.ratings
    found = []
    for row in ROWS:
        for period, (identifier, times, _) in PERIODS.items():
            here = report.figure(row.board, period=period, identifier=identifier)
            own = table[(table["indicator"] == row.board) & (table["time_period"] == period)].iloc[0]
            factor = times if row.adds_up else 1
            spread = _chance(report, row, period, here).times(factor)
            found.append(Rated(row, period, here, here.value * factor, spread, str(own["rag"])))
    return found


def _chance(report: Report, row: Row, period: str, here: Figure) -> Interval:
    """Return a figure's interval by chance: a share's from the referrals, a rate's from the count in the row above."""
    identifier = PERIODS[period][0]
    if here.unit == "percent":
        referrals = report.figure("board_referrals", period=period, identifier=identifier).value
        return intervals.wilson(min(here.value, 100.0) / 100 * referrals, referrals, here.confidence).times(100)
    if here.unit == PER_10_000:
        cases = report.figure(ROWS[row.number - 2].board, period=period, identifier=identifier).value
        return intervals.count(cases, here.confidence).times(here.value / cases)
    return intervals.count(here.value, here.confidence)


def original(report: Report) -> None:
    """Show the board's table as it was printed, with its colours and arrows."""
    rated = ratings(report)
    shown = {colour: sum(r.colour == colour for r in rated) for colour in COLOURS}
    parts = [f"{say.word(n)} {colour}" for colour, n in shown.items()]
    report.finding(f"the board's table of July 2013 has {say.word(len(rated))} colours: {say.listed(parts)}")
    frame = pd.DataFrame([_printed(report, row) for row in ROWS])
    caption = "The Safeguarding Improvement Board's data set, July 2013, as the strategy printed it"
    note = (
        "A dash: nothing printed. Prov.: provisional. Estimate: of 2013/14 from its first two months. Neighbours: the "
        "average of authorities the document does not name, in brackets the one marked as good. Garbled: the mark that "
        "the text has in place of an arrow."
    )
    right = [c for c in frame.columns[1:] if "Colour" not in c and c != "Arrow"]
    report.table(Table("original", caption, frame, note=note, folded=False, right=right))


def _printed(report: Report, row: Row) -> dict[str, str]:
    def cell(period: str, identifier: str, status: str = "actual", area: str = report.area) -> str:
        found = [f for f in report.series(row.board, area, status=status) if f.time_period == period]
        found = [f for f in found if f.time_identifier == identifier]
        return str(found[0]) if found else DASH

    table = report.figures.ratings
    own = table[table["indicator"] == row.board].set_index("time_period")
    arrow = own.at["201314", "stated_direction"]
    good = cell("201112", YEAR, area=GOOD_NEIGHBOURS)
    return {
        "Indicator": f"{row.number}. {report.figures.indicators.at[row.board, 'title']}",
        "2011/12": cell("201112", YEAR),
        "2012/13 prov.": cell("201213", YEAR),
        "Jan to Mar 2013": cell("201213", QUARTER),
        "Colour": WORDS[own.at["201213", "rag"]],
        "Apr to May 2013": cell("201314", MONTHS),
        "Colour, May": WORDS[own.at["201314", "rag"]],
        "Arrow": (arrow if own.at["201314", "direction"] else f"garbled ({arrow})") if arrow else DASH,
        "Estimate 2013/14": cell("201314", YEAR, "projection"),
        "Target 2013/14": cell("201314", YEAR, "target"),
        "England 2011/12": cell("201112", YEAR, area=ENGLAND),
        "Neighbours 2011/12": cell("201112", YEAR, area=NEIGHBOURS) + (f" ({good})" if good != DASH else ""),
    }


def colours_by(report: Report, rated: list[Rated], tolerance: float) -> dict[str, list[str]]:
    """Return what every rule makes of each published rating: rule → colours, blank where it can give none."""
    whom = {"England": ENGLAND, "Neighbours": NEIGHBOURS, "Good neighbours": GOOD_NEIGHBOURS}
    found = {
        f"Target, {tolerance:g}%": [_by_tolerance(r, _aim(report, r), tolerance) for r in rated],
        "Target, by chance": [_by_chance(r, _aim(report, r)) for r in rated],
    }
    for name, area in whom.items():
        found[f"{name}, {tolerance:g}%"] = [_by_tolerance(r, _group(report, r, area), tolerance) for r in rated]
        found[f"{name}, by chance"] = [_by_chance(r, _group(report, r, area)) for r in rated]
    return found


def _aim(report: Report, rated: Rated) -> float:
    return _printed_as(rated, report.series(rated.row.board, status="target"))


def _group(report: Report, rated: Rated, area: str) -> float:
    return _printed_as(rated, report.series(rated.row.board, area))


def _printed_as(rated: Rated, found: list[Figure]) -> float:
    """Return the value nearest to a rated one that would be printed as the other figure is; NaN without one."""
    return nearest(rated.value, found[0].rounding_interval) if found else math.nan


def _by_tolerance(rated: Rated, other: float, tolerance: float) -> str:
    if not other > 0:
        return ""
    return rating.by_tolerance(rated.value, other, BOARD_GOOD[rated.row.board], tolerance)


def _by_chance(rated: Rated, other: float) -> str:
    return rating.by_chance(rated.interval, other, BOARD_GOOD[rated.row.board]) if other > 0 else ""


def best(report: Report, rated: list[Rated], free: bool) -> tuple[list[Rated], Fit]:
    """Return the ratings that have a target, and the two tolerances about it that give most of them.

    Args:
        report: the report.
        rated: the published ratings.
        free: whether each row may take any direction as good, not only the board's.
    """
    able = [r for r in rated if _aim(report, r) > 0]
    gaps = [100 * (r.value / _aim(report, r) - 1) for r in able]
    rows = [r.row.board for r in able]
    good = {row: rating.GOOD if free else (BOARD_GOOD[row],) for row in rows}
    return able, rating.best_rule(rows, gaps, [r.colour for r in able], good)


def by_rules(report: Report, tolerance: float) -> None:
    """Show every rule's colours beside the published ones, how many it gives, and which no rule gives."""
    rated = ratings(report)
    made = colours_by(report, rated, tolerance)
    able, fixed = best(report, rated, free=False)
    _, free = best(report, rated, free=True)
    hits = {name: sum(c == r.colour for c, r in zip(colours, rated, strict=True)) for name, colours in made.items()}
    none = len(rated) - len(able)
    first = max(hits, key=hits.get)
    report.finding(f"no one rule gives all {len(rated)} colours: the best tried, {_plain(first)}, gives {hits[first]}")
    rows = [_compared(r, made, n) for n, r in enumerate(rated)]
    rows.append({"Rating": "Given as published", "Published": str(len(rated))} | {n: str(h) for n, h in hits.items()})
    note = (
        "G green, A amber, R red; a dash where nothing is printed to compare with. A star: not the published colour. "
        "Counts of a quarter are taken four times, of two months six times, as the board did."
    )
    caption = "What every rule makes of the board's figures"
    report.table(Table("original-rules", caption, pd.DataFrame(rows), note=note, folded=False))
    report.text(
        f"{say.word(none)} of the {len(rated)} colours, those of the rows on common assessments and contacts, have no "
        "target and no comparator printed, so that no rule can give them",
        _fit_sentence("with the board's own directions any two tolerances about the target", able, fixed),
        _fit_sentence("even if each row may take low, high or close as good, they", able, free),
        _turned(free),
        never(rated, made, able, free),
    )


def _plain(name: str) -> str:
    other, rule = name.split(", ")
    return f"{'the target' if other == 'Target' else other} {rule if 'chance' in rule else 'with ' + rule + ' allowed'}"


def _compared(rated: Rated, made: dict[str, list[str]], n: int) -> dict[str, str]:
    when = "March" if rated.period == "201213" else "May"
    row = {"Rating": f"{rated.row.number}. {rated.figure.label}, {when}", "Published": LETTERS[rated.colour]}
    for name, colours in made.items():
        row[name] = LETTERS[colours[n]] + ("*" if colours[n] not in ("", rated.colour) else "")
    return row


def _fit_sentence(what: str, able: list[Rated], fit: Fit) -> str:
    limits = f"green to {fit.near:.0f}% worse, amber to {fit.tolerance:.0f}%"
    if fit.given.all():
        return f"{what} can give all {len(able)} that have a target ({limits})"
    missed = [name_of(r) for r, given in zip(able, fit.given, strict=True) if not given]
    shown = say.listed(rows_of(missed))
    return (
        f"{what} give at most {int(fit.given.sum())} of the {len(able)} that have a target ({limits}), and miss {shown}"
    )


def _turned(fit: Fit) -> str:
    """Return in which rows the freest rule takes another direction as good than the board's reading."""
    said = {rating.LOW: "fewer", rating.HIGH: "more", rating.NEAR: "as many as planned"}
    numbers = {row.board: row.number for row in ROWS}
    turned = [f"{said[good]} as good in row {numbers[b]}" for b, good in fit.good.items() if good != BOARD_GOOD[b]]
    return f"that rule has to count {say.listed(turned)}" if turned else ""


def name_of(rated: Rated) -> tuple[int, str]:
    """Return a rating by its row and month."""
    return rated.row.number, "March" if rated.period == "201213" else "May"


def rows_of(names: list[tuple[int, str]]) -> list[str]:
    """Return ratings by row: "row 7 (March and May)"."""
    rows = dict.fromkeys(number for number, _ in names)
    return [f"row {row} ({say.listed([when for number, when in names if number == row])})" for row in rows]


def never(rated: list[Rated], made: dict[str, list[str]], able: list[Rated], free: Fit) -> str:
    """Return which ratings with a comparator none of the rules shown gives."""
    lost = [
        name_of(r)
        for n, r in enumerate(rated)
        if r in able and all(colours[n] != r.colour for colours in made.values())
    ]
    if not lost:
        return "each of the other colours is given by one of the rules shown"
    return f"none of the rules shown gives {say.listed(rows_of(lost))}"
