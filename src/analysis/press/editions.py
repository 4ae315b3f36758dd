"""`analysis compare`: which headline values changed between two report folders, why, and the files that say so."""

from __future__ import annotations

import csv as tables
import difflib
import io
import itertools
import json
import math
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from analysis.files import PAGE_BYTES, put
from analysis.press import counted, one_line, plain
from analysis.press.catalogue import Refused, show
from analysis.press.publish import COLUMNS, csv_text
from analysis.press.request import Project
from analysis.press.reuse import edition as edition_of
from analysis.press.reuse import headline_values, lock_of, shown_as

NUMBERS, WORDS = ("value", "lower", "upper", "coverage"), ("label", "unit", "period", "symbol", "source")
COMPARED = ("value", "lower", "upper", "period", "symbol", "unit")
"""The parts of a headline value: its numbers, its words, and those that make it another when they differ."""
CHANGED, SAME, KINDS = "changed", "same", ("changed", "new", "gone")
_CSV = [
    *("area", "area_name", "notebook", "key", "label", "change", "reason", "difference", "percent_change", "intervals"),
    *(f"{side}_{name}" for side in ("old", "new") for name in COMPARED),
]
_FORMULA = tuple("=+-@＝＋－＠")
_SOURCES_MIME = "application/vnd.analysis.sources+json"
_MADE = "a folder made by `analysis run --output`"
_AGAIN = "make the reports again with `analysis run`"
_CODE = {"notebook": "notebook", "package": "package", "lock": "locked libraries"}
_UNRECORDED = "not recorded"
_WIDTHS, _INPUTS_SHOWN = (28, 15, 15, 14, 18), 5
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


# --- Report folders ------------------------------------------------------------------------------


@dataclass
class Report:
    """One notebook's report on an area, of which `values.csv` alone tells no more than the values, by their keys.

    `inputs` has the digests of data, parameters, notebook, package and lock, the last blank where nothing says it; it
    is empty where they are not recorded. `stated` has, by source, figure, area and place, what the source states.
    `stale` says that `values.csv` has other values.
    """

    notebook: str
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    title: str = ""
    path: Path | None = None
    slug: str = ""
    area: str = ""
    code: str = ""
    inputs: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    stated: dict[tuple[str, ...], list[str]] = field(default_factory=dict)
    stale: bool = False

    def rows(self) -> list[dict[str, Any]]:
        """Return the values with what tells them from those of other reports."""
        about = {"slug": self.slug, "area": self.code, "notebook": self.notebook}
        return [about | value for value in self.values.values()]

    def add(self, row: dict[str, Any]) -> None:
        """Add a row of `values.csv` or of a notebook to the values; ValueError or another of its kind if it is none."""
        key, places = clean(row["key"]), row.get("decimals")
        if not key or key in self.values:
            raise ValueError(f"key {key!r} stands twice, expected once" if key else "a value has no key")
        value = {"key": key, "decimals": places if type(places) is int and places in range(11) else None}
        value |= {name: _number(name, row.get(name)) for name in NUMBERS}
        self.values[key] = value | {name: clean(row.get(name)) for name in WORDS}

    def bare(self) -> dict[str, list[Any]]:
        """Return what both `values.csv` of every edition and a notebook say of the values."""
        return {key: [value[name] for name in (*COMPARED, "label", "source")] for key, value in self.values.items()}


def clean(text: object) -> str:
    """Return a text as one printable line of at most 300 characters; blank for None."""
    line = one_line("" if text is None else str(text))
    return "".join(character if character.isprintable() else "?" for character in line)


def _number(column: str, cell: Any) -> float | None:
    if cell is None or cell == "":
        return None
    with suppress(ValueError, TypeError, OverflowError):
        if not isinstance(cell, bool) and math.isfinite(number := float(cell)):
            return number
    raise ValueError(f"{column} is {one_line(str(cell))!r}, expected a finite number or nothing")


