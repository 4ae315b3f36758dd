"""`analysis compare`: which headline values changed between two report folders, why, and the files that say so."""

from __future__ import annotations

import itertools
import json
import math
import textwrap
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from analysis.files import PAGE_BYTES, put
from analysis.press import aligned, counted, one_line
from analysis.press.catalogue import Refused, show
from analysis.press.publish import COLUMNS, csv_text
from analysis.press.request import Project
from analysis.press.reuse import headline_values, lock_of

_NUMBERS, _WORDS = ("value", "lower", "upper", "coverage"), ("label", "unit", "period", "symbol", "source")
_CSV = [
    *("area", "area_name", "notebook", "key", "label", "change", "reason", "difference", "percent_change", "intervals"),
    *(f"{side}_{name}" for side in ("old", "new") for name in ("value", "lower", "upper", "period", "symbol", "unit")),
]
_FORMULA = tuple("=+-@＝＋－＠")
_MADE, _AGAIN = "a folder made by `analysis run --output`", "make the reports again with `analysis run`"
_CODE = {"notebook": "notebook", "code": "package", "lock": "locked libraries"}
_WIDTHS, _INPUTS_SHOWN = (28, 15, 15, 14, 18), 5
_ON_A_PAGE = (2000, 1000, 500, 250, 125, 60, 0)
"""Changes that a page shows: as many of them as it has room for."""


# --- Report folders ------------------------------------------------------------------------------


@dataclass
class Report:
    """What an executed notebook says of itself; `code` is its area's, `values` are its headline values.

    `inputs` has the digests of what it was made from.
    """

    path: Path
    code: str
    area: str
    title: str
    values: list[dict[str, Any]]
    inputs: dict[str, str]
    parameters: dict[str, Any]

    def rows(self) -> list[dict[str, Any]]:
        """Return the values with what tells them from those of other reports."""
        return [{"area": self.code, "notebook": self.path.stem} | value for value in self.values]


def clean(text: object) -> str:
    """Return a text as one printable line of at most 300 characters; blank for None."""
    line = one_line("" if text is None else str(text))
    return "".join(character if character.isprintable() else "?" for character in line)


def read_folder(folder: Path) -> list[Report]:
    """Return the reports in a folder of areas' folders, or in one area's.

    Raises Refused if it holds none, or a file cannot be read or is broken. Other notebooks are passed over.
    """
    try:
        areas = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
        files = [file for area in areas for file in sorted(area.glob("[!.]*.ipynb"))]
        found = [report for report in map(_report, files or sorted(folder.glob("[!.]*.ipynb"))) if report]
    except OSError as error:
        where = error.filename or folder
        raise Refused(f"cannot read {where}: {error.strerror or error}; expected {_MADE}") from None
    if not found:
        raise Refused(f"{folder} holds no report: expected {_MADE}; name that one")
    return found


def _report(path: Path) -> Report | None:
    """Return the report of an executed notebook, or None if it is not one of ours."""
    try:
        content = json.loads(path.read_bytes())
        record = content.get("metadata", {}).get("analysis", {})
        if record.get("notebook") != path.stem:
            return None
        values = [*map(_value, headline_values(content))]
        if twice := [key for key, number in Counter(value["key"] for value in values).items() if number > 1]:
            raise ValueError(f"key {twice[0]!r} stands twice, expected once")
        texts = ["".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == "markdown"]
        titles = [clean(line[2:]) for text in texts for line in text.splitlines() if line.startswith("# ")]
        prints = record["fingerprint"] | {"lock": lock_of(path)}
        inputs = {name: prints.get(name, "") for name in ("data", *_CODE)}
        about = clean(record["area"]), clean(record["area_name"]), "".join(titles[:1])
        return Report(path, *about, values, inputs, record["parameters"])
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        what = clean(error) if type(error) is ValueError else f"{type(error).__name__}, {clean(error)}"
        raise Refused(f"{path} is broken: {what}; expected an executed notebook; {_AGAIN}") from None


def _value(row: dict[str, Any]) -> dict[str, Any]:
    """Return a headline value with all its parts; ValueError or another of its kind if it is none."""
    for name in _NUMBERS:
        if (number := row.get(name)) is not None and (isinstance(number, bool) or not math.isfinite(number)):
            raise ValueError(f"{name} is {number!r}, expected a finite number or nothing")
    words = {name: clean(row.get(name)) for name in _WORDS}
    return {name: row.get(name) for name in (*_NUMBERS, "decimals")} | words | {"key": clean(row["key"])}


# --- What changed, and why -----------------------------------------------------------------------


