"""What stands in a cell of a release: a number, or a symbol that says why there is none."""

from __future__ import annotations

import math
import re

SYMBOLS = {
    "c": "c",
    "x": "x",
    "z": "z",
    "u": "u",
    "low": "low",
    "k": "low",  # the department's looked-after tables write k for a share above zero that rounds to zero
    "": "x",  # the department's NEET tables leave cells blank
    "NA": "x",
    ":": "x",
    ".": "z",
    "..": "x",
    "-": "x",
}
"""A release's own mark → ours. Readers whose release gives a mark another meaning say so."""

_NUMBER = re.compile(r"[-+]?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)?(\.[0-9]+|(?<=[0-9])\.)?\s*%?")
"""No exponent: a program that writes 1181088 as 1.18E+06 has lost digits."""


def parse(text: str) -> tuple[float, str]:
    """Return a cell's value and symbol; one of the two is NaN or "".

    Args:
        text: the cell, which may have thousands commas, a percent sign, or its symbol in brackets.

    Raises:
        ValueError: if the text is neither a number nor a known symbol.
    """
    clean = text.strip()
    if _NUMBER.fullmatch(clean) and any(map(str.isdigit, clean)):
        value = float(clean.replace(",", "").removesuffix("%"))
        if math.isfinite(value):
            return value, ""
    mark = clean[1:-1] if clean.startswith("[") and clean.endswith("]") and len(clean) > 2 else clean
    if mark in SYMBOLS:
        return math.nan, SYMBOLS[mark]
    raise ValueError(f"{text!r} is neither a number nor one of the symbols {', '.join(filter(None, SYMBOLS))}")
