"""What changed since the last edition: the overview's headline values beside those in `data/last_edition.csv`."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis import narrative as say
from analysis.changes import CHANGED, GONE, NEW, SAME, side_by_side, side_of
from analysis.headline import interval_shown, shown
from analysis.links import address
from analysis.reading import read_table
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.overview.five import TAKEN, Five
from analysis.topics.overview.words import PAGES

TABLE = "last_edition.csv"
UNKNOWN = "a figure, a setting or the method"
"""What may be the reason of a change that the values themselves do not show."""
_WORDS = {NEW: "new", GONE: "no longer worked out"}


def last_edition(report: Report) -> list[dict[str, Any]]:
    """Return the headline values of the last edition of the area's reports; none without one."""
    report.figures.asked.tables.add(TABLE)
    table = read_table(report.figures.folder / TABLE)
    return table[table["area"] == report.area].to_dict("records")


def changes(five: Five) -> tuple[list[dict[str, Any]], int]:
    """Return the values that are not as in the last edition, each with its notebook, and how many were compared.

    Numbers, periods, symbols and units are compared: limits depend on the confidence that a reader may choose.
    """
    taken = [(notebook, key) for notebook, keys in TAKEN.items() for key in keys]
    before = [value for value in last_edition(five.report) if (value["notebook"], value["key"]) in taken]
    now = [{"notebook": notebook, **five.value(key)} for notebook, key in taken if five.value(key)]
    rows = side_by_side(before, now, ["notebook", "key"])
    rows.sort(key=lambda row: taken.index((row["notebook"], row["key"])))
    found = [row for row in rows if row["change"] != SAME and row["differs"] != ["interval"]]
    return [row | {"reason": row["shows"] or UNKNOWN} for row in found], len(rows)


def show(five: Five) -> None:
    """Show what changed since the last edition, or that nothing did."""
    report = five.report
    if not last_edition(report):
        report.finding(f"no earlier edition of the reports on {report.name} is kept here")
        return
    found, compared = changes(five)
    values = say.count(compared, "value", fmt=say.word)
    if not found:
        report.finding(f"none of the {values} of this page has changed since the last edition")
        return
    newer = sum(row["change"] == CHANGED and "period" in row["differs"] for row in found)
    report.finding(f"{say.word(len(found))} of the {values} of this page changed since the last edition")
    report.text(f"{say.some_or_none(newer)} of them {'is' if newer == 1 else 'are'} of a newer period")
    report.table(_table(found))


def _table(found: list[dict[str, Any]]) -> Table:
    rows = {
        "Value": [row["label"] for row in found],
        "Last edition": [_text(row, "old") for row in found],
        "Now": [_text(row, "new") for row in found],
        "Change": [_WORDS.get(row["change"]) or row["text"] for row in found],
        "Why": [row["reason"] for row in found],
        "Page": [PAGES[row["notebook"]] for row in found],
    }
    links = {PAGES[row["notebook"]]: address(row["notebook"]) for row in found}
    caption = "Headline values that are not as in the last edition"
    return Table("edition", caption, pd.DataFrame(rows), folded=False, links=links)


def _text(row: dict[str, Any], side: str) -> str:
    """Return a value with its interval and period, in the decimals of the newer one; a dash where there is none."""
    value = side_of(row, side)
    if not value:
        return "–"
    record = value | {"decimals": (side_of(row, "new") or value)["decimals"]}
    parts = [interval_shown(record), value["period"]]
    return f"{shown(record)} ({', '.join(part for part in parts if part)})"
