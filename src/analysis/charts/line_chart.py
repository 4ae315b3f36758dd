"""Lines over time or another scale, named at their ends; and a forecast in nested bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.charts import words
from analysis.charts.axes import End, key_above, name_all, put_ticks, room_for
from analysis.charts.drawing import LOOKS, PLAIN, About, Chart, Look, Rows, chart_of, drawing_of, frame_of, looks_of
from analysis.charts.words import LINE, width_of, wrapped, write
from analysis.words import Format

_FEW = 15
"""Below this many points each has a marker; else only the last."""


def lines(
    rows: Rows,
    about: About,
    fmt: Format,
    axis: str,
    x_axis: str = "",
    x_format: Format | None = None,
    marks: Sequence[tuple[float, str]] = (),
    symbols: Sequence[tuple[object, str]] = (),
    roles: Mapping[str, str] | None = None,
    breaks: Sequence[tuple[object, str]] = (),
) -> Chart:
    """Draw up to four lines, named at their ends, with ribbons where there are limits.

    A period without a value leaves a gap. A point between gaps keeps its interval as a whisker.

    Args:
        rows: columns x, series, value and, if there are intervals, lower and upper; x is a number or a period label.
        about: id, title, subtitle and note.
        fmt: makes values text.
        axis: the unit in words, for the vertical axis.
        x_axis: what x is; "Period" in the table if blank.
        x_format: makes x text, where x is a number.
        marks: values of the vertical axis with a label, drawn as dashed horizontal lines.
        symbols: where the first series has no value, x and the symbol that says why, such as "[c]"; if none are given,
            those of a column `symbol`.
        roles: series → "area", "england", "neighbours" or "region", which decides its look; else the order does.
        breaks: first periods that are counted in another way, with a label; a dotted line stands before each.

    Raises:
        ValueError: for no rows, more than four series, a role that is not known, or two values for one x of a series.
    """
    frame = frame_of("lines", rows, "x", "series", "value")
    looks = looks_of("lines", list(dict.fromkeys(frame["series"])), roles)
    wide = _wide(frame, list(looks))
    values = wide["value"]
    if not symbols and "symbol" in frame:
        gone = frame[(frame["series"] == frame["series"][0]) & frame["value"].isna() & (frame["symbol"] > "")]
        symbols = [(x, f"[{symbol}]") for x, symbol in zip(gone["x"], gone["symbol"], strict=True)]
    at = np.arange(len(values), dtype=float) if x_format is None else values.index.to_numpy(float)
    ends = _ends(values, looks, marks)
    with drawing_of(room_for(ends, 230)) as (drawing, axes):
        _draw(axes, at, wide, looks, [value for value, _ in marks], x_format is None)
        first = next(iter(looks.values()))
        _draw_breaks(axes, list(values.index), at, breaks)
        write_symbols = partial(_write_symbols, axes, list(values.index), at, symbols, first)
        settle = name_all(axes, ends, fmt, (axis, x_axis), write_symbols)
        if x_format:
            put_ticks(axes.xaxis, 5, x_format)
        else:
            put_periods(axes, [str(x) for x in values.index])
        table, formats = _table(wide, list(looks), symbols, fmt, x_axis or "Period", x_format)
        found = [words.course(name, values[name].rename(index=x_format or str), fmt) for name in looks]
        return chart_of("Line chart", about, drawing, found, table, formats, settle=settle)


def put_periods(axes: Axes, labels: Sequence[str]) -> None:
    """Label only some periods where all would not fit: the last, and every second, third … before it."""
    count, broken = len(labels), [wrapped(label, 58) for label in labels]
    low, high = axes.get_xlim()
    pitch = axes.bbox.width / (high - low)
    step = max(1, int(np.ceil((max(map(width_of, broken)) + 11) / pitch)))
    ticks = list(range((count - 1) % step, count, step))
    axes.set_xticks(ticks, [broken[tick] for tick in ticks])


def _ends(values: pd.DataFrame, looks: Mapping[str, Look], marks: Sequence[tuple[float, str]]) -> list[End]:
    """Return what stands at the right: the names of two lines or more, and the marks' labels."""
    named = [End(values[n].dropna().iloc[-1], n, look) for n, look in looks.items() if values[n].notna().any()]
    return (named if len(looks) > 1 else []) + [End(value, label, PLAIN) for value, label in marks]


def _draw(
    axes: Axes, at: np.ndarray, wide: Mapping, looks: Mapping[str, Look], marks: Sequence[float], periods: bool
) -> None:
    """Draw all series, the first on top, and the marks, and fit the axes to them."""
    for name, look in reversed(looks.items()):
        _draw_line(axes, at, wide, name, look, joined=not periods)
    for value in marks:
        axes.axhline(value, color=PLAIN.colour, linewidth=1.2, linestyle=PLAIN.dash)
    _scale(axes, at, [*wide.values(), pd.Series(marks, dtype=float)], periods)


