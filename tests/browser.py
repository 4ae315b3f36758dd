"""What is asked of a page in a browser. Each check returns its findings, one line each; none means that all is well."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlsplit

from axe_playwright_python.sync_playwright import Axe
from justhtml import JustHTML
from playwright.sync_api import Browser, Page, Playwright

from browser_scripts import FOCUSABLE, LOG_FOCUS, REST, SIDEWAYS, TEXTS, WIDE

PHONE, TABLET, DESKTOP = 320, 768, 1280
A4 = 718
"""Pixels between the margins of a printed page."""
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The overrides of WCAG 1.4.12, which no content may be lost under.
_SPACING = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }"


def find_chromium(playwright: Playwright | None = None) -> str | None:
    """Return the path of a Chromium or Chrome on this machine, playwright's own last; None if there is none."""
    known = [path for name in _NAMES if (path := shutil.which(name))]
    own = playwright.chromium.executable_path if playwright else None
    return next(iter([*known, *([own] if own and Path(own).exists() else [])]), None)


def launch(playwright: Playwright) -> Browser:
    """Start the browser that `find_chromium` finds; without its sandbox only where a root user cannot have one."""
    rooted = hasattr(os, "geteuid") and os.geteuid() == 0
    return playwright.chromium.launch(executable_path=find_chromium(playwright), chromium_sandbox=not rooted)


def look_at(page: Page, width: int, unfolded: bool = False) -> None:
    """Show a page on a screen of this width, with everything folded away or with everything opened."""
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("(open) => document.querySelectorAll('details').forEach((d) => { d.open = open; })", unfolded)
    settle(page)


def settle(page: Page) -> None:
    """Wait until the page's own script has seen what changed."""
    page.evaluate("new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")


def shorten(page: Page, rows: int = 3) -> None:
    """Take all but the first few rows of tables and cards out: the others are like them."""
    page.evaluate(
        "(n) => document.querySelectorAll(`:is(tbody tr, .cards li):nth-child(n + ${n + 1})`)"
        ".forEach((e) => e.remove())",
        rows,
    )


def axe_findings(page: Page, contrast: bool = True) -> list[str]:
    """Return the violations of WCAG 2.2 AA and good practice that axe-core sees.

    Args:
        page: an open page.
        contrast: whether to look at colours, which takes most of the time and does not depend on the width.
    """
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(Axe().axe_script)
    options = {"runOnly": _RULES, "resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": contrast}}}
    found = page.evaluate(f"axe.run(document, {json.dumps(options)}).then((result) => result.violations)")
    return [f"{v['id']}: {v['help']}: {node['html'][:120]}" for v in found for node in v["nodes"]]


def wide_findings(page: Page) -> list[str]:
    """Return what is wider than the window, unless it lies in a region that the keyboard can scroll."""
    wide, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    said = [f"the page is {wide} px wide in a window of {window}"] if wide > window else []
    return said + page.evaluate(WIDE)


def sideways_findings(page: Page, what: str = ".chart") -> list[str]:
    """Return what has to be scrolled sideways to be read; `what` is a selector."""
    return page.evaluate(SIDEWAYS, what)


def spacing_findings(page: Page, drawings: bool = False) -> list[str]:
    """Return what is too wide, and what of drawings is cut or covered, when a reader spaces letters and words out.

    `drawings`: looks at these alone.
    """
    style = page.add_style_tag(content=_SPACING)
    settle(page)
    found = ([] if drawings else wide_findings(page)) + page.evaluate(TEXTS, 0)
    style.evaluate("(e) => e.remove()")
    return found


def drawing_findings(page: Page, smallest: float) -> list[str]:
    """Return texts of drawings that are cut, cover each other or are too small, and drawings without a name.

    Args:
        page: an open page.
        smallest: pixels a text must be high.
    """
    names = page.evaluate(
        "[...document.querySelectorAll('svg:not([aria-hidden])')]"
        ".map((e) => [e.closest('[id]')?.id, e.getAttribute('role'),"
        " e.ariaLabel ?? e.querySelector(':scope > title')?.textContent ?? ''])"
    )
    bad = re.compile(r"\bnan\b|\bNaN\b|\bNone\b|\bundefined\b|^\s*$")  # "none" is a word, "None" is Python's
    nameless = [f"{place}: role {role}, name {name!r}" for place, role, name in names if role != "img"
                or bad.search(name)]  # fmt: skip
    return nameless + page.evaluate(TEXTS, smallest)