@dataclass
class Pair:
    """One notebook's reports on an area in both folders: its changes, largest first, and how many values are the same.

    `only` names the folder that alone has the report, if one does; `inputs` are those that differ, in words.
    """

    old: Report | None
    new: Report | None

    def __post_init__(self) -> None:
        self.about, self.changes, self.found = self.new or self.old, [], Counter()
        self.only = "" if self.old and self.new else "new" if self.new else "old"
        self.inputs = [] if self.only else _differing(self.old, self.new)

    def add(self, row: dict[str, Any]) -> None:
        """Add what became of a value."""
        self.found[row["change"]] += 1
        if row["change"] != "same":
            self.changes.append(row | {"area_name": self.about.area, "reason": _reason(row, self)})

    def counts(self) -> str:
        """Return what became of the values, in words."""
        if self.only:
            return f"only in the {self.only} folder ({counted(len(self.changes), 'value')})"
        return ", ".join([*kinds([self]), f"{self.found['same']} the same"])


def kinds(pairs: Iterable[Pair]) -> list[str]:
    """Return how many values of reports changed, came and went, in words, as far as any did."""
    found = sum((pair.found for pair in pairs), Counter())
    return [f"{found[kind]:,} {kind}" for kind in ("changed", "new", "gone") if found[kind]]


def only(area: list[Pair]) -> str:
    """Return the folder that alone has an area: then all its reports are in that one."""
    sides = {pair.only for pair in area}
    return sides.pop() if len(sides) == 1 else ""


@dataclass
class Comparison:
    """Two report folders, named by the last part of their paths, and their reports by area."""

    old: str
    new: str
    areas: list[list[Pair]]

    def __post_init__(self) -> None:
        self.pairs = [pair for area in self.areas for pair in area]

    def summary(self) -> str:
        """Return the counts in one line."""
        found = sum((pair.found for pair in self.pairs), Counter())
        both = f"{found['changed']:,} of {found['changed'] + found['same']:,} headline values changed"
        return f"{both}, {found['new']:,} new, {found['gone']:,} gone; {found['same']:,} the same"

    def inputs(self) -> str:
        """Return which inputs of most reports differ, and of how many, in one line; blank where none does."""
        found = Counter(sorted(what for pair in self.pairs for what in pair.inputs)).most_common()
        parts = [f"{what} in {counted(number, 'report')}" for what, number in found[:_INPUTS_SHOWN]]
        return f"Inputs that differ: {'; '.join(parts)}" if parts else ""


def compare_folders(project: Project, old: Path, new: Path) -> Comparison:
    """Compare two report folders, of all areas or of one, whatever the names of these folders are.

    Raises Refused if a folder is missing, holds no report or has a broken file.
    """
    before, after = read_folder(old), read_folder(new)
    names = {report.code: report.area for report in (*before, *after)}
    for report in before:
        report.area = names[report.code]
    earlier, later = ({(report.code, report.path.stem): report for report in side} for side in (before, after))
    pairs = {place: Pair(earlier.get(place), later.get(place)) for place in {**later, **earlier}}
    values = ([row for report in side for row in report.rows()] for side in (before, after))
    for row in project.side_by_side(*values, ["area", "notebook", "key"]):
        pairs[row["area"], row["notebook"]].add(row)
    ordered = sorted(pairs.values(), key=lambda pair: (pair.about.area.casefold(), pair.about.code))
    areas = [list(group) for _, group in itertools.groupby(ordered, lambda pair: pair.about.code)]
    return Comparison(clean(old.resolve().name), clean(new.resolve().name), areas)


def _differing(old: Report, new: Report) -> list[str]:
    """Return which inputs of two reports differ, in words."""
    differ = {name for name, digest in old.inputs.items() if new.inputs[name] != digest}
    names = [n for n in sorted(old.parameters | new.parameters) if old.parameters.get(n) != new.parameters.get(n)]
    asked = ", ".join(f"{clean(name)}: {_asked(old, name)} → {_asked(new, name)}" for name in names)
    code = ", ".join(words for name, words in _CODE.items() if name in differ)
    found = {"data": "data" in differ, f"parameter{'s' if len(names) > 1 else ''} ({asked})": asked}
    return [what for what, differs in {**found, f"code ({code})": code}.items() if differs]


def _asked(report: Report, name: str) -> str:
    return clean(show(report.parameters[name])) or "blank" if name in report.parameters else "not there"


def _reason(row: dict[str, Any], pair: Pair) -> str:
    """Return why a value changed, in plain words.

    A report records a digest of each input, so an input that is the same is no reason. Where several differ, none can
    be ruled out and all are named; a cause in the data that shows, another period or source, comes first.
    """
    if pair.only:
        return f"the whole report is only in the {pair.only} folder"
    both, shows = row["change"] == "changed", row["shows"]
    others = " or ".join(what for what in pair.inputs if what != "data")
    if "data" not in pair.inputs:
        return others or "not known (all inputs are the same: this should not be)"
    if shows:
        return f"{shows}, perhaps also {others}" if others else shows
    return f"{'revision' if both else 'data'} {f'or {others}' if others else '(only the data differ)'}"


# --- On the terminal, as files -------------------------------------------------------------------


