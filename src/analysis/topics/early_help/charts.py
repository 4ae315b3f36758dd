"""Charts and tables of what an authority spends on early help."""

from __future__ import annotations

import pandas as pd

from analysis import narrative as say
from analysis.charts import About, Chart, lines
from analysis.figures import Figures
from analysis.tables import Table
from analysis.topics.early_help.outturn import FOLD, LEAST, LINES, OTHERS, Spending, one_unit, steps
from analysis.trends import NEIGHBOURS


def lines_chart(here: Spending) -> Chart:
    """Return the three lines in cash over the years, in one unit."""
    values = here.table[list(LINES)]
    fmt = one_unit(values.to_numpy().ravel())
    rows = [(p, LINES[c], v) for c in LINES for p, v in zip(here.table["period"], values[c], strict=True)]
    jumps = len(steps(here))
    said = say.count(jumps, "sudden step", fmt=say.word) if jumps else "no sudden step"
    biggest = max(LINES, key=lambda line: here.last[line])
    about = About(
        "lines-of-the-return",
        f"{LINES[biggest]} is the largest line in {here.last['period']}, {fmt(here.last[biggest])}",
        f"Gross spend by line of the return, in cash, {here.name}",
        f"The three lines have {said}: a change at least twofold and by a tenth of the total or more.",
    )
    return lines(rows, about, fmt, "Pounds")


def money_table(here: Spending) -> Table:
    """Return each year's early-help spend in cash and after prices."""
    table = here.table
    frame = pd.DataFrame(
        {
            "Year": table["period"],
            "Total, cash": table["total"],
            "Children under 18": table["children"],
            "A child, cash": table["total"] / table["children"],
            f"A child, {here.last['period']} prices": table["real"],
        }
    )
    money = {name: say.pounds for name in frame.columns if name.startswith(("Total", "A child"))}
    formats = money | {"Total, cash": one_unit(table["total"]), "Children under 18": say.number}
    return Table("cash-and-real", f"Early-help spend in cash and after price rises, {here.name}", frame, formats)


def real_chart(here: Spending, others: dict[str, pd.Series], left_out: str) -> Chart:
    """Return pounds a child at one year's prices beside England and the neighbours; `left_out` is `outturn`'s."""
    years = here.table["period"]
    rows = [(years[y], n, series[y]) for n, series in others.items() for y in years.index if y in series]
    assumed = f"Prices after {here.prices.last} are assumed" if here.base > here.prices.last else ""
    about = About(
        "spend-per-child",
        f"{say.pounds(here.per_child)} a child in {here.last['period']}",
        f"Early-help spend a child under 18 at {here.last['period']} prices, {say.listed(list(others))}",
        " ".join(say.sentence(part) for part in (left_out, assumed) if part),
    )
    roles = {here.name: "area", "England": "england", NEIGHBOURS: "neighbours"}
    return lines(rows, about, say.pounds, "Pounds a child", roles={n: r for n, r in roles.items() if n in others})


def shift_chart(here: Spending) -> Chart:
    """Return early help beside safeguarding and care, in pounds a child at one year's prices."""
    named = {"total": "Early help"} | OTHERS
    years = here.table["period"]
    rows = [(years[y], label, v) for c, label in named.items() for y, v in here.a_child(c).items()]
    care, help_ = here.last["spend_official_looked_after"], here.last["total"]
    title = f"For each £1 on early help, £{say.number(care / help_, 2)} went on care" if help_ and care else "No care"
    about = About("where-it-goes", title, f"Spend a child under 18 at {here.last['period']} prices, {here.name}")
    return lines(rows, about, say.pounds, "Pounds a child")


def shift_finding(here: Spending) -> str:
    """Return what became of the money for care for each pound of early help."""
    known = pd.Series(dtype=float)
    if here.known:
        ratio = here.table["spend_official_looked_after"] / here.table["total"].where(here.table["total"] > 0)
        known = ratio.dropna()
    if known.empty:
        return f"the returns do not say what {here.name} spends on care for each pound of early help"
    last = f"£{say.number(known.iloc[-1], 2)} went on children in care in {here.table['period'][known.index[-1]]}"
    before = f"; in {here.table['period'][known.index[0]]} it was £{say.number(known.iloc[0], 2)}"
    return f"for each £1 spent on early help {last}{before if len(known) > 1 else ''}"


# --- The longer series, of the panel of spending ---------------------------------------------------

PANEL = {"spend_prevention_per_child": "All but safeguarding and care", "spend_sure_start_per_child": "Sure Start"}


def panel_dips(figures: Figures, area: str) -> list[str]:
    """Return the years in which Sure Start spend stood below half of the years before and after: a faulty return."""
    known = [f for f in figures.series("spend_sure_start_per_child", area) if f.known]
    dips = []
    for number, figure in enumerate(known):
        before = max((f.value for f in known[:number]), default=0.0)
        after = max((f.value for f in known[number + 1 :]), default=0.0)
        if figure.value < min(before, after) / FOLD and min(before, after) - figure.value >= LEAST:
            dips.append(figure.period)
    return dips


def panel_finding(figures: Figures, area: str) -> str:
    """Return what became of the longer series, leaving faulty years out, and which those are."""
    dips = panel_dips(figures, area)
    known = [f for f in figures.series("spend_prevention_per_child", area) if f.known and f.period not in dips]
    told = f"; the return of {say.listed(dips)} all but lacks Sure Start" if dips else ""
    if len(known) < 2:
        return f"the longer series has too few years to compare{told}"
    ends = f"from {known[0]} in {known[0].period} to {known[-1]} in {known[-1].period}"
    low, high = known[0].value, known[-1].value
    moved = "stayed" if str(known[0]) == str(known[-1]) else "rose" if high > low else "fell"
    ends = f"at {known[-1]}" if moved == "stayed" else ends
    return f"at 2022 prices, spend a child on all but safeguarding and care {moved} {ends}{told}"


def panel_chart(figures: Figures, area: str) -> Chart:
    """Return the longer series in pounds a child, with Sure Start alone."""
    dips = panel_dips(figures, area)
    rows = [(f.period, label, f.value) for name, label in PANEL.items() for f in figures.series(name, area)]
    fault = f"Sure Start is all but missing from the return of {say.listed(dips)}: a fault, not a cut" if dips else ""
    about = About(
        "longer-series",
        fault or "No year of the longer series stands out as a fault of the return",
        f"Gross spend a child aged 0 to 16 at 2022 prices, {figures.area_name(area)}",
        "From the panel of spending: ages 0 to 16 and another price index, so not to be joined to the charts above.",
    )
    return lines(rows, about, say.pounds, "Pounds a child")
