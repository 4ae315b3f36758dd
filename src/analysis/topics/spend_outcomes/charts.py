"""The page's charts and tables."""

from __future__ import annotations

import pandas as pd

from analysis import narrative as say
from analysis.charts import About, Chart, curve, ladder, lines, matrix
from analysis.figure import ENGLAND
from analysis.formats import number, tenths
from analysis.methods.intervals import Interval
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.spend_outcomes import area_words, titles
from analysis.topics.spend_outcomes.specifications import (
    CARE,
    CONTROLS,
    COVARIATES,
    DEPRIVED,
    HUNDRED,
    NEEDS,
    NOTHING,
    OUTCOMES,
    PUBLISHED,
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


def _kind(study: Study) -> str:
    return KIND.format(level=say.level(study.confidence))


def _rows(found: dict[str, Found]) -> pd.DataFrame:
    rows = [(label, f.value, *f.limits, "x" if f.failed else "") for label, f in found.items()]
    return pd.DataFrame(rows, columns=["label", "value", "lower", "upper", "symbol"])


def controls_chart(study: Study) -> Chart:
    """Return the leading specification under each control for time, and the published estimate beside it."""
    found = {say.capital(control): study.by_control[control] for control in CONTROLS}
    if study.on_care:
        value = study.published.value * study.pounds / HUNDRED
        found["Published, no time control"] = Found(value, Interval(float("nan"), float("nan")))
    about = About(
        "controls",
        say.capital(titles.controls_title(study)),
        f"Change in {study.about.words} that goes with £{study.pounds:,.0f} more a child, "
        f"{study.rows['year'].min()} to {study.rows['year'].max()}",
        f"{_kind(study)} The published estimate is shown without an interval.",
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
        say.capital(titles.national_title(study)),
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
        )
        for place, row in enumerate(study.every.itertuples(), 1)
    ]
    frame = pd.DataFrame(rows, columns=["label", "value", "lower", "upper", *CHOICES, PER])
    published = study.published.value * study.pounds / HUNDRED / study.models.usual(CARE) * 100
    about = About(
        "curve",
        say.capital(titles.curve_title(study)),
        f"Change that goes with £{study.pounds:,.0f} more a child, percent of the outcome's usual rate, "
        f"{len(frame)} models",
        f"{_kind(study)} Filled: beyond chance, as the interval leaves zero out. Each column is one model; the marks "
        "below it say what it rests on. Two odd returns: years in which one authority's has next to nothing, then "
        "nothing, for Sure Start.",
    )
    return curve(
        frame,
        about,
        lambda value: say.percent(value, 1),
        "Percent of the usual rate",
        CHOICES,
        leading=[row.spec for row in study.every.itertuples()].index(study.leading),
        reference=(published, f"published, {say.percent(published, 1)}"),
        extra={PER: tenths},
    )


def outcomes_found(study: Study) -> dict[tuple[str, str], Found]:
    """Return each outcome under each control for time; the rest as in the published study."""
    return {(o, c): study.found(Specification(o, c)) for o in OUTCOMES for c in CONTROLS}


def outcomes_chart(study: Study) -> Chart:
    """Return the outcomes beside each other, those whose interval leaves zero out marked."""
    found = outcomes_found(study)
    names = [OUTCOMES[outcome].short for outcome in OUTCOMES]
    frame = pd.DataFrame(
        [[found[o, c].value for c in CONTROLS] for o in OUTCOMES], index=names, columns=[*map(say.capital, CONTROLS)]
    )
    marked = pd.DataFrame([[found[o, c].clear for c in CONTROLS] for o in OUTCOMES])
    about = About(
        "outcomes",
        say.capital(titles.outcomes_title(found)),
        f"Change per 10,000 children that goes with £{study.pounds:,.0f} more a child over two years, by outcome and "
        "what is taken out for time",
        f"Framed: the {say.level(study.confidence)} interval leaves zero out.",
    )
    return matrix(frame, about, tenths, "Outcome", marked)


def between_chart(study: Study) -> Chart:
    """Return what comparing authorities says beside what comparing one with itself says."""
    found = {
        "Between places, nothing else held equal": study.between(Specification(covariates=NOTHING)),
        "Between places alike in deprivation": study.between(Specification(covariates=DEPRIVED)),
        "Between places alike in deprivation and need": study.between(Specification(covariates=NEEDS)),
        "Within a place, over its years": study.found(Specification()),
        "Within a place, each year taken out": study.found(Specification(control=YEARS)),
    }
    about = About(
        "between",
        say.capital(titles.between_title(study)),
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
        say.capital(titles.influence_title(study)),
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
        say.capital(area_words.area_title(study)),
        f"{say.capital(study.about.words)} per 10,000 children aged 0 to 16, {name}, {table.index[0]} to "
        f"{table.index[-1]}",
        f"Shaded: where {say.level(study.confidence)} of yearly rates should lie, if the model is right.",
    )
    return lines(frame, about, tenths, PER, roles={name: "area", "Model": "neighbours"})


def published_table(report: Report, study: Study) -> Table:
    """Return the published coefficients beside ours, each in its own unit."""
    care = study.models.estimate(PUBLISHED)
    need = study.models.estimate(Specification("children in need", YEARS))
    rows_ = study.rows
    elastic = rows_["spend"].mean() / HUNDRED / study.models.usual("children in need")
    later = report.series("spend_cin_association", area=ENGLAND)
    ours = Found(need.value * elastic, need.interval(study.confidence).times(elastic))
    rows = [
        (
            "Webb (2024)",
            "Children in care per 10,000, £100 more a child over two years",
            number(study.published.value, 2),
            _with_range(Found(care.value, care.interval(study.confidence)), 2, study),
        )
    ]
    for figure in later:
        text = f"{figure} ({say.span(Interval(figure.lower, figure.upper), figure.text)})"
        rows.append(
            (
                f"Webb (2021), {figure.time_period}",
                "Children in need the next year, percent, 1% more spend",
                text if figure.lower == figure.lower else str(figure),
                _with_range(ours, 3, study),
            )
        )
    frame = pd.DataFrame(rows, columns=["Study", "What goes with what", "Published", "Ours"])
    note = (
        "Ours on children in need: with each year taken out, over the same year and the one before, at mean spend and "
        "rate; the study of 2021 lets the association change from year to year, so the two are near, not the same."
    )
    return Table("published", "Published associations and ours", frame, note=note, folded=False)


def _with_range(found: Found, places: int, study: Study) -> str:
    if found.failed:
        return "[x]"
    return f"{number(found.value, places)} ({say.span(found.limits, lambda value: number(value, places))})"
