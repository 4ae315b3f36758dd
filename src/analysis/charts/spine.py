"""A spine: many measures below each other about England's, each with all authorities, a verdict and its last years."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Rectangle

from analysis import words as say
from analysis.charts import words
from analysis.charts.axes import key_above, key_height
from analysis.charts.drawing import (
    FOCUS,
    LOOKS,
    QUIET,
    REFERENCE,
    WIDTH,
    About,
    Chart,
    chart_of,
    drawing_of,
    frame_of,
    lay_out,
    shown,
    symbols_of,
)
from analysis.charts.words import LINE, height_of, width_of, wrapped, write

PILLS = {"green": ("#00663D", "white", "o"), "amber": ("#FFC95C", "#1F1F1F", "s"), "red": ("#A3172F", "white", "v")}
"""The colour of a verdict, that of its word, and the shape beside the word; a verdict without colour has an edge."""
COLUMNS = ["label", "value", "england", "neighbours", "lowest", "first", "third", "highest", "verdict", "word"]
_BAND, _LINE = 210, (228, 314)
"""Points from the left: where the band of all authorities ends, and where the line of years begins and ends."""
_EDGE = 4.0
"""A value further from England's than this many times, or this part of it, is drawn at the edge."""
_PALE, _GREY = "#E3E3E3", "#BFBFBF"


def spine(rows: pd.DataFrame, about: About, names: tuple[str, str], years: Sequence[str] = ()) -> Chart:
    """Draw each measure as a band of all authorities about England's line, with the area, its verdict and its years.

    The scale is that of a ratio, the same for all: twice England's is as far from its line as half of it.

    Args:
        rows: a row a measure, from the top: label; value of the area; those of England and of the neighbours; lowest,
            first (quartile), third, highest of all authorities; verdict (green, amber, red, or "" for none) and its
            word; `fmt`, which makes the row's values text; `trend`, values of the area over `years`, NaN for none. A
            column symbol says why a value is missing.
        about: id, title, subtitle and note.
        names: of the area, and of the neighbours.
        years: the periods of each trend, in order.

    Raises:
        ValueError: if there is no row, or a column is not there.
    """
    frame = frame_of("spine", rows, *COLUMNS, "fmt", "trend")
    symbols = symbols_of(frame)
    said = [shown([v], [s], fmt)[0] for v, s, fmt in zip(frame["value"], symbols, frame["fmt"], strict=True)]
    gone = [symbol for symbol, value in zip(symbols, frame["value"], strict=True) if pd.isna(value)]
    labels = [wrapped(text, 168) for text in frame["label"]]
    tops = np.cumsum([0.0, *(height_of(text) + 31 for text in labels)])
    dot, diamond = LOOKS["area"].mark, {"marker": "D", "color": LOOKS["neighbours"].colour, "markersize": 6}
    key = [(names[0], dot), (names[1], diamond), ("England", {"marker": "|", "color": REFERENCE, "markersize": 10})]
    key += [("All authorities", {"facecolor": _PALE}), ("Middle half", {"facecolor": _GREY})]
    ratios = frame[["lowest", "highest", "value"]].div(frame["england"].where(frame["england"] > 0), axis=0)
    low = float(np.nanmin([max(ratios.min().min(), 1 / _EDGE), 0.45]))
    high = float(np.nanmax([min(ratios.max().max(), _EDGE), 2.2]))
    height = tops[-1] + 2 * LINE + 12 + key_height([name for name, _ in key])
    with drawing_of(height) as (drawing, axes):
        axes.set(xlim=(0, WIDTH - 6), ylim=(tops[-1] + LINE + 6, -LINE))
        axes.axis("off")
        key_above(drawing, key)
        lay_out(drawing)

        for share, text in ((0.5, "half"), (1, "England"), (2, "twice")):
            write(axes, text, (_across(share, (low, high)), tops[-1] + 3), va="top", ha="center")
        if len(years):
            write(axes, f"{years[0]} to {years[-1]}", (_LINE[1], tops[-1] + 3), va="top", ha="right")
        for top, label, text, row in zip(tops, labels, said, frame.itertuples(), strict=False):
            write(axes, label, (0, top), va="top")
            first = top + LINE / 2
            write(axes, text, (_LINE[0] + 6, first), va="center_baseline", ha="right", fontweight="bold")
            _pill(axes, row.word, row.verdict, first)
            centre = top + height_of(label) + 12
            _band(axes, row, centre, (low, high), (dot, diamond))
            _years(axes, np.asarray(row.trend, float), centre)
        return chart_of("Spine chart", about, drawing, _found(frame, said), _table(frame, said, names), {}, gone)


