"""Parts of a page in HTML: tables, tiles, cards, where the figures come from, and links from one report to another.

Tables are such as people and screen readers can read: caption, scoped headers, units, symbols with their key. A link
leads to the other notebook, as executed notebooks lie side by side; on a page made of it, to the other page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analysis import words as say
from analysis.files import anchor

if TYPE_CHECKING:
    from analysis.data.figures import Figures

_SYMBOL = r"\[(" + "|".join(say.SYMBOL_KEY) + r")\]"

_WIDE, _MANY = 6, 8
"""Columns from which on a table's cells are set narrower, and narrower still."""
WIDTH, HEIGHT, EDGE = 160, 36, 4
_PLACE = ["figure", "area", "stated", "place", "note"]
"""What is said of where figures of a source come from."""
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")
_TEMPLATES = Path(__file__).resolve().parent / "templates"


@dataclass(frozen=True)
class Table:
    """A table for a page.

    `id` is unique on the page: letters, digits, hyphens. The first column of the frame names the row; numbers stay
    numbers, which `formats` makes text by column. The columns `right` are text that holds numbers, to be aligned like
    them. The page offers a `download` as CSV, of `data` where cells of the frame say more than a number. `links` leads
    from the text of a cell to an address.
    """

    id: str
    caption: str
    frame: pd.DataFrame
    formats: Mapping[str, Callable[[float], str]] = field(default_factory=dict)
    note: str = ""
    folded: bool = True
    right: Sequence[str] = ()
    download: bool = True
    links: Mapping[str, str] = field(default_factory=dict)
    data: pd.DataFrame | None = None

    def cell(self, column: str, value: object) -> str:
        """Return one cell's text; a missing value is [x], with the key below the table."""
        if _missing(value):
            return "[x]"
        if isinstance(value, str):
            return value
        return self.formats[column](value) if column in self.formats else str(_plain(value, 4))

    def rows(self) -> list[list[str]]:
        """Return the cells as text, a list a row."""
        named = (zip(self.frame.columns, row, strict=True) for row in self.frame.itertuples(index=False))
        return [[self.cell(column, value) for column, value in row] for row in named]

    def key(self) -> list[str]:
        """Return the symbols in use with their meaning: ["[x] not available"]."""
        text = " ".join(cell for row in self.rows() for cell in row)
        return [f"[{symbol}] {meaning}" for symbol, meaning in say.SYMBOL_KEY.items() if f"[{symbol}]" in text]

    def csv(self) -> str:
        """Return the table as CSV: plain numbers to 10 significant digits, missing as "x", symbols without brackets."""
        frame = self.frame if self.data is None else self.data
        return frame.map(_plain).to_csv(index=False, na_rep="x", lineterminator="\n")

    def html(self) -> str:
        """Return a complete <table> with caption and scoped headers, and its notes; all text escaped."""
        columns, right = self.frame.columns, set(self.right)
        numeric = [c in right or pd.api.types.is_numeric_dtype(self.frame[c]) for c in columns]
        kind = "wide many" if len(columns) > _MANY else "wide" if len(columns) > _WIDE else ""
        return _made("table", self, kind, numeric, [*filter(None, [self.note, "; ".join(self.key())])])

    def text(self) -> str:
        """Return the table as plain text, for terminals and comparison."""
        if self.frame.empty:
            return "(no rows)"
        return pd.DataFrame(self.rows(), columns=self.frame.columns).to_string(index=False)


@cache
def _parts() -> Any:
    """Return the templates of parts of a page; they escape all text."""
    made = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined)
    return made.get_template("shown.html.j2").module


def _made(part: str, *given: object) -> str:
    return str(getattr(_parts(), part)(*given))


def _missing(value: object) -> bool:
    return pd.api.types.is_scalar(value) and pd.isna(value)


def _plain(value: object, digits: int = 10) -> object:
    """Return a cell as plain text: a fraction to so many significant digits, its whole part kept; a symbol alone."""
    if isinstance(value, float) and not _missing(value):
        digits = max(digits, min(10, len(f"{abs(value):.0f}")))
        # Adding 0.0 turns a negative zero into zero.
        return np.format_float_positional(float(f"{value:.{digits}g}") + 0.0, trim="-")
    if isinstance(value, str) and re.fullmatch(_SYMBOL, value):
        return value[1:-1]
    return value


def tiles(frame: pd.DataFrame) -> str:
    """Return numbers as a list in HTML, which a page sets side by side; all text escaped.

    A row a number: `title`, and `address` of what says more; `number` with its unit, and its `period`; `verdict`, a
    word or a few; `beside`, what it is compared with, a text each; `rank`, "" for none; `years`, the numbers of its
    years for the line, oldest first.
    """
    return _made("tiles", [row | {"beside": _beside(row)} for row in frame.to_dict("records")], spark)


