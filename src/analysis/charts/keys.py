"""A key above a drawing, for marks that cannot carry their names."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.charts.drawing import WIDTH
from analysis.charts.labels import height_of, width_of, wrapped


def key_height(names: Sequence[str]) -> float:
    """Return the height a key takes, in points."""
    broken, side_by_side = _arranged(names)
    return max(map(height_of, broken)) + 6 if side_by_side else sum(height_of(name) + 3 for name in broken) + 6


def key_above(drawing: Drawing, entries: Sequence[tuple[str, dict]]) -> None:
    """Write names with their marks above a drawing, side by side if they fit, else below each other.

    Args:
        drawing: with room for the key.
        entries: names, and the look of a marker, or of a patch if it has a facecolor.
    """
    names, side_by_side = _arranged([name for name, _ in entries])
    handles = [
        Patch(**look) if "facecolor" in look else Line2D([], [], linestyle="none", **look) for _, look in entries
    ]
    look = {"borderpad": 0, "borderaxespad": 0.2, "handlelength": 1.1, "handletextpad": 0.4, "columnspacing": 1.2}
    columns = len(names) if side_by_side else 1
    if names:
        drawing.legend(handles, names, loc="outside upper left", ncols=columns, labelspacing=0.3, **look)


def _arranged(names: Sequence[str]) -> tuple[list[str], bool]:
    """Return names broken into lines, and whether they fit side by side."""
    broken = [wrapped(name, WIDTH - 40) for name in names]
    return broken, sum(width_of(name) + 30 for name in broken) < WIDTH
