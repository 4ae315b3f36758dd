"""The page's charts and tables."""

from __future__ import annotations

import pandas as pd

from analysis import narrative as say
from analysis.charts import About, Chart, curve, ladder, lines, matrix
from analysis.formats import number, tenths
from analysis.methods.intervals import Interval
from analysis.topics.spend_outcomes import titles
from analysis.topics.spend_outcomes.specifications import (
    CARE,
    CONTROLS,
    COVARIATES,
    DEPRIVED,
    HUNDRED,
    NEEDS,
    NOTHING,
    OUTCOMES,
    ROWS,
    YEARS,
    Specification,
)
from analysis.topics.spend_outcomes.study import Found, Study

PER = "Per 10,000 children"
KIND = (
    "Intervals at {level} say how far an estimate could differ if the authorities were a draw from many alike, and the "
    "model were right."
)
CLUSTERED = "Clustered errors: least squares in which years of one authority may hang together."
YEARS_OF_SPEND = {0: "same year", 1: "two years"}
DIFFER = {True: "may differ by authority", False: "same everywhere"}
CHOICES = {
    "Outcome": [outcome.short for outcome in OUTCOMES.values()],
    "Taken out": list(CONTROLS),
    "Spend of": list(YEARS_OF_SPEND.values()),
    "Association": list(DIFFER.values()),
    "Held equal": list(COVARIATES),
    "Rows": list(ROWS),
}


def _percent(value: float) -> str:
    return say.percent(value, 1)


EXTRA = {
    PER: tenths,
    "With clustered errors": _percent,
    "Clustered, lower limit": _percent,
    "Clustered, upper limit": _percent,
    "Authority-years": number,
}
"""Further columns of the curve's table, and how they are written."""


def _kind(study: Study) -> str:
    return KIND.format(level=say.level(study.confidence))


def _rows(found: dict[str, Found]) -> pd.DataFrame:
    rows = [(label, f.value, *f.limits, "x" if f.failed else "") for label, f in found.items()]
    return pd.DataFrame(rows, columns=["label", "value", "lower", "upper", "symbol"])


def controls_chart(study: Study) -> Chart:
    """Return the leading specification under each control for time, and the published estimate beside it."""
    found = {say.capital(control): study.by_control[control] for control in CONTROLS}
    found |= {
        f"{say.capital(control)}, clustered errors": study.clustered(study.controlled(control)) for control in CONTROLS
    }
    if study.on_care:
        value = study.published.value * study.pounds / HUNDRED
        found["Published, no time control"] = Found(value, Interval(float("nan"), float("nan")))
    about = About(
        "controls",
        titles.CONTROLS,
        f"Change in {study.about.words} that goes with £{study.pounds:,.0f} more a child, outcomes of "
        f"{study.years(study.leading)}",
        f"{_kind(study)} {CLUSTERED} The published estimate is shown without an interval.",
    )
    return ladder(_rows(found), about, tenths, PER)


def national_chart(study: Study) -> Chart:
    """Return spend and rate of the whole country as an index."""
    table = study.national
    names = {"spend": "Spend", "rate": say.capital(study.about.words)}
    rows = [
        (str(year), name, value / table[column].iloc[0] * 100)
        for column, name in names.items()
        for year, value in table[column].items()
    ]
    about = About(
        "national",
        titles.national_title(study),
        f"Mean of the authorities in the panel, {table.index[0]} = 100",
        "Spend at prices of 2022, per child aged 0 to 16; a year is the one in which the financial year ends.",
    )
    return lines(rows, about, number, f"Index, {table.index[0]} = 100")


def curve_chart(study: Study) -> Chart:
    """Return every specification, in percent of the outcome's usual rate."""
    rows = [
        (
            number(place),
            row.value,
            row.lower,
            row.upper,
            row.spec.about.short,
            row.spec.control,
            YEARS_OF_SPEND[row.spec.lag],
            DIFFER[row.spec.slopes],
            row.spec.covariates,
            row.spec.rows,
            row.per,
            row.robust,
            row.robust_lower,
            row.robust_upper,
            row.count,
            row.clear,
        )
        for place, row in enumerate(study.every.itertuples(), 1)
    ]
    frame = pd.DataFrame(rows, columns=["label", "value", "lower", "upper", *CHOICES, *EXTRA, "clear"])
    published = study.published.value * study.pounds / HUNDRED / study.models.usual(CARE) * 100
    about = About(
        "curve",
        titles.CURVE,
        f"Change that goes with £{study.pounds:,.0f} more a child, percent of the outcome's usual rate, "
        f"{len(frame)} models",
        f"{_kind(study)} Filled: beyond chance, as both its interval and that of clustered errors (in the table) leave "
        f"zero out on the same side. {CLUSTERED} Each column is one model; the marks below it say what it rests on. "
        "Two odd returns: years in which one authority's has next to nothing, then nothing, for Sure Start.",
    )
    return curve(
        frame,
        about,
        _percent,
        "Percent of the usual rate",
        CHOICES,
        leading=[row.spec for row in study.every.itertuples()].index(study.leading),
        reference=(published, f"published, {say.percent(published, 1)}"),
        extra=EXTRA,
    )


