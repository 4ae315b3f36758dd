"""How amounts add up, and what moves a result most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.charts import words
from analysis.charts.axes import FURNITURE, Lines, grow, lines_for, put_lines, reference_line, value_axis, zero_line
from analysis.charts.drawing import (
    FOCUS,
    QUIET,
    SEQUENCE,
    About,
    Chart,
    Rows,
    chart_of,
    drawing_of,
    frame_of,
    lay_out,
)
from analysis.charts.keys import key_above, key_height
from analysis.charts.labels import LINE, width_of, write
from analysis.words import Format

_SETTINGS = ("Driver at its low setting", "Driver at its high setting")


def bridge(rows: Rows, about: About, fmt: Format, axis: str) -> Chart:
    """Draw how amounts add up: each bar starts where the one before ended; totals start at zero.

    Args:
        rows: columns label, value and total (True where value is a running total to be drawn from zero).
        about: id, title, subtitle and note.
        fmt: makes values text.
        axis: the unit in words.

    Raises:
        ValueError: if there is no row, or a value is missing, as what follows could not be placed.
    """
    frame = frame_of("bridge", rows, "label", "value", "total")
    if frame["value"].isna().any():
        raise ValueError(
            f"bridge: expected a value in every row; {frame.loc[frame['value'].isna(), 'label'].iloc[0]!r} has none"
        )
    starts, ends = _levels(frame)
    lines = lines_for(frame["label"])
    with drawing_of(lines.height + FURNITURE) as (drawing, axes):
        put_lines(axes, lines)
        colours = [FOCUS if total else SEQUENCE[0] for total in frame["total"]]
        axes.barh(lines.places, frame["value"], left=starts, color=colours, height=14)
        for n in range(len(frame) - 1):  # a thin line leads the eye from a bar's end to the next
            axes.plot([ends[n]] * 2, lines.places[n : n + 2], color=QUIET, linewidth=0.8, zorder=0.5)
        lay_out(drawing)
        _write_steps(axes, lines, frame["value"], starts, ends, fmt)
        value_axis(axes, fmt, axis)
        zero_line(axes)
        table = frame[["label", "value"]].rename(columns={"label": "Step", "value": axis})
        return chart_of("Bridge chart", about, drawing, _bridged(frame, ends, fmt), table, {axis: fmt})


def tornado(
    rows: Rows,
    about: About,
    fmt: Format,
    axis: str,
    base: tuple[float, str],
    setting: Format = str,
) -> Chart:
    """Draw how far each driver alone moves a result, the widest swing at the top.

    Args:
        rows: columns label, low, high (the results), low_setting and high_setting (of the driver: text, or numbers
            for `setting`). A row without both results stands last, with [x].
        about: id, title, subtitle and note.
        fmt: makes results text.
        axis: the result's unit in words.
        base: the result with every driver as assumed, and its label.
        setting: makes numeric settings text.

    Raises:
        ValueError: if there is no row, or the base is missing.
    """
    frame = frame_of("tornado", rows, "label", "low", "high", "low_setting", "high_setting")
    if not np.isfinite(base[0]):
        raise ValueError(f"tornado: expected a base value, as bars start there; got {base[0]}")
    frame = frame.assign(swing=(frame["high"] - frame["low"]).abs(), name=frame["label"].astype(str))
    frame = frame.sort_values("name", kind="stable").sort_values("swing", ascending=False, kind="stable")
    frame = frame.reset_index(drop=True)
    lines = lines_for(frame["label"], 32)
    with drawing_of(lines.height + FURNITURE + LINE + key_height(_SETTINGS)) as (drawing, axes):
        put_lines(axes, lines)
        looks = [{"facecolor": colour, "edgecolor": "none"} for colour in (SEQUENCE[0], FOCUS)]
        key_above(drawing, list(zip(_SETTINGS, looks, strict=True)))
        lay_out(drawing)
        _draw_swings(axes, lines, frame, base[0], fmt)
        value_axis(axes, fmt, axis, 3)
        reference_line(drawing, axes, *base)
        table, formats = _settings_table(frame, axis, fmt, setting)
        gone = int(frame["swing"].isna().sum())
        found = [_most(frame, fmt), base[1], words.unknown(gone)]
        return chart_of("Tornado chart", about, drawing, found, table, formats, ["[x]"] if gone else [])


def _levels(frame: pd.DataFrame) -> tuple[list[float], list[float]]:
    """Return where each step of a bridge starts and ends."""
    starts, ends, level = [], [], 0.0
    for value, total in zip(frame["value"], frame["total"], strict=True):
        starts.append(0.0 if total else level)
        level = float(value) if total else level + value
        ends.append(level)
    return starts, ends


def _write_steps(axes: Axes, lines: Lines, values: Sequence, starts: list, ends: list, fmt: Format) -> None:
    """Write each step's amount right of its bar, left of it where the bar lies below zero."""
    spans = []
    for place, value, start, end in zip(lines.places, values, starts, ends, strict=True):
        low, high = sorted((start, end))
        wide = width_of(fmt(value)) + 9
        left = low < 0 and high <= 0
        spans += [(low, wide if left else 2, 2), (high, 2, 2 if left else wide)]
        at, shift, side = (low, -5, "right") if left else (high, 5, "left")
        made = write(axes, fmt(value), (at, place), (shift, 0), va="center_baseline", ha=side)
        made.set_in_layout(False)
    grow(axes, spans, pinned=True)


