"""Any figure of matplotlib or seaborn as a chart of a page."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.figure import Figure as Drawing
from matplotlib.gridspec import GridSpec
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, LogFormatter, NullFormatter, ScalarFormatter

from analysis import words as say
from analysis.charts import axes as room
from analysis.charts.kit import NARROW, WIDE, Chart, Look, course, sentences
from analysis.charts.svg import SIZE, Canvas, svg_of
from analysis.files import anchor
from analysis.html import Table
from analysis.words import Format, number

_SIDES = ("left", "center", "right")
_MOST_ROWS, _MOST_TITLES = 400, 200
"""Rows of a data table that is read from a drawing; points of a line that have titles: with more it is a curve."""
_KINDS = {"cell": "Table with shaded cells", "dot": "Dot chart", "bar": "Bar chart", "line": "Line chart"}


def chart(made: Any, title: str = "", subtitle: str = "", note: str = "", alt: str = "",
          data: pd.DataFrame | None = None, name: str = "",
          formats: Mapping[str, Format] | None = None) -> Chart:  # fmt: skip
    """Return what matplotlib or seaborn has drawn, a figure, axes or a grid, as a chart of a page; else a TypeError.

    Its height is kept and its width is the page's; lines are named at their ends, what else a legend names stands
    above, and axes side by side stand below each other on a phone. Blank, `title` is that of the axes, which is then
    not drawn, `subtitle` the axes' labels, `alt` what is drawn and how each series goes, `name` (its id) made of the
    title. `data` is the table behind it, read from the marks if None, `formats` as those of a `Table`.
    """
    drawing = made if isinstance(made, Drawing) else getattr(made, "figure", None)
    if not isinstance(drawing, Drawing):
        raise TypeError(f"expected a figure or axes of matplotlib or seaborn; got {type(made).__name__}")
    axes = drawing.axes[0] if drawing.axes else drawing.subplots()
    own = next(filter(None, map(axes.get_title, _SIDES)), "")
    title = title or own or "Chart"
    for side in _SIDES if own == title else ():
        axes.set_title("", loc=side)
    subtitle = subtitle or " by ".join(filter(None, (axes.get_ylabel(), axes.get_xlabel())))
    marks = drawn(drawing)
    kind = _KINDS[marks.groupby("mark")["series"].nunique().reindex(_KINDS).idxmax()] if len(marks) else "Chart"
    frame = marks.drop(columns="mark").iloc[: len(marks) * (len(marks) <= _MOST_ROWS)] if data is None else data.copy()
    rows = [] if data is None else list(frame.iloc[:, 0])
    alt = alt or sentences([f"{kind}: {subtitle or title}", *_told(marks, _reader(axes.xaxis, rows))])
    name = name or anchor(title) or "chart"
    table = Table(f"{name}-data", subtitle or title, frame, formats or {})
    wide, narrow = pictures(drawing, rows)
    return Chart(name, title, subtitle, note, alt=say.sentence(alt), svg=wide, narrow=narrow, table=table)


def pictures(drawing: Drawing, rows: list) -> tuple[str, str]:
    """Return a figure as SVG for a desk and for a phone; one for both where its axes are a map. It is closed.

    `rows` are the names of the places 0, 1, … where the axis has names.
    """
    wide, high = 72 * drawing.get_size_inches()
    Canvas(drawing)
    drawing.set_dpi(72)
    for text in drawing.findobj(Text):
        text.set_fontsize(max(text.get_fontsize(), SIZE))
    for axes in drawing.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if isinstance(axis.get_major_formatter(), LogFormatter):  # it writes powers as mathematics, no text
                axis.set_major_formatter(FuncFormatter(lambda value, _: _plainly(value)))
                axis.set_minor_formatter(NullFormatter())
        _tell(axes, rows)
    if any(axes.get_aspect() == 1 for axes in drawing.axes):
        made = (_several(drawing, NARROW, high * NARROW / wide), "")
    elif len(drawing.axes) == 1:
        made = _single(drawing.axes[0], high)
    else:
        made = (_several(drawing, WIDE, high), _several(drawing, NARROW, high * _stacked(drawing), telling=False))
    plt.close(drawing)
    return made


def _single(axes: Axes, high: float) -> tuple[str, str]:
    """Return one pair of axes at both widths, in the manner of the house's own kinds."""
    drawing, units, ends, key, made = axes.figure, (axes.get_ylabel(), axes.get_xlabel()), [], [], []
    axes.set(xlabel="", ylabel="")
    if legend := axes.get_legend():
        for handle, name in zip(*axes.get_legend_handles_labels(), strict=True):
            joined = isinstance(handle, Line2D) and handle.get_linestyle() != "None"
            if joined and np.isfinite(handle.get_ydata()).any():
                x, y = handle.get_xydata()[np.isfinite(np.array(handle.get_ydata(), float))][-1]
                across = x if handle.get_transform() is axes.transData else np.inf
                ends.append(room.End(y, name, Look(handle.get_color(), _dark(handle.get_color()), "solid", ""), across))
            else:
                key.append((name, handle))
        legend.remove()
    numbers = isinstance(axes.yaxis.get_major_formatter(), ScalarFormatter)

    def down() -> list[str]:
        if numbers:
            ticks = room.ticks_of(axes.yaxis, lambda y: _plainly(y, years=False))
            axes.set_yticks(list(ticks), ticks.values())
        return [label.get_text() for label in axes.get_yticklabels()]

    if numbers:
        axes.grid(visible=False, axis="x")
    for width in (WIDE, NARROW):
        drawing.set_size_inches(width / 72, high / 72)
        there = {*axes.texts, *drawing.artists, *drawing.legends}
        head = room.key_above(axes, key)
        tall, across = max(150, high - 3 * room.LINE - head), lambda: _thin(axes.get_xticklabels()) * room.LINE
        room.name_all(axes, tall, ends, down, units, across, head)
        made.append(svg_of(drawing, telling=width == WIDE))
        for artist in {*axes.texts, *drawing.artists, *drawing.legends} - there:
            artist.remove()
    return made[0], made[1]


