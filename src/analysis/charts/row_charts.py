"""Labelled rows below each other: bars, estimates with their intervals, and two values joined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis import words as say
from analysis.charts import axes as room
from analysis.charts import kit
from analysis.charts.axes import EDGE
from analysis.charts.kit import FALL, FOCUS, GREY, NARROW, QUIET, REFERENCE, RISE, About, Chart
from analysis.charts.svg import TEXT
from analysis.methods.intervals import Interval
from analysis.words import Format

Reference = tuple[float, str] | None
"""Value and label of an upright line, such as England's value."""
_SIDES = {RISE: "blue: interval above the line", FALL: "orange: below the line", "": "hollow: it holds the line"}


def bars(rows: pd.DataFrame, about: About, fmt: Format, axis: str, focus: set[str] | None = None, group: str = "Group",
         reference: Reference = None) -> Chart:  # fmt: skip
    """Draw horizontal bars, each with its value, or with its range where the value is one end of that.

    `rows` have columns label, value and, if there are intervals, lower and upper, from the top. A column symbol says
    why a value is missing ("c"; [x] without). A column start says where each bar begins, so that each step of a bridge
    goes on where the one before ended; steps up and down differ in colour. Labels in `focus` have its colour, in bold
    if there is a reference, the others grey; None: all. `group` heads the labels in the table.
    """
    frame = kit.frame_of("bars", rows, "label", "value")
    bridge, own = "start" in frame, [focus is None or label in focus for label in frame["label"]]
    others = np.where(frame["value"] < 0, FALL, RISE) if bridge else [GREY] * len(frame)
    colours = [FOCUS if one else other for one, other in zip(own, others, strict=True)]
    starts = frame["start"] if bridge else pd.Series(0.0, frame.index)
    ends = starts + frame["value"]
    texts = [  # beside a line's far end the value of its near end would mislead
        say.span(Interval(row.lower, row.upper), fmt) if row.value in (row.lower, row.upper) else text
        for row, text in zip(frame.itertuples(), kit.shown(frame, fmt), strict=True)
    ]

    def draw(axes: Axes, places: np.ndarray) -> None:
        sides = zip(starts, ends.fillna(0), strict=True)
        room.boxes(axes, sides, places, 7, map("{}: {}".format, frame["label"], texts), color=colours)
        joins = [[(end, above), (end, below)] for end, (above, below) in zip(ends, pairwise(places))]  # noqa: B905
        room.strokes(axes, joins if bridge else [], color=QUIET, linewidth=0.8, zorder=0.5)
        for look in ({"color": "white", "linewidth": 4}, {"color": TEXT, "linewidth": 1.6}):  # seen on any colour
            _whiskers(axes, places, frame, look | {"zorder": 3})

    reached = [*starts, *ends, *frame["lower"], *frame["upper"]]
    bold = [bool(reference and focus) and one for one in own]
    picture = _picture(frame["label"], texts, draw, reached, (fmt, axis, reference), bold=bold, pinned=True)
    if bridge:
        began = f"{frame['label'].iloc[0]}, {fmt(ends.iloc[0])}"
        found = [f"from {began}, to {fmt(ends.iloc[-1])} after {frame['label'].iloc[-1]}"]
    else:
        found = _found(frame, texts, reference)
        one = frame.index[own]
        if len(one) == 1 < len(frame) and frame["value"].notna()[one[0]]:
            found.append(f"{frame['label'][one[0]]}: {texts[one[0]]}")
    heads = {"label": group, "value": axis} | (
        {"lower": "Lower limit", "upper": "Upper limit"} if "lower" in rows else {}
    )
    return kit.chart_of("Bar chart", about, picture, found, *kit.tabled(frame, heads, fmt))


