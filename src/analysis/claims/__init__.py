"""Published claims: what a document says, what its own figures give, and a verdict.

`data/claims.yml` holds one entry a claim (see `data/README.md`). An entry names the figures it rests on and how to work
them out again; nothing in it is executed. The recorded verdict must be the one that follows, so that a changed figure
or a mistaken entry is found by `analysis check`. A notebook takes the claims as a table, and chooses and sorts there.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import words as say
from analysis.claims.entries import CONTRADICTED, HOLDS, ROUNDING, UNCHECKED, BadClaim, read
from analysis.claims.evidence import beside, find, settling
from analysis.claims.expressions import BadExpression, evaluate, functions, names_in
from analysis.data.areas import last_year
from analysis.data.figure import Figure
from analysis.data.figures import Figures, NoSuchFigure
from analysis.files import did_you_mean
from analysis.methods.rounding import Quantity, equal, same

NOT_KNOWN = "not known"
"""Said of chance where the number of cases is not given."""
_FOUND = ("verdict", "printed", "shown", "recomputed", "lower", "upper", "chance", "sentence", "note", "later")
_DTYPES = {
    "verdict": pd.CategoricalDtype([CONTRADICTED, UNCHECKED, ROUNDING, HOLDS], ordered=True),
    **dict.fromkeys(("recomputed", "lower", "upper"), float),
}


def register(figures: Figures) -> pd.DataFrame:
    """Return every claim as written, not judged; see `read`. The page that asks is made again when they change."""
    figures.asked.tables.add("claims.yml")
    return read(figures.folder / "claims.yml")


def judged(figures: Figures, topic: str = "", document: str = "") -> pd.DataFrame:
    """Return the claims of a topic, of a document, of both, or all, in the register's order; see `judge`."""
    every = register(figures)
    for column, wanted in (("topic", topic), ("document", document)):
        every = every[every[column] == wanted] if wanted else every
    return judge(every, figures)


def judge(entries: pd.DataFrame, figures: Figures) -> pd.DataFrame:
    """Work claims out again from the figures.

    Returns the rows with their texts filled in: `quote` without marks, `sentence` and `note` with numbers, `later` with
    what official figures show. `verdict` is what follows, ordered so that what matters most comes first; `recorded` is
    what the entry says. `printed` is what the document has and `shown` what was recomputed, as text; `recomputed`,
    `lower` and `upper` that in numbers. `chance` is whether the figures show more than chance makes: "Yes", "No", "Not
    known"; "" where nobody asked. Raises BadClaim if a figure does not exist, an expression cannot be worked out, or a
    text names something unknown.
    """
    found = pd.DataFrame([_judged(entry, figures) for entry in entries.itertuples()], entries.index, _FOUND)
    quote = entries["quote"].str.replace(r"</?u>", "", regex=True)  # the extracted text marks underlined words so
    return entries.assign(recorded=entries["verdict"], quote=quote, **found).astype(_DTYPES)


def _judged(entry: Any, figures: Figures) -> dict[str, Any]:
    """Return what follows for one claim; raises as `judge`."""
    try:
        return _outcome(entry, figures)
    except (BadExpression, NoSuchFigure) as error:
        raise BadClaim(f"{entry.where}: {error}") from None


def _outcome(entry: Any, figures: Figures) -> dict[str, Any]:
    used = {alias: find(reference, figures) for alias, reference in entry.figures.items()}
    names = {alias: quantity_of(figure) for alias, figure in used.items()}
    texts = {alias: str(figure) for alias, figure in used.items()}
    known = functions(figures, used, entry.document)

    def worked(text: str, where: str, wanted: str = "number") -> Any:
        found = evaluate(text, names, known)
        if (gives := "number" if isinstance(found, Quantity) else "comparison") != wanted:
            raise BadExpression(f"{where} gives a {gives}; expected a {wanted}")
        return found

    def filled(match: re.Match[str]) -> str:
        name = match[1]
        if name not in texts and "(" not in name:
            raise BadExpression(f"{{{name}}} in the sentence{did_you_mean(name, list(texts))} stands for nothing")
        return texts[name] if name in texts else _shown(entry.show, worked(name, f"{name} in the sentence"))

    _refuse_unused(entry)
    recomputed = worked(entry.recompute, "recompute") if entry.recompute else None
    printed, verdict = "", UNCHECKED
    if entry.holds_if:
        verdict = {True: HOLDS, None: ROUNDING, False: CONTRADICTED}[worked(entry.holds_if, "holds_if", "comparison")]
    elif not entry.needs:
        stated, printed = _stated(entry, names, used)
        verdict = CONTRADICTED if equal(recomputed, stated) is False else ROUNDING
        verdict = HOLDS if same(recomputed.value, stated.value) else verdict
    if recomputed:
        texts["recomputed"] = _shown(entry.show, recomputed)
    chance = entry.chance
    if chance not in ("", NOT_KNOWN):
        chance = "yes" if worked(chance, "chance", "comparison") else "no"
    limits = recomputed or Quantity.exact(math.nan)
    return {
        "verdict": verdict,
        "printed": printed,
        "shown": texts["recomputed"] if recomputed else "",
        "recomputed": limits.value,
        "lower": limits.lower,
        "upper": limits.upper,
        "chance": chance.capitalize(),
        **{key: re.sub(r"\{([^}]*)\}", filled, getattr(entry, key)) for key in ("sentence", "note")},
        "later": _later(entry, used, figures),
    }


