"""The register of published claims: what a document says, what its own figures give, and a verdict.

`data/claims.yml` holds one entry a claim (see `data/README.md`). An entry names the figures it rests
on and how to work them out again; nothing in it is executed. The recorded verdict must be the one
that follows, so that a changed figure or a mistaken entry is found by `analysis check`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from analysis import formats
from analysis.claim_functions import functions
from analysis.expressions import BadExpression, evaluate, names_in
from analysis.figures import Figure, Figures, NoSuchFigure, did_you_mean
from analysis.methods.intervals import Interval
from analysis.methods.quantity import Quantity, equal, same
from analysis.schemas import STATUSES, TIME_IDENTIFIERS

HOLDS, ROUNDING, CONTRADICTED, UNCHECKED = "holds", "holds within rounding", "contradicted", "not checkable"
VERDICTS = (HOLDS, ROUNDING, CONTRADICTED, UNCHECKED)
KINDS = (
    "sum", "share", "growth", "comparison", "repeat", "unit", "range", "projection", "percent_set", "stock_flow",
    "count_of_list", "date", "rating",
)  # fmt: skip
LONGEST_QUOTE = 25
"""Words; a fragment that lets a reader find the place, no more."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # both refuse tags; the first is ten times as fast
_REQUIRED = ("id", "document", "place", "topic", "kind", "quote", "verdict", "sentence")
_OPTIONAL = ("figures", "recompute", "against", "holds_if", "show", "note", "needs", "rank", "later")
_UNITS = {"percent": formats.percent, "number": formats.number}


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
    later: str = ""

    @property
    def where(self) -> str:
        """File, line and id, for messages."""
        return f"claims.yml, line {self.line}, {self.id}"


@dataclass(frozen=True)
class Judgement:
    """What follows for a claim: its verdict, the recomputed value if there is one, and its sentence with numbers."""

    claim: Claim
    verdict: str
    recomputed: Quantity | None
    shown: str
    stated: str
    sentence: str
    later: str


def load_claims(path: Path) -> list[Claim]:
    """Read the register.

    Raises:
        BadClaim: if it is no list of entries, or an entry lacks a key, has one too many, repeats an id, or holds a
            value of the wrong type or outside its choices.
    """
    try:
        loader = _LOADER(path.read_text(encoding="utf-8"))
        tree = loader.get_single_node()
        entries = loader.construct_document(tree) if tree else None
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:  # ValueError: no UTF-8, or 2013-02-30
        raise BadClaim(f"{path.name}: cannot be read as UTF-8 YAML: {' '.join(str(error).split())}") from None
    if not isinstance(entries, list):
        raise BadClaim(f"{path.name}: expected a list of claims")
    claims: dict[str, Claim] = {}
    for node, entry in zip(tree.value, entries, strict=True):
        claim = _claim(entry, node.start_mark.line + 1)
        if twice := _twice(node):
            raise BadClaim(f"{claim.where}: the key {twice!r} stands twice; expected each key once")
        if claim.id in claims:
            raise BadClaim(f"{claim.where}: this id stands twice; expected each id once")
        claims[claim.id] = claim
    return list(claims.values())


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
        if key not in _REQUIRED + _OPTIONAL:
            raise BadClaim(f"{where}: unknown key {key!r}{did_you_mean(key, _REQUIRED + _OPTIONAL)}")
    for key in _REQUIRED:
        if not str(entry.get(key) or "").strip():
            raise BadClaim(f"{where}: {key} is missing or blank")
    for key, value in entry.items():
        kinds = {"figures": dict, "against": (str, dict), "rank": int}.get(key, str)
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise BadClaim(f"{where}: {key} is {value!r}; expected {'a number' if kinds is int else 'text or keys'}")
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


def judge(claim: Claim, figures: Figures) -> Judgement:
    """Work a claim out again from the figures.

    Raises:
        BadClaim: if a figure does not exist, the expression cannot be worked out, or the sentence names something
            unknown.
    """
    try:
        used = {alias: find(reference, figures) for alias, reference in claim.figures.items()}
        quantities = {alias: quantity_of(figure) for alias, figure in used.items()}
        verdict, recomputed, stated = _verdict(claim, quantities, used, figures)
    except (BadExpression, NoSuchFigure) as error:
        raise BadClaim(f"{claim.where}: {error}") from None
    shown = "" if recomputed is None else _shown(claim, recomputed)
    texts = {alias: str(figure) for alias, figure in used.items()} | ({"recomputed": shown} if shown else {})
    sentence, later = (_fill(claim, text, texts) for text in (claim.sentence, claim.later))
    return Judgement(claim, verdict, recomputed, shown, stated, sentence, later)


def find(reference: str, figures: Figures) -> Figure:
    """Return the figure that a reference names: an indicator, then area, period, identifier, status in any order.

    Raises:
        BadExpression: if a part of the reference is none of these.
        NoSuchFigure: if there is no such figure, or several.
    """
    indicator, *parts = [part.strip() for part in str(reference).split("|")]
    which: dict[str, str] = {}
    for part in parts:
        if part in figures.areas.index:
            which["area"] = part
        elif re.fullmatch(r"\d{4}(\d{2})?", part):
            which["period"] = part
        elif part in TIME_IDENTIFIERS:
            which["identifier"] = part
        elif part in STATUSES:
            which["status"] = part
        else:
            raise BadExpression(f"{reference!r}: {part!r} is no area, period, time identifier or status")
    return figures.get(indicator, **which)


