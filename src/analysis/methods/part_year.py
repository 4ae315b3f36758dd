"""A year told from its first months: what it can come to."""

from __future__ import annotations

import scipy

from analysis.methods.intervals import Interval


def year_from_part(seen: int, part: float, confidence: float, dispersion: float = 1.0) -> Interval:
    """Return the range in which a year's count should lie, given the count of its first part, if nothing changes.

    A Poisson count at an unknown even rate: the rest of the year is negative binomial (gamma rate with Jeffreys' prior
    of one half), so both the chance in the part that was seen and that in the rest are in the range.

    Args:
        seen: events in the first part, 0 or more.
        part: its share of the year, above 0 and below 1; two months are 1/6.
        confidence: nominal coverage, between 0 and 1.
        dispersion: variance relative to a Poisson count, 1 or more; events that come in groups have more.

    Raises:
        ValueError: if one is out of range.

    Source: Gelman and others (2013), Bayesian Data Analysis, section 2.6 (gamma-Poisson predictive distribution).
    """
    if not (seen >= 0 and 0 < part < 1 and 0 < confidence < 1 and dispersion >= 1):
        raise ValueError(
            "year_from_part: expected a count >= 0, a part and a confidence between 0 and 1 and a dispersion >= 1; "
            f"got {seen}, {part}, {confidence} and {dispersion}"
        )
    tail = (1 - confidence) / 2
    rest = scipy.stats.nbinom(seen / dispersion + 0.5, part)
    return Interval(*(float(seen + dispersion * rest.ppf(share)) for share in (tail, 1 - tail)), confidence)
