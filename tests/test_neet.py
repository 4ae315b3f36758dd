"""NEET: the check numbers, the methods' known answers and limits, and pages of awkward authorities."""

from __future__ import annotations

import csv
import itertools
import math
import os
import re
import shutil
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis import claims
from analysis import narrative as say
from analysis.figure import ENGLAND
from analysis.figures import WILTSHIRE, Figures
from analysis.methods import not_known, rounding, screening
from analysis.report import Report
from analysis.topics.neet import charts, documents, facts, fall, flag, funnel, leavers, lifetime, words
from notebook_runs import ROOT, parameters_cell, run_notebook
from test_any_area import run as run_area

OFFICIAL = os.environ.get("ANALYSIS_OFFICIAL")
SHARE = st.floats(0.001, 0.999)


@pytest.fixture(scope="module")
def figures():
    return Figures()


@pytest.fixture(scope="module")
def page():
    """The page of Wiltshire with its defaults."""
    with pytest.MonkeyPatch.context() as patch:
        return run_notebook("neet", patch)


def said(run, kind):
    return [data["text/plain"] for data, mark in run.outputs if mark["kind"] == kind]


def value_of(run, key):
    return next(value for value in run.values if value["key"] == key)


# --- Check numbers: METHODS, NEET ----------------------------------------------------------------


def test_the_official_figures_of_2025(figures):
    for area, expected in ((WILTSHIRE, (2.5, 0.6, 3.1)), (ENGLAND, (3.4, 2.2, 5.6))):
        here = facts.winter(figures, area, 2025)
        assert (here.neet.value, here.unknown.value, here.either.value) == expected
    assert [figures.get("september_guarantee_rate", WILTSHIRE, y).value for y in (2024, 2025)] == [97.6, 98.1]
    assert [figures.get("september_guarantee_rate", ENGLAND, y).value for y in (2024, 2025)] == [94.6, 94.1]


def test_the_strategys_cohort_and_its_lifetime_cost(page):
    count, rate = 794, 6.3
    assert round(count / rate * 100) == 12603
    assert (
        "794 young people at the study's averages come to £44.5 million in public finance terms and £82.6 million "
        in (" ".join(said(page, "finding")))
    )
    assert value_of(page, "strategy_lifetime_cost")["value"] == count * 56000


def test_the_parameters_defaults_are_the_published_figures(figures):
    defaults = parameters_cell("neet")
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
    assert implied[0].meets(implied[1])


def test_a_lifetime_cost_is_never_called_yearly(page):
    sentences = [
        part for kind in ("answer", "finding", "text") for text in said(page, kind) for part in text.split(". ")
    ]
    costs = [sentence for sentence in sentences if "£" in sentence]
    assert len(costs) >= 4
    for sentence in costs:
        assert "lifetime" in sentence, sentence
        assert not re.search(r"(?<!not in )(?<!never )\b(a|per|each|every) year\b|\bannual|\byearly\b", sentence), (
            sentence
        )


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        (screening.of_test, (0.0, 1.0, 0.1)),
        (screening.of_test, (1.1, 0.5, 0.1)),
        (screening.of_flag, (0.0, 2.0, 0.1)),
        (screening.times_chance, (0.1, 0.0)),
        (not_known.with_unknown, (1, 1, 1.5)),
        (not_known.cases_in_group, (-1, 1)),
    ],
)
def test_what_is_out_of_range_is_refused(call, arguments):
    with pytest.raises(ValueError, match="expected"):
        call(*arguments)


# --- A flag as a test ----------------------------------------------------------------------------


def test_a_test_known_from_bayes():
    # 1,000 people, 60 cases: 48 found, and 94 of the other 940 flagged.
    found = screening.of_test(0.8, 0.9, 0.06)
    assert (found.ppv, found.sensitivity) == (pytest.approx(48 / (48 + 94)), 0.8)


