"""Words of a chart: sentences of its alternative text, how wide labels are, and places where none overlaps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Annotation

from analysis import words as say
from analysis.charts.svg import SIZE, measured, printable
from analysis.words import Format, missing

NOTHING = "no value is available"


def extremes(labels: Iterable[str], values: Iterable[float], fmt: Format, noun: str = "values") -> str:
    """Return the highest and lowest value with whose they are: "Highest: A with 9.1%; lowest: B with 5.0%"."""
    known = [(str(label), value) for label, value in zip(labels, values, strict=True) if not missing(value)]
    if not known:
        return NOTHING
    if len(known) == 1:
        return f"{known[0][0]}: {fmt(known[0][1])}"
    low, high = min(v for _, v in known), max(v for _, v in known)
    if low == high:
        return f"all {say.word(len(known))} have {fmt(low)}"
    most, least = ([label for label, value in known if value == end] for end in (high, low))
    named = (say.some(list(dict.fromkeys(labels)), noun) for labels in (most, least))
    return f"highest: {next(named)} with {fmt(high)}; lowest: {next(named)} with {fmt(low)}"


def course(name: str, values: pd.Series, fmt: Format) -> str:
    """Return how a line goes: "A from 3.0% (2011) to 2.0% (2013), highest 4.0% (2012)", the turn where it has one."""
    known = values.dropna()
    if known.empty:
        return f"{name}: {NOTHING}"
    ends, said = known.iloc[[0, -1]], [f"{fmt(value)} ({x})" for x, value in known.items()]
    if said[0] == said[-1] and len(known) == 1:
        return f"{name}: {said[0]}"
    away = {"highest": known.max() - ends.max(), "lowest": ends.min() - known.min()}
    turn = max(away, key=away.get)
    place = int(np.argmax(known) if turn == "highest" else np.argmin(known))
    beyond = fmt(known.iloc[place]) not in map(fmt, ends)
    return f"{name} from {said[0]} to {said[-1]}" + (f", {turn} {said[place]}" if beyond else "")


def unknown(count: int) -> str:
    """Return how many have no value: " 2 have no value" as a sentence of its own; nothing for none."""
    return f"{say.word(count)} {'has' if count == 1 else 'have'} no value" if count else ""


def sentences(parts: Sequence[str]) -> str:
    """Return parts as sentences, blank ones left out."""
    return " ".join(say.sentence(part) for part in parts if part)


LINE = 12.2
"""Height of a line of text of 10 points, with its share of the space between lines."""
LEFT, RIGHT = 112, 78
"""Points for the labels left of an axis (about 20 letters) and at the end of a line (about 13)."""

Box = tuple[float, float, float, float]
"""Left, bottom, right and top, in points."""


def width_of(text: str, size: float = SIZE, bold: bool = False) -> float:
    """Return how wide a text's widest line is, in points."""
    weight = "bold" if bold else "normal"
    return max(measured(line, ("DejaVu Sans",), size, weight, "normal")[0] for line in text.split("\n"))


def wrapped(text: object, points: float = LEFT, size: float = SIZE, bold: bool = False) -> str:
    """Break a text into lines no wider than this many points; a longer word is broken too."""
    lines = [""]
    for word in printable(str(text)).split():
        rest = word
        if lines[-1] and width_of(f"{lines[-1]} {word}", size, bold) <= points:
            lines[-1] += f" {word}"
            continue
        while rest:
            fits = len(rest)
            while fits > 1 and width_of(rest[:fits], size, bold) > points:
                fits -= 1
            lines.append(rest[:fits])
            rest = rest[fits:]
    return "\n".join(lines[1:] if len(lines) > 1 else lines)


def height_of(text: str) -> float:
    """Return how much height a text takes, in points."""
    return LINE * (1 + text.count("\n"))


def write(axes: Axes, text: str, at: tuple, shift: tuple[float, float] = (0, 0), **look: object) -> Annotation:
    """Write text beside a point: `shift` is in points, so that it does not depend on the axes' scale."""
    return axes.annotate(text, at, shift, textcoords="offset points", annotation_clip=False, **look)


def spread(wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Return middles for labels in a column, near where they are wanted, none over another, in their order of height.

    Args:
        wanted: the middles they would have; equal ones keep their order, the first lowest.
        heights: of the labels, in the same unit.
        low, high: ends of the column; the upper end is kept first if it is too short for all.
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


def meet(one: Box, other: Box) -> bool:
    """Whether two boxes have more than an edge in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def box_beside(at: tuple[float, float], wide: float, high: float, way: tuple[int, int], gap: float) -> Box:
    """Return the box of a text that stands this way of a point: (1, 0) is right of it, (0, -1) below."""
    x, y = at[0] + way[0] * (gap + wide / 2), at[1] + way[1] * (gap + high / 2)
    return (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)


_WAYS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))


def place_for(
    at: tuple[float, float],
    text: str,
    within: Box,
    taken: Iterable[Box],
    marks: tuple[np.ndarray, np.ndarray] | None = None,
    most: int | None = None,
    gaps: Sequence[float] = (6, 14, 26, 40),
) -> Box | None:
    """Return where a label fits beside a point: over no other label, over as few marks as can be; None if nowhere.

    Args:
        at: the point.
        text: the label, broken into its lines.
        within: where it may stand.
        taken: boxes it must leave free.
        marks: points it should not cover, and places along lines, which count less; each an array of x and y.
        most: points it may cover at most, its own not counted; None: any number.
        gaps: distances tried, the nearest first.
    """
    wide, high, taken = width_of(text) + 2, height_of(text), list(taken)
    tried = [box_beside(at, wide, high, way, gap) for gap in gaps for way in _WAYS]
    free = [box for box in tried if inside(box, within) and not any(meet(box, other) for other in taken)]
    points, lines = marks or (np.empty((0, 2)), np.empty((0, 2)))
    if most is not None:
        free = [box for box in free if _covered(box, points, 3) <= most]
    return min(free, key=lambda box: 4 * _covered(box, points, 3) + min(1, _covered(box, lines, 0)), default=None)


def inside(box: Box, within: Box) -> bool:
    """Whether a box lies within another."""
    return box[0] >= within[0] and box[1] >= within[1] and box[2] <= within[2] and box[3] <= within[3]


def _covered(box: Box, points: np.ndarray, half: float) -> int:
    """Return how many marks of this half width a box covers."""
    x, y = points[:, 0], points[:, 1]
    across = (x > box[0] - half) & (x < box[2] + half)
    return int((across & (y > box[1] - half) & (y < box[3] + half)).sum())
