"""The reference edition in reports/: made from what stands in the tree, complete, light and self-contained."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser

import pytest

from analysis.data import reads
from analysis.data.figures import Figures
from analysis.files import PAGE_BYTES
from analysis.press.reuse import Code, common_fingerprint, data_read, edition, notebook_fingerprint
from notebook_runs import CATALOGUE, ROOT, rests_on

EDITION = ROOT / "reports" / "wiltshire"
NAMES = [entry["name"] for entry in CATALOGUE]
PAGES = [ROOT / "reports" / "index.html", *(EDITION / f"{name}.html" for name in NAMES)]


def record(name):
    return json.loads((EDITION / f"{name}.ipynb").read_text(encoding="utf-8"))["metadata"]["analysis"]


@pytest.fixture(scope="module")
def figures():
    return Figures()


@pytest.fixture(scope="module")
def code():
    return Code(ROOT / "src" / "analysis")


@pytest.mark.parametrize("name", NAMES)
def test_edition_was_made_from_this_tree(figures, code, name):
    """A change to data, code or template needs `make reports`, and the result in the same commit."""
    path = ROOT / "notebooks" / f"{name}.ipynb"
    notebook = json.loads((EDITION / f"{name}.ipynb").read_text(encoding="utf-8"))
    now = {"notebook": notebook_fingerprint(path), "code": code.digest(path)}
    now["data"] = reads.digest(figures, data_read(notebook))
    assert [table for table in data_read(notebook)["tables"] if table.startswith("local/")] == [], (
        "published figures only"
    )
    made = record(name)["fingerprint"]
    assert {key: made[key] for key in now} == now, "the reference edition is older than the tree: run `make reports`"
    assert set(made) == {*now, "around", "parameters", *(["reports"] if rests_on(name) else [])}


def test_edition_says_package_and_lock_once():
    """A change to the package, be it a docstring, or to the lock needs `make reports`."""
    now = common_fingerprint(ROOT, ROOT / "src" / "analysis")
    expected = {name: now[name] for name in ("lock", "package")}
    assert edition(ROOT / "reports") == expected, "the reference edition is older than the tree: run `make reports`"


def test_values_hold_every_headline_value():
    with (EDITION / "values.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(dict.fromkeys(row["notebook"] for row in rows)) == NAMES
    keys = [(row["notebook"], row["key"]) for row in rows]
    assert len(keys) == len(set(keys)) >= 15
    assert all(row["source"] and row["period"] and row["unit"] for row in rows)
    expected = {f"{name}.{kind}" for name in NAMES for kind in ("html", "ipynb")}
    expected |= {"values.csv", "values.meta.csv", "claims.csv"}
    assert {file.name for file in EDITION.iterdir() if file.suffix != ".xlsx"} == expected


class Addresses(HTMLParser):
    """Collects what a page would load or lead to."""

    def __init__(self):
        super().__init__()
        self.loads, self.links, self.tags = [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        for name, value in attributes:
            if name in ("src", "srcset", "action", "formaction", "data", "poster") or (
                name == "href" and tag == "link"
            ):
                self.loads.append(value)
            elif name == "href" and tag == "a":
                self.links.append(value)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_needs_nothing_else(page):
    text = page.read_text(encoding="utf-8")
    read = Addresses()
    read.feed(text)
    assert len(text.encode()) <= PAGE_BYTES
    assert [address for address in read.loads if not address.startswith("data:")] == []
    assert read.tags.count("script") <= 1, "one script of ours, inside the page"
    assert read.tags.count("h1") == 1
    assert not re.search(r"url\((?!['\"]?(#|data:))|@import", text)
    for link in read.links:
        assert re.match(r"https://|data:text/csv|#|\.\./|[a-z_/]+\.(html|ipynb|csv)(#[a-z0-9-]+)?$", link), link
        if not re.match(r"https:|data:|#", link):
            assert (page.parent / link.split("#")[0]).exists(), link


@pytest.mark.parametrize("file", [*PAGES, *(EDITION / f"{name}.ipynb" for name in NAMES)], ids=lambda file: file.name)
def test_file_names_no_machine(file):
    text = file.read_text(encoding="utf-8")
    assert str(ROOT) not in text
    assert not re.search(r"/(home|root|tmp|Users|work)/|[A-Z]:\\\\", text)


def words_of(page):
    """The words of a page that are neither code nor folded into an address."""
    text = re.sub(r"<(style|script)\b.*?</\1>", "", page, flags=re.DOTALL)
    return re.sub(r"<[^>]+>", " ", re.sub(r'<details class="code">.*?</details>', "", text, flags=re.DOTALL))


def test_the_long_words_stand_on_one_page_that_all_others_lead_to():
    method = (ROOT / "reports" / "how_we_work.html").read_text(encoding="utf-8")
    for word in ("95% interval", "Wilson", "Byar", "Poisson", "[low]", "Not judged", "Holds within rounding", "median"):
        assert word in words_of(method), word
    pages = {path: path.read_text(encoding="utf-8") for path in PAGES}
    for path, page in pages.items():
        assert 'how_we_work.html"' in page, path.name
    said = {path.stem: words_of(page).count("95% interval") for path, page in pages.items()}
    assert max(said.values()) <= 11, said
    assert sum(said.values()) <= 51, said
