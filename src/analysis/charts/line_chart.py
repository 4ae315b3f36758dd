"""Lines over time or another scale, named at their ends; and a forecast in nested bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from analysis.charts import axes as room
from analysis.charts import kit
from analysis.charts.kit import LOOKS, PLAIN, About, Chart, Look
from analysis.words import Format

_FEW = 15
"""Below this many points each has a marker; else only the last."""
_TALL = {kit.NARROW: 170, kit.WIDE: 230}
"""Height of the axes in points, by the width of the drawing."""
_TINTS = ("#D5DFEA", "#A9BDD3", "#7C9ABB")
"""Of a fan's bands, the widest first."""
_CENTRAL = Look("#12436D", "#12436D", (0, (3, 1.5)), "o", 2, hollow=True)
_OTHERS = [LOOKS[role] for role in ("england", "neighbours", "region")]


@dataclass(frozen=True)
class _Line:
    """A line by x: name, values, look; the label at its end, what makes its values text, and where it has no mark."""

    name: str
    values: pd.Series
    look: Look
    end: str = ""
    fmt: Format = str
    unmarked: int = 0

    def draw(self, axes: Axes, at: Mapping, named: bool) -> None:
        """Draw the line; a value that is missing leaves a gap."""
        known = np.flatnonzero(self.values.notna())[self.unmarked :]
        told = [f"{self.name}, " * named + f"{x}: {self.fmt(v)}" for x, v in self.values.items()]
        every = [int(n) for n in (known if len(known) < _FEW else known[-1:])]
        axes.plot([at[x] for x in self.values.index], self.values, markevery=every, gid=tuple(told), **self.look.line)

    def named(self, at: Mapping) -> room.End:
        """Return its label at its last value."""
        known = self.values.dropna()
        return room.End(known.iloc[-1], self.end or self.name, self.look, at[known.index[-1]])


def lines(rows: pd.DataFrame, about: About, fmt: Format, axis: str, x_axis: str = "",
          roles: Mapping[str, str] | None = None, breaks: Sequence[tuple[str, str]] = ()) -> Chart:  # fmt: skip
    """Draw up to four lines, named at their ends, with ribbons where there are limits.

    `rows` have columns x (the label of a period, in their order), series, value and, if there are intervals, lower and
    upper; a column symbol says why the first series has no value ("c"). A period without a value leaves a gap; a point
    between gaps keeps its interval as a whisker. `x_axis` is what x is ("Period" in the table if blank). `roles` series
    → "area", "england", "neighbours" or "region", which decides its look, else the order does; `breaks` first periods
    that are counted in another way, with a label: a dotted line stands before each.
    """
    frame = kit.frame_of("lines", rows, "x", "series", "value")
    looks = kit.looks_of("lines", list(dict.fromkeys(frame["series"])), roles or {})
    parts = _parts(frame)
    gone = frame[(frame["series"] == frame["series"][0]) & frame["value"].isna()].reindex(columns=["x", "symbol"])
    symbols = {x: f"[{symbol}]" for x, symbol in gone.replace("", np.nan).dropna().itertuples(index=False)}
    drawn = [_Line(name, parts[name]["value"], look, fmt=fmt) for name, look in looks.items()]
    known = [line for line in drawn if line.values.notna().any()]

    def draw(axes: Axes, at: Mapping) -> None:
        for line in reversed(known):
            _ribbon(axes, at, parts[line.name], line.look.colour)
            line.draw(axes, at, len(looks) > 1)
        for place, (x, symbol) in enumerate(
            symbols.items()
        ):  # two heights, as those of neighbouring periods would meet
            look = {"transform": axes.get_xaxis_transform(), "ha": "center", "va": "bottom"}
            axes.text(at[x], 0.02 + 0.1 * (place % 2), symbol, color=drawn[0].look.colour, **look)

    every, named = pd.concat(parts.values()), known if len(looks) > 1 else []
    picture = _picture(draw, every, named, (axis, x_axis), fmt, breaks)
    found = [kit.course(name, part["value"], fmt, part) for name, part in parts.items()]
    table = _table(parts, symbols).rename_axis(index=x_axis or "Period").reset_index()
    formats = dict.fromkeys(table.columns[1:], fmt)
    return kit.chart_of("Line chart", about, picture, found, table, formats, list(symbols.values()))


