"""The page: its parts and their order, what is escaped, and notebooks that know nothing of it."""

from __future__ import annotations

from html import escape

import nbformat
import pytest
from justhtml import JustHTML
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from analysis.press.catalogue import Entry, Parameter
from analysis.press.markup import inline_svg
from analysis.press.page import render_page
from analysis.press.request import Area, Job
from browser import markup_findings
from small_project import SVG

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">'


def attributes(text, what):
    """The attributes of the elements of a page that a selector chooses."""
    return [element.attrs for element in JustHTML(text, sanitize=False).query(what)]


def headings(text):
    found = JustHTML(text, sanitize=False).query("h1, h2, h3, h4")
    return [" ".join([element.name, *element.to_text("", strip=False).split()]) for element in found]


def code(source, *outputs):
    return new_code_cell(source, outputs=list(outputs), execution_count=1)


def marked(data, **about):
    return new_output("display_data", data=data, metadata={"analysis": about})


def chart(name, alt="Alt text"):
    bundle = {"image/svg+xml": SVG, "text/plain": alt}
    return code(
        "draw()", marked(bundle, kind="chart", id=name, title=f"Title {name}", subtitle="Sub", alt=alt, note="Note")
    )


def page(*cells, job=None):
    notebook = new_notebook(cells=list(cells))
    nbformat.validate(notebook)
    return render_page(notebook, job, title="Untitled")


def job(title, area, label, default, value, digest):
    """A report on an area, with one parameter that was changed."""
    entry = Entry("n", title, "", "all", None, (Parameter("year", default, "str", label, label),))
    return Job(entry, Area("E1", area, "e1", True), {"year": value}, {"notebook": digest})


@pytest.fixture
def whole():
    table = "<details class='data'><summary>Data</summary><table><caption>Cap</caption></table></details>"
    return page(
        new_markdown_cell("# The title\n\nThe *question*?\n\n## Topic one\n\nWords."),
        code("a = 1", marked({"text/markdown": "- Six **percent**.", "text/plain": ""}, kind="answer")),
        code("b = 2\nc = 3", marked({"text/plain": "F"}, kind="finding", sentence="What was found.")),
        chart("same"),
        code(
            "t", marked({"text/html": table, "text/plain": ""}, kind="table", id="t", caption="Cap", csv="é,b\n1,2\n")
        ),
        new_markdown_cell("## Topic two\n\n##### Deep\n\nMore."),
        chart("same"),
        new_markdown_cell("## Sources\n\nBy the author."),
        code("s", marked({"text/html": "<p>S!</p>", "text/plain": ""}, kind="sources")),
        new_markdown_cell("## Topic three\n\nLast."),
        code("v", marked({"text/html": "<p>V!</p>", "text/plain": ""}, kind="values")),
    )


def test_headings_are_in_order_and_every_reference_has_its_target(whole):
    assert headings(whole) == [
        "h1 The title", "h2 The answer", "h2 Topic one: What was found", "h2 Topic two", "h3 Deep",
        "h2 Topic three", "h2 Headline values", "h2 Sources", "h2 How this page was made",
    ]  # fmt: skip
    assert markup_findings(whole) == []
    uses = [use["xlink:href"][1:] for use in attributes(whole, "use")]
    assert len(set(uses)) == 2
    assert set(uses) <= {element["id"] for element in attributes(whole, "[id]")}
    sources = whole[whole.index('<h2 id="sources">') :]
    assert sources.index("By the author.") < sources.index("S!")
    assert "V!" in whole[whole.index('<h2 id="headline-values">') : whole.index('<h2 id="sources">')]


def test_page_has_what_a_reader_and_a_screen_reader_need(whole):
    assert attributes(whole, "html") == [{"lang": "en-GB"}]
    assert attributes(whole, "a")[0]["href"] == "#main"
    assert [len(attributes(whole, name)) for name in ("main", "header", "nav")] == [1, 1, 1]
    assert [svg["aria-label"] for svg in attributes(whole, "svg")] == ["Alt text", "Alt text"]
    assert all(svg["role"] == "img" and "width" not in svg for svg in attributes(whole, "svg"))
    assert "default-src 'none'" in attributes(whole, "meta")[2]["content"]
    assert attributes(whole, "script") == [{}], "the page's own, allowed by its hash and by nothing else"
    assert not attributes(whole, "link")


def test_parts_of_a_section_stand_in_order(whole):
    section = whole[whole.index("Topic one<") : whole.index('<h2 id="topic-two">')]
    order = ["What was found", "Words.", "<figure", "Title same", "Sub", "<svg", "Note", "<details class='data'>"]
    order += ["Download as CSV", "Code: 5 lines"]
    places = [section.index(part) for part in order]
    assert places == sorted(places)
    assert "data:text/csv;charset=utf-8;base64,77u/w6ksYgoxLDIK" in section
    assert '<div class="scroll" role="region" aria-label="Cap" tabindex="0"><table>' in section


