"""What every chart shares: house style, the way to SVG, axes, labels, and the `Chart` it becomes."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from analysis import narrative
from analysis.formats import Format
from analysis.methods.intervals import Interval
from analysis.tables import Table

FOCUS, GREY, ACCENT, TEXT = "#12436D", "#BFBFBF", "#F46A25", "#3D3D3D"
CATEGORIES = ("#12436D", "#28A197", "#801650", "#F46A25")
SEQUENCE = ("#6BACE6", "#2073BC", "#12436D")
"""Palettes of the Government Analysis Function, in their order."""

_WIDTH = 6.4  # inches; 614 pixels, the width of a column of text on a page
_FONTS = "'DejaVu Sans', Verdana, Arial, sans-serif"
_STYLE = {
    "font.family": "DejaVu Sans",  # ships with matplotlib, so that every machine lays text out alike
    "font.size": 11,
    "svg.fonttype": "none",
    "svg.hashsalt": "analysis",
    "figure.constrained_layout.use": True,
    "text.parse_math": False,  # a dollar sign in a label is a dollar sign
}

Rows = pd.DataFrame | Sequence[tuple]
"""A chart's data: a table with the columns it names, or tuples in their order; the last may be an `Interval`."""


@dataclass(frozen=True)
class Chart:
    """A drawing with everything a reader needs besides it.

    `svg` starts at its <svg> tag. `alt` says kind, measure and main finding. `table` is the data.
    """

    id: str
    title: str
    subtitle: str
    alt: str
    note: str
    svg: str
    table: Table


@dataclass(frozen=True)
class About:
    """What a chart is about.

    `id` is unique on the page, `title` is the finding, `subtitle` measure, place and time, `note` stands below.
    """

    id: str
    title: str
    subtitle: str
    note: str = ""


def frame_of(rows: Rows, *columns: str) -> pd.DataFrame:
    """Return a chart's data as a table with these columns, and lower and upper where rows end in an interval."""
    if isinstance(rows, pd.DataFrame):
        return rows
    flat = [(*row[:-1], *row[-1]) if isinstance(row[-1], Interval) else tuple(row) for row in rows]
    names = [*columns, "lower", "upper"]
    return pd.DataFrame(flat, columns=names[: len(flat[0])])


@contextmanager
def drawing_of(height: float):
    """Give axes in the house style; close the drawing whatever happens."""
    with plt.style.context(["default", "afcharts.afcharts", _STYLE]):
        drawing, axes = plt.subplots(figsize=(_WIDTH, height))
        try:
            yield drawing, axes
        finally:
            plt.close(drawing)


def _svg(drawing: Drawing) -> str:
    """Return a drawing as SVG that is the same on every machine: no date, fixed ids, named fonts."""
    out = io.StringIO()
    drawing.savefig(out, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.S)
    # matplotlib derives ids from unrounded coordinates; numbered in order they do not depend on the last digit.
    for number, name in enumerate(dict.fromkeys(re.findall(r'id="([mp][0-9a-f]{10})"', text)), 1):
        text = text.replace(name, f"id{number}")
    text = re.sub(r"(font(?:-family)?:[^;\"]*?)'DejaVu Sans'", rf"\1{_FONTS}", text)
    return _lighter(text)


def _lighter(text: str) -> str:
    """Return an SVG without what no reader sees: ids that nothing refers to, indentation, digits past a hundredth."""
    used = set(re.findall(r"""(?:href="|url\()#([^")]+)""", text))
    text = re.sub(r' id="([^"]*)"', lambda found: found[0] if found[1] in used else "", text)
    text = re.sub(r' transform="rotate\(-0 [^"]*\)"', "", text)
    text = re.sub(r">\s+<", ">\n<", text)
    # A hundredth of a point is enough, and hides last-digit differences; text between the tags is left alone.
    return re.sub(r"<[^>]*>", lambda tag: re.sub(r"(\d+\.\d{2})\d+", r"\1", tag[0]), text)


def chart_of(kind: str, about: About, drawing: Drawing, frame: pd.DataFrame, formats: dict[str, Format]) -> Chart:
    alt = f"{kind}: {about.subtitle.rstrip('.')}. {narrative.sentence(about.title)}"
    right = [column for column in frame.columns[1:] if column in formats]  # also where a symbol stands for a number
    table = Table(about.id + "-data", about.subtitle, frame, formats, right=right)
    return Chart(about.id, about.title, about.subtitle, alt, about.note, _svg(drawing), table)


def height_of(labels: Iterable[str]) -> float:
    """Return a drawing's height in inches: room for each line of each wrapped label."""
    return 0.9 + sum(max(0.42, 0.19 * text.count("\n") + 0.3) for text in wrapped(labels))


def wrapped(labels: Iterable[str], width: int = 27) -> list[str]:
    """Break long labels, so that the drawing and not its labels gets the width."""
    return [textwrap.fill(str(label), width, break_long_words=False) for label in labels]


def _tick(fmt: Format) -> Callable[[float, int], str]:
    """Return a tick formatter that writes 10% where a value would read 10.0%."""
    return lambda value, _: re.sub(r"\.0+(?=\D|$)", "", fmt(value))


def put_ticks(axis: mpl.axis.Axis, most: int, fmt: Format) -> None:
    """Put ticks where their text is exact: at whole numbers if the format has no decimals, so 1.6 is not marked 2."""
    whole = fmt(0.5) in (fmt(0), fmt(1))
    axis.set_major_locator(mpl.ticker.MaxNLocator(most, steps=[1, 2, 5, 10], integer=whole))
    axis.set_major_formatter(_tick(fmt))


def write(axes: Axes, text: str, at: tuple, shift: tuple[float, float], **look: object) -> None:
    """Write text beside a point: `shift` is in points, so that it does not depend on the axes' scale."""
    axes.annotate(text, at, shift, textcoords="offset points", **({"color": TEXT, "fontsize": 10} | look))


def value_axis(axes: Axes, fmt: Format, label: str) -> None:
    """Lay out a horizontal value axis: light grid lines, formatted ticks, a unit in words."""
    put_ticks(axes.xaxis, 4, fmt)
    axes.set_xlabel(label)
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)


def bar_values(axes: Axes, places: Iterable[int], ends: Iterable[float], values: Iterable[float], fmt: Format) -> None:
    """Write each value beyond the end of its bar, on the left below zero, and make room for it on the axis."""
    for place, end, value in zip(places, ends, values, strict=True):
        shift, align = (-5, "right") if end < 0 else (5, "left")
        write(axes, fmt(value), (end, place), (shift, 0), va="center", ha=align)
    low, high = min([0.0, *ends]), max([0.0, *ends])
    room = 0.17 * (high - low) or 1.0
    axes.set_xlim(low - room if low < 0 else 0, high + room if high > 0 or low == 0 else 0)