def panels(frames: Mapping[str, pd.DataFrame], roles: Mapping[str, str]) -> dict[str, Axes]:
    """Draw small line charts, two a row under one legend, each from zero; return their axes by title.

    A frame has columns x, series, value and, if there are intervals, lower and upper; `roles` are as those of `lines`.
    """
    rows = (len(frames) + 1) // 2
    _, grid = plt.subplots(rows + 1, 2, figsize=(4.5, 0.7 + 2.3 * rows), height_ratios=[0.3, *[1] * rows])
    made = dict(zip(frames, grid[1:].ravel(), strict=False))
    for axes in [*grid[0], *grid[1:].ravel()[len(made) :]]:
        axes.set_axis_off()
    for title, axes in made.items():
        for name, part in frames[title].groupby("series", sort=False):
            look = LOOKS[roles[name]]
            axes.plot(part["x"], part["value"], label=name, **look.line | {"markersize": 3, "linewidth": 1.6})
            if "lower" in part:
                axes.fill_between(part["x"], part["lower"], part["upper"], alpha=0.16, color=look.colour, linewidth=0)
        axes.set_title(fill(title, 26), fontsize=10, loc="left")
        axes.set(ylim=(0, None))
    fullest = max(made.values(), key=lambda axes: len(axes.lines))
    grid[0, 0].legend(*fullest.get_legend_handles_labels(), loc="center left", borderpad=0)
    return made


def fan(history: pd.DataFrame, forecast: pd.DataFrame, about: About, fmt: Format, axis: str,
        others: Mapping[str, pd.Series] | None = None, known: Format | None = None) -> Chart:  # fmt: skip
    """Draw a history and a forecast with up to three bands, its end labelled; a level without limits is left out.

    `history` has columns x (period labels) and value, `forecast` x, value, then lower_50 and upper_50, and so on for
    each level in percent, the narrowest first; the bands open at the last known value. `others` are up to three more
    lines by name, with their values by x. `known` makes values of the history text, `fmt` if None.
    """
    levels = [column.removeprefix("lower_") for column in forecast if column.startswith("lower_")]
    limits = [f"{end}_{level}" for level in levels for end in ("lower", "upper")]
    past = kit.frame_of("fan", history, "x", "value").set_index("x")["value"]
    ahead = kit.frame_of("fan", forecast, "x", "value", *limits).set_index("x")[["value", *limits]]
    others, periods = others or {}, past.index.append(ahead.index)
    if len(others) > len(_OTHERS):
        raise ValueError(f"fan: expected at most {len(_OTHERS)} other lines; got {len(others)}")
    if periods.has_duplicates:
        raise ValueError("fan: expected each period once, in the history or in the forecast")
    if ahead["value"].isna().any():
        raise ValueError(f"fan: expected a forecast for every period; {ahead['value'].isna().idxmax()} has none")
    wide = pd.DataFrame({"history": past, **ahead, **others}, periods)
    tints = dict(zip(reversed(levels), _TINTS, strict=False))
    tints = {level: tint for level, tint in tints.items() if ahead[f"lower_{level}"].notna().any()}
    said, last = known or fmt, past.dropna().tail(1)
    final = fmt(ahead["value"].iloc[-1])
    if tints:
        final += f" ({next(iter(tints))}%: {' to '.join(fmt(v) for v in ahead[limits[-2:]].iloc[-1])})"
    opened = pd.concat([pd.DataFrame(dict.fromkeys(ahead, last)), ahead])
    middle = _Line("Forecast", opened["value"], _CENTRAL, final, fmt, len(last))
    own = _Line("Known", past, LOOKS["area"], fmt=said)
    extra = [_Line(name, wide[name], look, fmt=fmt) for name, look in zip(others, _OTHERS, strict=False)]
    extra = [line for line in extra if line.values.notna().any()]

    def draw(axes: Axes, at: Mapping) -> None:
        for level, tint in tints.items():
            edges = opened[f"lower_{level}"], opened[f"upper_{level}"]
            axes.fill_between([at[x] for x in opened.index], *edges, color=tint, linewidth=0)
        for line in (middle, *extra, own):
            line.draw(axes, at, line is not own)

    key = [(f"{level}%", {"facecolor": tint, "edgecolor": "none"}) for level, tint in reversed(tints.items())]
    picture = _picture(draw, wide, [middle, *extra], (axis, ""), fmt, key=key)
    heads = {"history": "Known", "value": "Forecast"} | {c: f"{c[6:]}% {c[:5]} limit" for c in limits}
    table = wide.rename(columns=heads).rename_axis(index="Period").reset_index()
    found = [f"last known value: {said(value)} ({x})" for x, value in last.items()]
    found.append(f"forecast for {ahead.index[-1]}: {final}")
    formats = dict.fromkeys(table.columns[1:], fmt) | {"Known": said}
    return kit.chart_of("Fan chart", about, picture, found, table, formats)


