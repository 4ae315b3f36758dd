"""Numbers as text: thousands commas, a true minus sign, decimals by unit."""

from __future__ import annotations

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


def percent(value: float, decimals: int = 1) -> str:
    """Return a percentage: 6.3 → "6.3%"."""
    text = number(value, decimals)
    return text if text == NOT_AVAILABLE else text + "%"


def whole(value: float) -> str:
    """Return a percentage without decimals: 66.0 → "66%"."""
    return percent(value, 0)


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


def about(value: float) -> str:
    """Return a rounded count for an estimate: to 3 significant figures, 10 or more to the nearest 10 or wider.

    >>> about(19098.8), about(2163), about(47.2), about(3.6)
    ('19,100', '2,160', '50', '4')
    """
    if missing(value):
        return NOT_AVAILABLE
    if abs(value) < 10:
        return number(value)
    unit = max(10, 10 ** (math.floor(math.log10(abs(value))) - 2))
    return number(round(value / unit) * unit)


def missing(value: float | None) -> bool:
    return value is None or not math.isfinite(value)
