"""Checks of what was asked for on the command line: notebooks, parameter names and values."""

from __future__ import annotations

import math
from difflib import get_close_matches
from typing import Any

from analysis.press.catalogue import Entry, Parameter, Refused

_WORDS = {"true": True, "yes": True, "false": False, "no": False}


def nearest(word: str, known: list[str]) -> str:
    """Return `; did you mean '…'?` for the known word nearest to a misspelt one, or an empty string."""
    folded = {name.casefold(): name for name in known}
    found = get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return f"; did you mean '{folded[found[0]]}'?" if found else ""


def shown(text: str) -> str:
    """Return text as it is safe to print in a message: one line, no control characters, not too long."""
    clean = "".join(character if character.isprintable() else "?" for character in text)
    return clean if len(clean) <= 80 else clean[:77] + "..."


def select_notebooks(names: tuple[str, ...], catalogue: list[Entry]) -> list[Entry]:
    """Return the entries named, in the order of the catalogue; all of them when none is named.

    Raises:
        Refused: for a name that is not in the catalogue.
    """
    known = [entry.name for entry in catalogue]
    for name in names:
        if name not in known:
            raise Refused(f"unknown notebook '{shown(name)}'{nearest(name, known)} (notebooks: {', '.join(known)})")
    return [entry for entry in catalogue if not names or entry.name in names]


def split_assignments(assignments: tuple[str, ...]) -> dict[str, str]:
    """Split `NAME=VALUE` texts at the first equals sign.

    Raises:
        Refused: if one has no name or no equals sign, sets `area`, or sets a name a second time.
    """
    pairs: dict[str, str] = {}
    for text in assignments:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise Refused(f"-p {shown(text)!r} is not of the form NAME=VALUE")
        if name == "area":
            raise Refused(f"the area is set with --area, not -p: use --area {shown(value)!r}")
        if name in pairs:
            raise Refused(f"parameter '{shown(name)}' is set twice with -p; set it once")
        pairs[name] = value
    return pairs


def parse_value(parameter: Parameter, text: str, notebook: str) -> Any:
    """Turn the text after `-p NAME=` into a value of the parameter's type. Nothing is evaluated.

    Args:
        parameter: the parameter, with its type and what it allows.
        text: the value as typed.
        notebook: the notebook's name, for the message.

    Raises:
        Refused: if the text is not of the type, or the value not among the choices or in the range.
    """
    where = f"parameter '{parameter.name}' of notebook {notebook}"
    try:
        value = _convert(text, parameter.type)
    except ValueError as error:
        raise Refused(f"{where}: {shown(text)!r} is not {error}{_hint(parameter)}") from None
    problem = parameter.problem(value)
    if problem:
        guess = nearest(text, list(parameter.choices)) if parameter.type == "str" and parameter.choices else ""
        raise Refused(f"{where}: {shown(text)!r} does not fit: {problem}{guess}")
    return value


def _hint(parameter: Parameter) -> str:
    """Return what the parameter allows, to end a message with."""
    return f" (expected {parameter.allowed})" if parameter.allowed else ""


def _convert(text: str, kind: str) -> Any:
    """Return a text as int, float, bool or str; the ValueError says what it is not."""
    if kind == "str":
        return text
    if not text.isascii() or "_" in text or text != text.strip():
        # Python itself would read 1_000, ' 5' and other scripts' digits as numbers: here a number is plain digits.
        raise ValueError(_NAMES[kind])
    if kind == "bool":
        if text.lower() not in _WORDS:
            raise ValueError(_NAMES[kind])
        return _WORDS[text.lower()]
    try:
        value = int(text) if kind == "int" else float(text)
    except ValueError:
        raise ValueError(_NAMES[kind]) from None
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a finite number")
    return value


_NAMES = {"int": "a whole number", "float": "a number", "bool": "true or false"}


def settle_values(entries: list[Entry], assignments: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Check every `-p` and return, by notebook, the values that differ from its defaults.

    A parameter goes to each selected notebook that has it.

    Args:
        entries: the selected notebooks.
        assignments: the texts `NAME=VALUE`.

    Raises:
        Refused: for a malformed or unknown parameter, or a value that does not fit one of the notebooks.
    """
    pairs = split_assignments(assignments)
    settled: dict[str, dict[str, Any]] = {entry.name: {} for entry in entries}
    for name, text in pairs.items():
        takers = [(entry, p) for entry in entries for p in entry.parameters if p.name == name]
        if not takers:
            raise Refused(_unknown(name, entries))
        for entry, parameter in takers:
            value = parse_value(parameter, text, entry.name)
            if value != parameter.default:
                settled[entry.name][name] = value
    # The catalogue's order, so that the order of -p on the command line leaves no trace.
    return {
        entry.name: {p.name: settled[entry.name][p.name] for p in entry.parameters if p.name in settled[entry.name]}
        for entry in entries
    }


def _unknown(name: str, entries: list[Entry]) -> str:
    """Return the message for a parameter that no selected notebook has."""
    known = list(dict.fromkeys(p.name for entry in entries for p in entry.parameters))
    noun = "notebook" if len(entries) == 1 else "notebooks"
    names = ", ".join(entry.name for entry in entries)
    hint = nearest(name, known)
    return f"unknown parameter '{shown(name)}' for {noun} {names}{hint} (parameters: {', '.join(known)})"
