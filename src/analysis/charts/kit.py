"""What every chart shares: house style, data, two drawings with values on hover, alternative text, data table.

A chart is drawn for a phone and for a desk; a page shows one. Text is 10 points high in both, and the phone's is so
narrow that 10 points are 11 pixels and more. The unit is the point throughout: 72 dots an inch.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from analysis import words as say
from analysis.charts.svg import SIZE, TEXT, Canvas, svg_of
from analysis.html import Table
from analysis.methods.intervals import Interval
from analysis.words import SYMBOL_KEY, Format, missing

NARROW, WIDE = 236.0, 560.0
"""Widths of the two drawings, in points."""


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
FOCUS, GREY, ACCENT, REFERENCE, QUIET = "#12436D", "#BFBFBF", "#F46A25", "#801650", "#6B6B6B"
"""The area looked at; others, in bars that are labelled; what stands out; a value to compare with; other marks."""
RISE, FALL = "#2073BC", "#D1490C"
"""Two sides of a line that change is measured from."""

_STYLE = {
    "font.family": "DejaVu Sans",  # ships with matplotlib, so that every machine lays text out alike
    "font.size": SIZE,
    **dict.fromkeys(("text.color", "axes.labelcolor", "xtick.labelcolor", "ytick.labelcolor"), TEXT),
    **dict.fromkeys(("xtick.major.size", "ytick.major.size"), 0),
    "xtick.major.pad": 7,
    "ytick.major.pad": 4,
    "lines.linewidth": 2,
    "path.simplify": False,
    "text.parse_math": False,  # a dollar sign in a label is a dollar sign
}
_SHAPE = (WIDE / 72, 3.4)
_DASHES = ["-", "--", ":", "-."]

Draw = Callable[[Axes, float], None]
"""What draws on empty axes, in a drawing of a width in points."""


@dataclass(frozen=True)
class About:
    """What a chart is about.

    `id` is unique on the page, `title` is the finding, `subtitle` measure, place and time, `note` stands below.
    """

    id: str
    title: str
    subtitle: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Chart(About):
    """Drawings with everything a reader needs besides them.

    `svg` and `narrow`, for a desk and a phone, start at their <svg> tag; `narrow` is "" where one serves both. `alt`
    says kind, measure and what the data show. `table` is the data.
    """

    alt: str
    svg: str
    narrow: str
    table: Table

    @property
    def about(self) -> dict[str, str]:
        """What the mark of its output says of it."""
        return {name: getattr(self, name) for name in ("id", "title", "subtitle", "alt", "note", "narrow")}


def frame_of(kind: str, rows: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return a chart's data, infinite values and limits that are not given as missing.

    Without a row, or one of its columns, it is a ValueError.
    """
    if not len(rows):
        raise ValueError(f"{kind}: expected at least one row; got none")
    for column in columns:
        if column not in rows:
            raise ValueError(f"{kind}: expected the columns {', '.join(columns)}; {column!r} is missing")
    absent = [end for end in ("lower", "upper") if end not in rows]
    return rows.reset_index(drop=True).replace([np.inf, -np.inf], np.nan).assign(**dict.fromkeys(absent, np.nan))


def symbols_of(frame: pd.DataFrame) -> list[str]:
    """Return what stands for each row's value where it is missing: "[c]" from a column symbol, else "[x]"."""
    given = frame["symbol"].fillna("") if "symbol" in frame else [""] * len(frame)
    return [f"[{str(symbol).strip('[]') or 'x'}]" for symbol in given]


def shown(frame: pd.DataFrame, fmt: Format) -> list[str]:
    """Return the values of a chart's data as text, the symbol where one is missing."""
    pairs = zip(frame["value"], symbols_of(frame), strict=True)
    return [symbol if missing(value) else fmt(value) for value, symbol in pairs]


