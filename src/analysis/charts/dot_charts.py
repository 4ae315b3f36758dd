"""Dots: estimates with their intervals, and two values joined."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.charts import words
from analysis.charts.axes import (
    FURNITURE,
    Lines,
    column,
    grow,
    lines_for,
    put_lines,
    reference_line,
    value_axis,
    whiskers,
    zero_line,
)
from analysis.charts.drawing import (
    FOCUS,
    QUIET,
    REFERENCE,
    About,
    Chart,
    Rows,
    chart_of,
    drawing_of,
    frame_of,
    lay_out,
    shown,
    symbols_of,
    with_limits,
    with_symbols,
)
from analysis.charts.keys import key_above, key_height
from analysis.charts.labels import LINE, width_of, write
from analysis.words import Format


def ladder(rows: Rows, about: About, fmt: Format, axis: str, reference: tuple[float, str] | None = None) -> Chart:
    """Draw estimates with their intervals, one a line, and a reference value as a labelled line.

    Args:
        rows: columns label, value, lower, upper; drawn from the top; missing limits draw a dot alone. A column symbol
            says why a value is missing.
        about: id, title, subtitle and note.
        fmt: makes values text.
        axis: the unit in words.
        reference: value and label of a vertical line, such as the England value.

    Raises:
        ValueError: if there is no row.
    """
    frame, _ = with_limits(frame_of("ladder", rows, "label", "value"))
    symbols, lines = symbols_of(frame), lines_for(frame["label"])
    with drawing_of(lines.height + FURNITURE + (LINE if reference else 0)) as (drawing, axes):
        put_lines(axes, lines)
        look = {"color": FOCUS, "linewidth": 2, "capstyle": "butt"}
        whiskers(axes, lines.places, frame["lower"], frame["upper"], look, cap=5)
        axes.plot(frame["value"], lines.places, "o", color=FOCUS, markersize=7, markeredgewidth=0)
        column(axes, lines, shown(frame["value"], symbols, fmt))
        lay_out(drawing)
        ends = [*frame["value"], *frame["lower"], *frame["upper"], *([reference[0]] if reference else [])]
        grow(axes, [(end, 6, 6) for end in ends])
        value_axis(axes, fmt, axis)
        zero_line(axes)
        if reference:
            reference_line(drawing, axes, *reference)
        columns = {"label": "Estimate", "value": axis, "lower": "Lower limit", "upper": "Upper limit"}
        table = frame.assign(value=with_symbols(frame["value"], symbols))[list(columns)].rename(columns=columns)
        found = [words.extremes(frame["label"], frame["value"], fmt), reference[1] if reference else ""]
        found.append(words.unknown(int(frame["value"].isna().sum())))
        drawn = [s for s, gone in zip(symbols, frame["value"].isna(), strict=True) if gone]
        formats = dict.fromkeys(table.columns[1:], fmt)
        return chart_of("Dot and interval chart", about, drawing, found, table, formats, drawn)


def dumbbell(
    rows: Rows,
    about: About,
    fmt: Format,
    axis: str,
    names: tuple[str, str],
    reference: tuple[float, str] | None = None,
) -> Chart:
    """Draw two values a line, joined: a filled circle for the first name, an open square for the second.

    Args:
        rows: columns label, first, second; drawn from the top.
        about: id, title, subtitle and note.
        fmt: makes values text.
        axis: the unit in words.
        names: what first and second are.
        reference: value and label of a vertical line, such as the England value.

    Raises:
        ValueError: if there is no row, or the names are the same.
    """
    frame = frame_of("dumbbell", rows, "label", "first", "second")
    if names[0] == names[1]:
        raise ValueError(f"dumbbell: expected two different names; got {names[0]!r} twice")
    lines = lines_for(frame["label"])
    first = {"marker": "o", "color": FOCUS, "markersize": 9, "markeredgewidth": 0}
    second = {"marker": "s", "color": REFERENCE, "markersize": 7, "markerfacecolor": "white", "markeredgewidth": 2}
    height = lines.height + FURNITURE + key_height(names) + (LINE if reference else 0)
    with drawing_of(height) as (drawing, axes):
        put_lines(axes, lines)
        axes.hlines(lines.places, frame["first"], frame["second"], color=QUIET, linewidth=1.6)
        for name, look in (("first", first), ("second", second)):
            axes.plot(frame[name], lines.places, linestyle="none", **look)
        key_above(drawing, [(names[0], first), (names[1], second)])
        lay_out(drawing)
        _write_both(axes, lines, frame, fmt, reference)
        value_axis(axes, fmt, axis)
        zero_line(axes)
        if reference:
            reference_line(drawing, axes, *reference)
        table = frame[["label", "first", "second"]]
        table = table.rename(columns={"label": "Measure", "first": names[0], "second": names[1]})
        pairs = zip(frame["label"], frame["first"], frame["second"], strict=True)
        gaps = [(label, b - a) for label, a, b in pairs if pd.notna(a) and pd.notna(b)]
        found = [_widest(frame, gaps, fmt, names), reference[1] if reference else ""]
        found.append(words.unknown(len(frame) - len(gaps)))
        drawn = ["[x]"] if len(gaps) < len(frame) else []
        return chart_of("Dumbbell chart", about, drawing, found, table, dict.fromkeys(names, fmt), drawn)


def _write_both(
    axes: Axes, lines: Lines, frame: pd.DataFrame, fmt: Format, reference: tuple[float, str] | None
) -> None:
    """Write both values outside their marks; a row without any gets its symbol, and the axis room for all."""
    spans = [(reference[0], 6, 6)] if reference else []
    look = {"bbox": {"facecolor": "white", "linewidth": 0, "pad": 1}} if reference else {}  # the line may cross a value
    for place, one, other in zip(lines.places, frame["first"], frame["second"], strict=True):
        known = [value for value in (one, other) if np.isfinite(value)]
        if not known:
            write(axes, "[x]", (0, place), (4, 0), xycoords=("axes fraction", "data"), va="center_baseline")
            continue
        sides = [(min(known), -8, "right"), (max(known), 8, "left")][-len(known) :]
        for value, shift, side in sides:
            wide = width_of(fmt(value)) + 14
            spans.append((value, wide if shift < 0 else 6, 6 if shift < 0 else wide))
            made = write(axes, fmt(value), (value, place), (shift, 0), va="center_baseline", ha=side, **look)
            made.set_in_layout(False)
    grow(axes, spans)


def _widest(frame: pd.DataFrame, gaps: list[tuple[str, float]], fmt: Format, names: tuple[str, str]) -> str:
    """Return the row whose values are furthest apart, with both."""
    if not gaps:
        return words.NOTHING
    label = max(gaps, key=lambda gap: abs(gap[1]))[0]
    row = frame[(frame["label"] == label) & frame["first"].notna() & frame["second"].notna()].iloc[0]
    said = f"{label}: {names[0]} {fmt(row['first'])}, {names[1]} {fmt(row['second'])}"
    return f"furthest apart: {said}" if len(gaps) > 1 else said
