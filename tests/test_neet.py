"""NEET: the check numbers, the methods' known answers and limits, and pages of awkward authorities."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import claims
from analysis.data.figure import ENGLAND
from analysis.data.figures import WILTSHIRE, Figures
from analysis.methods import funnel, intervals, rounding
from analysis.methods import prevalence as not_known
from analysis.methods import prevalence as screening
from notebook_runs import parameters_cell, quick, ran, said, with_figure

EITHER, NEET = "neet_16_17_or_not_known_rate", "neet_16_17_rate"


@pytest.fixture(scope="module")
def wiltshire():
    return ran("neet")


@pytest.fixture(scope="module")
def documents():
    return ran("documents_neet")


# --- Check numbers: METHODS, NEET ----------------------------------------------------------------


def test_the_official_figures_of_2025(wiltshire, figures):
    winter = wiltshire.names["winter"]
    shares = winter.loc[[NEET, "neet_16_17_not_known_rate", EITHER]]
    assert shares["value"].tolist() == [2.5, 0.6, 3.1]
    assert shares["England"].tolist() == [3.4, 2.2, 5.6]
    assert [figures.get("september_guarantee_rate", WILTSHIRE, y).value for y in (2024, 2025)] == [97.6, 98.1]
    assert [figures.get("september_guarantee_rate", ENGLAND, y).value for y in (2024, 2025)] == [94.6, 94.1]


def test_the_strategys_cohort_and_its_lifetime_cost(documents):
    assert round(documents.names["people"]) == round(794 / 6.3 * 100) == 12603
    assert documents.values["strategy_lifetime_cost"]["value"] == 794 * 56000 == pytest.approx(44.5e6, rel=0.01)


def test_the_parameters_defaults_are_the_published_figures(figures):
    for name in ("neet", "documents_neet"):
        defaults = parameters_cell(name)
        assert defaults["unit_cost_public"] == figures.get("lifetime_cost_public", ENGLAND).value
        assert defaults["unit_cost_resource"] == figures.get("lifetime_cost_resource", ENGLAND).value
    group = figures.get("care_leavers_17_18", WILTSHIRE, 2024).value
    assert defaults["care_leavers_before"] == group - figures.get("uasc_joining_17_18").value


def test_the_range_of_the_study_rests_on_one_number_of_young_people(figures):
    """Its averages a person go with its lowest totals: both then imply the same number NEET, within rounding."""
    implied = []
    for kind in ("public", "resource"):
        unit = figures.get(f"lifetime_cost_{kind}", ENGLAND).rounding_interval
        total = rounding.around(figures.get(f"lifetime_cost_{kind}_total", ENGLAND).lower, 1e9)
        implied.append(rounding.quotient(total, unit))
    assert max(i.lower for i in implied) <= min(i.upper for i in implied)


def test_a_lifetime_cost_is_never_called_yearly(wiltshire, documents):
    told = [
        text for run in (wiltshire, documents) for kind in ("answer", "finding", "text") for text in said(run, kind)
    ]
    others = re.compile("deficit|council|[Pp]lans")  # what the page of documents says of special needs
    costs = [s for text in told for s in text.split(". ") if "£" in s and not others.search(s)]
    assert costs
    for sentence in costs:
        assert "lifetime" in sentence.lower(), sentence
        assert not re.search(r"(?<!not in )(?<!never )\b(a|per|each|every) year\b|\bannual|\byearly\b", sentence), (
            sentence
        )


# --- A flag as a test ----------------------------------------------------------------------------


@given(st.floats(0.01, 0.5), st.floats(1, 8), st.floats(0.04, 0.1))
def test_a_flag_is_a_test_of_its_own_sensitivity_and_specificity(flagged, ratio, base):
    """By Bayes: of those flagged, the cases are sensitivity × base ÷ (that + (1 − specificity) × the others)."""
    found = screening.of_flag(flagged, ratio, base)
    specificity = 1 - (flagged - found.sensitivity * base) / (1 - base)
    if found.ppv < 1:
        hit = found.sensitivity * base
        assert hit / (hit + (1 - specificity) * (1 - base)) == pytest.approx(found.ppv)
        others = (base - flagged * found.ppv) / (1 - flagged)
        assert found.ppv / others == pytest.approx(ratio)
    best = screening.best(flagged, base)
    assert base - 1e-12 <= found.ppv <= best.ppv + 1e-9
    assert found.sensitivity <= best.sensitivity + 1e-9


# --- Bounds --------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=3))
def test_bounds_of_a_group_are_those_of_every_table_that_fits(groups):
    """Each group is (cases, not known); only their sums by group, and all not known, are given."""
    either = [cases + lost for cases, lost in groups]
    unknown = sum(lost for _, lost in groups)
    fits = [t for t in itertools.product(*(range(e + 1) for e in either)) if sum(t) == unknown]
    possible = [either[0] - lost[0] for lost in fits]
    assert not_known.cases_in_group(either[0], unknown, sum(either[1:])) == (min(possible), max(possible))
    assert [not_known.with_unknown(2.5, 0.6, share) for share in (0, 0.5, 1)] == pytest.approx([2.5, 2.8, 3.1])


def test_groups_hold_none_or_all_of_those_not_known_as_far_as_they_can(wiltshire):
    groups, people = wiltshire.names["groups"], 11253
    unknown = 0.006 * people
    count = groups["value"] / 100 * groups["base"]
    for label in ("With a plan", "On special needs support", "Without special needs"):
        rest = sum(count[other] for other in groups.index[:3] if other != label)
        held = not_known.cases_in_group(count[label], unknown, rest).times(100 / groups.at[label, "base"])
        assert (groups.at[label, "fewest"], groups.at[label, "most"]) == pytest.approx(tuple(held))
    vulnerable = not_known.cases_in_group(count.iloc[3], unknown).times(100 / groups["base"].iloc[3])
    assert groups[["fewest", "most"]].iloc[3].tolist() == pytest.approx(tuple(vulnerable))


def test_the_funnel_stands_about_the_comparator():
    """And costs run from those known at the lowest to all at the highest, here at prices twice those of 2009."""
    made = quick("neet", comparator="region", price_index=2.0)
    assert made.names["target"] == pytest.approx(6.1)
    everyone = made.names["everyone"]
    assert len(everyone) == 151
    assert everyone.at["Wiltshire", "place"] == "within"
    limits = funnel.exact(everyone["base"].to_numpy(), 0.061, 0.95)
    places = funnel.places(everyone["value"].to_numpy() / 100, *limits)
    assert made.names["outside"] == sum(place != "within" for place in places)
    costs, known, most = made.names["costs"], 0.025 * 11253, 0.031 * 11253
    for kind, unit, ratio in (("public finance", 112000, 32 / 12), ("resource", 208000, 77 / 22)):
        assert costs.loc[kind, ["value", "upper"]].tolist() == pytest.approx([known * unit, most * unit * ratio])


# --- The documents' phrases ----------------------------------------------------------------------


def test_slightly_higher_is_within_chance(documents):
    names = documents.names
    assert names["usual"] == pytest.approx([5.8, 6.6], abs=0.05)
    assert names["gap"] == pytest.approx(794 - 0.062 * 794 / 0.063)
    assert names["gap_limits"].contains(0)
    assert funnel.size_to_tell(0.063, 0.062, 0.95) == pytest.approx(223_404, rel=1e-4)


def test_nine_arrivals_and_the_dip(documents):
    assert documents.names["size"] == pytest.approx(9 * 51 / 15)
    assert documents.names["fall"].contains(0)
    assert not intervals.difference(0.51 * 509, 509, 0.66 * 509, 509, 0.95).contains(0)


def test_phrases_have_the_verdicts_of_the_register(documents):
    """The page's own tests of the two phrases agree with the verdicts beside them, and with whether chance will do."""
    judged = documents.names["judged"]["neet"]
    slight, dip = judged.loc["ehs-neet-slightly-higher"], judged.loc["csc-eet-dip"]
    assert (slight["verdict"], slight["chance"]) == ("holds within rounding", "No")
    assert (dip["verdict"], dip["chance"]) == ("holds", "Not known")
    pd.testing.assert_frame_equal(judged, claims.judged(Figures(), topic="neet"))
    assert (
        len({row["title"]: row["period"] for row in documents.table("definition-break-data").to_dict("records")}) == 2
    )


