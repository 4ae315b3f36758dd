"""Tables that a phone is too narrow for: each row becomes a block, each cell says what its column is.

The words come from the table's head, through the stylesheet, so that they are said once a page and not in every cell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup

_TABLE = re.compile(r"<table(?: class=\"([^\"]*)\")?>(.*?)</table>", re.DOTALL)
_HEAD = re.compile(r"<th scope=\"col\"[^>]*>(.*?)</th>", re.DOTALL)
_CELL = re.compile(r"<td[^>]*>(.*?)</td>", re.DOTALL)
_ROOM = 34
"""Letters that fit side by side on a phone, with the space between columns."""


def stack_tables(page: str) -> tuple[str, str]:
    """Mark the tables of a page that are to be stacked on a narrow screen.

    Args:
        page: HTML whose tables are our own or were cleaned.

    Returns:
        The page, and the rules that give the cells their column's words.
    """
    classes: dict[tuple[str, ...], str] = {}

    def mark(table: re.Match[str]) -> str:
        heads = [_words(head) for head in _HEAD.findall(table[2])]
        if not _too_wide(heads, table[2]):
            return table[0]
        name = classes.setdefault(tuple(heads), f"heads{len(classes) + 1}")
        return f'<table class="{" ".join(filter(None, (table[1], "stack", name)))}">{table[2]}</table>'

    marked = _TABLE.sub(mark, page)
    rules = [
        f".{name} td:nth-child({number})::before{{content:{_quoted(head + ': ')}}}"
        for heads, name in classes.items()
        for number, head in enumerate(heads[1:], 2)
        if head
    ]
    return marked, "@media (max-width:40rem){" + "\n".join(rules) + "}" if rules else ""


def _too_wide(heads: Sequence[str], body: str) -> bool:
    """Say whether a table's columns would not stand side by side on a phone: by their longest words and numbers."""
    if len(heads) < 3:
        return False
    cells = [_words(cell) for cell in _CELL.findall(body)]
    widths = [max(map(len, head.split()), default=0) for head in heads]
    for place, cell in enumerate(cells):
        column = place % (len(heads) - 1) + 1
        # Long texts need more than their longest word: three words a line at least.
        wanted = len(cell) if len(cell) < 12 else max(12, min(24, len(cell) // 4))
        widths[column] = max(widths[column], wanted)
    return max(12, widths[0]) + sum(widths[1:]) + 2 * len(heads) > _ROOM


def _words(html: str) -> str:
    """Return the words of a cell; most have nothing but words."""
    return Markup(html).striptags() if "<" in html or "&" in html else " ".join(html.split())


def _quoted(text: str) -> str:
    """Return text as a CSS string that can neither end the string nor the stylesheet."""
    return '"' + re.sub(r"[^\w .,:()%£-]", lambda sign: f"\\{ord(sign[0]):x} ", text) + '"'
