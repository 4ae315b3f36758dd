"""How far an area's rates moved over some years: by chance alone, and beside how far neighbours' rates usually move."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.data.figure import Figure
from analysis.data.figures import Figures
from analysis.methods import rating
from analysis.methods.intervals import Interval
from analysis.methods.rounding import carried

ROSE, FELL = "rose", "fell"


def movements(figures: Figures, measures: Sequence[str], years: int) -> pd.DataFrame:
    """Return how each measure, a rate whose cases are known, changed over so many `years` to its latest figure.

    By measure that can be compared: `since` and `until` (the first figure within those years, and the latest), `before`
    and `after` (as written), `ratio` of later to earlier, its limits `lower` and `upper` by chance alone and
    `wide_lower`, `wide_upper` by chance and `swing` (of `rating.usual_swing`; NaN where too few neighbours are known,
    and the limits are those of chance), and `way` and `wide_way`: rose, fell, or "" where the limits hold no change.
    """
    rows = {}
    for measure in measures:
        pair = _ends(figures.series(measure, figures.area), years)
        if pair is None:
            continue
        before, after = pair
        swing = usual_swing(figures, figures.area, measure, years)
        alone = ratio(after, before)
        wide = ratio(after, before, swing) if swing > 0 else alone
        row = (before.time_period, after.time_period, str(before), str(after), after.value / before.value, swing)
        rows[measure] = (*row, *alone, *wide, way(alone), way(wide))
    names = ["since", "until", "before", "after", "ratio", "swing", "lower", "upper"]
    names += ["wide_lower", "wide_upper", "way", "wide_way"]
    return pd.DataFrame.from_dict(rows, "index", columns=names).rename_axis("indicator")


def way(interval: Interval) -> str:
    """Return which way the interval of a ratio says: rose, fell, or "" where it holds 1."""
    return "" if interval.contains(1) else ROSE if interval.lower > 1 else FELL


def ratio(after: Figure, before: Figure, swing: float = 0.0) -> Interval:
    """Return the interval for one figure divided by an earlier one, by chance, their rounding and a swing.

    Shares by the interval of their difference, rates by that of two Poisson counts (see `methods.rating`).
    """
    shares = not swing and after.unit == "percent" and after.value <= 100

    def made(later: float, earlier: float) -> Interval:
        if shares:
            return rating.change_of_shares(later, earlier, after.base, before.base, confidence=after.confidence)
        return rating.change(later, earlier, after.base, before.base, swing=swing, confidence=after.confidence)

    return carried(made, after.cases_range, before.cases_range)


def usual_swing(figures: Figures, area: str, measure: str, years: int) -> float:
    """Return how far the neighbours' rates swing beyond chance over so many years; NaN where too few are known."""
    pairs = [pair for code in figures.neighbours_of(area) for pair in _apart(figures.series(measure, code), years)]
    ratios = [after.value / before.value for before, after in pairs]
    return rating.usual_swing(ratios, [_variance(after) + _variance(before) for before, after in pairs])


def _ends(series: list[Figure], years: int) -> tuple[Figure, Figure] | None:
    """Return the first figure since so many years before the latest, and the latest; None without both or cases."""
    if not series or not series[-1].known:
        return None
    after = series[-1]
    start = str(int(after.time_period) - years)
    earlier = [f for f in series if f.known and start <= f.time_period < after.time_period]
    if not earlier or not (after.cases_range.lower > 0 and earlier[0].cases_range.lower > 0):
        return None
    return earlier[0], after


def _apart(series: list[Figure], years: int) -> list[tuple[Figure, Figure]]:
    """Return the figures so many years apart that have cases."""
    cased = {int(f.time_period): f for f in series if f.known and f.cases > 0}
    return [(cased[year - years], cased[year]) for year in sorted(cased) if year - years in cased]


def _variance(figure: Figure) -> float:
    """Return the variance of the log of a figure by chance alone: of a share binomial, of a rate Poisson."""
    return 1 / figure.cases - (1 / figure.base if figure.unit == "percent" and figure.value <= 100 else 0.0)