def test_page_says_what_it_was_made_from():
    text = page(job=job("T", "Wiltshire", "Year", "2013", "2011", "f" * 64))
    command = "<code>analysis run n --area Wiltshire -p year=2011</code>"
    for part in ("changed from 2013", command, 'href="n.ipynb"', f"<code>{'f' * 12}</code>", "<title>T – Wil"):
        assert part in text
    assert "not in the project" in page()


def test_nothing_from_data_becomes_markup():
    bundle = {"text/markdown": f"- {HOSTILE} [x](javascript:alert(3))", "text/plain": HOSTILE}
    about = dict.fromkeys(("title", "subtitle", "alt", "note"), HOSTILE)
    table = {"kind": "table", "id": "t", "caption": HOSTILE, "csv": ""}
    text = page(
        new_markdown_cell(f"{HOSTILE}\n\n## {HOSTILE}"),
        code(HOSTILE, marked(bundle, kind="answer"), marked(bundle, kind="finding", sentence=HOSTILE)),
        code("x", marked(bundle, kind="text"), new_output("stream", name="stdout", text=HOSTILE)),
        code("y", new_output("execute_result", data={"text/html": HOSTILE, "text/plain": HOSTILE})),
        code(
            "t",
            marked({"text/html": f"<table><caption>{escape(HOSTILE)}</caption></table>", "text/plain": ""}, **table),
        ),
        code("z", marked({"image/svg+xml": SVG, "text/plain": HOSTILE}, kind="chart", id=HOSTILE, **about)),
        job=job(*[HOSTILE] * 6),
    )
    assert attributes(text, "script") == [{}]
    assert not any(name.startswith("on") for about in attributes(text, "*") for name in about)
    assert not any("javascript:" in a["href"] for a in attributes(text, "a"))
    assert text.count("&lt;script&gt;alert(1)") > 10


def test_an_analysts_own_notebook_has_a_page():
    shown = [
        {"text/plain": "2 < 3"},
        {"text/html": "<table><tr><td>9", "text/plain": "a  9"},
        {"image/png": "aGk=\n", "text/plain": "<Figure>"},
        {"image/svg+xml": SVG, "text/plain": "a figure"},
    ]
    text = page(
        new_markdown_cell("# Mine\n\nWhat?\n\n## Part\n\nText."),
        code("1 + 1", *(new_output("display_data", data=data) for data in shown)),
        code("print()", new_output("stream", name="stdout", text="\x1b[31mred\x1b[0m & more")),
    )
    assert headings(text) == ["h1 Mine", "h2 Part", "h2 How this page was made"]
    assert attributes(text, "img") == [{"src": "data:image/png;base64,aGk=", "alt": "<Figure>"}]
    assert [svg["aria-label"] for svg in attributes(text, "svg")] == ["a figure"]
    assert [words in text for words in ("2 &lt; 3", "a  9", ">red &amp; more", "<td>9")] == [True, True, True, False]


def test_words_and_a_table_beside_a_chart_stand_on_the_page_once():
    table = marked({"text/html": "<table><caption>Tips</caption></table>", "text/plain": ""}, kind="table", beside=True)
    about = {"id": "c", "title": "Title here", "subtitle": "Sub here", "alt": "alt", "note": "Note here"}
    cells = [
        code("x", marked({"text/markdown": "**Title here**", "text/plain": "Title here"}, kind="caption")),
        code("y", marked({"image/svg+xml": SVG, "text/plain": "alt"}, kind="chart", **about), table),
        code("z", marked({"text/markdown": "Note here", "text/plain": "Note here"}, kind="caption")),
    ]
    html = page(*cells)
    assert [html.count(words) for words in ("Title here", "Sub here", "Note here")] == [1, 1, 1]
    assert html.count("<caption>Tips") == 1
    assert (
        html.index('<div class="paired">') < html.index("<svg") < html.index("<caption>Tips") < html.index("Note here")
    )


@pytest.mark.parametrize(("finding", "eyebrow"), [("plans in force rose", False), ("More plans than ever", True)])
def test_a_topic_is_said_once(finding, eyebrow):
    found = code("x", marked({"text/plain": finding}, kind="finding", sentence=finding))
    html = page(new_markdown_cell("# T\n\nWhy?\n\n## Plans in force"), found)
    assert ('<span class="topic">Plans in force' in html) is eyebrow


def test_svg_loses_what_is_active_and_keeps_its_colours():
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50" onload="x()"><style>#a{fill:#12436D}</style>'
        '<script>x()</script><foreignObject/><a href="https://example.org"/>'
        '<g id="a" fill="url(#b)" style="clip-path: url(#b)"/>'
        '<image href="https://example.org/x.png"/></svg>'
    )
    made = inline_svg(svg, "p-", 'say "so"')
    start = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50" style="max-width:150px" role="img" '
    assert made.startswith(start + 'aria-label="say &quot;so&quot;">')
    for part in ("#p-a{fill:#12436D}", 'id="p-a"', 'fill="url(#p-b)"', "clip-path: url(#p-b)"):
        assert part in made
    for part in ("script", "onload", "foreignObject", "example.org"):
        assert part not in made
    assert inline_svg("<svg", "p-", "") is None
    assert inline_svg("<p/>", "p-", "") is None
