"""The sections on plans so far: how many, at what ages, and who joins and leaves."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis import charts
from analysis import narrative as say
from analysis.charts import About
from analysis.methods.cohort import BANDS
from analysis.plan_history import Mended
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.send.amounts import out_of
from analysis.topics.send.outlook import Outlook
from analysis.trends import missing_sentences, trend_chart

BREAK = 2023
"""The first January counted child by child; before it authorities gave totals."""
SINCE = 2015
"""The first January of plans to age 25."""
STEP = 0.5
"""Percentage points between the two collections from which on the youngest are taken to be dated otherwise."""
AGES = [f"Aged {band}" if band[0].isdigit() else band.capitalize() for band in BANDS]


def caseload(report: Report, ahead: Outlook) -> None:
    """Show the number of plans each January, with the break in how they are counted."""
    known = [(int(y), v) for y, v in zip(ahead.years, ahead.history.total[0], strict=True) if math.isfinite(v)]
    if len(known) < 2:
        report.finding(f"the releases have fewer than two counts of plans for {report.name}")
        return
    report.finding(_rose(known))
    (first, before), (last, now) = known[0], known[-1]
    about = About(
        "ehc-plans",
        f"{report.name} had {say.number(now)} plans in January {last}, {say.number(before)} in {first}",
        f"Statements and education, health and care plans in force each January, {report.name}",
        "Plans are counted child by child since 2023; before, authorities gave totals. Statements went to age 19, "
        "plans "
        "go to age 25 since the reform of 2014.",
    )
    new = [(str(BREAK), "counted anew")] if first < BREAK <= last else []
    counted = dict(known)
    rows = [(str(year), report.name, counted.get(year, math.nan)) for year in range(first, last + 1)]
    report.chart(charts.lines(rows, about, say.number, "Plans", breaks=new))


def _rose(known: list[tuple[int, float]]) -> str:
    """Return in how many years the number of plans rose."""
    (first, before), (last, now) = known[0], known[-1]
    steps = [b - a for (_, a), (_, b) in pairwise(known)]
    rises = sum(step > 0 for step in steps)
    if len(steps) == 1:
        return f"the number of plans {say.changed(before, now)} between January {first} and January {last}"
    if rises == len(steps):
        return f"the number of plans has risen every year since January {first}"
    if not rises:
        return f"the number of plans has not risen in any year since January {first}"
    return f"the number of plans rose in {out_of(rises, len(steps))} years since January {first}"


def trend(report: Report, indicator: str, subject: str) -> None:
    """Show a share of pupils over time: what became of it, the chart, and the periods without a figure.

    All pupils are counted, so that a change needs no interval to be one.
    """
    series = report.series(indicator)
    known = [f for f in series if f.known]
    if len(known) < 2:
        report.finding(f"the releases have fewer than two figures of {subject} for {report.name}")
        return
    first, last = known[0], known[-1]
    if str(first) == str(last):
        report.finding(f"{subject} are {last} of all, as in {first.period}")
    else:
        way = "rose" if last.value > first.value else "fell"
        report.finding(f"{subject} {way} from {first} of all in {first.period} to {last} in {last.period}")
    report.chart(trend_chart(report.figures, indicator, report.area))
    missing = missing_sentences(series)
    if missing:
        report.text(*missing)


def bands(report: Report, ahead: Outlook) -> None:
    """Show plans by age band in the first and the last January that has ages."""
    found = ahead.history.bands[0]
    known = [n for n, row in enumerate(found) if np.isfinite(row).all()]
    since = [n for n in known if ahead.years[n] >= SINCE] or known
    if len(since) < 2:
        report.finding(f"the releases read here have no change in the ages of children with a plan for {report.name}")
        return
    before, now = found[since[0]], found[since[-1]]
    start, end = (int(ahead.years[since[n]]) for n in (0, -1))
    most = int(np.argmax(now - before))
    report.finding(_most_added(most, (now - before)[most], (now - before).sum(), start))
    about = About(
        "ages",
        f"{AGES[most]}: from {say.number(before[most])} to {say.count(now[most], 'plan')}",
        f"Statements and plans by age, {report.name}, January {start} and January {end}",
        "Ages come from another collection since 2023.",
    )
    rows = [(age, before[n], now[n]) for n, age in enumerate(AGES)]
    report.chart(charts.dumbbell(rows, about, say.number, "Plans", (f"January {start}", f"January {end}")))
    _band_table(report, ahead, known)
    report.text(*_joined(ahead, known))


def _most_added(most: int, added: float, total: float, start: int) -> str:
    """Return in which band most of the growth was."""
    group = f"children {BANDS[most]}" if most == 0 else f"those aged {BANDS[most]}"
    if total > 0 and added >= 0.995 * total:
        return f"nearly all the plans added since {start} are of {group}"
    if added <= 0:
        return f"no age band has more plans than in {start}"
    if total <= 0:
        return f"only {group} have more plans than in {start}"
    return f"{group} hold {say.whole(min(100.0, 100 * added / total))} of the plans added since {start}"


def _band_table(report: Report, ahead: Outlook, known: list[int]) -> None:
    frame = pd.DataFrame(ahead.history.bands[0][known], columns=AGES)
    frame.insert(0, "January", [str(int(ahead.years[n])) for n in known])
    total = ahead.history.total[0][known]
    frame["All plans"] = total
    caption = f"Statements and plans by age, {report.name}, each January that has ages"
    note = f"The releases read here have no ages for January {BREAK}; those of later years are of a new collection."
    formats = dict.fromkeys([*AGES, "All plans"], say.number)
    report.table(Table("ages-by-year", caption, frame, formats, note=note))


def _joined(ahead: Outlook, known: list[int]) -> list[str]:
    """Return whether the new collection's ages add up to all plans, and how the youngest moved across the break."""
    new = [n for n in known if ahead.years[n] >= BREAK]
    if not new:
        return [f"the releases read here have no ages for {ahead.name} since January {BREAK}"]
    off = [n for n in new if ahead.history.bands[0, n].sum() != ahead.history.total[0, n]]
    years = say.listed([str(int(ahead.years[n])) for n in (off or new)])
    return [f"the ages of {years} {'do not add' if off else 'add'} up to all plans", *_across(ahead, new[0])]


