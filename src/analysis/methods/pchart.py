"""Control charts for proportions: over time (p-chart) and across areas (funnel), with an allowance for overdispersion.

Sources: Montgomery, Introduction to Statistical Quality Control (2013), chapter 7, for the p-chart; Spiegelhalter
(2005), Statistics in Medicine 24:1185-1202, for the funnel and its winsorised overdispersion.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

WINSORISED = 0.1
"""Share at either end that is drawn in before overdispersion is judged, so that outliers do not hide themselves."""


def overall(events: np.ndarray, sizes: np.ndarray) -> float:
    """Return the proportion over all periods together.

    Raises:
        ValueError: unless every size is above 0 and events lie between 0 and the size.
    """
    events, sizes = _checked(events, sizes)
    return float(events.sum() / sizes.sum())


def limits(
    centre: float, sizes: np.ndarray, confidence: float, dispersion: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return the limits within which chance alone would leave a proportion, by size.

    Exact binomial limits, interpolated between whole numbers as Spiegelhalter gives them; with a dispersion above 1
    their distance from the centre grows by its square root.

    Args:
        centre: the proportion expected, 0 to 1.
        sizes: numbers observed, above 0.
        confidence: share within the limits, such as 0.998.
        dispersion: variance relative to chance alone, 1 or more.

    Returns:
        Lower and upper limits, 0 to 1.
    """
    if not (0 <= centre <= 1 and 0 < confidence < 1 and dispersion >= 1):
        raise ValueError(
            f"limits: expected a centre of 0 to 1, a confidence between them and a dispersion of 1 or more; "
            f"got {centre}, {confidence}, {dispersion}"
        )
    sizes = np.asarray(sizes, float)
    tail = (1 - confidence) / 2
    ends = [_exact(share, np.maximum(sizes, 1.0), centre) for share in (tail, 1 - tail)]
    wide = np.sqrt(dispersion)
    lower, upper = (centre + (end - centre) * wide for end in ends)
    return np.clip(np.minimum(lower, centre), 0, 1), np.clip(np.maximum(upper, centre), 0, 1)


def overdispersion(events: np.ndarray, sizes: np.ndarray, centre: float) -> float:
    """Return how much more proportions vary about a centre than chance alone would make them, 1 or more.

    The mean square of the winsorised z-scores; 1 where it is within chance of 1, and for fewer than two areas.
    """
    events, sizes = _checked(events, sizes)
    if len(events) < 2 or not 0 < centre < 1:
        return 1.0
    scores = (events / sizes - centre) / np.sqrt(centre * (1 - centre) / sizes)
    ends = np.quantile(scores, [WINSORISED, 1 - WINSORISED])
    ratio = float(np.mean(np.clip(scores, *ends) ** 2))
    return max(1.0, ratio) if ratio > 1 + 2 / np.sqrt(len(events)) else 1.0


def _exact(share: float, sizes: np.ndarray, centre: float) -> np.ndarray:
    """Return an interpolated binomial quantile as a proportion."""
    if centre in (0.0, 1.0):
        return np.full(sizes.shape, centre)
    whole = np.rint(sizes)
    at = stats.binom.ppf(share, whole, centre)
    here, below = stats.binom.cdf(at, whole, centre), stats.binom.cdf(at - 1, whole, centre)
    step = np.where(here > below, (here - share) / np.where(here > below, here - below, 1.0), 0.0)
    return np.clip((at - step) / whole, 0.0, 1.0)


def _checked(events: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    events, sizes = np.asarray(events, float), np.asarray(sizes, float)
    if not (sizes.size and (sizes > 0).all() and ((events >= 0) & (events <= sizes)).all()):
        raise ValueError("p-chart: expected sizes above 0, and events from 0 to the size")
    return events, sizes
