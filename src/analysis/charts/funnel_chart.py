"""A funnel: values against the size behind them, with the limits within which chance alone would leave them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import IdentityTransform

from analysis import words as say
from analysis.charts import axes as room
from analysis.charts import kit
from analysis.charts.kit import FOCUS, NARROW, QUIET, REFERENCE, About, Chart, Look
from analysis.charts.svg import HALO, TEXT
from analysis.methods import funnel as methods
from analysis.words import Format

_NAMED = {True: 4, False: 10}
"""Labels that a drawing has room for, on a phone or not; the marks and the table tell of all."""
_WIDE_RANGE = 8
"""Sizes of which the largest is this many times the smallest stand on a logarithmic scale."""
_LINES = {
    "998": Look(TEXT, TEXT, "solid", "", 1),
    "95": Look(QUIET, TEXT, (0, (3, 2)), "", 1),
    "reference": Look(REFERENCE, REFERENCE, (0, (4, 1.6)), "", 1.6),
}
_LEVELS = {"95": 0.95, "998": 0.998}
COLUMNS = [f"{end}_{level}" for level in _LEVELS for end in ("lower", "upper")]
_WAYS = np.array([(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)])


def funnel(rows: pd.DataFrame, about: About, fmt: Format, axis: str, size_axis: str, reference: tuple[float, str],
           limits: methods.Limits, focus: str | None = None, group: str = "Area") -> Chart:  # fmt: skip
    """Draw values against their denominators within control limits of 95% and 99.8% around a reference.

    The chosen area, whose label is `focus`, is named, and those outside the 95% limits as far as there is room, those
    furthest out first. `rows` have columns label, value and size (the denominator, above zero, which `size_axis`
    names); without a value or size one is only in the table, whose first column is headed `group`. `limits` are as in
    `methods.funnel`.
    """
    frame, known, bands = _prepared(rows, limits)
    last = bands.iloc[-1]
    ends = [room.End(reference[0], reference[1], _LINES["reference"])]
    ends += [room.End(last[c], "95%" if c.endswith("95") else "99.8%", _LINES[c[6:]]) for c in COLUMNS]
    ends = [end for end in ends if np.isfinite(end.value)]

    def draw(axes: Axes, width: float) -> None:
        _draw_limits(axes, bands, reference[0])
        _scale(axes, known, bands, reference[0])
        across = lambda: room.put_x(axes, room.ticks_of(axes.xaxis, say.number))  # noqa: E731
        tall, down = 230 if width == NARROW else 280, lambda: room.put_y(axes, fmt)
        room.name_all(axes, tall, ends, down, (axis, size_axis), across)
        _draw_points(axes, known, focus, fmt, _NAMED[width == NARROW])

    heads = {"label": group, "value": axis, "size": size_axis}
    heads |= {c: f"{'95' if c.endswith('95') else '99.8'}% {c[:5]} control limit" for c in COLUMNS}
    table, *_ = kit.tabled(frame, heads | {"place": "Place"}, fmt)
    table["Place"] = table["Place"].replace("", "[x]")
    far, out = int(known["place"].str.endswith("99.8%").sum()), int((known["place"] != "within").sum())
    outside = f"{say.number(out)} of {say.number(len(known))} lie outside the 95% limits"
    found = [
        f"{outside}, {say.number(far)} beyond the 99.8% ones",
        _own(known, focus, fmt),
        reference[1],
        kit.unknown(len(frame) - len(known)),
    ]
    formats = dict.fromkeys([*heads.values()][1:], fmt) | {size_axis: say.number}
    return kit.chart_of("Funnel chart", about, draw, found, table, formats)


def _prepared(rows: pd.DataFrame, limits: methods.Limits) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return rows with their limits and where they lie; those with value and size; the limits by size, to be drawn."""
    frame = kit.frame_of("funnel", rows, "label", "value", "size")
    if (frame["size"] <= 0).any():
        raise ValueError(f"funnel: expected sizes above zero; {frame['label'][frame['size'] <= 0].iloc[0]!r} has not")
    if frame[["value", "size"]].isna().any(axis=1).all():
        raise ValueError("funnel: expected a row with a value and a size; got none")
    frame = pd.concat([frame, limits_at(limits, frame["size"].to_numpy(float))], axis=1)
    frame["place"] = places(frame)
    known = frame[frame["place"] != ""]
    sizes = known["size"]
    curve = np.unique(np.geomspace(sizes.min() * 0.95, sizes.max() * 1.05, 64))
    return frame, known, limits_at(limits, curve).assign(size=curve)


def _draw_limits(axes: Axes, bands: pd.DataFrame, reference: float) -> None:
    """Draw the limits and the reference they surround."""
    for column in COLUMNS:
        look = _LINES[column[6:]]
        axes.plot(bands["size"], bands[column], color=look.colour, linestyle=look.dash, linewidth=look.width)
    look = _LINES["reference"]
    axes.axhline(reference, color=look.colour, linestyle=look.dash, linewidth=look.width)


def _scale(axes: Axes, known: pd.DataFrame, bands: pd.DataFrame, reference: float) -> None:
    """Fit the axes to the points; limits far beyond all of them, where sizes are small, may leave the drawing."""
    values = [*known["value"], reference]
    spread = max(values) - min(values) or abs(reference) or 1.0
    edges = bands[COLUMNS].to_numpy(float)
    edges = edges[np.isfinite(edges)]
    low = max(min([*values, *edges]), min(values) - 0.6 * spread)
    high = min(max([*values, *edges]), max(values) + 0.6 * spread)
    axes.set_ylim(low - 0.05 * spread if low < 0 else max(0, low - 0.08 * spread), high + 0.08 * spread)
    least, most = known["size"].min(), known["size"].max()
    across = most - least or most
    if most > _WIDE_RANGE * least:
        axes.set(xscale="log", xlim=(least / 1.1, most * 1.1))
    else:
        axes.set_xlim(max(0.0, least - 0.06 * across), most + 0.06 * across)