# --- The page ------------------------------------------------------------------------------------


def test_a_withheld_group_stays_withheld(tmp_path):
    withheld = "neet_or_not_known_sen_support_rate"
    after = quick("neet", root=with_figure(tmp_path, withheld, WILTSHIRE, "2025", value="", symbol="c", stated="c"))
    support = after.names["groups"].loc["On special needs support"]
    assert (support["symbol"], np.isnan(support["fewest"]), np.isnan(support["lower"])) == ("c", True, True)
    assert after.values[withheld]["symbol"] == "c"


def test_groups_and_care_leavers_of_an_authority_are_those_of_the_release(page, official):
    raw = (
        pd.read_csv(official / "neet" / "neet_la_2025.csv", encoding="utf-8-sig").set_index("la_name").loc["Cumberland"]
    )
    made = page("E06000063", "neet")
    columns = {"sen_plan": "EHCP", "sen_support": "SENDsupport", "sen_none": "noSEN"}
    for key, column in columns.items():
        assert made.values[f"neet_or_not_known_{key}_rate"]["value"] == float(raw[f"NEET_NK_{column}_percent"])
    assert made.values["neet_or_not_known_vulnerable_rate"]["value"] == float(raw["VG_NEET_NK_percentage"])
    # Half of its care leavers are not known: 23 of 86 says little of what they do.
    texts = " ".join(data["text/plain"] for data in made.all("text"))
    assert "Of 86, what 45 do is not known, so the share could be anything from 27% to 79%" in texts


def test_interval_of_a_group_is_wilsons(wiltshire):
    """The release rounds the share to a tenth: the interval holds those of both ends of what that allows."""
    plan = wiltshire.names["groups"].loc["With a plan"]
    n, z = plan["base"], 1.959963984540054
    ends = []
    for p, side in (((plan["value"] - 0.05) / 100, -1), ((plan["value"] + 0.05) / 100, 1)):
        half = z * np.sqrt(p * (1 - p) / n + z**2 / 4 / n**2)
        ends.append(100 * (p + z**2 / 2 / n + side * half) / (1 + z**2 / n))
    assert (plan["lower"], plan["upper"]) == pytest.approx(tuple(ends))