def keyboard_findings(page: Page) -> list[str]:
    """Return what the Tab key does not reach in order or reaches without showing it, and what Enter does not open.

    Walks from the top to the end once. Each summary is opened on the way, so that what it folds away is walked too.
    """
    page.goto(page.url.split("#")[0])  # only a new page is walked from its top
    shorten(page)
    wanted = page.evaluate(FOCUSABLE)
    page.evaluate(LOG_FOCUS)
    for kind, _ in wanted:
        page.keyboard.press("Tab")
        if kind == "SUMMARY":
            page.keyboard.press("Enter")
            settle(page)
    reached = page.evaluate("window.reached")
    shut = page.evaluate("[...document.querySelectorAll('details:not([open]) > summary')].map((e) => e.textContent)")
    found = [f"no focus shown: {html}" for html, _, shown in reached if not shown]
    found += [f"Enter does not open: {words[:80]}" for words in shut]
    order, stops = [place for _, place, _ in reached], list(range(len(wanted)))
    if order != stops:
        at = next(
            (n for n, (a, b) in enumerate(zip(order, stops, strict=False)) if a != b), min(len(order), len(stops))
        )
        came = reached[at][0] if at < len(reached) else "nothing"
        found.append(f"stop {at + 1} of {len(stops)} is {came}, not {wanted[at][1] if at < len(wanted) else 'the end'}")
    return found


def skip_findings(page: Page) -> list[str]:
    """Return what is wrong with the first stop of the Tab key, which must be seen and lead into the main part."""
    page.goto(page.url.split("#")[0])
    page.keyboard.press("Tab")
    seen = page.evaluate("(document.activeElement.getBoundingClientRect().left >= 0) && document.activeElement.hash")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    inside = page.evaluate("!!document.activeElement.closest('main')")
    said = [] if seen == "#main" and page.url.endswith("#main") else ["the first stop is not a link to #main in view"]
    return said + ([] if inside else ["after the skip link the next stop is not in main"])


@functools.cache
def _parsed(text: str) -> JustHTML:
    """Parse a page with its errors; each is asked for several times, and takes seconds."""
    return JustHTML(text, sanitize=False, collect_errors=True)


def markup_findings(text: str) -> list[str]:
    """Return errors of HTML, ids given twice, links and references to nowhere, and headings out of order."""
    page = _parsed(text)
    found = [f"HTML: {error}" for error in page.errors]
    ids = Counter(e.attrs["id"] for e in page.query("[id]"))
    found += [f"id {name!r} stands {number} times" for name, number in ids.items() if number > 1]
    wanted = {e.attrs["href"][1:] for e in page.query('[href^="#"]')} | set(re.findall(r"url\(#([^)]+)\)", text))
    for name in ("aria-labelledby", "aria-describedby", "aria-controls", "for"):
        wanted |= {part for e in page.query(f"[{name}]") for part in e.attrs[name].split()}
    found += [f"nothing has the id {name!r}" for name in sorted(wanted - set(ids))]
    levels = [int(e.name[1]) for e in page.query("h1, h2, h3, h4, h5, h6")]
    steps = zip([0, *levels], levels, strict=False)
    found += [f"a heading of level {b} follows one of level {a}" for a, b in steps if b > a + 1]
    found += [] if levels.count(1) == 1 else [f"{levels.count(1)} headings of the first level"]
    found += [] if page.query("html[lang]") else ["the page names no language"]
    return found + [f"no alternative text: {e.to_html()[:80]}" for e in page.query("img") if "alt" not in e.attrs]


def link_findings(file: Path) -> list[str]:
    """Return links of a page to files that are not there, and to places that another page does not have."""
    page = _parsed(file.read_text(encoding="utf-8"))
    parts = [urlsplit(e.attrs[name]) for name in ("href", "src") for e in page.query(f"[{name}]")]
    local = [part for part in parts if part.path and not part.scheme and not part.netloc]
    found, places = [], {}
    for address, place in sorted({(unquote(part.path), part.fragment) for part in local}):
        other = file.parent / address
        if not other.is_file():
            found.append(f"no file {address}")
        elif place:
            if other not in places:
                there = _parsed(other.read_text(encoding="utf-8"))
                places[other] = {e.attrs["id"] for e in there.query("[id]")}
            found += [] if place in places[other] else [f"no place {place} in {address}"]
    return list(dict.fromkeys(found))


def print_findings(page: Page, pages: range = range(1, 99)) -> list[str]:
    """Return what does not fit A4 paper, what is torn or folded away unsaid, and a PDF of another number of pages."""
    look_at(page, A4)
    page.emulate_media(media="print")
    found = page.evaluate(WIDE)  # paper has no regions to scroll: what overflows there has overflow: visible
    folded = page.evaluate("[...document.querySelectorAll('details.data')].some((d) => !d.checkVisibility())")
    if folded and not page.evaluate("[...document.querySelectorAll('.print')].some((e) => e.checkVisibility())"):
        found.append("folded tables are not printed, and the printed page does not say so")
    # A heading that must stay with its figure is itself torn in two over pages where it is let.
    torn = (
        "[...document.querySelectorAll('h1, h2, h3')].filter((e) => getComputedStyle(e).breakInside === 'auto').length"
    )
    found += [f"{number} headings may be torn over two pages"] if (number := page.evaluate(torn)) else []
    made = page.pdf(format="A4")
    page.emulate_media(media="screen")
    number = len(re.findall(rb"/Type\s*/Page\b", made))
    return found + ([] if made.startswith(b"%PDF") and number in pages else [f"printed as {number} pages"])


def rest(page: Page) -> list[str]:
    """Return every address a page links to and every line of its text, but for a search box, which needs scripts."""
    return page.evaluate(REST)
