"""Axes whose texts have room: labels broken into lines, ticks, units, a key, names at lines' ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import Affine2D, IdentityTransform, Transform

from analysis.charts.kit import NARROW, PLAIN, Look, place
from analysis.charts.svg import SIZE, measured, printable
from analysis.words import Format

LINE = 12.2
"""Height of a line of text of 10 points, with its share of the space between lines."""
EDGE = 6.0
"""Points left free at the sides of a drawing."""
GRID = {"color": "#ccc", "linewidth": 0.6, "zorder": 0.5}
"""The look of the lines at ticks, below all that is drawn."""


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
) -> None:
    """Write text beside a point `on` a scale, the axes' own if None: `shift` is in points, whatever that scale."""
    axes.text(*at, text, transform=(on or axes.transData) + Affine2D().translate(*shift), **look)


def write_over(axes: Axes, text: str, at: tuple[float, float], shift: float, **look: object) -> None:
    """Write text centred at a place along a horizontal axis (0: its foot, 1: its top), but within the drawing."""
    middle, half = axes.transData.transform((at[0], 0))[0], width_of(text) / 2 + 1
    beside = min(max(middle, half), axes.figure.bbox.width - half) - middle
    write(axes, text, at, (beside, shift), axes.get_xaxis_transform(), ha="center", **look)


def strokes(axes: Axes, lines: Sequence[Sequence[tuple]], on: Transform | None = None, **look: object) -> None:
    """Draw lines of one look as one mark, `on` a scale, the axes' own if None; those with a missing end are not."""
    known = [line for line in lines if np.isfinite(line).all()]
    axes.add_collection(LineCollection(known, transform=on or axes.transData, **look), autolim=False)


def boxes(axes: Axes, sides: Iterable[tuple[float, float]], middles: Sequence[float], half: float,
          told: Iterable[str], **look: object) -> None:  # fmt: skip
    """Draw a box from one side to the other about each middle, each with its title."""
    corners = [
        [(left, at - half), (right, at - half), (right, at + half), (left, at + half)]
        for (left, right), at in zip(sides, middles, strict=True)
    ]
    axes.add_collection(PolyCollection(corners, linewidth=0, gid=tuple(told), **look), autolim=False)


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


def ticks_of(axis: mpl.axis.Axis, fmt: Format, most: int = 5) -> dict[float, str]:
    """Return ticks where their text is exact: at whole numbers if the format has no decimals, so 1.6 is not marked 2.

    Fewer of them if their texts would meet, so the axes must have their size; ticks with equal texts count once.
    """
    whole = fmt(0.5) in (fmt(0), fmt(1))
    text = lambda value: re.sub(r"\.0+(?=\D|$)", "", fmt(value))  # noqa: E731 - 10%, not 10.0%
    low, high = sorted(axis.get_view_interval())
    across, log = axis.axis_name == "x", axis.get_scale() == "log"
    length = axis.axes.bbox.width if across else axis.axes.bbox.height
    there = np.log if log else np.asarray
    chosen: dict[float, str] = {}
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
            chosen = dict(zip(ticks, texts, strict=True))
        if len(chosen) > 1:
            break
    return chosen


def put_y(axes: Axes, fmt: Format) -> list[str]:
    """Draw a grid across, with the value of each line left of it; return these texts."""
    ticks = ticks_of(axes.yaxis, fmt)
    strokes(axes, [((0, at), (1, at)) for at in ticks], axes.get_yaxis_transform(), **GRID)
    for at, text in ticks.items():
        write(axes, text, (0, at), (-4, 0), axes.get_yaxis_transform(), ha="right", va="center_baseline")
    return list(ticks.values())


def put_x(axes: Axes, ticks: Mapping[float, str]) -> float:
    """Write texts below a horizontal axis, each at its place; return their height."""
    for at, text in ticks.items():
        write_over(axes, text, (at, 0), -7, va="top")
    return max(map(height_of, ticks.values()), default=0)


def unit_below(axes: Axes, label: str, ticks: float) -> float:
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


def name_all(axes: Axes, tall: float, ends: Sequence[End], down: Callable[[], Sequence[str]], units: tuple[str, str],
             across: Callable[[], float], head: float = 0) -> None:  # fmt: skip
    """Give axes with their limits a size, ticks, units (that of the vertical above), and names right of the lines.

    A name that cannot stand at its line's end is led to it by a thin line. The axes are `tall` points high, more if the
    names need it; `down` puts the vertical ticks and returns their texts, `across` the horizontal ones and returns
    their height; `units` are of the vertical and the horizontal axis; `head` is room for a key, in points.
    """
    width = axes.figure.bbox.width
    ends = sorted(ends, key=lambda end: end.value)
    texts = [wrapped(end.text, 84 if width == NARROW else 150) for end in ends]
    tall = max(tall, sum(map(height_of, texts)) - 8)
    right = max(map(width_of, texts), default=4) + 10
    place(axes, tall, 0, right, 0, 0)
    left = max(map(width_of, down()), default=0) + 8
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


def periods_of(axes: Axes, labels: Iterable[str]) -> dict[float, str]:
    """Return periods' labels by place; if all would not fit, of the last and every second, third … before it."""
    broken = [wrapped(label, 58) for label in labels]
    low, high = axes.get_xlim()
    step = max(1, int(np.ceil((max(map(width_of, broken)) + 8) * (high - low) / axes.bbox.width)))
    return {place: broken[place] for place in range(len(broken))[::-step][::-1]}
