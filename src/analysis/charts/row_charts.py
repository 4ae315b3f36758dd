"""Labelled rows below each other: bars, estimates with their intervals, and two values joined."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis import words as say
from analysis.charts import words
from analysis.charts.axes import (
    FURNITURE,
    Lines,
    column,
    grow,
    key_above,
    key_height,
    lines_for,
    put_lines,
    reference_line,
    value_axis,
    whiskers,
    zero_line,
)
from analysis.charts.drawing import (
    FOCUS,
    GREY,
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
from analysis.charts.svg import TEXT
from analysis.charts.words import LINE, width_of, write
from analysis.methods.intervals import Interval
from analysis.words import Format

Reference = tuple[float, str] | None
"""Value and label of an upright line, such as England's value."""


def bars(
    rows: Rows,
    about: About,
    fmt: Format,
    axis: str,
    focus: set[str] | None = None,
    group: str = "Group",
    reference: Reference = None,
) -> Chart:
    """Draw horizontal bars, each with its value, or with its range where the value is one end of that.

    Args:
        rows: columns label, value and, if there are intervals, lower and upper; drawn from the top. A column symbol
            says why a value is missing: "c"; [x] without. A column start says where each bar begins, so that each
            step of a bridge goes on where the one before ended; from zero without.
        about: id, title, subtitle and note.
        fmt: makes values text.
        axis: the unit in words.
        focus: labels drawn in the focus colour, in bold if there is a reference; the others are grey. None: all.
        group: header of the label column in the data table.
        reference: a value to compare with; the bars' own then stand in a column at the right.

    Raises:
        ValueError: if there is no row, or a step of a bridge has no value, as what follows could not be placed.
    """
    frame, limits = with_limits(frame_of("bars", rows, "label", "value"))
    if "start" in frame and frame["value"].isna().any():
        gone = frame.loc[frame["value"].isna(), "label"].iloc[0]
        raise ValueError(f"bars: expected a value in every row that starts where one ended; {gone!r} has none")
    symbols, own = symbols_of(frame), [focus is None or label in focus for label in frame["label"]]
    bold = [bool(reference and focus) and one for one in own]
    lines = lines_for(frame["label"], 20 if reference else 26, bold=bold)
    with drawing_of(lines.height + FURNITURE + (LINE if reference else 0)) as (drawing, axes):
        put_lines(axes, lines, bold)
        _draw_bars(axes, lines, frame, [FOCUS if one else GREY for one in own])
        texts = _bar_texts(frame, symbols, fmt)
        if reference:
            column(axes, lines, texts, bold)
        lay_out(drawing)
        _fit_bars(axes, lines, frame, texts, reference)
        _finish(axes, fmt, axis, reference)
        found = [*_found(frame, fmt, reference), *_own(frame, own, fmt)]
        heads = {"label": group, "value": axis} | ({"lower": "Lower limit", "upper": "Upper limit"} if limits else {})
        return _chart("Bar chart", about, (drawing, found), frame, symbols, fmt, heads)


def ladder(rows: Rows, about: About, fmt: Format, axis: str, reference: Reference = None) -> Chart:
    """Draw estimates with their intervals, one a line, and a reference value as a labelled line.

    Args:
        rows: columns label, value, lower, upper; drawn from the top; missing limits draw a dot alone. A column symbol
            says why a value is missing.
        about: id, title, subtitle and note.
        fmt: makes values text.
        axis: the unit in words.
        reference: a value to compare with.

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
        _finish(axes, fmt, axis, reference)
        heads = {"label": "Estimate", "value": axis, "lower": "Lower limit", "upper": "Upper limit"}
        done = (drawing, _found(frame, fmt, reference))
        return _chart("Dot and interval chart", about, done, frame, symbols, fmt, heads)


def dumbbell(
    rows: Rows, about: About, fmt: Format, axis: str, names: tuple[str, str], reference: Reference = None
) -> Chart:
    """Draw two values a line, joined: a filled circle for the first name, an open square for the second.

    Args:
        rows: columns label, first, second; drawn from the top.
        about: id, title, subtitle and note.
        fmt: makes values text.
        axis: the unit in words.
        names: what first and second are.
        reference: a value to compare with.

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
        _finish(axes, fmt, axis, reference)
        table = frame[["label", "first", "second"]]
        table = table.rename(columns={"label": "Measure", "first": names[0], "second": names[1]})
        known = frame.dropna(subset=["first", "second"])
        found = [_widest(known, fmt, names), reference[1] if reference else "", words.unknown(len(frame) - len(known))]
        drawn = ["[x]"] if len(known) < len(frame) else []
        return chart_of("Dumbbell chart", about, drawing, found, table, dict.fromkeys(names, fmt), drawn)


