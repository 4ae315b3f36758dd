"""The register as written: its keys (see `data/README.md`), and reading it so that a bad entry is named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from analysis.files import did_you_mean, plain_data

HOLDS, ROUNDING, CONTRADICTED, UNCHECKED = "holds", "holds within rounding", "contradicted", "not checkable"
VERDICTS = (HOLDS, ROUNDING, CONTRADICTED, UNCHECKED)
KINDS = (
    "sum", "share", "growth", "comparison", "repeat", "unit", "range", "projection", "percent_set", "stock_flow",
    "count_of_list", "date", "rating",
)  # fmt: skip
REQUIRED = ("id", "document", "place", "topic", "kind", "quote", "verdict", "sentence")
BLANK: dict[str, Any] = {
    "figures": {}, "recompute": "", "against": "", "holds_if": "", "chance": "", "show": "number 0", "note": "",
    "needs": "", "missing": [], "rank": 10, "later": [], "later_note": "",
}  # fmt: skip
"""What an entry may leave out, and what it has then; its value is of the same type."""
KEYS = [*REQUIRED, *BLANK]
_TYPES = {str: "text", int: "a number", dict: "text or keys", list: "a list of measures"}
_FACTS = re.compile(r"\d|\b(first|last|earliest|latest|never|none|no figure|releases?|published)\b", re.I)
"""What a note on official figures may not say: which there are, and of when, is worked out."""


class BadClaim(ValueError):
    """An entry of the register that cannot be read or judged; the message names file, line and id."""


def read(path: Path) -> pd.DataFrame:
    """Read the register: a row a claim, its id as index, a column a key, and `where`: file, line and id, for messages.

    Raises:
        BadClaim: if it is no list of entries, or an entry is not as `data/README.md` says.
    """
    try:
        return _read(path.name, path.read_bytes()).copy()
    except BadClaim:
        raise
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:  # ValueError: no UTF-8, or 2013-02-30
        raise BadClaim(f"{path.name}: cannot be read as UTF-8 YAML: {' '.join(str(error).split())}") from None


@lru_cache(maxsize=1)  # parsing takes long
def _read(name: str, content: bytes) -> pd.DataFrame:
    entries, tree = plain_data(content.decode())
    if not isinstance(entries, list):
        raise BadClaim(f"{name}: expected a list of claims")
    rows: dict[str, dict[str, Any]] = {}
    for node, entry in zip(tree.value, entries, strict=True):
        where = f"claims.yml, line {node.start_mark.line + 1}"
        if not isinstance(entry, dict):
            raise BadClaim(f"{where}: expected an entry with keys, found {entry!r}")
        where += f", {entry.get('id', 'an entry without id')}"
        for problem in chain(_keys(entry, node), _values(BLANK | entry)):
            raise BadClaim(f"{where}: {problem}")
        if entry["id"] in rows:
            raise BadClaim(f"{where}: this id stands twice; expected each id once")
        rows[entry["id"]] = BLANK | entry | {"where": where}
    return pd.DataFrame(list(rows.values()), columns=[*KEYS, "where"]).set_index("id")


def _keys(entry: dict[str, Any], node: yaml.MappingNode) -> Iterator[str]:
    """Say what is wrong with an entry's keys and types; what comes second may rest on the first."""
    yield from (f"unknown key {key!r}{did_you_mean(key, KEYS)}" for key in entry if key not in KEYS)
    yield from (f"{key} is missing or blank" for key in REQUIRED if not str(entry.get(key) or "").strip())
    for key, value in entry.items():
        wanted = type(BLANK.get(key, "")) if key != "against" or type(value) is str else dict
        if type(value) is not wanted:
            yield f"{key} is {value!r}; expected {_TYPES[wanted]}"
    for alias, reference in entry.get("figures", {}).items():
        if not isinstance(alias, str) or not isinstance(reference, str):
            yield f"figures has {alias!r}: {reference!r}; expected a name and a reference, both text"
    for key in ("missing", "later"):
        if not all(isinstance(reference, str) for reference in entry.get(key, [])):
            yield f"{key} is {entry[key]!r}; expected each measure as text"
    for part in (node, *(value for _, value in node.value if isinstance(value, yaml.MappingNode))):
        (key, times), *_ = Counter(key.value for key, _ in part.value).most_common(1) or [("", 0)]
        if times > 1:  # YAML would keep the last
            yield f"the key {key!r} stands twice; expected each key once"


def _values(entry: dict[str, Any]) -> Iterator[str]:
    """Say what is wrong with the values of a whole entry: outside their choices, or to be judged in no or two ways."""
    for key, choices in (("kind", KINDS), ("verdict", VERDICTS)):
        if entry[key] not in choices:
            yield f"{key} {entry[key]!r}{did_you_mean(entry[key], choices)}; expected one of {', '.join(choices)}"
    if not re.fullmatch(r"[a-z][a-z0-9-]*", entry["id"]):
        yield "expected an id of lower-case letters, digits and hyphens"
    if (words := len(entry["quote"].split())) > 25:  # a fragment that lets a reader find the place, no more
        yield f"the quote has {words} words; expected 25 at most"
    if not re.fullmatch(r"(percent|number|interval) \d|pounds", entry["show"]):
        yield f"show {entry['show']!r}; expected `percent N`, `number N`, `interval N` or `pounds`"
    if entry["rank"] not in range(1, 11):
        yield f"rank {entry['rank']}; expected 1 (most important) to 10"
    yield from _ways(**{key: entry[key] for key in ("recompute", "against", "holds_if", "needs", "missing", "verdict")})
    if said := _FACTS.search(entry["later_note"]):
        expected = "no number and nothing on what there is: both are worked out from the measures of `later`"
        yield f"later_note says {said[0]!r}; expected {expected}"


def _ways(recompute: str, against: Any, holds_if: str, needs: str, missing: list[str], verdict: str) -> Iterator[str]:
    if bool(recompute and against) + bool(holds_if) + bool(needs) != 1 or (against and not recompute):
        yield "expected either recompute and against, or holds_if, or needs"
    if needs and verdict != UNCHECKED:
        yield f"says what it needs but its verdict is {verdict!r}; expected {UNCHECKED!r}"
    if missing and not needs:
        yield "names figures that are missing but says of nothing that it is needed"
