"""Axes whose texts have room: labels broken into lines, ticks, units, a key, names at lines' ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, IdentityTransform, Transform

from analysis.charts.kit import NARROW, PLAIN, Look, place
from analysis.charts.svg import SIZE, measured, printable
from analysis.words import Format

LINE = 12.2
"""Height of a line of text of 10 points, with its share of the space between lines."""
EDGE = 6.0
"""Points left free at the sides of a drawing."""


def width_of(text: str, bold: bool = False) -> float:
    """Return how wide a text's widest line is, in points."""
    weight = "bold" if bold else "normal"
    return max(measured(line, ("DejaVu Sans",), SIZE, weight, "normal")[0] for line in text.split("\n"))


def wrapped(text: object, points: float, bold: bool = False) -> str:
    """Break a text into lines no wider than this many points; a longer word is broken too."""
    lines = [""]
    for word in printable(str(text)).split():
        rest = word
        if lines[-1] and width_of(f"{lines[-1]} {word}", bold) <= points:
            lines[-1] += f" {word}"
            continue
        while rest:
            fits = len(rest)
            while fits > 1 and width_of(rest[:fits], bold) > points:
                fits -= 1
            lines.append(rest[:fits])
            rest = rest[fits:]
    return "\n".join(lines[1:] if len(lines) > 1 else lines)


def height_of(text: str) -> float:
    """Return how much height a text takes, in points."""
    return LINE * (1 + text.count("\n"))


def write(
    axes: Axes, text: str, at: tuple, shift: tuple[float, float] = (0, 0), on: Transform | None = None, **look: object
) -> Text:
    """Write text beside a point `on` a scale, the axes' own if None: `shift` is in points, whatever that scale."""
    return axes.text(*at, text, transform=(on or axes.transData) + Affine2D().translate(*shift), **look)