def outcomes_chart(study: Study) -> Chart:
    """Return the outcomes beside each other, on one scale, those beyond chance marked."""
    specs = [[Specification(outcome, control) for control in CONTROLS] for outcome in OUTCOMES]
    found = [[study.percent(spec, study.found(spec)) for spec in row] for row in specs]
    names, controls = [one.short for one in OUTCOMES.values()], [*map(say.capital, CONTROLS)]
    frame = pd.DataFrame([[one.value for one in row] for row in found], names, controls)
    texts = [["[x]" if one.failed else say.span(one.limits, _percent) for one in row] for row in found]
    spans = pd.DataFrame(texts, names, [f"{control}, interval" for control in controls])
    marked = pd.DataFrame([[study.sure(spec) for spec in row] for row in specs])
    about = About(
        "outcomes",
        titles.OUTCOMES,
        f"Change that goes with £{study.pounds:,.0f} more a child over two years, percent of the outcome's usual rate",
        f"Framed: beyond chance, as the {say.level(study.confidence)} interval and that of clustered errors leave zero "
        "out on the same side.",
    )
    return matrix(frame, about, _percent, "Outcome", marked, spans)


def between_chart(study: Study) -> Chart:
    """Return what comparing authorities says beside what comparing one with itself says."""
    timed = Specification(control=YEARS)
    found = {
        "Between places, nothing else held equal": study.between(Specification(covariates=NOTHING)),
        "Between places alike in deprivation": study.between(Specification(covariates=DEPRIVED)),
        "Between places alike in deprivation and need": study.between(Specification(covariates=NEEDS)),
        "Within a place, over its years": study.found(Specification()),
        "Within a place, each year taken out": study.found(timed),
        "Within a place, each year taken out, clustered errors": study.clustered(timed),
    }
    about = About(
        "between",
        titles.BETWEEN,
        f"Difference in children in care that goes with £{study.pounds:,.0f} more a child",
        f"{_kind(study)} Within a place: £{study.pounds:,.0f} more over two years.",
    )
    return ladder(_rows(found), about, tenths, PER)


def influence_chart(study: Study) -> Chart:
    """Return the estimate without each of the authorities that move it most."""
    table, whole = study.without.head(10), study.found(study.leading)
    found = {"All authorities": whole}
    found |= {f"Without {row.name}": Found(row.value, Interval(*[float("nan")] * 2)) for row in table.itertuples()}
    exact = int(study.without["exact"].sum())
    about = About(
        "influence",
        titles.influence_title(study),
        f"Change in {study.about.words} that goes with £{study.pounds:,.0f} more a child, without one authority",
        f"{_kind(study)} For {say.word(exact)} authorities the model was fitted anew; for the others the spread "
        "between authorities was kept as found with all.",
    )
    return ladder(_rows(found), about, lambda value: number(value, 2), PER, (whole.value, "all authorities"))


def area_chart(study: Study) -> Chart:
    """Return the area's rates and the model's, with the range in which a year should lie."""
    table, name = study.fitted, study.report.name
    actual = [(str(y), name, v, float("nan"), float("nan")) for y, v in table["actual"].items()]
    model = [(str(row.Index), "Model", row.fitted, row.lower, row.upper) for row in table.itertuples()]
    frame = pd.DataFrame(actual + model, columns=["x", "series", "value", "lower", "upper"])
    about = About(
        "area-fit",
        titles.area_title(study),
        f"{say.capital(study.about.words)} of any age per 10,000 children aged 0 to 16, {name}, {table.index[0]} to "
        f"{table.index[-1]}",
        f"Shaded: where {say.level(study.confidence)} of yearly rates should lie, if the model is right; "
        "the range is that of an average authority.",
    )
    return lines(frame, about, tenths, PER, roles={name: "area", "Model": "neighbours"})
