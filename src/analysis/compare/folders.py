"""Report folders as a comparison reads them: headline values, and what each report was made from."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.compare.values import Value
from analysis.headline import NUMBERS
from analysis.runner.catalogue import Refused
from analysis.runner.publish import COLUMNS, headline_values
from analysis.runner.words import one_line

INPUTS = ("data", "parameters", "notebook", "package", "lock")
"""The inputs that a report's fingerprint tells apart."""
_SOURCES_MIME = "application/vnd.analysis.sources+json"
_AGAIN = "make the reports again with `analysis run`"


@dataclass(frozen=True)
class Report:
    """One notebook's report on an area.

    `fingerprint` and `parameters` are None where they are not recorded: there is only `values.csv`, or the notebook was
    not made by `analysis run`. `stated` has, by source, figure, area and place, what the source states.
    """

    notebook: str
    values: dict[str, Value]
    title: str = ""
    path: Path | None = None
    area_name: str = ""
    area_code: str = ""
    fingerprint: dict[str, str] | None = None
    parameters: dict[str, Any] | None = None
    stated: dict[tuple[str, str, str, str], list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Area:
    """The reports of one area's folder, in the order of `values.csv`.

    `stale` names the notebooks whose rows in `values.csv` are not what the notebook has.
    """

    slug: str
    name: str
    code: str
    reports: dict[str, Report]
    stale: tuple[str, ...] = ()


def clean(text: object) -> str:
    """Return a text as one printable line of at most 300 characters; blank for None."""
    line = one_line("" if text is None else str(text))
    return "".join(character if character.isprintable() else "?" for character in line)


def folder_name(folder: Path) -> str:
    """Return the last part of a folder's path, as it may stand in an output."""
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
        return areas or ({folder_name(folder): folder} if _is_area(folder) else {})
    except OSError as error:
        raise Refused(f"cannot read {folder}: {error.strerror or error}; expected a readable folder") from None


def _is_area(folder: Path) -> bool:
    """Return whether a folder holds headline values or notebooks itself."""
    return (folder / "values.csv").is_file() or any(folder.glob("[!.]*.ipynb"))


def read_area(folder: Path) -> Area:
    """Read one area's reports.

    A value is taken from the executed notebook, which says what it was made from; from `values.csv` where that notebook
    is not there. Notebooks that are not reports are passed over.

    Raises:
        Refused: if a file cannot be read or is broken.
    """
    table = folder / "values.csv"
    listed = _listed(table) if table.is_file() else {}
    found = [_report(path) for path in sorted(folder.glob("[!.]*.ipynb"))]
    executed = {report.notebook: report for report in found if report}
    reports = {name: executed.get(name) or Report(name, values) for name, values in listed.items()}
    reports |= {name: report for name, report in executed.items() if name not in reports}
    stale = [name for name, report in executed.items() if table.is_file() and listed.get(name, {}) != report.values]
    first = next(iter(executed.values()), None)
    name = first.area_name if first else folder_name(folder).replace("-", " ").title()
    return Area(folder_name(folder), name, first.area_code if first else "", reports, tuple(stale))


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(f"{path} is not UTF-8 text (byte {error.start}): {_AGAIN}") from None
    except OSError as error:
        raise Refused(f"cannot read {path}: {error.strerror or error}; expected a readable file") from None


def _listed(path: Path) -> dict[str, dict[str, Value]]:
    """Return the headline values of a `values.csv` by notebook and key."""
    reader = csv.reader(io.StringIO(_read(path), newline=""), strict=True)
    found: dict[str, dict[str, Value]] = {}
    for line, header, row in _rows(path, reader):
        try:
            cells = dict(zip(header, row, strict=True))
            _add(found.setdefault(clean(cells["notebook"]), {}), cells)
        except ValueError as error:
            raise Refused(f"{path}, line {line}: {clean(error)}; {_AGAIN}") from None
    return found


def _rows(path: Path, reader: Any) -> Iterator[tuple[int, list[str], list[str]]]:
    """Yield line number, header and cells of each row below the header; an earlier edition has no coverage."""
    try:
        header = next(reader, [])
        if header not in (list(COLUMNS), [name for name in COLUMNS if name != "coverage"]):
            raise Refused(f"{path}, line 1: expected the columns {','.join(COLUMNS)}; {_AGAIN}")
        for row in reader:
            yield reader.line_num, header, row
    except csv.Error as error:
        raise Refused(f"{path}, line {reader.line_num}: {error}; {_AGAIN}") from None


def _add(values: dict[str, Value], row: dict[str, Any]) -> None:
    """Add a row as a value; ValueError or another error of its kind if it is not one."""
    key = clean(row["key"])
    if not key or key in values:
        raise ValueError(f"key {key!r} stands twice, expected once" if key else "a value has no key")
    numbers = {name: _number(name, row.get(name)) for name in NUMBERS}
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


def _report(path: Path) -> Report | None:
    """Return the report of an executed notebook, or None if the notebook is not one of ours."""
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
        return _made(path, content, record)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        what = clean(error) if type(error) is ValueError else f"{type(error).__name__}, {clean(error)}"
        raise Refused(f"{path} is broken: {what}; expected an executed notebook; {_AGAIN}") from None


def _made(path: Path, content: dict[str, Any], record: dict[str, Any]) -> Report:
    """Return the report of a notebook that says it is one; errors of many kinds if it is broken."""
    values: dict[str, Value] = {}
    for row in headline_values(content):
        _add(values, row)
    prints, parameters = record.get("fingerprint"), record.get("parameters")
    recorded = isinstance(prints, dict) and isinstance(parameters, dict) and all(prints.get(name) for name in INPUTS)
    return Report(
        notebook=clean(path.stem),
        values=values,
        title=_title(content) or clean(path.stem),
        path=path,
        area_name=clean(record.get("area_name")) or folder_name(path.parent),
        area_code=clean(record.get("area")),
        fingerprint={name: str(prints[name]) for name in INPUTS} if recorded else None,
        parameters=parameters if recorded else None,
        stated=_stated(content),
    )


def _title(content: dict[str, Any]) -> str:
    """Return the notebook's first heading."""
    words = ["".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == "markdown"]
    lines = [line for text in words for line in text.splitlines() if line.startswith("# ")]
    return clean(lines[0][2:]) if lines else ""


def _stated(content: dict[str, Any]) -> dict[tuple[str, str, str, str], list[str]]:
    """Return what the sources state, by source, figure, area and place."""
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for cell in content["cells"]:
        for output in cell.get("outputs", []):
            for row in output.get("data", {}).get(_SOURCES_MIME, []):
                place = tuple(clean(row[name]) for name in ("source", "figure", "area", "place"))
                found.setdefault(place, []).append(clean(row["stated"]))
    return found