def spread(wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Return middles for labels in a column, near where they are wanted, none over another, in their order of height.

    Equal ones keep their order, the first lowest; in a column too short for all, its upper end is kept.
    """
    order = sorted(range(len(wanted)), key=lambda n: wanted[n])
    placed, floor = {}, low
    for n in order:
        placed[n] = max(wanted[n], floor + heights[n] / 2)
        floor = placed[n] + heights[n] / 2
    ceiling = high
    for n in reversed(order):
        placed[n] = min(placed[n], ceiling - heights[n] / 2)
        ceiling = placed[n] - heights[n] / 2
    return [placed[n] for n in range(len(wanted))]


def put_ticks(axis: mpl.axis.Axis, most: int, fmt: Format) -> list[str]:
    """Put ticks where their text is exact: at whole numbers if the format has no decimals, so 1.6 is not marked 2.

    Fewer of them if their texts, which are returned, would meet, so the axes must have their size; ticks with equal
    texts count once.
    """
    whole = fmt(0.5) in (fmt(0), fmt(1))
    text = lambda value, _=None: re.sub(r"\.0+(?=\D|$)", "", fmt(value))  # noqa: E731 - 10%, not 10.0%
    low, high = sorted(axis.get_view_interval())
    across, log = axis.axis_name == "x", axis.get_scale() == "log"
    length = axis.axes.bbox.width if across else axis.axes.bbox.height
    there = np.log if log else np.asarray
    chosen: list[float] = []
    hair = (high - low) * 1e-9
    for count in (*range(most, 0, -1), most + 1, most + 2):  # more only where fewer leave less than two
        ticks = mpl.ticker.MaxNLocator(count, steps=[1, 2, 5, 10], integer=whole, min_n_ticks=1).tick_values(low, high)
        if log:
            ticks = [t * 10.0**n for n in range(-3, 9) for t in ((1, 3), (1,))[count < most]]
        ticks = [t for t in ticks if low - hair <= t <= high + hair]
        ticks = ticks[:: -max(1, most - count)][::-1] if log else ticks
        texts = [text(t) for t in ticks]
        room = np.diff(there(ticks)).min() / (there(high) - there(low)) * length if len(ticks) > 1 else length
        needed = max(map(width_of, texts), default=0) + 8 if across else LINE
        if len(set(texts)) == len(texts) and room >= needed and len(ticks) > len(chosen):
            chosen = ticks
        if len(chosen) > 1:
            break
    axis.set_major_locator(mpl.ticker.FixedLocator(chosen))
    axis.set_minor_locator(mpl.ticker.NullLocator())
    axis.set_major_formatter(text)
    return [text(t) for t in chosen]


def put_x(axes: Axes, fmt: Format) -> float:
    """Put ticks on a horizontal axis, none of their texts beyond the drawing; return the height of these."""
    for text, label in zip(put_ticks(axes.xaxis, 5, fmt), axes.get_xticklabels(), strict=True):
        at, half = axes.transData.transform((label.get_position()[0], 0))[0], width_of(text) / 2 + 1
        label.set_ha("left" if at < half else "right" if at > axes.figure.bbox.width - half else "center")
    return LINE


def unit_below(axes: Axes, label: str, ticks: float = LINE) -> float:
    """Write the horizontal axis' unit right below its tick labels, this high; return the room that both take."""
    text = wrapped(label, axes.figure.bbox.width - 2 * EDGE)
    shift = axes.figure.bbox.width - axes.bbox.x1 - EDGE
    write(axes, text, (1, 0), (shift, -ticks - 9), axes.transAxes, ha="right", va="top")
    return ticks + 9 + (height_of(text) if label else 0) + 4


def key_above(axes: Axes, entries: Sequence[tuple[str, Any]]) -> float:
    """Write names with their marks above a drawing, side by side if they fit; return the height that takes, in points.

    An entry has a name, and the look of a marker, or of a patch if it has a facecolor; or an artist itself.
    """
    if not entries:
        return 0
    width = axes.figure.bbox.width
    names = [wrapped(name, width - 40) for name, _ in entries]
    handles = [
        look if not isinstance(look, dict) else Patch(**look) if "facecolor" in look else
        Line2D([], [], linestyle="none", **look) for _, look in entries
    ]  # fmt: skip
    columns = len(names) if sum(width_of(name) + 30 for name in names) < width else 1
    look = {"borderpad": 0, "borderaxespad": 0.2, "handlelength": 1.1, "handletextpad": 0.4, "columnspacing": 1.2}
    axes.figure.legend(handles, names, loc="upper left", ncols=columns, labelspacing=0.3, frameon=False, **look)
    heights = list(map(height_of, names))
    return (max(heights) if columns > 1 else sum(heights) + 3 * len(heights)) + 8


@dataclass(frozen=True)
class End:
    """A line's last value and its place, its name and its look."""

    value: float
    text: str
    look: Look = PLAIN
    at: float = np.inf


def name_all(axes: Axes, tall: float, ends: Sequence[End], fmt: Format | None, units: tuple[str, str],
             across: Callable[[], float], head: float = 0) -> None:  # fmt: skip
    """Give axes with their limits a size, ticks, units (that of the vertical above), and names right of the lines.

    A name that cannot stand at its line's end is led to it by a thin line. The axes are `tall` points high, more if the
    names need it; `fmt` makes values text, None keeps the axis' own ticks; `units` are of the vertical and the
    horizontal axis; `across` puts the horizontal ticks and returns the height of their texts; `head` is room for a key,
    in points.
    """
    width = axes.figure.bbox.width
    ends = sorted(ends, key=lambda end: end.value)
    texts = [wrapped(end.text, 84 if width == NARROW else 150) for end in ends]
    tall = max(tall, sum(map(height_of, texts)) - 8)
    right = max(map(width_of, texts), default=4) + 10
    place(axes, tall, 0, right, 0, 0)
    labels = put_ticks(axes.yaxis, 5, fmt) if fmt else [label.get_text() for label in axes.get_yticklabels()]
    left = max(map(width_of, labels), default=0) + 8
    place(axes, tall, left, right, 0, 0)
    below, unit = unit_below(axes, units[1], across()), wrapped(units[0], width - 2 * EDGE)
    # The unit stands above, so that no head is turned.
    write(axes, unit, (0, 1), (EDGE - left, 8), axes.transAxes, va="bottom")
    place(axes, tall, left, right, height_of(unit) + 10 + head, below)
    bottom, edge = axes.bbox.y0, axes.bbox.x1
    high = axes.get_xlim()[1]
    points = [axes.transData.transform((min(end.at, high), end.value)) for end in ends]
    middles = spread([y for _, y in points], list(map(height_of, texts)), bottom - 12, bottom + tall + 2)
    for end, text, middle, (x, y) in zip(ends, texts, middles, points, strict=True):
        write(axes, text, (edge + 6, middle), on=IdentityTransform(), va="center", color=end.look.text)
        if abs(middle - y) > 3 or x < edge - 0.1 * (edge - left):
            lead = ([x + 4, edge + 1, edge + 4], [y, y if x > edge - 30 else middle, middle])
            look = {"color": end.look.colour, "linewidth": 0.7, "linestyle": (0, (1, 1.5))}
            axes.figure.add_artist(Line2D(*lead, transform=IdentityTransform(), **look))


def put_periods(axes: Axes, labels: Sequence[str]) -> float:
    """Label periods, if all would not fit the last and every second, third … before it; return the height of that."""
    count, broken = len(labels), [wrapped(label, 58) for label in labels]
    low, high = axes.get_xlim()
    pitch = axes.bbox.width / (high - low)
    step = max(1, int(np.ceil((max(map(width_of, broken)) + 8) / pitch)))
    ticks = list(range((count - 1) % step, count, step))
    axes.set_xticks(ticks, [broken[tick] for tick in ticks])
    return max(map(height_of, broken))