@given(st.floats(0.01, 0.5), st.floats(1, 8), st.floats(0.04, 0.1))
def test_a_flag_is_a_test_of_its_own_sensitivity_and_specificity(flagged, ratio, base):
    found = screening.of_flag(flagged, ratio, base)
    specificity = 1 - (flagged - found.sensitivity * base) / (1 - base)
    if found.ppv < 1:
        assert screening.of_test(found.sensitivity, specificity, base).ppv == pytest.approx(found.ppv)
        others = (base - flagged * found.ppv) / (1 - flagged)
        assert found.ppv / others == pytest.approx(ratio)
    best = screening.best(flagged, base)
    assert base - 1e-12 <= found.ppv <= best.ppv + 1e-9
    assert found.sensitivity <= best.sensitivity + 1e-9


def test_a_flag_without_information_is_chance():
    assert screening.of_flag(0.15, 1, 0.06) == pytest.approx((0.06, 0.15))
    assert screening.best(0.06, 0.06) == pytest.approx((1, 1))
    assert screening.best(0.03, 0.06) == pytest.approx((1, 0.5))


def test_what_two_groups_share_is_bounded():
    assert screening.joint(0.15, 0.04) == (0, 0.04)
    assert screening.joint(0.8, 0.7) == (pytest.approx(0.5), 0.7)
    assert screening.times_chance(0.04, 0.02) == 2


def test_an_overlap_says_opposite_things_by_whom_it_is_a_share_of(figures):
    overlap = figures.get("roni_caf_overlap")
    cafs = figures.get("board_caf_active", period=201213, identifier="Financial year")
    children = figures.get("population_0_19")
    flagged, cared = flag.readings(overlap, cafs, children, 0.15)
    assert (flagged.means, cared.means) == ("More than chance", "Less than chance")
    assert flagged.times.contains(0.04 / (1441 / 114130))
    assert cared.both == pytest.approx((0.035 * 1441, 0.045 * 1441))
    _, few = flag.readings(overlap, cafs, children, 0.01)
    assert few.means == "More than chance"
    assert "however it is read" in flag.overlap_finding([flagged, few], overlap)


# --- Bounds --------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=3))
def test_bounds_of_a_group_are_those_of_every_table_that_fits(groups):
    """Each group is (cases, not known); only their sums by group, and all not known, are given."""
    either = [cases + lost for cases, lost in groups]
    unknown = sum(lost for _, lost in groups)
    fits = [t for t in itertools.product(*(range(e + 1) for e in either)) if sum(t) == unknown]
    possible = [either[0] - lost[0] for lost in fits]
    assert not_known.cases_in_group(either[0], unknown, sum(either[1:])) == (min(possible), max(possible))


def test_not_known_none_some_and_all():
    assert [not_known.with_unknown(2.5, 0.6, share) for share in (0, 0.5, 1)] == pytest.approx([2.5, 2.8, 3.1])


def test_the_bounds_and_the_comparators_share(figures):
    here = facts.winter(figures, WILTSHIRE, 2025)
    assert here.limits == (2.5, 3.1)
    england = facts.comparator(figures, WILTSHIRE, "England", facts.EITHER, 2025)
    shown, usual = facts.beside_it(figures, england, 2025)
    assert [winter.name for winter in shown] == ["England"]
    assert usual == pytest.approx(3.4 / (100 - 2.2))
    assert here.rate(usual) == pytest.approx(2.5 + 0.6 * 3.4 / 97.8)


def test_a_withheld_group_stays_withheld_and_leaves_the_others_open(tmp_path):
    data = changed(tmp_path, "neet_or_not_known_sen_support_rate", value="", symbol="c", stated="c")
    groups = {group.key: group for group in facts.groups(Figures(data), WILTSHIRE, 2025)}
    assert str(groups["sen_support"].rate) == "[c]"
    assert (groups["sen_support"].limits, groups["sen_support"].interval) == (None, None)
    assert groups["sen_none"].limits.upper == pytest.approx(2.6)
    told = words.of_groups(list(groups.values()))[0]
    assert "no share is given of those on special educational needs support: confidential [c]" in told
    table = charts.groups_table(list(groups.values()), "Wiltshire")
    assert table.rows()[1][2:5] == ["[c]", "[c]", "[x]"]


def test_bounds_that_overlap_leave_the_change_open(figures):
    winters = charts.bounds_over_time(figures, WILTSHIRE, ["2018", "2025"])
    assert winters[0].limits == pytest.approx((2.0, 11.3))
    assert "the two overlap" in charts.unsettled(winters)
    assert charts.unsettled(winters[:1]) == ""


