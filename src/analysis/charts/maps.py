"""Choropleth maps: areas shaded by the fifth that their value lies in."""

from __future__ import annotations

import json
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Outline

from analysis.charts.axes import width_of
from analysis.charts.kit import NARROW, REFERENCE
from analysis.files import data_dir
from analysis.html import Table
from analysis.words import Format, number, word

SHADES = ("#C6DBEF", "#9ECAE1", "#6BACE6", "#2073BC", "#12436D")
"""Five steps from few to many, after the sequential palette of the Government Analysis Function."""
NONE, EDGE = "#FFFFFF", "#6B6B6B"
CLASSES = len(SHADES)
_WIDE, _HIGH, _KEY, _LONG = NARROW / 72, 4.2, 0.75, 82
"""Inches: a map's width, its greatest height, that of a key of three rows; points of a text that fill a key's row."""


@cache
def shapes(name: str) -> dict[str, Outline]:
    """Return the outlines in a file of `data/geo/` by area or ward; FileNotFoundError without it."""
    file = data_dir() / "geo" / f"{name}.geojson"
    found = {}
    for feature in json.loads(file.read_text(encoding="utf-8"))["features"]:
        about, shape = feature["properties"], feature["geometry"]
        several = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        rings = [Outline(np.array(ring), closed=True) for part in several for ring in part]
        found[about.get("ward") or about["area"]] = Outline.make_compound_path(*rings)
    return found


def fifths(values: pd.Series) -> tuple[pd.Series, list[tuple[float, float]]]:
    """Return in which fifth each value lies, from 0, NaN where there is none, and the lowest and highest of each.

    Equal values lie in one class, so that there may be fewer than five.
    """
    known = values.dropna()
    edges = np.unique(np.quantile(known, np.linspace(0, 1, CLASSES + 1)[1:-1])) if len(known) else np.array([])
    place = pd.Series(np.searchsorted(edges, values, side="right"), values.index).where(values.notna())
    groups = known.groupby(place.dropna())
    return place.rank(method="dense").sub(1), list(zip(groups.min(), groups.max(), strict=True))


def choropleth(values: pd.Series, where: str, fmt: Format = number, focus: str = "") -> Drawing | None:
    """Return a map of areas shaded by fifths, for `report.show`; None where no area of those has a shape.

    `values` has a number an area, by its code; NaN is drawn white. `where` is a file of `data/geo/`, without its
    ending; `fmt` writes a value in the key; `focus` is the code of an area to be outlined.
    """
    outlines = shapes(where)
    if not outlines.keys() & set(values.index):
        return None
    place, classes = fifths(values.reindex(list(outlines)).astype(float))
    steps = np.linspace(0, CLASSES - 1, max(len(classes), 1)).round().astype(int)
    box = np.array([outline.get_extents().get_points() for outline in outlines.values()])
    wide, high = box[:, 1].max(axis=0) - box[:, 0].min(axis=0)
    tall = min(_WIDE * high / wide, _HIGH)
    told = [fmt(low) if fmt(low) == fmt(high) else f"{fmt(low)} to {fmt(high)}" for low, high in classes]
    columns = 1 if max(map(width_of, told), default=0) > _LONG else 2
    below = _KEY * 2 / columns
    fig = plt.figure(figsize=(_WIDE, tall + below))
    ax = fig.add_axes((0, below / (tall + below), 1, tall / (tall + below)))
    for code, outline in sorted(outlines.items(), key=lambda pair: pair[0] == focus):
        shade = NONE if np.isnan(place[code]) else SHADES[steps[int(place[code])]]
        edge, width = (REFERENCE, 1.6) if code == focus else (EDGE, 0.25)
        ax.add_artist(PathPatch(outline, facecolor=shade, edgecolor=edge, linewidth=width))
    ax.update_datalim([box[:, 0].min(axis=0), box[:, 1].max(axis=0)])  # at once: patch by patch it takes long
    ax.set_axis_off()
    ax.autoscale_view()
    ax.set_aspect("equal")
    key = [Patch(facecolor=SHADES[step], edgecolor=EDGE, label=text) for step, text in zip(steps, told, strict=False)]
    key += [Patch(facecolor=NONE, edgecolor=EDGE, label="no figure")] * bool(place.isna().any())
    fig.legend(handles=key, loc="lower left", ncols=columns, borderpad=0, borderaxespad=0.4, handlelength=1.5)
    return fig


def tips(values: pd.Series, fmt: Format = number, group: str = "Authority", most: int = 5) -> Table:
    """Return the highest and the lowest of named values, the highest first, as a table to stand beside a map."""
    known = values.dropna().sort_index().sort_values(ascending=False, kind="stable")
    shown = pd.concat([known.head(most), known.tail(max(0, min(most, len(known) - most)))]).map(fmt)
    frame = shown.rename_axis(group).reset_index(name="Figure")
    said = (
        f"The {word(most)} highest and the {word(most)} lowest"
        if len(known) > 2 * most
        else "From the highest to the lowest"
    )
    return Table("tips", said, frame, folded=False, right=["Figure"], download=False)


def ends(values: pd.Series, fmt: Format = number) -> str:
    """Return the highest and the lowest of named values in words, for a map's alternative text."""
    known = values.dropna().sort_values()
    if known.empty:
        return "no area has a figure"
    return f"highest {known.index[-1]} {fmt(known.iloc[-1])}, lowest {known.index[0]} {fmt(known.iloc[0])}"
