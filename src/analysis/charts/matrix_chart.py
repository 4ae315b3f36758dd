"""A table of numbers as shaded cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.patches import Rectangle

from analysis.charts import words
from analysis.charts.axes import Lines, lines_for
from analysis.charts.drawing import ACCENT, SEQUENCE, WIDTH, About, Chart, chart_of, drawing_of, lay_out
from analysis.charts.words import height_of, width_of, wrapped
from analysis.words import Format, missing

_CELL, _EDGE = 24, 10
"""Least height of a row, and what the edges of a drawing take, in points."""


def matrix(
    frame: pd.DataFrame,
    about: About,
    fmt: Format,
    row_name: str,
    marked: pd.DataFrame | None = None,
    extra: pd.DataFrame | None = None,
) -> Chart:
    """Draw a table of numbers as shaded cells, each with its value; marked cells get a frame and bold text.

    Where the columns do not fit beside the rows' labels, these stand above their rows; where they still do not fit,
    some columns are drawn below the others.

    Args:
        frame: numbers, one row and column a label; a missing one is drawn as [x].
        about: id, title, subtitle and note.
        fmt: makes values text.
        row_name: what the rows are.
        marked: True where a cell is to stand out; same shape.
        extra: further columns of text for the table, such as intervals; rows as in `frame`.

    Raises:
        ValueError: if there is no cell, or marked has another shape.
    """
    _refuse_odd(frame, marked)
    frame = frame.replace([np.inf, -np.inf], np.nan)
    texts = frame.map(lambda value: "[x]" if missing(value) else fmt(value))
    shades, bold = _shades(frame), np.zeros(frame.shape, bool) if marked is None else marked.to_numpy(bool)
    lines, above, parts, widths = _arranged(frame, texts)
    heads = [wrapped(column, wide - 5) for column, wide in zip(frame.columns, widths, strict=True)]
    height = len(parts) * (lines.height + max(map(height_of, heads)) + _EDGE) + 4
    with drawing_of(height, len(parts)) as (drawing, made):
        for axes, part in zip([made] if len(parts) == 1 else made, parts, strict=True):
            cells = (texts.iloc[:, part].to_numpy(), shades[:, part], bold[:, part], widths[part])
            axes.set_xticks(_draw_cells(axes, lines, above, *cells), [heads[n] for n in part])
            axes.set_yticks([] if above else lines.places, [] if above else lines.labels)
            axes.set_xlim(0, max(widths[p].sum() for p in parts))
            axes.grid(visible=False)
            axes.spines[:].set_visible(False)
            axes.xaxis.tick_top()
        lay_out(drawing)
        table = (frame if extra is None else frame.join(extra)).rename_axis(row_name).reset_index()
        formats, symbols = dict.fromkeys(frame.columns, fmt), ["[x]"] if frame.isna().any(axis=None) else []
        table = table.rename_axis(columns=None)
        return chart_of("Table with shaded cells", about, drawing, _found(frame, fmt), table, formats, symbols)


def _refuse_odd(frame: pd.DataFrame, marked: pd.DataFrame | None) -> None:
    """Refuse numbers that are no table, and marks of another shape."""
    if frame.empty:
        raise ValueError("matrix: expected at least one row and one column; got none")
    if marked is not None and marked.shape != frame.shape:
        raise ValueError(f"matrix: expected marked in the shape {frame.shape}; got {marked.shape}")


def _found(frame: pd.DataFrame, fmt: Format) -> list[str]:
    """Return what the cells show: the highest, the lowest, and how many have no number."""
    names = [f"{row}, {column}" for row in frame.index for column in frame.columns]
    return [words.extremes(names, frame.to_numpy().ravel(), fmt, "cells"), words.unknown(int(frame.isna().sum().sum()))]


def _arranged(frame: pd.DataFrame, texts: pd.DataFrame) -> tuple[Lines, bool, list[list[int]], np.ndarray]:
    """Return the rows, whether their labels stand above, which columns stand beside each other, and their widths."""
    widths = np.array([_width(column, texts.iloc[:, n]) for n, column in enumerate(frame.columns)])
    beside = lines_for(frame.index, _CELL)
    room = WIDTH - max(map(width_of, beside.labels)) - _EDGE
    above = room < widths.sum() <= WIDTH - _EDGE
    if above:
        room = WIDTH - _EDGE
        labels = [wrapped(label, room) for label in frame.index]
        heights = np.array([height_of(label) + _CELL + 4 for label in labels])
        beside = Lines(labels, np.cumsum(heights) - _CELL / 2 - 2, float(heights.sum()))
    parts: list[list[int]] = [[]]
    for n, wide in enumerate(widths):
        if parts[-1] and widths[parts[-1]].sum() + wide > room:
            parts.append([])
        parts[-1].append(n)
    spare = min((room - widths[part].sum()) / len(part) for part in parts)
    return beside, above, parts, np.minimum(widths + max(0, spare), room)


def _width(column: object, texts: pd.Series) -> float:
    """Return the width a column asks for: that of its values, and of its head's words unless they are very long."""
    values = max(width_of(text, bold=True) for text in texts) + 8
    return max(values, *(min(78, width_of(word) + 7) for word in str(column).split()), 22)


def _shades(frame: pd.DataFrame) -> np.ndarray:
    """Return a colour for each cell, from white to the light blue on which dark text can be read; white if missing."""
    values = frame.to_numpy(float)
    known = values[np.isfinite(values)]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
    share = np.nan_to_num((values - low) / ((high - low) or 1.0))
    colours = LinearSegmentedColormap.from_list("shades", ["#FFFFFF", SEQUENCE[0]])(share)
    return np.array([[to_hex(colour) for colour in row] for row in colours], dtype=object).reshape(frame.shape)


def _draw_cells(axes: Axes, lines: Lines, above: bool, texts: np.ndarray, shades: np.ndarray, bold: np.ndarray,
                widths: np.ndarray) -> np.ndarray:  # fmt: skip
    """Draw cells with their values, their rows' labels beside or above them; return the columns' middles."""
    ends, lefts = _ends(lines), np.cumsum(widths) - widths
    axes.set_ylim(lines.height, 0)
    for row, place in enumerate(lines.places):
        half = _CELL / 2 if above else (ends[row + 1] - ends[row]) / 2
        for column, text in enumerate(texts[row]):
            cell = ((lefts[column], place - half), widths[column], 2 * half)
            axes.add_patch(Rectangle(*cell, facecolor=shades[row, column], edgecolor="white"))
            weight = "bold" if bold[row, column] else "normal"
            look = {"ha": "center", "va": "center_baseline", "color": "black", "fontweight": weight}
            axes.text(lefts[column] + widths[column] / 2, place, text, **look)
        for column in np.flatnonzero(bold[row]):
            edge = {"fill": False, "edgecolor": ACCENT, "linewidth": 2.4, "zorder": 2}
            corner = (lefts[column] + 2, place - half + 2)
            axes.add_patch(Rectangle(corner, widths[column] - 4, 2 * half - 4, **edge))
        if above:
            axes.text(0, place - half - 2, lines.labels[row], ha="left", va="bottom")
    return lefts + widths / 2


def _ends(lines: Lines) -> np.ndarray:
    """Return where rows begin and end, in points from the top."""
    ends = [0.0]
    for place in lines.places:
        ends.append(2 * place - ends[-1])
    return np.array(ends)
