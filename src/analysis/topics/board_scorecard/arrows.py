"""The board's changes from March to May 2013: which of them chance alone could have made, and its garbled arrows."""

from __future__ import annotations

import pandas as pd

from analysis import narrative as say
from analysis.figure import PER_10_000
from analysis.methods import rating
from analysis.methods.intervals import Interval
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.board_scorecard.published import DASH, LETTERS, PERIODS, Rated, ratings
from analysis.topics.board_scorecard.rows import ROWS


def arrows(report: Report) -> None:
    """Show which of the board's changes from March to May 2013 chance alone could have made."""
    rows, clear, drawn = [], 0, 0
    table = report.figures.ratings.set_index(["indicator", "time_period"])
    pairs = [(a, b) for a, b in zip(*[iter(ratings(report))] * 2, strict=True)]
    for before, after in pairs:
        spread = _ratio(report, before, after)
        way = "no clear change" if spread.contains(1) else "rose" if spread.lower > 1 else "fell"
        arrow = str(table.at[(after.row.board, "201314"), "stated_direction"])
        clear, drawn = clear + (way != "no clear change"), drawn + bool(arrow)
        change = say.percent(100 * (after.value / before.value - 1), 0)
        limits = say.span(spread.plus(-1).times(100), say.whole)
        colour = f"{LETTERS[before.colour]} to {LETTERS[after.colour]}"
        rows.append((f"{before.row.number}. {before.figure.label}", colour, arrow or DASH, change, limits, way))
    turned = [p for p, row in zip(pairs, rows, strict=True) if p[0].colour != p[1].colour and "no" in row[5]]
    names = say.listed([str(after.row.number) for _, after in turned])
    said = f"{say.word(clear)} of the {len(rows)} changes to May 2013 {'is' if clear == 1 else 'are'} beyond chance"
    report.finding(
        f"{said}; without one the colour turned in {'rows' if len(turned) > 1 else 'row'} {names}" if turned else said
    )
    columns = ["Row", "Colours", "Printed arrow", "Change", f"{report.level} interval", "Beyond chance"]
    frame = pd.DataFrame(rows, columns=columns)
    note = "Rates of a month in April and May against those of January to March; counts at one day as they are."
    caption = "From January to March 2013 to April and May 2013"
    report.table(Table("arrows", caption, frame, note=note, folded=False, right=columns[3:5]))
    report.text(_garbled(report, pairs))


def _ratio(report: Report, before: Rated, after: Rated) -> Interval:
    """Return the interval for the later figure divided by the earlier, by chance alone."""
    if before.figure.unit == "percent":
        referrals = [
            report.figure("board_referrals", period=r.period, identifier=PERIODS[r.period][0]).value
            for r in (before, after)
        ]
        cases = [r.value / 100 * n for r, n in zip((before, after), referrals, strict=True)]
        return rating.change_of_shares(cases[1], cases[0], referrals[1], referrals[0], confidence=report.confidence)
    source = before.row if before.figure.unit != PER_10_000 else ROWS[before.row.number - 2]
    counts = [
        report.figure(source.board, period=r.period, identifier=PERIODS[r.period][0]).value for r in (before, after)
    ]
    months = (PERIODS["201314"][2], PERIODS["201213"][2]) if source.adds_up else (1, 1)
    return rating.change(counts[1], counts[0], *months, confidence=report.confidence)


def _garbled(report: Report, pairs: list[tuple[Rated, Rated]]) -> str:
    """Return what the garbled marks stand beside: one mark for a rise and a fall is no plain arrow."""
    table = report.figures.ratings.set_index(["indicator", "time_period"])
    marks: dict[str, list[str]] = {}
    for before, after in pairs:
        own = table.loc[(after.row.board, "201314")]
        if own["stated_direction"] and not own["direction"]:
            way = "rise" if after.figure.value > before.figure.value else "fall"
            words = f"a {way} in row {after.row.number} ({before.figure} to {after.figure})"
            marks.setdefault(str(own["stated_direction"]), []).append(words)
    said = [f"{say.quoted(mark)} stands beside {say.listed(found)}" for mark, found in marks.items()]
    return f"the arrows that the text has garbled cannot be read back: {say.listed(said)}" if said else ""
