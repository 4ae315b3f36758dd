"""A spine: many measures below each other about England's, each with all authorities, a verdict and its last years."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from analysis import words as say
from analysis.charts import axes as room
from analysis.charts import kit
from analysis.charts.axes import EDGE, LINE
from analysis.charts.kit import FOCUS, LOOKS, NARROW, QUIET, REFERENCE, WIDE, About, Chart

PILLS = {"green": ("#00663D", "white", "o"), "amber": ("#FFC95C", "#1F1F1F", "s"), "red": ("#A3172F", "white", "v")}
"""The colour of a verdict, that of its word, and the shape beside the word; a verdict without colour has an edge."""
COLUMNS = ["label", "value", "england", "neighbours", "lowest", "first", "third", "highest", "verdict", "word"]
_FURTHEST = 4.0
"""A value further from England's than this many times, or this part of it, is drawn at the edge."""
_PALE, _GREY = "#E3E3E3", "#BFBFBF"


_SPOTS = {WIDE: (165, 232, 484, (244, 408), (496, 548)), NARROW: (150, 224, 224, (0, 146), (160, 219))}
"""Points from the left by the width of the drawing: where labels, values and verdicts end, and both ends of the band
and of the years. On a phone the band lies below the words."""


def spine(rows: pd.DataFrame, about: About, names: tuple[str, str], years: Sequence[str] = ()) -> Chart:
    """Draw each measure as a band of all authorities about England's line, with the area, its verdict and its years.

    The scale is that of a ratio, the same for all: twice England's is as far from its line as half of it. A row a
    measure, from the top: label; value of the area; those of England and of the neighbours; lowest, first (quartile),
    third, highest of all authorities; verdict (green, amber, red, or "" for none) and its word; `fmt`, which makes the
    row's values text; `trend`, values of the area over `years`, NaN for none; a column symbol as in `bars`. `names` are
    of the area and of the neighbours.
    """
    frame = kit.frame_of("spine", rows, *COLUMNS, "fmt", "trend")
    symbols = kit.symbols_of(frame)
    said = [s if pd.isna(v) else fmt(v) for v, s, fmt in zip(frame["value"], symbols, frame["fmt"], strict=True)]
    gone = [symbol for symbol, value in zip(symbols, frame["value"], strict=True) if pd.isna(value)]
    dot, diamond = LOOKS["area"].mark, {"marker": "D", "color": LOOKS["neighbours"].colour, "markersize": 6}
    key = [(names[0], dot), (names[1], diamond), ("England", {"marker": "|", "color": REFERENCE, "markersize": 10})]
    key += [("All authorities", {"facecolor": _PALE}), ("Middle half", {"facecolor": _GREY})]
    ratios = frame[["lowest", "highest", "value"]].div(frame["england"].where(frame["england"] > 0), axis=0)
    low = float(np.nanmin([max(ratios.min().min(), 1 / _FURTHEST), 0.45]))
    high = float(np.nanmax([min(ratios.max().max(), _FURTHEST), 2.2]))

    def draw(axes: Axes, width: float) -> None:
        (beside, value, pill, band, years_at), below = _SPOTS[width], width == NARROW
        labels = [room.wrapped(text, beside) for text in frame["label"]]
        tall = [max(room.height_of(text), 30 if below else 0) + (32 if below else 14) for text in labels]
        tops = np.cumsum([0.0, *tall])
        kit.place(axes, tops[-1] + LINE + 8, EDGE, EDGE, room.key_above(axes, key) + 6, 2)
        axes.set(xlim=(0, width - 2 * EDGE), ylim=(tops[-1] + LINE + 8, 0))
        axes.axis("off")
        middles = tops[1:] - 20 if below else tops[:-1] + np.array(tall) / 2
        firsts = tops[:-1] + LINE / 2 if below else middles
        for at, text in zip(
            _across(np.array([0.5, 1, 2]), (low, high), band), ("half", "England", "twice"), strict=True
        ):
            room.write(axes, text, (at, tops[-1] + 3), va="top", ha="center")
        if len(years):
            room.write(axes, f"{years[0]} to {years[-1]}", (years_at[1], tops[-1] + 3), va="top", ha="right")
        _bands(axes, frame, middles, lambda ratio: _across(ratio, (low, high), band), dict(key[:2]))
        rows = zip(tops, firsts, middles, labels, said, frame.itertuples(), strict=False)
        for top, first, middle, label, text, row in rows:
            room.write(axes, label, (0, top if below else middle), va="top" if below else "center")
            room.write(axes, text, (value, first), va="center_baseline", ha="right", fontweight="bold")
            _pill(axes, row.word, row.verdict, pill, first + (LINE + 4 if below else 0))
            _years(axes, np.array(row.trend, float), middle, years_at, [f"{y}: " for y in years], row.fmt)

    return kit.chart_of("Spine chart", about, draw, _found(frame, said), _table(frame, said, names), {}, gone)