def _dark(colour: Any) -> str:
    """Return a colour in which words can be read on white: the same, or a darker one."""
    rgb = np.array(mpl.colors.to_rgb(colour))
    while rgb @ (0.2126, 0.7152, 0.0722) > 0.3:
        rgb *= 0.8
    return mpl.colors.to_hex(rgb)


def _several(drawing: Drawing, width: float, high: float, telling: bool = True) -> str:
    """Return a figure of several axes at a size in points, legends above their axes, ticks thinned out."""
    drawing.set_size_inches(width / 72, high / 72)
    for axes in drawing.axes:
        if (legend := axes.get_legend()) and axes.axison:
            names = [text.get_text() for text in legend.get_texts()]
            look = {"loc": "lower left", "bbox_to_anchor": (0, 1), "frameon": False, "borderaxespad": 0.2}
            axes.legend(legend.legend_handles, names, ncols=1 if width == NARROW else 3, **look)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a layout found no room is seen on the picture
        drawing.tight_layout()
    for axes in drawing.axes:
        _thin(axes.get_xticklabels())
    return svg_of(drawing, telling)


def _stacked(drawing: Drawing) -> int:
    """Put axes that stand side by side in one grid below each other; return by how much that makes it higher."""
    grids = {axes.get_gridspec() for axes in drawing.axes}
    columns = grids.pop().ncols if len(grids) == 1 and None not in grids else 1
    if columns > 1:
        seen = [axes for axes in drawing.axes if axes.axison or axes.get_legend()]
        for axes in set(drawing.axes) - set(seen):
            axes.remove()
        below = GridSpec(len(seen), 1, height_ratios=[1 if axes.axison else 0.4 for axes in seen])
        for spot, axes in zip(below, seen, strict=True):
            axes.set_subplotspec(spot)
            axes.tick_params(labelbottom=True)
    return columns


def _thin(labels: Sequence[Text]) -> int:
    """Leave out every second label of an axis, and again, until none meets the next; return the most lines of one."""
    for label in labels:
        label.set_visible(True)
    kept = [label for label in labels if label.get_text()]
    lines = max((1 + label.get_text().count("\n") for label in kept), default=1)
    while len(kept) > 2 and any(
        one.get_window_extent().x1 + 4 > other.get_window_extent().x0 for one, other in itertools.pairwise(kept)
    ):
        for label in kept[-2::-2]:
            label.set_visible(False)
        kept = kept[::-2][::-1]
    return lines


