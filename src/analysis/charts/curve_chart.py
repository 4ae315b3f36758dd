"""A specification curve: every estimate in order of size, and below each the choices that it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis import words as say
from analysis.charts import words
from analysis.charts.axes import put_ticks, unit_above
from analysis.charts.drawing import (
    ACCENT,
    FOCUS,
    QUIET,
    REFERENCE,
    SEQUENCE,
    WIDTH,
    About,
    Chart,
    chart_of,
    drawing_of,
    frame_of,
    lay_out,
    with_limits,
)
from analysis.charts.keys import key_above, key_height
from analysis.charts.labels import LEFT, LINE, height_of, width_of, wrapped, write
from analysis.words import Format

_UPPER, _GAP = 190, 5
"""Height of the estimates' panel, and what divides the groups of choices, in points."""
_BAND = "#FDE3D3"
_CLEAR = {"marker": "o", "color": FOCUS, "markeredgewidth": 0, "markersize": 5}
_OPEN = {"marker": "o", "color": FOCUS, "markerfacecolor": "white", "markeredgewidth": 1.1, "markersize": 4.5}
_FAILED = {"marker": "x", "color": REFERENCE, "markersize": 5, "markeredgewidth": 1.5}
_LEADING = {"marker": "D", "color": ACCENT, "markeredgecolor": "black", "markeredgewidth": 0.8, "markersize": 6.5}


def curve(
    rows: pd.DataFrame,
    about: About,
    fmt: Format,
    axis: str,
    choices: Mapping[str, Sequence[str]],
    leading: int | None = None,
    reference: tuple[float, str] | None = None,
    extra: Mapping[str, Format] | None = None,
) -> Chart:
    """Draw estimates with their intervals from the lowest to the highest, and marks for what each rests on.

    Args:
        rows: columns label, value, lower, upper, and one a choice; a missing value is an estimate that failed, drawn
            at the end. A column clear says which marks are filled, as beyond chance; without it those whose interval
            leaves zero out are.
        about: id, title, subtitle and note.
        fmt: makes values text.
        axis: the unit in words.
        choices: column → its values, in the order of their rows.
        leading: the row, by its place in `rows`, to be made to stand out.
        reference: value and label of a level line, such as a published estimate.
        extra: further columns for the table, and what makes them text.

    Raises:
        ValueError: if there is no row, no choice, or a choice that is not listed.
    """
    frame = _ordered(rows, choices, leading)
    heads, lower = _rows_of(choices)
    keys = _keys(frame)
    height = _UPPER + lower + 34 + key_height([name for name, _ in keys]) + (LINE if leading is not None else 0)
    with drawing_of(height, 2) as (drawing, (upper, table)):
        upper.get_gridspec().set_height_ratios([_UPPER, lower])
        _draw_choices(table, frame, heads, lower)
        _draw_estimates(upper, frame, reference)
        key_above(drawing, keys)
        lay_out(drawing)
        put_ticks(upper.yaxis, 5, fmt)
        unit = unit_above(upper)
        unit(axis, _name_leading(upper, frame))
        lay_out(drawing)
        _name_reference(upper, len(frame), reference)
        data, formats = _table(frame, axis, fmt, choices, extra or {})
        return chart_of("Specification curve", about, drawing, _found(frame, fmt, reference), data, formats)


def _table(frame: pd.DataFrame, axis: str, fmt: Format, choices: Mapping[str, Sequence[str]],
           extra: Mapping[str, Format]) -> tuple[pd.DataFrame, dict[str, Format]]:  # fmt: skip
    """Return the chart's numbers as its table has them, and what makes each column text."""
    heads = {"label": "Estimate", "value": axis, "lower": "Lower limit", "upper": "Upper limit"}
    data = frame[["label", *choices, "value", "lower", "upper", *extra]].rename(columns=heads)
    return data, dict.fromkeys(list(heads.values())[1:], fmt) | dict(extra)


def _ordered(rows: pd.DataFrame, choices: Mapping[str, Sequence[str]], leading: int | None) -> pd.DataFrame:
    """Return the estimates from the lowest to the highest, with whether each leads; refuse a choice not listed."""
    frame, _ = with_limits(frame_of("curve", rows, "label", "value", *choices))
    odd = [c for c, values in choices.items() if not set(frame[c]) <= set(values)]
    if odd or not choices:
        raise ValueError(f"curve: expected every choice among those listed; {', '.join(odd) or 'none'} is not")
    return frame.assign(leads=frame.index == leading).sort_values("value", kind="stable").reset_index(drop=True)


def _rows_of(choices: Mapping[str, Sequence[str]]) -> tuple[list[tuple[str, str, float]], float]:
    """Return a place for each head and value, in points from the top: (column, value or "" for the head, place)."""
    found, top = [], 4.0
    for column, values in choices.items():
        for text in ("", *values):
            high = height_of(wrapped(text or column, LEFT, bold=not text)) + 1.5
            found.append((column, text, top + high / 2))
            top += high
        top += _GAP
    return found, top


def _draw_choices(axes: Axes, frame: pd.DataFrame, heads: Sequence[tuple[str, str, float]], height: float) -> None:
    """Draw a mark where an estimate rests on a choice; a thin line leads each row's eye."""
    wide = (WIDTH - LEFT - 24) / len(frame) * 0.62
    for column, text, place in heads:
        if text:
            axes.axhline(place, color="#CCCCCC", linewidth=0.5, zorder=0)
            at = np.flatnonzero(frame[column] == text)
            _strokes(axes, at, np.full(len(at), place - 4), np.full(len(at), place + 4), FOCUS, wide)
    for n in np.flatnonzero(frame["leads"]):
        axes.axvspan(n - 0.5, n + 0.5, color=_BAND, linewidth=0, zorder=-1)
    axes.set_yticks([place for *_, place in heads], [wrapped(t or c, LEFT, bold=not t) for c, t, _ in heads])
    for label, (_, text, _) in zip(axes.get_yticklabels(), heads, strict=True):
        label.set_fontweight("normal" if text else "bold")
    axes.set_ylim(height, 0)
    axes.set_xlim(-0.8, len(frame) - 0.2)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)


