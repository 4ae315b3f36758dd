"""Lines over time or another scale, labelled at their ends."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes

from analysis.drawing import (
    CATEGORIES,
    TEXT,
    About,
    Chart,
    Rows,
    chart_of,
    drawing_of,
    frame_of,
    put_ticks,
    wrapped,
    write,
)
from analysis.formats import Format

_LETTERS = 32
"""Letters of labels that fit under the axis side by side."""


def lines(
    rows: Rows,
    about: About,
    fmt: Format,
    axis: str,
    x_axis: str = "",
    x_format: Format | None = None,
    marks: Sequence[tuple[float, str]] = (),
    symbols: Sequence[tuple[object, str]] = (),
) -> Chart:
    """Draw up to four lines, labelled at their ends, with ribbons where there are limits.

    Args:
        rows: columns x, series, value and, if there are intervals, lower and upper; x is a number or a period label.
        about: id, title, subtitle and note.
        fmt: makes values text.
        axis: the unit in words, for the vertical axis.
        x_axis: what x is; "Period" in the table if blank.
        x_format: makes x text, where x is a number.
        marks: values of the vertical axis with a label, drawn as dashed horizontal lines.
        symbols: where the first series has no value, x and the symbol that says why, such as "[c]".

    Raises:
        ValueError: for more than four series, or two values for one x of a series.
    """
    frame = frame_of(rows, "x", "series", "value")
    names = list(dict.fromkeys(frame["series"]))
    if len(names) > len(CATEGORIES):
        raise ValueError(
            f"lines: expected at most {len(CATEGORIES)} series, as more cannot be told apart; got {len(names)}"
        )
    wide = _wide(frame, names)
    with drawing_of(3.6) as (drawing, axes):
        axes.xaxis.update_units(list(wide.index))  # periods in the table's order, whichever series has them first
        _draw_lines(axes, frame, names, marks)
        axes.set_ylabel(axis)
        axes.set_xlabel(x_axis)
        if not frame.filter(["value", "lower"]).min().min() < 0:
            axes.set_ylim(bottom=0)
        if len(names) > 1:
            _name_lines(axes, wide)
        put_ticks(axes.yaxis, 7, fmt)
        if x_format:
            put_ticks(axes.xaxis, 7, x_format)
        for x, symbol in symbols:
            write(axes, symbol, (x, 1), (0, 3), xycoords=("data", "axes fraction"), ha="center", color=CATEGORIES[0])
        if symbols:
            wide = wide.astype(object)
            wide.loc[[x for x, _ in symbols], names[0]] = [symbol for _, symbol in symbols]
        if not x_format:
            axes.set_xlim(-0.45, len(wide) - 0.55)  # also the periods at the ends that have only a symbol
            _thin_ticks(axes, [str(x) for x in wide.index])
        head = x_axis or "Period"
        formats = dict.fromkeys(names, fmt) | ({head: x_format} if x_format else {})
        return chart_of("Line chart", about, drawing, wide.rename_axis(index=head).reset_index(), formats)


def _draw_lines(axes: Axes, frame: pd.DataFrame, names: list[str], marks: Sequence[tuple[float, str]]) -> None:
    """Draw each series with its ribbon, dots where there are few points, and the marked values."""
    for name, colour in zip(names, CATEGORIES, strict=False):
        part = frame[frame["series"] == name]
        axes.plot(part["x"], part["value"], color=colour, marker="o" if len(part) < 15 else None, markersize=5)
        if "lower" in part:
            axes.fill_between(part["x"], part["lower"], part["upper"], color=colour, alpha=0.15, linewidth=0)
            given = part["lower"].notna()
            alone = part[given & ~given.shift(1, fill_value=False) & ~given.shift(-1, fill_value=False)]
            axes.vlines(alone["x"], alone["lower"], alone["upper"], color=colour, alpha=0.4, linewidth=4)
    for value, label in marks:
        axes.axhline(value, color=TEXT, linewidth=1.2, linestyle=(0, (4, 2)))
        write(axes, label, (1, value), (0, 4), xycoords=("axes fraction", "data"), ha="right")


def _thin_ticks(axes: Axes, labels: list[str]) -> None:
    """Label only some periods where all would not fit: the last, and every second, third … before it."""
    count = len(labels)
    step = -(-count * max(len(label) for label in labels) // _LETTERS)
    axes.xaxis.set_major_locator(mpl.ticker.FixedLocator(list(range((count - 1) % step, count, step))))


def _wide(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return one row for each x and one column for each series, both in the order they first appear."""
    twice = frame.duplicated(["x", "series"])
    if twice.any():
        x, name = frame.loc[twice.idxmax(), ["x", "series"]]
        raise ValueError(f"lines: expected one value for each x of a series; {name!r} has several for {x}")
    wide = frame.pivot(index="x", columns="series", values="value").rename_axis(columns=None)
    return wide.reindex(index=list(dict.fromkeys(frame["x"])), columns=names)


def _name_lines(axes: Axes, wide: pd.DataFrame) -> None:
    """Write each series' name at the right edge beside its last value, moved up where it would cover the name below."""
    colours = dict(zip(wide, CATEGORIES, strict=False))
    ends = [
        (series[series.last_valid_index()], wide.index[-1], name)
        for name, series in wide.items()
        if series.notna().any()
    ]
    low, high = axes.get_ylim()
    points = 180 / (high - low)  # of a point for a unit of the axis; the layout gives the axes at least this height
    lowest = {}
    for value, x, name in sorted(ends, key=lambda end: end[0]):
        (label,) = wrapped([name], 20)
        half = 7 * (1 + label.count("\n"))  # of the label's height, in points
        middle = max(value * points, lowest.get(x, -float("inf")) + half)
        lowest[x] = middle + half
        up = middle - value * points
        write(axes, label, (x, value), (7, up), va="center", color=colours[name], fontsize=11)
