"""Axes: rows below each other, ticks whose texts have room, and room for what is written beside marks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from analysis.charts.drawing import QUIET, REFERENCE, WIDTH
from analysis.charts.labels import LEFT, LINE, height_of, width_of, wrapped, write
from analysis.charts.svg_parts import TEXT
from analysis.words import Format

FURNITURE = 36
"""Points of a drawing's height for a horizontal axis: its ticks, its unit, and edges."""


@dataclass(frozen=True)
class Lines:
    """Labelled rows: their labels, broken; the middle of each, in points from the top; the height of all."""

    labels: list[str]
    places: np.ndarray
    height: float


def lines_for(labels: Iterable[object], least: float = 26, points: float = LEFT, bold: Sequence[bool] = ()) -> Lines:
    """Return rows high enough for their labels and at least this many points high."""
    labels = list(labels)
    thick = list(bold) or [False] * len(labels)
    broken = [wrapped(label, points, bold=heavy) for label, heavy in zip(labels, thick, strict=True)]
    heights = np.array([max(least, height_of(text) + 6) for text in broken])
    return Lines(broken, np.cumsum(heights) - heights / 2, float(heights.sum()))


def put_lines(axes: Axes, lines: Lines, bold: Sequence[bool] = ()) -> None:
    """Label the rows of an axis, the first at the top."""
    axes.set_ylim(lines.height, 0)
    axes.set_yticks(lines.places, lines.labels)
    for label, thick in zip(axes.get_yticklabels(), bold, strict=False):
        label.set_fontweight("bold" if thick else "normal")


def ticks_text(fmt: Format) -> Callable[[float, int | None], str]:
    """Return a tick formatter that writes 10% where a value would read 10.0%."""
    return lambda value, _: re.sub(r"\.0+(?=\D|$)", "", fmt(value))


def put_ticks(axis: mpl.axis.Axis, most: int, fmt: Format) -> None:
    """Put ticks where their text is exact: at whole numbers if the format has no decimals, so 1.6 is not marked 2.

    Fewer of them if their texts would meet, so the axes must have their size; ticks with equal texts count once.
    """
    whole = fmt(0.5) in (fmt(0), fmt(1))
    text = ticks_text(fmt)
    low, high = sorted(axis.get_view_interval())
    across = axis.axis_name == "x"
    length = axis.axes.bbox.width if across else axis.axes.bbox.height
    chosen: list[float] = []
    hair = (high - low) * 1e-9
    for count in (*range(most, 0, -1), most + 1, most + 2):  # more only where fewer leave less than two
        locator = mpl.ticker.MaxNLocator(count, steps=[1, 2, 5, 10], integer=whole, min_n_ticks=1)
        ticks = [t for t in locator.tick_values(low, high) if low - hair <= t <= high + hair]
        texts = [text(t, None) for t in ticks]
        room = (ticks[1] - ticks[0]) / (high - low) * length if len(ticks) > 1 else length
        needed = max(map(width_of, texts), default=0) + 8 if across else LINE
        if len(set(texts)) == len(texts) and room >= needed and len(ticks) > len(chosen):
            chosen = ticks
        if len(chosen) > 1:
            break
    axis.set_major_locator(mpl.ticker.FixedLocator(chosen))
    axis.set_major_formatter(text)


def value_axis(axes: Axes, fmt: Format, label: str, most: int = 4) -> None:
    """Give a horizontal value axis light grid lines, ticks, a unit in words; the axes must have their size."""
    unit_below(axes, label)
    put_ticks(axes.xaxis, most, fmt)
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")


def unit_below(axes: Axes, label: str) -> None:
    """Write the horizontal axis' unit under its right end, as wide as the drawing; the axes must have their size."""
    axes.set_xlabel(wrapped(label, axes.bbox.x1 - 6), loc="right", labelpad=2)


def unit_above(axes: Axes) -> Callable[..., None]:
    """Keep the place of the vertical axis' unit, above it, where it needs no turned head.

    Returns:
        What writes the unit once the axes have their size; `room` is the height of what stands between, in points.
    """
    made = write(axes, "", (0, 1), (0, 6), xycoords="axes fraction", va="bottom")

    def name(label: str, room: float = 0) -> None:
        made.set_text(wrapped(label, WIDTH - axes.bbox.x0 - 8))
        made.set_position((0, 6 + room))

    return name


