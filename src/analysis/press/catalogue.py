"""The catalogue of notebooks: which there are, and the parameters each one takes.

`notebooks/catalogue.yml` gives titles, types, choices and ranges. Default values are not repeated there: they are
read from the notebook's own parameters cell, as literals, without running it.
"""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import yaml

from analysis.files import did_you_mean, plain_data, say

_TYPES = {"area": str, "int": int, "float": float, "str": str, "bool": bool, "listed": str}
# Key → its type, or its choices; an area is any authority, only one with published documents in data/, or any by name,
# but in a run that names no notebook only one with documents. What is "listed" the project knows.
_ENTRY = {"name": str, "title": str, "question": str, "areas": ("all", "published", "asked"), "parameters": dict}
_MORE_OF_ENTRY = {"releases": list, "rests_on": list, "wait": str, "short": str}
_PARAMETER = {"type": (*_TYPES,), "label": str, "help": str}
_MORE_OF_PARAMETER = {"choices": list, "min": object, "max": object}
_WORDS = {str: "text of one line", dict: "a mapping", list: "a list of ids or values, one or more"}


class Refused(click.ClickException):
    """A request that cannot be met. Raised before anything runs; its text is one line for the reader."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        say(f"analysis: {self.message}")


@dataclass(frozen=True)
class Parameter:
    """One parameter of a notebook."""

    name: str
    default: Any
    type: str
    label: str
    help: str
    choices: tuple[Any, ...] = ()
    min: float = -math.inf
    max: float = math.inf

    @property
    def allowed(self) -> str:
        """Return the choices or the range in words; empty when any value of the type will do."""
        if self.choices:
            return ", ".join(map(show, self.choices))
        if self.min == -math.inf:
            return "" if self.max == math.inf else f"{show(self.max)} or less"
        return f"{show(self.min)} or more" if self.max == math.inf else f"{show(self.min)} to {show(self.max)}"

    def takes(self, value: Any) -> bool:
        """Say whether a value of any type can be this parameter's."""
        return type(value) is type(self.default) and not self.problem(value)

    def problem(self, value: Any) -> str:
        """Return what is wrong with a value of the right type, and what was perhaps meant; or an empty string."""
        if self.choices:
            guess = did_you_mean(value, self.choices) if self.type == "str" else ""
            return "" if value in self.choices else f"expected one of {self.allowed}{guess}"
        if isinstance(value, str):
            return "" if value.isprintable() else "expected text with no line breaks or control characters"
        if not math.isfinite(value):
            return "expected a finite number"
        return "" if self.min <= value <= self.max else f"expected {self.allowed}"


@dataclass(frozen=True)
class Entry:
    """One notebook. `releases` are ids of what it cannot be run without for any area, `wait` says what takes long.

    `rests_on` names the notebooks whose reports on the area it reads, so that it is run after them. `short` is what the
    row of an area's pages calls it, if not the title.
    """

    name: str
    title: str
    question: str
    areas: str
    path: Path
    parameters: tuple[Parameter, ...]
    releases: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()
    wait: str = ""
    short: str = ""

    @property
    def defaults(self) -> dict[str, Any]:
        """Return the default of every parameter, by name."""
        return {parameter.name: parameter.default for parameter in self.parameters}


def show(value: Any) -> str:
    """Return a parameter's value as it is typed after `-p NAME=`."""
    text = str(value)
    return text.lower() if isinstance(value, bool) else text.removesuffix(".0") if isinstance(value, float) else text


def load_catalogue(folder: Path) -> list[Entry]:
    """Return the entries of a folder's `catalogue.yml`, in its order, each with the defaults of its notebook.

    Raises Refused, with file and entry, if a file is missing or does not say what it should.
    """
    file = folder / "catalogue.yml"
    content, _ = _read(file, plain_data, "YAML")
    listed = content.get("notebooks") if isinstance(content, dict) else None
    if not isinstance(listed, list) or not listed:
        raise Refused(f"{file}: expected a list named 'notebooks' with one entry or more")
    entries: dict[str, Entry] = {}
    for number, item in enumerate(listed, 1):
        name = item.get("name") if isinstance(item, dict) else None
        if str(name) in entries:
            raise Refused(f"{file}: notebook '{name}' is listed twice")
        entry = _entry(item, folder, f"{file}, entry {number} ({name or 'no name'})")
        entries[entry.name] = entry
    for entry in entries.values():
        for name in entry.rests_on:
            if name not in entries or entries[name].rests_on or entries[name].releases:
                raise Refused(f"{file}, {entry.name}: 'rests_on' should name notebooks that need nothing, not {name!r}")
    return [*entries.values()]


def _read(path: Path, parse: Callable[[str], Any], what: str) -> Any:
    try:
        return parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refused(f"{path} is missing: expected {what}") from None
    except (OSError, ValueError, LookupError, TypeError, RecursionError, yaml.YAMLError) as error:
        raise Refused(f"{path} is not {what}: {' '.join(str(error).split())}") from None