def _across(ahead: Outlook, new: int) -> list[str]:
    """Return what share of England's plans are the youngest's before and after the break."""
    bands = ahead.england.bands[0]
    old = [n for n in range(len(bands)) if np.isfinite(bands[n]).all() and ahead.years[n] < BREAK]
    if not old or not np.isfinite(bands[new]).all():
        return []
    before, after = (100 * bands[n][0] / bands[n].sum() for n in (old[-1], new))
    said = f"in England {say.percent(before)} of plans with a known age were of children under 5 in "
    said += f"{ahead.years[old[-1]]}, {say.percent(after)} in {ahead.years[new]}"
    if abs(after - before) < STEP:
        return [said]
    return [f"{said}: the two collections do not seem to date the youngest alike, so read their growth with care"]


def flows(report: Report, ahead: Outlook) -> None:
    """Show how many plans are new each year, and how many have gone, net of families who moved."""
    history, years = ahead.history, [int(y) - 1 for y in ahead.years]
    gone = np.append(np.nan, history.leavers[0])
    rows = [(str(y), "New plans", v) for y, v in zip(years, history.joiners[0], strict=True)]
    rows += [(str(y), "Net leavers", v) for y, v in zip(years, gone, strict=True)]
    known = [row for row in rows if math.isfinite(row[2])]
    if sum(name == "New plans" for _, name, _ in known) < 2 or not math.isfinite(gone[-1]):
        report.finding(f"the releases do not say how many plans in {report.name} are new from year to year")
        return
    new, left = history.joiners[0, -1], gone[-1]
    report.finding(_flow_finding(new, left, years[-1]))
    about = About(
        "flows",
        f"New plans were {say.number(new)} in {years[-1]}, net leavers {say.number(left)}",
        f"New statements and plans, and net leavers, each calendar year, {report.name}",
        "Net leavers are the plans at the start of a year and the new ones, less the plans at its end. A family that "
        "moves away with its plan counts as one, a family that moves in as one less.",
    )
    report.chart(charts.lines(known, about, say.number, "Plans a year"))
    said = [*map(_mended, ahead.mended), *_ceased(report, left, years[-1])]
    if said:
        report.text(*said)


def _flow_finding(new: float, left: float, year: int) -> str:
    """Return how many plans were new and how many on balance left."""
    said = f"{say.count(new, 'plan was', 'plans were')} new in {year}"
    if left < 0:
        return f"{said}, and {say.number(-left)} more came than left"
    return f"{said}, and on balance {say.number(left) if left >= 0.5 else 'none'} left"


def _ceased(report: Report, left: float, year: int) -> list[str]:
    """Return how many plans the authority itself reports as ceased beside the net number."""
    found = [f for f in report.series("ehc_plans_ceased") if f.known and f.time_period == str(year)]
    if not found:
        return []
    verb = "plan that ceased" if found[0].value == 1 else "plans that ceased"
    if found[0].value == left:
        return [f"the authority reports {found[0]} {verb} in {year}, which is the balance"]
    return [
        f"the authority reports {found[0]} {verb} in {year}; the balance is {say.number(left)}, and what lies "
        "between, such "
        "as moves from one area to another and corrections, is not in the releases read here"
    ]


def _mended(found: Mended) -> str:
    """Return why a year's number of new plans is not the release's."""
    used = f"here {found.by} ({say.number(found.used)}) {'stands' if 'mean' in found.by else 'stand'} for it"
    if not math.isfinite(found.stated):
        return f"the release has no number of new plans for {found.year}: {used}"
    stated = say.number(found.stated)
    return f"the release has {stated} new plans for {found.year}, more than there were plans at the end of it: {used}"