def _across(ratios: np.ndarray, ends: tuple[float, float], band: tuple[float, float]) -> np.ndarray:
    """Return where ratios to England's stand, in points from the left."""
    low, high = np.log(ends)
    return band[0] + (band[1] - band[0]) * (np.log(np.clip(ratios, *ends)) - low) / (high - low)


def _bands(axes: Axes, frame: pd.DataFrame, middles: np.ndarray, across: Any, marks: dict[str, dict]) -> None:
    """Draw each measure's authorities as a band, England's line, the neighbours and the area."""
    england = frame["england"].where(frame["england"] > 0)
    at = {column: across(frame[column].to_numpy(float) / england) for column in COLUMNS[1:8]}
    told = {
        column: [fmt(value) if value == value else "" for fmt, value in zip(frame["fmt"], frame[column], strict=True)]
        for column in at
    }
    for left, right, colour in (("lowest", "highest", _PALE), ("first", "third", _GREY)):
        known = np.isfinite(at[left] + at[right])
        sides = zip(at[left][known], at[right][known], strict=True)
        titles = map("{} to {}".format, np.array(told[left])[known], np.array(told[right])[known])
        room.boxes(axes, sides, middles[known], 6, titles, color=colour)
    known = np.isfinite(at["england"])
    lines = [[(x, y - 10), (x, y + 10)] for x, y in zip(at["england"][known], middles[known], strict=True)]
    titles = tuple(f"England: {text}" for text in np.array(told["england"])[known])
    room.strokes(axes, lines, color=REFERENCE, linewidth=1.6, gid=titles)
    for (name, look), column, size in zip(reversed(marks.items()), ("neighbours", "value"), (6, 8), strict=True):
        titles = tuple(f"{name}: {text}" for text in told[column])
        axes.plot(at[column], middles, linestyle="none", gid=titles, **look | {"markersize": size})


def _pill(axes: Axes, word: str, verdict: str, right: float, middle: float) -> None:
    """Write a verdict's word at the right end of a row, in its colour, with its shape."""
    if not word:
        return
    face, ink, shape = PILLS.get(verdict, ("white", QUIET, ""))
    left = right - room.width_of(word, bold=True) - (14 if shape else 0) - 4
    look = {"boxstyle": "round,pad=0,rounding_size=6", "facecolor": face, "linewidth": 0 if shape else 1}
    axes.add_patch(FancyBboxPatch((left - 5, middle - 7), right - left + 5, 14, edgecolor=QUIET, **look))
    room.write(axes, word, (right - 4, middle), ha="right", va="center_baseline", color=ink, fontweight="bold")
    if shape:
        axes.plot(left + 3, middle, shape, color=ink, markersize=5, markeredgewidth=0)


def _years(
    axes: Axes, values: np.ndarray, middle: float, ends: tuple[float, float], years: list[str], fmt: Any
) -> None:
    """Draw a measure's years as a small line with its last value marked."""
    known = np.isfinite(values)
    if known.sum() < 2:
        return
    places = np.linspace(*ends, len(values))
    low, spread = values[known].min(), np.ptp(values[known])
    heights = middle + 6 - 12 * ((values - low) / spread if spread else 0 * values + 0.5)
    told = tuple(year + fmt(value) for year, value in zip(years, values, strict=True))
    axes.plot(places, heights, color=FOCUS, linewidth=1.6, gid=told)
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
    return parts or [kit.NOTHING]
