"""The entries of the claims register: their keys, and reading them so that a bad one is named.

`data/claims.yml` holds one entry a claim (see `data/README.md`). Nothing in it is executed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from analysis.files import did_you_mean, plain_data

HOLDS, ROUNDING, CONTRADICTED, UNCHECKED = "holds", "holds within rounding", "contradicted", "not checkable"
VERDICTS = (HOLDS, ROUNDING, CONTRADICTED, UNCHECKED)
KINDS = (
    "sum", "share", "growth", "comparison", "repeat", "unit", "range", "projection", "percent_set", "stock_flow",
    "count_of_list", "date", "rating",
)  # fmt: skip
NOT_KNOWN = "not known"
"""Said of chance where the number of cases is not given."""
LONGEST_QUOTE = 25
"""Words; a fragment that lets a reader find the place, no more."""

REQUIRED = ("id", "document", "place", "topic", "kind", "quote", "verdict", "sentence")
OPTIONAL = (
    "figures", "recompute", "against", "holds_if", "chance", "show", "note", "needs", "missing", "rank", "later",
    "later_note",
)  # fmt: skip
TYPES = {"figures": dict, "against": (str, dict), "rank": int, "missing": list, "later": list}
"""Types of an entry's values; of all others text."""
TYPED = re.compile(r"\d|\b(first|last|earliest|latest|never|none|no figure|releases?|published)\b", re.I)
"""What a note on official figures may not say: which there are, and of when, is worked out."""


class BadClaim(ValueError):
    """An entry of the register that cannot be read or judged; the message names file, line and id."""


@dataclass(frozen=True)
class Claim:
    """One entry of the register, as written. `line` is where it starts in the file."""

    id: str
    document: str
    place: str
    topic: str
    kind: str
    quote: str
    verdict: str
    sentence: str
    line: int = 0
    figures: dict[str, str] = field(default_factory=dict)
    recompute: str = ""
    against: str | dict[str, float] = ""
    holds_if: str = ""
    show: str = "number 0"
    note: str = ""
    needs: str = ""
    rank: int = 10
    chance: str = ""
    missing: list[str] = field(default_factory=list)
    later: list[str] = field(default_factory=list)
    later_note: str = ""

    @property
    def where(self) -> str:
        """File, line and id, for messages."""
        return f"claims.yml, line {self.line}, {self.id}"


def load_claims(path: Path) -> list[Claim]:
    """Read the register.

    Raises:
        BadClaim: if it is no list of entries, or an entry lacks a key, has one too many, repeats an id, or holds a
            value of the wrong type or outside its choices.
    """
    try:
        return list(_claims(path.name, path.read_bytes()))
    except BadClaim:
        raise
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:  # ValueError: no UTF-8, or 2013-02-30
        raise BadClaim(f"{path.name}: cannot be read as UTF-8 YAML: {' '.join(str(error).split())}") from None


@lru_cache(maxsize=1)
def _claims(name: str, content: bytes) -> tuple[Claim, ...]:
    """Return the claims of a register's content; the last one read is remembered, as parsing it takes long."""
    entries, tree = plain_data(content.decode())
    if not isinstance(entries, list):
        raise BadClaim(f"{name}: expected a list of claims")
    claims: dict[str, Claim] = {}
    for node, entry in zip(tree.value, entries, strict=True):
        claim = _claim(entry, node.start_mark.line + 1)
        if twice := _twice(node):
            raise BadClaim(f"{claim.where}: the key {twice!r} stands twice; expected each key once")
        if claim.id in claims:
            raise BadClaim(f"{claim.where}: this id stands twice; expected each id once")
        claims[claim.id] = claim
    return tuple(claims.values())


