"""`analysis compare`: which headline values changed between two report folders, why, and the files that say so."""

from __future__ import annotations

import csv
import difflib
import io
import itertools
import json
import math
import re
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import click

from analysis import headline
from analysis.files import PAGE_BYTES, put
from analysis.formats import MINUS, amount, count
from analysis.press import one_line, plain
from analysis.press.catalogue import Refused, show
from analysis.press.publish import COLUMNS, headline_values
from analysis.press.reuse import edition, lock_of

KINDS = CHANGED, NEW, GONE = "changed", "new", "gone"
_COMPARED = ("value", "lower", "upper", "period", "symbol", "unit")
_CSV = (
    *("area", "area_name", "notebook", "key", "label", "change", "reason", "difference", "percent_change", "intervals"),
    *(f"{side}_{name}" for side in ("old", "new") for name in _COMPARED),
)
_FORMULA = tuple("=+-@＝＋－＠")
_SOURCES_MIME = "application/vnd.analysis.sources+json"
_AGAIN = "make the reports again with `analysis run`"
_CODE = {"notebook": "notebook", "package": "package", "lock": "locked libraries"}
_OF_A_RELEASE = re.compile(r"[\d,]+ figures?")
_INPUTS = ("data", "parameters", "notebook", "package", "lock")
_WIDTHS, _INPUTS_SHOWN = (28, 15, 15, 14, 18), 5
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


# --- A value and its change ----------------------------------------------------------------------


@dataclass(frozen=True)
class Value:
    """One headline value; a number is None where there is none.

    `coverage` is that of the interval, None of an edition that does not say it: a change of it shows in the limits.
    `decimals` are those to show; `values.csv` does not have them.
    """

    key: str
    label: str
    value: float | None
    lower: float | None
    upper: float | None
    unit: str
    period: str
    symbol: str
    source: str
    coverage: float | None = field(default=None, compare=False)
    decimals: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Change:
    """One headline value that changed, came (`old` is None) or went (`new` is None)."""

    old: Value | None
    new: Value | None
    reason: str

    @property
    def kind(self) -> str:
        """What became of the value: "changed", "new" or "gone"."""
        return CHANGED if self.old and self.new else NEW if self.new else GONE

    @property
    def latest(self) -> Value:
        """The new value, or the old one where there is no new one."""
        return self.new or self.old

    @property
    def label(self) -> str:
        """What the value is, in words; its key where the report gives none."""
        return self.latest.label or self.latest.key

    @property
    def difference(self) -> float | None:
        """New minus old in the unit, to 10 significant digits; None unless both have a number in one unit."""
        if not (self.old and self.new) or self.old.unit != self.new.unit or None in (self.old.value, self.new.value):
            return None
        return float(f"{self.new.value - self.old.value:.10g}")

    @property
    def percent(self) -> float | None:
        """The difference in percent of the old amount; None for percentages and where the old amount is 0."""
        if self.difference is None or not self.old.value or _is_percent(self.old.unit):
            return None
        return float(f"{100 * self.difference / abs(self.old.value):.10g}")

    @property
    def intervals(self) -> str:
        """Whether the intervals are apart or overlap; blank where the value is the same or one has no interval."""
        if not self.difference or None in (self.old.lower, self.old.upper, self.new.lower, self.new.upper):
            return ""
        apart = self.old.upper < self.new.lower or self.new.upper < self.old.lower
        return "intervals apart" if apart else "intervals overlap"

    @property
    def size(self) -> float:
        """The difference as a share of the larger value, to order by; 2, and so first, where a number came or went."""
        if not self.difference:
            return 2.0 if self.difference is None else 0.0
        return abs(self.difference) / max(abs(self.old.value), abs(self.new.value))

    def text(self) -> str:
        """Return the change in words: "+0.3 percentage points", "−12 (−3.5%)", "interval changed"."""
        if self.kind != CHANGED:
            return self.kind
        if self.difference is None and self.old.unit != self.new.unit:
            return "unit changed"
        if self.difference is None and (self.old.value is None) != (self.new.value is None):
            return "no number now" if self.new.value is None else "number where there was none"
        if not self.difference:
            names = [name for name in differs(self.old, self.new) if name != "value"]
            return f"{' and '.join(filter(None, [', '.join(names[:-1]), *names[-1:]]))} changed"
        sign, size = "+" if self.difference > 0 else MINUS, abs(self.difference)
        if _is_percent(self.new.unit):
            points = amount(size, "", self._decimals())
            return f"{sign}{points} percentage point{'' if points == '1' else 's'}"
        relative = f" ({sign}{amount(abs(self.percent), 'percent')})" if self.percent else ""
        unit = "pounds" if self.new.unit.startswith("pounds") else ""  # one in words is said once, with the value
        return f"{sign}{amount(size, unit, self._decimals())}{relative}"

    def _decimals(self) -> int | None:
        """Return the decimals both values are written in, where these are few and show the difference."""
        written = [len(f"{side.value:.10g}".partition(".")[2]) for side in (self.old, self.new)]
        known = (self.old.decimals, self.new.decimals)
        places = max(written) if None in known else max(known)
        return places if places < 3 and 10**-places <= abs(self.difference) < 1000 else None


