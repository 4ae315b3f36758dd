"""What every chart shares: house style, its data, axes to draw on, and the `Chart` it becomes.

A drawing is 4.5 inches wide and its text 10 points high, so that a phone shows it without scrolling.
Its unit is the point throughout: 72 dots an inch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from analysis.charts import words
from analysis.charts.svg import SIZE, TEXT, Canvas, svg_of
from analysis.html import Table
from analysis.methods.intervals import Interval
from analysis.words import SYMBOL_KEY, Format, missing


@dataclass(frozen=True)
class Look:
    """A line's colour, a darker one for its name, its dash, its marker, its width and its marker's size in points."""

    colour: str
    text: str
    dash: str | tuple
    marker: str
    width: float = 1.8
    size: float = 5.5
    hollow: bool = False

    @property
    def mark(self) -> dict:
        """The marker alone, as matplotlib takes it."""
        inside = {"markerfacecolor": "white", "markeredgewidth": 1.5} if self.hollow else {"markeredgewidth": 0}
        return {"marker": self.marker, "markersize": self.size, "color": self.colour} | inside

    @property
    def line(self) -> dict:
        """Line and marker, as matplotlib takes them."""
        return self.mark | {"linestyle": self.dash, "linewidth": self.width, "dash_capstyle": "butt"}


LOOKS = {
    "area": Look("#12436D", "#12436D", "solid", "o", 2.6, 6),
    "neighbours": Look("#28A197", "#1B6E67", (0, (1, 1.2)), "^", size=6.5),
    "england": Look("#801650", "#801650", (0, (4, 1.6)), "s"),
    "region": Look("#F46A25", "#A8410A", (0, (5, 1.5, 1, 1.5)), "D", size=5),
}
"""The look of each role; the order is that of the palette, and decides for series without a role."""
PLAIN = Look(TEXT, TEXT, (0, (4, 2)), "", 1.2)
"""The look of a value that is only marked."""


def looks_of(kind: str, names: Sequence[str], roles: Mapping[str, str] | None) -> dict[str, Look]:
    """Return each series' look: that of its role, or the next that none has.

    Raises:
        ValueError: for more series than looks, a role that is not known, or one that two series have.
    """
    if len(names) > len(LOOKS):
        raise ValueError(
            f"{kind}: expected at most {len(LOOKS)} series, as more cannot be told apart; got {len(names)}"
        )
    given = {name: role for name, role in (roles or {}).items() if name in names}
    for name, role in given.items():
        if role not in LOOKS:
            raise ValueError(f"{kind}: expected a role of {', '.join(LOOKS)}; {name!r} has {role!r}")
    if len(set(given.values())) < len(given):
        raise ValueError(f"{kind}: expected each role once; got {', '.join(given.values())}")
    free = iter([role for role in LOOKS if role not in given.values()])
    return {name: LOOKS[given.get(name) or next(free)] for name in names}


FOCUS, GREY, ACCENT, REFERENCE, QUIET = "#12436D", "#BFBFBF", "#F46A25", "#801650", "#6B6B6B"
"""The area looked at; others, in bars that are labelled; what stands out; a value to compare with; other marks."""
SEQUENCE = ("#6BACE6", "#2073BC", "#12436D")
"""Sequential palette of the Government Analysis Function, in its order."""

WIDTH, EDGE = 324, 3
"""Width of a drawing, and room left around everything, in points."""
_STYLE = {
    "font.family": "DejaVu Sans",  # ships with matplotlib, so that every machine lays text out alike
    "font.size": SIZE,
    "text.color": TEXT,
    "axes.labelcolor": TEXT,
    "xtick.labelcolor": TEXT,
    "ytick.labelcolor": TEXT,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.major.pad": 7,
    "ytick.major.pad": 4,
    "lines.linewidth": 2,
    "path.simplify": False,
    "text.parse_math": False,  # a dollar sign in a label is a dollar sign
}

Rows = pd.DataFrame | Sequence[tuple]
"""A chart's data: a table with the columns it names, or tuples in their order; the last may be an `Interval`."""


@dataclass(frozen=True)
class Chart:
    """A drawing with everything a reader needs besides it.

    `svg` starts at its <svg> tag. `alt` says kind, measure, what the data show and the main finding. `table` is
    the data.
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


def frame_of(kind: str, rows: Rows, *columns: str) -> pd.DataFrame:
    """Return a chart's data as a table with these columns, and lower and upper where rows end in an interval.

    Values that are infinite become missing.

    Raises:
        ValueError: if there is no row, or a column is not there.
    """
    if not len(rows):
        raise ValueError(f"{kind}: expected at least one row; got none")
    if not isinstance(rows, pd.DataFrame):
        flat = [(*row[:-1], *row[-1]) if isinstance(row[-1], Interval) else tuple(row) for row in rows]
        names = [*columns, "lower", "upper"]
        rows = pd.DataFrame(flat, columns=names[: len(flat[0])])
    for column in columns:
        if column not in rows:
            raise ValueError(f"{kind}: expected the columns {', '.join(columns)}; {column!r} is missing")
    return rows.reset_index(drop=True).replace([np.inf, -np.inf], np.nan)


def with_limits(frame: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """Return data with lower and upper, missing where not given, and whether any was given."""
    given = {"lower", "upper"} <= set(frame)
    return (frame if given else frame.assign(lower=np.nan, upper=np.nan)), given


def symbols_of(frame: pd.DataFrame) -> list[str]:
    """Return what stands for each row's value where it is missing: "[c]" from a column symbol, else "[x]"."""
    given = frame["symbol"].fillna("") if "symbol" in frame else [""] * len(frame)
    return [f"[{str(symbol).strip('[]') or 'x'}]" for symbol in given]


