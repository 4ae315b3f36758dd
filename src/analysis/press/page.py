"""The page of an executed notebook: answer, sections, headline values, sources."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click import unstyle
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from nbformat import from_dict

from analysis.files import anchor
from analysis.press import markup
from analysis.press.catalogue import show
from analysis.press.reuse import METHOD, data_read, marks

if TYPE_CHECKING:
    from analysis.press.request import Job

SITE = "Children's services: the figures, recomputed"
TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
# Sections that every page ends with; a notebook's own section of the same name becomes that section.
VALUES, SOURCES, MADE = "Headline values", "Sources", "How this page was made"
_INPUTS = {
    "data": "Figures that it read",
    "notebook": "Notebook",
    "code": "Code that it ran (modules of src/analysis)",
    "parameters": "Parameters",
    "reports": "Reports that it rests on",
}
_DIGITS = 12
# What a template may ask of a chart or table whose output does not say it.
_NOTHING = dict.fromkeys(("anchor", "title", "subtitle", "note", "caption", "csv", "folded", "file", "beside"), "")
_TABLE = re.compile(r"<table(?: class=\"([^\"]*)\")?>(.*?)</table>", re.DOTALL)
_HEAD = re.compile(r"<th scope=\"col\"[^>]*>(.*?)</th>", re.DOTALL)
_DATES = "expected", "up_to", "released"
"""What the mark of a page's sources says of their dates, in words."""
_SIDE_BY_SIDE = 3
"""Columns that fit side by side on a phone."""

# --- The parts of its page -----------------------------------------------------------------------


@dataclass
class Section:
    """A section: the author's heading, the finding that replaces it, what it shows, and how it was worked out.

    `working` has the code, and between it what is worked on, words and frames: each with whether it is code.
    """

    label: str
    finding: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    working: list[tuple[bool, Markup]] = field(default_factory=list)
    anchor: str = ""
    screen: bool = False  # neither it nor what follows is printed

    @property
    def topic(self) -> str:
        """The author's heading where a finding replaces it and does not itself begin with it; else ""."""
        return "" if not self.finding or self.finding.casefold().startswith(self.label.casefold()) else self.label

    @property
    def lines(self) -> int:
        """The lines of its code."""
        return sum(html.count("\n") + 1 for is_code, html in self.working if is_code)

    def add(self, kind: str, html: Markup | None = None, about: dict[str, Any] = _NOTHING) -> None:
        """Add a block of a kind that the template knows: html, finding, chart or table."""
        self.blocks.append({**_NOTHING, **about, "kind": kind, "html": html})


