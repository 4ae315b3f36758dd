"""Links from one report to another of the same area.

A link leads to the other notebook, as the executed notebooks lie side by side on a Git host or in JupyterLab; where a
page is made of it, the same link leads to the other page. A page is linked only where the catalogue offers it for the
area: notebooks on published documents from cells on documents, the others from anywhere.
"""

from __future__ import annotations

import re

from analysis.files import anchor

_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")


def address(notebook: str, section: str = "") -> str:
    """Return the address of a report, or of the section that has this heading in its notebook."""
    return f"{notebook}.ipynb" + (f"#{anchor(section)}" if section else "")


def link(text: str, notebook: str, section: str = "") -> str:
    """Return a link as Markdown; arguments as `address`."""
    return f"[{text}]({address(notebook, section)})"


def without_links(markdown: str) -> str:
    """Return a Markdown text with the words of its links alone."""
    return _LINK.sub(r"\1", markdown)
