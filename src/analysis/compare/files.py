"""A comparison of two report folders as files: a CSV and a page."""

from __future__ import annotations

import csv
import io
from typing import Any

from analysis.compare.changes import Compared, ComparedArea, Comparison
from analysis.compare.show import counts, inputs_line, shown
from analysis.compare.values import KINDS, Change, Value
from analysis.files import PAGE_BYTES
from analysis.formats import count

COLUMNS = (
    "area", "area_name", "notebook", "key", "label", "change", "reason", "difference", "percent_change", "intervals",
    "old_value", "old_lower", "old_upper", "old_period", "old_symbol", "old_unit",
    "new_value", "new_lower", "new_upper", "new_period", "new_symbol", "new_unit",
)  # fmt: skip
_FORMULA = tuple("=+-@＝＋－＠")


def csv_table(comparison: Comparison) -> bytes:
    """Return a comparison as tidy CSV, a row a value that changed, came or went.

    Reports and areas in one folder alone have their values here too. Numbers are as in `values.csv`; `difference` is in
    the unit (percentage points for percent). A text that a spreadsheet would take for a formula, as it begins with
    = + - or @, has an apostrophe in front.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for area in comparison.areas:
        for report, change in area.changes():
            words = (area.slug, area.name, report.notebook, change.latest.key, change.latest.label)
            about = (change.kind, change.reason, change.difference, change.percent, change.intervals)
            writer.writerow(map(_cell, (*words, *about, *_cells(change.old), *_cells(change.new))))
    return stream.getvalue().encode()


def _cells(value: Value | None) -> tuple:
    names = ("value", "lower", "upper", "period", "symbol", "unit")
    return tuple(getattr(value, name) if value else None for name in names)


def _cell(cell: Any) -> Any:
    """Return a cell for the CSV: a text never begins as a formula does, a whole number has no `.0`."""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA) else cell
    return int(cell) if cell is not None and cell.is_integer() and abs(cell) < 1e15 else cell


def page(comparison: Comparison) -> bytes:
    """Return a comparison as one HTML page of at most 400 KB.

    Where there are too many changes for that, the page has the largest and says how many are only in the CSV.
    """
    changes = [change for area in comparison.areas if not area.only for _, change in _rows(area)]
    largest = [id(change) for change in sorted(changes, key=lambda change: -change.size)]
    kept = len(largest)
    while True:
        content = _render(comparison, set(largest[:kept]), len(largest) - kept)
        if len(content) <= PAGE_BYTES or not kept:
            return content
        kept = kept * PAGE_BYTES // len(content) * 19 // 20


def _rows(area: ComparedArea) -> list[tuple[Compared, Change]]:
    """Return the changes of an area that are said one by one."""
    return [(report, change) for report, change in area.changes() if not report.only]


def _render(comparison: Comparison, kept: set[int], left_out: int) -> bytes:
    # Only now: a comparison on the terminal needs neither pandas nor a template.
    from analysis.runner.render import environment
    from analysis.tables import SYMBOL_KEY

    apart = [area for area in comparison.areas if area.only]
    both = [area for area in comparison.areas if not area.only]
    told = [_section(area, kept) for area in both if any(report.changes for report in area.reports)]
    values = [value for area in both for _, c in _rows(area) if id(c) in kept for value in (c.old, c.new) if value]
    symbols = {value.symbol for value in values}
    template = environment().get_template("compare.html.j2")
    return template.render(
        comparison=comparison,
        inputs=inputs_line(comparison),
        areas=told,
        unchanged=[area.name for area in both if not any(report.changes for report in area.reports)],
        apart=[(area.name, area.only, count(sum(1 for _ in area.changes()), "value")) for area in apart],
        left_out=count(left_out, "smaller change") if left_out else "",
        symbols=[f"[{symbol}] {meaning}" for symbol, meaning in SYMBOL_KEY.items() if symbol in symbols],
    ).encode()


def _section(area: ComparedArea, kept: set[int]) -> dict[str, Any]:
    """Return an area as its section of the page shows it."""
    reports = []
    for report in area.reports:
        rows = [] if report.only else [_shown_row(change) for change in report.changes if id(change) in kept]
        if rows or report.only:
            reports.append({"title": report.title, "counts": counts(report), "rows": rows, "only": report.only})
    kinds = [change.kind for _, change in area.changes()]
    numbers = ", ".join(f"{kinds.count(kind):,} {kind}" for kind in KINDS if kind in kinds)
    hidden = sum(id(change) not in kept for _, change in _rows(area))
    return {"name": area.name, "counts": numbers, "reports": reports, "left_out": hidden}


def _shown_row(change: Change) -> dict[str, Any]:
    about = {"label": change.label, "text": change.text(), "intervals": change.intervals, "why": change.reason}
    return {"old": shown(change.old), "new": shown(change.new), **about}
