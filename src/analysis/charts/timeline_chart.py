"""Spans of time below each other: when each of many things began and ended."""

from __future__ import annotations

import calendar

import pandas as pd
from matplotlib.colors import to_rgb

from analysis import words as say
from analysis.charts.axes import FURNITURE, lines_for, put_lines, reference_line, value_axis
from analysis.charts.drawing import FOCUS, SEQUENCE, WIDTH, About, Chart, Rows, chart_of, drawing_of, frame_of, lay_out
from analysis.charts.keys import key_above, key_height
from analysis.charts.labels import LINE

_LABEL = 148
"""Points for the labels: names of plans are long, and the axis only carries years."""


def timeline(
    rows: Rows, about: About, names: tuple[str, str], reference: tuple[float, str] | None = None, group: str = "Plan"
) -> Chart:
    """Draw each row as a bar from its start to its end; one whose end is not sure has a pale bar with an edge.

    Args:
        rows: columns label, start, end (in years: 2013.5 is the middle of 2013) and sure (whether the end is known);
            drawn from the top.
        about: id, title, subtitle and note.
        names: what bars with a sure end, and those without, are called in the key.
        reference: a moment and its label, drawn as an upright line.
        group: header of the label column in the data table.

    Raises:
        ValueError: if there is no row, or one ends before it begins.
    """
    frame = frame_of("timeline", rows, "label", "start", "end", "sure")
    wrong = frame[~(frame["end"] >= frame["start"])]
    if len(wrong):
        raise ValueError(f"timeline: expected an end after the start; {wrong['label'].iloc[0]!r} has none")
    looks = {True: {"facecolor": FOCUS}, False: {"facecolor": _pale(SEQUENCE[0]), "edgecolor": SEQUENCE[1]}}
    shown = [(name, looks[sure]) for name, sure in zip(names, looks, strict=True) if sure in set(frame["sure"])]
    lines = lines_for(frame["label"], 18, _LABEL)
    height = lines.height + FURNITURE + key_height([name for name, _ in shown]) + (LINE if reference else 0)
    with drawing_of(height) as (drawing, axes):
        key_above(drawing, shown)
        put_lines(axes, lines)
        for sure, look in looks.items():
            part = (frame["sure"] == sure).to_numpy(bool)
            spans = (frame["end"] - frame["start"])[part]
            axes.barh(lines.places[part], spans, left=frame["start"][part], height=11, linewidth=1, **look)
        axes.set_xlim(_limits(frame, reference))
        lay_out(drawing)
        value_axis(axes, lambda year: f"{year:.0f}", "Year", _ticks(WIDTH - axes.bbox.x0))
        if reference:
            reference_line(drawing, axes, *reference)
        table = frame[["label", "start", "end"]].assign(sure=[names[0 if sure else 1] for sure in frame["sure"]])
        table = table.rename(columns={"label": group, "start": "Start", "end": "End", "sure": "Kind of end"})
        formats = {"Start": _moment, "End": _last_month}
        return chart_of("Timeline", about, drawing, _found(frame, names), table, formats)


def _limits(frame: pd.DataFrame, reference: tuple[float, str] | None) -> tuple[float, float]:
    """Return the ends of the axis: whole years around every bar and the moment that is marked."""
    moments = [*frame["start"], *frame["end"], *([reference[0]] if reference else [])]
    low, high = min(moments), max(moments)
    return float(int(low)), float(int(high) + 1)


def _ticks(wide: float) -> int:
    """Return how many years have room in this many points."""
    return max(2, int(wide // 34))


def _found(frame: pd.DataFrame, names: tuple[str, str]) -> list[str]:
    first, last = frame.loc[frame["start"].idxmin()], frame.loc[frame["end"].idxmax()]
    sure = int(frame["sure"].sum())
    kinds = f"{say.number(sure)} of {say.number(len(frame))}: {names[0].lower()}"
    ends = f"the first, {first['label']}, begins in {_moment(first['start'])}"
    return [kinds, f"{ends}; the last, {last['label']}, ends in {_last_month(last['end'])}"]


def _moment(year: float) -> str:
    """Return a moment as month and year: 2013.5 → "July 2013"; 2014.0 is January 2014."""
    whole, month = divmod(round(year * 12), 12)
    return f"{calendar.month_name[month + 1]} {whole}"


def _last_month(year: float) -> str:
    """Return the last month of a span that ends at a moment: 2014.0 → "December 2013"."""
    return _moment(year - 1 / 12)


def _pale(colour: str) -> tuple[float, ...]:
    """Return a colour mixed with twice as much white."""
    return tuple(1 - (1 - part) / 3 for part in to_rgb(colour))
