"""Which area of ours a release means: by present code, former code, three digits, or name."""

from __future__ import annotations

import re

import pandas as pd

from analysis.data.areas import existed

ELSEWHERE = re.compile(r"E07\d{6}|[KNSW]\d{8}")
"""Codes of districts inside counties, the United Kingdom and its other nations: no reports are made for them."""


class Places:
    """The areas of `areas.csv`, found by what releases call them.

    Args:
        areas: the table, with its code as index.
    """

    def __init__(self, areas: pd.DataFrame) -> None:
        self._codes: dict[str, str] = {}
        rows = areas.to_dict("index")
        self._lives = {code: (row["start"], row["end"]) for code, row in rows.items()}
        for code, row in rows.items():
            for name in (
                code,
                row["old_la_code"],
                row["name"],
                *_split(row["former_codes"]),
                *_split(row["other_names"]),
            ):
                if name:
                    self._codes.setdefault(name.casefold(), code)

    def code(self, place: str) -> str:
        """Return the area's code; "" for a place that is known to be elsewhere.

        Raises:
            LookupError: if the place is not in the table.
        """
        found = self._codes.get(place.casefold())
        if found:
            return found
        if ELSEWHERE.fullmatch(place):
            return ""
        raise LookupError(f"area {place!r} is not in areas.csv")

    def existed(self, area: str, year: int) -> bool:
        """Say whether an authority can have figures for a year; see `periods.existed`.

        A release may give values for years before, worked out for the present boundaries.
        """
        return existed(*self._lives.get(area, ("", "")), year)


def authorities(areas: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the rows of `areas.csv` of the authorities that can have figures for a year; see `periods.existed`."""
    there = [existed(start, end, year) for start, end in zip(areas["start"], areas["end"], strict=True)]
    return areas[(areas["level"] == "Local authority") & pd.Series(there, index=areas.index, dtype=bool)]


def _split(text: str) -> list[str]:
    return [part for part in text.split("; ") if part]
