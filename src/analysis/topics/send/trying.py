"""The section on how forecasts did in the past: in the area, and over all authorities."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import charts
from analysis import narrative as say
from analysis.charts import About
from analysis.forecasts import COHORT, HORIZON, METHODS
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.send.amounts import plans_about
from analysis.topics.send.outlook import CHOSEN, SHORT, Outlook, coverage

_TRIED = {"Cohort model": COHORT, "Straight line": "linear", "Drift": "drift"}
_ROLES = {"What came": "area", "Cohort model": "neighbours", "Straight line": "england", "Drift": "region"}


def backtest(report: Report, ahead: Outlook) -> None:
    """Show how far out each method was in this area, and how all authorities fared."""
    if not ahead.possible:
        report.finding("no forecast of this area can be tried on the past; those of other authorities can")
    else:
        _own(report, ahead)
    _national(report, ahead)


def _own(report: Report, ahead: Outlook) -> None:
    order = sorted(METHODS, key=ahead.error)
    horizon, origins = ahead.assumed.horizon, ahead.past[COHORT].origins
    made = int(np.isfinite(ahead.compared[COHORT].relative[:, 0, :horizon]).sum())
    best, second = (say.percent(ahead.error(m)) for m in order[:2])
    report.finding(f"{SHORT[order[0]]} came closest in {report.name}, out by {best}; {SHORT[order[1]]} by {second}")
    years = say.count(horizon, "year", fmt=say.word) if horizon == 1 else f"one to {say.word(horizon)} years"
    about = About(
        "errors",
        f"{say.capital(SHORT[order[0]])} was out by {best} on average",
        f"Mean error of {say.number(made)} past forecasts of plans {years} ahead, percent, {report.name}",
        f"Forecasts made each January from {origins[0]} to {origins[-1]}, each from the five Januaries up to it.",
    )
    rows = [(say.capital(SHORT[m]), ahead.error(m)) for m in order]
    report.chart(charts.bars(rows, about, say.percent, "Percent", focus={rows[0][0]}, group="Method"))
    frame = pd.DataFrame(
        [[say.capital(SHORT[m]), *ahead.errors[m]] for m in order],
        columns=["Method", *(f"{say.count(n + 1, 'year')} ahead" for n in range(HORIZON))],
    )
    caption = f"Mean error of past forecasts in percent of what came, {report.name}"
    report.table(Table("backtest", caption, frame, dict.fromkeys(frame.columns[1:], say.percent), folded=False))


def _national(report: Report, ahead: Outlook) -> None:
    """Show how the methods fared over all authorities, and say what the rule of this page is worth."""
    horizon, table = ahead.assumed.horizon, ahead.national
    at = table[table["horizon"] == horizon].set_index("method")
    up = table[table["horizon"] <= horizon].groupby("method")["mean_error"].mean()
    frame = pd.DataFrame(
        [
            (say.capital(SHORT[m]), at.at[m, "wins"], up[m], *coverage(table, [m]))
            for m in sorted(METHODS, key=lambda m: -at.at[m, "wins"])
        ],
        columns=["Method", "Authorities won", "Mean error", "Intervals held", "As the method claims"],
    )
    formats = dict.fromkeys(frame.columns[2:], say.percent) | {"Authorities won": say.number}
    authorities, first = (int(at.at[COHORT, column]) for column in ("authorities", "first_origin"))
    caption = f"Past forecasts over all {say.number(authorities)} authorities with enough history"
    note = (
        f"All over the same forecasts, made since {first}. Authorities won: where the method had the least error up to "
        f"{say.count(horizon, 'year', fmt=say.word)} ahead. "
        "Intervals held: outcomes within the 95% interval that could be given at the time, one to five years ahead; as "
        "the method claims: within its own standard errors."
    )
    report.table(Table("all-authorities", caption, frame, formats, note=note, folded=False))
    made = int(table.loc[table["method"] == COHORT, "forecasts"].sum())
    report.text(*_fared(frame, authorities, first, made), _held(table), _rule(up))


def _fared(frame: pd.DataFrame, authorities: int, first: int, made: int) -> list[str]:
    """Return in how many authorities each method came closest."""
    won = [(name, int(count)) for name, count in zip(frame["Method"], frame["Authorities won"], strict=True) if count]
    (first_name, most), *rest = [(f"{name[:1].lower()}{name[1:]}", count) for name, count in won]
    listed = say.listed(
        [f"{first_name} came closest in {say.number(most)}", *(f"{n} in {say.number(c)}" for n, c in rest)]
    )
    tried_ = f"every January since {first} was tried in {say.number(authorities)} authorities, {say.number(made)}"
    return [f"{tried_} forecasts a method: {listed}"]


def _held(table: pd.DataFrame) -> str:
    """Return how often intervals held, over all, and one year and the most years ahead."""
    given, claimed = coverage(table, METHODS)
    near, far = (coverage(table[table["horizon"] == n], METHODS)[0] for n in (1, HORIZON))
    cautious = ", where they were too cautious" if far > 99 else ""
    return (
        f"of what came, the 95% intervals held {say.percent(given)} ({say.percent(near)} one year ahead, "
        f"{say.percent(far)} {say.word(HORIZON)} years ahead{cautious}); the methods' own standard errors would have "
        f"held {say.whole(claimed)}"
    )


def _rule(up: pd.Series) -> str:
    """Return what choosing each area's best method would have done, against the cohort model everywhere."""
    rule, cohort = up[CHOSEN], up[COHORT]
    said = f"choosing in each area the method that had done best by then was out by {say.percent(rule)}, "
    said += f"the cohort model everywhere by {say.percent(cohort)}"
    return said + (": a win in one area promises little" if rule > cohort else "")


