"""Limits of a funnel for proportions: where areas would lie if all had one underlying share, or shares that vary.

Source: Spiegelhalter (2005), Statistics in Medicine 24:1185-1202; over-dispersion after Spiegelhalter (2005), Quality
and Safety in Health Care 14:347-351, with the variance between areas by DerSimonian and Laird's moments.
"""

from __future__ import annotations

import numpy as np
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects


def exact_limits(sizes: np.ndarray, share: float, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the limits within which shares of samples of these sizes lie by chance alone.

    The binomial quantiles are interpolated, so that the limits run smoothly (appendix A.1.1 of the source).

    Args:
        sizes: denominators, above 0; rounded to whole numbers.
        share: the underlying share, 0 to 1.
        confidence: between 0 and 1, such as 0.998.

    Returns:
        Lower and upper limits, shares of 0 to 1, each of the length of `sizes`.

    Raises:
        ValueError: if an argument is outside its range.
    """
    n = _checked(sizes, share, confidence)
    return _quantile(n, share, 0.5 - confidence / 2), _quantile(n, share, 0.5 + confidence / 2)


def wider_limits(
    sizes: np.ndarray, share: float, confidence: float, between_areas: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return limits for areas whose underlying shares themselves vary with this standard deviation (0 to 1).

    Arguments and errors as `exact_limits`; normal approximation, cut off at 0 and 1.
    """
    n = _checked(sizes, share, confidence)
    if not between_areas >= 0:
        raise ValueError(f"wider_limits: expected a standard deviation of 0 or more; got {between_areas}")
    far = stats.norm.ppf(0.5 + confidence / 2) * np.sqrt(share * (1 - share) / n + between_areas**2)
    return np.clip(share - far, 0, 1), np.clip(share + far, 0, 1)


def variation_between(shares: np.ndarray, sizes: np.ndarray) -> float:
    """Return the standard deviation of areas' underlying shares: what is left when chance is taken away; 0 or more.

    Args:
        shares: observed, 0 to 1.
        sizes: their denominators, above 0.

    Raises:
        ValueError: if there are fewer than two areas.
    """
    shares, sizes = np.asarray(shares, float), np.asarray(sizes, float)
    if len(shares) < 2:
        raise ValueError(f"variation_between: expected two areas or more; got {len(shares)}")
    pooled = float(np.sum(shares * sizes) / np.sum(sizes))
    if pooled in (0.0, 1.0):
        return 0.0
    found = combine_effects(shares, pooled * (1 - pooled) / sizes, method_re="dl")
    return float(np.sqrt(max(0.0, found.tau2)))


def _quantile(n: np.ndarray, share: float, at: float) -> np.ndarray:
    r = stats.binom.ppf(at, n, share)
    above, below = stats.binom.cdf(r, n, share), stats.binom.cdf(r - 1, n, share)
    step = np.where(above > below, (above - at) / np.where(above > below, above - below, 1), 0.0)
    return np.clip((r - step) / n, 0, 1)


def _checked(sizes: np.ndarray, share: float, confidence: float) -> np.ndarray:
    n = np.round(np.asarray(sizes, float))
    if not (np.all(n > 0) and 0 <= share <= 1 and 0 < confidence < 1):
        raise ValueError(f"limits: expected sizes above 0, share and confidence of 0 to 1; got {share}, {confidence}")
    return n