def _name(folder: Path) -> str:
    return clean(folder.name if folder.name not in ("", "..") else folder.resolve().name)


def read_folder(folder: Path) -> tuple[list[Report], bool]:
    """Return the reports in a folder of areas' folders, or in one area's, and whether it was one area's.

    Raises:
        Refused: if it holds none, or a file cannot be read or is broken.
    """
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise Refused(f"{folder} {what}: expected {_MADE}; name that folder")
    try:
        inside = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
        areas = [path for path in inside if _is_area(path)] or [folder]
        found = [report for path in areas if _is_area(path) for report in _read_area(path)]
    except OSError as error:
        where = error.filename or folder
        raise Refused(f"cannot read {where}: {error.strerror or error}; expected it to be readable") from None
    if not found:
        raise Refused(f"{folder} holds no report: expected {_MADE}; name that one")
    return found, areas == [folder]


def _is_area(folder: Path) -> bool:
    return (folder / "values.csv").is_file() or any(folder.glob("[!.]*.ipynb"))


def _read_area(folder: Path) -> list[Report]:
    """Return an area's reports in the order of `values.csv`.

    A value is taken from the executed notebook, which says what it was made from; from `values.csv` where that notebook
    is not there, and a report is stale where the two differ. Notebooks that are not reports are passed over.
    """
    table, whole = folder / "values.csv", folder.resolve()
    reports, about = _listed(table) if table.is_file() else {}, edition_of(whole.parent)
    for path in sorted(folder.glob("[!.]*.ipynb")):
        if made := _executed(path, lock_of(about, f"{whole.name}/{path.stem}")):
            made.stale = table.is_file() and made.bare() != reports.get(made.notebook, Report("")).bare()
            reports[made.notebook] = made
    first = next((report for report in reports.values() if report.path), Report(""))
    for report in reports.values():
        report.slug, report.code = _name(folder), first.code
        report.area = first.area or _name(folder).replace("-", " ").title()
    return [*reports.values()]


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(f"{path} is not UTF-8 text (byte {error.start}): {_AGAIN}") from None


def _listed(path: Path) -> dict[str, Report]:
    """Return the reports of a `values.csv` by notebook; one of an earlier edition has no coverage."""
    reader = tables.reader(io.StringIO(_read(path), newline=""), strict=True)
    found: dict[str, Report] = {}
    try:
        header = next(reader, [])
        if header not in (list(COLUMNS), [name for name in COLUMNS if name != "coverage"]):
            raise Refused(f"{path}, line 1: expected the columns {','.join(COLUMNS)}; {_AGAIN}")
        for row in reader:
            cells = dict(zip(header, row, strict=True))
            name = clean(cells["notebook"])
            found.setdefault(name, Report(name)).add(cells)
    except (tables.Error, ValueError) as error:
        raise Refused(f"{path}, line {reader.line_num}: {clean(error)}; {_AGAIN}") from None
    return found


def _executed(path: Path, lock: str) -> Report | None:
    """Return the report of an executed notebook, or None if it is not one of ours; `lock` is what its edition says."""
    try:
        content = json.loads(_read(path))
    except (ValueError, RecursionError) as error:
        raise Refused(f"{path} is not a notebook: {clean(error)}; {_AGAIN}") from None
    try:
        record = content["metadata"]["analysis"]
        if record["notebook"] != path.stem:
            return None
    except (KeyError, TypeError):  # a notebook of somebody's
        return None
    try:
        return _said(path, content, record, lock)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        what = clean(error) if type(error) is ValueError else f"{type(error).__name__}, {clean(error)}"
        raise Refused(f"{path} is broken: {what}; expected an executed notebook; {_AGAIN}") from None


