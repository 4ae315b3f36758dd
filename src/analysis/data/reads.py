"""Tables beside the figures, and what a report has read, so that it is made again only when that has changed.

The record names lookups, not values: also those that found nothing, as a figure may come to stand there. What a cell
opens without the package, nobody can look up later: an audit hook of Python hears of it.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.data import local
from analysis.data.columns import LOCAL
from analysis.data.figures import ENGLAND, Figures
from analysis.data.tables import read_table
from analysis.official import readers
from analysis.words import count

WARDS, ESTIMATES, PANEL = "wards.csv", "panel_estimates.csv", "the panel of spending"
_WARDS_OF = "wards of "
_CODE = tuple({os.path.realpath(place) + os.sep for place in (sys.prefix, sys.base_prefix, Path(__file__).parents[1])})
_SYSTEM = ("/proc/", "/sys/", "/dev/", "/etc/", "/usr/", "/System/", "/Library/", "C:\\Windows")
"""Where what cells open is code, fonts and the like, and no data."""
_CELLS = ("ipykernel_", "<ipython-input")
"""How the files are named that cells of a notebook are compiled from."""
_opened: set[str] = set()


def wards(figures: Figures, area: str) -> pd.DataFrame:
    """Return an area's wards in the layout of `wards.csv`, every year, in the release's order; raises as `Figures`."""
    figures.asked.tables.add(_WARDS_OF + area)
    found = _wards(figures, area)
    if len(found):
        what = "Children in low-income families, by ward", count(len(found), "row")
        place = f"Number and percentage of children, {found['time_period'].min()} to {found['time_period'].max()}"
        _note(figures, area, found["source"].iloc[0], *what, place)
    return found


def estimates(figures: Figures, exposure: str) -> pd.DataFrame:
    """Return the rows of `panel_estimates.csv` for an exposure, by id: models of all authorities, for every report."""
    figures.asked.tables.add(ESTIMATES)
    found = read_table(figures.folder / ESTIMATES).query("exposure == @exposure").reset_index(drop=True)
    what = "Estimates by models of the panel", count(len(found), "estimate")
    _note(figures, ENGLAND, found["source"][0], *what, f"{found['exposure'][0]} and {found['outcome'][0]}")
    return found.set_index("estimate")


def panel(figures: Figures) -> pd.DataFrame:
    """Return the panel of spending and outcomes, every authority and year; see `official.readers.panel`."""
    figures.asked.tables.add(PANEL)
    found = readers.panel(figures.folder, figures.areas)
    what = "Early-help spend a child; care, protection plans, need", count(len(found), "row")
    place = f"{len(readers.PANEL_COLUMNS)} columns, {found['year'].min()} to {found['year'].max()}"
    _note(figures, ENGLAND, readers.PANEL, *what, place, "without Scilly, Isle of Wight, City of London")
    return found


def content(figures: Figures, name: str) -> bytes:
    """Return what a table that was asked for holds, as bytes: of wards only those of the area asked for."""
    if name == PANEL:  # its bytes, as the register has them: a file with others is refused when it is read
        return str(figures.sources.at[readers.PANEL, "sha256"]).encode()
    if name.startswith(_WARDS_OF):
        return _wards(figures, name.removeprefix(_WARDS_OF)).to_csv(lineterminator="\n").encode()
    if name.startswith(f"{LOCAL}/"):
        own = local.local(figures.folder, name.removeprefix(f"{LOCAL}/"))
        return own.to_csv(lineterminator="\n").encode()
    file = figures.folder / name
    return file.read_bytes() if file.is_file() else b""


def _wards(figures: Figures, area: str) -> pd.DataFrame:
    if figures.documents:
        table = read_table(figures.folder / WARDS)
        return table[table["area"] == area].reset_index(drop=True)
    from analysis.official import cache  # reads Parquet: only needed here

    return cache.read(cache.ready(figures.folder), "wards", "area", "in", [area])


def _note(figures: Figures, area: str, source: str, figure: str, stated: str, place: str, note: str = "") -> None:
    """Remember what a page says of the source of a table."""
    row = {"source": source, "figure": figure, "area": figures.area_name(area)}
    row |= {"stated": stated, "place": place, "note": note}
    if row not in figures.asked.rows:
        figures.asked.rows.append(row)


def _hear(event: str, words: tuple[Any, ...]) -> None:
    """Note the name of a file that a cell opens to read, or that it asks the network, unless the package does it."""
    if event == "open" and isinstance(words[0], (str, bytes)):
        mode, flags = words[1:]
        to_read = "r" in mode or "+" in mode if mode else not flags & (os.O_WRONLY | os.O_CREAT)
        path = os.path.realpath(os.fsdecode(words[0])) if to_read and _from_a_cell() else ""
        if path and not path.startswith((*_CODE, *_SYSTEM)):
            _opened.add(os.path.basename(path))
    elif event == "socket.connect" and isinstance(words[1], tuple) and _from_a_cell():
        _opened.add("the network")


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
    """Return what was asked of the figures so far, for JSON: areas by indicator, other tables, and `elsewhere`.

    That is what cells opened themselves: a report with it is never up to date.
    """
    asked: dict[str, list[str]] = {}
    for indicator, area in sorted(figures.asked.pairs):
        asked.setdefault(indicator, []).append(area)
    found = {"figures": asked, "tables": sorted(figures.asked.tables)}
    everywhere = {"everywhere": sorted(figures.asked.everywhere)} if figures.asked.everywhere else {}
    return found | everywhere | ({"elsewhere": sorted(_opened)} if _opened else {})


def digest(figures: Figures, read: dict[str, Any]) -> str:
    """Return the SHA-256 of all that a record names in tables as they are now, and of areas, neighbours and sources."""
    total = hashlib.sha256()
    for table in (figures.areas, figures.neighbours, figures.sources):
        total.update(table.to_csv(lineterminator="\n").encode() + b"\0")
    about = {row[0]: row for row in figures.indicators.itertuples(name=None)}
    figures.read_everywhere(read.get("everywhere", ()))
    pairs = []
    for indicator, areas in read["figures"].items():
        total.update(repr(about.get(indicator)).encode())
        pairs += [(indicator, area) for area in areas]
    every = {pair: figures.every(*pair) for pair in pairs}
    # In the order of the table, as that is the order in which a page lists its sources.
    for pair in sorted(every, key=lambda pair: (every[pair][0].row if every[pair] else -1, pair)):
        total.update(repr((*pair, every[pair])).encode())
    for name in read["tables"]:
        total.update(name.encode() + b"\0" + content(figures, name))
    return total.hexdigest()
