"""A funnel: values against the size behind them, with the limits within which chance alone would leave them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis import words as say
from analysis.charts import words
from analysis.charts.axes import End, name_all, put_ticks
from analysis.charts.drawing import (
    FOCUS,
    QUIET,
    REFERENCE,
    About,
    Chart,
    Look,
    Rows,
    chart_of,
    drawing_of,
    frame_of,
    lay_out,
    symbols_of,
    with_symbols,
)
from analysis.charts.svg import TEXT
from analysis.charts.words import Box, place_for, wrapped
from analysis.methods import funnel as methods
from analysis.words import Format

_NAMED = 8
"""Labels that a drawing has room for; the table tells of all."""
_LINES = {
    "998": Look(TEXT, TEXT, "solid", "", 1),
    "95": Look(QUIET, TEXT, (0, (3, 2)), "", 1),
    "reference": Look(REFERENCE, REFERENCE, (0, (4, 1.6)), "", 1.6),
}


def funnel(
    rows: Rows,
    about: About,
    fmt: Format,
    axis: str,
    size_axis: str,
    reference: tuple[float, str],
    limits: methods.Limits,
    focus: str | None = None,
    group: str = "Area",
) -> Chart:
    """Draw values against their denominators within control limits of 95% and 99.8% around a reference.

    The chosen area is named, and those outside the 95% limits as far as there is room, those furthest out first.

    Args:
        rows: columns label, value and size (the denominator, above zero). Without a value or size: only in the table.
        about: id, title, subtitle and note.
        fmt: makes values text.
        axis: the values' unit in words.
        size_axis: what the denominator counts.
        reference: value and label of the line the limits surround.
        limits: gives them for sizes and a confidence; see `methods.funnel`.
        focus: the label of the chosen area.
        group: header of the label column in the data table.

    Raises:
        ValueError: if no row has a value, a size is not above zero, or the chosen area is not there.
    """
    frame, known, bands = _prepared(rows, limits, focus)
    with drawing_of(290) as (drawing, axes):
        _draw_limits(axes, bands, reference[0])
        _scale(axes, known, bands, reference[0])
        settle = name_all(axes, _ends(bands, reference), fmt, (axis, size_axis))
        put_ticks(axes.xaxis, 5, say.number)
        lay_out(drawing)
        named, wished = _draw_points(axes, known, focus, _along(axes, bands))
        table, formats = _table(frame, fmt, (axis, size_axis, group))
        found = [_outside(known), _own(known, focus, fmt), reference[1], words.unknown(len(frame) - len(known))]
        return chart_of("Funnel chart", _noted(about, wished - named), drawing, found, table, formats, settle=settle)


def _prepared(rows: Rows, limits: methods.Limits, focus: str | None) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return rows with their limits and where they lie; those with value and size; the limits by size, to be drawn."""
    frame = frame_of("funnel", rows, "label", "value", "size")
    if focus is not None and focus not in set(frame["label"]):
        raise ValueError(f"funnel: expected the chosen area among the labels; {focus!r} is not")
    if (frame["size"] <= 0).any():
        raise ValueError(f"funnel: expected sizes above zero; {frame['label'][frame['size'] <= 0].iloc[0]!r} has not")
    if frame[["value", "size"]].isna().any(axis=1).all():
        raise ValueError("funnel: expected a row with a value and a size; got none")
    frame = pd.concat([frame, limits_at(limits, frame["size"].to_numpy(float))], axis=1)
    frame["place"] = places(frame)
    known = frame[frame["place"] != ""]
    sizes = known["size"]
    curve = np.linspace(sizes.min(), sizes.max() * 1.02, 48)
    curve = np.unique(np.concatenate([curve, np.geomspace(curve[0], curve[-1], 32)]))
    return frame, known, limits_at(limits, curve).assign(size=curve)


