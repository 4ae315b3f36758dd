"""The index over all areas, made from what lies in the folder of reports."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.files import put
from analysis.formats import month
from analysis.headline import interval_shown, shown
from analysis.press.catalogue import Entry
from analysis.press.page import environment, fitted
from analysis.press.publish import FAILED, reports_in

START = "overview"
"""The notebook whose page is the one to begin with: the index leads with it."""
_NOTHING = dict.fromkeys(("label", "value", "interval", "period", "change", "released"), "")


@dataclass
class AreaReports:
    """The reports of one area: the page to begin with, rows for the index's table, and what failed.

    `start` has title, address and question; it is empty where that page was not made.
    """

    slug: str
    name: str
    reports: list[dict[str, str]] = field(default_factory=list)
    start: dict[str, str] = field(default_factory=dict)
    failures: list[dict[str, str]] = field(default_factory=list)


def publish_index(output: Path, catalogue: list[Entry]) -> None:
    """Rebuild `index.html` from the published notebooks and the logs of failures.

    Args:
        output: the folder of reports.
        catalogue: titles, and the order of the reports.
    """
    titles = {entry.name: entry.title for entry in catalogue}
    question = next((entry.question for entry in catalogue if entry.name == START), "")
    slugs = {folder.name for base in (output, output / FAILED) for folder in base.glob("[!.]*") if folder.is_dir()}
    areas = [_area(output, slug, titles, question) for slug in sorted(slugs)]
    there = [area for area in areas if area.start or area.reports or area.failures]
    there.sort(key=lambda area: area.name)
    letters = [(letter, list(group)) for letter, group in itertools.groupby(there, key=lambda area: area.name[:1])]
    page = fitted(environment().get_template("index.html.j2").render(areas=there, letters=letters))
    put(output / "index.html", page.encode())


def _area(output: Path, slug: str, titles: dict[str, str], question: str) -> AreaReports:
    """Gather one area's reports and failures."""
    area = AreaReports(slug, slug.replace("-", " ").title())
    for name, called, value in reports_in(output / slug, list(titles)):
        area.name = called
        address = f"{slug}/{name}.html"
        if name == START:
            area.start = {"title": titles.get(name, name), "address": address, "question": question}
            continue
        row = _headline(value) if value else _NOTHING
        area.reports.append({"title": titles.get(name, name), "address": address, **row})
    for log in sorted((output / FAILED / slug).glob("*.log")):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        message = lines[0] if lines else "its log is empty"
        area.failures.append({"notebook": titles.get(log.stem, log.stem), "name": log.stem, "message": message})
    return area


def _headline(value: dict[str, Any]) -> dict[str, str]:
    """Return a headline value as the index shows it."""
    texts = {name: str(value[name]) for name in ("label", "period", "change")}
    return {**texts, "value": shown(value), "interval": interval_shown(value), "released": month(value["released"])}
