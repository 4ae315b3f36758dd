"""The national panel of spend and outcomes: the primary model, what else is tried, and how sure each is.

Spend enters in hundreds of pounds per child: a coefficient is the change in a rate per 10,000 children that goes with
£100 more a child. Results are kept on disk, so that the pages of all authorities share them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.data import reads
from analysis.data.figures import WILTSHIRE, Figures
from analysis.methods import panel as method
from analysis.methods.panel import Design, PanelFit, Term
from analysis.official import readers
from analysis.official.cache import Kept

SPEND, SAFEGUARDING = "early-help spend", "safeguarding spend"
LEFT_OUT, SOURCE = readers.PANEL_LEFT_OUT, readers.PANEL
HUNDRED = 100
"""Pounds that one unit of spend in the models stands for."""
CARE = "children looked after"
OUTCOMES = {
    CARE: ("looked_after", ("plans", "in_need")),
    "child protection plans": ("plans", ("in_need",)),
    "children in need": ("in_need", ()),
}
"""What early help is to prevent → its column of the panel, and those of the steps before it, which stand for need."""
ODD_AREA, ODD_YEARS, PANDEMIC = WILTSHIRE, (2011, 2012), (2021, 2022)
"""The authority and years whose returns have next to nothing, then nothing, for Sure Start; the pandemic's years."""
PRIMARY, PUBLISHED = "primary", "published"
AHEAD = (-1, -2)
"""Years of spend to come that are tried as a placebo."""
PLACES, MIXED_PLACES = 3, 2
"""Decimals kept of an estimate per £100, by least squares and by a search: beyond these processors may differ."""


def prepared(
    rows: pd.DataFrame,
    outcome: str = CARE,
    lags: tuple[int, ...] = (0, 1),
    steps: bool = True,
    more: tuple[Term, ...] = (),
    slope: bool = False,
    lag_by_row: bool = False,
) -> Design:
    """Return rows of the panel made ready: spend, and what is held equal, in the same year and those before.

    `outcome` is a key of `OUTCOMES`; `lags` say which years of spend enter, as in `Term`; with `steps` safeguarding
    spend and the steps before the outcome are held equal; `more` are further terms; with `slope` the association may
    differ from authority to authority, in a mixed model; `lag_by_row` is as in `methods.panel.design`.
    """
    rows = rows.assign(**{SPEND: rows["spend"] / HUNDRED, SAFEGUARDING: rows["safeguarding"] / HUNDRED})
    column, before = OUTCOMES[outcome]
    past = tuple(lag for lag in lags if lag >= 0)
    held = [Term(name, past) for name in (SAFEGUARDING, *before) if steps]
    terms = [Term(SPEND, lags, slope), *held, *more]
    return method.design(rows, column, "area", "year", terms, ["deprivation"], lag_by_row)


def primary(made: Design) -> PanelFit:
    """Return the primary model: a level for each authority and each year, errors clustered by authority."""
    return method.fixed_effects(made, made.time)


