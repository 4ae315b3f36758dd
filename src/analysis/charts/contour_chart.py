"""A surface over two scales by its contour lines."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from analysis.charts.axes import put_ticks, unit_above, unit_below
from analysis.charts.drawing import ACCENT, FOCUS, About, Chart, chart_of, drawing_of, lay_out
from analysis.charts.labels import Box, box_beside, height_of, inside, meet, place_for, width_of, wrapped
from analysis.formats import Format

Scales = tuple[tuple[str, Format], tuple[str, Format]]
_THICK, _THIN = {"colors": ACCENT, "linewidths": 2.6}, {"colors": FOCUS, "linewidths": 1.1}


def contour(
    surface: pd.DataFrame,
    about: About,
    fmt: Format,
    axis: str,
    scales: tuple[tuple[str, Format], tuple[str, Format]],
    level: tuple[float, str] | None = None,
    point: tuple[float, float, str] | None = None,
) -> Chart:
    """Draw a surface over two scales by its contour lines, each with its value.

    Args:
        surface: values; its columns are x and its index y, both numbers that rise. Missing ones leave the lines out.
        about: id, title, subtitle and note.
        fmt: makes values text.
        axis: the unit of the values in words.
        scales: what x is and what makes it text; the same for y.
        level: a value to draw as a thick line, and its label.
        point: x, y and label of a place to mark, within the grid.

    Raises:
        ValueError: if the grid has fewer than two x or y, they do not rise, all values are equal or missing, or the
            point lies outside.
    """
    x, y = (np.asarray(part, dtype=float) for part in (surface.columns, surface.index))
    z = np.ma.masked_invalid(surface.to_numpy(dtype=float))
    _check_surface(x, y, z, point)
    labels = {} if level is None else {level[0]: level[1]}
    values = [value for value in [*labels, *_levels(z, labels, fmt)] if z.min() < value < z.max()]
    if not values:
        raise ValueError("contour: expected values further apart than the format tells; give it more decimals")
    with drawing_of(270) as (drawing, axes):
        axes.set(xlim=(x.min(), x.max()), ylim=(y.min(), y.max()))
        _put_scales(drawing, axes, scales)
        taken = _mark(axes, point) if point else []
        for value in values:
            look = _THICK if value in labels else _THIN
            drawn = axes.contour(x, y, z, levels=[value], **look)
            _label_line(axes, drawn, wrapped(labels.get(value, fmt(value)), 110), taken)
        table, formats = _table(surface, x, fmt, scales)
        found = [*_surface_words(z, fmt, axis, level), f"marked: {point[2]}" if point else ""]
        return chart_of("Contour chart", about, drawing, found, table, formats)


def _check_surface(x: np.ndarray, y: np.ndarray, z: np.ma.MaskedArray, point: tuple | None) -> None:
    if len(x) < 2 or len(y) < 2:
        raise ValueError(f"contour: expected a grid of at least 2 by 2; got {len(y)} by {len(x)}")
    if not ((np.diff(x) > 0).all() and (np.diff(y) > 0).all()):
        raise ValueError("contour: expected x and y that rise from each to the next")
    if not z.count() or z.min() == z.max():
        raise ValueError("contour: expected values that differ, as level ground has no contour lines")
    if point and not (x[0] <= point[0] <= x[-1] and y[0] <= point[1] <= y[-1]):
        raise ValueError(f"contour: expected a point within the grid; got {point[0]:g}, {point[1]:g}")


def _levels(z: np.ma.MaskedArray, named: Sequence[float], fmt: Format) -> list[float]:
    """Return round values to draw lines at, none so close to a named one that the two would run together."""
    whole = fmt(0.5) in (fmt(0), fmt(1))
    ticks = mpl.ticker.MaxNLocator(7, steps=[1, 2, 5, 10], integer=whole).tick_values(z.min(), z.max())
    step = ticks[1] - ticks[0]
    ticks = [t for t in ticks if not whole or t == round(t)]  # no two lines with the same text
    return [float(t) for t in ticks if z.min() < t < z.max() and all(abs(t - n) > step / 3 for n in named)]


def _put_scales(drawing: Drawing, axes: Axes, scales: Scales) -> None:
    """Give both axes their ticks and units, and lay out the drawing."""
    axes.grid(visible=False)
    axes.spines["left"].set_visible(True)
    unit = unit_above(axes)
    put_ticks(axes.yaxis, 5, scales[1][1])
    lay_out(drawing)
    put_ticks(axes.xaxis, 5, scales[0][1])
    unit_below(axes, scales[0][0])
    unit(scales[1][0])
    lay_out(drawing)


def _mark(axes: Axes, point: tuple[float, float, str]) -> list[Box]:
    """Draw a marked point with its label; return the boxes that other labels must leave free."""
    x, y = axes.transData.transform(point[:2])
    look = {"marker": "o", "markersize": 8, "markeredgewidth": 1.5, "color": FOCUS, "markeredgecolor": "white"}
    axes.plot(*point[:2], zorder=5, clip_on=False, **look)
    text, own = wrapped(point[2], 110), (x - 6, y - 6, x + 6, y + 6)
    box = place_for((x, y), text, _inside(axes), [], gaps=(7, 16))
    if box:
        _put(axes, text, box)
    return [own, box] if box else [own]


def _label_line(axes: Axes, drawn: mpl.contour.ContourSet, text: str, taken: list[Box]) -> None:
    """Write a level's value over its line where no other label stands, best in the middle of its longest part."""
    parts = [part for path in drawn.get_paths() for part in path.to_polygons(axes.transData, closed_only=False)]
    if not parts:
        return
    along, within = _evenly(max(parts, key=lambda part: np.hypot(*np.diff(part, axis=0).T).sum())), _inside(axes)
    for n in sorted(range(len(along)), key=lambda n: abs(n - len(along) // 2)):
        box = box_beside(tuple(along[n]), width_of(text) + 4, height_of(text), (0, 0), 0)
        if inside(box, within) and not any(meet(box, other) for other in taken):
            _put(axes, text, box)
            taken.append(box)
            return


def _evenly(line: np.ndarray, count: int = 61) -> np.ndarray:
    """Return points at even distances along a line."""
    far = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.linspace(0, far[-1], count)
    return np.column_stack([np.interp(at, far, line[:, n]) for n in (0, 1)])


def _inside(axes: Axes) -> Box:
    return (axes.bbox.x0 + 2, axes.bbox.y0 + 2, axes.bbox.x1 - 2, axes.bbox.y1 - 2)


def _put(axes: Axes, text: str, box: Box) -> None:
    """Write a label into its box, on white."""
    x, y = axes.transAxes.inverted().transform(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2))
    white = {"boxstyle": "square,pad=0.05", "facecolor": "white", "edgecolor": "none"}
    axes.text(x, y, text, transform=axes.transAxes, ha="center", va="center", zorder=6, bbox=white)


def _table(surface: pd.DataFrame, x: np.ndarray, fmt: Format, scales: Scales) -> tuple:
    """Return the surface as a table, a row a y and a column an x, and its formats."""
    table = surface.rename_axis(f"{scales[1][0]} / {scales[0][0]}")
    table.columns = [scales[0][1](value) for value in x]
    table = table.reset_index()
    return table, dict.fromkeys(table.columns[1:], fmt) | {table.columns[0]: scales[1][1]}


def _surface_words(z: np.ma.MaskedArray, fmt: Format, axis: str, level: tuple[float, str] | None) -> list[str]:
    said = [f"{axis} from {fmt(z.min())} to {fmt(z.max())}"]
    if level:
        over = int((z >= level[0]).sum())
        said.append(f"{level[1]}: reached in {over} of {int(z.count())} places of the grid")
    return said
