"""Numbers as text: thousands commas, a true minus sign, decimals by unit."""

from __future__ import annotations

import calendar
import math
from collections.abc import Callable

MINUS = "\N{MINUS SIGN}"
NOT_AVAILABLE = "not available"
Format = Callable[[float], str]


def number(value: float, decimals: int = 0) -> str:
    """Return a number with thousands commas and a true minus sign; "not available" for NaN or infinity.

    Halves are rounded to even after the decimals, as Python's formatting does; a result that rounds
    to zero never carries a minus sign.

    >>> number(30019), number(-3.756, 2), number(-0.001)
    ('30,019', '−3.76', '0')
    """
    if missing(value):
        return NOT_AVAILABLE
    text = f"{abs(value):,.{decimals}f}"
    negative = value < 0 and any(digit in "123456789" for digit in text)
    return (MINUS if negative else "") + text


def count(value: float, singular: str, plural: str | None = None, fmt: Format = number) -> str:
    """Return a count with its noun: "1 child", "0 children", "1,028 parents", "an unknown number of children"."""
    text = fmt(value)
    if text == NOT_AVAILABLE:
        text = "an unknown number of"
    return f"{text} {singular if text in ('1', 'one') else plural or singular + 's'}"


def percent(value: float, decimals: int = 1) -> str:
    """Return a percentage: 6.3 → "6.3%"."""
    text = number(value, decimals)
    return text if text == NOT_AVAILABLE else text + "%"


def whole(value: float) -> str:
    """Return a percentage without decimals: 66.0 → "66%"."""
    return percent(value, 0)


def of_all(value: float) -> str:
    """Return a share of all there are in whole percent: 47.2 → "47%"; "more than all" above 100, as no share is."""
    return "more than all" if value > 100 else whole(value)


def pounds(value: float, decimals: int | None = None) -> str:
    """Return an amount of money a person can say: "£18.4 million", "£902,000", "£77,200".

    Args:
        value: pounds.
        decimals: of the millions or billions; 1 if None. Below one million, whole pounds.
    """
    if missing(value):
        return NOT_AVAILABLE
    sign = MINUS if value < 0 else ""
    places = 1 if decimals is None else decimals
    size = abs(value)
    # The amount as the next smaller unit would show it decides: 999,999,999 is £1.0 billion, not £1,000.0 million,
    # while 960,000 stays as it is.
    for unit, name, shown in ((1e9, "billion", round(size / 1e6, places) * 1e6), (1e6, "million", round(size))):
        if shown >= unit:
            return f"{sign}£{size / unit:,.{places}f} {name}"
    text = number(size)
    return ("" if text == "0" else sign) + "£" + text


def amount(value: float | None, unit: str, decimals: int | None = None) -> str:
    """Return a number with its unit: "3.9%", "£1.2 million", "30,019 children"; "" for None.

    Args:
        value: in `unit`; a percentage is out of 100.
        unit: as the figures table gives it; "pounds per child" reads "£354 per child".
        decimals: shown; None for none from 1,000 and of whole numbers, one from 1, else three significant digits.
    """
    if value is None:
        return ""
    kind, _, rest = unit.partition(" ")
    if kind == "pounds":
        return f"{pounds(value)} {rest}".rstrip()
    text = number(value, _decimals(value) if decimals is None else decimals)
    if kind == "percent":
        return f"{text}% {rest}".rstrip()
    return f"{text} {unit}".rstrip()


def _decimals(value: float) -> int:
    size = abs(value)
    if missing(value) or size >= 1000 or size == int(size):
        return 0
    return 1 if size >= 1 else 2 - math.floor(math.log10(size))


def month(date: str) -> str:
    """Return a date of publication in words: "2026-04" → "April 2026", "2025" → "2025"."""
    year, _, rest = date.partition("-")
    return f"{calendar.month_name[int(rest[:2])]} {year}" if rest else year


def about(value: float) -> str:
    """Return a rounded count for an estimate: to 3 significant figures, 10 or more to the nearest 10 or wider.

    >>> about(19098.8), about(2163), about(47.2), about(3.6)
    ('19,100', '2,160', '50', '4')
    """
    return NOT_AVAILABLE if missing(value) else number(roughly(value))


def roughly(value: float) -> float:
    """Return a number rounded to 3 significant figures, one of 10 or more to the nearest 10 or wider."""
    return _rounded(value, 2, 10)


def modelled(value: float) -> str:
    """Return a simulated count, whose further digits mean nothing: to 2 significant figures, whole below 10.

    >>> modelled(3757.4), modelled(903), modelled(47.2), modelled(3.6)
    ('3,800', '900', '47', '4')
    """
    return NOT_AVAILABLE if missing(value) else number(two_figures(value))


def two_figures(value: float) -> float:
    """Return a number rounded to 2 significant figures; one below 10 stays as it is."""
    return _rounded(value, 1, 1)


def _rounded(value: float, further: int, least: int) -> float:
    """Return a number of 10 or more rounded to so many further digits than its first, to `least` or wider."""
    if missing(value) or abs(value) < 10:
        return value
    unit = max(least, 10 ** (math.floor(math.log10(abs(value))) - further))
    return float(round(value / unit) * unit)


def rough_pounds(value: float) -> str:
    """Return an estimated amount of pounds to three digits: "£852,000", "£63.9 million", "£229 million"."""
    rounded = roughly(value)
    return pounds(rounded, 0) if 1e8 <= abs(rounded) < 1e9 else pounds(rounded)


def modelled_pounds(value: float) -> str:
    """Return a simulated amount of pounds to two digits: "£850,000", "£6.4 million", "£64 million"."""
    rounded = two_figures(value)
    return pounds(rounded, 0) if 1e7 <= abs(rounded) < 1e9 else pounds(rounded)


def tenths(value: float) -> str:
    """Return a number with one decimal."""
    return number(value, 1)


def missing(value: float | None) -> bool:
    """Return whether there is no finite number."""
    return value is None or not math.isfinite(value)