def _picture(draw: Any, every: pd.DataFrame, named: Sequence[_Line], units: tuple[str, str], fmt: Format,
             breaks: Sequence[tuple[str, str]] = (), key: Sequence[tuple[str, dict]] = ()) -> kit.Draw:  # fmt: skip
    """Return what draws lines at a width: `draw` their marks, then axes that hold `every` value, names and a key."""
    at = {x: n for n, x in enumerate(dict.fromkeys(every.index))}

    def picture(axes: Axes, width: float) -> None:
        draw(axes, at)
        _scale(axes, len(at), every)
        down, across = lambda: room.put_y(axes, fmt), lambda: room.put_x(axes, room.periods_of(axes, at))
        ends = [line.named(at) for line in named]
        room.name_all(axes, _TALL[width], ends, down, units, across, room.key_above(axes, key))
        for x, label in breaks:
            _draw_break(axes, at[x] - 0.5 * (at[x] > 0), label)

    return picture


def _draw_break(axes: Axes, where: float, label: str) -> None:
    """Draw a dotted line before a period that begins another way of counting, its label left of its top.

    Without room there the label stands right of its foot, which the lines seldom reach.
    """
    axes.axvline(where, color=PLAIN.colour, linewidth=1, linestyle=(0, (1, 2)))
    tight = axes.transData.transform((where, 0))[0] - axes.transData.transform((0, 0))[0] < room.width_of(label)
    place = ((where, 0), (4, 3), "left", "bottom") if tight else ((where, 1), (-4, -2), "right", "top")
    room.write(axes, label, *place[:2], ha=place[2], va=place[3], on=axes.get_xaxis_transform())


def _ribbon(axes: Axes, at: Mapping, part: pd.DataFrame, colour: str) -> None:
    """Draw a line's limits as a band, and as a whisker where neighbours have none."""
    both = part["lower"].notna() & part["upper"].notna()
    if not both.any():
        return
    x = pd.Series(at)[part.index]
    axes.fill_between(x, *(part[end].where(both) for end in ("lower", "upper")), color=colour, alpha=0.16, linewidth=0)
    lone = both & ~both.shift(1, fill_value=False) & ~both.shift(-1, fill_value=False)
    for place, low, high in zip(x[lone], part["lower"][lone], part["upper"][lone], strict=True):
        axes.plot([place] * 2, [low, high], "_-", color=colour, linewidth=1.4, markersize=8, markerfacecolor="none")


def _scale(axes: Axes, count: int, every: pd.DataFrame) -> None:
    """Set the axes' limits: from zero where nothing lies below it, and with room on all sides."""
    values = np.ravel(every.to_numpy(float))
    values = values[np.isfinite(values)]
    low, high = (min(0.0, values.min()), max(0.0, values.max())) if len(values) else (0.0, 1.0)
    spare = 0.06 * (high - low) or 1.0
    axes.set_ylim(low - spare if low < 0 else 0, high + spare if high > 0 or low == 0 else 0)
    axes.set_xlim(-0.45, count - 0.7)


def _parts(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return value, lower and upper of each series, with a row for every x of any, as they first appear."""
    twice = frame.duplicated(["x", "series"])
    if twice.any():
        x, name = frame.loc[twice.idxmax(), ["x", "series"]]
        raise ValueError(f"lines: expected one value for each x of a series; {name!r} has several for {x}")
    every = {"index": list(dict.fromkeys(frame["x"])), "columns": ["value", "lower", "upper"]}
    parts = frame.groupby("series", sort=False)
    return {name: part.set_index("x").reindex(**every).astype(float) for name, part in parts}


def _table(parts: Mapping[str, pd.DataFrame], symbols: Mapping[str, str]) -> pd.DataFrame:
    """Return values, and limits where a series has any, side by side, with the symbols of the first series."""
    shown = {name: part.loc[:, (part.columns == "value") | part.notna().any()] for name, part in parts.items()}
    first = next(iter(parts))
    if symbols:
        shown[first] = shown[first].astype(object)
    for x, symbol in symbols.items():
        shown[first].loc[x] = symbol
    return pd.DataFrame(
        {name if end == "value" else f"{name}, {end} limit": of[end] for name, of in shown.items() for end in of}
    )