def _draw_breaks(axes: Axes, index: list, at: np.ndarray, breaks: Sequence[tuple[object, str]]) -> None:
    """Draw a dotted line before each period that begins another way of counting, its label left of its top.

    Where there is no room to its left the label stands right of its foot, which the lines seldom reach.
    """
    for x, label in breaks:
        n = index.index(x)
        where = (at[n - 1] + at[n]) / 2 if n else at[0]
        axes.axvline(where, color=PLAIN.colour, linewidth=1, linestyle=(0, (1, 2)))
        over = {"xycoords": ("data", "axes fraction"), "color": PLAIN.text}
        if axes.bbox.width * (where - at[0]) / max(at[-1] - at[0], 1) < width_of(label):
            write(axes, label, (where, 0), (4, 3), ha="left", va="bottom", **over)
        else:
            write(axes, label, (where, 1), (-4, -2), ha="right", va="top", **over)


def _draw_line(axes: Axes, at: np.ndarray, wide: Mapping, name: str, look: Look, joined: bool) -> None:
    """Draw a series with its ribbon; `joined` where x is a number, of which other series may have others."""
    part = pd.DataFrame({part: frame[name].to_numpy(float) for part, frame in wide.items()}, index=at)
    if joined and part["value"].isna().any():
        part = part[part.notna().any(axis=1)]
    if "lower" in part:
        limits = part["lower"].notna() & part["upper"].notna()
        lower, upper = part["lower"].where(limits), part["upper"].where(limits)
        axes.fill_between(part.index, lower, upper, color=look.colour, alpha=0.16, linewidth=0)
        lone = part[limits & ~limits.shift(1, fill_value=False) & ~limits.shift(-1, fill_value=False)]
        axes.vlines(lone.index, lone["lower"], lone["upper"], color=look.colour, linewidth=1.2)
    known = np.flatnonzero(part["value"].notna())
    if len(known):
        every = list(known) if len(known) < _FEW else [known[-1]]
        axes.plot(part.index, part["value"], markevery=[int(n) for n in every], **look.line)


def _scale(axes: Axes, at: np.ndarray, values: Sequence, periods: bool) -> None:
    """Set the axes' limits: from zero where nothing lies below it, and with room on all sides."""
    every = np.concatenate([np.ravel(part.to_numpy(float)) for part in values])
    every = every[np.isfinite(every)]
    low, high = (min(0.0, every.min()), max(0.0, every.max())) if len(every) else (0.0, 1.0)
    room = 0.06 * (high - low) or 1.0
    axes.set_ylim(low - room if low < 0 else 0, high + room if high > 0 or low == 0 else 0)
    if periods:
        axes.set_xlim(-0.45, len(at) - 0.55)  # also the periods at the ends that have only a symbol
    else:
        beside = 0.02 * (at.max() - at.min()) or 0.5
        axes.set_xlim(at.min() - beside, at.max() + beside)


def _write_symbols(axes: Axes, index: list, at: np.ndarray, symbols: Sequence[tuple[object, str]], look: Look) -> float:
    """Write symbols above their periods, one for neighbours that share it; return the height they take, in points."""
    low, high = axes.get_xlim()
    pitch = axes.bbox.width / (high - low)
    runs: list[list] = []
    for n, symbol in sorted((index.index(x), symbol) for x, symbol in symbols):
        close = runs and runs[-1][1] == symbol and n == runs[-1][2] + 1 and pitch < width_of(symbol) + 4
        if close:
            runs[-1][2] = n
        else:
            runs.append([n, symbol, n])
    ends: list[float] = []
    for first, symbol, last in runs:
        middle, half = (at[first] + at[last]) / 2, width_of(symbol) / 2 + 2
        left = (middle - low) * pitch - half
        level = next((n for n, end in enumerate(ends) if end <= left), len(ends))
        ends[level : level + 1] = [left + 2 * half]
        over = {"xycoords": ("data", "axes fraction"), "ha": "center", "color": look.text}
        write(axes, symbol, (middle, 1), (0, 3 + LINE * level), **over)
    return LINE * len(ends)


def _wide(frame: pd.DataFrame, names: list[str]) -> dict[str, pd.DataFrame]:
    """Return value, and lower and upper where given, with a row an x and a column a series, as they first appear."""
    twice = frame.duplicated(["x", "series"])
    if twice.any():
        x, name = frame.loc[twice.idxmax(), ["x", "series"]]
        raise ValueError(f"lines: expected one value for each x of a series; {name!r} has several for {x}")
    parts = ["value", *(part for part in ("lower", "upper") if part in frame)]
    wide = frame.pivot(index="x", columns="series", values=parts).reindex(index=list(dict.fromkeys(frame["x"])))
    return {part: wide[part].reindex(columns=names).rename_axis(columns=None) for part in parts}