def _said(path: Path, content: dict[str, Any], record: dict[str, Any], lock: str) -> Report:
    """Return what a report says of itself; errors of many kinds if it is broken."""
    texts = ["".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == "markdown"]
    titles = [clean(line[2:]) for text in texts for line in text.splitlines() if line.startswith("# ")]
    made = Report(clean(path.stem), title=next(iter(titles), ""), path=path)
    made.area, made.code = clean(record.get("area_name")), clean(record.get("area"))
    for row in headline_values(content):
        made.add(row)
    for row in itertools.chain.from_iterable(shown_as(_SOURCES_MIME, content)):
        place = tuple(clean(row[name]) for name in ("source", "figure", "area", "place"))
        made.stated.setdefault(place, []).append(clean(row["stated"]))
    prints, parameters = record.get("fingerprint"), record.get("parameters")
    if isinstance(prints, dict) and isinstance(parameters, dict):
        # Reports of earlier editions state the whole package and the lock themselves.
        known = {"lock": lock} | prints | {"package": prints.get("code") or prints.get("package")}
        if all(known.get(name) for name in ("data", "parameters", "notebook", "package")):
            made.inputs = {name: str(known.get(name) or "") for name in ("data", "parameters", *_CODE)}
            made.parameters = parameters
    return made


# --- What changed, and why -----------------------------------------------------------------------


@dataclass
class Pair:
    """One notebook's reports on an area in both folders: its changes, largest first, and how many values are the same.

    `area_only` is "old" or "new" where the area is in one folder alone. `inputs` are those that differ, in words.
    """

    old: Report | None
    new: Report | None
    area_only: str
    inputs: list[str] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    same: int = 0

    @property
    def about(self) -> Report:
        """The new report, or the old one where there is no new one."""
        return self.new or self.old

    @property
    def only(self) -> str:
        """The folder that alone has the report: "old" or "new"; blank where both have."""
        return "" if self.old and self.new else "new" if self.new else "old"

    def counts(self) -> str:
        """Return what became of the values, in words."""
        if self.only:
            return f"only in the {self.only} folder ({counted(len(self.changes), 'value')})"
        return ", ".join([*kinds([self]), f"{self.same} the same"])


def kinds(pairs: Iterable[Pair]) -> list[str]:
    """Return how many values of reports changed, came and went, in words, as far as any did."""
    found = Counter(change["change"] for pair in pairs for change in pair.changes)
    return [f"{found[kind]:,} {kind}" for kind in KINDS if found[kind]]


@dataclass
class Comparison:
    """Two report folders, named by the last part of their paths: their reports by area, and what is odd in them."""

    old: str
    new: str
    pairs: list[Pair]
    notes: list[str]

    def areas(self) -> list[list[Pair]]:
        """Return the reports of each area."""
        return [list(group) for _, group in itertools.groupby(self.pairs, lambda pair: pair.about.slug)]

    def summary(self) -> str:
        """Return the counts in one line."""
        found = Counter(change["change"] for pair in self.pairs for change in pair.changes)
        changed, came, gone = (found[kind] for kind in KINDS)
        same = sum(pair.same for pair in self.pairs)
        both = f"{changed:,} of {changed + same:,} headline values changed"
        return f"{both}, {came:,} new, {gone:,} gone; {same:,} the same"

    def inputs(self) -> str:
        """Return which inputs of the reports differ, and in how many, in one line; blank where none does."""
        found = Counter(what for pair in self.pairs for what in pair.inputs)
        ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
        parts = [f"{what} in {counted(number, 'report')}" for what, number in ordered[:_INPUTS_SHOWN]]
        parts += [f"{len(ordered) - _INPUTS_SHOWN} more"] if len(ordered) > _INPUTS_SHOWN else []
        return f"Inputs that differ: {'; '.join(parts)}" if parts else ""


