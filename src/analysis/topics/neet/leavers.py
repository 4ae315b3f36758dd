"""Care leavers in education, employment or training, and those not known."""

from __future__ import annotations

from itertools import pairwise

from analysis.figure import Figure, is_known
from analysis.figures import Figures
from analysis.methods import not_known
from analysis.methods.intervals import Interval
from analysis.position import clear_change


def active(figures: Figures, rate: Figure) -> Figure | None:
    """Return the release's own count behind a share of care leavers, which is rounded; None where it gives none."""
    return figures.in_period(rate.indicator.removesuffix("_rate"), rate.area, rate.time_period)


def unknown_leavers(figures: Figures, rate: Figure) -> tuple[Figure | None, Interval | None]:
    """Return how many care leavers' activity is not known, and what a share can be, in percent, whatever they do."""
    lost = figures.in_period(rate.indicator.replace("_eet_rate", "_unknown"), rate.area, rate.time_period)
    if not (is_known(lost) and rate.known and rate.base > 0):
        return lost, None
    counted = active(figures, rate)
    share = 100 * counted.value / rate.base if is_known(counted) else rate.value
    most = not_known.with_unknown(share, 100 * lost.value / rate.base, 1)
    return lost, Interval(share, min(100.0, most))


def latest(figures: Figures, indicator: str, area: str) -> tuple[Figure | None, Figure | None, Figure | None]:
    """Return the last share of care leavers, with a value or a symbol, their count, and how many are not known.

    None where there is none.
    """
    series = figures.series(indicator, area)
    if not series:
        return None, None, None
    return series[-1], active(figures, series[-1]), unknown_leavers(figures, series[-1])[0]


def clear_changes(series: list[Figure]) -> tuple[int, int]:
    """Return how many changes from one year to the next are beyond chance, and how many there are."""
    known = [f for f in series if f.known and f.base > 0]
    pairs = [(a, b) for a, b in pairwise(known) if int(b.time_period) == int(a.time_period) + 1]
    return sum(clear_change(*pair) is True for pair in pairs), len(pairs)