# --- Comparators, funnel, costs ------------------------------------------------------------------


def test_comparators_are_the_areas_own(figures):
    def of(kind):
        return facts.comparator(figures, WILTSHIRE, kind, facts.EITHER, 2025)

    assert (of("England").value, of("region").value, of("region").name) == (5.6, 6.1, "The South West")
    assert (of("neighbours").value, len(of("neighbours").areas)) == (pytest.approx(5.75), 10)
    with pytest.raises(ValueError, match="region or neighbours"):
        of("Swindon")


def test_among_all_authorities_chance_explains_little(figures):
    here = facts.winter(figures, WILTSHIRE, 2025).either
    england = facts.comparator(figures, WILTSHIRE, "England", facts.EITHER, 2025)
    usual, chance = (funnel.among_all(figures, here, england, kind) for kind in (funnel.SPREAD, funnel.CHANCE))
    assert len(usual.all) == 151
    assert (usual.place, chance.place) == ("within", "below")
    assert usual.outside_chance == 128
    assert usual.spread.dispersion > 40
    assert funnel.among_all(figures, None, england, funnel.SPREAD) is None
    with pytest.raises(ValueError, match="chance and usual spread"):
        funnel.among_all(figures, here, england, "none")


def test_costs_run_from_those_known_at_the_lowest_to_all_at_the_highest(figures):
    here = facts.winter(figures, WILTSHIRE, 2025)
    (public, resource) = lifetime.costs(figures, {"public finance": 56000, "resource": 104000}, here, 2)
    known, most = 0.025 * 11253, 0.031 * 11253
    assert public.interval == pytest.approx((known * 112000, most * 112000 * 32 / 12))
    assert resource.interval == pytest.approx((known * 208000, most * 208000 * 77 / 22))
    assert say.rough_pounds(273616) == "£274,000"


# --- The documents' phrases ----------------------------------------------------------------------


def test_slightly_higher_is_within_chance():
    made = documents.slight(Report())
    assert made.by_chance == pytest.approx((5.8, 6.6), abs=0.05)
    assert not made.differs
    assert made.gap == pytest.approx(794 - 0.062 * 794 / 0.063)
    assert made.gap_limits.contains(0)
    assert made.needed == pytest.approx(223_404, rel=1e-4)
    assert documents.slight(Report(confidence=0.05)).differs


def test_nine_arrivals_and_the_dip(figures):
    before, after = figures.series("care_leavers_eet_17_18")
    dip = fall.Dip(before, after, 9, 0.0)
    assert dip.size == pytest.approx(9 * 51 / 15)
    assert fall.finding(dip) == "Nine new arrivals explain the whole fall only if the group had 28 to 33 others"
    assert dip.after_joining(dip.size) == pytest.approx(51)
    assert dip.explained(dip.size) == pytest.approx(100)
    assert dip.explained(63) == pytest.approx((66 - 66 * 63 / 72) / 15 * 100)
    assert not fall.beyond_chance(dip, 72)
    assert fall.beyond_chance(dip, 500)
    cannot = fall.Dip(before, after, 9, 0.9)
    assert "cannot explain the whole fall" in fall.finding(cannot)


def test_phrases_have_the_verdicts_of_the_register(page, figures):
    """One word, wherever it stands, and beside it whether it is beyond chance."""
    finding = (
        "Of the documents' two phrases, 1 holds and 1 holds within rounding; none of them is shown to be beyond chance."
    )
    assert finding in said(page, "finding")
    dip = fall.Dip(*figures.series("care_leavers_eet_17_18"), 9, 0.0)
    _, table = documents.phrases(Report(), documents.slight(Report()), dip, 63)
    assert table.frame[["Verdict", "Beyond chance?"]].values.tolist() == [
        ["Holds within rounding", "No"],
        ["Holds", "Not known"],
    ]
    for claim, row in zip(("ehs-neet-slightly-higher", "csc-eet-dip"), table.rows(), strict=True):
        judged = claims.judged(figures, topic="neet").loc[claim]
        assert row[1:3] == [judged.verdict.capitalize(), judged.chance]