class Page:
    """The parts of a page, top to bottom, as one walk through an executed notebook finds them.

    Outputs with `metadata["analysis"]` have their place on it, others are shown plainly. `title` is for want of one.
    """

    def __init__(self, notebook: Any, title: str) -> None:
        self.title, self.question, self.answer = title, "", Markup()
        self.expected = self.up_to = self.released = ""
        self.opening = self._section = Section("")  # what comes before the first section
        self.sections: list[Section] = []
        self._titled, self._ids = False, {"main", "contents", "answer", "about"}
        self._closing = {"values": Section(VALUES), "sources": Section(SOURCES)}
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                self._markdown(cell)
            elif cell.cell_type == "code":
                if cell.source.strip():
                    self._section.working.append((True, markup.highlight_code(cell.source)))
                for output in cell.get("outputs", []):
                    self._output(output)
        self._close([*self._closing.values(), Section(MADE)])
        read = data_read(notebook) or {}
        self.local = [f"data/{name}" for name in read.get("tables", ()) if name.startswith("local/")]

    def _markdown(self, cell: Any) -> None:
        """Cut a cell at its headings of the first two levels: title, then sections."""
        source, pending = cell.source, []
        if "working" in cell.metadata.get("tags", []):
            self._section.working.append((False, markup.render_markdown(source, trusted=True)))
            return
        for name, bundle in cell.get("attachments", {}).items():
            for mime, content in bundle.items():
                source = source.replace(f"attachment:{name}", _data_address(mime, content))
        for token in markup.parse_markdown(source):
            level = token["attrs"]["level"] if token["type"] == "heading" else 9
            if level > 2:
                pending.append(token)
                continue
            self._flush(pending)
            pending, text = [], markup.tokens_text(token["children"])
            if level == 1 and not self._titled:
                self.title, self._titled = text, True
            else:
                self._section = Section(text, screen="screen" in cell.metadata.get("tags", []))
                self.sections.append(self._section)
        self._flush(pending)

    def _flush(self, pending: list[dict[str, Any]]) -> None:
        """Render the tokens gathered so far; the first paragraph after the title is the question."""
        if self._titled and not self.question and self._section is self.opening:
            first = next((token for token in pending if token["type"] != "blank_line"), None)
            if first and first["type"] == "paragraph":
                self.question = " ".join(markup.tokens_text(first["children"]).split())
                pending.remove(first)
        if (html := markup.render_markdown(pending, trusted=True)).strip():
            self._section.add("html", html)

    def _output(self, output: Any) -> None:
        """Place one output; a caption has the same words as the mark of its chart."""
        meta, data = output.get("metadata", {}).get("analysis", {}), output.get("data", {})
        kind, html, markdown = meta.get("kind", ""), data.get("text/html"), data.get("text/markdown")
        if kind == "answer" and markdown is not None:
            self.title = meta.get("title", self.title)
            self.answer += markup.render_markdown(markdown, trusted=False)
        elif kind == "finding":
            sentence = meta.get("sentence") or data.get("text/plain", "")
            if self._section is self.opening or self._section.finding:  # then it stands in bold
                self._section.add("finding", about={"sentence": sentence})
            else:
                self._section.finding = sentence.rstrip(".")  # a heading takes no full stop
        elif kind == "chart" and "image/svg+xml" in data:
            name, alt = self._unique(meta.get("id") or "chart"), meta.get("alt") or data.get("text/plain", "Chart")
            both = enumerate((data["image/svg+xml"], meta.get("narrow", "")))  # of two, the page shows one
            svg = Markup().join(filter(None, (markup.inline_svg(one, f"{name}-{n or ''}", alt) for n, one in both)))
            self._section.add("chart", svg or markup.preformatted(alt), meta | {"anchor": name})
        elif kind == "table" and html is not None:
            self._table(markup.on_page(html), meta)
        elif kind == "html" and html is not None:
            self._section.add("html", markup.on_page(html))
        elif kind in self._closing and html is not None:
            self.expected, self.up_to, self.released = (meta.get(name) or getattr(self, name) for name in _DATES)
            self._closing[kind].add("html", markup.on_page(html))
        elif kind == "working" and html is not None:
            self._section.working.append((False, markup.on_page(html)))
        elif kind != "caption":
            self._plain(output, data)

    def _table(self, html: Markup, meta: dict[str, Any]) -> None:
        """Place a table: beside the chart that it follows if it says so, else below what is there."""
        if meta.get("beside") and self._section.blocks:
            self._section.blocks[-1]["beside"] = html
        else:
            self._section.add("table", html, meta | {"anchor": self._unique(meta.get("id", "table"))})

    def _plain(self, output: Any, data: dict[str, Any]) -> None:
        """Show an output that is not ours: a picture, Markdown, or text as printed."""
        text = data.get("text/plain", "")
        if output.output_type in ("stream", "error"):
            printed = output.text if output.output_type == "stream" else "\n".join(output.traceback)
            return self._section.add("html", markup.preformatted(unstyle(printed)))
        drawn, svg = data.get("image/svg+xml"), None
        if drawn and (svg := markup.inline_svg(drawn, f"{self._unique('figure')}-", text)):
            return self._section.add("chart", svg)
        for mime in ("image/png", "image/jpeg"):
            if mime in data:  # with the text output as its alternative
                picture = Markup('<img src="{}" alt="{}">').format(_data_address(mime, data[mime]), text)
                return self._section.add("chart", picture)
        if "text/markdown" in data:
            return self._section.add("html", markup.render_markdown(data["text/markdown"], trusted=False))
        return self._section.add("html", markup.preformatted(text)) if text else None

    def _close(self, closing: list[Section]) -> None:
        """Put the closing sections last, and fold sections with nothing to show into the opening's code."""
        for section in closing:
            own = [other for other in self.sections if other.label.casefold() == section.label.casefold()][:1]
            if own or section.blocks or section.label == MADE:
                last = own[0] if own else section
                last.blocks += section.blocks if own else []
                self.sections = [other for other in self.sections if other is not last] + [last]
        for section in self.sections:
            if section.blocks or section.finding or section.label == MADE:
                section.anchor = self._unique(section.label)
            else:
                self.opening.working += section.working
        self.sections = [section for section in self.sections if section.anchor]

    def _unique(self, wanted: str) -> str:
        """Return an id not given before on this page."""
        base = anchor(wanted) or "part"
        name, number = base, 2
        while name in self._ids:
            name, number = f"{base}-{number}", number + 1
        self._ids.add(name)
        return name


