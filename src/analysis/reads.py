"""What a report has read, so that it is made again only when that has changed.

The record names lookups, not values: also those that found nothing, as a figure may come to stand there. What a cell
opens without the package, nobody can look up later: it is heard of by an audit hook of Python.
"""

from __future__ import annotations

import hashlib
import os
import sys
from typing import Any

import pandas as pd

from analysis import derived
from analysis.figures import Figures

_CODE = tuple({os.path.realpath(place) + os.sep for place in (sys.prefix, sys.base_prefix, os.path.dirname(__file__))})
_SYSTEM = ("/proc/", "/sys/", "/dev/", "/etc/", "/usr/", "/System/", "/Library/", "C:\\Windows")
"""Where what cells open is code, fonts and the like, and no data."""
_CELLS = ("ipykernel_", "<ipython-input")
"""How the files are named that cells of a notebook are compiled from."""
_opened: set[str] = set()


def _hear(event: str, words: tuple[Any, ...]) -> None:
    """Note the name of a file that a cell opens to read, or that it asks the network, unless the package does it."""
    if event == "open" and isinstance(words[0], (str, bytes)) and _to_read(words[1], words[2]) and _from_a_cell():
        path = os.path.realpath(os.fsdecode(words[0]))
        if not path.startswith((*_CODE, *_SYSTEM)):
            _opened.add(os.path.basename(path))
    elif event == "socket.connect" and isinstance(words[1], tuple) and _from_a_cell():
        _opened.add("the network")


def _to_read(mode: str | None, flags: int) -> bool:
    return "r" in mode or "+" in mode if mode else not flags & (os.O_WRONLY | os.O_CREAT)


def _from_a_cell() -> bool:
    """Say whether a cell of a notebook is at it, and no module of the package between."""
    frame = sys._getframe(2)
    while frame:
        if frame.f_globals.get("__name__", "").startswith("analysis."):
            return False
        if any(mark in frame.f_code.co_filename for mark in _CELLS):
            return True
        frame = frame.f_back
    return False


sys.addaudithook(_hear)  # from the first import on: a cell may open a file before there is a report


def record(figures: Figures) -> dict[str, Any]:
    """Return what was asked of the figures so far, as JSON can hold it.

    `figures` gives the areas asked for by indicator, `tables` the other files of the data folder, `elsewhere` what
    cells opened themselves: a report with that is never up to date.
    """
    asked: dict[str, list[str]] = {}
    for indicator, area in sorted(figures.asked.pairs):
        asked.setdefault(indicator, []).append(area)
    found = {"figures": asked, "tables": sorted(figures.asked.tables)}
    everywhere = {"everywhere": sorted(figures.asked.everywhere)} if figures.asked.everywhere else {}
    return found | everywhere | ({"elsewhere": sorted(_opened)} if _opened else {})


def digest(figures: Figures, read: dict[str, Any]) -> str:
    """Return the SHA-256 of everything a record names, and of the lists of areas, neighbours and sources.

    Args:
        figures: the tables as they are now, for the report's area.
        read: from `record`.
    """
    total = hashlib.sha256()
    for table in (figures.areas, figures.neighbours, figures.sources):
        total.update(_text(table))
    about = {row[0]: row for row in figures.indicators.itertuples(name=None)}
    figures.read_everywhere(read.get("everywhere", ()))
    pairs = []
    for indicator, areas in read["figures"].items():
        total.update(repr(about.get(indicator)).encode())
        pairs += [(indicator, area) for area in areas]
    # In the order of the table, as that is the order in which a page lists its sources.
    for indicator, area in sorted(pairs, key=lambda pair: (figures.place(*pair), pair)):
        total.update(repr((indicator, area, figures.every(indicator, area))).encode())
    for name in read["tables"]:
        total.update(name.encode() + b"\0" + derived.content(figures, name))
    return total.hexdigest()


def _text(table: pd.DataFrame) -> bytes:
    return table.to_csv(lineterminator="\n").encode() + b"\0"