def _is_percent(unit: str) -> bool:
    return unit.partition(" ")[0] == "percent"


def differs(old: Value, new: Value) -> list[str]:
    """Return what differs between two values: "value", "interval", "period", "symbol", "unit"."""
    differ = [name for name in _COMPARED if getattr(old, name) != getattr(new, name)]
    return list(dict.fromkeys("interval" if name in ("lower", "upper") else name for name in differ))


def shown_by(old: Value, new: Value) -> str:
    """Return the reason of a change that the values themselves show: a new period, another source; else blank."""
    if old.period != new.period:
        return f"new period ({old.period or 'none'} → {new.period or 'none'})"
    same = old.source == new.source
    return "" if same else f"revision (source: {old.source or 'none'} → {new.source or 'none'})"


# --- Report folders ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Report:
    """One notebook's report on an area.

    `inputs` has the digests of data, parameters, notebook, package and lock, the last blank where nothing says it; None
    where there is only `values.csv`, or the notebook was not made by `analysis run`. `stated` has, by source, figure,
    area and place, what the source states.
    """

    notebook: str
    values: dict[str, Value]
    title: str = ""
    path: Path | None = None
    area: str = ""
    code: str = ""
    inputs: dict[str, str] | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    stated: dict[tuple[str, ...], list[str]] = field(default_factory=dict)


@dataclass
class Compared:
    """One notebook's reports on an area in both folders: its changes, largest first, and how many values are the same.

    `only` is "old" or "new" where the report is in one folder alone, `area_only` where its area is. `inputs` are those
    that differ, in words. `paths` are the executed notebooks, where both are there.
    """

    notebook: str
    title: str
    changes: list[Change]
    same: int = 0
    only: str = ""
    inputs: tuple[str, ...] = ()
    paths: tuple[Path, ...] = ()
    slug: str = ""
    area: str = ""
    area_only: str = ""

    def counts(self) -> str:
        """Return what became of the values, in words."""
        if self.only:
            return f"only in the {self.only} folder ({count(len(self.changes), 'value')})"
        return ", ".join([*_kinds([self]), f"{self.same} the same"])


