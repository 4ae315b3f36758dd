"""Limits for shares by the number behind them: how far chance, and the usual spread between areas, let them lie.

One method serves a funnel (areas about a target, or about the usual) and a p-chart (an area's years about its average;
Montgomery 2013, Introduction to Statistical Quality Control, chapter 7). Exact limits and random effects: Spiegelhalter
(2005), Statistics in Medicine 24:1185-1202; the mean of log-odds, so that no limit leaves 0 to 1: Paule and Mandel
(1982), J. Research of the National Bureau of Standards 87:377-385. What is out of range is a ValueError.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import special  # scipy.stats takes longer to load than most reports take to make

Limits = Callable[[np.ndarray, float], tuple[np.ndarray, np.ndarray]]
"""Gives lower and upper limits for sizes and a confidence."""


class Usual(NamedTuple):
    """What areas usually have, and how far they differ beyond chance.

    `centre` is the random-effects mean, a share of 0 to 1; `between` the standard deviation of log-odds between areas
    beyond chance; `excess` how many times as far apart areas lie as chance alone would leave them (H).
    """

    centre: float
    between: float
    excess: float

    def limits(self, sizes: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the limits between which areas of a size usually lie, by the spread between areas and chance."""
        lower, upper = exact(sizes, self.centre, confidence)
        error = np.sqrt(self.between**2 + 1 / (np.asarray(sizes, float) * self.centre * (1 - self.centre)))
        at, half = special.logit(self.centre), special.ndtri(0.5 + confidence / 2) * error
        return np.minimum(lower, special.expit(at - half)), np.maximum(upper, special.expit(at + half))


def usual(shares: np.ndarray, sizes: np.ndarray) -> Usual:
    """Return what two areas or more usually have, from shares of 0 to 1 and sizes above 0.

    Half a case is added on either side, so that an area with no case, or nothing but cases, has log-odds too.
    """
    from statsmodels.stats.meta_analysis import combine_effects  # only a page with a funnel waits for it to load

    shares, sizes = np.asarray(shares, dtype=float), np.asarray(sizes, dtype=float)
    if not (len(shares) == len(sizes) >= 2 and np.all((shares >= 0) & (shares <= 1)) and np.all(sizes > 0)):
        raise ValueError("usual: expected two areas or more, shares of 0 to 1 and sizes above 0")
    events, others = shares * sizes + 0.5, (1 - shares) * sizes + 0.5
    found = combine_effects(np.log(events / others), 1 / events + 1 / others, method_re="iterated")
    return Usual(float(special.expit(found.mean_effect_re)), math.sqrt(max(0.0, found.tau2)), math.sqrt(found.h2))


def pooled(events: np.ndarray, sizes: np.ndarray) -> float:
    """Return the share of all areas or periods together, 0 to 1, from events of 0 to the size and sizes above 0."""
    events, sizes = np.asarray(events, float), np.asarray(sizes, float)
    if not (sizes.size and (sizes > 0).all() and ((events >= 0) & (events <= sizes)).all()):
        raise ValueError("pooled: expected sizes above 0, and events from 0 to the size")
    return float(events.sum() / sizes.sum())


def exact(sizes: np.ndarray, target: float, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and upper shares between which chance alone leaves areas whose true share is the target, 0 to 1.

    Binomial quantiles, moved between whole numbers of cases so that each tail holds its part of 1 − `confidence`
    exactly. `sizes`, numbers of people above 0, need not be whole.
    """
    sizes = np.asarray(sizes, dtype=float)
    if not (0 <= target <= 1 and 0 < confidence < 1 and np.all(sizes > 0)):
        raise ValueError(f"exact: expected sizes above 0, target and confidence in 0 to 1; got {target}, {confidence}")
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


def about(target: float) -> Limits:
    """Return the limits of chance alone about a target."""
    return lambda sizes, confidence: exact(sizes, target, confidence)


def places(values: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> list[str]:
    """Return where each value lies to its limits: "below", "within" (on them, too) or "above"."""
    values = np.asarray(values, dtype=float)
    return np.select([values < lower, values > upper], ["below", "above"], "within").tolist()


def in_percent(limits: Limits) -> Limits:
    """Return limits of shares as limits in percent."""
    return lambda sizes, confidence: tuple(100 * limit for limit in limits(sizes, confidence))


def size_to_tell(share: float, target: float, confidence: float) -> float:
    """Return how many people it takes for a share to stand out from a target; infinity where the two are equal.

    The normal limits, turned round: n = z² target (1 − target) ÷ (share − target)².
    """
    if share == target:
        return math.inf
    z = special.ndtri(0.5 + confidence / 2)
    return float(z**2 * target * (1 - target) / (share - target) ** 2)