def _draw_bars(axes: Axes, lines: Lines, frame: pd.DataFrame, colours: Sequence[str]) -> None:
    """Draw bars where there are values, intervals over them, and from each step to the next a thin line."""
    known = frame["value"].notna().to_numpy()
    shades = [colour for colour, there in zip(colours, known, strict=True) if there]
    starts = frame["start"][known] if "start" in frame else 0
    axes.barh(lines.places[known], frame["value"][known], left=starts, height=14, color=shades)
    if "start" in frame:
        for n, end in enumerate((frame["start"] + frame["value"])[:-1]):
            axes.plot([end] * 2, lines.places[n : n + 2], color=QUIET, linewidth=0.8, zorder=0.5)
    for look in ({"color": "white", "linewidth": 4}, {"color": TEXT, "linewidth": 1.6}):  # seen on any colour
        whiskers(axes, lines.places, frame["lower"], frame["upper"], look | {"capstyle": "butt", "zorder": 3})


def _fit_bars(axes: Axes, lines: Lines, frame: pd.DataFrame, texts: Sequence[str], reference: Reference) -> None:
    """Make room for bars and intervals; write values beyond both, left below zero, if they stand in no column."""
    starts = frame["start"] if "start" in frame else pd.Series(0.0, frame.index)
    ends = starts + frame["value"].fillna(0.0)
    limits = frame[["lower", "upper"]].where(frame["value"].notna(), np.nan)
    spans = [(reference[0], 2, 2)] if reference else []
    for place, start, end, low, high, text in zip(
        lines.places, starts, ends, limits["lower"], limits["upper"], texts, strict=True
    ):
        left = max(start, end) <= 0 and min(start, end) < 0
        low, high = np.nanmin([start, end, low]), np.nanmax([start, end, high])
        wide = 2 if reference else width_of(text) + 9
        spans += [(low, wide if left else 3, 3), (high, 3, 3 if left else wide)]
        if not reference:
            at, shift, side = (low, -5, "right") if left else (high, 5, "left")
            made = write(axes, text, (at, place), (shift, 0), va="center_baseline", ha=side)
            made.set_in_layout(False)
    grow(axes, spans, pinned=True)


def _bar_texts(frame: pd.DataFrame, symbols: Sequence[str], fmt: Format) -> list[str]:
    """Return what stands beside bars: at a line's far end the value of its near end would mislead."""
    rows = zip(shown(frame["value"], symbols, fmt), frame["value"], frame["lower"], frame["upper"], strict=True)
    return [say.span(Interval(low, high), fmt) if value in (low, high) else text for text, value, low, high in rows]


def _write_both(axes: Axes, lines: Lines, frame: pd.DataFrame, fmt: Format, reference: Reference) -> None:
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


def _finish(axes: Axes, fmt: Format, axis: str, reference: Reference) -> None:
    """Draw the value axis, zero where it lies within, and the reference."""
    value_axis(axes, fmt, axis)
    zero_line(axes)
    if reference:
        reference_line(axes, *reference)


def _found(frame: pd.DataFrame, fmt: Format, reference: Reference) -> list[str]:
    """Return the first and the last step of a bridge, else the highest and the lowest; and how many have no value."""
    if "start" in frame:
        first, last, label = frame.iloc[0], frame.iloc[-1], frame["label"]
        ends = [fmt(first["start"] + first["value"]), fmt(last["start"] + last["value"])]
        return [f"from {label.iloc[0]}, {ends[0]}, to {ends[1]} after {label.iloc[-1]}"]
    found = [words.extremes(frame["label"], frame["value"], fmt), reference[1] if reference else ""]
    return [*found, words.unknown(int(frame["value"].isna().sum()))]


def _own(frame: pd.DataFrame, own: Sequence[bool], fmt: Format) -> list[str]:
    """Return the value of the one row in focus, where it is one of several."""
    rows = frame[np.array(own)]
    if "start" in frame or len(rows) != 1 or len(frame) == 1:
        return []
    return [
        f"{label}: {fmt(value)}" for label, value in zip(rows["label"], rows["value"], strict=True) if value == value
    ]


def _widest(known: pd.DataFrame, fmt: Format, names: tuple[str, str]) -> str:
    """Return the row whose values are furthest apart, with both."""
    if known.empty:
        return words.NOTHING
    row = known.loc[(known["first"] - known["second"]).abs().idxmax()]
    said = f"{row['label']}: {names[0]} {fmt(row['first'])}, {names[1]} {fmt(row['second'])}"
    return f"furthest apart: {said}" if len(known) > 1 else said


def _chart(
    kind: str, about: About, done: tuple, frame: pd.DataFrame, symbols: Sequence[str], fmt: Format, heads: dict
) -> Chart:
    """Return rows as a chart; `heads` are the table's columns and their headers."""
    table = frame.assign(value=with_symbols(frame["value"], symbols))[list(heads)].rename(columns=heads)
    drawn = [s for s, gone in zip(symbols, frame["value"].isna(), strict=True) if gone]
    return chart_of(kind, about, *done, table, dict.fromkeys(table.columns[1:], fmt), drawn)
