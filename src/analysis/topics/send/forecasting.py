"""The section on what is to come: the published forecast with its bands, beside other methods."""

from __future__ import annotations

import math

import pandas as pd

from analysis import charts
from analysis import narrative as say
from analysis.charts import About
from analysis.report import Report
from analysis.topics.send.amounts import plans_about
from analysis.topics.send.outlook import COHORT, SHORT, Outlook
from analysis.topics.send.words import won

_INNER = (0.5, 0.8)
"""Bands within that of the report's coverage, where it is the wider."""
_LABELS = {COHORT: "Cohort model", "drift": "Drift", "linear": "Straight line"}
_NOTE = (
    "The bands are as wide as held {levels} of the errors that this method made, over all authorities, in "
    "forecasts for the last three Januaries."
)


def forecast(report: Report, ahead: Outlook) -> None:
    """Show the published forecast, two other methods, and what the reader assumes."""
    if not ahead.possible:
        report.finding(f"no forecast is made for {report.name}: its history is too short to try one on")
        report.text(ahead.reason)
        return
    value, year = ahead.expected(), ahead.ahead[-1]
    known = [(str(int(y)), v) for y, v in zip(ahead.years, ahead.history.total[0], strict=True) if math.isfinite(v)]
    about = About(
        "forecast",
        f"About {say.modelled(value[-1])} plans are to be expected in January {year}",
        f"Statements and plans each January, and the forecast by {SHORT[ahead.method]}, {report.name}",
        _NOTE.format(levels=say.listed([say.level(level) for level in _levels(ahead)])),
    )
    report.finding(_finding(ahead))
    history = pd.DataFrame(known, columns=["x", "value"])
    bands = [say.level(level).rstrip("%") for level in _levels(ahead)]
    drawn = charts.fan(
        history, _bands(ahead), about, say.modelled, "Plans", _others(ahead), levels=bands, known=say.number
    )
    report.chart(drawn)
    report.text(won(ahead), *_assumed(ahead))


def _finding(ahead: Outlook) -> str:
    """Return which way plans go, and whether the interval is sure of it."""
    value, year = float(ahead.expected()[-1]), ahead.ahead[-1]
    limits = ahead.interval(ahead.assumed.horizon)
    change = 100 * (value / ahead.plans - 1)
    if abs(change) < 0.5:
        return f"the number of plans is expected to stay as it is to January {year}"
    way = "rise" if change > 0 else "fall"
    if not limits.contains(ahead.plans):
        return f"plans are expected to {way} by {say.whole(abs(change))} to January {year}"
    return f"plans may {way} by {say.whole(abs(change))} to January {year}, but the interval allows for no change"


def _levels(ahead: Outlook) -> list[float]:
    """Return the coverage of the bands, the narrowest first."""
    return [*(level for level in _INNER if level < ahead.confidence), ahead.confidence]


def _bands(ahead: Outlook) -> list[tuple]:
    rows = []
    for n, year in enumerate(ahead.ahead):
        limits = [ahead.interval(n + 1, level) for level in _levels(ahead)]
        rows.append((str(year), float(ahead.expected()[n]), *(end for pair in limits for end in pair)))
    return rows


def _others(ahead: Outlook) -> dict[str, list[tuple]]:
    """Return two more methods' forecasts, and the cohort model under the reader's assumptions where they differ."""
    years = [str(y) for y in ahead.ahead]
    chosen = [m for m in _LABELS if m != ahead.method][:2]
    made = {_LABELS[m]: list(zip(years, ahead.expected(m), strict=True)) for m in chosen}
    if ahead.assumed.changed:
        made["Your assumptions"] = list(zip(years, ahead.scenario(), strict=True))
    return made


def _assumed(ahead: Outlook) -> list[str]:
    """Return what the reader's assumptions make of the cohort model's forecast; nothing where none is changed."""
    if not ahead.assumed.changed:
        return []
    with_them, without = float(ahead.scenario()[-1]), float(ahead.expected(COHORT)[-1])
    growth, leaving = ahead.assumed.joiner_growth, ahead.assumed.cease_rate
    way = "faster" if growth > 0 else "slower"
    parts = [f"new plans growing {say.number(abs(growth), 1).removesuffix('.0')}% a year {way}"] * (growth != 0)
    parts += [f"plans ending {say.number(leaving, 2)} times as often"] * (leaving != 1)
    return [
        f"with {say.listed(parts)} than recent years suggest, the cohort model foresees about {plans_about(with_them)} "
        f"plans in January {ahead.ahead[-1]}; without, {plans_about(without)}"
    ]