def _draw_estimates(axes: Axes, frame: pd.DataFrame, reference: tuple[float, str] | None) -> None:
    """Draw estimates and intervals, one beside the other; those that failed on the line of zero."""
    axes.axhline(0, color=QUIET, linewidth=1)
    if reference:
        axes.axhline(reference[0], color=REFERENCE, linewidth=1.4, linestyle=(0, (4, 2)))
    for n in np.flatnonzero(frame["leads"]):
        axes.axvspan(n - 0.5, n + 0.5, color=_BAND, linewidth=0, zorder=-1)
    limited = frame[["lower", "upper"]].notna().all(axis=1)
    at = np.flatnonzero(limited)
    _strokes(axes, at, frame["lower"][limited], frame["upper"][limited], SEQUENCE[1], 1.4)
    clear, failed = _clear(frame), frame["value"].isna()
    for which, look in ((clear & ~frame["leads"], _CLEAR), (~clear & ~failed & ~frame["leads"], _OPEN)):
        axes.plot(np.flatnonzero(which), frame["value"][which], linestyle="none", **look)
    axes.plot(np.flatnonzero(failed), np.zeros(int(failed.sum())), linestyle="none", **_FAILED)
    first = frame["leads"] & ~failed
    axes.plot(np.flatnonzero(first), frame["value"][first], linestyle="none", **_LEADING)
    ends = pd.concat([frame["lower"], frame["upper"], frame["value"], pd.Series([0.0, (reference or (0.0,))[0]])])
    low, high = ends.min(), ends.max()
    pad = 0.06 * ((high - low) or 1.0)
    axes.set_ylim(low - pad, high + pad)
    axes.set_xlim(-0.8, len(frame) - 0.2)
    axes.grid(axis="y")
    axes.spines["bottom"].set_visible(False)


def _strokes(axes: Axes, at: Sequence, low: Sequence, high: Sequence, colour: str, wide: float) -> None:
    """Draw upright strokes as one path."""
    x = [part for n in at for part in (n, n, np.nan)]
    y = [part for a, b in zip(low, high, strict=True) for part in (a, b, np.nan)]
    axes.plot(x, y, color=colour, linewidth=wide, solid_capstyle="butt", zorder=1.5)


def _clear(frame: pd.DataFrame) -> pd.Series:
    """Return which estimates are filled: as the rows say, or those whose intervals leave zero out."""
    if "clear" in frame:
        return frame["clear"].astype(bool)
    return (frame["lower"] > 0) | (frame["upper"] < 0)


def _keys(frame: pd.DataFrame) -> list[tuple[str, dict]]:
    """Return the marks in use with what they mean."""
    clear, failed = _clear(frame), frame["value"].isna()
    names = ("beyond chance", "not") if "clear" in frame else ("interval leaves zero out", "holds zero")
    found = [(names[0], _CLEAR, clear), (names[1], _OPEN, ~clear & ~failed)]
    return [(name, look) for name, look, which in [*found, ("failed", _FAILED, failed)] if which.any()]


def _name_leading(axes: Axes, frame: pd.DataFrame) -> float:
    """Write over the leading estimate that it leads; return the height this takes."""
    for n in np.flatnonzero(frame["leads"]):
        text = "leading model"
        made = write(axes, text, (n, 1), (0, 4), xycoords=("data", "axes fraction"), ha="center", va="bottom")
        middle = axes.transData.transform((n, 0))[0]
        half, right = width_of(text) / 2 + 2, axes.bbox.x1
        made.set_position((min(max(middle, axes.bbox.x0 + half), right - half) - middle, 4))
        made.set_in_layout(False)
        return LINE
    return 0.0


def _name_reference(axes: Axes, count: int, reference: tuple[float, str] | None) -> None:
    """Write the reference line's label at its right end."""
    if reference:
        value, label = reference
        text = wrapped(label, axes.bbox.width * 0.55)
        # The estimates rise to the right: there it is free below the line, where that leaves room.
        low, high = axes.get_ylim()
        below = (value - low) / (high - low) * axes.bbox.height > height_of(text) + 4
        look = {"ha": "right", "va": "top" if below else "bottom", "color": REFERENCE}
        write(axes, text, (count - 0.4, value), (0, -3 if below else 3), **look)


def _found(frame: pd.DataFrame, fmt: Format, reference: tuple[float, str] | None) -> list[str]:
    """Return what the curve shows, for the alternative text."""
    known, clear = frame.dropna(subset="value"), _clear(frame)
    if known.empty:
        return [words.NOTHING]
    below, failed = int((known["value"] < 0).sum()), len(frame) - len(known)
    how = "beyond chance" if "clear" in frame else "with an interval that leaves zero out"
    span = f"from {fmt(known['value'].min())} to {fmt(known['value'].max())}"
    return [
        f"{say.count(len(known), 'estimate')} {span}",
        f"{say.number(below)} below zero, {say.number(clear.sum())} {how}",
        f"{say.count(failed, 'model')} failed" if failed else "",
        reference[1] if reference else "",
    ]