def _marks(axes: Axes) -> Iterator[tuple[list, str, object, Any, Any]]:
    """Return the artists, what they are, their label, places and values, of lines, points, rows of bars and cells."""
    for line in axes.get_lines():
        if line.get_transform() is axes.transData:  # others only mark a value
            kind = "line" if line.get_linestyle() != "None" else "dot"
            yield [line], kind, line.get_label(), *line.get_data(orig=True)
    for cloud in (*axes.collections, *axes.images):
        if isinstance(cloud, PathCollection):
            yield [cloud], "dot", cloud.get_label(), *np.ma.getdata(cloud.get_offsets()).T
        elif isinstance(cloud, (QuadMesh, AxesImage)) and cloud.get_array().ndim == 2:
            values = np.ma.filled(cloud.get_array().astype(float), np.nan)
            yield [], "cell", "", np.indices(values.shape)[1].ravel(), values.ravel()
    for bars in axes.containers:
        patches, flat = list(getattr(bars, "patches", ())), getattr(bars, "orientation", "") == "horizontal"
        boxes = [(p.get_x(), p.get_y(), p.get_width(), p.get_height()) for p in patches]
        middles = [y + high / 2 if flat else x + wide / 2 for x, y, wide, high in boxes]
        yield patches, "bar", bars.get_label(), middles, [wide if flat else high for _, _, wide, high in boxes]


def _tell(axes: Axes, rows: list) -> None:
    """Give the marks of axes a title each, which a page shows on hover: series, place and value."""
    x_text, y_text = (_reader(axis, rows) for axis in (axes.xaxis, axes.yaxis))
    for artists, mark, label, places, values in _marks(axes):
        name, across = "" if str(label).startswith("_") else f"{label}, ", x_text
        if mark == "bar" and not isinstance(axes.yaxis.get_major_formatter(), ScalarFormatter):
            across, y_text = y_text, x_text
        told = tuple(f"{name}{across(x)}: {y_text(y)}" for x, y in zip(places, values, strict=True))
        for n, artist in enumerate(artists):
            artist.set_gid(told if len(artists) == 1 < _MOST_TITLES - len(told) else told[n : n + 1])


def _reader(axis: mpl.axis.Axis, rows: list) -> Format:
    """Return what reads a place on an axis: a category's name where it has names, else a plain number."""
    if isinstance(axis.get_major_formatter(), ScalarFormatter) or axis.get_scale() == "log":
        return _plainly
    labels = [label.get_text() for label in axis.get_majorticklabels()]
    named = dict(enumerate(rows)) if set(filter(None, labels)) <= set(map(str, rows)) else {}
    named |= {place: name for place, name in zip(axis.get_majorticklocs(), labels, strict=False) if name}
    return lambda value: _plainly(named.get(value, value))


def drawn(drawing: Drawing) -> pd.DataFrame:
    """Return the data that a figure's lines, points, bars and cells show: columns mark, series, x and y."""
    axes = [axes for axes in drawing.axes if axes.get_label() != "<colorbar>"]
    found = [
        pd.DataFrame({"mark": mark, "series": "" if str(label).startswith("_") else str(label), "x": x, "y": y})
        for one in axes for _, mark, label, x, y in _marks(one) if len(x)
    ]  # fmt: skip
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=["mark", "series", "x", "y"])


def _told(marks: pd.DataFrame, named: Format) -> list[str]:
    """Return how many marks there are, their range, and how each of the first three series goes."""
    values = pd.to_numeric(marks["y"], errors="coerce")
    if values.isna().all():
        return []
    parts = list(marks.assign(y=values).groupby("series", sort=False))[:3] if "line" in set(marks["mark"]) else []
    said = [course(str(name) or "values", part.set_index(part["x"].map(named))["y"], _plainly) for name, part in parts]
    return [f"{say.count(len(marks), 'mark')}, values from {_plainly(values.min())} to {_plainly(values.max())}", *said]


def _plainly(value: Any, years: bool = True) -> str:
    if not isinstance(value, (int, float, np.number)):
        return str(value)
    if years and 1990 <= value < 2060 and float(value).is_integer():
        return f"{value:.0f}"  # a year has no comma
    text = number(value, 1 if abs(value) >= 10 else 2)
    return text.rstrip("0").rstrip(".") if "." in text else text
