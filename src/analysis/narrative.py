"""Numbers into words: British English, rounding, intervals, direction and comparison.

Every sentence on a page that holds a number is made with these, so that one rule decides how
numbers read. A comparison says "higher" or "lower" only where the interval leaves the other
value out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from analysis.formats import (
    NOT_AVAILABLE,
    Format,
    about,
    count,
    missing,
    modelled,
    modelled_pounds,
    number,
    of_all,
    percent,
    pounds,
    rough_pounds,
    tenths,
    whole,
)
from analysis.methods.intervals import Interval

__all__ = [
    "about", "around", "capital", "changed", "compared", "count", "level", "listed", "modelled", "modelled_pounds",
    "moved", "number", "of_all", "percent", "pounds", "quoted", "rough_pounds", "sentence", "some", "some_or_none",
    "span", "tenths", "whole", "word",
]  # fmt: skip


def word(value: float) -> str:
    """Return a whole number up to ten as a word, others as figures: 9 → "nine", 12 → "12"."""
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[int(value)] if value in range(11) else number(value)


def some_or_none(value: float) -> str:
    """Return a whole number as `word` does, but "none" for zero, where it stands without a noun."""
    return word(value) if value else "none"


def capital(text: str) -> str:
    """Return text with its first letter a capital, the rest as it is."""
    return text[:1].upper() + text[1:]


def span(interval: Interval, fmt: Format = number) -> str:
    """Return an interval's limits: "5.9% to 6.7%"; one value where both read the same.

    "not available" if a limit is missing.
    """
    lower, upper = fmt(interval.lower), fmt(interval.upper)
    if NOT_AVAILABLE in (lower, upper):
        return NOT_AVAILABLE
    return lower if lower == upper else f"{lower} to {upper}"


def around(interval: Interval, fmt: Format = number) -> str:
    """Return an interval with the coverage it is made for: "95% interval 5.9% to 6.7%".

    Raises:
        ValueError: for a range that has none.
    """
    if math.isnan(interval.coverage):
        raise ValueError(f"expected an interval with a coverage; got the range {tuple(interval)}")
    return f"{level(interval.coverage)} interval {span(interval, fmt)}"


def level(confidence: float) -> str:
    """Return a confidence in percent: 0.95 → "95%", 0.998 → "99.8%"."""
    return f"{confidence * 100:.6g}%"


def compared(
    interval: Interval,
    other: float,
    higher: str = "higher than",
    lower: str = "lower than",
    same: str = "not distinguishable from",
) -> str:
    """Return how an estimate with an interval stands to a fixed value.

    Returns:
        `higher` or `lower` where the interval leaves the value out, else `same`; a missing limit or value says nothing.
    """
    if interval.lower > other:
        return higher
    return lower if interval.upper < other else same


def changed(before: float, after: float, fmt: Format = number) -> str:
    """Return a change in words: "rose from 495 to 630", "fell from …", "stayed at 5".

    "cannot be compared …" if a value is missing.
    """
    if missing(before) or missing(after):
        return "cannot be compared, as a value is not available"
    if fmt(before) == fmt(after):
        return f"stayed at {fmt(after)}"
    return f"{'rose' if after > before else 'fell'} from {fmt(before)} to {fmt(after)}"


def moved(change: float) -> str:
    """Return a change in percent in words: "rose by 15.3%", "fell by 2.0%", "hardly changed"."""
    if missing(change):
        return "cannot be compared, as a value is not available"
    if percent(abs(change)) == "0.0%":
        return "hardly changed"
    return f"{'rose' if change > 0 else 'fell'} by {percent(abs(change))}"


def listed(items: Sequence[str]) -> str:
    """Return items as a British list: "a", "a and b", "a, b and c"; "none" if empty."""
    if len(items) < 2:
        return items[0] if items else "none"
    return ", ".join(items[:-1]) + " and " + items[-1]


def some(items: Sequence[str], noun: str, most: int = 3) -> str:
    """Return items as a list where there are few, else how many: "Wiltshire and England", "13 areas"."""
    return listed(items) if len(items) <= most else f"{number(len(items))} {noun}"


def quoted(text: str) -> str:
    """Return words of a document in quotation marks."""
    return f"\N{LEFT DOUBLE QUOTATION MARK}{text}\N{RIGHT DOUBLE QUOTATION MARK}"


def sentence(text: str) -> str:
    """Return text with a capital first letter and a full stop, white space folded; blank text stays blank."""
    text = capital(" ".join(text.split()))
    return text if not text or text.endswith((".", "?", "!", "…")) else text + "."
