"""Bars: as given, and ranked."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from analysis import words as say
from analysis.charts import words
from analysis.charts.axes import (
    FURNITURE,
    Lines,
    cased_whiskers,
    column,
    grow,
    lines_for,
    put_lines,
    reference_line,
    value_axis,
    zero_line,
)
from analysis.charts.drawing import (
    FOCUS,
    GREY,
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
from analysis.charts.labels import LINE, width_of, write
from analysis.methods.intervals import Interval
from analysis.words import Format


def bars(
    rows: Rows, about: About, fmt: Format, axis: str, focus: set[str] | None = None, group: str = "Group"
) -> Chart:
    """Draw horizontal bars from zero, each with its value, or with its range where the value is one end of that.

    Args:
        rows: columns label, value and, if there are intervals, lower and upper; drawn from the top. A column symbol
            says why a value is missing: "c"; [x] without.
        about: id, title, subtitle and note.
        fmt: makes values text.
        axis: the unit in words.
        focus: labels drawn in the focus colour; the others are grey. None: all in focus.
        group: header of the label column in the data table.

    Raises:
        ValueError: if there is no row.
    """
    frame, limits = with_limits(frame_of("bars", rows, "label", "value"))
    symbols = symbols_of(frame)
    lines = lines_for(frame["label"])
    with drawing_of(lines.height + FURNITURE) as (drawing, axes):
        put_lines(axes, lines)
        _draw_bars(axes, lines, frame, [FOCUS if focus is None or x in focus else GREY for x in frame["label"]])
        lay_out(drawing)
        _value_ends(axes, lines, frame, _labels(frame, symbols, fmt))
        value_axis(axes, fmt, axis)
        zero_line(axes)
        return _chart("Bar chart", about, (drawing, _range(frame, fmt)), frame, symbols, fmt, axis, group, limits)


def ranked(
    rows: Rows,
    about: About,
    fmt: Format,
    axis: str,
    focus: str | None = None,
    reference: tuple[float, str] | None = None,
    group: str = "Area",
    highest_first: bool = True,
) -> Chart:
    """Draw areas in the order of their values, the chosen one in focus, with intervals and a reference value.

    Equal values stand in the order of their names; missing ones last, with their symbol.

    Args:
        rows: columns label, value and, if there are intervals, lower and upper; a column symbol says why a value is
            missing.
        about: id, title, subtitle and note.
        fmt: makes values text.
        axis: the unit in words.
        focus: the label of the chosen area.
        reference: value and label of an upright line, such as the England value.
        group: header of the label column in the data table.
        highest_first: whether the highest stands at the top.

    Raises:
        ValueError: if there is no row, or the chosen area is not among them.
    """
    frame, limits = _ranked_rows(rows, focus, highest_first)
    symbols, bold = symbols_of(frame), [label == focus for label in frame["label"]]
    lines = lines_for(frame["label"], 20, bold=bold)
    with drawing_of(lines.height + FURNITURE + (LINE if reference else 0)) as (drawing, axes):
        put_lines(axes, lines, bold)
        _draw_bars(axes, lines, frame, [FOCUS if focus is None or heavy else GREY for heavy in bold])
        column(axes, lines, shown(frame["value"], symbols, fmt), bold)
        lay_out(drawing)
        _fit(drawing, axes, frame, fmt, axis, reference)
        standing = words.standing(frame["label"], frame["value"], focus, fmt, highest_first)
        found = [standing, reference[1] if reference else "", *_range(frame, fmt)]
        return _chart("Ranked bar chart", about, (drawing, found), frame, symbols, fmt, axis, group, limits)


def _ranked_rows(rows: Rows, focus: str | None, highest_first: bool) -> tuple[pd.DataFrame, bool]:
    """Return areas in their order, and whether there are limits, after checking that the chosen one is there."""
    frame, limits = with_limits(frame_of("ranked", rows, "label", "value"))
    if focus is not None and focus not in set(frame["label"]):
        raise ValueError(f"ranked: expected the chosen area among the labels; {focus!r} is not")
    return _sorted(frame, highest_first), limits


def _sorted(frame: pd.DataFrame, highest_first: bool) -> pd.DataFrame:
    by_name = frame.assign(name=frame["label"].astype(str)).sort_values("name", kind="stable")
    return by_name.sort_values("value", ascending=not highest_first, kind="stable", ignore_index=True)


def _draw_bars(axes: Axes, lines: Lines, frame: pd.DataFrame, colours: Sequence[str]) -> None:
    """Draw bars from zero where there are values, and intervals over them."""
    known = frame["value"].notna().to_numpy()
    shades = [colour for colour, there in zip(colours, known, strict=True) if there]
    axes.barh(lines.places[known], frame["value"][known], height=14, color=shades)
    cased_whiskers(axes, lines.places, frame["lower"], frame["upper"])


def _fit(
    drawing: Drawing, axes: Axes, frame: pd.DataFrame, fmt: Format, axis: str, reference: tuple[float, str] | None
) -> None:
    """Make room for values, intervals and the reference, and draw the latter with the axis."""
    ends = [*frame["value"], *frame["lower"], *frame["upper"], *([reference[0]] if reference else [])]
    grow(axes, [(end, 2, 2) for end in ends], pinned=True)
    value_axis(axes, fmt, axis)
    zero_line(axes)
    if reference:
        reference_line(drawing, axes, *reference)


def _value_ends(axes: Axes, lines: Lines, frame: pd.DataFrame, texts: Sequence[str]) -> None:
    """Write each value beyond the end of its bar and interval, left of it below zero, and make room for it."""
    values = frame["value"].fillna(0.0)
    far = frame["upper"].where(values >= 0, frame["lower"])
    far = far.where(frame["value"].notna() & far.notna(), values)
    near = frame["lower"].where(values >= 0, frame["upper"]).dropna()
    spans = [(end, 3, 3) for end in near]
    for place, end, value, text in zip(lines.places, far, values, texts, strict=True):
        wide = width_of(text) + 9
        left = value < 0
        spans.append((end, wide if left else 0, 0 if left else wide))
        side = "right" if left else "left"
        made = write(axes, text, (end, place), (-5 if left else 5, 0), va="center_baseline", ha=side)
        made.set_in_layout(False)
    grow(axes, spans, pinned=True)


def _labels(frame: pd.DataFrame, symbols: Sequence[str], fmt: Format) -> list[str]:
    """Return what stands at the ends of bars: beside a line's far end the value of its near end would mislead."""
    rows = zip(shown(frame["value"], symbols, fmt), frame["value"], frame["lower"], frame["upper"], strict=True)
    return [say.span(Interval(low, high), fmt) if value in (low, high) else text for text, value, low, high in rows]


def _range(frame: pd.DataFrame, fmt: Format) -> list[str]:
    """Return the highest and the lowest, and how many have no value."""
    return [words.extremes(frame["label"], frame["value"], fmt), words.unknown(int(frame["value"].isna().sum()))]


def _chart(
    kind: str,
    about: About,
    done: tuple,
    frame: pd.DataFrame,
    symbols: Sequence[str],
    fmt: Format,
    axis: str,
    group: str,
    limits: bool,
) -> Chart:
    """Return bars as a chart whose table has the limits if there are any."""
    columns = {"label": group, "value": axis} | ({"lower": "Lower limit", "upper": "Upper limit"} if limits else {})
    table = frame.assign(value=with_symbols(frame["value"], symbols))[list(columns)].rename(columns=columns)
    drawn = [s for s, gone in zip(symbols, frame["value"].isna(), strict=True) if gone]
    return chart_of(kind, about, *done, table, dict.fromkeys(table.columns[1:], fmt), drawn)
