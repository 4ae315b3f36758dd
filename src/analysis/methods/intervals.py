"""Confidence intervals for proportions, counts and rates, and the range of a year told from its first months.

By the technical guide of the Office for Health Improvement and Disparities (OHID): Wilson's score for proportions,
Byar's approximation for counts of ten or more, the exact Poisson interval below ten. `confidence` is the nominal
coverage, between 0 and 1; what is out of range is a ValueError.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import scipy
from scipy import special  # scipy.stats takes longer to load than most reports take to make

EXACT_BELOW = 10
"""Counts below this get the exact Poisson interval (OHID technical guide)."""


class _Ends(NamedTuple):
    lower: float
    upper: float


class Interval(_Ends):
    """A lower and an upper limit, in the unit of the estimate; two intervals are equal if their limits are.

    `coverage` is the share of cases (0 to 1) such an interval is made to hold. It is NaN for a range that is made to
    hold no such share: what a rounding allows, bounds, the lowest and highest of some.
    """

    coverage: float

    def __new__(cls, lower: float, upper: float, coverage: float = math.nan) -> Interval:
        made = super().__new__(cls, lower, upper)
        made.coverage = coverage
        return made

    def contains(self, value: float) -> bool:
        """Whether a value lies within the limits, the limits included."""
        return self.lower <= value <= self.upper

    def meets(self, other: Interval) -> bool:
        """Whether two intervals share at least one value."""
        return self.lower <= other.upper and other.lower <= self.upper

    def times(self, factor: float) -> Interval:
        """Return both limits multiplied by a factor of zero or more."""
        return Interval(self.lower * factor, self.upper * factor, self.coverage)

    def plus(self, step: float) -> Interval:
        """Return both limits with a number added."""
        return Interval(self.lower + step, self.upper + step, self.coverage)


def wilson(events: float, n: float, confidence: float, design_effect: float = 1.0) -> Interval:
    """Return Wilson's score interval for a proportion, 0 to 1 (Wilson 1927, J. Am. Stat. Assoc. 22:209-212).

    `events`, 0 to n, need not be whole where they were worked back from a share; `design_effect` is the variance
    relative to a simple random sample, 1 or more: the effective sample is n divided by it.
    """
    _check_confidence(confidence)
    if not (n > 0 and 0 <= events <= n):
        raise ValueError(f"wilson: expected 0 <= events <= n and n > 0; got events={events}, n={n}")
    if not design_effect >= 1:
        raise ValueError(f"wilson: expected a design effect of 1 or more; got {design_effect}")
    sample, z = n / design_effect, -float(special.ndtri((1 - confidence) / 2))
    share = events / design_effect / sample
    wider = 1 + z**2 / sample
    middle = (share + z**2 / (2 * sample)) / wider
    half = z * math.sqrt(share * (1 - share) / sample + z**2 / (4 * sample**2)) / wider
    # Floating point can leave the limits a hair outside the estimate at 0 and n.
    return Interval(max(0.0, min(middle - half, events / n)), min(1.0, max(middle + half, events / n)), confidence)


def difference(later: float, n_later: float, earlier: float, n_earlier: float, confidence: float) -> Interval:
    """Return the interval for later ÷ n_later − earlier ÷ n_earlier, two independent proportions.

    Newcombe (1998), Statistics in Medicine 17:873-890, method 10 (from two Wilson intervals).
    """
    after, before = later / n_later, earlier / n_earlier
    one, two = wilson(later, n_later, confidence), wilson(earlier, n_earlier, confidence)
    below = math.hypot(after - one.lower, two.upper - before)
    above = math.hypot(one.upper - after, before - two.lower)
    return Interval(after - before - below, after - before + above, confidence)


def count(events: float, confidence: float) -> Interval:
    """Return the interval for a count of 0 or more events (Breslow and Day 1987, IARC 82; OHID technical guide)."""
    _check_confidence(confidence)
    if not (events >= 0 and math.isfinite(events)):
        raise ValueError(f"count: expected a number of events of 0 or more; got {events}")
    more, z, tail = events + 1, special.ndtri(0.5 + confidence / 2), (1 - confidence) / 2
    if events < EXACT_BELOW:
        lower = 0.0 if events == 0 else special.gammaincinv(events, tail)
        upper = special.gammaincinv(more, 1 - tail)
    else:
        lower = events * (1 - 1 / (9 * events) - z / (3 * math.sqrt(events))) ** 3
        upper = more * (1 - 1 / (9 * more) + z / (3 * math.sqrt(more))) ** 3
    return Interval(max(0.0, float(lower)), float(upper), confidence)


def rate(events: float, population: float, per: float, confidence: float) -> Interval:
    """Return the interval for a rate: that of the `count`, divided by the population (above 0), times `per`."""
    if not population > 0:
        raise ValueError(f"rate: expected a population above 0; got {population}")
    return count(events, confidence).times(per / population)


def ratio_of_counts(later: float, earlier: float, confidence: float, dispersion: float = 1.0) -> Interval:
    """Return the interval for later ÷ earlier, two independent Poisson counts above 0.

    Conditional on their total the later count is binomial, so Wilson's interval for its share gives limits for the
    ratio (Przyborowski and Wilenski 1940, Biometrika 31:313-323, with a score interval). `dispersion` is the variance
    relative to Poisson counts, 1 or more.
    """
    if not (later > 0 and earlier > 0):
        raise ValueError(f"ratio_of_counts: expected two counts above 0; got {later} and {earlier}")
    share = wilson(later, later + earlier, confidence, dispersion)
    return Interval(share.lower / (1 - share.lower), share.upper / (1 - share.upper), confidence)


def year_from_part(seen: int, part: float, confidence: float, dispersion: float = 1.0) -> Interval:
    """Return the range in which a year's count should lie if nothing changes, given the count of its first part.

    `part` is that part's share of the year: two months are 1/6. At an unknown even rate, the rest of the year is
    negative binomial (Gelman and others 2013, Bayesian Data Analysis, section 2.6, with Jeffreys' prior of one half),
    so both the chance in what was seen and in the rest is in the range. `dispersion` is as in `ratio_of_counts`.
    """
    if not (seen >= 0 and 0 < part < 1 and 0 < confidence < 1 and dispersion >= 1):
        got = f"{seen}, {part}, {confidence} and {dispersion}"
        raise ValueError(f"year_from_part: expected a count, two shares of 0 to 1 and a dispersion >= 1; got {got}")
    tail = (1 - confidence) / 2
    rest = scipy.stats.nbinom(seen / dispersion + 0.5, part)
    return Interval(*(float(seen + dispersion * rest.ppf(share)) for share in (tail, 1 - tail)), confidence)


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"expected a confidence between 0 and 1, such as 0.95; got {confidence}")