def tiles_text(frame: pd.DataFrame) -> str:
    """Return the same as plain text, a line a number."""
    return "\n".join(
        f"{row['title']}: {row['number']}, {row['period']} ({'; '.join([row['verdict'], *_beside(row)])})"
        for row in frame.to_dict("records")
    )


def _beside(row: dict) -> list[str]:
    return [*row["beside"], *[f"Rank {row['rank']}"] * bool(row["rank"])]


def spark(values: Sequence[float]) -> str:
    """Return a series as a small line in SVG, its last number marked; "" of fewer than two numbers.

    It is drawn from the lowest number to the highest, and says nothing that the text beside it does not.
    """
    known = [float(value) for value in values if value == value]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    across, up = (WIDTH - 2 * EDGE) / (len(known) - 1), (HEIGHT - 2 * EDGE) / ((high - low) or 1)
    points = [(EDGE + n * across, HEIGHT - EDGE - (value - low) * up) for n, value in enumerate(known)]
    line, (x, y) = " ".join(f"{x:.1f},{y:.1f}" for x, y in points), points[-1]
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" preserveAspectRatio="xMinYMid"'
    marks = f'<polyline points="{line}" fill="none" stroke="black"/><circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
    return f'<svg class="spark" {size} aria-hidden="true">{marks}</svg>'


def source_rows(figures: Figures) -> list[dict[str, str]]:
    """Return where the figures used come from: a row a figure of a document, a row a column or table of a release."""
    used, titles, names = figures.used(), figures.indicators["title"], figures.areas["name"]
    of_release = used["source"].map(figures.sources["kind"]) == "official"
    stated = used[~of_release].astype(object).rename(columns={"locator": "place"})
    stated = stated.assign(figure=stated["indicator"].map(titles), area=stated["area"].map(names))
    rows = stated[["source", *_PLACE]].to_dict("records")
    column = used["locator"].map(_column).rename("column")
    for (source, indicator, name), part in used[of_release].groupby(["source", "indicator", column], sort=False):
        ends = dict.fromkeys([part["time_period"].min(), part["time_period"].max()])
        areas = say.some([names[area] for area in part["area"].unique()], "areas")
        cells = (source, titles[indicator], areas, say.count(len(part), "figure"), f"{name}, {' to '.join(ends)}", "")
        rows.append(dict(zip(("source", *_PLACE), cells, strict=True)))
    return rows + figures.asked.rows


def sources_html(figures: Figures, rows: list[dict[str, str]], elsewhere: Sequence[str] = ()) -> str:
    """Return one block a source: its title and publisher, then every figure taken from it (`source_rows`).

    `elsewhere` names what the notebook opened itself.
    """
    used = []
    for source, part in pd.DataFrame(rows, columns=["source", *_PLACE]).groupby("source", sort=False):
        about = figures.sources.loc[source]
        frame = part[_PLACE].rename(columns=str.capitalize)
        table = Table(f"source-{source}", f"Figures from: {about['title']}", frame).html()
        where = "it stands" if len(part) == 1 else "each stands"
        used.append((dict(about) | {"date": say.month(about["date"])}, say.count(len(part), "row"), where, table))
    opened = say.listed(list(elsewhere)) if elsewhere else ""
    return _made("sources", figures.asked.own.values(), opened, used)


def _column(locator: str) -> str:
    """Return the columns a place names, without area and period: "LACnum (dfe_lait_2026), out of …", "LAC"."""
    if "), out of " in locator:
        return re.sub(r", [^,]*, \d+ \(", " (", locator)
    return locator.rsplit(", ", 2)[0]


def address(notebook: str, section: str = "") -> str:
    """Return the address of a report, or of the section that has this heading in its notebook."""
    return f"{notebook}.ipynb" + (f"#{anchor(section)}" if section else "")


def link(text: str, notebook: str, section: str = "") -> str:
    """Return a link as Markdown; arguments as `address`."""
    return f"[{text}]({address(notebook, section)})"


def without_links(markdown: str) -> str:
    """Return a Markdown text with the words of its links alone."""
    return _LINK.sub(r"\1", markdown)


def cards(frame: pd.DataFrame) -> str:
    """Return statements as a list in HTML, a card each; all text escaped.

    The first five columns, whatever they are called, are: what is said; the verdict, in words; what gave it, a
    sentence; more, folded, if any; where it stands. By the verdict and each further column a reader can choose.
    """
    return _made("cards", list(frame.columns), [*frame.astype(str).itertuples(index=False, name=None)])
