"""Which models of the panel are fitted: the choices, all the specifications tried, and each one's design."""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass, replace

import pandas as pd

from analysis.figures import WILTSHIRE
from analysis.methods.panel import Design, Term, design

HUNDRED = 100
"""Pounds that one unit of spend in the models stands for."""
SPEND, SAFEGUARDING, DEPRIVATION = "early-help spend", "safeguarding spend", "deprivation"


@dataclass(frozen=True)
class Outcome:
    """What early help is to prevent.

    `column` is that of the panel; `steps` are the columns of the steps before it, which stand for need; `words` go
    into a sentence, `short` beside a mark.
    """

    column: str
    words: str
    short: str
    steps: tuple[str, ...]


OUTCOMES = {
    "children looked after": Outcome("looked_after", "children in care", "In care", ("plans", "in_need")),
    "child protection plans": Outcome("plans", "children on protection plans", "Protection plans", ("in_need",)),
    "children in need": Outcome("in_need", "children in need", "In need", ()),
}
CARE = "children looked after"
CONTROLS = {"no time control": "none", "linear trend": "linear", "year effects": "year effects"}
"""The choices of the parameter → those of the method."""
NO_CONTROL, TREND, YEARS = CONTROLS
NEEDS, DEPRIVED, NOTHING = "need and deprivation", "deprivation alone", "nothing else"
COVARIATES = (NEEDS, DEPRIVED, NOTHING)
EVERY_ROW, NO_ARTEFACT, NO_PANDEMIC, REPEATED = (
    "every authority and year",
    "without two odd returns",
    "without the pandemic years",
    "repeated rows counted twice",
)
ROWS = (EVERY_ROW, NO_ARTEFACT, NO_PANDEMIC, REPEATED)
ODD_YEARS, PANDEMIC = (2011, 2012), (2021, 2022)
"""The years in which Wiltshire's return has next to nothing, then nothing, for Sure Start; those of the pandemic."""


@dataclass(frozen=True)
class Specification:
    """One way of asking the panel.

    Args:
        outcome: a key of `OUTCOMES`.
        control: a key of `CONTROLS`.
        lag: 0 for the same year's spend, 1 for that of the year before too.
        slopes: whether the association may differ from authority to authority.
        covariates: what else is held equal, one of `COVARIATES`.
        rows: which rows of the panel enter, one of `ROWS`.
    """

    outcome: str = CARE
    control: str = NO_CONTROL
    lag: int = 1
    slopes: bool = True
    covariates: str = NEEDS
    rows: str = EVERY_ROW

    @property
    def about(self) -> Outcome:
        """The outcome, with its words."""
        return OUTCOMES[self.outcome]

    @property
    def within(self) -> list[str]:
        """The names of the coefficients whose sum is asked for."""
        return Term(SPEND, self.lags).within

    @property
    def lags(self) -> tuple[int, ...]:
        """The years of spend that enter: the same, and the one before."""
        return tuple(range(self.lag + 1))

    def record(self) -> dict[str, object]:
        """Return it as JSON can hold it."""
        return asdict(self)


PUBLISHED = Specification(rows=REPEATED)
"""The specification of the published study, on the panel as it stands."""


def tried(leading: Specification) -> list[Specification]:
    """Return every specification of the curve: the full cross, the checks on care, and the leading one if it is new."""
    cross = itertools.product(OUTCOMES, CONTROLS, (0, 1), (True, False))
    checks = [
        replace(Specification(), control=control, **change)
        for change in (
            {"covariates": DEPRIVED}, {"covariates": NOTHING}, {"rows": NO_ARTEFACT}, {"rows": NO_PANDEMIC},
        )
        for control in CONTROLS
    ]  # fmt: skip
    return list(dict.fromkeys([*(Specification(*which) for which in cross), *checks, PUBLISHED, leading]))


def rows_of(panel: pd.DataFrame, which: str) -> pd.DataFrame:
    """Return the rows of the panel that enter a specification, in order of area and year."""
    if which == REPEATED:
        return panel
    panel = panel.drop_duplicates(["area", "year"])
    if which == NO_ARTEFACT:
        panel = panel[~((panel["area"] == WILTSHIRE) & panel["year"].isin(ODD_YEARS))]
    if which == NO_PANDEMIC:
        panel = panel[~panel["year"].isin(PANDEMIC)]
    return panel.reset_index(drop=True)


def design_of(panel: pd.DataFrame, spec: Specification) -> Design:
    """Return the panel made ready for a specification; its index is that of `rows_of`.

    Spend is in hundreds of pounds per child, so that a coefficient is of £100.
    """
    rows = rows_of(panel, spec.rows)
    rows = rows.assign(**{SPEND: rows["spend"] / HUNDRED, SAFEGUARDING: rows["safeguarding"] / HUNDRED})
    terms = [Term(SPEND, spec.lags, slope=spec.slopes)]
    if spec.covariates == NEEDS:
        terms += [Term(name, spec.lags) for name in (SAFEGUARDING, *spec.about.steps)]
    covariates = [] if spec.covariates == NOTHING else [DEPRIVATION]
    control, by_row = CONTROLS[spec.control], spec.rows == REPEATED
    return design(rows, spec.about.column, "area", "year", terms, covariates, control, by_row)