def _check(item: Any, needed: dict[str, Any], further: dict[str, Any], where: str) -> None:
    """Refuse a mapping that lacks a needed key, has an unknown one, or a value that does not fit."""
    if not isinstance(item, dict):
        raise Refused(f"{where}: expected a mapping, found {item!r}")
    known = needed | further
    for key in (*needed, *item):
        if key not in known:
            raise Refused(f"{where}: unknown key '{key}' (known: {', '.join(sorted(known))})")
        if key not in item:
            raise Refused(f"{where}: '{key}' is missing")
        kind, value, text = known[key], item[key], str(item[key]).strip()
        chosen = isinstance(kind, tuple)
        if not (value in kind if chosen else isinstance(value, kind) and value != [] and text and text.isprintable()):
            words = f"one of {', '.join(kind)}" if chosen else _WORDS.get(kind, "a number")
            raise Refused(f"{where}: '{key}' should be {words}, not {value!r}")


def _entry(item: Any, folder: Path, where: str) -> Entry:
    """Check one entry of the catalogue and join it with its notebook's defaults."""
    _check(item, _ENTRY, _MORE_OF_ENTRY, where)
    lists, about = {key: tuple(item.get(key, ())) for key in ("releases", "rests_on")}, item["parameters"]
    if not item["name"].replace("-", "").replace("_", "").isalnum():
        raise Refused(f"{where}: a name has letters, digits, '-' and '_' only")
    for key, names in lists.items():
        if not all(isinstance(name, str) and name for name in names):
            raise Refused(f"{where}: '{key}' should be a list of names, not {names!r}")
    path = folder / f"{item['name']}.ipynb"
    defaults = read_defaults(path)
    if odd := sorted(map(str, about.keys() ^ defaults.keys())):
        raise Refused(f"{where}: parameters differ from the parameters cell of {path.name}: {', '.join(odd)}")
    parameters = tuple(_parameter(name, defaults[name], about[name], where) for name in about)
    words = {key: item[key].strip() for key in ("name", "title", "question")}
    return Entry(**item | words | lists | {"path": path, "parameters": parameters})


def _parameter(name: str, default: Any, about: Any, where: str) -> Parameter:
    """Check the description of one parameter, and its default against it."""
    where = f"{where}, parameter '{name}'"
    _check(about, _PARAMETER, _MORE_OF_PARAMETER, where)
    kind = about["type"]
    if (kind == "area") != (name == "area"):
        raise Refused(f"{where}: the parameter of type area, and no other, is named 'area'")

    def typed(value: Any, what: str) -> Any:
        if what in ("min", "max") and kind not in ("int", "float"):
            raise Refused(f"{where}: '{what}' is for numbers, and this is of type {kind}")
        if type(value) is not _TYPES[kind] and (kind, type(value)) != ("float", int):
            raise Refused(f"{where}, {what}: expected a value of type {kind}, found {value!r}")
        return _TYPES[kind](value)  # a whole number will do for a float

    limits = {key: typed(about[key], key) for key in ("min", "max") if key in about}
    limits |= {"choices": tuple(typed(choice, "choices") for choice in about.get("choices", ()))}
    parameter = Parameter(name, typed(default, "default in the notebook"), **about | limits)
    if problem := parameter.problem(parameter.default):
        raise Refused(f"{where}: the notebook's default {default!r} does not fit: {problem}")
    return parameter


def read_defaults(path: Path) -> dict[str, Any]:
    """Return the values in a notebook's cell tagged `parameters`, without running it.

    Raises Refused if the notebook or the cell is missing, or a line is anything but a name and a literal.
    """
    cells = _read(path, lambda text: json.loads(text)["cells"], "a notebook, Jupyter's JSON with cells")
    code = (cell for cell in cells if cell["cell_type"] == "code")
    tagged = ["".join(cell["source"]) for cell in code if "parameters" in cell.get("metadata", {}).get("tags", [])]
    if len(tagged) != 1:
        raise Refused(f"{path}: expected one cell tagged 'parameters', found {len(tagged)}")
    try:
        return dict(map(_assignment, ast.parse(tagged[0]).body))
    except (SyntaxError, ValueError) as error:
        raise Refused(f"{path}: the parameters cell should hold only `name = literal` lines: {error}") from None


def _assignment(line: ast.stmt) -> tuple[str, Any]:
    match line:
        case ast.Assign([ast.Name(name)]) | ast.AnnAssign(ast.Name(name), value=ast.expr()):
            try:
                return name, ast.literal_eval(line.value)
            except ValueError:
                raise ValueError(f"line {line.lineno} ('{name}') has no literal value") from None
    raise ValueError(f"line {line.lineno} is something else")
