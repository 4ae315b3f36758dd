"""A comparison of two report folders in words, as text for a terminal."""

from __future__ import annotations

import textwrap
from dataclasses import asdict

from analysis import headline
from analysis.compare.changes import Compared, ComparedArea, Comparison
from analysis.compare.values import KINDS, Change, Value
from analysis.formats import count

_WIDTHS = (28, 15, 15, 14, 18)
_HEADER = ("Value", "Old", "New", "Change", "Why")
_INPUTS_SHOWN = 5


def inputs_line(comparison: Comparison) -> str:
    """Return which inputs of the reports differ, and in how many, in one line; blank where none does."""
    ordered = sorted(comparison.inputs.items(), key=lambda item: (-item[1], item[0]))
    parts = [f"{what} in {count(number, 'report')}" for what, number in ordered[:_INPUTS_SHOWN]]
    if len(ordered) > _INPUTS_SHOWN:
        parts.append(f"{len(ordered) - _INPUTS_SHOWN} more")
    return f"Inputs that differ: {'; '.join(parts)}" if parts else ""


def text(comparison: Comparison) -> str:
    """Return a comparison as text of at most 100 columns: the counts, then the changes of each report."""
    lines = [comparison.summary(), *textwrap.wrap(f"Old: {comparison.old}. New: {comparison.new}", 100)]
    for line in (inputs_line(comparison), *(f"Note: {note}" for note in comparison.notes)):
        lines += textwrap.wrap(line, 100, subsequent_indent="  ")
    for area in comparison.areas:
        lines += _area_lines(area)
    return "\n".join(lines)


def _area_lines(area: ComparedArea) -> list[str]:
    if area.only:
        values, reports = count(sum(1 for _ in area.changes()), "value"), count(len(area.reports), "report")
        return ["", *textwrap.wrap(f"{area.name}: only in the {area.only} folder ({reports}, {values})", 100)]
    lines = []
    for report in area.reports:
        if report.only or report.changes:
            lines += ["", *textwrap.wrap(f"{area.name}, {report.notebook}: {counts(report)}", 100)]
        if report.changes and not report.only:
            rows = [_HEADER, *(_row(change) for change in report.changes)]
            lines += [line for row in rows for line in _wrapped(row)]
    return lines


def counts(report: Compared) -> str:
    """Return what became of a report's values, in words."""
    if report.only:
        return f"only in the {report.only} folder ({count(len(report.changes), 'value')})"
    kinds = [change.kind for change in report.changes]
    parts = [f"{kinds.count(kind)} {kind}" for kind in KINDS if kind in kinds]
    return ", ".join([*parts, f"{report.same} the same"])


def _row(change: Change) -> tuple[str, ...]:
    old, new = ("\n".join(filter(None, shown(value).values())) for value in (change.old, change.new))
    what = "\n".join(filter(None, (change.text(), change.intervals)))
    return change.label, old, new, what, change.reason


def _wrapped(row: tuple[str, ...]) -> list[str]:
    """Return one row as lines whose columns wrap inside themselves."""
    columns = [
        [line for part in cell.split("\n") for line in textwrap.wrap(part, width)]
        for cell, width in zip(row, _WIDTHS, strict=True)
    ]
    lines = []
    for number in range(max(map(len, columns))):
        cells = [column[number] if number < len(column) else "" for column in columns]
        padded = (cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True))
        lines.append(("  " + "  ".join(padded)).rstrip())
    return lines


def shown(value: Value | None) -> dict[str, str]:
    """Return a value as it is read: number with unit and symbol, interval, period; all blank for None."""
    if value is None:
        return {"value": "", "interval": "", "period": ""}
    record = asdict(value)
    return {"value": headline.shown(record), "interval": headline.interval_shown(record), "period": value.period}
