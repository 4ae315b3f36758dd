"""Charts: one function a kind, in the style of the Government Analysis Function.

Each returns a `Chart`: the drawing as SVG with its text as text, the alternative text, and the
data behind it as a table. Title (the finding) and subtitle (measure, place, time) are page text,
never part of the drawing. Colour is never the only mark: values are printed and lines labelled.
"""

from __future__ import annotations

import matplotlib as mpl
import pandas as pd
import seaborn as sns

from analysis.drawing import (
    ACCENT,
    FOCUS,
    GREY,
    SEQUENCE,
    About,
    Chart,
    Rows,
    bar_values,
    chart_of,
    drawing_of,
    frame_of,
    height_of,
    value_axis,
    wrapped,
    write,
)
from analysis.formats import Format
from analysis.line_chart import lines

__all__ = ["About", "Chart", "bars", "bridge", "dumbbell", "ladder", "lines", "matrix"]


def ladder(rows: Rows, about: About, fmt: Format, axis: str, reference: tuple[float, str] | None = None) -> Chart:
    """Draw estimates with their intervals, one a line, and a reference value as a labelled line.

    Args:
        rows: columns label, value, lower, upper; drawn from the top; NaN limits draw a dot alone.
        about: id, title, subtitle and note.
        fmt: makes values text.
        axis: the unit in words.
        reference: value and label of a vertical line, such as the England value.
    """
    frame = frame_of(rows, "label", "value")
    places = range(len(frame))[::-1]
    with drawing_of(height_of(frame["label"]) + (0.25 if reference else 0)) as (drawing, axes):
        axes.hlines(places, frame["lower"], frame["upper"], color=FOCUS, linewidth=2)
        for limit in ("lower", "upper"):
            axes.plot(frame[limit], places, "|", color=FOCUS, markersize=10, markeredgewidth=2)
        axes.plot(frame["value"], places, "o", color=FOCUS, markersize=6)
        for place, row in zip(places, frame.itertuples(), strict=True):
            write(axes, fmt(row.value), (row.value, place), (0, 7), ha="center")
        if reference:
            axes.axvline(reference[0], color=ACCENT, linewidth=2, linestyle=(0, (4, 2)))
            top = {"xycoords": ("data", "axes fraction"), "ha": "center", "fontsize": 11}
            write(axes, reference[1], (reference[0], 1), (0, 4), **top)
        axes.set_yticks(list(places), wrapped(frame["label"]))
        axes.set_ylim(-0.6, len(frame) - 0.3)
        axes.margins(x=0.08)
        value_axis(axes, fmt, axis)
        columns = {"label": "Estimate", "value": axis, "lower": "Lower limit", "upper": "Upper limit"}
        shown = frame[list(columns)].rename(columns=columns)
        return chart_of("Dot and interval chart", about, drawing, shown, dict.fromkeys(list(columns.values())[1:], fmt))


def bars(
    rows: Rows, about: About, fmt: Format, axis: str, focus: set[str] | None = None, group: str = "Group"
) -> Chart:
    """Draw horizontal bars from zero, largest label space given, each with its value.

    Args:
        rows: columns label, value and, if there are intervals, lower and upper; drawn from the top.
        about: id, title, subtitle and note.
        fmt: makes values text.
        axis: the unit in words.
        focus: labels drawn in the focus colour; the others are grey. None: all in focus.
        group: header of the label column in the data table.
    """
    frame = frame_of(rows, "label", "value")
    colours = [FOCUS if focus is None or label in focus else GREY for label in frame["label"]]
    limits = "lower" in frame and "upper" in frame
    places = range(len(frame))[::-1]
    ends = frame["value"].fillna(0)
    with drawing_of(height_of(frame["label"])) as (drawing, axes):
        axes.barh(places, frame["value"], color=colours, height=0.66)
        if limits:
            axes.hlines(places, frame["lower"], frame["upper"], color=ACCENT, linewidth=2.5)
            ends = frame["upper"].where(ends >= 0, frame["lower"]).fillna(ends)
        bar_values(axes, places, ends, frame["value"], fmt)
        axes.set_yticks(list(places), wrapped(frame["label"]))
        axes.set_ylim(-0.5, len(frame) - 0.5)
        value_axis(axes, fmt, axis)
        columns = {"label": group, "value": axis} | ({"lower": "Lower limit", "upper": "Upper limit"} if limits else {})
        return chart_of(
            "Bar chart",
            about,
            drawing,
            frame[list(columns)].rename(columns=columns),
            dict.fromkeys(list(columns.values())[1:], fmt),
        )


