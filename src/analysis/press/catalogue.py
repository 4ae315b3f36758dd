"""The catalogue of notebooks: which there are, and the parameters each one takes.

`notebooks/catalogue.yml` gives titles, types, choices and ranges. Default values are not repeated there: they are
read from the notebook's own parameters cell, as literals, without running it.
"""

from __future__ import annotations

import ast
import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from analysis.yaml_files import plain_data

TYPES = {"area": str, "int": int, "float": float, "str": str, "bool": bool}
AREA_SCOPES = ("all", "published")
"""Every authority, or only those with published documents in `data/`."""
_ENTRY_KEYS = {"name", "title", "question", "areas", "parameters"}
_FURTHER_KEYS = {"releases", "wait"}
DOCUMENTS = "documents"
"""Tag of the cells on published documents; reports on areas without any are made without them."""
_PARAMETER_KEYS = {"type", "label", "help", "choices", "min", "max"}


class Refused(Exception):
    """A request that cannot be met. Raised before anything runs; its text is one line for the reader."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a notebook, as the catalogue and the notebook describe it.

    `documents` says that only cells on published documents use it, so that it means nothing for other areas.
    """

    name: str
    type: str
    label: str
    help: str
    default: Any
    choices: tuple[Any, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    documents: bool = False

    @property
    def allowed(self) -> str:
        """Return the choices or the range in words; empty when any value of the type will do."""
        if self.choices:
            return ", ".join(show(choice) for choice in self.choices)
        if self.minimum is not None and self.maximum is not None:
            return f"{show(self.minimum)} to {show(self.maximum)}"
        if self.minimum is not None:
            return f"{show(self.minimum)} or more"
        return "" if self.maximum is None else f"{show(self.maximum)} or less"

    def problem(self, value: Any) -> str:
        """Return what is wrong with a value of the right type, or an empty string."""
        if self.choices:
            return "" if value in self.choices else f"expected one of {self.allowed}"
        if isinstance(value, float) and not math.isfinite(value):
            return "expected a finite number"
        if isinstance(value, str):
            return "" if value.isprintable() else "expected text with no line breaks or control characters"
        low = self.minimum is not None and value < self.minimum
        high = self.maximum is not None and value > self.maximum
        return f"expected {self.allowed}" if low or high else ""


@dataclass(frozen=True)
class Entry:
    """One notebook of the catalogue. `parameters` keeps the order of the catalogue.

    `releases` names the official releases without which it cannot be run for any area, `wait` says what takes long.
    """

    name: str
    title: str
    question: str
    areas: str
    path: Path
    parameters: tuple[Parameter, ...]
    releases: tuple[str, ...] = ()
    wait: str = ""

    @property
    def defaults(self) -> dict[str, Any]:
        """Return the default of every parameter, by name."""
        return {parameter.name: parameter.default for parameter in self.parameters}


def show(value: Any) -> str:
    """Return a parameter's value as it is typed after `-p NAME=`."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def load_catalogue(folder: Path) -> list[Entry]:
    """Read `catalogue.yml` in a folder of notebooks.

    Args:
        folder: the folder that holds `catalogue.yml` and the notebooks it names.

    Returns:
        The entries, in the order of the file, each with the defaults of its notebook.

    Raises:
        Refused: if a file is missing or does not say what it should; the message names file and entry.
    """
    file = folder / "catalogue.yml"
    try:
        content, _ = plain_data(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refused(f"{file} is missing: expected the list of notebooks") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{file} cannot be read as UTF-8 text: {error}") from None
    except yaml.YAMLError as error:
        raise Refused(f"{file} is not YAML: {' '.join(str(error).split())}") from None
    listed = content.get("notebooks") if isinstance(content, dict) else None
    if not isinstance(listed, list) or not listed:
        raise Refused(f"{file}: expected a list named 'notebooks' with one entry or more")
    entries = [_entry(item, number, file) for number, item in enumerate(listed, 1)]
    names = [entry.name for entry in entries]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise Refused(f"{file}: notebook '{repeated[0]}' is listed twice")
    return entries


def _entry(item: Any, number: int, file: Path) -> Entry:
    """Check one entry of the catalogue and join it with its notebook's defaults."""
    name = item.get("name") if isinstance(item, dict) else None
    where = f"{file}, entry {number} ({name or 'no name'})"
    _keys(item, _ENTRY_KEYS, _ENTRY_KEYS | _FURTHER_KEYS, where)
    for key in ("name", "title", "question"):
        if not isinstance(item[key], str) or not item[key].strip():
            raise Refused(f"{where}: '{key}' should be text, not {item[key]!r}")
    if not name.replace("-", "").replace("_", "").isalnum():
        raise Refused(f"{where}: a name has letters, digits, '-' and '_' only")
    if item["areas"] not in AREA_SCOPES:
        raise Refused(f"{where}: 'areas' should be one of {', '.join(AREA_SCOPES)}, not {item['areas']!r}")
    releases = item.get("releases", [])
    if not isinstance(releases, list) or not all(isinstance(text, str) and text for text in releases):
        raise Refused(f"{where}: 'releases' should be a list of ids in releases.csv, not {releases!r}")
    wait = item.get("wait", "")
    if not isinstance(wait, str) or not wait.isprintable():
        raise Refused(f"{where}: 'wait' should be text of one line, not {wait!r}")
    if not isinstance(item["parameters"], dict):
        raise Refused(f"{where}: 'parameters' should be a mapping of name to description")
    path = file.parent / f"{name}.ipynb"
    defaults = read_defaults(path)
    described = set(item["parameters"])
    if described != set(defaults):
        odd = ", ".join(sorted(map(str, described ^ set(defaults))))
        raise Refused(f"{where}: parameters differ from the parameters cell of {path.name}: {odd}")
    general = _names_outside_documents(path)
    parameters = tuple(
        replace(_parameter(key, spec, defaults[key], where), documents=general is not None and key not in general)
        for key, spec in item["parameters"].items()
    )
    words = (item["title"].strip(), item["question"].strip(), item["areas"])
    return Entry(name, *words, path, parameters, tuple(releases), wait)


def _keys(item: Any, needed: set[str], known: set[str], where: str) -> None:
    """Refuse a mapping that lacks a needed key or has an unknown one."""
    if not isinstance(item, dict):
        raise Refused(f"{where}: expected a mapping, found {item!r}")
    if needed - set(item):
        raise Refused(f"{where}: '{sorted(needed - set(item))[0]}' is missing")
    if set(item) - known:
        odd = sorted(map(str, set(item) - known))[0]
        raise Refused(f"{where}: unknown key '{odd}' (known: {', '.join(sorted(known))})")


def _parameter(name: str, spec: Any, default: Any, where: str) -> Parameter:
    """Check the description of one parameter, and its default against it."""
    where = f"{where}, parameter '{name}'"
    _keys(spec, {"type", "label", "help"}, _PARAMETER_KEYS, where)
    kind = spec["type"]
    if not isinstance(kind, str) or kind not in TYPES:
        raise Refused(f"{where}: 'type' should be one of {', '.join(TYPES)}, not {kind!r}")
    if (kind == "area") != (name == "area"):
        raise Refused(f"{where}: the parameter of type area, and no other, is named 'area'")
    if "choices" in spec and (not isinstance(spec["choices"], list) or not spec["choices"]):
        raise Refused(f"{where}: 'choices' should be a list with one value or more")
    choices = tuple(_typed(choice, kind, f"{where}, choices") for choice in spec.get("choices", []))
    bounds = []
    for key in ("min", "max"):
        if key in spec and kind not in ("int", "float"):
            raise Refused(f"{where}: '{key}' is for numbers, and this is of type {kind}")
        bounds.append(_typed(spec[key], kind, f"{where}, {key}") if key in spec else None)
    default = _typed(default, kind, f"{where}, default in the notebook")
    parameter = Parameter(name, kind, str(spec["label"]), str(spec["help"]), default, choices, *bounds)
    problem = parameter.problem(default)
    if problem:
        raise Refused(f"{where}: the notebook's default {default!r} does not fit: {problem}")
    return parameter


def _typed(value: Any, kind: str, where: str) -> Any:
    """Return a literal as the type the catalogue names, or refuse it. A whole number will do for a float."""
    if kind == "float" and type(value) is int:
        return float(value)
    if type(value) is not TYPES[kind]:
        raise Refused(f"{where}: expected a value of type {kind}, found {value!r}")
    return value


def _names_outside_documents(path: Path) -> set[str] | None:
    """Return the names that a notebook's cells use, those on published documents left out.

    None if it has no such cells, or one that is not plain Python.
    """
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    general = [cell for cell in code if not {DOCUMENTS, "parameters"} & set(cell.get("metadata", {}).get("tags", []))]
    if len(code) - len(general) < 2:  # the parameters cell is one
        return None
    try:
        trees = [ast.parse("".join(cell["source"])) for cell in general]
    except SyntaxError:
        return None
    return {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}


def read_defaults(path: Path) -> dict[str, Any]:
    """Read the values in a notebook's parameters cell, without running it.

    The cell tagged `parameters` holds only lines such as `year = 2013` or `year: int = 2013  # comment`.

    Raises:
        Refused: if the notebook or the cell is missing, or a line is anything but a name and a literal.
    """
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except FileNotFoundError:
        raise Refused(f"{path} is missing: the catalogue names it") from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise Refused(f"{path} is not a notebook: expected Jupyter's JSON with cells") from None
    tagged = [cell for cell in cells if "parameters" in cell.get("metadata", {}).get("tags", [])]
    if len(tagged) != 1:
        raise Refused(f"{path}: expected one cell tagged 'parameters', found {len(tagged)}")
    source = "".join(tagged[0]["source"])
    try:
        return dict(_assignment(statement) for statement in ast.parse(source).body)
    except (SyntaxError, ValueError) as error:
        raise Refused(f"{path}: the parameters cell should hold only `name = literal` lines: {error}") from None


def _assignment(statement: ast.stmt) -> tuple[str, Any]:
    """Return the name and value of one `name = literal` statement."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    value = getattr(statement, "value", None)
    plain = isinstance(statement, (ast.Assign, ast.AnnAssign)) and len(targets) == 1
    if not plain or not isinstance(targets[0], ast.Name) or value is None:
        raise ValueError(f"line {statement.lineno} is something else")
    try:
        return targets[0].id, ast.literal_eval(value)
    except ValueError:
        raise ValueError(f"line {statement.lineno} ('{targets[0].id}') has no literal value") from None