def _table(
    wide: Mapping,
    names: list[str],
    symbols: Sequence[tuple[object, str]],
    fmt: Format,
    head: str,
    x_format: Format | None,
) -> tuple:
    """Return values, and limits where a series has any, as a table with the symbols, and its formats."""
    columns = {}
    for name in names:
        for part, values in wide.items():
            if part == "value" or values[name].notna().any():
                columns[name if part == "value" else f"{name}, {part} limit"] = values[name]
    table = pd.DataFrame(columns)
    own = [name for name in columns if name in (names[0], f"{names[0]}, lower limit", f"{names[0]}, upper limit")]
    if symbols:
        table[own] = table[own].astype(object)
        for x, symbol in symbols:
            table.loc[x, own] = symbol
    formats = dict.fromkeys(columns, fmt) | ({head: x_format} if x_format else {})
    return table.rename_axis(index=head).reset_index(), formats


_TINTS = ("#D5DFEA", "#A9BDD3", "#7C9ABB")
"""Of a fan's bands, the widest first."""
_CENTRAL = Look("#12436D", "#12436D", (0, (3, 1.5)), "o", 2, hollow=True)
_OTHERS = [LOOKS[role] for role in ("england", "neighbours", "region")]


def fan(
    history: Rows,
    forecast: Rows,
    about: About,
    fmt: Format,
    axis: str,
    others: Mapping[str, Rows] | None = None,
    levels: Sequence[str] = ("50", "80", "95"),
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
        levels: of the bands in percent, the narrowest first.
        known: makes values of the history text; `fmt` if None.

    Raises:
        ValueError: if there is no row, a forecast is missing, a period comes twice, or there are too many lines.
    """
    limits = [f"{end}_{level}" for level in levels for end in ("lower", "upper")]
    past = frame_of("fan", history, "x", "value")[["x", "value"]]
    ahead = frame_of("fan", forecast, "x", "value", *limits)[["x", "value", *limits]]
    lines_by = {name: frame_of("fan", rows, "x", "value") for name, rows in (others or {}).items()}
    wide = _joined(past, ahead, lines_by)
    tints = dict(zip(reversed(levels), _TINTS, strict=False))
    tints = {level: tint for level, tint in tints.items() if ahead[f"lower_{level}"].notna().any()}
    final = f"{fmt(ahead['value'].iloc[-1])}{_band(ahead.iloc[-1], fmt, next(iter(tints), ''))}"
    ends = [End(ahead["value"].iloc[-1], final, _CENTRAL)]
    ends += [
        End(wide[name].dropna().iloc[-1], name, look)
        for name, look in zip(lines_by, _OTHERS, strict=False)
        if wide[name].notna().any()
    ]
    with drawing_of(room_for(ends, 240) + LINE) as (drawing, axes):
        _draw_forecast(axes, past, ahead, tints)
        at = np.arange(len(wide), dtype=float)
        for name, look in zip(lines_by, _OTHERS, strict=False):
            axes.plot(at, wide[name], **look.line)
        if past["value"].notna().any():
            axes.plot(at[: len(past)], past["value"], **LOOKS["area"].line)
        _scale(axes, at, [wide.drop(columns="x")], True)
        key_above(drawing, [(f"{n}%", {"facecolor": tints[n], "edgecolor": "none"}) for n in reversed(tints)])
        settle = name_all(axes, ends, fmt, (axis, ""))
        put_periods(axes, [str(x) for x in wide["x"]])
        heads = {"x": "Period", "history": "Known", "value": "Forecast"}
        heads |= {limit: f"{limit[6:]}% {limit[:5]} limit" for limit in limits}
        table, last = wide.rename(columns=heads), past.dropna().tail(1)
        formats = dict.fromkeys(table.columns[1:], fmt) | {"Known": known or fmt}
        found = [f"last known value: {(known or fmt)(value)} ({x})" for x, value in last.itertuples(index=False)]
        found.append(f"forecast for {ahead['x'].iloc[-1]}: {final}")
        return chart_of("Fan chart", about, drawing, found, table, formats, settle=settle)


def _joined(past: pd.DataFrame, ahead: pd.DataFrame, others: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return all that is drawn, a row a period, after checking it."""
    if len(others) > len(_OTHERS):
        raise ValueError(f"fan: expected at most {len(_OTHERS)} other lines; got {len(others)}")
    wide = pd.concat([past.rename(columns={"value": "history"}), ahead], ignore_index=True)
    if wide["x"].duplicated().any():
        raise ValueError("fan: expected each period once, in the history or in the forecast")
    if ahead["value"].isna().any():
        gone = ahead["x"][ahead["value"].isna()].iloc[0]
        raise ValueError(f"fan: expected a forecast for every period; {gone} has none")
    return wide.assign(
        **{name: rows.set_index("x")["value"].reindex(wide["x"]).to_numpy() for name, rows in others.items()}
    )


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


def _band(final: pd.Series, fmt: Format, level: str) -> str:
    """Return the last forecast's band in brackets; "" without one."""
    ends = [final.get(f"{end}_{level}") for end in ("lower", "upper")]
    return "" if any(map(pd.isna, ends)) else f" ({level}%: {fmt(ends[0])} to {fmt(ends[1])})"
