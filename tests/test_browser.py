"""Pages as a reader has them: in a browser, on a phone and at a desk, by keyboard, in print, without scripts."""

from __future__ import annotations

import csv
import json
import os
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import sync_playwright

import browser as checks
from analysis.cli import main
from analysis.files import PAGE_BYTES
from analysis.press.catalogue import load_catalogue
from analysis.press.publish import publish_index
from browser import DESKTOP, PHONE, TABLET, look_at
from notebook_runs import ROOT

REPORTS = ROOT / "reports"
PAGES = [REPORTS / "index.html", REPORTS / "how_we_work.html", *sorted((REPORTS / "wiltshire").glob("*.html"))]
WIDTHS = (PHONE, TABLET, DESKTOP)


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        if checks.find_chromium(playwright) is None:
            pytest.skip("no Chromium or Chrome on this machine")
        started = checks.launch(playwright)
        yield started
        started.close()


@pytest.fixture(scope="module")
def tab_for(browser):
    """A function that returns the tab for some settings; a tab of its own for every file would cost as much again."""
    tabs = {}

    def tab(**settings):
        asked_for = tuple(sorted(settings.items()))
        if asked_for not in tabs:
            tabs[asked_for] = made = browser.new_page(**settings)
            made.on("request", lambda request: made.asked.append(request.url))
            made.on("console", lambda message: made.said.append(message.text))
            made.on("pageerror", lambda error: made.said.append(str(error)))
        return tabs[asked_for]

    return tab


@pytest.fixture
def opened(tab_for):
    """A function that opens a file as new in the tab for the settings, and notes everything asked for and said."""

    def open_file(file, **settings):
        tab = tab_for(**settings)
        tab.goto("about:blank")  # else the same address with another fragment would be the same page
        tab.emulate_media(media="screen")
        tab.set_viewport_size({"width": DESKTOP, "height": 900})
        tab.asked, tab.said = [], []
        tab.goto(file.as_uri())
        return tab

    return open_file


every_page = pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)


@every_page
def test_nothing_bars_anyone(opened, file):
    page = opened(file)
    checks.shorten(page)
    for width, unfolded in ((PHONE, False), (PHONE, True), (DESKTOP, True)):
        look_at(page, width, unfolded)
        assert checks.axe_findings(page, contrast=width == PHONE) == []


@every_page
def test_it_fits_every_screen_and_its_drawings_can_be_read(opened, file):
    page = opened(file)
    for width, unfolded in product(WIDTHS, (False, True)):
        look_at(page, width, unfolded)
        assert checks.wide_findings(page) == checks.sideways_findings(page) == []
        assert unfolded or checks.drawing_findings(page, 11) == []
        assert checks.spacing_findings(page, drawings=width != PHONE) == []
    look_at(page, DESKTOP)
    assert checks.sideways_findings(page, ".scroll") == []


@every_page
def test_the_keyboard_and_paper_are_enough_and_nothing_leaves_the_page(opened, file):
    page, still = opened(file), opened(file, java_script_enabled=False)
    assert {address for address in page.asked if not address.startswith("data:")} == {file.as_uri()}
    assert page.said == []
    assert checks.rest(page) == checks.rest(still)
    assert checks.skip_findings(page) == checks.keyboard_findings(page) == []
    pages = {"index.html": range(1, 99), "overview.html": range(2, 3)}.get(file.name, range(2, 99))
    assert checks.print_findings(page, pages) == []