def grow(axes: Axes, spans: Sequence[tuple[float, float, float]], pinned: bool = False) -> None:
    """Widen a horizontal axis so far that what is written beside its marks lies within it; the axes must have a size.

    Args:
        axes: with limits that hold the marks.
        spans: a value each, and the points it needs on its left and on its right.
        pinned: whether the axis starts, or ends, at zero where no value lies beyond.
    """
    known = [span for span in spans if np.isfinite(span[0])]
    low, high = _ends([value for value, _, _ in known], pinned)
    fixed = (pinned and low == 0, pinned and high == 0)
    wide, first, last = axes.bbox.width, low, high
    for _ in range(30):
        share = (last - first) / wide
        needed = [(value - before * share, value + after * share) for value, before, after in known]
        new = (
            first if fixed[0] else max(min([low, *(n[0] for n in needed)]), low - 3 * (high - low)),
            last if fixed[1] else min(max([high, *(n[1] for n in needed)]), high + 3 * (high - low)),
        )
        if np.allclose(new, (first, last), rtol=1e-6, atol=0):
            break
        first, last = new
    axes.set_xlim(first, last)


def _ends(values: list[float], pinned: bool) -> tuple[float, float]:
    """Return the ends of an axis for these values; one of some length even if all are equal, or there is none."""
    values = [*values, 0.0] if pinned else values
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if low == high:
        return (low, low + (abs(low) or 1.0)) if pinned else (low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2)
    return low, high


def column(axes: Axes, lines: Lines, texts: Sequence[str], bold: Sequence[bool] = ()) -> None:
    """Write a text for each row in a column right of the axes, its right edge flush."""
    wide = max(width_of(text, bold=True) for text in texts)
    thick = [*bold] or [False] * len(texts)
    for place, text, heavy in zip(lines.places, texts, thick, strict=True):
        weight = "bold" if heavy else "normal"
        at = {"xycoords": ("axes fraction", "data"), "ha": "right", "va": "center_baseline", "fontweight": weight}
        write(axes, text, (1, place), (wide + 6, 0), **at)


def reference_line(drawing: Drawing, axes: Axes, value: float, label: str) -> None:
    """Draw a value to compare with as a dashed upright line, its label above, moved so far in that nothing is cut."""
    axes.axvline(value, color=REFERENCE, linewidth=1.6, linestyle=(0, (4, 2)))
    text = wrapped(label, WIDTH - 60)
    made = write(axes, text, (value, 1), (0, 4), xycoords=("data", "axes fraction"), ha="center", va="bottom")
    middle, half = axes.transData.transform((value, 0))[0], width_of(text) / 2 + 3
    made.set_position((min(max(middle, half), drawing.bbox.width - half) - middle, 4))


def whiskers(axes: Axes, places: Sequence[float], lower: Sequence, upper: Sequence, look: dict, cap: float = 4) -> None:
    """Draw intervals as lines with caps, `cap` points to each side; only where both limits are known.

    A row's place must be in points, as `lines_for` gives them.
    """
    strokes = []
    for place, low, high in zip(places, lower, upper, strict=True):
        if np.isfinite(low) and np.isfinite(high):
            strokes += [[(low, place), (high, place)]]
            strokes += [[(end, place - cap), (end, place + cap)] for end in (low, high)]
    if strokes:
        axes.add_collection(mpl.collections.LineCollection(strokes, **look), autolim=False)


def cased_whiskers(axes: Axes, places: Sequence[float], lower: Sequence, upper: Sequence) -> None:
    """Draw intervals over bars: dark with a white edge, seen on any colour."""
    for look in ({"color": "white", "linewidth": 4}, {"color": TEXT, "linewidth": 1.6}):
        whiskers(axes, places, lower, upper, look | {"capstyle": "butt", "zorder": 3})


def zero_line(axes: Axes) -> None:
    """Draw where zero is, if the axis goes below it."""
    if min(axes.get_xlim()) < 0:
        axes.axvline(0, color=QUIET, linewidth=1)