def ladder(
    rows: pd.DataFrame, about: About, fmt: Format, axis: str, reference: Reference = None, judged: bool = True
) -> Chart:
    """Draw estimates with their intervals, one a line, and a reference value as a labelled line.

    Dots on either side of the reference differ in colour, and one whose interval holds it is hollow, where chance may
    judge (`judged`: not what a model gave). `rows` have columns label, value, lower, upper, from the top; missing
    limits draw a dot alone; symbols are as in `bars`.
    """
    frame = kit.frame_of("ladder", rows, "label", "value")
    texts, parts = kit.shown(frame, fmt), frame[["value", "lower", "upper"]].astype(float)
    limits = [f" ({say.span(Interval(low, high), fmt)})" if low <= high else "" for _, low, high in parts.to_numpy()]
    told = [text + more for text, more in zip(texts, limits, strict=True)]
    low, high = (parts[end].fillna(parts["value"]) for end in ("lower", "upper"))
    line = reference[0] if reference and judged else np.nan
    colours = np.select([low > line, high < line, parts["value"].notna() & (line == line)], [RISE, FALL, ""], FOCUS)
    said = np.array(told, dtype=object)
    hollow, sides = int((colours == "").sum()), [side for colour, side in _SIDES.items() if colour in colours]

    def draw(axes: Axes, places: np.ndarray) -> None:
        for colour in dict.fromkeys(colours):
            own, shade = colours == colour, {"color": colour or QUIET}
            _whiskers(axes, places[own], parts[own], shade | {"linewidth": 2}, 5)
            look = {"markersize": 7, "markerfacecolor": colour or "white", "markeredgewidth": 1.8} | shade
            titles = tuple(f"{label}: {text}" for label, text in zip(frame["label"][own], said[own], strict=True))
            axes.plot(parts["value"][own], places[own], "o", gid=titles, **look)

    picture = _picture(frame["label"], texts, draw, parts.to_numpy().ravel(), (fmt, axis, reference))
    found = _found(frame, told, reference)
    about = replace(about, note=kit.sentences([about.note, "; ".join(sides)]))
    if hollow:
        found.append(f"{say.count(hollow, 'interval')} {'holds' if hollow == 1 else 'hold'} that line")
    heads = {"label": "Estimate", "value": axis, "lower": "Lower limit", "upper": "Upper limit"}
    return kit.chart_of("Dot and interval chart", about, picture, found, *kit.tabled(frame, heads, fmt))


def dumbbell(
    rows: pd.DataFrame, about: About, fmt: Format, axis: str, names: tuple[str, str], reference: Reference = None
) -> Chart:
    """Draw two values a line, joined: a filled circle for the first of `names`, an open square for the second.

    `rows` have columns label, first, second, from the top.
    """
    frame = kit.frame_of("dumbbell", rows, "label", "first", "second")
    filled = {"marker": "o", "color": FOCUS, "markersize": 9, "markeredgewidth": 0}
    hollow = {"marker": "s", "color": REFERENCE, "markersize": 7, "markerfacecolor": "white", "markeredgewidth": 2}
    looks = {"first": filled, "second": hollow}
    said = {column: kit.shown(frame.assign(value=frame[column]), fmt) for column in looks}
    texts = [one if one == other == "[x]" else f"{one} | {other}" for one, other in zip(*said.values(), strict=True)]

    def draw(axes: Axes, places: np.ndarray) -> None:
        pairs = zip(frame["first"], frame["second"], places, strict=True)
        room.strokes(axes, [[(first, at), (second, at)] for first, second, at in pairs], color=QUIET, linewidth=1.6)
        for name, (column, look) in zip(names, looks.items(), strict=True):
            told = (f"{label}, {name}: {text}" for label, text in zip(frame["label"], said[column], strict=True))
            axes.plot(frame[column], places, linestyle="none", gid=tuple(told), **look)

    key = list(zip(names, looks.values(), strict=True))
    picture = _picture(frame["label"], texts, draw, [*frame["first"], *frame["second"]], (fmt, axis, reference), key)
    known, found = frame.dropna(subset=["first", "second"]), kit.NOTHING
    if len(known):
        row = known.loc[(known["first"] - known["second"]).abs().idxmax()]
        found = f"{row['label']}: {names[0]} {fmt(row['first'])}, {names[1]} {fmt(row['second'])}"
        found = f"furthest apart: {found}" if len(known) > 1 else found
    found = [found, reference[1] if reference else "", kit.unknown(len(frame) - len(known))]
    table = frame[["label", "first", "second"]].set_axis(["Measure", *names], axis=1)
    symbols = ["[x]"] if len(known) < len(frame) else []
    return kit.chart_of("Dumbbell chart", about, picture, found, table, dict.fromkeys(names, fmt), symbols)


