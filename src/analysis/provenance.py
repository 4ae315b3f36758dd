"""Where the figures on a page come from, so that each number can be found again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

import pandas as pd

from analysis import narrative
from analysis.figures import Figures
from analysis.formats import month
from analysis.tables import Table


def source_rows(figures: Figures) -> list[dict[str, str]]:
    """Return where the figures used come from: a row a figure of a document, a row a column or table of a release."""
    used = figures.used().assign(of_release=lambda t: t["source"].map(figures.sources["kind"]) == "official")
    titles = figures.indicators["title"].to_dict()
    names = figures.areas["name"].to_dict()
    rows = [
        {
            "source": row.source,
            "figure": titles[row.indicator],
            "area": names[row.area],
            "stated": row.stated,
            "place": row.locator,
            "note": row.note,
        }
        for row in used[~used["of_release"]].astype(object).itertuples()
    ]
    columns = used[used["of_release"]].assign(column=lambda t: t["locator"].map(_column))
    for (source, indicator, column), part in columns.groupby(["source", "indicator", "column"], sort=False):
        rows.append(
            {
                "source": source,
                "figure": titles[indicator],
                "area": narrative.some(list(dict.fromkeys(names[area] for area in part["area"].tolist())), "areas"),
                "stated": narrative.count(len(part), "figure"),
                "place": f"{column}, {_ends(sorted(part['time_period']))}",
                "note": "",
            }
        )
    return rows + figures.asked.rows


def sources_html(figures: Figures, rows: list[dict[str, str]], elsewhere: Sequence[str] = ()) -> str:
    """Return one block a source: its title and publisher, then every figure taken from it with its place.

    Args:
        figures: the tables, for what is known of each source.
        rows: from `source_rows`.
        elsewhere: names of what the notebook opened itself.
    """
    parts = [_own(about) for about in figures.asked.own.values()]
    parts += [_elsewhere(elsewhere)] if elsewhere else []
    if not rows:
        return "".join(["<p>No published figure is used.</p>", *parts])
    for source, part in pd.DataFrame(rows).groupby("source", sort=False):
        about = figures.sources.loc[source]
        title = escape(about["title"])
        if about["address"]:
            title = f'<a href="{escape(about["address"])}">{title}</a>'
        frame = part[["figure", "area", "stated", "place", "note"]].rename(columns=str.capitalize)
        table = Table(f"source-{source}", f"Figures from: {about['title']}", frame).html()
        parts.append(
            f"<p><strong>{title}</strong>. {escape(about['publisher'])}, {escape(month(about['date']))}. "
            f"{escape(about['licence'])}.</p>"
            f'<details class="data"><summary>{narrative.count(len(part), "row")} taken from it, '
            f"and where {'it stands' if len(part) == 1 else 'each stands'}</summary>{table}</details>"
        )
    return "".join(parts)


def _own(about: dict[str, str]) -> str:
    """Return what a page says of an analyst's own file."""
    said = {name: escape(text) for name, text in about.items()}
    return (
        f"<p><strong>{said['file']}</strong>: own figures, not published here. Kept by {said['owner']}. "
        f"{said['rows']} rows, {said['periods']}. SHA-256 <code>{said['sha256']}</code>.</p>"
    )


def _elsewhere(names: Sequence[str]) -> str:
    """Return what a page says of what its notebook opened itself."""
    return (
        f"<p><strong>Not recorded</strong>: this notebook also opens {escape(narrative.listed(list(names)))}. "
        "So the page is made again each time, and the digests below do not vouch for it.</p>"
    )


def _column(locator: str) -> str:
    """Return the columns a place names, without area and period: "LACnum (dfe_lait_2026), out of …", "LAC"."""
    if "), out of " in locator:
        return re.sub(r", [^,]*, \d+ \(", " (", locator)
    return locator.rsplit(", ", 2)[0]


def _ends(periods: list[str]) -> str:
    """Return the first and the last of some periods: "2016 to 2025", "2025"."""
    return periods[0] if periods[0] == periods[-1] else f"{periods[0]} to {periods[-1]}"
