"""A forecast: what was, then what is to be expected, in nested bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.charts.drawing import About, Chart, Rows, chart_of, drawing_of, frame_of
from analysis.charts.ends import End, name_all, room_for
from analysis.charts.keys import key_above
from analysis.charts.labels import LINE
from analysis.charts.line_chart import put_periods
from analysis.charts.looks import LOOKS, Look
from analysis.words import Format, missing

LEVELS = ("50", "80", "95")
_TINTS = ("#D5DFEA", "#A9BDD3", "#7C9ABB")
"""Of the bands, the widest first."""
_CENTRAL = Look("#12436D", "#12436D", (0, (3, 1.5)), "o", 2, hollow=True)
_OTHERS = [LOOKS[role] for role in ("england", "neighbours", "region")]


def fan(
    history: Rows,
    forecast: Rows,
    about: About,
    fmt: Format,
    axis: str,
    others: Mapping[str, Rows] | None = None,
    x_axis: str = "",
    levels: Sequence[str] = LEVELS,
    known: Format | None = None,
) -> Chart:
    """Draw a history and a forecast with up to three bands, of 50%, 80% and 95% by default, its end labelled.

    The bands open at the last known value. A level whose limits are all missing is left out.

    Args:
        history: columns x (period labels) and value, in order of time; missing values leave gaps.
        forecast: columns x, value, then lower_50 and upper_50, and so on for each level, for later periods.
        about: id, title, subtitle and note.
        fmt: makes values text.
        axis: the unit in words, for the vertical axis.
        others: up to three more lines by name, of any of these periods: comparators, or other methods' forecasts;
            columns x and value.
        x_axis: what x is; "Period" in the table if blank.
        levels: of the bands in percent, the narrowest first.
        known: makes values of the history text; `fmt` if None.

    Raises:
        ValueError: if there is no row, a forecast is missing, a period comes twice, another line has a period that
            neither has, or limits are not nested.
    """
    past = frame_of("fan", history, "x", "value")[["x", "value"]]
    limits = [f"{end}_{level}" for level in levels for end in ("lower", "upper")]
    ahead = frame_of("fan", forecast, "x", "value", *limits)[["x", "value", *limits]]
    wide = _joined(past, ahead, others or {}, levels)
    tints = dict(zip(reversed(levels), _TINTS, strict=False))
    tints = {level: tint for level, tint in tints.items() if ahead[f"lower_{level}"].notna().any()}
    ends = _ends(ahead, wide, fmt, others or {}, levels)
    with drawing_of(room_for(ends, 240) + LINE) as (drawing, axes):
        _draw_forecast(axes, past, ahead, tints)
        _draw_lines(axes, past, wide, others or {})
        _scale(axes, wide)
        key_above(drawing, [(f"{n}%", {"facecolor": tints[n], "edgecolor": "none"}) for n in reversed(tints)])
        settle = name_all(axes, ends, fmt, (axis, x_axis))
        put_periods(axes, [str(x) for x in wide["x"]])
        table = wide.rename(columns=_heads(x_axis or "Period", levels))
        formats = dict.fromkeys(table.columns[1:], fmt) | {table.columns[1]: known or fmt}
        found = _found(past, ahead, fmt, known or fmt, levels)
        return chart_of("Fan chart", about, drawing, found, table, formats, settle=settle)


def _joined(past: pd.DataFrame, ahead: pd.DataFrame, others: Mapping[str, Rows], levels: Sequence[str]) -> pd.DataFrame:
    """Return all that is drawn, a row a period, after checking it."""
    if len(others) > len(_OTHERS):
        raise ValueError(f"fan: expected at most {len(_OTHERS)} other lines; got {len(others)}")
    periods = [*past["x"], *ahead["x"]]
    if len(set(periods)) < len(periods):
        raise ValueError("fan: expected each period once, in the history or in the forecast")
    if ahead["value"].isna().any():
        raise ValueError(
            f"fan: expected a forecast for every period; {ahead['x'][ahead['value'].isna()].iloc[0]} has none"
        )
    ladder = ahead[[*(f"lower_{n}" for n in reversed(levels)), "value", *(f"upper_{n}" for n in levels)]]
    steps = ladder.ffill(axis=1).diff(axis=1)  # a missing limit is no step
    if (steps < -1e-9).any(axis=None):
        raise ValueError(
            f"fan: expected nested bands, the lower limits rising from {levels[-1]}% to {levels[0]}% and the upper "
            "ones falling"
        )
    wide = pd.concat([past.rename(columns={"value": "history"}), ahead], ignore_index=True)
    for name, rows in others.items():
        line = frame_of("fan", rows, "x", "value").set_index("x")["value"]
        stray = [x for x in line.index if x not in periods]
        if stray:
            raise ValueError(f"fan: expected {name!r} to have periods of the history or the forecast; got {stray[0]}")
        wide[name] = line.reindex(wide["x"]).to_numpy()
    return wide


def _draw_forecast(axes: Axes, past: pd.DataFrame, ahead: pd.DataFrame, tints: Mapping[str, str]) -> None:
    """Draw the bands, the widest below, and the line within them, both from the last known value on."""
    last = past["value"].last_valid_index()
    start = pd.DataFrame([] if last is None else [dict.fromkeys(ahead.columns[1:], past["value"][last])])
    opened = pd.concat([start, ahead], ignore_index=True)
    later = np.arange(len(past), len(past) + len(ahead), dtype=float)
    where = np.concatenate([[] if last is None else [float(last)], later])
    for level, tint in tints.items():
        lower, upper = (opened[f"{end}_{level}"].to_numpy(float) for end in ("lower", "upper"))
        axes.fill_between(where, lower, upper, color=tint, linewidth=0)
    dots = {"markevery": list(range(0 if last is None else 1, len(where)))}
    axes.plot(where, opened["value"], **_CENTRAL.line | dots)


def _draw_lines(axes: Axes, past: pd.DataFrame, wide: pd.DataFrame, others: Mapping[str, Rows]) -> None:
    """Draw the other lines, and over them what was."""
    for name, look in zip(others, _OTHERS, strict=False):
        axes.plot(np.arange(len(wide), dtype=float), wide[name], **look.line)
    if past["value"].notna().any():
        axes.plot(np.arange(len(past), dtype=float), past["value"], **LOOKS["area"].line)


def _ends(ahead: pd.DataFrame, wide: pd.DataFrame, fmt: Format, others: Mapping, levels: Sequence[str]) -> list[End]:
    """Return what stands at the right: the last forecast with its widest band, and the other lines' names."""
    final = ahead.iloc[-1]
    text = f"{fmt(final['value'])}{_range(final, fmt, levels)}"
    made = [End(final["value"], text, _CENTRAL)]
    for name, look in zip(others, _OTHERS, strict=False):
        known = wide[name].dropna()
        if len(known):
            made.append(End(known.iloc[-1], name, look))
    return made