def compare_folders(project: Project, old: Path, new: Path) -> Comparison:
    """Compare two report folders, or two folders of one area.

    Areas are matched by the names of their folders; two folders of one area are matched whatever their names.

    Raises:
        Refused: if a folder is missing, holds no report or has a broken file, or two areas' folders are of two areas.
    """
    (before, old_alone), (after, new_alone) = read_folder(old), read_folder(new)
    for report in before if old_alone and new_alone else ():
        report.slug = after[0].slug
    was, now = ({report.slug: report for report in reports} for reports in (before, after))
    for slug in sorted(was.keys() & now.keys()):
        if was[slug].code and now[slug].code and was[slug].code != now[slug].code:
            names = f"{was[slug].area} and {now[slug].area}"
            raise Refused(f"{names} are two areas: expected reports on one; name folders of the same area")
    notes = [
        f"values.csv of {report.area} in the {side} folder is not what notebook {report.notebook} has; "
        "the notebook's values are compared"
        for side, reports in (("old", before), ("new", after))
        for report in reports
        if report.stale
    ]
    for report in before:
        report.area = now.get(report.slug, report).area
    earlier, later = ({(report.slug, report.notebook): report for report in reports} for reports in (before, after))
    pairs = {}
    for place in {**later, **earlier}:
        alone = "" if place[0] in was and place[0] in now else "new" if place[0] in now else "old"
        pairs[place] = pair = Pair(earlier.get(place), later.get(place), alone)
        pair.inputs = [] if pair.only else _differing(pair.old, pair.new)
    values = ([row for report in reports for row in report.rows()] for reports in (before, after))
    for row in project.side_by_side(*values, ["slug", "notebook", "key"]):
        pair = pairs[row["slug"], row["notebook"]]
        if row["change"] == SAME:
            pair.same += 1
        else:
            reason = _reason(row, pair, project.restated)
            pair.changes.append(row | {"area_name": pair.about.area, "reason": reason})
    ordered = sorted(pairs.values(), key=lambda pair: (pair.about.area.casefold(), pair.about.slug))
    return Comparison(_name(old), _name(new), ordered, notes)


def _differing(old: Report, new: Report) -> list[str]:
    """Return which inputs of two reports differ, in words."""
    if not (old.inputs and new.inputs):
        return [_UNRECORDED]
    differ, words = {name for name, digest in old.inputs.items() if new.inputs[name] != digest}, dict(_CODE)
    if not (old.inputs["lock"] and new.inputs["lock"]):
        differ, words["lock"] = differ | {"lock"}, f"{_CODE['lock']}, {_UNRECORDED}"
    found = ["data"] if "data" in differ else []
    names = [n for n in sorted(old.parameters | new.parameters) if old.parameters.get(n) != new.parameters.get(n)]
    asked = ", ".join(f"{clean(name)}: {_asked(old, name)} → {_asked(new, name)}" for name in names)
    if asked or "parameters" in differ:
        found.append(f"parameter{'s' if len(names) > 1 else ''} ({asked or 'which one is not recorded'})")
    code = ", ".join(words[name] for name in words if name in differ)
    return [*found, f"code ({code})"] if code else found


def _asked(report: Report, name: str) -> str:
    return clean(show(report.parameters[name])) or "blank" if name in report.parameters else "not there"


def _reason(row: dict[str, Any], pair: Pair, restated: Callable[..., str]) -> str:
    """Return why a value changed, in plain words.

    A report records a digest of each input, so an input that is the same is no reason. Where several differ, none can
    be ruled out and all are named; a cause in the data that shows (another period or source, another number at the same
    place of a document) comes first.
    """
    if pair.only:
        return f"the whole report is only in the {pair.only} folder"
    both, shows = row["change"] == CHANGED, row["shows"]
    if pair.inputs == [_UNRECORDED]:
        newer = both and row["old_period"] != row["new_period"]
        return shows if newer else "not known (not recorded what both reports were made from)"
    others = " or ".join(what for what in pair.inputs if what != "data")
    if "data" not in pair.inputs:
        return others or "not known (all inputs are the same: this should not be)"
    if shows := shows or (restated(row["new_source"], pair.old.stated, pair.new.stated) if both else ""):
        return f"{shows}, perhaps also {others}" if others else shows
    data = "revision" if both else "data"
    return f"{data} or {others}" if others else f"{data} (only the data differ)"


