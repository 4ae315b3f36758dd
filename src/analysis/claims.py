"""The register of published claims: what a document says, what its own figures give, and a verdict.

`data/claims.yml` holds one entry a claim (see `data/README.md`). An entry names the figures it rests
on and how to work them out again; nothing in it is executed. The recorded verdict must be the one
that follows, so that a changed figure or a mistaken entry is found by `analysis check`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis import formats
from analysis.claim_entries import CONTRADICTED, HOLDS, NOT_KNOWN, ROUNDING, UNCHECKED, BadClaim, Claim, load_claims
from analysis.claim_figures import beside, find, settling
from analysis.claim_functions import functions
from analysis.expressions import BadExpression, evaluate, names_in
from analysis.figure import Figure
from analysis.figures import Figures, NoSuchFigure
from analysis.files import did_you_mean
from analysis.methods.intervals import Interval
from analysis.methods.quantity import Quantity, equal, same
from analysis.periods import last_year

_UNITS = {"percent": formats.percent, "number": formats.number}
Functions = Mapping[str, Callable[..., Quantity]]


@dataclass(frozen=True)
class Judgement:
    """What follows for a claim: its verdict, the recomputed value if there is one, and its sentence with numbers.

    `chance` says whether what the figures show is more than chance makes: "Yes", "No", "Not known", or "" where it is
    not asked. `later` is what official figures show.
    """

    claim: Claim
    verdict: str
    recomputed: Quantity | None
    shown: str
    stated: str
    sentence: str
    note: str
    chance: str
    later: str


def judge(claim: Claim, figures: Figures) -> Judgement:
    """Work a claim out again from the figures.

    Raises:
        BadClaim: if a figure does not exist, the expression cannot be worked out, or the sentence names something
            unknown.
    """
    try:
        used = {alias: find(reference, figures) for alias, reference in claim.figures.items()}
        quantities = {alias: quantity_of(figure) for alias, figure in used.items()}
        known = functions(figures, used, claim.document)
        verdict, recomputed, stated = _verdict(claim, quantities, used, known)
        shown = "" if recomputed is None else _shown(claim, recomputed)
        texts = {alias: str(figure) for alias, figure in used.items()} | ({"recomputed": shown} if shown else {})
        sentence, note = (_fill(claim, text, texts, quantities, known) for text in (claim.sentence, claim.note))
        chance, later = _chance(claim, quantities, known), _later(claim, used, figures)
    except (BadExpression, NoSuchFigure) as error:
        raise BadClaim(f"{claim.where}: {error}") from None
    return Judgement(claim, verdict, recomputed, shown, stated, sentence, note, chance, later)


def _chance(claim: Claim, quantities: dict[str, Quantity], known: Functions) -> str:
    """Return whether what the figures show is more than chance makes; "" where the entry does not ask."""
    if claim.chance in ("", NOT_KNOWN):
        return claim.chance.capitalize()
    answer = evaluate(claim.chance, quantities, known)
    if isinstance(answer, Quantity):
        raise BadExpression("chance gives a number; expected a comparison")
    return "Yes" if answer else "No"


def _later(claim: Claim, used: dict[str, Figure], figures: Figures) -> str:
    """Return what official figures show in the years of a claim's figures, or about the date of its document.

    A single year has the one before it beside it.
    """
    if not claim.later:
        return ""
    written = int(figures.sources.at[claim.document, "date"][:4])
    years = {last_year(figure.time_period) for figure in used.values()} or {written - 2, written}
    years |= {min(years) - 1} if len(years) == 1 else set()
    return " ".join(f"{said}." for said in [*beside(claim.later, years, figures), claim.later_note.rstrip(".")] if said)


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
    claim: Claim, quantities: dict[str, Quantity], used: dict[str, Figure], known: Functions
) -> tuple[str, Quantity | None, str]:
    """Return verdict, recomputed value and the stated value as text."""
    asked = [text for text in (claim.recompute, claim.holds_if, claim.chance) if text not in ("", NOT_KNOWN)]
    unused = set(quantities).difference({str(claim.against)}, *map(names_in, asked))
    in_words = set(re.findall(r"\{(\w+)\}", claim.sentence + claim.note))
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


def _fill(claim: Claim, text: str, texts: dict[str, str], quantities: dict[str, Quantity], known: Functions) -> str:
    """Put numbers into a text: for a name in braces its figure, for an expression its value; else it is refused."""

    def number(match: re.Match[str]) -> str:
        name = match[1]
        if name in texts:
            return texts[name]
        if "(" not in name:
            raise BadClaim(
                f"{claim.where}: {{{name}}} in the sentence{did_you_mean(name, list(texts))} stands for nothing"
            )
        worked = evaluate(name, quantities, known)
        if not isinstance(worked, Quantity):
            raise BadExpression(f"{name} in the sentence gives a comparison; expected a number")
        return _shown(claim, worked)

    return re.sub(r"\{([^}]*)\}", number, text)


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
        problems += _found_after_all(claim, figures)
        if found.verdict != claim.verdict:
            problems.append(
                f"{claim.where}: recorded as {claim.verdict!r}, but {found.verdict!r} follows"
                + (f" (recomputed {found.shown}, stated {found.stated})" if found.shown else "")
            )
    return problems


def _found_after_all(claim: Claim, figures: Figures) -> list[str]:
    """Return which of the figures that a claim says are missing a release has; one line each."""
    problems = []
    for reference in claim.missing:
        try:
            there = settling(reference, figures)
        except BadExpression as error:
            problems.append(f"{claim.where}: missing: {error}")
            continue
        if there:
            problems.append(
                f"{claim.where}: missing {reference!r}, but {there.source} has {there} {there.when}; judge it by that"
            )
    return problems
