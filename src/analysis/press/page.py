"""An executed notebook as the parts of a page: answer, sections, headline values, sources."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from analysis.links import anchor, to_pages
from analysis.press import plain
from analysis.press.markup import (
    highlight_code,
    inline_svg,
    parse_markdown,
    preformatted,
    render_markdown,
    render_tokens,
    scroll_tables,
    tokens_text,
)

# What a template may ask of a chart or table whose output does not say it.
_NOTHING = dict.fromkeys(("anchor", "title", "subtitle", "note", "caption", "csv", "folded"), "")
# Sections that every page ends with; a notebook's own section of the same name becomes that section.
VALUES, SOURCES, MADE = "Headline values", "Sources", "How this page was made"


@dataclass
class Block:
    """One piece of a section. `kind` is html, finding, chart or table; the template knows each."""

    kind: str
    html: Markup = field(default_factory=Markup)
    data: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.data = {**_NOTHING, **self.data}


@dataclass
class Section:
    """A section: the author's heading, the finding that replaces it, what it shows, and the code that made it."""

    label: str
    finding: str = ""
    blocks: list[Block] = field(default_factory=list)
    code: list[Markup] = field(default_factory=list)
    lines: int = 0
    anchor: str = ""

    @property
    def heading(self) -> str:
        """Return the text of the section's heading."""
        return self.finding or self.label

    @property
    def topic(self) -> str:
        """Return the author's heading where a finding replaces it and does not itself begin with it; else ""."""
        return "" if not self.finding or self.finding.casefold().startswith(self.label.casefold()) else self.label


@dataclass
class Page:
    """The parts of a page, top to bottom. `opening` holds what comes before the first section."""

    title: str
    question: str = ""
    answer: Markup = field(default_factory=Markup)
    opening: Section = field(default_factory=lambda: Section(""))
    sections: list[Section] = field(default_factory=list)

    def take(self, label: str) -> Section:
        """Return the section of that name, at the end of the page; a new one if the notebook has none."""
        found = [section for section in self.sections if section.label.casefold() == label.casefold()]
        section = found[0] if found else Section(label)
        self.sections = [other for other in self.sections if other is not section] + [section]
        return section


