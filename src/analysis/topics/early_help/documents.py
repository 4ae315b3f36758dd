"""The Early Help Strategy's expenditure, split, added up and held against the outturn return of the same year."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis import claims
from analysis import narrative as say
from analysis.charts import About, Chart, bridge
from analysis.claims import HOLDS, ROUNDING, find
from analysis.figure import Figure
from analysis.figures import ENGLAND
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.early_help.outturn import one_unit

GROUPS = ("early years", "school age", "young people", "whole family", "health")
RETURN = {
    "spend_s251_sure_start": "children's centres",
    "spend_s251_young_people": "services for young people",
    "spend_s251_family_support": "family support",
}


@dataclass(frozen=True)
class Line:
    """A line of the strategy's table: its figure, phase, tier, and where the return has it, or who pays for it."""

    figure: Figure
    phase: str
    tier: str
    section251: str
    elsewhere: str


def strategy_lines(report: Report, health: bool, two_year_olds: bool) -> list[Line]:
    """Return the strategy's lines, largest first, with or without health visitors and places for two-year-olds."""
    table = report.figures.listing("spend_lines").set_index("indicator")
    figures = [(figure, group) for group in GROUPS for figure in report.group("early_help_spend", group)]
    figures += [(report.figure("spend_free_entitlement_2"), "early years")] * two_year_olds
    left_out = set() if health else {"spend_health_visitors_school_nurses"}
    found = [
        Line(figure, phase, *table.loc[figure.indicator, ["tier", "section251", "elsewhere"]])
        for figure, phase in figures
        if figure.indicator not in left_out
    ]
    return sorted(found, key=lambda line: -line.figure.value)


def total_of(found: list[Line], **which: str) -> float:
    """Return the pounds of the lines whose fields have these values."""
    return sum(line.figure.value for line in found if all(getattr(line, k) == v for k, v in which.items()))


def split_table(found: list[Line], children: float) -> Table:
    """Return the spend by phase and by tier, with shares and pounds for each child."""
    total = total_of(found)
    rows = [
        (kind, say.capital(name), total_of(found, **{field: name}))
        for kind, field in (("Phase", "phase"), ("Tier", "tier"))
        for name in _largest_first(found, field)
    ]
    frame = pd.DataFrame(
        [(f"{kind}: {name.lower()}", value, value / total * 100, value / children) for kind, name, value in rows],
        columns=["Part", "Pounds", "Share", "A child aged 0 to 19"],
    )
    formats = {"Pounds": say.pounds, "Share": say.whole, "A child aged 0 to 19": say.pounds}
    note = "Phase and tier are our reading of the services' names; the strategy prints neither."
    return Table("phase-and-tier", "Early-help spend by phase and by tier", frame, formats, note=note, folded=False)


def _largest_first(found: list[Line], field: str) -> list[str]:
    """Return the names in a field of the lines, that with most money first."""
    return sorted({getattr(line, field) for line in found}, key=lambda name: (-total_of(found, **{field: name}), name))


def return_chart(report: Report, found: list[Line]) -> Chart:
    """Return the bridge from the strategy's spend to the three lines of the return of the same year."""
    start = total_of(found)
    rows = [
        ("Strategy's early help", start, True),
        ("Paid for by health", -total_of(found, elsewhere="health"), False),
        ("In the education part of the return", -total_of(found, elsewhere="education"), False),
        ("Youth justice", -total_of(found, section251="spend_s251_youth_justice"), False),
    ]
    inside = sum(total_of(found, section251=line) for line in RETURN)
    rows.append(("Strategy's lines inside the return's", inside, True))
    official = {line: report.figure(line) for line in RETURN}
    rows += [
        (f"Only the return: {RETURN[i]}", f.value - total_of(found, section251=i), False) for i, f in official.items()
    ]
    total = sum(f.value for f in official.values())
    rows.append(("The return's three lines", total, True))
    about = About(
        "scope",
        f"{say.pounds(inside)} of the strategy's {say.pounds(start)} lies in the return's three lines",
        f"From the strategy's expenditure to the outturn return of {official['spend_s251_sure_start'].period}, "
        f"{report.name}",
        "Where a line belongs is our reading. The strategy gives no year for its table.",
    )
    return bridge(rows, about, one_unit([value for _, value, _ in rows]), "Pounds")


