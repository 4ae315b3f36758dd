"""The notebooks as files: their parameters checked as the command does, a new one, and one put in order."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from string import Template
from typing import Any

import nbformat

from analysis.data.areas import find_area, load_areas
from analysis.files import data_dir, did_you_mean, project_root, put
from analysis.press.catalogue import Entry, Parameter, Refused, load_catalogue
from analysis.project import project

_TEMPLATE = Path(__file__).resolve().parent / "templates" / "notebook.ipynb"
_NAME = re.compile(r"[a-z][a-z0-9_]{1,40}")
_KEPT = ("tags", "jupyter", "slideshow")
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
"""What is kept of a notebook as a whole: the kernel of whoever opens it, and nothing of an editor."""
_ENTRY = """
  - name: {name}
    title: {title}
    question: {question}
    areas: all
    parameters:
      area: {{type: area, label: Area, help: Authority the report is on}}
      confidence: {{type: float, min: 0.5, max: 0.999, label: Confidence, help: Coverage of the intervals}}
"""


class BadParameter(ValueError):
    """A parameter that cannot be used; Jupyter and papermill show its one line, and nothing else."""

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


def check(name: str, given: Mapping[str, Any]) -> None:
    """Check a notebook's parameters, names and values as `globals()` has them, as `analysis run` does, whoever runs it.

    A notebook that is not in the catalogue is not checked. Raises BadParameter; its one line says what is expected.
    """
    entry = next((entry for entry in listed() if entry.name == name), None)
    for parameter in entry.parameters if entry else ():
        if problem := _problem(parameter, given.get(parameter.name)):
            raise BadParameter(
                f"parameter '{parameter.name}' of notebook {name}: {given.get(parameter.name)!r} {problem}"
            )


def listed() -> list[Entry]:
    """Return the entries of the project's catalogue, read once as long as it and the notebooks stay as they are."""
    folder = project_root() / "notebooks"
    files = sorted([*folder.glob("*.ipynb"), *folder.glob("catalogue.yml")])
    return _listed(folder, *(file.stat().st_mtime_ns for file in files)) if files else []


@lru_cache(maxsize=1)
def _listed(folder: Path, *_version: int) -> list[Entry]:
    return load_catalogue(folder)


def _problem(parameter: Parameter, value: Any) -> str:
    kind = type(parameter.default)
    if type(value) is not kind and (kind, type(value)) != (float, int):
        return f"is no {kind.__name__}" + (f" (expected {parameter.allowed})" if parameter.allowed else "")
    problem = parameter.problem(value)
    try:
        if parameter.type == "area":
            find_area(value, load_areas(data_dir() / "areas.csv"))
    except LookupError as error:
        problem = str(error)
    if parameter.type == "listed":
        problem = problem or project().unlisted(value)
    return f"does not fit: {problem}" if problem else ""


def new(root: Path, name: str) -> Path:
    """Make a notebook that runs at once, put it in the catalogue, and return its path.

    Raises Refused if the name does not fit or is taken; nothing is written then.
    """
    folder = root / "notebooks"
    catalogue, file = load_catalogue(folder), folder / f"{name}.ipynb"
    if not _NAME.fullmatch(name):
        raise Refused(f"{name!r} is no name for a notebook: expected small letters, digits and '_', such as absence")
    if file.exists() or any(entry.name == name for entry in catalogue):
        raise Refused(f"notebook '{name}' is there already: choose another name, or open {file}")
    title = name.replace("_", " ").capitalize()
    about = {"name": name, "title": title, "question": "Which question does this page answer?"}
    put(file, Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(about).encode())
    entries = folder / "catalogue.yml"
    put(entries, entries.read_bytes().rstrip(b"\n") + b"\n" + _ENTRY.format(**about).encode())
    return file


def tidy(file: Path) -> bool:
    """Put a notebook in order for Git: no outputs, counts or traces of an editor, and ids by position.

    Returns whether anything was changed; raises Refused if the file is no notebook.
    """
    if not file.is_file():
        known = [path.stem for path in file.parent.glob("*.ipynb")]
        raise Refused(f"no notebook '{file.stem}' in {file.parent}{did_you_mean(file.stem, known)}")
    try:
        notebook = nbformat.from_dict(json.loads(file.read_text(encoding="utf-8")))
        for number, cell in enumerate(notebook.cells, 1):
            cell.id, cell.metadata = f"cell-{number:02d}", {k: v for k, v in cell.metadata.items() if k in _KEPT}
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        notebook |= {"metadata": _METADATA, "nbformat": 4, "nbformat_minor": 5}
        content = nbformat.v4.writes(nbformat.from_dict(notebook)) + "\n"
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise Refused(f"{file} is no notebook that can be read: {' '.join(str(error).split())}") from None
    return put(file, content.encode())
