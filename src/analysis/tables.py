"""Tables people and screen readers can read: caption, scoped headers, units, symbols with their key."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape

import numpy as np
import pandas as pd

SYMBOL_KEY = {
    "c": "confidential",
    "x": "not available",
    "z": "not applicable",
    "low": "rounds to zero",
    "p": "provisional",
    "r": "revised",
    "e": "estimated",
    "f": "forecast",
    "u": "low reliability",
}
_SYMBOL = r"\[(" + "|".join(SYMBOL_KEY) + r")\]"

_WIDE, _MANY = 6, 8
"""Columns from which on a table's cells are set narrower, and narrower still."""


def explained(symbol: str) -> str:
    """Return a symbol with its meaning, as a sentence says it: "confidential [c]"."""
    return f"{SYMBOL_KEY[symbol]} [{symbol}]"


@dataclass(frozen=True)
class Table:
    """A table for a page.

    Args:
        id: short name, unique on the page; letters, digits, hyphens.
        caption: what it shows, of whom, when.
        frame: one row a line; the first column names the row. Numbers stay numbers.
        formats: column name → function that makes a number text; other numbers are shown as they are.
        note: text below the table.
        folded: whether the page shows it closed.
        right: text columns that hold numbers, to be aligned with their right edges like them.
        download: whether the page offers it as CSV; not worth its weight for long texts.
        links: text of a cell → the address it leads to (see `links`).
    """

    id: str
    caption: str
    frame: pd.DataFrame
    formats: Mapping[str, Callable[[float], str]] = field(default_factory=dict)
    note: str = ""
    folded: bool = True
    right: Sequence[str] = ()
    download: bool = True
    links: Mapping[str, str] = field(default_factory=dict)

    def cell(self, column: str, value: object) -> str:
        """Return one cell's text; a missing value is [x], with the key below the table."""
        if _missing(value):
            return "[x]"
        if isinstance(value, str):
            return value
        return self.formats[column](value) if column in self.formats else str(_plain(value))

    def rows(self) -> list[list[str]]:
        """Return the cells as text, a list a row."""
        return self._rows

    @cached_property
    def _rows(self) -> list[list[str]]:
        return [
            [self.cell(c, v) for c, v in zip(self.frame.columns, row, strict=True)]
            for row in self.frame.itertuples(index=False)
        ]

    def key(self) -> list[str]:
        """Return the symbols in use with their meaning: ["[x] not available"]."""
        text = " ".join(cell for row in self.rows() for cell in row)
        return [f"[{symbol}] {meaning}" for symbol, meaning in SYMBOL_KEY.items() if f"[{symbol}]" in text]

    def csv(self) -> str:
        """Return the table as CSV: plain numbers to 10 significant digits, missing as "x", symbols without brackets."""
        return self.frame.map(_plain).to_csv(index=False, na_rep="x", lineterminator="\n")

    def html(self) -> str:
        """Return a complete <table> with caption and scoped headers, and its notes; all text escaped."""
        numeric = {c for c in self.frame.columns if pd.api.types.is_numeric_dtype(self.frame[c])} | set(self.right)
        head = "".join(f'<th scope="col"{_right(c in numeric)}>{escape(str(c))}</th>' for c in self.frame.columns)
        body = "".join(self._row(cells, numeric) for cells in self.rows())
        notes = [n for n in (self.note, "; ".join(self.key())) if n]
        below = "".join(f'<p class="table-note">{escape(n)}</p>' for n in notes)
        caption = f"<caption>{escape(self.caption)}</caption>"
        columns = len(self.frame.columns)
        kind = ' class="wide many"' if columns > _MANY else ' class="wide"' if columns > _WIDE else ""
        return f"<table{kind}>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}"

    def _row(self, cells: list[str], numeric: set[str]) -> str:
        first, *rest = zip(self.frame.columns, cells, strict=True)
        others = "".join(f"<td{_right(c in numeric)}>{self._linked(v)}</td>" for c, v in rest)
        return f'<tr><th scope="row">{self._linked(first[1])}</th>{others}</tr>'

    def _linked(self, text: str) -> str:
        """Return a cell's text as HTML, as a link if it is one."""
        return f'<a href="{escape(self.links[text])}">{escape(text)}</a>' if text in self.links else escape(text)

    def text(self) -> str:
        """Return the table as plain text, for terminals and comparison."""
        if self.frame.empty:
            return "(no rows)"
        return pd.DataFrame(self.rows(), columns=self.frame.columns).to_string(index=False)


def _missing(value: object) -> bool:
    return pd.api.types.is_scalar(value) and pd.isna(value)


def _plain(value: object) -> object:
    """Return a cell for CSV: a fraction to 10 significant digits without exponent, a symbol without its brackets."""
    if isinstance(value, float) and not _missing(value):
        # Adding 0.0 turns a negative zero into zero.
        return np.format_float_positional(float(f"{value:.10g}") + 0.0, trim="-")
    if isinstance(value, str) and re.fullmatch(_SYMBOL, value):
        return value[1:-1]
    return value


def _right(is_number: bool) -> str:
    return ' class="num"' if is_number else ""