def _bridged(frame: pd.DataFrame, ends: list[float], fmt: Format) -> list[str]:
    """Return where a bridge starts and ends, and its largest step."""
    said = [f"from {frame['label'].iloc[0]}, {fmt(ends[0])}, to {fmt(ends[-1])} after {frame['label'].iloc[-1]}"]
    steps = frame[~frame["total"].astype(bool)]
    if len(steps):
        largest = steps.loc[steps["value"].abs().idxmax()]
        said.append(f"the largest step is {largest['label']} with {fmt(largest['value'])}")
    return said


def _draw_swings(axes: Axes, lines: Lines, frame: pd.DataFrame, base: float, fmt: Format) -> None:
    """Draw each driver's two results as bars from the base, below each other where both lie on one side of it."""
    spans = [(base, 2, 2)]
    for place, low, high in zip(lines.places, frame["low"], frame["high"], strict=True):
        if not (np.isfinite(low) and np.isfinite(high)):
            write(axes, "[x]", (base, place), (5, 0), va="center_baseline")
            continue
        one_side = (low - base) * (high - base) > 0 or low == high
        for value, other, colour, way in ((low, high, SEQUENCE[0], -1), (high, low, FOCUS, 1)):
            at, thick = (place + way * 7, 12) if one_side else (place, 16)
            axes.barh(at, value - base, left=base, height=thick, color=colour)
            left = value < base or (value == base and other > base)
            wide = width_of(fmt(value)) + 9
            spans.append((value, wide if left else 0, 0 if left else wide))
            side = "right" if left else "left"
            made = write(axes, fmt(value), (value, at), (-5 if left else 5, 0), va="center_baseline", ha=side)
            made.set_in_layout(False)
    grow(axes, spans)


def _most(frame: pd.DataFrame, fmt: Format) -> str:
    first = frame.iloc[0]
    if np.isnan(first["swing"]):
        return words.NOTHING
    return f"the widest swing is that of {first['label']}, from {fmt(first['low'])} to {fmt(first['high'])}"


def _settings_table(frame: pd.DataFrame, axis: str, fmt: Format, setting: Format) -> tuple[pd.DataFrame, dict]:
    """Return results beside the settings that give them."""
    columns = {"label": "Driver"}
    for end in ("low", "high"):
        columns |= {f"{end}_setting": f"{end.capitalize()} setting", end: f"{axis} at {end} setting"}
    formats = {columns[end]: fmt for end in ("low", "high")}
    for name in ("low_setting", "high_setting"):
        if pd.api.types.is_numeric_dtype(frame[name]):
            formats[columns[name]] = setting
    return frame[list(columns)].rename(columns=columns), formats
