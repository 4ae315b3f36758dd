"""Where the two estimates of the Early Help Strategy of 2013 can and cannot come from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from analysis import narrative as say
from analysis.charts import About, Chart, matrix
from analysis.figure import Figure
from analysis.methods import rounding
from analysis.methods.intervals import Interval
from analysis.methods.prevalence import percent_needed
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.hidden_harm.definitions import SURVEYS, Definition
from analysis.topics.hidden_harm.model import Model

IMPLIED = "Implied by its share"
SHARED = (
    "brothers and sisters share parents, so that is more than is plausible; the share is perhaps of another group, "
    "which the strategy does not name"
)
"""Why the population that the parents' share implies cannot be that of parents."""


@dataclass(frozen=True)
class Reconciliation:
    """A published number set against every pair of a definition and a population that could return it."""

    model: Model
    stated: Figure
    bases: dict[str, float]
    populations: str

    @cached_property
    def definitions(self) -> list[Definition]:
        """The definitions published before the strategy, the widest first."""
        return [d for d in self.model.ordered if d.name in SURVEYS]

    def returns(self, definition: Definition, base: str) -> bool:
        """Whether the interval of the definition's estimate from a base holds the published number."""
        return self.model.estimate(definition, self.bases[base]).interval.contains(self.stated.value)

    @cached_property
    def fits(self) -> list[tuple[Definition, str]]:
        """The pairs that can return the number."""
        return [(d, base) for d in self.definitions for base in self.bases if self.returns(d, base)]

    @property
    def tried(self) -> int:
        """How many pairs there are."""
        return len(self.definitions) * len(self.bases)

    def sentence(self) -> str:
        """Return how many pairs can return the number, and which."""
        pairs = f"of {self.tried} pairs of definition and population tried"
        if not self.fits:
            return f"{pairs}, none can return {self.stated}"
        named = [f"{d.label[0].lower()}{d.label[1:]}, among {_people(base)}" for d, base in self.fits]
        return f"{pairs}, {say.word(len(self.fits))} can return {self.stated}: {say.listed(named)}"

    def finding(self) -> str:
        """Return the same in short, as a heading."""
        few = say.capital(say.word(len(self.fits))) if self.fits else "None"
        return f"{few} of {self.tried} ways tried {'return' if len(self.fits) > 1 else 'returns'} {self.stated}"

    def shares_needed(self) -> str:
        """Return the share of each population that the number would be."""
        shares = [
            f"{say.percent(percent_needed(self.stated.value, base))} of {_people(name)}"
            for name, base in self.bases.items()
        ]
        return f"{self.stated} is {say.listed(shares)}"

    def chart(self, name: str, title: str, people: str) -> Chart:
        """Draw every pair; those that can return the number are framed."""
        labels = [d.label for d in self.definitions]
        cells = {b: [self.model.estimate(d, n).value for d in self.definitions] for b, n in self.bases.items()}
        marks = {b: [self.returns(d, b) for d in self.definitions] for b in self.bases}
        return matrix(
            pd.DataFrame(cells, index=labels),
            About(
                name,
                title,
                f"{people} by definition and population; framed where the interval holds {self.stated}",
                f"Populations: {self.populations}.",
            ),
            say.about,
            "Definition",
            pd.DataFrame(marks, index=labels),
        )

    def populations_table(self, name: str) -> Table:
        """Return the population that each published share would need to return the number exactly."""
        rows = []
        for d in self.definitions:
            limits = rounding.implied_denominator(_exact(self.stated.value), d.limits)
            rows.append((d.label, say.percent(d.percent), say.span(limits, say.about)))
        heads = ["Definition", "Published share", "Population needed"]
        caption = f"How many people each share would need to return {self.stated}"
        return Table(name, caption, pd.DataFrame(rows, columns=heads), right=heads[1:])


def bases(report: Report) -> dict[str, Figure]:
    """Return the earliest child populations that are published for the area: those nearest to 2010."""
    names = {
        "Ages 0 to 15": "hmrc_children_under_16",
        "Ages 0 to 17": "population_0_17",
        "Ages 0 to 19": "population_0_19",
    }
    first = {n: min(f.time_period for f in report.figures.every(i, report.area)) for n, i in names.items()}
    return {name: report.figure(indicator, period=first[name]) for name, indicator in names.items()}