def quantity_of(figure: Figure) -> Quantity:
    """Return a figure with what its rounding allows; a count stated to the last one is exact, a bound is open."""
    if math.isnan(figure.value):
        lower = -math.inf if math.isnan(figure.lower) else figure.lower
        upper = math.inf if math.isnan(figure.upper) else figure.upper
        return Quantity(math.nan, lower, upper)
    counted = figure.unit != "percent" and not figure.unit.startswith("per ")
    if counted and figure.rounding == 1:
        return Quantity.exact(figure.value)
    return Quantity(figure.value, *figure.rounding_interval)


def _verdict(
    claim: Claim, quantities: dict[str, Quantity], used: dict[str, Figure], figures: Figures
) -> tuple[str, Quantity | None, str]:
    """Return verdict, recomputed value and the stated value as text."""
    known = functions(figures, used, claim.document)
    in_use = names_in(claim.recompute or "0") | names_in(claim.holds_if or "0") | {str(claim.against)}
    unused = set(quantities) - in_use
    in_words = set(re.findall(r"\{(\w+)\}", claim.sentence + claim.later))
    if unused - in_words:
        raise BadExpression(f"figures that nothing uses: {', '.join(sorted(unused - in_words))}")
    shown = evaluate(claim.recompute, quantities, known) if claim.recompute else None
    if isinstance(shown, bool) or (claim.recompute and shown is None):
        raise BadExpression("recompute gives a comparison; expected a number")
    if claim.needs:
        return UNCHECKED, shown, ""
    if claim.holds_if:
        answer = evaluate(claim.holds_if, quantities, known)
        if isinstance(answer, Quantity):
            raise BadExpression("holds_if gives a number; expected a comparison")
        return {True: HOLDS, None: ROUNDING, False: CONTRADICTED}[answer], shown, ""
    stated, text = _stated(claim, quantities, used)
    if same(shown.value, stated.value):
        return HOLDS, shown, text
    return (CONTRADICTED if equal(shown, stated) is False else ROUNDING), shown, text


def _stated(claim: Claim, quantities: dict[str, Quantity], used: dict[str, Figure]) -> tuple[Quantity, str]:
    """Return what a recomputed value is held against: a figure, or a number of the claim with its rounding."""
    if isinstance(claim.against, str):
        if claim.against not in quantities:
            raise BadExpression(f"against {claim.against!r} is none of the claim's figures: {', '.join(quantities)}")
        return quantities[claim.against], used[claim.against].stated
    if set(claim.against) - {"value", "rounding"} or "value" not in claim.against:
        raise BadExpression(f"against {claim.against!r}: expected a figure's name, or value and rounding")
    value, rounding = claim.against["value"], claim.against.get("rounding", 0)
    if not all(type(number) in (int, float) and math.isfinite(number) for number in (value, rounding)) or rounding < 0:
        raise BadExpression(f"against {claim.against!r}: expected numbers, the rounding 0 or more")
    stated = Quantity(value, value - rounding / 2, value + rounding / 2)
    return stated, _text(claim, value)


def _text(claim: Claim, value: float) -> str:
    """Return a number in the way the claim asks for: `percent 1`, `number 0` or `pounds`."""
    unit, _, decimals = claim.show.partition(" ")
    if unit == "pounds":
        return formats.pounds(value)
    if unit not in _UNITS or not decimals.isdigit():
        raise BadClaim(
            f"{claim.where}: show {claim.show!r}; expected `percent N`, `number N`, `interval N` or `pounds`"
        )
    return _UNITS[unit](value, int(decimals))


def _shown(claim: Claim, recomputed: Quantity) -> str:
    """Return a recomputed value for reading: the number, or its range where that is asked for or all that is known."""
    unit, _, decimals = claim.show.partition(" ")
    if unit == "interval":
        return (
            f"{formats.percent(recomputed.lower, int(decimals))} to {formats.percent(recomputed.upper, int(decimals))}"
        )
    if not math.isnan(recomputed.value):
        return _text(claim, recomputed.value)
    limits = Interval(recomputed.lower, recomputed.upper)
    if math.isinf(limits.upper):
        return f"at least {_text(claim, limits.lower)}"
    if math.isinf(limits.lower):
        return f"at most {_text(claim, limits.upper)}"
    return f"{_text(claim, limits.lower)} to {_text(claim, limits.upper)}"


def _fill(claim: Claim, text: str, texts: dict[str, str]) -> str:
    """Put numbers into a sentence; a name in braces that stands for nothing is refused."""
    for name in re.findall(r"\{([^}]*)\}", text):
        if name not in texts:
            raise BadClaim(
                f"{claim.where}: {{{name}}} in the sentence{did_you_mean(name, list(texts))} stands for nothing"
            )
    return re.sub(r"\{(\w+)\}", lambda match: texts[match[1]], text)


def check_claims(path: Path, figures: Figures) -> list[str]:
    """Return what is wrong with the register, one line each; empty if every recorded verdict follows."""
    try:
        claims = load_claims(path)
    except BadClaim as error:
        return [str(error)]
    problems = []
    for claim in claims:
        if claim.document not in figures.sources.index:
            hint = did_you_mean(claim.document, figures.sources.index)
            problems.append(f"{claim.where}: document {claim.document!r} is not in sources.csv{hint}")
            continue
        try:
            found = judge(claim, figures)
        except BadClaim as error:
            problems.append(str(error))
            continue
        if found.verdict != claim.verdict:
            problems.append(
                f"{claim.where}: recorded as {claim.verdict!r}, but {found.verdict!r} follows"
                + (f" (recomputed {found.shown}, stated {found.stated})" if found.shown else "")
            )
    return problems