@dataclass
class Comparison:
    """Two report folders, named by the last part of their paths: reports by area; lines on what is odd in them."""

    old: str
    new: str
    areas: list[list[Compared]]
    notes: list[str]

    def reports(self) -> list[Compared]:
        """Return the reports of all areas."""
        return [report for area in self.areas for report in area]

    def summary(self) -> str:
        """Return the counts in one line."""
        counts = Counter(change.kind for report in self.reports() for change in report.changes)
        same = sum(report.same for report in self.reports())
        both = f"{counts[CHANGED]:,} of {counts[CHANGED] + same:,} headline values changed"
        return f"{both}, {counts[NEW]:,} new, {counts[GONE]:,} gone; {same:,} the same"

    def inputs(self) -> str:
        """Return which inputs of the reports differ, and in how many, in one line; blank where none does."""
        found = Counter(what for report in self.reports() for what in report.inputs)
        ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
        parts = [f"{what} in {count(number, 'report')}" for what, number in ordered[:_INPUTS_SHOWN]]
        parts += [f"{len(ordered) - _INPUTS_SHOWN} more"] if len(ordered) > _INPUTS_SHOWN else []
        return f"Inputs that differ: {'; '.join(parts)}" if parts else ""


def clean(text: object) -> str:
    """Return a text as one printable line of at most 300 characters; blank for None."""
    line = one_line("" if text is None else str(text))
    return "".join(character if character.isprintable() else "?" for character in line)


def _kinds(reports: Iterable[Compared]) -> list[str]:
    kinds = Counter(change.kind for report in reports for change in report.changes)
    return [f"{kinds[kind]:,} {kind}" for kind in KINDS if kinds[kind]]


def _name(folder: Path) -> str:
    return clean(folder.name if folder.name not in ("", "..") else folder.resolve().name)


def area_folders(folder: Path) -> dict[str, Path]:
    """Return the areas' folders below a report folder by name; the folder itself if it is one area's.

    Raises:
        Refused: if there is no such folder, or it cannot be read.
    """
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise Refused(f"{folder} {what}: expected a folder made by `analysis run --output`; name that folder")
    try:
        inside = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
        areas = {path.name: path for path in inside if _is_area(path)}
        return areas or ({_name(folder): folder} if _is_area(folder) else {})
    except OSError as error:
        raise Refused(f"cannot read {folder}: {error.strerror or error}; expected a readable folder") from None


def _is_area(folder: Path) -> bool:
    return (folder / "values.csv").is_file() or any(folder.glob("[!.]*.ipynb"))


def read_area(folder: Path) -> tuple[dict[str, Report], list[str], str, str]:
    """Return an area's reports in the order of `values.csv`, those of which it says otherwise, and its name and code.

    A value is taken from the executed notebook, which says what it was made from; from `values.csv` where that notebook
    is not there. Notebooks that are not reports are passed over.

    Raises:
        Refused: if a file cannot be read or is broken.
    """
    table, whole = folder / "values.csv", folder.resolve()
    listed, about = _listed(table) if table.is_file() else {}, edition(whole.parent)
    found = [_report(path, lock_of(about, f"{whole.name}/{path.stem}")) for path in sorted(folder.glob("[!.]*.ipynb"))]
    executed = {report.notebook: report for report in found if report}
    stale = [name for name, report in executed.items() if table.is_file() and listed.get(name, {}) != report.values]
    first = next(iter(executed.values()), None)
    name = first.area if first else _name(folder).replace("-", " ").title()
    reports = {notebook: Report(notebook, values) for notebook, values in listed.items()} | executed
    return reports, stale, name, first.code if first else ""


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(f"{path} is not UTF-8 text (byte {error.start}): {_AGAIN}") from None
    except OSError as error:
        raise Refused(f"cannot read {path}: {error.strerror or error}; expected a readable file") from None


def _listed(path: Path) -> dict[str, dict[str, Value]]:
    """Return the headline values of a `values.csv` by notebook and key; one of an earlier edition has no coverage."""
    reader = csv.reader(io.StringIO(_read(path), newline=""), strict=True)
    found: dict[str, dict[str, Value]] = {}
    try:
        header = next(reader, [])
        if header not in (list(COLUMNS), [name for name in COLUMNS if name != "coverage"]):
            raise Refused(f"{path}, line 1: expected the columns {','.join(COLUMNS)}; {_AGAIN}")
        for row in reader:
            cells = dict(zip(header, row, strict=True))
            _add(found.setdefault(clean(cells["notebook"]), {}), cells)
    except (csv.Error, ValueError) as error:
        raise Refused(f"{path}, line {reader.line_num}: {clean(error)}; {_AGAIN}") from None
    return found