def _sizes(report: Report) -> tuple[dict[str, float], str]:
    """Return the sizes of the populations, and how a note gives them with their years."""
    found = bases(report)
    said = [f"{name[0].lower()}{name[1:]}, {figure} in {figure.year}" for name, figure in found.items()]
    return {name: figure.value for name, figure in found.items()}, "; ".join(said)


def children(model: Model) -> Reconciliation:
    """Return the reconciliation of the strategy's number of children."""
    return Reconciliation(model, model.report.figure("hidden_harm_children_estimated"), *_sizes(model.report))


def parents(model: Model) -> Reconciliation:
    """Return the reconciliation of the strategy's number of parents, also with the population its 9% implies."""
    stated = model.report.figure("hidden_harm_parents_estimated")
    share = model.report.figure("hidden_harm_parents_share")
    sizes, said = _sizes(model.report)
    implied = stated.value / share.value * 100
    said = f"{said}; implied, {stated} ÷ {share}, about {say.about(implied)}. The shares are of children"
    return Reconciliation(model, stated, sizes | {IMPLIED: implied}, said)


def headline(model: Model) -> list[str]:
    """Return the strategy's number and whether it can be reconciled, for the answer; nothing for other areas."""
    if not model.report.figures.documents:
        return []
    made = children(model)
    named = [f"{d.label[0].lower()}{d.label[1:]}, among {_people(base)}" for d, base in made.fits]
    few = f"{say.word(len(named))} can return it: {say.listed(named)}" if named else "none can return it"
    return [
        f"the strategy's {made.stated} children come with no definition; of {made.tried} pairs of definition and ages "
        f"tried, {few}"
    ]


def parents_implied(report: Report) -> Interval:
    """Return how many parents the strategy's number and its share imply in all."""
    stated, share = (report.figure(f"hidden_harm_parents_{kind}") for kind in ("estimated", "share"))
    return rounding.implied_denominator(stated.rounding_interval, share.rounding_interval)


def parents_finding(report: Report) -> str:
    """Return that the share cannot be of parents, with the numbers."""
    stated, share = (report.figure(f"hidden_harm_parents_{kind}") for kind in ("estimated", "share"))
    implied, most = parents_implied(report), report.figure("population_0_19")
    return (
        f"{stated} parents at {share} imply {say.span(implied, say.about)} parents in all, at least "
        f"{say.number(implied.lower / most.value, 1)} for each of the {most} children aged 0 to 19"
    )


def shares_known(report: Report) -> list[str]:
    """Return the strategy's shares of parents and children identified, worked out again."""
    pairs = (
        ("hidden_harm_parents_identified", "hidden_harm_parents_estimated", "hidden_harm_parents_treated_share", 1),
        ("hidden_harm_children_identified", "hidden_harm_children_estimated",
         "hidden_harm_children_identified_share", 3),
    )  # fmt: skip
    said = []
    for top, bottom, share, places in pairs:
        part, whole, stated = (report.figure(name) for name in (top, bottom, share))
        found = part.value / whole.value * 100
        said.append(f"{part} of {whole} is {say.percent(found, places)}, printed as {stated}")
    return said


def known_then(model: Model) -> str:
    """Return the children identified then, against the leading definition's children of that time."""
    then, base = model.report.figure("hidden_harm_children_identified"), bases(model.report)["Ages 0 to 17"]
    share = model.lead.percent / 100 * base.value
    return (
        f"{then} children were identified, {say.percent(then.value / share * 100)} of the {say.modelled(share)} that "
        f"the leading definition's national share gives for {base.year}"
    )


def per_parent(report: Report) -> str:
    """Return how the two estimates stand to each other."""
    kids, adults = (report.figure(f"hidden_harm_{who}_estimated") for who in ("children", "parents"))
    return (
        f"the two estimates stand at {say.number(kids.value / adults.value, 2)} children to a parent: the first may be "
        "the second times an average number of children, which the strategy does not say"
    )


def _people(base: str) -> str:
    return "the population its share implies" if base == IMPLIED else f"children aged {base.removeprefix('Ages ')}"


def _exact(value: float) -> Interval:
    return Interval(value, value)
