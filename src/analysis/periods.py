"""The years of periods, and in which of them an authority has figures."""

from __future__ import annotations

from collections.abc import Iterable


def last_year(time_period: str) -> int:
    """Return the year in which a period ends: 2025 for 2025 and for 202425."""
    return int(time_period[:4]) + (len(time_period) == 6)


def newest(periods: Iterable[str]) -> int:
    """Return the year in which the latest of some periods ends; 0 without any.

    What lies ahead is judged by this year of the figures, never by a clock.
    """
    return max(map(last_year, set(periods)), default=0)


def existed(start: int | str, end: int | str, year: int) -> bool:
    """Say whether an authority can have figures of its own for a year.

    Reorganisations take effect in April, and most counts are of March: a new authority's begin in the next year.

    Args:
        start: the year in whose April it was formed; blank or 0 if it is older than the figures.
        end: the year in whose April it was abolished; blank or 0 if it was not.
        year: the year in which a period ends.
    """
    return int(start or 0) < year and (not end or year <= int(end))