def test_a_change_among_few_is_no_clear_change(figures):
    series = figures.series("care_leavers_17_18_eet_rate")
    assert leavers.clear_changes(series) == (0, 4)
    assert leavers.clear_changes(series[:1]) == (0, 0)
    clear, pairs = leavers.clear_changes([replace(figure, confidence=0.05) for figure in series])
    assert clear > 0
    assert pairs == 4


def test_care_leavers_are_the_releases_own_counts_and_those_not_known_leave_the_share_open(figures):
    (rate,) = [f for f in figures.series("care_leavers_19_21_eet_rate") if f.time_period == "2025"]
    assert (leavers.active(figures, rate).value, rate.base, str(rate)) == (126, 209, "60%")  # 126 ÷ 0.60 would be 210
    lost, limits = leavers.unknown_leavers(figures, rate)
    assert lost.value == 7
    assert limits == pytest.approx((100 * 126 / 209, 100 * 133 / 209))
    assert f", 126 were {words.EET}" in words.care_leavers(
        rate, leavers.active(figures, rate), facts.Comparator("", "", math.nan), "Wiltshire"
    )


def test_the_two_definitions_are_never_joined(page):
    (table,) = [mark["csv"] for _, mark in page.outputs if mark.get("id") == "definition-break-data"]
    rows = list(csv.DictReader(table.splitlines()))
    for row in rows:
        old, new = row["Wiltshire, 16 to 18"], row["Wiltshire, 16 and 17"]
        assert "x" in (old, new), row
    assert [row["Period"] for row in rows][0::12] == ["2013", "2025"]


# --- The page ------------------------------------------------------------------------------------


