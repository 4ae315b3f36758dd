"""A sum over areas beside what it is divided by: both over the very same areas."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.words import listed


@dataclass(frozen=True)
class Together:
    """A number of several areas and its divisor, added up over the `areas` that have both; `missing` lack one."""

    number: float
    divisor: float
    areas: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def ratio(self) -> float:
        """The number divided by its divisor; NaN where that is 0."""
        return self.number / self.divisor if self.divisor else math.nan

    @property
    def words(self) -> str:
        """How many areas it is of, and which are missing: "151 authorities, without Middlesbrough and Wandsworth"."""
        without = f", without {listed(self.missing)}" if self.missing else ""
        return f"{len(self.areas)} authorities{without}"


def together(numbers: pd.Series, divisors: pd.Series, whole: float | None = None) -> Together:
    """Add up a number and what it is to be divided by over the same areas: those that have both.

    Args:
        numbers, divisors: a value an area, NaN where there is none, with the areas' names as the one index of both.
        whole: the divisor of all areas together, where it is published. Then an area needs no divisor of its own: those
            without a number are taken off the whole, which is NaN if theirs is not known.
    """
    number, divisor = numbers.to_numpy(float), divisors.to_numpy(float)
    known = ~np.isnan(number) & (~np.isnan(divisor) | (whole is not None))
    over = divisor[known].sum() if whole is None else whole - divisor[~known].sum()
    return Together(float(number[known].sum()), float(over), tuple(numbers.index[known]), tuple(numbers.index[~known]))
