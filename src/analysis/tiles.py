"""Tiles, numbers to be seen at once with their comparators and years, and cards, statements with a verdict each."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pandas as pd

WIDTH, HEIGHT, EDGE = 160, 36, 4
COLUMNS = ("title", "address", "number", "period", "verdict", "beside", "years")


def tiles(frame: pd.DataFrame) -> str:
    """Return numbers as a list in HTML, which a page sets side by side; all text escaped.

    Args:
        frame: a row a number. `title`, and `address` of what says more; `number` with its unit, and its `period`;
            `verdict`, a word or a few; `beside`, what it is compared with, a text each; `years`, the numbers of its
            years for the line, oldest first, none or NaN where there are none.
    """
    return f'<ul class="tiles">{"".join(_tile(row) for row in frame[list(COLUMNS)].to_dict("records"))}</ul>'


def text(frame: pd.DataFrame) -> str:
    """Return the same as plain text, a line a number."""
    return "\n".join(
        f"{row['title']}: {row['number']}, {row['period']} ({'; '.join([row['verdict'], *row['beside']])})"
        for row in frame.to_dict("records")
    )


def _tile(row: dict) -> str:
    beside = "".join(f"<li>{escape(one)}</li>" for one in row["beside"])
    kind = row["verdict"].partition(" ")[0]
    return (
        f'<li><p class="tile-title"><a href="{escape(row["address"])}">{escape(row["title"])}</a></p>'
        f'<p class="big">{escape(row["number"])}</p><p class="tile-when">{escape(row["period"])}</p>'
        f'<p class="verdict {escape(kind)}">{escape(row["verdict"])}</p>{spark(row["years"])}<ul>{beside}</ul></li>'
    )


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
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return (
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="xMinYMid" aria-hidden="true">'
        f'<polyline points="{line}"/><circle cx="{points[-1][0]:.1f}" cy="{points[-1][1]:.1f}" r="3"/></svg>'
    )


def cards(frame: pd.DataFrame) -> str:
    """Return statements as a list in HTML, a card each; all text escaped.

    Args:
        frame: a row a card. The first five columns, whatever they are called: what is said; the verdict, in words; what
            gave it, a sentence; more, folded, if any; where it stands. By the verdict and each further column a page's
            script lets a reader choose, and it offers the cards as CSV with these columns.
    """
    shown = "".join(_card(*row) for row in frame.astype(str).itertuples(index=False, name=None))
    return f'<ul class="cards" data-columns="{escape(";".join(frame.columns))}">{shown}</ul>'


def _card(said: str, verdict: str, sentence: str, more: str, place: str, *kinds: str) -> str:
    folded = f"<details><summary>Why</summary><p>{escape(more)}</p></details>" if more else ""
    about = "".join(f"<b>{escape(kind)}</b>, " for kind in kinds) + escape(place)
    pill = f'<p class="verdict {escape(verdict)}">{escape(verdict)}</p>'
    found = f"<blockquote>{escape(said)}</blockquote><p>{escape(sentence)}</p>"
    return f'<li>{pill}{found}{folded}<p class="place">{about}</p></li>'