def _draw_limits(axes: Axes, bands: pd.DataFrame, reference: float) -> None:
    """Draw the limits and the reference they surround."""
    for kind in dict.fromkeys(column[6:] for column in COLUMNS):
        look, pair = _LINES[kind], [bands[column] for column in COLUMNS if column[6:] == kind]
        # One line with a gap: the two limits of a kind look alike because they are one thing.
        sizes, limits = ([*part[0], math.nan, *part[1]] for part in ((bands["size"], bands["size"]), pair))
        axes.plot(sizes, limits, color=look.colour, linestyle=look.dash, linewidth=look.width)
    look = _LINES["reference"]
    axes.axhline(reference, color=look.colour, linestyle=look.dash, linewidth=look.width)
    axes.grid(visible=False)
    axes.grid(axis="y")


def _ends(bands: pd.DataFrame, reference: tuple[float, str]) -> list[End]:
    """Return what stands at the right: the reference's label, and the limits' levels."""
    last = bands.iloc[-1]
    ends = [End(reference[0], reference[1], _LINES["reference"])]
    ends += [End(last[c], "95%" if c.endswith("95") else "99.8%", _LINES[c[6:]]) for c in COLUMNS]
    return [end for end in ends if np.isfinite(end.value)]


def _scale(axes: Axes, known: pd.DataFrame, bands: pd.DataFrame, reference: float) -> None:
    """Fit the axes to the points; limits far beyond all of them, where sizes are small, may leave the drawing."""
    values = [*known["value"], reference]
    spread = max(values) - min(values) or abs(reference) or 1.0
    edges = bands[COLUMNS].to_numpy(float)
    edges = edges[np.isfinite(edges)]
    low = max(min([*values, *edges]), min(values) - 0.6 * spread)
    high = min(max([*values, *edges]), max(values) + 0.6 * spread)
    axes.set_ylim(low - 0.05 * spread if low < 0 else max(0, low - 0.08 * spread), high + 0.08 * spread)
    sizes = known["size"]
    across = sizes.max() - sizes.min() or sizes.max()
    axes.set_xlim(max(0.0, sizes.min() - 0.06 * across), sizes.max() + 0.06 * across)


def _draw_points(axes: Axes, known: pd.DataFrame, focus: str | None, lines: np.ndarray) -> tuple[int, int]:
    """Draw and name points; return how many outside the limits have a name, and how many should have one."""
    own, out = known["label"] == focus, known["place"] != "within"
    looks = (
        (known[~own & ~out], {"marker": "o", "markersize": 5, "markerfacecolor": "white", "color": QUIET}),
        (known[~own & out], {"marker": "D", "markersize": 5.5, "color": TEXT, "markeredgewidth": 0}),
        (known[own], {"marker": "o", "markersize": 9, "color": FOCUS, "markeredgecolor": "white"}),
    )
    for part, look in looks:
        axes.plot(part["size"], part["value"], linestyle="none", zorder=4, clip_on=False, **look)
    places = axes.transData.transform(known[["size", "value"]].to_numpy(float))
    within = (axes.bbox.x0 + 2, axes.bbox.y0 + 2, axes.bbox.x1, axes.bbox.y1)
    taken: list[Box] = []
    named = 0
    for n in _wished(known, own)[: _NAMED + 1]:
        heavy = bool(own.iloc[n])
        text = wrapped(known["label"].iloc[n], 96)
        box = place_for(tuple(places[n]), text, within, taken, (places, lines), None if heavy else 1)
        if box is None:
            continue
        taken.append(box)
        named += not heavy or bool(out.iloc[n])
        _name(axes, text, box, places[n], heavy)
    return named, int(out.sum())


def _wished(known: pd.DataFrame, own: pd.Series) -> list[int]:
    """Return which points to name, the chosen one first, then from the one furthest outside."""
    middle = (known["upper_998"] + known["lower_998"]) / 2
    far = (known["value"] - middle).abs() / ((known["upper_998"] - known["lower_998"]) / 2).replace(0, np.nan)
    out = [n for n in range(len(known)) if known["place"].iloc[n] != "within" and not own.iloc[n]]
    return [n for n in range(len(known)) if own.iloc[n]] + sorted(out, key=lambda n: -far.fillna(np.inf).iloc[n])