@every_page
def test_one_of_two_drawings_is_there_for_anyone(opened, file):
    """Each chart once, by its words, and as wide as its column or as it was drawn for, in either scheme."""
    for scheme in ("light", "dark"):
        page = opened(file, color_scheme=scheme)
        for width in (PHONE, DESKTOP):
            look_at(page, width)
            seen = "[...c.children].filter((e) => e.checkVisibility()).map((e) => e.getBoundingClientRect().width)"
            charts = f"(c) => [c.children.length, c.clientWidth, ...{seen}]"
            shown = page.evaluate(f"[...document.querySelectorAll('.chart')].map({charts})")
            assert all(len(one) == 3 for one in shown), "one is shown and no other"
            assert all(wide >= min(room, 470) for _, room, wide in shown)
            assert all(wide > 800 for drawings, _, wide in shown if drawings == 2 and width == DESKTOP)
            assert scheme == "light" or checks.drawing_findings(page, 11) == []


@every_page
def test_the_markup_is_valid_and_light(file):
    assert checks.markup_findings(file.read_text(encoding="utf-8")) == []
    assert checks.link_findings(file) == []
    assert file.stat().st_size <= PAGE_BYTES


# --- A long list of cards --------------------------------------------------------------------------

CARDS = "#claims-register .cards > li"