class Panel:
    """The panel, and what models of it give.

    `figures` remember that the panel was read; `outcome` is a key of `OUTCOMES`; `lag` is 0 for the same year's spend,
    1 for that of the year before too; `draws` and `seed` are of the wild bootstrap. ReleaseError if the panel is not
    there or not in order.
    """

    def __init__(
        self, figures: Figures, outcome: str = CARE, lag: int = 1, draws: int = 9999, seed: int = 2013
    ) -> None:
        self.as_it_stands = reads.panel(figures)
        self.rows = self.as_it_stands.drop_duplicates(["area", "year"]).reset_index(drop=True)
        self.outcome, self.lags, self.wild = outcome, tuple(range(lag + 1)), {"draws": draws, "seed": seed}
        self.within = Term(SPEND, self.lags).within
        code = [Path(module.__file__) for module in (method, readers)]
        self.kept = Kept(figures.folder, [readers.panel_release(figures.folder).sha256], [*code, Path(__file__)])

    def models(self) -> pd.DataFrame:
        """Return every model that is tried, a row each, the primary first.

        Columns coefficient, error (per £100 a child; NaN where the fit failed), observations, groups, first and last
        (years of the outcome).
        """
        columns = ["model", "coefficient", "error", "observations", "groups", "first", "last"]
        found = self._once("models", lambda: [_row(name, *of) for name, of in self.tried().items()])
        return pd.DataFrame(found, columns=columns).astype({"coefficient": float, "error": float}).set_index("model")

    def sureness(self) -> pd.Series:
        """Return how sure the primary model is.

        `wild` and `wild regions` are p-values of the wild bootstrap, by authority and by region; `regions` and `kernel`
        other standard errors, clustered by region and Driscoll and Kraay's; `left` the correlation of what is left of
        neighbouring years. Of the model that leaves time in, `robust` is the robustness value, `robust clustered` the
        same by the clustered error, and `time spend` and `time outcome` the shares that calendar time explains.
        """
        return pd.Series(self._once("sureness", self._sureness, **self.wild))

    def outcomes(self) -> pd.DataFrame:
        """Return the primary model of each outcome: columns coefficient and error, by outcome."""

        def found() -> dict[str, list[float | None]]:
            fits = {name: primary(prepared(self.rows, name, self.lags)) for name in OUTCOMES}
            return {name: _row("", self.prepared(), fit, self.within)[1:3] for name, fit in fits.items()}

        made = pd.DataFrame(self._once("outcomes", found), index=["coefficient", "error"], dtype=float)
        return made.T.loc[list(OUTCOMES)]

    def without(self) -> pd.DataFrame:
        """Return the coefficients without one authority: of the primary model each, of the published the two furthest.

        Columns `PRIMARY` and `PUBLISHED` (with each row once), by area code; NaN where the model was not fitted.
        """
        found = self._once("without", self._without)
        return pd.DataFrame({name: pd.Series(of, dtype=float) for name, of in found.items()})

    def prepared(self, rows: pd.DataFrame | None = None, **how: Any) -> Design:
        """Return rows, all if None, made ready for the outcome and the years of spend asked for; see `prepared`."""
        return prepared(self.rows if rows is None else rows, self.outcome, **{"lags": self.lags} | how)

    def tried(self) -> dict[str, tuple[Design, PanelFit, list[str]]]:
        """Return every model by name: its design, the fit, and the coefficients whose sum is asked for."""
        made, mixed = self.prepared(), self.prepared(slope=True)
        published = self.prepared(self.as_it_stands, slope=True, lag_by_row=True)
        where, years = self.rows.loc[made.outcome.index], made.time.astype(str)
        fifth = pd.qcut(where.groupby("area")["deprivation"].first(), 5, labels=list("12345")).astype(str)
        trends = pd.get_dummies(made.group, prefix="trend").iloc[:, 1:].mul(made.time - made.time.min(), axis=0)
        changed, own = method.differences(made), Term(OUTCOMES[self.outcome][0], (1,))
        least = {
            PRIMARY: (made, {}),
            "regions": (made, {"levels": where["region"] + years}),
            "fifths": (made, {"levels": where["area"].map(fifth) + years}),
            "trends": (Design(made.outcome, made.fixed.join(trends), made.group, made.time), {}),
            "changes": (changed, {"own": False}),
            "before": (self.prepared(more=(own,)), {}),
            "alone": (self.prepared(steps=False), {}),
            "weighted": (made, {"weights": where["children"]}),
            "pandemic": (self.prepared(self.rows[~self.rows["year"].isin(PANDEMIC)]), {}),
            "odd": (self.prepared(self.rows[(self.rows["area"] != ODD_AREA) | ~self.rows["year"].isin(ODD_YEARS)]), {}),
            "ahead": (self.prepared(lags=(*self.lags, *AHEAD)), {}),
            "untimed": (made, {"levels": None}),
        }
        fits = {name: method.fixed_effects(of, **{"levels": of.time} | how) for name, (of, how) in least.items()}
        names = {"ahead": Term(SPEND, AHEAD).within}
        found = {name: (least[name][0], fit, names.get(name, self.within)) for name, fit in fits.items()}
        searched = {"mixed": (mixed, "year effects"), "linear": (mixed, "linear"), PUBLISHED: (published, "none")}
        mixes = {name: (of, method.within_between(of, how), self.within) for name, (of, how) in searched.items()}
        return found | mixes

    def _once(self, what: str, make: Callable[[], Any], **more: Any) -> Any:
        """Return a result from disk, or made."""
        which = {"what": what, "outcome": self.outcome, "lags": list(self.lags), **more}
        return self.kept.get(which, lambda: {"found": make()})["found"]

    def _sureness(self) -> dict[str, float]:
        made = self.prepared()
        region, fit, names = self.rows.loc[made.outcome.index, "region"], primary(made), self.within
        plain = method.fixed_effects(made, errors="unadjusted")
        ratios = {"robust": plain.estimate(*names), "robust clustered": method.fixed_effects(made).estimate(*names)}
        spend, rate = method.explained(method.summed(made, names), names[0], made.time)
        other = {"regions": {"clusters": region}, "kernel": {"errors": "kernel"}}
        other = {name: method.fixed_effects(made, made.time, **how).estimate(*names) for name, how in other.items()}
        found = {
            "wild": method.wild_p(made, names, made.time, **self.wild),
            "wild regions": method.wild_p(made, names, made.time, region, **self.wild),
            "left": method.autocorrelation(made, fit),
            "time spend": spend,
            "time outcome": rate,
            **{name: estimate.standard_error for name, estimate in other.items()},
            **{name: method.robustness_value(one[0] / one[1], plain.free) for name, one in ratios.items()},
        }
        return {name: round(value, PLACES) for name, value in found.items()}

    def _without(self) -> dict[str, dict[str, float | None]]:
        made, mixed = self.prepared(), self.prepared(slope=True)
        each = method.without_each(made, self.within)
        fit, far = method.within_between(mixed), {}
        if not fit.message:
            steps = method.without_each(mixed, self.within, fit)
            rest = {code: method.without(mixed, code) for code in (steps.idxmin(), steps.idxmax())}
            far = {code: method.within_between(of).estimate(*self.within).value for code, of in rest.items()}
        return {
            PRIMARY: {code: _number(value, PLACES) for code, value in each.items()},
            PUBLISHED: {code: _number(value, MIXED_PLACES) for code, value in far.items()},
        }


def _row(name: str, made: Design, fit: PanelFit, names: list[str]) -> list[Any]:
    """Return a model's row, as JSON can hold it."""
    places = MIXED_PLACES if fit.spread.size else PLACES
    numbers = [_number(number, places) for number in fit.estimate(*names)]
    return [name, *numbers, fit.observations, fit.groups, int(made.time.min()), int(made.time.max())]


def _number(value: float, places: int) -> float | None:
    return None if math.isnan(value) else round(value, places)