def _data_address(mime: str, content: str | bytes) -> str:
    """Return the address of a content as bytes, or as the base64 that a notebook has, with its line breaks."""
    return f"data:{mime};base64,{_base64(content) if isinstance(content, bytes) else ''.join(content.split())}"


# --- The page ------------------------------------------------------------------------------------


def files_beside(notebook: Any) -> dict[str, bytes]:
    """Return the table that a page links as a file of its own, by the end of the file's name; most have none."""
    found = [mark["csv"].encode("utf-8-sig") for mark in marks(notebook) if mark.get("file")]
    return {".csv": found[0]} if found else {}


def render_page(notebook: Any, job: Job | None = None, title: str = "") -> str:
    """Render an executed notebook as one HTML page with no request to anywhere; it needs no script.

    Equal arguments give the same text. Without a job, as for a notebook of one's own, `title` is what it is called, and
    it does not say how it was made.
    """
    page = Page(notebook, job.entry.title if job else title)
    template, edition = environment().get_template("page.html.j2"), job.edition if job else {}
    return fitted(template.render(page=page, job=job, edition=edition, base="../"))


def render_text(text: str, edition: Mapping[str, str]) -> str:
    """Render a Markdown text as a page that stands beside the index; `edition` is what it says of its edition."""
    page = Page(from_dict({"cells": [{"cell_type": "markdown", "source": text, "metadata": {}}]}), SITE)
    page.sections.pop()  # how it was made
    return fitted(environment().get_template("page.html.j2").render(page=page, job=None, edition=edition, base=""))


@cache
def environment() -> Environment:
    """Return the template environment: everything is escaped unless our own code made it."""
    tidy = {"trim_blocks": True, "lstrip_blocks": True, "keep_trailing_newline": True, "undefined": StrictUndefined}
    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, **tidy)
    made.globals |= {"SITE": SITE, "MADE": MADE, "METHOD": METHOD, "SHOWN": _DIGITS, "inputs": _INPUTS, "show": show}
    made.globals |= {"asset": _asset, "script_hash": _script_hash}
    made.filters["quoted"] = lambda text: Markup(_quoted(text))
    made.filters["csv_address"] = lambda text: _data_address("text/csv;charset=utf-8", text.encode("utf-8-sig"))
    return made


def _asset(name: str) -> Markup:
    """Return a stylesheet or script to stand inside a page."""
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))


def _script_hash(name: str) -> str:
    """Return the hash by which a page's policy allows one script of ours and no other."""
    return "sha256-" + _base64(hashlib.sha256(_asset(name).encode()).digest())


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def fitted(page: str) -> str:
    """Return a page as it is published: scrolling regions told apart, and tables that fit a phone.

    There each row of a table of many columns becomes a block, and each cell says what its column is. These words come
    from the table's head, through the stylesheet, so that they are said once a page and not in every cell.
    """
    seen: Counter[str] = Counter()
    stacked: dict[tuple[str, ...], str] = {}

    def tell_apart(region: re.Match[str]) -> str:
        seen[region[1]] += 1
        return region[0] if seen[region[1]] == 1 else f'{region[0][:-1]} ({seen[region[1]]})"'

    def stack(table: re.Match[str]) -> str:
        heads = tuple(Markup(head).striptags() for head in _HEAD.findall(table[2]))
        if len(heads) <= _SIDE_BY_SIDE:
            return table[0]
        name = stacked.setdefault(heads, f"heads{len(stacked) + 1}")
        return f'<table class="{" ".join(filter(None, (table[1], "stack", name)))}">{table[2]}</table>'

    page = _TABLE.sub(stack, re.sub(r'role="region" aria-label="([^"]*)"', tell_apart, page))
    named = ((f".{name} td:nth-child({n})", head) for heads, name in stacked.items() for n, head in enumerate(heads, 1))
    rules = [f"{cell}::before{{content:{_quoted(head + ': ')}}}" for cell, head in named if head]
    shown = "@media (max-width:40rem){" + "\n".join(rules) + "}\n</style>"
    return page.replace("</style>", shown, 1) if rules else page


def _quoted(text: str) -> str:
    """Return text as a CSS string that can neither end the string nor the stylesheet."""
    return '"' + re.sub(r"[^\w .,:()%£-]", lambda sign: f"\\{ord(sign[0]):x} ", text) + '"'
