"""The index over all areas, made from what lies in the folder of reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.runner.catalogue import Entry
from analysis.runner.publish import headline_values, put, reports_in
from analysis.runner.render import environment


@dataclass
class AreaReports:
    """The reports of one area: rows for the index's table, and what failed."""

    slug: str
    name: str
    reports: list[dict[str, str]] = field(default_factory=list)
    failures: list[dict[str, str]] = field(default_factory=list)


def publish_index(output: Path, catalogue: list[Entry]) -> None:
    """Rebuild `index.html` from the published notebooks and the logs of failures.

    Args:
        output: the folder of reports.
        catalogue: titles, and the order of the reports.
    """
    titles = {entry.name: entry.title for entry in catalogue}
    slugs = {folder.name for base in (output, output / ".failed") for folder in base.glob("[!.]*") if folder.is_dir()}
    areas = [_area(output, slug, titles) for slug in sorted(slugs)]
    shown = sorted((area for area in areas if area.reports or area.failures), key=lambda area: area.name)
    put(output / "index.html", environment().get_template("index.html.j2").render(areas=shown).encode())


def _area(output: Path, slug: str, titles: dict[str, str]) -> AreaReports:
    """Gather one area's reports and failures."""
    area = AreaReports(slug, slug.replace("-", " ").title())
    for name, content in reports_in(output / slug, list(titles)):
        area.name = content["metadata"]["analysis"]["area_name"]
        values = headline_values(content)
        row = _headline(values[0]) if values else {"label": "", "value": "", "interval": "", "period": ""}
        area.reports.append({"title": titles.get(name, name), "address": f"{slug}/{name}.html", **row})
    for log in sorted((output / ".failed" / slug).glob("*.log")):
        message = log.read_text(encoding="utf-8").splitlines()[0]
        area.failures.append({"notebook": titles.get(log.stem, log.stem), "message": message})
    return area


def _headline(value: dict[str, Any]) -> dict[str, str]:
    """Return a headline value as the index shows it."""
    unit = str(value.get("unit") or "")
    sign = unit if number_text(1, unit) in ("1%", "£1") else ""  # a unit in words is said once, with the value
    lower, upper = (number_text(value.get(end), sign) for end in ("lower", "upper"))
    shown = number_text(value.get("value"), unit)
    if not shown and value.get("symbol"):
        shown = f"[{value['symbol']}]"
    return {
        "label": str(value.get("label") or ""),
        "value": shown,
        "interval": f"{lower} to {upper}" if lower and upper else "",
        "period": str(value.get("period") or ""),
    }


def number_text(value: Any, unit: str) -> str:
    """Return a number with its unit in a few digits: `3.9%`, `£1,234`, `30,019 children`; empty for none.

    Args:
        value: a number, text, or None.
        unit: the unit as the notebook gives it; a percentage is a number out of 100.
    """
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        text = value
    elif isinstance(value, int) or float(value).is_integer():
        text = f"{int(value):,}"
    else:
        text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.1f}" if abs(value) >= 1 else f"{value:.3g}"
    if unit in ("%", "percent", "per cent"):
        return f"{text}%"
    if unit in ("£", "GBP", "pounds"):
        return f"£{text}"
    return f"{text} {unit}" if unit and unit not in ("number", "count") else text