class _Builder:
    """Walks through a notebook once and collects the parts of its page."""

    def __init__(self, title: str) -> None:
        self.page = Page(title)
        self.section = self.page.opening
        self.titled = False
        self.values: list[Block] = []
        self.sources: list[Block] = []
        self.ids: set[str] = set()

    def unique(self, wanted: str) -> str:
        """Return an id not given before on this page."""
        base = anchor(wanted) or "part"
        name, number = base, 2
        while name in self.ids:
            name, number = f"{base}-{number}", number + 1
        self.ids.add(name)
        return name

    def markdown_cell(self, cell: Any) -> None:
        """Cut a cell at its headings of the first two levels: title, then sections."""
        pending: list[dict[str, Any]] = []
        for token in parse_markdown(_with_attachments(cell)):
            level = token["attrs"]["level"] if token["type"] == "heading" else 9
            if level == 1 and not self.titled:
                self._flush(pending)
                self.page.title, self.titled = tokens_text(token["children"]), True
            elif level <= 2:
                self._flush(pending)
                self.section = Section(tokens_text(token["children"]))
                self.page.sections.append(self.section)
            else:
                pending.append(token)
        self._flush(pending)

    def _flush(self, pending: list[dict[str, Any]]) -> None:
        """Render the tokens gathered so far; the first paragraph after the title is the question."""
        if self.titled and not self.page.question and self.section is self.page.opening:
            first = next((token for token in pending if token["type"] != "blank_line"), None)
            if first and first["type"] == "paragraph":
                self.page.question = " ".join(tokens_text(_spaced(first["children"])).split())
                pending.remove(first)
        html = render_tokens(pending, trusted=True)
        if html.strip():
            self.section.blocks.append(Block("html", html))
        pending.clear()

    def code_cell(self, cell: Any) -> None:
        """Take a cell's outputs to where they belong on the page, and its code to the end of its section."""
        for output in cell.get("outputs", []):
            self._output(output)
        source = cell.source.strip("\n")
        if source.strip():
            self.section.code.append(highlight_code(source))
            self.section.lines += len(source.splitlines())

    def _output(self, output: Any) -> None:
        """Place one output; those without our metadata are shown plainly."""
        meta = output.get("metadata", {}).get("analysis", {})
        kind = meta.get("kind", "")
        data = {mime: _joined(value) for mime, value in output.get("data", {}).items()}
        html, markdown = data.get("text/html"), data.get("text/markdown")
        if kind == "caption":
            return  # the chart's mark has the same words
        if kind == "answer" and markdown is not None:
            self.page.answer += render_markdown(markdown, trusted=False)
        elif kind == "finding":
            self._finding(meta.get("sentence") or data.get("text/plain", ""))
        elif kind == "chart" and "image/svg+xml" in data:
            self._chart(data, meta)
        elif kind == "table" and html is not None:
            about = {**meta, "anchor": self.unique(meta.get("id", "table"))}
            self.section.blocks.append(Block("table", scroll_tables(to_pages(html)), about))
        elif kind in ("values", "sources") and html is not None:
            getattr(self, kind).append(Block("html", scroll_tables(html)))
        else:
            self.section.blocks += self._plain(output, data)

    def _finding(self, sentence: str) -> None:
        """Make a sentence the heading of its section; a second one, or one before any section, stands in bold."""
        if self.section is self.page.opening or self.section.finding:
            self.section.blocks.append(Block("finding", data={"sentence": sentence}))
        else:
            self.section.finding = sentence.rstrip(".")  # a heading takes no full stop

    def _chart(self, data: dict[str, Any], meta: dict[str, Any]) -> None:
        """Add a figure; an SVG that cannot be read becomes its text alternative."""
        anchor = self.unique(meta.get("id") or "chart")
        alt = meta.get("alt") or data.get("text/plain", "Chart")
        svg = inline_svg(data["image/svg+xml"], f"{anchor}-", alt)
        self.section.blocks.append(Block("chart", svg or preformatted(alt), {**meta, "anchor": anchor}))

    def _plain(self, output: Any, data: dict[str, Any]) -> list[Block]:
        """Return the blocks of an output that is not ours: a picture, Markdown, or text as printed."""
        text = data.get("text/plain", "")
        if output.output_type == "stream":
            return [Block("html", preformatted(plain(output.text)))]
        if output.output_type == "error":
            return [Block("html", preformatted(plain("\n".join(output.traceback))))]
        if "image/svg+xml" in data:
            svg = inline_svg(data["image/svg+xml"], f"{self.unique('figure')}-", text)
            if svg:
                return [Block("chart", svg)]
        for mime in ("image/png", "image/jpeg"):
            if mime in data:
                return [Block("chart", _image(mime, data[mime], text))]
        if "text/markdown" in data:
            return [Block("html", render_markdown(data["text/markdown"], trusted=False))]
        return [Block("html", preformatted(text))] if text else []

    def finish(self) -> Page:
        """Return the page: closing sections last, sections with nothing to show folded into the opening's code."""
        for label, blocks in ((VALUES, self.values), (SOURCES, self.sources)):
            if blocks or any(s.label.casefold() == label.casefold() for s in self.page.sections):
                self.page.take(label).blocks += blocks
        self.page.take(MADE)
        for section in [s for s in self.page.sections if not s.blocks and not s.finding and s.label != MADE]:
            self.page.sections.remove(section)
            self.page.opening.code += section.code
            self.page.opening.lines += section.lines
        for section in self.page.sections:
            section.anchor = self.unique(section.label)
        return self.page


def read_page(notebook: Any, title: str) -> Page:
    """Sort a notebook's cells and outputs into the parts of a page.

    Args:
        notebook: an executed `nbformat.NotebookNode`.
        title: the page's title if the notebook has no heading of the first level.
    """
    builder = _Builder(title)
    builder.ids |= {"main", "contents", "answer", "top"}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            builder.markdown_cell(cell)
        elif cell.cell_type == "code":
            builder.code_cell(cell)
    return builder.finish()


def _joined(value: Any) -> Any:
    """Return a mime bundle's text in one piece; notebooks on disk may keep it in lines."""
    return "".join(value) if isinstance(value, list) and all(isinstance(part, str) for part in value) else value


def _spaced(tokens: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return inline tokens with line breaks as spaces."""
    return [{"type": "text", "raw": " "} if token["type"] in ("softbreak", "linebreak") else token for token in tokens]


def _image(mime: str, content: str, text: str) -> Markup:
    """Return a picture inside the page, with the text output as its alternative."""
    return Markup('<img src="data:{};base64,{}" alt="{}">').format(mime, "".join(content.split()), text)


def _with_attachments(cell: Any) -> str:
    """Return a cell's Markdown with attached pictures inside it."""
    source = cell.source
    for name, bundle in cell.get("attachments", {}).items():
        for mime, content in bundle.items():
            source = source.replace(f"attachment:{name}", f"data:{mime};base64,{''.join(content.split())}")
    return source


def csv_address(text: str) -> str:
    """Return a CSV as a data address that a link can point to."""
    return "data:text/csv;charset=utf-8;base64," + base64.b64encode(text.encode()).decode()
