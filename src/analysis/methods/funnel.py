"""Limits for shares by the number behind them: how far chance, and the usual spread between areas, let them lie.

One method serves a funnel (areas about a target) and a p-chart (an area's years about its own average).
Source: Spiegelhalter (2005), Funnel plots for comparing institutional performance, Statistics in Medicine
24:1185-1202 (exact limits, appendix A.1.1), and Handling over-dispersion of performance indicators, Quality and
Safety in Health Care 14:347-351 (winsorised dispersion and the additive spread between areas); Montgomery,
Introduction to Statistical Quality Control (2013), chapter 7, for the p-chart's centre.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import special  # scipy.stats takes longer to load than most reports take to make

Limits = Callable[[np.ndarray, float], tuple[np.ndarray, np.ndarray]]
"""Gives lower and upper limits for sizes and a confidence."""

WINSORISED = 0.1
"""Share of the areas at either end whose distance from the target is drawn in before the spread is estimated."""
_END = float(special.ndtri(1 - WINSORISED))
_DENSITY = math.exp(-(_END**2) / 2) / math.sqrt(2 * math.pi)
KEPT = 1 - 2 * WINSORISED - 2 * _END * _DENSITY + 2 * WINSORISED * _END**2
"""What drawing in leaves of the mean square of a normal distribution (0.68): without dividing by it, limits of 95%
would hold some 88% of areas that differ as a normal distribution does."""


class Spread(NamedTuple):
    """How much more areas differ than chance alone would make them.

    `dispersion` is the mean squared distance from the target in standard errors, winsorised and divided by what that
    leaves of a normal distribution: 1 is chance alone.
    `between` is the standard deviation between areas beyond chance, as a share (0 to 1).
    `by_chance` is the probability of areas so far apart if chance alone were at work (Pearson's chi-squared).
    """

    dispersion: float
    between: float
    by_chance: float


def pooled(events: np.ndarray, sizes: np.ndarray) -> float:
    """Return the share of all areas or periods together, 0 to 1.

    Raises:
        ValueError: unless every size is above 0 and events lie between 0 and the size.
    """
    events, sizes = np.asarray(events, float), np.asarray(sizes, float)
    if not (sizes.size and (sizes > 0).all() and ((events >= 0) & (events <= sizes)).all()):
        raise ValueError("pooled: expected sizes above 0, and events from 0 to the size")
    return float(events.sum() / sizes.sum())


def exact(sizes: np.ndarray, target: float, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the shares between which chance alone leaves an area whose true share is the target.

    Binomial quantiles, moved between whole numbers of cases so that each tail holds its part exactly.

    Args:
        sizes: numbers of people, above 0; need not be whole.
        target: share, 0 to 1; at its ends chance leaves nothing to differ.
        confidence: of the two limits together, between 0 and 1.

    Returns:
        lower and upper limits, shares of 0 to 1, in the order of the sizes.

    Raises:
        ValueError: if an argument is outside its range.
    """
    sizes = _checked("exact", sizes, target, confidence)
    tail = (1 - confidence) / 2
    return _quantile(tail, sizes, target), _quantile(1 - tail, sizes, target)


def _quantile(p: float, sizes: np.ndarray, target: float) -> np.ndarray:
    """Return the binomial quantile as a share, between the whole numbers on either side of the probability."""
    if target in (0, 1):
        return np.full(sizes.shape, float(target))
    n = np.maximum(1.0, np.round(sizes))
    r = np.ceil(special.bdtrik(p, n, target))
    above, below = special.betaincc(r + 1, n - r, target), special.betaincc(r, n - r + 1, target)  # of r, of r - 1
    step = (above - p) / (above - below)
    return np.clip((r - step) / n, 0.0, 1.0)


def widened(sizes: np.ndarray, target: float, confidence: float, between: float) -> tuple[np.ndarray, np.ndarray]:
    """Return limits that allow for chance and for a spread between areas, added as variances.

    `between` is the standard deviation between areas, as a share; 0 gives the normal form of the chance limits. All
    else is as in `exact`.
    """
    sizes = _checked("widened", sizes, target, confidence)
    if not between >= 0:
        raise ValueError(f"widened: expected a standard deviation of 0 or more; got {between}")
    z = special.ndtri(0.5 + confidence / 2)
    half = z * np.sqrt(target * (1 - target) / sizes + between**2)
    return np.clip(target - half, 0.0, 1.0), np.clip(target + half, 0.0, 1.0)


def _checked(what: str, sizes: np.ndarray, target: float, confidence: float) -> np.ndarray:
    sizes = np.asarray(sizes, dtype=float)
    if not (0 <= target <= 1 and 0 < confidence < 1 and np.all(sizes > 0)):
        raise ValueError(f"{what}: expected sizes above 0, target and confidence in 0 to 1; got {target}, {confidence}")
    return sizes


def spread(shares: np.ndarray, sizes: np.ndarray, target: float) -> Spread:
    """Return how much more areas differ around a target than chance alone would make them.

    Args:
        shares: 0 to 1, one an area; two areas or more.
        sizes: numbers of people, above 0.
        target: share, above 0 and below 1.

    Raises:
        ValueError: if there are fewer than two areas, or an argument is outside its range.
    """
    shares, sizes = np.asarray(shares, dtype=float), np.asarray(sizes, dtype=float)
    if not (len(shares) == len(sizes) >= 2 and 0 < target < 1 and np.all(sizes > 0)):
        raise ValueError(f"spread: expected two areas or more, sizes above 0 and a target in 0 to 1; got {target}")
    errors = np.sqrt(target * (1 - target) / sizes)
    scores = (shares - target) / errors
    z = np.clip(scores, *np.quantile(scores, [WINSORISED, 1 - WINSORISED]))
    dispersion = float(np.mean(z**2)) / KEPT
    weights = errors**-2
    scale = weights.sum() - (weights**2).sum() / weights.sum()
    between = max(0.0, (len(z) * dispersion - (len(z) - 1)) / scale)
    return Spread(dispersion, math.sqrt(between), float(special.chdtrc(len(scores), np.sum(scores**2))))


def about(target: float, between: float | None = None) -> Limits:
    """Return the limits about a target: of chance alone, or, with a spread between areas, of chance and that spread."""
    if between is None:
        return lambda sizes, confidence: exact(sizes, target, confidence)
    return lambda sizes, confidence: widened(sizes, target, confidence, between)


def places(values: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> list[str]:
    """Return where each value lies to its limits: "below", "within" (on them, too) or "above"."""
    values = np.asarray(values, dtype=float)
    return np.select([values < lower, values > upper], ["below", "above"], "within").tolist()


def in_percent(limits: Limits) -> Limits:
    """Return limits of shares as limits in percent."""
    return lambda sizes, confidence: tuple(100 * limit for limit in limits(sizes, confidence))


def size_to_tell(share: float, target: float, confidence: float) -> float:
    """Return how many people it takes for a share to stand out from a target; infinity where the two are equal.

    The normal form of the chance limits, turned round: n = z² target (1 − target) ÷ (share − target)².
    """
    if share == target:
        return math.inf
    z = special.ndtri(0.5 + confidence / 2)
    return float(z**2 * target * (1 - target) / (share - target) ** 2)