def _across(ratio: float, ends: tuple[float, float]) -> float:
    """Return where a ratio to England's stands, in points from the left."""
    low, high = ends
    return _BAND * math.log(min(max(ratio, low), high) / low) / math.log(high / low)


def _band(axes: Axes, row: Any, middle: float, ends: tuple[float, float], looks: tuple[dict, dict]) -> None:
    """Draw a measure's authorities as a band, England's line, the neighbours and the area."""
    if not row.england > 0:
        return
    for left, right, colour in ((row.lowest, row.highest, _PALE), (row.first, row.third, _GREY)):
        if math.isfinite(right - left):
            start, end = (_across(value / row.england, ends) for value in (left, right))
            axes.add_patch(Rectangle((start, middle - 6), end - start, 12, color=colour, linewidth=0))
    axes.plot([_across(1, ends)] * 2, [middle - 10, middle + 10], color=REFERENCE, linewidth=1.6)
    for value, look in ((row.neighbours, looks[1]), (row.value, looks[0] | {"markersize": 8})):
        if math.isfinite(value):
            axes.plot(_across(value / row.england, ends), middle, linestyle="none", **look)


def _pill(axes: Axes, word: str, verdict: str, middle: float) -> None:
    """Write a verdict's word at the right end of a row, in its colour, with its shape."""
    if not word:
        return
    face, ink, shape = PILLS.get(verdict, ("white", QUIET, ""))
    right, wide = _LINE[1] - 4, width_of(word, bold=True)
    left = right - wide - (14 if shape else 0)
    look = {"boxstyle": "round,pad=0,rounding_size=6", "facecolor": face, "linewidth": 0 if shape else 1}
    axes.add_patch(FancyBboxPatch((left - 5, middle - 7), right - left + 9, 14, edgecolor=QUIET, **look))
    write(axes, word, (right, middle), ha="right", va="center_baseline", color=ink, fontweight="bold")
    if shape:
        axes.plot(left + 3, middle, shape, color=ink, markersize=5, markeredgewidth=0)


def _years(axes: Axes, values: np.ndarray, middle: float) -> None:
    """Draw a measure's years as a small line with its last value marked."""
    known = np.isfinite(values)
    if known.sum() < 2:
        return
    places = np.linspace(*_LINE, len(values))
    low, spread = values[known].min(), np.ptp(values[known])
    heights = middle + 8 - 12 * ((values - low) / spread if spread else 0 * values + 0.5)
    axes.plot(places, heights, color=FOCUS, linewidth=1.6)
    axes.plot(places[known][-1], heights[known][-1], "o", color=FOCUS, markersize=4.5)


def _table(frame: pd.DataFrame, said: Sequence[str], names: tuple[str, str]) -> pd.DataFrame:
    """Return what is drawn, each number as its row writes it."""
    table = pd.DataFrame({"Measure": frame["label"], names[0]: said})
    heads = {"england": "England", "neighbours": names[1], "lowest": "Lowest", "first": "Lower quartile"}
    for column, head in (heads | {"third": "Upper quartile", "highest": "Highest"}).items():
        table[head] = [fmt(v) if pd.notna(v) else "[x]" for v, fmt in zip(frame[column], frame["fmt"], strict=True)]
    return table.assign(Verdict=frame["word"])


def _found(frame: pd.DataFrame, said: Sequence[str]) -> list[str]:
    """Return the verdicts in words, and what lies furthest from England's."""
    counts = frame["word"][frame["word"] != ""].value_counts(sort=False)
    parts = [", ".join(f"{say.number(n)} {word}" for word, n in counts.items())]
    off = np.log((frame["value"] / frame["england"]).where(lambda r: r > 0)).abs()
    if off.notna().any():
        row = frame.loc[off.idxmax()]
        both = f"{said[off.idxmax()]} beside {row['fmt'](row['england'])}"
        parts.append(f"furthest from England's: {row['label']}, {both}")
    return parts or [words.NOTHING]