def _draw_points(axes: Axes, known: pd.DataFrame, focus: str | None, fmt: Format, most: int) -> None:
    """Draw all points, and name the chosen one and at most this many outside the limits, the furthest first."""
    own, out = known["label"] == focus, known["place"] != "within"
    looks = (
        (known[~own & ~out], {"marker": "o", "markersize": 5, "markerfacecolor": "white", "color": QUIET}),
        (known[~own & out], {"marker": "D", "markersize": 5.5, "color": TEXT, "markeredgewidth": 0}),
        (known[own], {"marker": "o", "markersize": 9, "color": FOCUS, "markeredgecolor": "white"}),
    )
    for part, look in looks:
        told = tuple(f"{label}: {fmt(value)}" for label, value in zip(part["label"], part["value"], strict=True))
        axes.plot(part["size"], part["value"], linestyle="none", zorder=4, clip_on=False, gid=told, **look)
    spots = axes.transData.transform(known[["size", "value"]].to_numpy(float))
    within = np.array([axes.bbox.x0 + 2, axes.bbox.y0 + 2, axes.bbox.x1, axes.bbox.y1])
    marks = np.hstack([spots - 8, spots + 8])  # a name beside another's mark would be read as its name
    wide = (known["upper_998"] - known["lower_998"]).replace(0, np.nan) / 2
    far = ((known["value"] - known["lower_998"]) / wide - 1).abs().fillna(np.inf).mask(own, np.inf).to_numpy()
    named, taken = np.flatnonzero(own | out), np.zeros((0, 4))
    for n in named[np.argsort(-far[named], kind="stable")]:
        if len(taken) > most:
            break
        heavy, text = bool(own.iloc[n]), room.wrapped(known["label"].iloc[n], 110)
        others = marks[out & (np.arange(len(marks)) != n) & (not heavy)]
        box = _room(spots[n], text, within, np.vstack([taken, others]), spots, heavy)
        if box is None:
            continue
        taken, look = np.vstack([taken, box]), {"color": FOCUS if heavy else TEXT, "gid": HALO}
        room.write(axes, text, (box[:2] + box[2:]) / 2, on=IdentityTransform(), ha="center", va="center", **look)
        near = np.clip(spots[n], box[:2], box[2:])
        if np.hypot(*(near - spots[n])) > 10:
            look = {"color": FOCUS if heavy else QUIET, "linewidth": 0.9, "linestyle": "-" if heavy else (0, (1, 1))}
            room.strokes(axes, [[near, spots[n]]], IdentityTransform(), zorder=2, **look)


def _room(at: np.ndarray, text: str, within: np.ndarray, taken: np.ndarray, spots: np.ndarray, heavy: bool) -> Any:
    """Return where a label fits beside a point, over no other and over as few marks as can be; None if nowhere.

    Boxes are left, bottom, right and top, a row each. Only a `heavy` label may lie far out, or over two marks and more.
    """
    half = np.array([room.width_of(text) + 2, room.height_of(text)]) / 2
    middles = np.concatenate([at + _WAYS * (gap + half) for gap in ((6, 14, 26, 40), (6, 14, 26, 40, 60, 90))[heavy]])
    boxes = np.hstack([middles - half, middles + half])
    inside = (boxes[:, :2] >= within[:2]).all(axis=1) & (boxes[:, 2:] <= within[2:]).all(axis=1)
    free = inside & ~meet(boxes.T[..., None], taken.T[:, None]).any(axis=1)
    covered = np.where(free, (np.abs(spots - middles[:, None]) < half + 3).all(axis=2).sum(axis=1), np.inf)
    best = covered.argmin()
    return boxes[best] if covered[best] < (np.inf if heavy else 2) else None


def meet(one: Sequence, other: Sequence) -> Any:
    """Whether two boxes have more than an edge in common."""
    return (one[0] < other[2]) & (other[0] < one[2]) & (one[1] < other[3]) & (other[1] < one[3])


def _own(known: pd.DataFrame, focus: str | None, fmt: Format) -> str:
    own = known[known["label"] == focus]
    if own.empty:
        return f"{focus} has no value" if focus else ""
    place = own["place"].iloc[0]
    where = "within the limits" if place == "within" else f"{place.replace(' ', ' the ')} limits"
    return f"{focus}: {fmt(own['value'].iloc[0])}, {where}"


def limits_at(limits: methods.Limits, sizes: np.ndarray) -> pd.DataFrame:
    """Return the four limits, a row a size; missing where the size is."""
    found = pd.DataFrame(np.nan, np.arange(len(sizes)), COLUMNS)
    known = np.isfinite(sizes)
    for level, confidence in _LEVELS.items():
        found.loc[known, [f"lower_{level}", f"upper_{level}"]] = np.transpose(limits(sizes[known], confidence))
    return found


def places(frame: pd.DataFrame) -> np.ndarray:
    """Return where each point lies: "within", "above 95%", "below 99.8%" …; blank without value or size."""
    value, told = frame["value"], {"": frame[["value", "size"]].isna().any(axis=1)}
    for level, name in (("998", "99.8%"), ("95", "95%")):
        told |= {f"above {name}": value > frame[f"upper_{level}"], f"below {name}": value < frame[f"lower_{level}"]}
    return np.select([*told.values()], [*told], "within")
