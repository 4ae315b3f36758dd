"""Any figure of matplotlib or seaborn as a chart of a page: house style, SVG, alternative text and data table."""

from __future__ import annotations

import warnings
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from cycler import cycler
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import FuncFormatter, LogFormatter, NullFormatter

from analysis import words as say
from analysis.charts import words
from analysis.charts.drawing import WIDTH, Chart, house_settings
from analysis.charts.svg import Canvas, svg_of
from analysis.files import anchor
from analysis.html import Table
from analysis.words import number

_SHAPE = (WIDTH / 72, 3.4)
_DASHES = ["-", "--", ":", "-."]
_SIDES = ("left", "center", "right")
_MOST_ROWS = 400
"""Rows of a data table that is read from a drawing; of more marks only a count is said."""


def house_style() -> None:
    """Give all that is drawn from now on the house style, at a page's size; lines differ by more than their hue."""
    settings = {**house_settings(), "figure.figsize": _SHAPE, "figure.dpi": 72, "axes.axisbelow": True}
    settings["text.parse_math"] = False
    hues = settings["axes.prop_cycle"].by_key()["color"]
    settings["axes.prop_cycle"] = cycler(color=hues, linestyle=(_DASHES * len(hues))[: len(hues)])
    mpl.rcParams.update(settings)


def figure_of(made: Any) -> Drawing:
    """Return the figure of an Axes, of a seaborn grid, or a figure itself.

    Raises:
        TypeError: for anything else.
    """
    found = made if isinstance(made, Drawing) else getattr(made, "figure", None)
    if not isinstance(found, Drawing):
        raise TypeError(f"expected a figure or axes of matplotlib or seaborn; got {type(made).__name__}")
    return found


def chart(
    made: Any,
    title: str = "",
    subtitle: str = "",
    note: str = "",
    alt: str = "",
    data: pd.DataFrame | None = None,
    name: str = "",
) -> Chart:
    """Return what matplotlib or seaborn has drawn as a chart of a page.

    Args:
        made: a figure, axes, or a grid of seaborn.
        title: what it shows, as text beside it; that of the axes if blank, which is then not drawn.
        subtitle: measure, place and time; the axes' labels if blank.
        note: stands below.
        alt: alternative text; if blank it says what is drawn, with its range, and the title.
        data: the table behind it; if None it is read from the marks.
        name: its id, unique on the page; made of the title if blank.

    Raises:
        TypeError: as `figure_of`.
    """
    drawing = figure_of(made)
    axes = drawing.axes[0] if drawing.axes else drawing.subplots()
    own = next(filter(None, map(axes.get_title, _SIDES)), "")
    title = title or own or "Chart"
    for side in _SIDES if own == title else ():
        axes.set_title("", loc=side)
    labels = [label for label in (axes.get_ylabel(), axes.get_xlabel()) if label]
    subtitle = subtitle or " by ".join(labels)
    frame = drawn(drawing) if data is None else data.copy()
    alt = alt or words.sentences([f"Chart: {subtitle or title}", *_ranges(frame), title])
    name = name or anchor(title) or "chart"
    table = Table(f"{name}-data", subtitle or title, frame)
    return Chart(name, title, subtitle, say.sentence(alt), note, picture(drawing), table)


def picture(drawing: Drawing) -> str:
    """Return a figure as SVG as wide as a page's charts, its text as text; the figure is closed."""
    wide, high = drawing.get_size_inches()
    for axis in (axis for axes in drawing.axes for axis in (axes.xaxis, axes.yaxis)):
        if isinstance(axis.get_major_formatter(), LogFormatter):  # it writes powers as mathematics, which is no text
            axis.set_major_formatter(FuncFormatter(lambda value, _: _plainly(value)))
            axis.set_minor_formatter(NullFormatter())
    Canvas(drawing)
    drawing.set_dpi(72)
    drawing.set_size_inches(_SHAPE[0], high * _SHAPE[0] / wide)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a layout found no room is seen on the picture
        drawing.tight_layout()
    made = svg_of(drawing)
    plt.close(drawing)
    return made


def drawn(drawing: Drawing) -> pd.DataFrame:
    """Return the data that a figure's lines, points, bars and cells show: columns series, x, y, and value of cells."""
    parts = [part for axes in drawing.axes if axes.get_label() != "<colorbar>" for part in _marks(axes)]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["series", "x", "y"])
    return frame if len(frame) <= _MOST_ROWS else frame.iloc[:0]


def _marks(axes: Any) -> list[pd.DataFrame]:
    """Return a table for each line, cloud of points, row of bars and mesh of some axes."""
    found = []
    for line in axes.get_lines():
        x, y = line.get_data(orig=True)
        found.append(_table(line.get_label(), x, y))
    for cloud in axes.collections:
        if isinstance(cloud, PathCollection):
            found.append(_table(cloud.get_label(), *np.ma.getdata(cloud.get_offsets()).T))
        elif isinstance(cloud, QuadMesh):
            rows, columns = np.indices(cloud.get_array().shape).reshape(2, -1)
            found.append(_table("", columns, rows).assign(value=np.ma.filled(cloud.get_array(), np.nan).ravel()))
    for bars in axes.containers:
        patches = [patch for patch in getattr(bars, "patches", ()) if hasattr(patch, "get_width")]
        upright = getattr(bars, "orientation", "vertical") != "horizontal"
        across = [(p.get_x() + p.get_width() / 2, p.get_y() + p.get_height() / 2)[not upright] for p in patches]
        along = [p.get_height() if upright else p.get_width() for p in patches]
        found.append(_table(bars.get_label(), across, along))
    return [table for table in found if len(table)]


def _table(label: object, x: Any, y: Any) -> pd.DataFrame:
    series = "" if str(label).startswith("_") else str(label)
    return pd.DataFrame({"series": series, "x": np.asarray(x), "y": np.asarray(y)})


def _ranges(frame: pd.DataFrame) -> list[str]:
    """Return how many rows there are, and the range of each column of numbers, in words."""
    numbers = frame.select_dtypes("number")
    said = [
        f"{name} from {_plainly(values.min())} to {_plainly(values.max())}"
        for name, values in list(numbers.items())[:3]
        if values.notna().any()
    ]
    return [f"{say.count(len(frame), 'row')} of data", *said] if len(frame) else []


def _plainly(value: float) -> str:
    return number(value, 0 if float(value).is_integer() else 1 if abs(value) >= 10 else 2)