def compare(project: Project, old: Path, new: Path, csv: Path | None, html: Path | None, edition: Path | None) -> None:
    """Print which headline values changed between two report folders, or one area's, and why.

    It is written to the files `csv` and `html` too, and the old folder's values to `edition`, as the last edition.
    Where a folder cannot be compared or a file not be written, that is refused and nothing printed.
    """
    named = {option: file for option, file in (("--csv", csv), ("--html", html), ("--edition", edition)) if file}
    for (one, file), (other, same) in itertools.combinations(named.items(), 2):
        if file.resolve() == same.resolve():
            raise Refused(f"{one} and {other} both name {file}: expected two files; name another for one of them")
    comparison = compare_folders(project, old, new)
    make = {"--csv": lambda: csv_table(comparison), "--html": lambda: page(comparison, project.symbols)}
    for option, file in named.items():
        try:
            put(file, make.get(option, lambda: values_of(old))())
        except OSError as error:
            reason = error.strerror or error
            raise Refused(f"cannot write {file}: {reason}; choose another file with {option}") from None
    click.echo(text(comparison))


def text(comparison: Comparison) -> str:
    """Return a comparison as text of at most 100 columns: the counts, then the changes of each report."""
    lines = [comparison.summary(), *textwrap.wrap(f"Old: {comparison.old}. New: {comparison.new}", 100)]
    lines += textwrap.wrap(comparison.inputs(), 100, subsequent_indent="  ")
    for area in comparison.areas:
        if side := only(area):
            parts = f"{counted(len(area), 'report')}, {counted(sum(len(pair.changes) for pair in area), 'value')}"
            lines += ["", *textwrap.wrap(f"{area[0].about.area}: only in the {side} folder ({parts})", 100)]
        for pair in area if not side else ():
            if pair.only or pair.changes:
                lines += ["", *textwrap.wrap(f"{pair.about.area}, {pair.about.path.stem}: {pair.counts()}", 100)]
            if pair.changes and not pair.only:
                rows = [[[head] for head in ("Value", "Old", "New", "Change", "Why")]]
                for row in pair.changes:
                    change = [row["text"], row["intervals"]]
                    rows.append([[row["label"] or row["key"]], *_sides(row), change, [row["reason"]]])
                lines += aligned(rows, _WIDTHS)
    return "\n".join(lines)


def _sides(row: dict[str, Any]) -> list[list[str]]:
    """Return both values as they are read: number with unit and symbol, interval, period; blank where there is none."""
    return [[row[side].get(name, "") for name in ("value", "interval", "period")] for side in ("old", "new")]


def csv_table(comparison: Comparison) -> bytes:
    """Return a comparison as tidy CSV, a row a value that changed, came or went, those of one folder alone too.

    Numbers are as in `values.csv`; `difference` is in the unit (percentage points for percent). A text that a
    spreadsheet would take for a formula, as it begins with = + - or @, has an apostrophe in front.
    """
    cells = [[row.get(name) for name in _CSV] for pair in comparison.pairs for row in pair.changes]
    safe = [[f"'{c}" if isinstance(c, str) and c.startswith(_FORMULA) else c for c in row] for row in cells]
    return csv_text([_CSV, *safe]).encode()


def values_of(folder: Path) -> bytes:
    """Return the headline values of every area in a folder of reports, with the area's code, as CSV: a last edition."""
    names = ["area", *COLUMNS]
    rows = (row for report in read_folder(folder) for row in report.rows())
    return csv_text([names, *([row[name] for name in names] for row in rows)]).encode()


def page(comparison: Comparison, key: dict[str, str]) -> bytes:
    """Return a comparison as one HTML page of at most 400 KB, with the symbols of `key` that it shows explained.

    Where there are too many changes for that, the page has the largest and says how many are only in the CSV.
    """
    from analysis.press.page import environment  # loads the templates

    template = environment().get_template("compare.html.j2")
    areas: dict[str, list[list[Pair]]] = {"apart": [], "areas": [], "unchanged": []}
    for area in comparison.areas:
        changed = any(pair.changes for pair in area)
        areas["apart" if only(area) else "areas" if changed else "unchanged"].append(area)
    shared = [row for pair in comparison.pairs if not pair.only for row in pair.changes]
    ranked = sorted(shared, key=lambda row: -row["size"])
    for most in _ON_A_PAGE:
        for place, row in enumerate(ranked):
            row["kept"] = place < most
        used = {row[f"{side}_symbol"] for row in ranked[:most] for side in ("old", "new")}
        symbols = [f"[{symbol}] {meaning}" for symbol, meaning in key.items() if symbol in used]
        left_out = counted(len(ranked) - most, "smaller change") if most < len(ranked) else ""
        about = {"symbols": symbols, "left_out": left_out, "kinds": kinds, "sides": _sides, "only": only}
        content = template.render(comparison=comparison, count=counted, **areas, **about).encode()
        if len(content) <= PAGE_BYTES:
            break
    return content