def _twice(entry: yaml.MappingNode) -> str:
    """Return a key that an entry or one of its mappings has twice, of which YAML would keep the last; or ""."""
    for node in (entry, *(value for _, value in entry.value if isinstance(value, yaml.MappingNode))):
        keys = [key.value for key, _ in node.value]
        if len(set(keys)) < len(keys):
            return next(key for key in keys if keys.count(key) > 1)
    return ""


def _claim(entry: Any, line: int) -> Claim:
    """Check one entry and return it."""
    where = f"claims.yml, line {line}"
    if not isinstance(entry, dict):
        raise BadClaim(f"{where}: expected an entry with keys, found {entry!r}")
    where += f", {entry.get('id', 'an entry without id')}"
    for key in entry:
        if key not in REQUIRED + OPTIONAL:
            raise BadClaim(f"{where}: unknown key {key!r}{did_you_mean(key, REQUIRED + OPTIONAL)}")
    for key in REQUIRED:
        if not str(entry.get(key) or "").strip():
            raise BadClaim(f"{where}: {key} is missing or blank")
    for key, value in entry.items():
        kinds = TYPES.get(key, str)
        if not isinstance(value, kinds) or isinstance(value, bool):
            expected = {int: "a number", list: "a list of measures"}.get(kinds, "text or keys")
            raise BadClaim(f"{where}: {key} is {value!r}; expected {expected}")
    for alias, reference in entry.get("figures", {}).items():
        if not isinstance(alias, str) or not isinstance(reference, str):
            raise BadClaim(f"{where}: figures has {alias!r}: {reference!r}; expected a name and a reference, both text")
    claim = Claim(**entry, line=line)
    _choices(claim)
    return claim


def _choices(claim: Claim) -> None:
    """Refuse values outside their choices, and entries that could not be judged one way only."""
    for key, known in (("kind", KINDS), ("verdict", VERDICTS)):
        value = getattr(claim, key)
        if value not in known:
            raise BadClaim(
                f"{claim.where}: {key} {value!r}{did_you_mean(value, known)}; expected one of {', '.join(known)}"
            )
    if not re.fullmatch(r"[a-z][a-z0-9-]*", claim.id):
        raise BadClaim(f"{claim.where}: expected an id of lower-case letters, digits and hyphens")
    if len(claim.quote.split()) > LONGEST_QUOTE:
        raise BadClaim(
            f"{claim.where}: the quote has {len(claim.quote.split())} words; expected {LONGEST_QUOTE} at most"
        )
    if not re.fullmatch(r"(percent|number|interval) \d|pounds", claim.show):
        raise BadClaim(
            f"{claim.where}: show {claim.show!r}; expected `percent N`, `number N`, `interval N` or `pounds`"
        )
    if not 1 <= claim.rank <= 10:
        raise BadClaim(f"{claim.where}: rank {claim.rank}; expected 1 (most important) to 10")
    ways = [bool(claim.recompute and claim.against), bool(claim.holds_if), bool(claim.needs)]
    if sum(ways) != 1 or (claim.against and not claim.recompute):
        raise BadClaim(f"{claim.where}: expected either recompute and against, or holds_if, or needs")
    if claim.needs and claim.verdict != UNCHECKED:
        raise BadClaim(
            f"{claim.where}: says what it needs but its verdict is {claim.verdict!r}; expected {UNCHECKED!r}"
        )
    _words(claim)


def _words(claim: Claim) -> None:
    """Refuse what would let an entry say of official figures what is worked out from them."""
    for key in ("missing", "later"):
        if not all(isinstance(reference, str) for reference in getattr(claim, key)):
            raise BadClaim(f"{claim.where}: {key} is {getattr(claim, key)!r}; expected each measure as text")
    if claim.missing and not claim.needs:
        raise BadClaim(f"{claim.where}: names figures that are missing but says of nothing that it is needed")
    if said := TYPED.search(claim.later_note):
        raise BadClaim(
            f"{claim.where}: later_note says {said[0]!r}; expected no number and nothing on what there is: both are "
            "worked out from the measures of `later`"
        )
