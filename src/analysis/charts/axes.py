"""Axes: rows below each other, ticks whose texts have room, a key above, names at the ends of lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import offset_copy

from analysis.charts.drawing import PLAIN, QUIET, REFERENCE, WIDTH, Look, lay_out
from analysis.charts.words import LEFT, LINE, RIGHT, height_of, spread, width_of, wrapped, write
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


def put_ticks(axis: mpl.axis.Axis, most: int, fmt: Format) -> None:
    """Put ticks where their text is exact: at whole numbers if the format has no decimals, so 1.6 is not marked 2.

    Fewer of them if their texts would meet, so the axes must have their size; ticks with equal texts count once.
    """
    whole = fmt(0.5) in (fmt(0), fmt(1))
    text = lambda value, _=None: re.sub(r"\.0+(?=\D|$)", "", fmt(value))  # noqa: E731 - 10%, not 10.0%
    low, high = sorted(axis.get_view_interval())
    across = axis.axis_name == "x"
    length = axis.axes.bbox.width if across else axis.axes.bbox.height
    chosen: list[float] = []
    hair = (high - low) * 1e-9
    for count in (*range(most, 0, -1), most + 1, most + 2):  # more only where fewer leave less than two
        locator = mpl.ticker.MaxNLocator(count, steps=[1, 2, 5, 10], integer=whole, min_n_ticks=1)
        ticks = [t for t in locator.tick_values(low, high) if low - hair <= t <= high + hair]
        texts = [text(t) for t in ticks]
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


def reference_line(axes: Axes, value: float, label: str) -> None:
    """Draw a value to compare with as a dashed upright line, its label above, moved so far in that nothing is cut."""
    axes.axvline(value, color=REFERENCE, linewidth=1.6, linestyle=(0, (4, 2)))
    text = wrapped(label, WIDTH - 60)
    made = write(axes, text, (value, 1), (0, 4), xycoords=("data", "axes fraction"), ha="center", va="bottom")
    middle, half = axes.transData.transform((value, 0))[0], width_of(text) / 2 + 3
    made.set_position((min(max(middle, half), axes.figure.bbox.width - half) - middle, 4))


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


def zero_line(axes: Axes) -> None:
    """Draw where zero is, if the axis goes below it."""
    if min(axes.get_xlim()) < 0:
        axes.axvline(0, color=QUIET, linewidth=1)


def key_height(names: Sequence[str]) -> float:
    """Return the height a key takes, in points."""
    broken, side_by_side = _arranged(names)
    return max(map(height_of, broken)) + 6 if side_by_side else sum(height_of(name) + 3 for name in broken) + 6


def key_above(drawing: Drawing, entries: Sequence[tuple[str, dict]]) -> None:
    """Write names with their marks above a drawing, side by side if they fit, else below each other.

    Args:
        drawing: with room for the key.
        entries: names, and the look of a marker, or of a patch if it has a facecolor.
    """
    names, side_by_side = _arranged([name for name, _ in entries])
    handles = [
        Patch(**look) if "facecolor" in look else Line2D([], [], linestyle="none", **look) for _, look in entries
    ]
    look = {"borderpad": 0, "borderaxespad": 0.2, "handlelength": 1.1, "handletextpad": 0.4, "columnspacing": 1.2}
    columns = len(names) if side_by_side else 1
    if names:
        drawing.legend(handles, names, loc="outside upper left", ncols=columns, labelspacing=0.3, **look)


def _arranged(names: Sequence[str]) -> tuple[list[str], bool]:
    """Return names broken into lines, and whether they fit side by side."""
    broken = [wrapped(name, WIDTH - 40) for name in names]
    return broken, sum(width_of(name) + 30 for name in broken) < WIDTH


@dataclass(frozen=True)
class End:
    """A line's last value, its name and its look."""

    value: float
    text: str
    look: Look = PLAIN


def room_for(ends: Sequence[End], least: float) -> float:
    """Return the height in points that a drawing needs for its names, and at least this much."""
    return max(least, 70 + sum(height_of(wrapped(end.text, RIGHT)) for end in ends))


def name_all(
    axes: Axes, ends: Sequence[End], fmt: Format, units: tuple[str, str], above: Callable[[], float] = lambda: 0
) -> Callable[[], None]:
    """Give the vertical axis its ticks, both axes their units (that of the vertical first), and lines their names.

    Names stand right of the axes, from the lowest. `above` writes what stands between axes and unit and returns its
    height.

    Returns:
        What brings the names to their heights, once the axes have theirs and no layout follows; see `chart_of`.
    """
    put_ticks(axes.yaxis, 5, fmt)
    unit = write(axes, "", (0, 1), (0, 6), xycoords="axes fraction", va="bottom")  # above, so that no head is turned
    ends = sorted(ends, key=lambda end: end.value)
    texts = [wrapped(end.text, RIGHT) for end in ends]
    look = {"xycoords": "axes fraction", "va": "center"}
    made = [
        write(axes, text, (1, 0.5), (14 if end.look.marker else 4, 0), color=end.look.text, **look)
        for end, text in zip(ends, texts, strict=True)
    ]
    lay_out(axes.figure)
    unit_below(axes, units[1])
    unit.set_text(wrapped(units[0], WIDTH - axes.bbox.x0 - 8))
    unit.set_position((0, 6 + above()))

    def settle() -> None:
        """Bring the names to their heights, each with its marker."""
        low, high = axes.get_ylim()
        tall = axes.bbox.height
        wanted = [(end.value - low) / (high - low) * tall for end in ends]
        heights = [height_of(text) for text in texts]
        beside = offset_copy(axes.transAxes, axes.figure, x=7, units="points")
        for end, label, middle in zip(ends, made, spread(wanted, heights, -12, tall + 2), strict=True):
            label.xy = (1, middle / tall)
            if end.look.marker:
                axes.plot(1, middle / tall, transform=beside, clip_on=False, linestyle="none", **end.look.mark)

    return settle