def with_symbols(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return data in which symbols stand for missing values, [x] left to the table; and those symbols."""
    gone, symbols = frame["value"].isna(), pd.Series(symbols_of(frame), frame.index)
    shown = frame["value"].astype(object).where(~gone | (symbols == "[x]"), symbols)
    return (frame.assign(value=shown) if (symbols[gone] != "[x]").any() else frame), list(symbols[gone])


def tabled(frame: pd.DataFrame, heads: Mapping[str, str], fmt: Format) -> tuple[pd.DataFrame, dict, list[str]]:
    """Return columns of a chart's data under their heads, with symbols, as a table; its formats; and those symbols."""
    table, gone = with_symbols(frame)
    return table[[*heads]].rename(columns=heads), dict.fromkeys([*heads.values()][1:], fmt), gone


NOTHING = "no value is available"


def extremes(labels: Sequence[str], values: Sequence[float], said: Sequence[str]) -> str:
    """Return the highest and lowest value with whose they are: "highest: A with 9.1%; lowest: B with 5.0%"."""
    known = pd.DataFrame({"label": list(map(str, labels)), "value": list(values), "said": list(said)}).dropna()
    if len(known) < 2:
        return f"{known['label'].iloc[0]}: {known['said'].iloc[0]}" if len(known) else NOTHING
    ends = [known[known["value"] == end] for end in (known["value"].max(), known["value"].min())]
    if len(ends[0]) == len(known):
        return f"all {say.word(len(known))} have {known['said'].iloc[0]}"
    high, low = (f"{say.some(list(end['label'].unique()), 'values')} with {end['said'].iloc[0]}" for end in ends)
    return f"highest: {high}; lowest: {low}"


def course(name: str, values: pd.Series, fmt: Format, limits: pd.DataFrame | None = None) -> str:
    """Return how a line goes: "A from 3.0% (2011) to 2.0% (2013), highest 4.0% (2012)", and the last value's limits."""
    known = values.dropna()
    if known.empty:
        return f"{name}: {NOTHING}"
    ends, said = known.iloc[[0, -1]], [f"{fmt(value)} ({x})" for x, value in known.items()]
    if limits is not None and (last := limits.loc[known.index[-1], ["lower", "upper"]]).notna().all():
        said[-1] += f", interval {say.span(Interval(*last), fmt)}"
    if len(known) == 1:
        return f"{name}: {said[0]}"
    away = {"highest": known.max() - ends.max(), "lowest": ends.min() - known.min()}
    turn = max(away, key=away.get)
    place = int(np.argmax(known) if turn == "highest" else np.argmin(known))
    beyond = fmt(known.iloc[place]) not in map(fmt, ends)
    return f"{name} from {said[0]} to {said[-1]}" + (f", {turn} {said[place]}" if beyond else "")


def unknown(count: int) -> str:
    """Return how many have no value: "two have no value"; nothing for none."""
    return f"{say.word(count)} {'has' if count == 1 else 'have'} no value" if count else ""


def sentences(parts: Sequence[str]) -> str:
    """Return parts as sentences, blank ones left out."""
    return " ".join(say.sentence(part) for part in parts if part)


@cache
def house_settings() -> dict[str, object]:
    """Return matplotlib's settings in the house style, whatever they were; read once, as that takes 2 ms."""
    with plt.style.context(["default", "afcharts.afcharts", _STYLE]):
        return {name: value for name, value in mpl.rcParams.items() if name not in ("backend", "interactive")}


def house_style() -> None:
    """Give all that is drawn from now on the house style, at a page's size; lines differ by more than their hue."""
    settings = {**house_settings(), "figure.figsize": _SHAPE, "figure.dpi": 72, "axes.axisbelow": True}
    hues = settings["axes.prop_cycle"].by_key()["color"]
    settings["axes.prop_cycle"] = cycler(color=hues, linestyle=(_DASHES * len(hues))[: len(hues)])
    mpl.rcParams.update(settings)


def looks_of(kind: str, names: Sequence[str], roles: Mapping[str, str]) -> dict[str, Look]:
    """Return each series' look: that of its role, or the next that none has; ValueError where that cannot be."""
    if len(names) > len(LOOKS):
        raise ValueError(f"{kind}: expected at most {len(LOOKS)} series, which can be told apart; got {len(names)}")
    given = [roles[name] for name in names if name in roles]
    if len({*given} & {*LOOKS}) < len(given):
        raise ValueError(f"{kind}: expected each role once, of {', '.join(LOOKS)}; got {', '.join(given)}")
    free = iter([role for role in LOOKS if role not in given])
    return {name: LOOKS[roles.get(name) or next(free)] for name in names}


def place(axes: Axes, tall: float, left: float, right: float, top: float, bottom: float) -> None:
    """Give axes their height, and the room around them, in points; the drawing becomes as high as that needs."""
    width, high = axes.figure.bbox.width, tall + top + bottom
    axes.figure.set_size_inches(width / 72, high / 72)
    axes.set_position((left / width, bottom / high, (width - left - right) / width, tall / high))


def twice(draw: Draw) -> Iterator[str]:
    """Draw for a desk and for a phone, as SVG, on the same axes, as new ones take long; `draw` puts its own ticks."""
    with mpl.rc_context(house_settings() | {"axes.grid": False}):
        drawing = Drawing(dpi=72)
        Canvas(drawing)
        axes = drawing.add_axes((0, 0, 1, 1))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_visible(False)
        for width in (WIDE, NARROW):
            drawing.set_size_inches(width / 72, 1)
            draw(axes, width)
            yield svg_of(drawing, telling=width == WIDE)  # nothing hovers over a phone
            marks = (axes.lines, axes.patches, axes.collections, axes.texts, drawing.artists, drawing.legends)
            for artist in list(itertools.chain(*marks)):
                artist.remove()


def chart_of(kind: str, about: About, draw: Draw, found: Sequence[str], frame: pd.DataFrame,
             formats: Mapping[str, Format], symbols: Sequence[str] = ()) -> Chart:  # fmt: skip
    """Return a chart of one of the kinds, whose alternative text begins with `kind` and goes on with what is `found`.

    `frame` is everything drawn, for the table, in which `formats` make
    numbers text; the note explains the `symbols` drawn for missing values.
    """
    alt = sentences([f"{kind}: {about.subtitle.rstrip('.')}", *found])
    right = [column for column in frame.columns[1:] if column in formats]  # also where a symbol stands for a number
    table = Table(about.id + "-data", about.subtitle, frame, dict(formats), right=right)
    drawn = [s.strip("[]") for s in dict.fromkeys(symbols)]
    key = "; ".join(f"[{s}] {SYMBOL_KEY[s]}" for s in drawn if s in SYMBOL_KEY)
    note = " ".join(filter(None, [about.note, key + "." if key else ""]))
    wide, narrow = twice(draw)
    return Chart(about.id, about.title, about.subtitle, note, alt=alt, svg=wide, narrow=narrow, table=table)
