"""Markdown, SVG and code as HTML that is safe to put on a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Any
from xml.etree import ElementTree

import mistune
import nh3
from markupsafe import Markup, escape
from mistune.core import BlockState
from pygments import highlight
from pygments.filter import Filter
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, String, Token

from analysis.links import to_pages

_PLUGINS = ["table", "strikethrough", "footnotes", "def_list"]
_TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h3", "h4", "h5", "h6"),
    *("hr", "i", "img", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "section", "small", "span"),
    *("strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "var"),
}
_ATTRIBUTES = {
    "*": {"class", "id", "lang", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width"},
    "ol": {"start"},
    "th": {"scope"},
}
_SCHEMES = {"http", "https", "mailto", "data"}
_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_REFERENCE = re.compile(r"url\(\s*['\"]?#([^)'\"]+)['\"]?\s*\)")
_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
_MARKED = (Comment, Keyword, String)
_DROPPED = {"script", "metadata", "foreignObject", "title", "desc", "a", "animate", "set"}


class _Renderer(mistune.HTMLRenderer):
    """Headings fitted below a page's own, table headings with a scope."""

    def __init__(self, escape: bool, top: int) -> None:
        super().__init__(escape=escape)
        self._top = top
        self._last = top - 1

    def heading(self, text: str, level: int, **_: Any) -> str:
        self._last = max(self._top, min(level, self._last + 1, 6))
        return f"<h{self._last}>{text}</h{self._last}>\n"

    def table_cell(self, text: str, align: str | None = None, head: bool = False) -> str:
        scope = ' scope="col"' if head else ""
        number = ' class="num"' if align == "right" else ""
        tag = "th" if head else "td"
        return f"<{tag}{scope}{number}>{text}</{tag}>\n"


@cache
def _parser() -> mistune.Markdown:
    return mistune.create_markdown(renderer="ast", plugins=_PLUGINS)


def parse_markdown(text: str) -> list[dict[str, Any]]:
    """Return a Markdown text as mistune's tokens, so that it can be cut at its headings."""
    return _parser()(text)


def tokens_text(tokens: list[dict[str, Any]]) -> str:
    """Return the words of tokens without markup."""
    return "".join(token.get("raw") or tokens_text(token.get("children", [])) for token in tokens)


def render_tokens(tokens: list[dict[str, Any]], trusted: bool, top: int = 3) -> Markup:
    """Render Markdown tokens as HTML; links to notebooks beside this one lead to their pages.

    Args:
        tokens: from `parse_markdown`.
        trusted: True for an author's cell, whose raw HTML is kept if harmless (no scripts, styles or event handlers);
            False for text computed from data, whose HTML is escaped.
        top: the highest heading level it may have.
    """
    renderer = _Renderer(escape=not trusted, top=top)
    mistune.create_markdown(renderer=renderer, plugins=_PLUGINS)  # plugins add their methods to the renderer
    html = renderer.render_tokens(tokens, BlockState())
    if trusted:
        html = nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=None)
    return scroll_tables(to_pages(html))


def render_markdown(text: str, trusted: bool, top: int = 3) -> Markup:
    """Render a Markdown text as HTML; see `render_tokens`."""
    return render_tokens(parse_markdown(text), trusted, top)


def scroll_tables(html: str) -> Markup:
    """Put each table in a container of its own that scrolls sideways and can be reached by keyboard.

    The container is named by the table's caption. The HTML is our own or has been cleaned.
    """
    return Markup(_TABLE.sub(_scrolled, html))


def _scrolled(table: re.Match[str]) -> str:
    caption = re.search(r"<caption[^>]*>(.*?)</caption>", table[0], re.DOTALL)
    words = Markup(caption[1]).striptags() if caption else "Table"
    return f'<div class="scroll" role="region" aria-label="{escape(words)}" tabindex="0">{table[0]}</div>'


