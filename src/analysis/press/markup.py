"""Markdown, SVG and code as HTML that is safe to put on a page."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

import mistune
import nh3
import pygments
from markupsafe import Markup, escape
from mistune.core import BlockState
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from pygments.token import STANDARD_TYPES, Comment, Keyword, String, Token

_PLUGINS = ["table", "strikethrough", "footnotes", "def_list"]
_TAGS = nh3.ALLOWED_TAGS - {"h1", "h2"} | {"section", "tfoot"}
_ATTRIBUTES = {"*": {"class", "id", "lang", "title"}, "a": {"href"}, "img": {"src", "alt", "width"}}
_ATTRIBUTES |= {"ol": {"start"}, "th": {"scope"}}
_SCHEMES = {"http", "https", "mailto", "data"}
_TO_NOTEBOOK = re.compile(r'href="(\w+)\.ipynb(#[\w-]*)?"')
_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
_CAPTION = re.compile(r"<caption[^>]*>(.*?)</caption>", re.DOTALL)
_SVG = "http://www.w3.org/2000/svg"
_ACTIVE = {"script", "metadata", "foreignObject", "desc", "a", "animate", "set"}
_REFERENCE = re.compile(r"url\(\s*['\"]?#([^)'\"]+)['\"]?\s*\)")
_LENGTH = re.compile(r"([0-9.]+)(px|pt)?$")
_PYTHON, _CODE = PythonLexer(stripnl=True), HtmlFormatter(nowrap=True)
_MARKED = {kind for kind in STANDARD_TYPES if any(kind in shown for shown in (Comment, Keyword, String))}
ElementTree.register_namespace("", _SVG)
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")


class _Renderer(mistune.HTMLRenderer):
    """Headings fitted below a page's own two levels, table headings with a scope."""

    _last = 2

    def heading(self, text: str, level: int, **_: Any) -> str:
        self._last = max(3, min(level, self._last + 1, 6))
        return f"<h{self._last}>{text}</h{self._last}>\n"

    def table_cell(self, text: str, align: str | None = None, head: bool = False) -> str:
        tag, scope = ("th", ' scope="col"') if head else ("td", "")
        number = ' class="num"' if align == "right" else ""
        return f"<{tag}{scope}{number}>{text}</{tag}>\n"


parse_markdown = mistune.create_markdown(renderer="ast", plugins=_PLUGINS)
"""Return a Markdown text as mistune's tokens, so that it can be cut at its headings."""


def tokens_text(tokens: list[dict[str, Any]]) -> str:
    """Return the words of tokens without markup, line breaks as spaces."""
    space = {"softbreak": " ", "linebreak": " "}
    return "".join(space.get(t["type"]) or t.get("raw") or tokens_text(t.get("children", [])) for t in tokens)


def render_markdown(text: str | list[dict[str, Any]], trusted: bool) -> Markup:
    """Render a Markdown text, or its tokens, as HTML.

    An author's cell is trusted: its raw HTML is kept if harmless (no scripts, styles or event handlers). That of text
    computed from data is escaped.
    """
    tokens = parse_markdown(text) if isinstance(text, str) else text
    renderer = _Renderer(escape=not trusted)
    mistune.create_markdown(renderer=renderer, plugins=_PLUGINS)  # plugins add their methods to the renderer
    html = renderer.render_tokens(tokens, BlockState())
    if trusted:
        html = nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=None)
    return on_page(html)


def on_page(html: str) -> Markup:
    """Return HTML that is our own or was cleaned as it stands on a page.

    Links to notebooks beside it lead to their pages; each table scrolls sideways in a container of its own, which can
    be reached by keyboard and is named by the table's caption.
    """
    return Markup(_TABLE.sub(_scrolled, _TO_NOTEBOOK.sub(r'href="\1.html\2"', html)))


def _scrolled(table: re.Match[str]) -> str:
    caption = _CAPTION.search(table[0])
    name = escape(Markup(caption[1]).striptags() if caption else "Table")
    return f'<div class="scroll" role="region" aria-label="{name}" tabindex="0">{table[0]}</div>'


@lru_cache(maxsize=1024)  # the same cells come again in each area's report
def highlight_code(source: str) -> Markup:
    """Return Python code as HTML with Pygments' short classes for comments, texts and keywords.

    The classes of names and signs would weigh more than the code itself.
    """
    tokens = ((kind if kind in _MARKED else Token.Text, text) for kind, text in _PYTHON.get_tokens(source))
    return Markup(pygments.format(tokens, _CODE).rstrip("\n"))


def inline_svg(svg: str, prefix: str, label: str) -> Markup | None:
    """Return an SVG to stand in a page: ids of its own, a text alternative, nothing active; None if it is no SVG.

    It shrinks with the page, and grows to half beyond the size it was drawn for. `prefix`, put before every id and
    every reference to one, is unique on the page.
    """
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError:
        return None
    if root.tag != f"{{{_SVG}}}svg":
        return None
    for parent in root.iter():
        gone = {*_ACTIVE, "title"} if parent is root else _ACTIVE  # a mark's title is shown on hover
        for child in [child for child in parent if str(child.tag).rpartition("}")[2] in gone]:
            parent.remove(child)
    ids = {element.get("id", "") for element in root.iter()}
    for element in root.iter():
        kept = {name: _attribute(name, value, prefix) for name, value in element.attrib.items()}
        element.attrib = {name: value for name, value in kept.items() if value is not None}
        if element.tag == f"{{{_SVG}}}style" and element.text:
            element.text = re.sub(r"#([\w-]+)", lambda m: f"#{prefix}{m[1]}" if m[1] in ids else m[0], element.text)
    width, height = (_LENGTH.match(root.get(key, "")) for key in ("width", "height"))
    if width and height:
        root.attrib.setdefault("viewBox", f"0 0 {width[1]} {height[1]}")
        root.set("style", f"max-width:{1.5 * float(width[1]) * (4 / 3 if width[2] == 'pt' else 1):.0f}px")
        del root.attrib["width"], root.attrib["height"]
    root.attrib |= {"role": "img", "aria-label": label}
    return Markup(ElementTree.tostring(root, encoding="unicode").strip())


def _attribute(name: str, value: str, prefix: str) -> str | None:
    """Return an attribute's value with ids renamed; None for an event handler or a link to anything outside."""
    local = name.rpartition("}")[2].lower()
    if local.startswith("on"):
        return None
    if local == "id":
        return prefix + value
    if local == "href":
        return f"#{prefix}{value[1:]}" if value.startswith("#") else value if value.startswith("data:image/") else None
    return _REFERENCE.sub(rf"url(#{prefix}\1)", value)


def preformatted(text: str) -> Markup:
    """Return printed text as it was printed."""
    return Markup('<pre class="output" tabindex="0" role="group" aria-label="Printed output">{}</pre>').format(text)
