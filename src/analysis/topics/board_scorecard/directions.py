"""Which way the measures are going, by two ideas of noise."""

from __future__ import annotations

import math

import pandas as pd
from scipy import special

from analysis import charts
from analysis import narrative as say
from analysis.charts import About
from analysis.tables import Table
from analysis.topics.board_scorecard import words
from analysis.topics.board_scorecard.rows import NAMES
from analysis.topics.board_scorecard.standing import ALONE, Card, Standing, swung

NONE = "[x]"


def directions(found: Card) -> None:
    """Show by how much each measure changed, with the interval that the arrows use."""
    told = [s for s in found.standings if s.change]
    if not told:
        found.report.finding(f"{found.report.name} has no two figures of any measure to compare")
        return
    clear = [s for s in told if s.change.way]
    some = "none" if not clear else say.word(len(clear))
    noise = "chance" if found.rule.noise == ALONE else "chance and the usual swings"
    measures = say.count(len(told), "measure", fmt=say.word)
    found.report.finding(f"{some} of {measures} moved by more than {noise} over {_span(told)}")
    rows = [(f"{say.capital(NAMES[s.measure])}, since {s.change.before.time_period}", *_percents(s)) for s in told]
    far = max(told, key=lambda s: abs(math.log(s.change.ratio)))
    way = "rose" if far.change.ratio > 1 else "fell" if far.change.ratio < 1 else "stayed"
    about = About(
        "directions",
        f"{say.capital(NAMES[far.measure])} {way} most, {words.moved_by(far)}"
        if way != "stayed"
        else "No figure changed",
        f"Change of the rates in percent, {found.report.name}",
        f"Whiskers are {found.report.level} intervals for {found.rule.noise}; an arrow leaves zero out.",
    )
    frame = pd.DataFrame(rows, columns=["label", "value", "lower", "upper"])
    found.report.chart(charts.ladder(frame, about, say.whole, "Change in percent", (0.0, "no change")))
    found.report.table(_swings(found, told))


def _span(told: list[Standing]) -> str:
    """Return over how long the measures were followed: fewer years than asked for where an authority is new."""
    spans = {int(s.here.time_period) - int(s.change.before.time_period) for s in told}
    return ("up to " if len(spans) > 1 else "") + words.years_of(max(spans))


def _percents(s: Standing) -> tuple[float, float, float]:
    return tuple(100 * (v - 1) for v in (s.change.ratio, *s.change.interval))


def _swings(found: Card, told: list[Standing]) -> Table:
    names = {"rose": "rose", "fell": "fell", "": "no clear change"}
    reach = special.ndtri(0.5 + found.report.confidence / 2)
    rows = [
        (
            say.capital(NAMES[s.measure]),
            f"{s.change.before} to {s.here}",
            names[s.change.way_alone],
            say.whole(100 * math.expm1(reach * s.swing)) if s.swing >= 0 else NONE,
            (names[_sign(s)] if swung(found, s) else names[""]) if s.swing > 0 else names[s.change.way_alone],
        )
        for s in told
    ]
    columns = ["Measure", "From and to", "Beyond chance", "Usual swing of neighbours", "Beyond both"]
    level = found.report.level
    note = f"Usual swing: how far {level} of the neighbours' rates move over as many years beyond chance, as a rise."
    return Table(
        "swings",
        f"Directions by two ideas of noise, {found.report.name}",
        pd.DataFrame(rows, columns=columns),
        note=note,
        right=columns[3:4],
    )


def _sign(s: Standing) -> str:
    return "rose" if s.change.ratio > 1 else "fell"