def changed(folder, indicator, area=WILTSHIRE, period="2025", **cells):
    """A copy of data/ with some cells of one official figure changed."""
    data = shutil.copytree(ROOT / "data", folder / "data", ignore=shutil.ignore_patterns(".*", "official"))
    with (data / "figures_official.csv").open(encoding="utf-8", newline="") as stream:
        table = list(csv.DictReader(stream))
    (row,) = [r for r in table if (r["indicator"], r["area"], r["time_period"]) == (indicator, area, period)]
    row.update(cells)
    with (data / "figures_official.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    return data


def test_a_changed_share_changes_everywhere(tmp_path, monkeypatch, page):
    changed(tmp_path, facts.EITHER, value="9.7", stated="9.7")
    after = run_notebook("neet", monkeypatch, root=tmp_path)
    answer = said(after, "answer")[0]
    assert "9.7% in winter 2024/25" in answer
    assert "higher than England's 5.6%" in answer
    assert "lies between 2.5% and 9.7%" in answer
    assert "Wiltshire is unusual among 151 authorities: its share lies above the usual range." in said(after, "finding")
    assert value_of(after, "neet_with_not_known")["upper"] == 9.7
    assert value_of(after, "lifetime_cost_public")["upper"] > 3 * value_of(page, "lifetime_cost_public")["upper"]
    # Care leavers and groups rest on other figures.
    assert said(after, "answer")[0].splitlines()[2:4] == said(page, "answer")[0].splitlines()[2:4]


def test_the_answer_is_in_five_sentences_that_answer_the_question(page):
    first, second, third, fourth, fifth = said(page, "answer")[0].splitlines()
    assert first.startswith(
        "- About 350 of the 11,253 young people aged 16 and 17 in Wiltshire, 3.1% in winter 2024/25"
    )
    assert second.startswith(
        "- The 3.1% (95% interval 2.7% to 3.5%) is lower than England's 5.6%, but within the usual"
    )
    assert "in vulnerable groups 29.4% (23.8% to 35.7%)" in third
    assert "54 were in education, employment or training in the year to March 2025 (73%" in fourth
    assert fifth.endswith("over their whole lifetimes (2009 prices), not in a year.")


AWKWARD = {
    "E06000053": "Isles of Scilly",  # shares without a number of young people, no groups, care leavers not applicable
    "E06000017": "Rutland",  # 698 young people, two groups confidential, all seven care leavers active
    "E08000037": "Gateshead",  # one group not applicable
    "E06000063": "Cumberland",  # two winters only
    "E06000058": "Bournemouth, Christchurch and Poole",
}


@pytest.fixture(scope="module")
def awkward():
    """The pages of some authorities, made with the project's own cache of the releases."""
    if not OFFICIAL:
        pytest.skip("set ANALYSIS_OFFICIAL to the folder with the official releases")
    return {code: run_area(ROOT, "neet", code) for code in AWKWARD}


@pytest.mark.parametrize("code", AWKWARD, ids=AWKWARD.get)
def test_awkward_authorities_get_sentences(awkward, code):
    made, name = awkward[code], AWKWARD[code]
    answer = made.all("answer")[0]["text/plain"].splitlines()
    assert 3 <= len(answer) <= 5
    assert name in answer[0]
    assert not re.search(r"\bnan\b|\bNone\b(?! of)|\binf\b", " ".join(made.words()))
    others = [part for _, mark in made.shown for part in map(str, mark.values()) if mark.get("id") != "neet-funnel"]
    assert "Wiltshire" not in " ".join(part for part in others if "Authority," not in part)
    drawn = {mark["id"] for _, mark in made.shown if mark["kind"] == "chart"}
    numbered = code != "E06000053"
    assert ("neet-funnel" in drawn) is numbered
    assert ("cost" in drawn) is numbered
    assert ("groups" in drawn) is numbered


def test_each_authority_is_said_as_its_release_has_it(awkward):
    scilly, rutland, gateshead = (awkward[code].all("answer")[0]["text/plain"] for code in list(AWKWARD)[:3])
    assert "do not say how many that is" in scilly
    assert "not applicable [z]" in scilly
    assert "on special educational needs support and in vulnerable groups: confidential [c]" in rutland
    assert "Of 7 care leavers aged 17 and 18, all were in education" in rutland
    assert "and just below the usual range of authorities of its size, 1.3% to 9.9%" in rutland
    assert "no share is given of those on special educational needs support: not applicable [z]" in gateshead


def test_care_leavers_not_known_are_said_where_they_are_many(awkward):
    """Half of Cumberland's care leavers are not known: 23 of 86 says little of what they do."""
    cumberland = awkward["E06000063"].all("answer")[0]["text/plain"]
    assert "Of 86 care leavers aged 17 and 18, 23 were" in cumberland
    assert "what 45 of them do is not known" in cumberland
    texts = " ".join(data["text/plain"] for data in awkward["E06000063"].all("text"))
    assert "so the share could be anything from 27% to 79%" in texts


def test_groups_of_an_authority_are_those_of_the_release(awkward):
    with open(f"{OFFICIAL}/neet/neet_la_2025.csv", encoding="utf-8-sig", newline="") as stream:
        (raw,) = [row for row in csv.DictReader(stream) if row["la_name"] == "Cumberland"]
    table = awkward["E06000063"].table("groups-bounds").set_index("Group")
    columns = {"With a plan": "EHCP", "On special needs support": "SENDsupport", "Without special needs": "noSEN"}
    for label, column in columns.items():
        assert table.at[label, "NEET or not known"] == f"{float(raw[f'NEET_NK_{column}_percent']):.1f}%"
        people = float(raw["Cohort_DJFavg"]) * float(raw[f"cohort_{column}_percent"]) / 100
        assert float(table.at[label, "Young people"].replace(",", "")) == pytest.approx(
            people, abs=max(5.1, people / 500)
        )
    assert table.at["In vulnerable groups", "NEET or not known"] == f"{float(raw['VG_NEET_NK_percentage']):.1f}%"


def test_interval_of_a_group_is_wilsons(figures):
    (plan,) = [group for group in facts.groups(figures, WILTSHIRE, 2025) if group.key == "sen_plan"]
    n, z = plan.people, stats.norm.ppf(0.975)

    def ends(p):
        middle = (p + z**2 / 2 / n) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / 4 / n**2)
        return 100 * (middle - half), 100 * (middle + half)

    # The release rounds the share to a tenth: the interval holds those of both ends of what that allows.
    low, high = (plan.rate.value - 0.05) / 100, (plan.rate.value + 0.05) / 100
    assert tuple(plan.interval) == pytest.approx((ends(low)[0], ends(high)[1]))
