"""Names at the right end of lines: beside their last values, each with its line's marker, none over another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.transforms import offset_copy

from analysis.charts.axes import put_ticks, unit_above, unit_below
from analysis.charts.drawing import lay_out
from analysis.charts.labels import RIGHT, height_of, spread, wrapped, write
from analysis.charts.looks import PLAIN, Look
from analysis.words import Format


@dataclass(frozen=True)
class End:
    """A line's last value, its name and its look."""

    value: float
    text: str
    look: Look = PLAIN


def room_for(ends: Sequence[End], least: float) -> float:
    """Return the height in points that a drawing needs for its names, and at least this much."""
    return max(least, 70 + sum(height_of(wrapped(end.text, RIGHT)) for end in ends))


def name_ends(axes: Axes, ends: Sequence[End]) -> Callable[[], None]:
    """Write names right of the axes, from the lowest, and lay out the drawing with room for them.

    Returns:
        What brings them to their heights, once the axes have theirs and no layout follows; see `chart_of`.
    """
    ends = sorted(ends, key=lambda end: end.value)
    texts = [wrapped(end.text, RIGHT) for end in ends]
    look = {"xycoords": "axes fraction", "va": "center"}
    made = [
        write(axes, text, (1, 0.5), (14 if end.look.marker else 4, 0), color=end.look.text, **look)
        for end, text in zip(ends, texts, strict=True)
    ]
    lay_out(axes.figure)

    def settle() -> None:
        """Bring the names to their heights, each with its marker."""
        low, high = axes.get_ylim()
        tall = axes.bbox.height
        wanted = [(end.value - low) / (high - low) * tall for end in ends]
        heights = [height_of(text) for text in texts]
        beside = offset_copy(axes.transAxes, axes.figure, x=7, units="points")
        for end, label, middle in zip(ends, made, spread(wanted, heights, -12, tall + 2), strict=True):
            label.xy = (1, middle / tall)
            if end.look.marker:
                axes.plot(1, middle / tall, transform=beside, clip_on=False, linestyle="none", **end.look.mark)

    return settle


def name_all(
    axes: Axes, ends: Sequence[End], fmt: Format, units: tuple[str, str], above: Callable[[], float] = lambda: 0
) -> Callable[[], None]:
    """Give the vertical axis its ticks, both axes their units (that of the vertical first), and lines their names.

    `above` writes what stands between axes and unit and returns its height.

    Returns:
        What brings the names to their heights; see `name_ends`.
    """
    put_ticks(axes.yaxis, 5, fmt)
    unit = unit_above(axes)
    settle = name_ends(axes, ends)
    unit_below(axes, units[1])
    unit(units[0], above())
    return settle
