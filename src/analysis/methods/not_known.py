"""What a count can be when some people's state is not known: bounds without an assumption, a value with one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from analysis.methods.intervals import Interval


def with_unknown(known: float, unknown: float, share: float) -> float:
    """Return cases if a share of those not known are cases too: `known` if none, `known + unknown` if all.

    Args:
        known: those known to be cases, 0 or more (people, or percent of all).
        unknown: those whose state is not known, in the same unit.
        share: of those not known who are taken to be cases, 0 to 1.

    Returns:
        NaN where one of the two numbers is.

    Raises:
        ValueError: if an argument is out of range.
    """
    if math.isnan(known) or math.isnan(unknown):
        return math.nan
    if not (known >= 0 and unknown >= 0 and 0 <= share <= 1):
        raise ValueError(f"with_unknown: expected 0 or more and a share of 0 to 1; got {known}, {unknown}, {share}")
    return known + share * unknown


def cases_in_group(either: Any, unknown_in_all: Any, either_elsewhere: Any = math.inf) -> Interval:
    """Return the fewest and most cases a group can hold of which only cases and not known together are given.

    At most all of those not known anywhere are in this group, and at least those that the other groups cannot hold.

    Args:
        either: people of the group who are cases or not known; a number, or one for each group, as are the others.
        unknown_in_all: people not known in all groups together.
        either_elsewhere: cases or not known in all other groups; infinite where one of them is suppressed.

    Returns:
        NaN where the group's or the unknown are.

    Raises:
        ValueError: if a number is negative.
    """
    if any(np.less(numbers, 0).any() for numbers in (either, unknown_in_all, either_elsewhere)):
        raise ValueError(f"cases_in_group: expected numbers of 0 or more; got {either}, {unknown_in_all}")
    fewest = either - np.minimum(either, unknown_in_all)
    most = either - np.minimum(either, np.maximum(0.0, unknown_in_all - either_elsewhere))
    return Interval(fewest, most)