def _range(final: pd.Series, fmt: Format, levels: Sequence[str]) -> str:
    for level in reversed(levels):
        lower, upper = final[f"lower_{level}"], final[f"upper_{level}"]
        if not missing(lower) and not missing(upper):
            return f" ({level}%: {fmt(lower)} to {fmt(upper)})"
    return ""


def _scale(axes: Axes, wide: pd.DataFrame) -> None:
    """Set the axes' limits: from zero where nothing lies below it."""
    every = wide.drop(columns="x").to_numpy(float)
    every = every[np.isfinite(every)]
    low, high = min(0.0, every.min()), max(0.0, every.max())
    room = 0.06 * (high - low) or 1.0
    axes.set_ylim(low - room if low < 0 else 0, high + room if high > 0 or low == 0 else 0)
    axes.set_xlim(-0.45, len(wide) - 0.55)


def _heads(head: str, levels: Sequence[str]) -> dict[str, str]:
    named = {"x": head, "history": "Known", "value": "Forecast"}
    ends = {"lower": "lower limit", "upper": "upper limit"}
    return named | {f"{end}_{level}": f"{level}% {text}" for level in levels for end, text in ends.items()}


def _found(past: pd.DataFrame, ahead: pd.DataFrame, fmt: Format, exact: Format, levels: Sequence[str]) -> Sequence[str]:
    final, known = ahead.iloc[-1], past.dropna()
    said = [f"last known value: {exact(known['value'].iloc[-1])} ({known['x'].iloc[-1]})"] if len(known) else []
    return [*said, f"forecast for {final['x']}: {fmt(final['value'])}{_range(final, fmt, levels)}"]