def shown(values: Sequence[float], symbols: Sequence[str], fmt: Format) -> list[str]:
    """Return values as text, the symbol where one is missing."""
    return [symbol if missing(value) else fmt(value) for value, symbol in zip(values, symbols, strict=True)]


def with_symbols(values: pd.Series, symbols: Sequence[str]) -> pd.Series:
    """Return a column for a table in which symbols stand for missing values; [x] is left to the table."""
    said = [s if missing(v) and s != "[x]" else v for v, s in zip(values, symbols, strict=True)]
    return pd.Series(said, index=values.index) if said != list(values) else values


@cache
def house_settings() -> dict[str, object]:
    """Return matplotlib's settings in the house style, whatever they were; read once, as that takes 2 ms."""
    with plt.style.context(["default", "afcharts.afcharts", _STYLE]):
        return {name: value for name, value in mpl.rcParams.items() if name not in ("backend", "interactive")}


@contextmanager
def drawing_of(height: float, parts: int = 1) -> Iterator[tuple[Drawing, Axes]]:
    """Give a drawing of a height in points and its axes, or a list of axes below each other, in the house style."""
    with mpl.rc_context(house_settings()):
        drawing = Drawing(figsize=(WIDTH / 72, height / 72), dpi=72)
        Canvas(drawing)
        made = drawing.subplots(parts, squeeze=False)[:, 0]
        for axes in made:
            axes.set_title("", y=1.0)  # else matplotlib measures everything to see how high a title must stand,
            axes.yaxis.set_label_coords(0, 0.5)  # and how far out a label, which no vertical axis has here
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_major_locator(mpl.ticker.NullLocator())  # each kind puts its own
        yield drawing, made[0] if parts == 1 else list(made)


def lay_out(drawing: Drawing) -> None:
    """Place the axes below each other, so that what is written around them has its room and no more.

    How much that is hardly depends on their size: it is measured once each time, where matplotlib's own constrained
    layout measures twice, and takes a good part of a chart's time. A chart does it before and after it is labelled.
    """
    wide, high = drawing.bbox.width, drawing.bbox.height
    around = np.array([_around(axes) for axes in drawing.axes])
    left, right = around[:, 0].max(), around[:, 2].max()
    top = high - sum(key.get_tightbbox().height + 2 * EDGE for key in drawing.legends)  # see `key_above`
    shares = np.array(drawing.axes[0].get_gridspec().get_height_ratios(), float)
    heights = (top - around[:, [1, 3]].sum()) * shares / shares.sum()
    for axes, tall, (_, below, _, above) in zip(drawing.axes, heights, around, strict=True):
        top -= above + tall
        axes.set_position((left / wide, top / high, (wide - left - right) / wide, tall / high))
        top -= below


def _around(axes: Axes) -> tuple[float, float, float, float]:
    """Return how much room an axes' surroundings need left, below, right and above, in points."""
    own, whole = axes.get_window_extent(), axes.get_tightbbox(for_layout_only=True)
    return (
        own.x0 - whole.x0 + EDGE,
        own.y0 - whole.y0 + EDGE,
        whole.x1 - own.x1 + EDGE,
        whole.y1 - own.y1 + EDGE,
    )


def chart_of(
    kind: str,
    about: About,
    drawing: Drawing,
    found: Sequence[str],
    frame: pd.DataFrame,
    formats: Mapping[str, Format],
    symbols: Sequence[str] = (),
    settle: Callable[[], None] = lambda: None,
) -> Chart:
    """Return a finished drawing as a chart.

    Args:
        kind: what the chart is called in its alternative text.
        about: id, title, subtitle and note.
        drawing: with all that is to be seen.
        found: what the data show, a sentence each.
        frame: everything drawn, for the table.
        formats: columns of numbers and what makes them text.
        symbols: symbols drawn for missing values, which the note explains.
        settle: what is to be done when the axes have their final size.
    """
    lay_out(drawing)
    settle()
    alt = words.sentences([f"{kind}: {about.subtitle.rstrip('.')}", *found, about.title])
    right = [column for column in frame.columns[1:] if column in formats]  # also where a symbol stands for a number
    table = Table(about.id + "-data", about.subtitle, frame, dict(formats), right=right)
    drawn = [s.strip("[]") for s in dict.fromkeys(symbols)]
    key = "; ".join(f"[{s}] {SYMBOL_KEY[s]}" for s in drawn if s in SYMBOL_KEY)
    note = " ".join(filter(None, [about.note, key + "." if key else ""]))
    return replace(Chart(about.id, about.title, about.subtitle, alt, note, "", table), svg=svg_of(drawing))