def tried(report: Report, ahead: Outlook, origin: int) -> None:
    """Show what the methods would have said in a past January, beside what came."""
    if not ahead.possible:
        return
    trial = ahead.past[COHORT]
    rows = [n for n in np.flatnonzero(trial.origins == origin) if np.isfinite(trial.expected[n, 0, 0])]
    if not rows:
        report.finding(f"no forecast could have been made for {report.name} in January {origin}")
        return
    row, came = int(rows[0]), int(np.isfinite(trial.actual[rows[0], 0]).sum())
    last = origin + came
    errors = {label: 100 * ahead.past[m].relative[row, 0, came - 1] for label, m in _TRIED.items()}
    model, line = (_off(errors[label]) for label in ("Cohort model", "Straight line"))
    report.finding(f"made in {origin}, the cohort model's forecast for {last} was {model}, the straight line's {line}")
    outcome = trial.actual[row, 0, came - 1]
    about = About(
        "tried",
        f"{say.number(outcome)} plans came in January {last}",
        f"Forecasts made in January {origin} from the five Januaries up to it, and what came, {report.name}",
    )
    report.chart(charts.lines(_lines(ahead, origin, row, came), about, plans_about, "Plans", roles=_ROLES))
    report.text(_three_ahead(ahead, origin, row, min(came, 3)))


def _lines(ahead: Outlook, origin: int, row: int, came: int) -> list[tuple]:
    """Return what came and what three methods said, a row a line and January."""
    totals = dict(zip((int(y) for y in ahead.years), ahead.history.total[0], strict=True))
    told = [(str(y), "What came", totals[y]) for y in range(origin - 4, origin + came + 1)]
    for label, method in _TRIED.items():
        said = ahead.past[method].expected[row, 0, :came]
        told += [(str(origin), label, totals[origin])]
        told += [(str(origin + n + 1), label, v) for n, v in enumerate(said)]
    return told


def _three_ahead(ahead: Outlook, origin: int, row: int, years: int) -> str:
    """Return how far out two methods were three years ahead, or as far as is known."""
    outcome = ahead.past["linear"].actual[row, 0, years - 1]
    said = []
    for method in ("linear", COHORT):
        trial = ahead.past[method]
        value, error = trial.expected[row, 0, years - 1], 100 * trial.relative[row, 0, years - 1]
        said.append(f"{SHORT[method]} foresaw {say.number(value)} and was {_off(error)}")
    start = f"fitted to {origin - 4} to {origin}, {said[0]} for January {origin + years}"
    return f"{start}, when {say.number(outcome)} plans came; {said[1]}"


def _off(error: float) -> str:
    """Return an error in words: "1.6% too high", "exact"."""
    text = say.percent(abs(error))
    return "exact" if text == "0.0%" else f"{text} too {'high' if error > 0 else 'low'}"
