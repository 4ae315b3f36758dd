"""Care leavers in education, employment or training: the release's own counts, and those not known."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from analysis.figure import Figure, is_known
from analysis.figures import Figures
from analysis.methods import intervals, not_known
from analysis.methods.intervals import Interval


def counted(figures: Figures, rate: Figure) -> Figure:
    """Return a share of care leavers with the release's own counts behind it, where it gives both.

    The base in the table follows from the rounded share, and may be a few young people off.
    """
    name = rate.indicator.removesuffix("_eet_rate")
    part, whole = (figures.in_period(id_, rate.area, rate.time_period) for id_ in (f"{name}_eet", name))
    if not (rate.known and is_known(part) and is_known(whole) and whole.value > 0):
        return rate
    share = 100 * part.value / whole.value
    return replace(rate, value=share if rate.text(share) == str(rate) else rate.value, base=whole.value)


def unknown_leavers(figures: Figures, rate: Figure) -> tuple[Figure | None, Interval | None]:
    """Return how many care leavers' activity is not known, and what a share can be, in percent, whatever they do."""
    lost = figures.in_period(rate.indicator.replace("_eet_rate", "_unknown"), rate.area, rate.time_period)
    if not (is_known(lost) and rate.known and rate.base > 0):
        return lost, None
    most = not_known.with_unknown(rate.value, 100 * lost.value / rate.base, 1)
    return lost, Interval(rate.value, min(100.0, most))


def latest(figures: Figures, indicator: str, area: str) -> tuple[Figure | None, Figure | None]:
    """Return the last share of care leavers, with a value or a symbol, and how many are not known; None where none."""
    series = figures.series(indicator, area)
    if not series:
        return None, None
    last = counted(figures, series[-1])
    return last, unknown_leavers(figures, last)[0]


def clear_changes(series: list[Figure], confidence: float) -> tuple[int, int]:
    """Return how many changes from one year to the next are beyond chance, and how many there are."""
    known = [f for f in series if f.known and f.base > 0]
    pairs = [(a, b) for a, b in pairwise(known) if int(b.time_period) == int(a.time_period) + 1]
    clear = [
        pair
        for pair in pairs
        if not intervals.difference(pair[1].cases, pair[1].base, pair[0].cases, pair[0].base, confidence).contains(0)
    ]
    return len(clear), len(pairs)