def matrix(frame: pd.DataFrame, about: About, fmt: Format, row_name: str, marked: pd.DataFrame | None = None) -> Chart:
    """Draw a table of numbers as shaded cells, each with its value; marked cells get a frame and bold text.

    Args:
        frame: numbers, one row and column a label.
        about: id, title, subtitle and note.
        fmt: makes values text.
        row_name: what the rows are.
        marked: True where a cell is to stand out; same shape.
    """
    with drawing_of(height_of(frame.index) + 0.3) as (drawing, axes):
        shades = mpl.colors.LinearSegmentedColormap.from_list("af", ["#FFFFFF", SEQUENCE[0]])
        low, high = (frame.min().min(), frame.max().max()) if frame.notna().any(axis=None) else (0, 1)
        heads = wrapped(frame.columns, 14)
        look = {"cmap": shades, "cbar": False, "linewidths": 1, "linecolor": "white"}
        sns.heatmap(frame, ax=axes, vmin=low, vmax=high, xticklabels=heads, yticklabels=False, **look)
        for row in range(frame.shape[0]):
            for column in range(frame.shape[1]):
                bold = marked is not None and bool(marked.iat[row, column])
                text = fmt(frame.iat[row, column])
                weight = "bold" if bold else "normal"
                axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", color="black", fontweight=weight)
                if bold:
                    corner = (column + 0.03, row + 0.06)
                    frame_mark = {"fill": False, "edgecolor": ACCENT, "linewidth": 3}
                    axes.add_patch(mpl.patches.Rectangle(corner, 0.94, 0.88, **frame_mark))
        axes.set_yticks([place + 0.5 for place in range(len(frame))], wrapped(frame.index))
        axes.xaxis.tick_top()
        axes.tick_params(length=0, rotation=0)
        axes.set(xlabel="", ylabel="")
        shown = frame.rename_axis(row_name).reset_index().rename_axis(columns=None)
        return chart_of("Table with shaded cells", about, drawing, shown, dict.fromkeys(frame.columns, fmt))


def bridge(rows: Rows, about: About, fmt: Format, axis: str) -> Chart:
    """Draw how amounts add up: each bar starts where the one before ended; totals start at zero.

    Args:
        rows: columns label, value and total (True where value is a running total to be drawn from zero).
        about: id, title, subtitle and note.
        fmt: makes values text.
        axis: the unit in words.

    Raises:
        ValueError: if a value is missing, as what follows could not be placed.
    """
    frame = frame_of(rows, "label", "value", "total")
    if frame["value"].isna().any():
        raise ValueError(
            f"bridge: expected a value in every row; {frame.loc[frame['value'].isna(), 'label'].iloc[0]!r} has none"
        )
    ends = [v if t else None for v, t in zip(frame["value"], frame["total"], strict=True)]
    starts, level = [], 0.0
    for value, end in zip(frame["value"], ends, strict=True):
        starts.append(0.0 if end is not None else level)
        level = end if end is not None else level + value
    with drawing_of(height_of(frame["label"])) as (drawing, axes):
        places = range(len(frame))[::-1]
        colours = [FOCUS if total else SEQUENCE[0] for total in frame["total"]]
        axes.barh(places, frame["value"], left=starts, color=colours, height=0.66)
        sides = [sorted((s, s + v)) for s, v in zip(starts, frame["value"], strict=True)]
        bar_values(axes, places, [low if low < 0 and high <= 0 else high for low, high in sides], frame["value"], fmt)
        axes.set_xlim(left=min(axes.get_xlim()[0], 1.17 * min(low for low, _ in sides)))
        axes.set_yticks(list(places), wrapped(frame["label"]))
        value_axis(axes, fmt, axis)
        shown = frame[["label", "value"]].rename(columns={"label": "Step", "value": axis})
        return chart_of("Bridge chart", about, drawing, shown, {axis: fmt})


def dumbbell(rows: Rows, about: About, fmt: Format, axis: str, names: tuple[str, str]) -> Chart:
    """Draw two values a line, joined: a filled circle for the first name, a square for the second.

    Args:
        rows: columns label, first, second; drawn from the top.
        about: id, title, subtitle and note.
        fmt: makes values text.
        axis: the unit in words.
        names: what first and second are.
    """
    frame = frame_of(rows, "label", "first", "second")
    with drawing_of(height_of(frame["label"]) + 0.3) as (drawing, axes):
        places = range(len(frame))[::-1]
        axes.hlines(places, frame["first"], frame["second"], color=GREY, linewidth=3)
        axes.plot(frame["first"], places, "o", color=FOCUS, markersize=10, label=names[0])
        axes.plot(frame["second"], places, "s", color=ACCENT, markersize=9, label=names[1])
        for place, row in zip(places, frame.itertuples(), strict=True):
            for value, is_left in ((row.first, row.first <= row.second), (row.second, row.second < row.first)):
                shift, align = (-9, "right") if is_left else (9, "left")
                axes.annotate(
                    fmt(value),
                    (value, place),
                    (shift, 0),
                    textcoords="offset points",
                    va="center",
                    ha=align,
                    fontsize=10,
                )
        axes.set_yticks(list(places), wrapped(frame["label"]))
        axes.set_ylim(-0.6, len(frame) - 0.4)
        axes.margins(x=0.2)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0, handletextpad=0.3)
        value_axis(axes, fmt, axis)
        shown = frame[["label", "first", "second"]].rename(
            columns={"label": "Measure", "first": names[0], "second": names[1]}
        )
        return chart_of("Dumbbell chart", about, drawing, shown, dict.fromkeys(names, fmt))