def _add(values: dict[str, Value], row: dict[str, Any]) -> None:
    """Add a row as a value; ValueError or another error of its kind if it is not one."""
    key = clean(row["key"])
    if not key or key in values:
        raise ValueError(f"key {key!r} stands twice, expected once" if key else "a value has no key")
    numbers = {name: _number(name, row.get(name)) for name in headline.NUMBERS}
    words = {name: clean(row.get(name)) for name in ("label", "unit", "period", "symbol", "source")}
    places = row.get("decimals")
    known = type(places) is int and places in range(11)
    values[key] = Value(key=key, **numbers, **words, decimals=places if known else None)


def _number(column: str, cell: Any) -> float | None:
    """Return a cell's number, None for a blank one."""
    if cell is None or cell == "":
        return None
    try:
        number = math.nan if isinstance(cell, bool) else float(cell)
    except (ValueError, TypeError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{column} is {one_line(str(cell))!r}, expected a finite number or nothing")
    return number


def _report(path: Path, lock: str) -> Report | None:
    """Return the report of an executed notebook, or None if it is not one of ours; `lock` is what its edition says."""
    try:
        content = json.loads(_read(path))
    except (ValueError, RecursionError) as error:
        raise Refused(f"{path} is not a notebook: {clean(error)}; {_AGAIN}") from None
    try:
        record = content["metadata"]["analysis"]
        if record["notebook"] != path.stem:
            return None
    except (KeyError, TypeError):
        return None
    try:
        values: dict[str, Value] = {}
        for row in headline_values(content):
            _add(values, row)
        return Report(clean(path.stem), values, **_said(path, content, record, lock))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        what = clean(error) if type(error) is ValueError else f"{type(error).__name__}, {clean(error)}"
        raise Refused(f"{path} is broken: {what}; expected an executed notebook; {_AGAIN}") from None


def _said(path: Path, content: dict[str, Any], record: dict[str, Any], lock: str) -> dict[str, Any]:
    """Return what a report says of itself; errors of many kinds if it is broken."""
    texts = ["".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == "markdown"]
    titles = [line[2:] for text in texts for line in text.splitlines() if line.startswith("# ")]
    stated: dict[tuple[str, ...], list[str]] = {}
    for output in (output for cell in content["cells"] for output in cell.get("outputs", [])):
        for row in output.get("data", {}).get(_SOURCES_MIME, []):
            place = tuple(clean(row[name]) for name in ("source", "figure", "area", "place"))
            stated.setdefault(place, []).append(clean(row["stated"]))
    said = {"path": path, "title": clean(next(iter(titles), "")) or clean(path.stem), "stated": stated}
    said |= {"area": clean(record.get("area_name")) or _name(path.parent), "code": clean(record.get("area"))}
    prints, parameters = record.get("fingerprint"), record.get("parameters")
    if not isinstance(prints, dict) or not isinstance(parameters, dict):
        return said
    # Reports of earlier editions state the whole package and the lock themselves.
    known = {"lock": lock} | prints | {"package": prints.get("code") or prints.get("package")}
    recorded = all(known.get(name) for name in ("data", "parameters", "notebook", "package"))
    inputs = {name: str(known.get(name) or "") for name in _INPUTS}
    return said | {"inputs": inputs, "parameters": parameters} if recorded else said


# --- What changed, and why -----------------------------------------------------------------------


def compare_folders(old: Path, new: Path) -> Comparison:
    """Compare two report folders, or two folders of one area.

    Areas are matched by the names of their folders; two folders of one area are matched whatever their names.

    Raises:
        Refused: if a folder is missing, holds no report or has a broken file, or two areas' folders are of two areas.
    """
    before, after = area_folders(old), area_folders(new)
    if [*before.values(), *after.values()] == [old, new]:
        before = dict(zip(after, before.values(), strict=True))
    made, found = Comparison(_name(old), _name(new), [], []), Counter()
    for slug in sorted({*before, *after}):  # one at a time, so that memory does not grow with the number of areas
        sides = {
            side: read_area(folders[slug]) for side, folders in (("old", before), ("new", after)) if slug in folders
        }
        for side, (reports, stale, name, _) in sides.items():
            found[side] += len(reports)
            where = f"values.csv of {name} in the {side} folder"
            made.notes += [f"{where} is not what notebook {n} has; the notebook's values are compared" for n in stale]
        made.areas.append(_area(sides, _name(after.get(slug) or before[slug])))
    for side, folder in (("old", old), ("new", new)):
        if not found[side]:
            raise Refused(f"{folder} holds no report: expected a folder made by `analysis run --output`; name that one")
    made.areas = sorted(filter(None, made.areas), key=lambda area: (area[0].area.casefold(), area[0].slug))
    return made


def _area(sides: dict[str, tuple], slug: str) -> list[Compared]:
    """Compare an area's reports; none where it has none."""
    codes = {code for *_, code in sides.values() if code}
    if len(codes) > 1:
        names = " and ".join(name for _, _, name, _ in sides.values())
        raise Refused(f"{names} are two areas: expected reports on one; name folders of the same area")
    before, after = (sides[side][0] if side in sides else {} for side in ("old", "new"))
    about = {"slug": slug, "area": [*sides.values()][-1][2], "area_only": "" if len(sides) > 1 else next(iter(sides))}
    return [replace(_compared(before.get(name), after.get(name)), **about) for name in {**after, **before}]


def _compared(old: Report | None, new: Report | None) -> Compared:
    """Compare one report with its former edition; either may be missing."""
    shown = new or old
    title = shown.title or shown.notebook
    if not old or not new:
        side = "new" if new else "old"
        pairs = [(None, value) if new else (value, None) for value in shown.values.values()]
        changes = [Change(*pair, f"the whole report is only in the {side} folder") for pair in pairs]
        return Compared(shown.notebook, title, changes, only=side)
    pairs = [(old.values.get(key), new.values.get(key)) for key in {**new.values, **old.values}]
    changes = [Change(*pair, _reason(*pair, old, new)) for pair in pairs if None in pair or differs(*pair)]
    changes.sort(key=lambda change: (KINDS.index(change.kind), -change.size))
    differ = _differing(old, new)
    inputs = ("not recorded",) if differ is None else tuple(filter(None, ("data" if differ[0] else "", *differ[1:])))
    paths = (old.path, new.path) if old.path and new.path else ()
    return Compared(shown.notebook, title, changes, len(pairs) - len(changes), "", inputs, paths)


def _differing(old: Report, new: Report) -> tuple[bool, str, str] | None:
    """Return whether the data of two reports differ, and their parameters and code in words; None if not recorded."""
    if old.inputs is None or new.inputs is None:
        return None
    other = {name for name, digest in old.inputs.items() if new.inputs[name] != digest}
    words = _CODE if old.inputs["lock"] and new.inputs["lock"] else _CODE | {"lock": "locked libraries, not recorded"}
    other |= {"lock"} if words is not _CODE else set()
    code = ", ".join(words[name] for name in words if name in other)
    names = [n for n in sorted({**old.parameters, **new.parameters}) if old.parameters.get(n) != new.parameters.get(n)]
    shown = [f"{clean(name)}: {_parameter(old, name)} → {_parameter(new, name)}" for name in names]
    unknown = "parameter (which one is not recorded)" if "parameters" in other else ""
    parameters = f"parameter{'s' if len(names) > 1 else ''} ({', '.join(shown)})" if names else unknown
    return "data" in other, parameters, f"code ({code})" if code else ""


def _parameter(report: Report, name: str) -> str:
    return clean(show(report.parameters[name])) or "blank" if name in report.parameters else "not there"


def _reason(old: Value | None, new: Value | None, before: Report, after: Report) -> str:
    """Return why a value changed, in plain words.

    A report records a digest of each input, so an input that is the same is no reason. Where several differ, none can
    be ruled out and all are named; a cause in the data that shows (another period or source, another number at the same
    place of a document) comes first.
    """
    inputs = _differing(before, after)
    if inputs is None:
        newer = old and new and old.period != new.period
        return shown_by(old, new) if newer else "not known (not recorded what both reports were made from)"
    others = " or ".join(filter(None, inputs[1:]))
    if not inputs[0]:
        return others or "not known (all inputs are the same: this should not be)"
    shows = shown_by(old, new) or _restated(new, before, after) if old and new else ""
    if shows:
        return f"{shows}, perhaps also {others}" if others else shows
    data = "revision" if old and new else "data"
    return f"{data} or {others}" if others else f"{data} (only the data differ)"


def _restated(value: Value, before: Report, after: Report) -> str:
    """Return which figure of a value's documents is stated otherwise than before at the same place; else blank.

    Of a release only a count of figures is recorded, which says nothing of their values.
    """
    found = []
    for place, stated in before.stated.items():
        now = after.stated.get(place, stated)
        counted = any(map(_OF_A_RELEASE.fullmatch, [*stated, *now]))
        if place[0] in value.source.split("; ") and now != stated and not counted:
            found.append(f"{place[1]}, {place[2]}: {', '.join(stated)} → {', '.join(now)}")
    more = f"; {len(found) - 1} more figures of the source" if len(found) > 1 else ""
    return f"revision ({found[0]}{more})" if found else ""


# --- On the terminal, as files -------------------------------------------------------------------


def compare(
    old: Path,
    new: Path,
    csv: Path | None = None,
    html: Path | None = None,
    edition: Path | None = None,
    notebooks: bool = False,
) -> None:
    """Print which headline values changed between two report folders, and why.

    Args:
        old, new: folders made by `analysis run`, or one area's folders in such.
        csv, html: files to write the comparison to.
        edition: file to write the old folder's headline values to, as the last edition.
        notebooks: whether to print what differs between the executed notebooks too.

    Raises:
        Refused: if a folder cannot be compared or a file not be written; nothing is printed then.
    """
    files = {"--csv": csv, "--html": html, "--edition": edition}
    named = {option: file for option, file in files.items() if file}
    for one, other in itertools.combinations(named, 2):
        if named[one].resolve() == named[other].resolve():
            both = f"{one} and {other} both name {named[one]}"
            raise Refused(f"{both}: expected two files; name another for one of them")
    comparison = compare_folders(old, new)
    for option, file in named.items():
        try:
            made = page if option == "--html" else csv_table
            put(file, values_of(old) if option == "--edition" else made(comparison))
        except OSError as error:
            reason = error.strerror or error
            raise Refused(f"cannot write {file}: {reason}; choose another file with {option}") from None
    click.echo(text(comparison))
    for report in comparison.reports() if notebooks else ():
        if report.paths and report.paths[0].read_bytes() != report.paths[1].read_bytes():
            click.echo(f"\n{report.area}, {report.notebook}.ipynb:")
            diff = notebook_diff(*report.paths, colour=sys.stdout.isatty())
            click.echo(diff or "  sources and texts are the same")


def text(comparison: Comparison) -> str:
    """Return a comparison as text of at most 100 columns: the counts, then the changes of each report."""
    lines = [comparison.summary(), *textwrap.wrap(f"Old: {comparison.old}. New: {comparison.new}", 100)]
    for line in (comparison.inputs(), *(f"Note: {note}" for note in comparison.notes)):
        lines += textwrap.wrap(line, 100, subsequent_indent="  ")
    for area in comparison.areas:
        if only := area[0].area_only:
            parts = f"{count(len(area), 'report')}, {count(sum(len(report.changes) for report in area), 'value')}"
            lines += ["", *textwrap.wrap(f"{area[0].area}: only in the {only} folder ({parts})", 100)]
        for report in area if not only else ():
            if report.only or report.changes:
                lines += ["", *textwrap.wrap(f"{report.area}, {report.notebook}: {report.counts()}", 100)]
            if report.changes and not report.only:
                rows = [("Value", "Old", "New", "Change", "Why"), *map(_row, report.changes)]
                lines += [line for row in rows for line in _wrapped(row)]
    return "\n".join(lines)


def _row(change: Change) -> tuple[str, ...]:
    old, new = ("\n".join(filter(None, _shown(value).values())) for value in (change.old, change.new))
    return change.label, old, new, "\n".join(filter(None, (change.text(), change.intervals))), change.reason


def _wrapped(row: tuple[str, ...]) -> list[str]:
    """Return one row as lines whose columns wrap inside themselves."""
    pairs = list(zip(row, _WIDTHS, strict=True))
    columns = [[line for part in cell.split("\n") for line in textwrap.wrap(part, width)] for cell, width in pairs]
    lines = itertools.zip_longest(*columns, fillvalue="")
    return ["".join(f"  {cell:{width}}" for cell, width in zip(line, _WIDTHS, strict=True)).rstrip() for line in lines]


def _shown(value: Value | None) -> dict[str, str]:
    """Return a value as it is read: number with unit and symbol, interval, period; all blank for None."""
    if value is None:
        return {"value": "", "interval": "", "period": ""}
    record = asdict(value)
    return {"value": headline.shown(record), "interval": headline.interval_shown(record), "period": value.period}


def csv_table(comparison: Comparison) -> bytes:
    """Return a comparison as tidy CSV, a row a value that changed, came or went.

    Reports and areas in one folder alone have their values here too. Numbers are as in `values.csv`; `difference` is in
    the unit (percentage points for percent). A text that a spreadsheet would take for a formula, as it begins with
    = + - or @, has an apostrophe in front.
    """
    rows = []
    for report, change in ((made, change) for made in comparison.reports() for change in made.changes):
        words = [report.slug, report.area, report.notebook, change.latest.key, change.latest.label]
        words += [change.kind, change.reason, change.difference, change.percent, change.intervals]
        words += [getattr(side, name) if side else None for side in (change.old, change.new) for name in _COMPARED]
        rows.append([f"'{word}" if isinstance(word, str) and word.startswith(_FORMULA) else word for word in words])
    return _table(_CSV, rows)


def values_of(folder: Path) -> bytes:
    """Return the headline values of every area in a folder of reports, with the area's code, as CSV: a last edition.

    Raises:
        Refused: if the folder cannot be read, or an area's notebooks do not say its code.
    """
    rows = []
    for path in area_folders(folder).values():
        reports, _, _, code = read_area(path)
        if not code:
            raise Refused(f"{path} has no executed notebook: expected one that names the area's code")
        found = [asdict(value) | {"notebook": name} for name, made in reports.items() for value in made.values.values()]
        rows += [[code, *(cells[column] for column in COLUMNS)] for cells in found]
    return _table(("area", *COLUMNS), rows)


def _table(header: tuple[str, ...], rows: list[list[Any]]) -> bytes:
    """Return a table as CSV: blank for None, a whole number without `.0`."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([int(c) if isinstance(c, float) and c.is_integer() and abs(c) < 1e15 else c for c in row])
    return stream.getvalue().encode()


def page(comparison: Comparison) -> bytes:
    """Return a comparison as one HTML page of at most 400 KB.

    Where there are too many changes for that, the page has the largest and says how many are only in the CSV.
    """
    changes = [c for report in comparison.reports() if not report.only for c in report.changes]
    largest = [id(change) for change in sorted(changes, key=lambda change: -change.size)]
    kept = len(largest)
    while True:
        content = _render(comparison, set(largest[:kept]), len(largest) - kept)
        if len(content) <= PAGE_BYTES or not kept:
            return content
        kept = kept * PAGE_BYTES // len(content) * 19 // 20


def _render(comparison: Comparison, kept: set[int], left_out: int) -> bytes:
    # Only now: a comparison on the terminal needs neither pandas nor a template.
    from analysis.press.render import environment
    from analysis.tables import SYMBOL_KEY

    both = [area for area in comparison.areas if not area[0].area_only]
    apart = [area for area in comparison.areas if area[0].area_only]
    changed = [area for area in both if any(report.changes for report in area)]
    shown = [change for area in both for report in area for change in report.changes if id(change) in kept]
    symbols = {value.symbol for change in shown for value in (change.old, change.new) if value}
    parts = {
        "areas": changed,
        "unchanged": [area[0].area for area in both if area not in changed],
        "apart": [(a[0].area, a[0].area_only, count(sum(len(r.changes) for r in a), "value")) for a in apart],
        "left_out": count(left_out, "smaller change") if left_out else "",
        "symbols": [f"[{symbol}] {meaning}" for symbol, meaning in SYMBOL_KEY.items() if symbol in symbols],
        "kept": lambda report: [change for change in report.changes if id(change) in kept],
        "hidden": lambda area: sum(id(c) not in kept for report in area if not report.only for c in report.changes),
    }
    template = environment().get_template("compare.html.j2")
    return template.render(comparison=comparison, kinds=_kinds, shown=_shown, **parts).encode()


def notebook_diff(old: Path, new: Path, colour: bool) -> str:
    """Return what differs between two executed notebooks' sources and texts; blank where these are the same.

    Images, HTML and metadata are left out: each has its text beside it, and the page is there to be looked at.

    Args:
        old, new: notebooks that `compare_folders` has read.
        colour: whether to colour the lines for a terminal.
    """
    before, after = (json.loads(path.read_text(encoding="utf-8-sig"))["cells"] for path in (old, new))
    ids = [[str(cell.get("id", cell["source"])) for cell in cells] for cells in (before, after)]
    lines: list[str] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, *ids, autojunk=False).get_opcodes():
        pairs = list(zip(before[a:b], after[c:d], strict=True)) if kind == "equal" else []
        for number, (was, now) in enumerate(pairs, a):
            hunks = list(difflib.unified_diff(_cell_lines(was), _cell_lines(now), lineterm=""))[2:]
            lines += [f"## modified /cells/{number}:"] if hunks else []
            lines += [line if line.startswith("@@") else f"{line[0]}  {line[1:]}" for line in hunks]
        for number, cell in enumerate(after[c:d] if not pairs else (), a):
            lines += [f"## inserted before /cells/{number}:", *(f"+  {line}" for line in _cell_lines(cell))]
        for number, cell in enumerate(before[a:b] if not pairs else (), a):
            lines += [f"## deleted /cells/{number}:", *(f"-  {line}" for line in _cell_lines(cell))]
    colours = {"+": "green", "-": "red"}
    return "\n".join(click.style(line, fg=colours.get(line[:1])) if colour else line for line in lines)


def _cell_lines(cell: dict[str, Any]) -> list[str]:
    """Return a cell's source and the texts of its outputs, without what would steer a terminal.

    Of an output with several texts it is the plain one.
    """
    texts = [cell["source"]]
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        found = [data[kind] for kind in ("text/plain", "text/markdown") if kind in data][:1]
        texts += ["output:", *found, *(output[name] for name in ("text", "ename", "evalue") if name in output)]
    return [line for text in texts for line in _CONTROL.sub("?", plain("".join(text))).splitlines()]
