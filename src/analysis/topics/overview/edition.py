"""What changed since the last edition: the overview's headline values beside those in `data/last_edition.csv`."""

from __future__ import annotations

import pandas as pd

from analysis import narrative as say
from analysis.headline import NUMBERS, interval_shown, shown
from analysis.links import address
from analysis.press.editions import CHANGED, GONE, NEW, Change, Value, differs, shown_by
from analysis.reading import read_table
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.overview.five import TAKEN, Five
from analysis.topics.overview.words import PAGES

TABLE = "last_edition.csv"
UNKNOWN = "a figure, a setting or the method"
"""What may be the reason of a change that the values themselves do not show."""
_WORDS = {NEW: "new", GONE: "no longer worked out"}


def last_edition(report: Report) -> dict[tuple[str, str], Value]:
    """Return the headline values of the last edition of the area's reports by notebook and key; none without one."""
    report.figures.asked.tables.add(TABLE)
    table = read_table(report.figures.folder / TABLE)
    own = table[table["area"] == report.area].drop(columns="area")
    return {(row["notebook"], row["key"]): _value(row) for row in own.to_dict("records")}


def changes(five: Five) -> tuple[list[tuple[str, Change]], int]:
    """Return the values that are not as in the last edition, each with its notebook, and how many were compared.

    Numbers, periods, symbols and units are compared: limits depend on the confidence that a reader may choose.
    """
    before = last_edition(five.report)
    now = {(notebook, key): five.value(key) for notebook, keys in TAKEN.items() for key in keys}
    found, compared = [], 0
    for place, record in now.items():
        old, new = before.get(place), _value(record) if record else None
        if old is None and new is None:
            continue
        compared += 1
        if old is None or new is None or set(differs(old, new)) - {"interval"}:
            found.append((place[0], Change(old, new, _reason(old, new))))
    return found, compared


def _reason(old: Value | None, new: Value | None) -> str:
    return (shown_by(old, new) if old and new else "") or UNKNOWN


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
    newer = sum(change.kind == CHANGED and change.old.period != change.new.period for _, change in found)
    report.finding(f"{say.word(len(found))} of the {values} of this page changed since the last edition")
    report.text(f"{say.some_or_none(newer)} of them {'is' if newer == 1 else 'are'} of a newer period")
    report.table(_table(found))


def _table(found: list[tuple[str, Change]]) -> Table:
    heads = ["Value", "Last edition", "Now", "Change", "Why", "Page"]
    rows = [
        (
            change.label,
            _text(change.old, change.latest),
            _text(change.new, change.latest),
            _WORDS.get(change.kind) or change.text(),
            change.reason,
            PAGES[notebook],
        )
        for notebook, change in found
    ]
    links = {PAGES[notebook]: address(notebook) for notebook, _ in found}
    caption = "Headline values that are not as in the last edition"
    return Table("edition", caption, pd.DataFrame(rows, columns=heads), folded=False, links=links)


def _text(value: Value | None, like: Value) -> str:
    """Return a value with its interval and period, in the decimals of the newer one; a dash where there is none."""
    if value is None:
        return "–"
    record = vars(value) | {"decimals": like.decimals}
    parts = [interval_shown(record), value.period]
    return f"{shown(record)} ({', '.join(part for part in parts if part)})"


def _value(record: dict) -> Value:
    """Return a record of a headline value, or a row of the table, as a value: None for a number that is not there."""
    numbers = {name: None if pd.isna(record.get(name)) else record[name] for name in NUMBERS}
    words = {name: record[name] for name in ("key", "label", "unit", "period", "symbol", "source")}
    return Value(**words, **numbers, decimals=record.get("decimals"))