def _refuse_unused(entry: Any) -> None:
    asked = [text for text in (entry.recompute, entry.holds_if, entry.chance) if text not in ("", NOT_KNOWN)]
    unused = entry.figures.keys() - {str(entry.against)}.union(*map(names_in, asked))
    unused -= set(re.findall(r"\{(\w+)\}", entry.sentence + entry.note))
    if unused:
        raise BadExpression(f"figures that nothing uses: {', '.join(sorted(unused))}")


def quantity_of(figure: Figure) -> Quantity:
    """Return a figure with what its rounding allows; a count stated to the last one is exact, a bound is open."""
    if math.isnan(figure.value):
        lower = -math.inf if math.isnan(figure.lower) else figure.lower
        upper = math.inf if math.isnan(figure.upper) else figure.upper
        return Quantity(math.nan, lower, upper)
    if figure.rounding == 1 and figure.unit != "percent" and not figure.unit.startswith("per "):
        return Quantity.exact(figure.value)
    return Quantity(figure.value, *figure.rounding_interval)


def _stated(entry: Any, names: dict[str, Quantity], used: dict[str, Figure]) -> tuple[Quantity, str]:
    """Return what a recomputed value is held against: a figure, or a number of the claim with its rounding."""
    against = entry.against
    if isinstance(against, str):
        if against not in names:
            raise BadExpression(f"against {against!r} is none of the claim's figures: {', '.join(names)}")
        return names[against], used[against].stated
    if set(against) - {"value", "rounding"} or "value" not in against:
        raise BadExpression(f"against {against!r}: expected a figure's name, or value and rounding")
    value, rounding = against["value"], against.get("rounding", 0)
    if not all(type(number) in (int, float) and math.isfinite(number) for number in (value, rounding)) or rounding < 0:
        raise BadExpression(f"against {against!r}: expected numbers, the rounding 0 or more")
    return Quantity(value, value - rounding / 2, value + rounding / 2), _text(entry.show, value)


def _text(show: str, value: float) -> str:
    """Return a number in the way the claim asks for: `percent 1`, `number 0` or `pounds`; of `interval 1` a limit."""
    unit, _, decimals = show.partition(" ")
    if unit == "pounds":
        return say.pounds(value)
    return (say.number if unit == "number" else say.percent)(value, int(decimals))


def _shown(show: str, found: Quantity) -> str:
    """Return a recomputed value for reading: the number, or its range where that is asked for or all that is known."""
    value, lower, upper = (_text(show, number) for number in (found.value, found.lower, found.upper))
    if not show.startswith("interval"):
        if not math.isnan(found.value):
            return value
        if math.isinf(found.upper):
            return f"at least {lower}"
        if math.isinf(found.lower):
            return f"at most {upper}"
    return f"{lower} to {upper}"


def _later(entry: Any, used: dict[str, Figure], figures: Figures) -> str:
    """Return what official figures show in the years of a claim's figures, or about the date of its document.

    A single year has the one before it beside it.
    """
    if not entry.later:
        return ""
    written = int(figures.sources.at[entry.document, "date"][:4])
    years = {last_year(figure.time_period) for figure in used.values()} or {written - 2, written}
    years |= {min(years) - 1} if len(years) == 1 else set()
    return " ".join(f"{said}." for said in [*beside(entry.later, years, figures), entry.later_note.rstrip(".")] if said)


def check(path: Path, figures: Figures) -> list[str]:
    """Return what is wrong with the register, one line each; empty if every recorded verdict follows."""
    try:
        entries = read(path)
    except BadClaim as error:
        return [str(error)]
    return [problem for entry in entries.itertuples() for problem in _problems(entry, figures)]


def _problems(entry: Any, figures: Figures) -> list[str]:
    where, documents = entry.where, figures.sources.index
    if entry.document not in documents:
        hint = did_you_mean(entry.document, documents)
        return [f"{where}: document {entry.document!r} is not in sources.csv{hint}"]
    try:
        found = _judged(entry, figures)
    except BadClaim as error:
        return [str(error)]
    problems = []
    for reference in entry.missing:
        try:
            if there := settling(reference, figures):
                has = f"{there.source} has {there} {there.when}"
                problems.append(f"{where}: missing {reference!r}, but {has}; judge it by that")
        except BadExpression as error:
            problems.append(f"{where}: missing: {error}")
    if found["verdict"] != entry.verdict:
        numbers = f" (recomputed {found['shown']}, stated {found['printed']})" if found["shown"] else ""
        problems.append(f"{where}: recorded as {entry.verdict!r}, but {found['verdict']!r} follows{numbers}")
    return problems