def _picture(labels: Sequence[object], texts: Sequence[str], draw: Callable[[Axes, np.ndarray], None],
             reached: Sequence[float], axis: tuple[Format, str, Reference], key: Sequence[tuple[str, dict]] = (),
             bold: Sequence[bool] = (), pinned: bool = False) -> kit.Draw:  # fmt: skip
    """Return what draws rows at a width: `draw` their marks at their places, in points from the top.

    Labels stand at the left and texts at the right; on a phone both stand above their marks. The axis holds all values
    `reached`; where it is `pinned` it starts, or ends, at zero if no value lies beyond.
    """
    (fmt, unit, reference), thick = axis, list(bold) or [False] * len(texts)

    def picture(axes: Axes, width: float) -> None:
        narrow = width == NARROW
        says = [room.wrapped(t, 110 if narrow else 170, heavy) for t, heavy in zip(texts, thick, strict=True)]
        column = max(map(room.width_of, says, thick)) + EDGE
        wide = width - column - 2 * EDGE - 6 if narrow else 190
        names = [room.wrapped(label, wide, heavy) for label, heavy in zip(labels, thick, strict=True)]
        heights = [max(map(room.height_of, pair)) + (22 if narrow else 12) for pair in zip(names, says, strict=True)]
        ends = np.cumsum(heights)
        places = ends - (13 if narrow else np.array(heights) / 2)
        left, right = (EDGE, EDGE) if narrow else (max(map(room.width_of, names, thick)) + EDGE + 9, column + EDGE)
        above = room.wrapped(reference[1], width - 2 * EDGE) if reference else ""
        top = room.key_above(axes, key) + (room.height_of(above) + 8 if reference else 4)
        kit.place(axes, ends[-1], left, right, top, 0)
        axes.set(xlim=_fitted([*reached, *(reference or ())[:1]], pinned), ylim=(ends[-1], 0))
        draw(axes, places)
        ticks = room.ticks_of(axes.xaxis, fmt)
        room.strokes(axes, [((at, 0), (at, 1)) for at in ticks], axes.get_xaxis_transform(), **room.GRID)
        kit.place(axes, ends[-1], left, right, top, room.unit_below(axes, unit, room.put_x(axes, ticks)))
        for at, name, text, heavy in zip(places, names, says, thick, strict=True):
            look = {"on": axes.get_yaxis_transform(), "fontweight": "bold" if heavy else "normal"}
            if narrow:
                look |= {"va": "bottom", "bbox": {"facecolor": "white", "linewidth": 0, "pad": 0.5}}  # over the grid
            for x, words, shift, side in ((0, name, -9, "right"), (1, text, column, "right")):
                shift, side = ((0, 9), ("left", side)[x]) if narrow else ((shift, 0), side)
                room.write(axes, words, (x, at), shift, ha=side, **{"va": "center"} | look)
        if min(axes.get_xlim()) < 0:
            axes.axvline(0, color=QUIET, linewidth=1)
        if reference:
            axes.axvline(reference[0], color=REFERENCE, linewidth=1.6, linestyle=(0, (4, 2)), zorder=1.5)
            room.write_over(axes, above, (reference[0], 1), 4, va="bottom")

    return picture


def _fitted(reached: Sequence[float], pinned: bool) -> tuple[float, float]:
    """Return the ends of a horizontal axis that holds values; see `_picture`."""
    known = np.array([value for value in reached if np.isfinite(value)] + [0.0] * pinned)
    low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
    spare = 0.05 * (high - low) or abs(low) or 1.0
    return low - spare * (low < 0 or not pinned), high + spare * (high > 0 or not pinned or low == high)


def _whiskers(axes: Axes, places: Sequence[float], limits: pd.DataFrame, look: dict, cap: float = 4) -> None:
    """Draw lower and upper as lines with caps, `cap` points to each side; only where both are known."""
    lines = []
    for at, low, high in zip(places, limits["lower"], limits["upper"], strict=True):
        if np.isfinite(low) and np.isfinite(high):
            lines += [[(low, at), (high, at)], *([(end, at - cap), (end, at + cap)] for end in (low, high))]
    room.strokes(axes, lines, **look)


def _found(frame: pd.DataFrame, said: Sequence[str], reference: Reference) -> list[str]:
    """Return the highest and the lowest, the reference, and how many have no value."""
    found = [kit.extremes(frame["label"], frame["value"], said), reference[1] if reference else ""]
    return [*found, kit.unknown(int(frame["value"].isna().sum()))]