def name_regions_apart(page: str) -> str:
    """Number the scrolling regions of a page that would have the same name, so that each can be told from the other."""
    seen: dict[str, int] = {}

    def name(region: re.Match[str]) -> str:
        seen[region[1]] = seen.get(region[1], 0) + 1
        return region[0] if seen[region[1]] == 1 else f'role="region" aria-label="{region[1]} ({seen[region[1]]})"'

    return re.sub(r'role="region" aria-label="([^"]*)"', name, page)


class _Plainer(Filter):
    """Leaves only comments, texts and keywords marked: names and signs would weigh more than the code itself."""

    def filter(self, _lexer: object, stream: Iterable[tuple]) -> Iterator[tuple]:
        for kind, value in stream:
            yield _marked(kind), value


@cache
def _marked(kind: Any) -> Any:
    return kind if any(kind in shown for shown in _MARKED) else Token.Text


@lru_cache(maxsize=1024)
def highlight_code(source: str) -> Markup:
    """Return Python code as HTML with Pygments' short classes for comments, texts and keywords.

    The same cells come again in each area's report.
    """
    return Markup(highlight(source, *_python()).rstrip("\n"))


@cache
def _python() -> tuple[PythonLexer, HtmlFormatter]:
    """Return Pygments' reader of Python and its writer of HTML: making them takes as long as using them."""
    lexer = PythonLexer(stripnl=True)
    lexer.add_filter(_Plainer())
    return lexer, HtmlFormatter(nowrap=True)


def inline_svg(svg: str, prefix: str, label: str) -> Markup | None:
    """Return an SVG to stand in a page: ids of its own, a text alternative, nothing active.

    Args:
        svg: the whole SVG document.
        prefix: put before every id, and every reference to one; unique on the page.
        label: the text alternative.

    Returns:
        The `<svg>` element, or None if the text is not an SVG document.
    """
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK)
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError:
        return None
    if root.tag != f"{{{_SVG}}}svg":
        return None
    _drop_active(root)
    ids = {element.get("id", "") for element in root.iter()}
    for element in root.iter():
        for name, value in list(element.attrib.items()):
            _set_attribute(element, name, value, prefix)
        if element.tag == f"{{{_SVG}}}style" and element.text:
            element.text = re.sub(r"#([\w-]+)", lambda m: f"#{prefix}{m[1]}" if m[1] in ids else m[0], element.text)
    _fit(root)
    root.set("role", "img")
    root.set("aria-label", label)
    return Markup(ElementTree.tostring(root, encoding="unicode").strip())


def _drop_active(element: ElementTree.Element) -> None:
    """Remove scripts, foreign content, links, animation and metadata below an element."""
    for child in list(element):
        if str(child.tag).rpartition("}")[2] in _DROPPED:
            element.remove(child)
        else:
            _drop_active(child)


def _set_attribute(element: ElementTree.Element, name: str, value: str, prefix: str) -> None:
    """Rename ids and references in one attribute; drop event handlers and links to anything outside."""
    local = name.rpartition("}")[2].lower()
    if local.startswith("on"):
        del element.attrib[name]
    elif local == "id":
        element.set(name, prefix + value)
    elif local == "href":
        if value.startswith("#"):
            element.set(name, f"#{prefix}{value[1:]}")
        elif not value.startswith("data:image/"):
            del element.attrib[name]
    elif "url(" in value:
        element.set(name, _REFERENCE.sub(rf"url(#{prefix}\1)", value))


def _fit(root: ElementTree.Element) -> None:
    """Let an SVG shrink with the page and grow to a quarter beyond the size it was drawn for, no further."""
    width, height = (re.match(r"([0-9.]+)(px|pt)?$", root.get(key, "")) for key in ("width", "height"))
    if not width or not height:
        return
    if not root.get("viewBox"):
        root.set("viewBox", f"0 0 {width[1]} {height[1]}")
    pixels = float(width[1]) * (4 / 3 if width[2] == "pt" else 1)
    root.set("style", f"max-width:{1.25 * pixels:.0f}px")
    for key in ("width", "height"):
        del root.attrib[key]


def preformatted(text: str) -> Markup:
    """Return printed text as it was printed."""
    return Markup('<pre class="output" tabindex="0" role="group" aria-label="Printed output">{}</pre>').format(text)
