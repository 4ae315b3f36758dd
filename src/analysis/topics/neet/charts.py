"""Charts and tables of the NEET page."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from analysis import narrative as say
from analysis.charts import About, Chart, bars, lines
from analysis.figure import Figure
from analysis.figures import Figures
from analysis.methods import intervals
from analysis.methods.intervals import Interval
from analysis.tables import Table
from analysis.topics.neet.facts import Group, Winter, winter
from analysis.topics.neet.leavers import clear_changes
from analysis.topics.neet.lifetime import Cost

_NONE = Interval(math.nan, math.nan)


def bounds_rows(here: Winter, others: Sequence[Winter], share: float, usual: float) -> pd.DataFrame:
    """Return the share NEET if no one, a comparator's share, a chosen share or all of those not known are NEET.

    Args:
        here: the area; left out where it has no figure.
        others: England and whom else it stands beside.
        share: chosen share of those not known who are NEET, 0 to 1.
        usual: share NEET of the comparator's young people whose activity is known, 0 to 1.
    """
    rows = [(w.name, w.limits.lower, w.rate(usual), w.rate(share), w.limits.upper) for w in (here, *others) if w.known]
    heads = ["Area", "No one", "The comparator's share", f"{say.whole(share * 100)} of them", "All of them"]
    return pd.DataFrame(rows, columns=heads)


def bounds_chart(here: Winter, others: Sequence[Winter], share: float) -> Chart:
    """Return the share NEET at the chosen share as bars, with the bounds."""
    known = [w for w in (here, *others) if w.known]
    rows = [(w.name, w.rate(share), w.limits) for w in known]
    wide = say.number(here.limits.upper - here.limits.lower, 1)
    title = f"Those not known leave {here.name}'s share NEET open by {wide} {'point' if wide == '1.0' else 'points'}"
    if wide == "0.0":
        title = f"In {here.name} next to nobody's activity is not known"
    return bars(
        rows,
        About(
            "not-known",
            title,
            f"Young people aged 16 and 17 NEET, percent, {here.neet.period}",
            f"Lines run from none to all of those not known being NEET; bars take {say.whole(share * 100)}. They are "
            "bounds, not intervals of chance.",
        ),
        say.percent,
        "Percent NEET",
        focus={here.name},
        group="Area",
    )


def bounds_over_time(figures: Figures, area: str, periods: Sequence[str]) -> list[Winter]:
    """Return the winters of an area for which what the share NEET can be is known."""
    return [w for w in (winter(figures, area, period) for period in periods) if w.bounded]


def bounds_over_time_chart(winters: Sequence[Winter], england: Sequence[Winter]) -> Chart:
    """Return what the share NEET can be, winter by winter, as a band from none to all of those not known; two or more.

    Args:
        winters: the area's.
        england: England's.
    """
    first, last = winters[0], winters[-1]
    meet = first.limits.meets(last.limits)
    rows = [(w.neet.time_period, w.name, w.limits.lower, *w.limits) for w in winters]
    rows += [(w.neet.time_period, w.name, w.limits.lower, *_NONE) for w in england if w.name != last.name]
    return lines(
        pd.DataFrame(rows, columns=["x", "series", "value", "lower", "upper"]),
        About(
            "neet-over-time",
            f"Those not known {'leave open whether' if meet else 'cannot explain that'} the share NEET has changed",
            f"Young people aged 16 and 17 NEET, percent, {first.neet.period} to {last.neet.period}",
            f"Line: NEET if none of those not known are. Band: {last.name}'s bounds, up to all of them; no interval of "
            "chance. Ages 16 and 17; figures before 2016 are of ages 16 to 18 and must not be joined.",
        ),
        say.percent,
        "Percent NEET",
        roles={last.name: "area", "England": "england"},
    )


def went(first: Winter, last: Winter) -> str:
    """Return the change of the share known to be NEET without a judgement on it: "went from 2.0% to 2.5%"."""
    said = say.changed(first.neet.value, last.neet.value, say.percent)
    return said if said.startswith("stayed") else f"went from {said.partition(' from ')[2]}"


def unsettled(winters: Sequence[Winter]) -> str:
    """Return whether the bounds let one say that the share NEET has changed since the first winter; "" of one."""
    if len(winters) < 2:
        return ""
    first, last = winters[0], winters[-1]
    one, two = (say.span(w.limits, say.percent) for w in (first, last))
    change = f"what the share NEET can be went from {one} {first.neet.when} to {two} {last.neet.when}"
    if first.limits.meets(last.limits):
        alone = went(first, last)
        return (
            f"{change}: the two overlap, so whether a larger or smaller share is NEET than then cannot be said, "
            f"although the share known to be NEET {alone}"
        )
    moved = "larger" if last.limits.lower > first.limits.upper else "smaller"
    return (
        f"{change}: the two do not overlap, so a {moved} share was NEET, whatever those not known did; this does not "
        "say that the change is beyond chance"
    )


def groups_chart(groups: Sequence[Group], england: Sequence[Group], name: str) -> Chart:
    """Return the shares NEET or not known of the groups, the area's with interval, England's beside."""
    there = {group.key: group.rate for group in england}
    rows = []
    for group in groups:
        rows.append((group.label, group.rate.value, *(group.interval or _NONE), group.rate.symbol))
        if name != "England" and group.key in there:
            rows.append((f"England, {group.label.lower()}", there[group.key].value, *_NONE, there[group.key].symbol))
    known = [g for g in groups if g.rate.known]
    most = max(known, key=lambda g: g.rate.value)
    return bars(
        pd.DataFrame(rows, columns=["label", "value", "lower", "upper", "symbol"]),
        About(
            "groups",
            f"{most.label}, {most.rate} were NEET or not known in {name}",
            f"Young people aged 16 and 17 NEET or not known, percent, {most.rate.period}",
            f"{name}: {say.level(most.rate.confidence)} intervals of chance. "
            "England's shares are of so many that they have next to none.",
        ),
        say.percent,
        "Percent NEET or not known",
        focus={group.label for group in groups},
    )


def groups_table(groups: Sequence[Group], name: str) -> Table:
    """Return the groups with their numbers and what their share NEET can be; what is withheld keeps its symbol."""
    rows = [
        {
            "Group": group.label,
            "Young people": _about(group.people, group.rate),
            "NEET or not known": str(group.rate),
            "About how many": _about(group.either, group.rate),
            "Interval of chance": say.span(group.interval, group.rate.text) if group.interval else "[x]",
            "Share NEET, bounds": say.span(group.limits, group.rate.text) if group.limits else "[x]",
        }
        for group in groups
    ]
    frame = pd.DataFrame(rows)
    return Table(
        "groups-bounds",
        f"Young people by special educational needs and vulnerable group, {name}, {groups[0].rate.period}",
        frame,
        note="Bounds: the release gives NEET and not known of a group together only; the lower one puts as many of all "
        "those not known into the group as it can hold.",
        folded=False,
        right=list(frame.columns[1:]),
    )


def _about(value: float, figure: Figure) -> str:
    if math.isnan(value):
        return f"[{figure.symbol or 'x'}]"
    return say.about(value)


def care_leavers_sentences(series: Sequence[Figure]) -> list[str]:
    """Return what small numbers mean for a series of care leavers: the weight of one, and which changes stand out."""
    known = [f for f in series if f.known and f.base > 0]
    if not known:
        return []
    last = known[-1]
    said = [
        f"in a group of {say.number(last.base)}, as {last.when}, one young person more or fewer moves the share by "
        f"{say.number(100 / last.base, 1)} points"
    ]
    clear, pairs = clear_changes(known)
    if pairs:
        said.append(f"{_which(clear, pairs)} beyond chance")
        half = _half_width(last)
        said.append(f"a change of less than about {say.number(half)} points between two years could be chance")
    return said


def _which(clear: int, pairs: int) -> str:
    """Return which of some changes, as the beginning of a sentence."""
    if pairs == 1:
        return f"the one change from one year to the next is{'' if clear else ' not'}"
    number = f"{say.word(clear)} {'is' if clear == 1 else 'are'}" if clear else "none is"
    return f"of the {say.word(pairs)} changes from one year to the next, {number}"


def _half_width(figure: Figure) -> float:
    """Return how far two years of a group may lie apart by chance, in points, if one share lies behind both."""
    limits = intervals.difference(figure.cases, figure.base, figure.cases, figure.base, figure.confidence)
    return max(-limits.lower, limits.upper) * 100


def costs_chart(costs: Sequence[Cost], leading: str, name: str, known: float, prices: str, period: str) -> Chart:
    """Return the lifetime costs with their ranges."""
    first = next(cost for cost in costs if cost.kind == leading)
    rows = [(f"{say.capital(cost.kind)} cost", cost.value, cost.interval) for cost in costs]
    return bars(
        rows,
        About(
            "cost",
            f"The {leading} cost over whole lifetimes is {say.span(first.interval, say.rough_pounds)}",
            f"Lifetime cost of about {say.about(known)} young people NEET, {name}, {period}, {prices}",
            "Bars: the study's average a person for those known to be NEET. Lines end at the study's highest estimate "
            "for those not known as well. A lifetime cost, not a yearly one; the two kinds must not be added.",
        ),
        say.rough_pounds,
        "Pounds",
        group="Kind of cost",
    )