def return_finding(report: Report, found: list[Line]) -> str:
    """Return how much of the strategy's spend the return's three lines have, and how much only the return has."""
    inside, total = sum(total_of(found, section251=line) for line in RETURN), total_of(found)
    official = sum(report.figure(line).value for line in RETURN)
    return (
        f"{say.whole(inside / total * 100)} of the strategy's spend lies in the return's three lines, which hold "
        f"{say.pounds(official)}, {say.pounds(official - inside)} of it outside the strategy"
    )


def mapping_table(report: Report, found: list[Line]) -> Table:
    """Return where each line of the strategy is in the return of the same year."""
    listed = report.figures.listing("spend_lines").set_index("indicator")
    titles = report.figures.indicators["label"]
    places = {"education": "Education part of the return", "health": "Not in the return: health"}
    rows = [
        (
            line.figure.label,
            line.figure.value,
            say.capital(line.tier),
            titles.get(line.section251, places.get(line.elsewhere, "[x]")),
            listed.at[line.figure.indicator, "note"],
        )
        for line in found
    ]
    heads = ["Line of the strategy", "Pounds", "Tier", "Line of the return", "Note"]
    caption = "The strategy's lines in the outturn return of 2013-14"
    return Table("mapping", caption, pd.DataFrame(rows, columns=heads), {"Pounds": say.number})


def scope(health: bool, two_year_olds: bool) -> str:
    """Return in words what the strategy's spend is taken to hold."""
    parts = {"health visitors and school nurses": health, "funded places for two-year-olds": two_year_olds}
    without = [name for name, there in parts.items() if not there]
    within = [name for name, there in parts.items() if there]
    said = f"with {say.listed(within)}" if within else ""
    return " and ".join(part for part in (said, f"without {say.listed(without)}" if without else "") if part)


def half(found: list[Line]) -> int:
    """Return how many of the largest lines make up half of the total."""
    total, sofar = total_of(found), 0.0
    for number, line in enumerate(found, 1):
        sofar += line.figure.value
        if sofar >= total / 2:
            return number
    return len(found)


def short_pounds(value: float) -> str:
    """Return pounds for the ends of bars: "£4.5m", "£0.9m"; all in millions."""
    return f"£{say.number(value / 1e6, 2 if value < 1e5 else 1)}m"


def totals(report: Report) -> pd.DataFrame:
    """Return the judged claims on the strategy's printed totals, each the sum of its lines."""
    names = [f"ehs-spend-{name}" for name in ("services-total", "entitlement-total", "21m")]
    return claims.judged(report.figures, topic="early_help_spend").loc[names]


def totals_finding(judged: pd.DataFrame) -> str:
    """Return how many of the totals hold."""
    held = judged["verdict"].isin([HOLDS, ROUNDING]).sum()
    who = "all" if held == len(judged) else f"{say.word(held)} of the"
    return f"{who} {say.word(len(judged))} printed totals {'holds' if held == 1 else 'hold'}"


def totals_table(report: Report, judged: pd.DataFrame) -> Table:
    """Return printed totals beside the sums of their lines."""
    rows = [
        (printed.title, printed.value, found.recomputed, say.capital(found.verdict))
        for found in judged.itertuples()
        for printed in [find(found.figures[found.against], report.figures)]
    ]
    frame = pd.DataFrame(rows, columns=["Total", "As printed", "Added up", "Verdict"])
    formats = {"As printed": say.number, "Added up": say.number}
    return Table("totals-check", "Printed totals added up again, pounds", frame, formats, folded=False)


def savings_finding(report: Report) -> str:
    """Return what the strategy quotes as savings, and what that allows."""
    saving = report.figure("early_intervention_saving", area=ENGLAND)
    cases = report.figure("early_intervention_saving_cases", area=ENGLAND)
    return (
        f"savings of {say.span(saving.rounding_interval, say.pounds)} a family, from {cases} cases, support no "
        "estimate: no average and no comparison are given"
    )


def savings_sentences(report: Report, spend: float) -> list[str]:
    """Return what a common assessment costs and how many of them the spend would buy."""
    simple, hard = (report.figure(name, area=ENGLAND) for name in ("caf_cost", "caf_cost_complex"))
    opened = report.figure("board_caf_active", period=201213, identifier="Financial year")
    few, many = (spend / cost.upper for cost in (hard, simple))
    return [
        f"a common assessment costs under {say.pounds(simple.upper)} as a rule and up to {say.pounds(hard.upper)}",
        f"the strategy's spend is the cost of {say.about(few)} to {say.about(many)} of them; {opened} were open",
    ]