def _along(axes: Axes, bands: pd.DataFrame) -> np.ndarray:
    """Return places along the limits, which names should not cover if they can stand elsewhere."""
    return axes.transData.transform(np.vstack([bands[["size", c]].to_numpy(float) for c in COLUMNS]))


def _name(axes: Axes, text: str, box: Box, at: Sequence[float], heavy: bool) -> None:
    """Write a name into its box, with a thin line to its point where it stands apart."""
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    inverse = axes.transAxes.inverted()
    near = (min(max(at[0], box[0]), box[2]), min(max(at[1], box[1]), box[3]))
    if np.hypot(near[0] - at[0], near[1] - at[1]) > 10:
        ends = inverse.transform([near, at])
        axes.plot(*ends.T, transform=axes.transAxes, color=QUIET, linewidth=0.7, linestyle=(0, (1, 1)))
    x, y = inverse.transform(middle)
    axes.text(x, y, text, transform=axes.transAxes, ha="center", va="center", color=FOCUS if heavy else TEXT)


def _noted(about: About, unnamed: int) -> About:
    """Return what the chart is about; its note says how many points are not named."""
    more = f"{say.count(unnamed, 'point')} outside the limits not named for want of room" if unnamed else ""
    return About(about.id, about.title, about.subtitle, words.sentences([about.note, more]))


def _outside(known: pd.DataFrame) -> str:
    """Return how many lie outside: "3 of 30 lie outside the 95% control limits, 1 of them outside the 99.8% ones"."""
    far, out = int(known["place"].str.endswith("99.8%").sum()), int((known["place"] != "within").sum())
    said = f"{say.number(out)} of {say.number(len(known))} lie outside the 95% control limits"
    return f"{said}, {say.number(far)} of them outside the 99.8% ones"


def _own(known: pd.DataFrame, focus: str | None, fmt: Format) -> str:
    own = known[known["label"] == focus]
    if own.empty:
        return f"{focus} has no value" if focus else ""
    place = own["place"].iloc[0]
    where = "within the limits" if place == "within" else f"{place.replace(' ', ' the ')} limits"
    return f"{focus}: {fmt(own['value'].iloc[0])}, {where}"


def _table(frame: pd.DataFrame, fmt: Format, heads: tuple[str, str, str]) -> tuple:
    """Return every point with its limits and where it lies."""
    axis, size_axis, group = heads
    columns = {"label": group, "value": axis, "size": size_axis}
    for level, name in (("95", "95%"), ("998", "99.8%")):
        columns |= {f"{end}_{level}": f"{name} {end} control limit" for end in ("lower", "upper")}
    table = frame.assign(value=with_symbols(frame["value"], symbols_of(frame)))
    table["place"] = table["place"].replace("", "[x]")
    table = table[[*columns, "place"]].rename(columns=columns | {"place": "Place"})
    return table, dict.fromkeys(table.columns[1:-1], fmt) | {size_axis: say.number}


_LEVELS = {"95": 0.95, "998": 0.998}
COLUMNS = [f"{end}_{level}" for level in _LEVELS for end in ("lower", "upper")]


def limits_at(limits: methods.Limits, sizes: np.ndarray) -> pd.DataFrame:
    """Return the four limits, a row a size; missing where the size is."""
    found = pd.DataFrame(np.nan, np.arange(len(sizes)), COLUMNS)
    known = np.isfinite(sizes)
    for level, confidence in _LEVELS.items():
        found.loc[known, [f"lower_{level}", f"upper_{level}"]] = np.transpose(limits(sizes[known], confidence))
    return found


def places(frame: pd.DataFrame) -> list[str]:
    """Return where each point lies: "within", "above 95%", "below 99.8%" …; blank without value or size."""
    near, far = (
        methods.places(frame["value"], frame[f"lower_{level}"], frame[f"upper_{level}"]) for level in ("95", "998")
    )
    told = [
        f"{outer} 99.8%" if outer != "within" else inner if inner == "within" else f"{inner} 95%"
        for inner, outer in zip(near, far, strict=True)
    ]
    return np.where(frame["value"].isna() | frame["size"].isna(), "", told).tolist()