# --- On the terminal, as files -------------------------------------------------------------------


def compare(
    project: Project, old: Path, new: Path, csv: Path | None, html: Path | None, edition: Path | None, notebooks: bool
) -> None:
    """Print which headline values changed between two report folders, or one area's, and why.

    It is written to the files `csv` and `html` too, and the old folder's values to `edition`, as the last edition.
    Where a folder cannot be compared or a file not be written, that is refused and nothing printed.
    """
    named = {option: file for option, file in (("--csv", csv), ("--html", html), ("--edition", edition)) if file}
    for one, other in itertools.combinations(named, 2):
        if named[one].resolve() == named[other].resolve():
            both = f"{one} and {other} both name {named[one]}"
            raise Refused(f"{both}: expected two files; name another for one of them")
    comparison = compare_folders(project, old, new)
    made = {"--csv": lambda: csv_table(comparison), "--html": lambda: page(comparison, project.symbols())}
    for option, file in named.items():
        try:
            put(file, made.get(option, lambda: values_of(old))())
        except OSError as error:
            reason = error.strerror or error
            raise Refused(f"cannot write {file}: {reason}; choose another file with {option}") from None
    click.echo(text(comparison))
    for pair in comparison.pairs if notebooks else ():
        paths = [report.path for report in (pair.old, pair.new) if report and report.path]
        if len(paths) == 2 and paths[0].read_bytes() != paths[1].read_bytes():
            click.echo(f"\n{pair.about.area}, {pair.about.notebook}.ipynb:")
            click.echo(notebook_diff(*paths) or "  sources and texts are the same")


def text(comparison: Comparison) -> str:
    """Return a comparison as text of at most 100 columns: the counts, then the changes of each report."""
    lines = [comparison.summary(), *textwrap.wrap(f"Old: {comparison.old}. New: {comparison.new}", 100)]
    for line in (comparison.inputs(), *(f"Note: {note}" for note in comparison.notes)):
        lines += textwrap.wrap(line, 100, subsequent_indent="  ")
    for area in comparison.areas():
        if only := area[0].area_only:
            parts = f"{counted(len(area), 'report')}, {counted(sum(len(pair.changes) for pair in area), 'value')}"
            lines += ["", *textwrap.wrap(f"{area[0].about.area}: only in the {only} folder ({parts})", 100)]
        for pair in area if not only else ():
            if pair.only or pair.changes:
                lines += ["", *textwrap.wrap(f"{pair.about.area}, {pair.about.notebook}: {pair.counts()}", 100)]
            if pair.changes and not pair.only:
                lines += _wrapped(*([head] for head in ("Value", "Old", "New", "Change", "Why")))
                for row in pair.changes:
                    sides, change = (_shown(row, "old"), _shown(row, "new")), [row["text"], row["intervals"]]
                    lines += _wrapped([row["label"] or row["key"]], *sides, change, [row["reason"]])
    return "\n".join(lines)


def _wrapped(*row: list[str]) -> list[str]:
    """Return one row as lines whose columns wrap inside themselves."""
    cells = zip(row, _WIDTHS, strict=True)
    columns = [[line for part in cell for line in textwrap.wrap(part, width)] for cell, width in cells]
    lines = itertools.zip_longest(*columns, fillvalue="")
    return ["".join(f"  {cell:{width}}" for cell, width in zip(line, _WIDTHS, strict=True)).rstrip() for line in lines]


def _shown(row: dict[str, Any], side: str) -> list[str]:
    """Return a value as it is read: number with unit and symbol, interval, period; all blank where there is none."""
    return [row[side].get(name, "") for name in ("value", "interval", "period")]