def test_cards_are_narrowed_and_what_is_left_can_be_taken_away(opened):
    """By what stands on them, whichever that is; every one is there without scripts."""
    file = REPORTS / "wiltshire" / "claims.html"
    page, still = opened(file), opened(file, java_script_enabled=False)
    look_at(page, DESKTOP, unfolded=True)
    tools = page.locator("#claims-register .narrow")
    number = page.locator(CARDS).count()
    assert number == page.locator(f"{CARDS}:visible").count() == still.locator(CARDS).count() > 300
    assert still.locator(".narrow").count() == 0
    for label, kind in (("Verdict", "Contradicted"), ("Document", "Early Help Strategy 2013-2016"), ("Topic", "SEND")):
        tools.get_by_label(label).select_option(kind)
        shown = page.locator(f"{CARDS}:visible").all_inner_texts()
        assert shown
        assert all(kind in text for text in shown)
        assert tools.get_by_role("status").inner_text() == f"{len(shown)} of {number}"
    for label in ("Verdict", "Document", "Topic"):
        tools.get_by_label(label).select_option("")
    tools.get_by_label("Cards with").fill("two-year-olds 726")
    shown = page.locator(f"{CARDS}:visible").all_inner_texts()
    assert 0 < len(shown) < 9
    with page.expect_download() as taken:
        tools.get_by_role("button").click()
    rows = list(csv.DictReader(Path(taken.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    assert list(rows[0]) == ["Quote", "Verdict", "Finding", "Why", "Place", "Document", "Topic"]
    assert len(rows) == len(shown)
    assert all(row["Quote"] in text and row["Place"] in text for row, text in zip(rows, shown, strict=True))
    tools.get_by_label("Cards with").fill("")
    assert page.locator(f"{CARDS}:visible").count() == number
    assert page.said == []


# --- Another authority, and the index of many -----------------------------------------------------

NAMES = ("early_help_spend", "hidden_harm")


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """The pages of an authority with many suppressed figures, made from the releases."""
    if not os.environ.get("ANALYSIS_OFFICIAL"):
        pytest.skip("set ANALYSIS_OFFICIAL to the folder with the official releases")
    folder = tmp_path_factory.mktemp("reports")
    result = CliRunner().invoke(main, ["run", *NAMES, "--area", "City of London", "--output", str(folder)])
    assert result.exit_code == 0, result.output
    return [folder / "index.html", *sorted((folder / "city-of-london").glob("*.html"))]


def test_the_pages_of_another_authority_are_as_good(opened, elsewhere):
    assert [file.stem for file in elsewhere] == ["index", *NAMES]
    for file in elsewhere:
        page = opened(file)
        look_at(page, PHONE, unfolded=True)
        found = checks.wide_findings(page) + checks.drawing_findings(page, 11)
        found += checks.print_findings(page) + checks.markup_findings(file.read_text(encoding="utf-8"))
        look_at(page, PHONE)
        assert (file.stem, found + checks.axe_findings(page)) == (file.stem, [])
        assert file.stat().st_size <= PAGE_BYTES


def with_areas(folder):
    """An index of many areas, made of copies of one published notebook."""
    content = json.loads((REPORTS / "wiltshire" / "send.ipynb").read_text(encoding="utf-8"))
    names = [f"{letter}{rest}" for letter in "ABCDEFGHIJKLMN" for rest in ("shire", "ton on Sea and Hills")]
    for name in names:
        content["metadata"]["analysis"]["area_name"] = name
        place = folder / name.lower().replace(" ", "-")
        place.mkdir()
        for file, words in (("send.ipynb", json.dumps(content)), ("send.html", ""), ("values.csv", "")):
            (place / file).write_text(words, encoding="utf-8")
    failed = folder / ".failed" / "ashire"
    failed.mkdir(parents=True)
    (failed / "neet.log").write_text("code cell 3 (x = 1/0): <b>ZeroDivisionError</b>\n", encoding="utf-8")
    publish_index(folder, load_catalogue(ROOT / "notebooks"), {}, ())
    return folder / "index.html", names


def test_an_area_is_found_by_part_of_its_name(opened, tmp_path):
    file, names = with_areas(tmp_path)
    page = opened(file)
    shown = "[...document.querySelectorAll('.areas li')].filter((e) => !e.hidden).map((e) => e.textContent)"
    assert page.evaluate(shown) == names
    page.fill("#name", "CTON")
    assert page.evaluate(shown) == ["Cton on Sea and Hills"]
    assert page.inner_text("#found") == f"1 of {len(names)}"
    page.keyboard.press("Enter")
    page.wait_for_url("**/cton-on-sea-and-hills/*.html")
    page.go_back()
    page.fill("#name", "")
    assert page.evaluate(shown) == names
    assert page.said == []
    assert checks.markup_findings(file.read_text(encoding="utf-8")) == []
    assert checks.link_findings(file) == []
    for width in (PHONE, DESKTOP):
        look_at(page, width)
        assert checks.wide_findings(page) == []
    checks.shorten(page)
    assert checks.axe_findings(page) == []


def test_an_area_is_found_without_scripts(opened, tmp_path):
    file, _ = with_areas(tmp_path)
    page = opened(file, java_script_enabled=False)
    assert not page.is_visible("#search")
    page.click(".letters a >> text=K")
    assert page.url.endswith("#letter-11")
    page.click(".areas a >> text=Kshire")
    page.wait_for_url("**/kshire/*.html")
    page.go_back()
    assert page.inner_text(".failed li") == (
        "Young people not in education, employment or training, Ashire: code cell 3 (x = 1/0): <b>ZeroDivisionError</b>"
    )


# --- Each check finds its fault, and nothing in a page without it --------------------------------

PAGE = (
    '<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8"><title>t</title><style>h1 {{ break-inside: avoid }}'
    '</style><meta name="viewport"'
    ' content="width=device-width"></head><body><a href="#main">Skip</a><main id="main"><h1>t</h1>{}</main></body>'
    "</html>"
)
SVG = '<svg viewBox="0 0 300 100" width="300" role="img" aria-label="A chart">{}</svg>'
FOLD = "<details class='data'><summary>s</summary>t</details>"


def drawings(page):
    return checks.drawing_findings(page, 8)


def tables(page):
    return checks.sideways_findings(page, ".scroll")


@pytest.mark.parametrize(
    ("check", "good", "bad", "found"),
    [
        (checks.axe_findings, "<img src='data:,' alt='a'>", "<img src='data:,'>", "image-alt"),
        (checks.wide_findings, "<div tabindex=0 style='overflow-x:auto'><p style='width:2000px'>a</p></div>",
         "<p style='width:2000px'>a</p>", "the page is 2"),
        (checks.sideways_findings, "<div class=chart>a</div>",
         "<div class=chart style='overflow-x:auto'><p style='width:2000px'>a</p></div>", "main: 2000 px in"),
        (tables, "<div class=scroll>a</div>",
         "<div class=scroll style='overflow-x:auto'><p style='width:2000px'>a</p></div>", "main: 2000 px in"),
        (checks.spacing_findings, "<p>" + "words that wrap " * 9 + "</p>",
         "<p style='width:max-content'>" + "words that just fit in here " * 3 + "</p>", "the page is"),
        (checks.spacing_findings, SVG.format('<text x="200" y="50" textLength="90">words to the edge</text>'),
         SVG.format('<text x="180" y="50">words to the edge</text>'), "main: cut by"),
        (drawings, SVG.format('<text x="9" y="50">here</text>'), SVG.format('<text x="290" y="50">cut off</text>'),
         "cut off"),
        (drawings, SVG.format('<text x="9" y="50">a</text><text x="40" y="50">b</text>'),
         SVG.format('<text x="9" y="50">a</text><text x="10" y="50">b</text>'), "overlap: a / b"),
        (drawings, SVG.format(""), '<svg role="img" aria-label="Last: nan"></svg>', "role img"),
        (checks.keyboard_findings, "<a href='#a'>a</a>", "<a href='#a' style='outline:none'>a</a>", "no focus shown"),
        (checks.keyboard_findings, "<a href='#a'>a</a>", "<a href='#a' tabindex='-1'>a</a>", "stop 2"),
        (checks.keyboard_findings, FOLD.replace(">t<", "><a href='#a'>a</a><"), "<a href='#a'>a</a><a href='#b'"
         " onkeydown='event.preventDefault()'>b</a><a href='#c'>c</a>", "stop 4 of 4 is nothing"),
        (checks.skip_findings, "<a href='#a'>a</a>", "<script>document.querySelector('a').href = '#'</script>",
         "the first stop"),
        (checks.print_findings, "<p>a</p>", "<p style='width:2000px'>a</p>", "p.: 2000 px wide"),
        (lambda page: checks.print_findings(page, range(2, 9)), "<p style='break-after:page'>a</p><p>b</p>", "<p>a</p>",
         "printed as 1 pages"),
    ],
)  # fmt: skip
def test_each_check_finds_its_fault(opened, tmp_path, check, good, bad, found):
    for body, expected in ((good, False), (bad, True)):
        file = tmp_path / "page.html"
        file.write_text(PAGE.format(body), encoding="utf-8")
        page = opened(file)
        page.set_viewport_size({"width": 600, "height": 600})
        findings = check(page)
        assert any(found in finding for finding in findings) if expected else findings == []


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("<p>a</div>", "HTML: "),
        ('<p id="a">a</p><a href="#a">b</a><h2>u</h2><h3>v</h3><h2>w</h2>', None),
        ('<b id="a">t</b><p id="a"></p>', "id 'a' stands 2 times"),
        ('<p aria-labelledby="main none">a</p>', "nothing has the id 'none'"),
        ('<svg><path clip-path="url(#gone)"/></svg>', "nothing has the id 'gone'"),
        ("<h1>t</h1>", "2 headings of the first level"),
        ('<img src="data:,">', "no alternative text"),
    ],
)
def test_faults_of_markup_are_found(body, found):
    findings = checks.markup_findings(PAGE.format(body))
    assert any(finding.startswith(found) for finding in findings) if found else findings == []
    assert "the page names no language" in checks.markup_findings(PAGE.replace(' lang="en-GB"', ""))


def test_a_link_to_a_missing_file_is_found(tmp_path):
    file = tmp_path / "page.html"
    links = (
        '<a href="there.csv">a</a><a href="page.html#main">b</a><a href="https://example.org/x">c</a><a href="#c">d</a>'
        '<a href="page.html#gone">e</a>'
    )
    file.write_text(PAGE.format(links), encoding="utf-8")
    assert checks.link_findings(file) == ["no place gone in page.html", "no file there.csv"]