def csv_table(comparison: Comparison) -> bytes:
    """Return a comparison as tidy CSV, a row a value that changed, came or went.

    Reports and areas in one folder alone have their values here too. Numbers are as in `values.csv`; `difference` is in
    the unit (percentage points for percent). A text that a spreadsheet would take for a formula, as it begins with
    = + - or @, has an apostrophe in front.
    """
    rows = [row | {"area": row["slug"]} for pair in comparison.pairs for row in pair.changes]
    cells = [[row.get(name) for name in _CSV] for row in rows]
    safe = [[f"'{c}" if isinstance(c, str) and c.startswith(_FORMULA) else c for c in row] for row in cells]
    return csv_text([_CSV, *safe]).encode()


def values_of(folder: Path) -> bytes:
    """Return the headline values of every area in a folder of reports, with the area's code, as CSV: a last edition.

    Raises:
        Refused: if the folder cannot be read, or an area's notebooks do not say its code.
    """
    reports, _ = read_folder(folder)
    if unknown := [report.slug for report in reports if not report.code]:
        raise Refused(f"{folder}: {unknown[0]} has no executed notebook: expected one that names the area's code")
    names = ["area", *COLUMNS]
    return csv_text([names, *([row[name] for name in names] for report in reports for row in report.rows())]).encode()


def page(comparison: Comparison, key: dict[str, str]) -> bytes:
    """Return a comparison as one HTML page of at most 400 KB, with the symbols of `key` that it shows explained.

    Where there are too many changes for that, the page has the largest and says how many are only in the CSV.
    """
    from analysis.press.page import environment  # loads the templates

    template = environment().get_template("compare.html.j2")
    areas: dict[str, list[list[Pair]]] = {"apart": [], "areas": [], "unchanged": []}
    for area in comparison.areas():
        changed = any(pair.changes for pair in area)
        areas["apart" if area[0].area_only else "areas" if changed else "unchanged"].append(area)
    shared = [row for pair in comparison.pairs if not pair.only for row in pair.changes]
    ranked = sorted(shared, key=lambda row: -row["size"])
    most = len(ranked)
    while True:
        for place, row in enumerate(ranked):
            row["kept"] = place < most
        used = {row[f"{side}_symbol"] for row in ranked[:most] for side in ("old", "new")}
        symbols = [f"[{symbol}] {meaning}" for symbol, meaning in key.items() if symbol in used]
        left_out = counted(len(ranked) - most, "smaller change") if most < len(ranked) else ""
        about = {"symbols": symbols, "left_out": left_out, "kinds": kinds, "shown": _shown, "count": counted}
        content = template.render(comparison=comparison, **areas, **about).encode()
        if len(content) <= PAGE_BYTES or not most:
            return content
        most = most * PAGE_BYTES // len(content) * 19 // 20


def notebook_diff(old: Path, new: Path) -> str:
    """Return what differs between two executed notebooks' sources and texts, by cell; blank where these are the same.

    Images, HTML and metadata are left out: each has its text beside it, and the page is there to be looked at.
    """
    before, after = (_cells(path) for path in (old, new))
    lines: list[str] = []
    for name in {**before, **after}:
        hunks = list(difflib.unified_diff(before.get(name, []), after.get(name, []), lineterm=""))[2:]
        what = "inserted" if name not in before else "deleted" if name not in after else "modified"
        lines += [f"## {what} cell {name}:"] if hunks else []
        lines += [line if line.startswith("@@") else f"{line[0]}  {line[1:]}" for line in hunks]
    colours = {"+": "green", "-": "red"}
    return "\n".join(click.style(line, fg=colours.get(line[:1])) for line in lines)


def _cells(path: Path) -> dict[str, list[str]]:
    """Return each cell's source and the plain texts of its outputs as lines, without what would steer a terminal."""
    found = {}
    for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8-sig"))["cells"]):
        texts = [cell["source"]]
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            plainest = [data[kind] for kind in ("text/plain", "text/markdown") if kind in data][:1]
            texts += ["output:", *plainest, *(output[name] for name in ("text", "ename", "evalue") if name in output)]
        lines = [line for text in texts for line in _CONTROL.sub("?", plain("".join(text))).splitlines()]
        found[clean(cell.get("id", number))] = lines
    return found
