"""What the register says against every release read: verdicts that a release settles, and what no release has."""

from __future__ import annotations

import csv
import dataclasses
import re
from collections import defaultdict
from pathlib import Path

import pytest

from analysis import claims
from analysis.claims import CONTRADICTED, HOLDS, ROUNDING, UNCHECKED
from analysis.claims.evidence import PANEL, beside, parts_of, published
from analysis.data.figures import WILTSHIRE

DATA = Path(__file__).resolve().parent.parent / "data"


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def judged(figures):
    return claims.judged(figures)


@pytest.fixture(scope="module")
def written():
    return claims.read(DATA / "claims.yml")


# --- Verdicts that releases settle, worked out by hand from the releases and the documents -----------


@pytest.mark.parametrize(
    ("claim", "verdict", "chance", "said"),
    [
        # at31_cpp of the panel; the interval of 328 / 169 does not reach 1.
        ("ehs-child-protection-increase", HOLDS, "Yes", "from 169 on 31 March 2012 to 328 a year later, by 94%"),
        # SEN2: 86 / 63 = 1.365, 0.99 to 1.89; 116 is below 152.
        ("ehs-sen-significant-rise", CONTRADICTED, "No", "from 152 in 2011 to 116 in 2012; those for children under 5"),
        # 416 × 203 ÷ 2,100 = 40.21, with 202.5 to 203.5 from 40.11 to 40.31; 179 likewise 17.26 to 17.35.
        ("ehs-rate-cla-2011-12", CONTRADICTED, "", "looked-after children would be a rate of 40.2; the table has 41"),
        ("ehs-rate-cla-starts-2011-12", CONTRADICTED, "", "would be a rate of 17.3; the table has 18"),
        # 243 × 203.5 ÷ 2,100 = 23.55, which rounds to 24; 154 × 203 ÷ 2,100 = 14.9.
        ("ehs-rate-cpp-starts-2011-12", ROUNDING, "", "would be a rate of 23.5; the table has 24"),
        ("ehs-rate-cla-ceased-2011-12", ROUNDING, "", "would be a rate of 14.9; the table has 15"),
        # 66 of 146, 68 of 145 and 87 of 149 other authorities of the panel.
        ("ehs-in-common-with-others", CONTRADICTED, "", "rose in 45% of the other authorities"),
        ("ehs-poverty-base", ROUNDING, "", "11,000 of the 96,458 children aged 0 to 16 estimated for 2010 are 11.4%"),
        # 74 of 520, then 233 of 847.
        ("csc-ehc-timeliness", HOLDS, "Yes", "27.5% came within 20 weeks in 2023 (233 of 847), up from 14.2% in 2022"),
        ("csc-primary-outcomes", HOLDS, "Not known", "68.9% (England 67.2%)"),
        ("csc-send-outcomes", ROUNDING, "Not known", "3.9% of children with a plan"),
        ("ehs-neet-slightly-higher", ROUNDING, "No", "6.3% is above 6.2% as printed"),
        ("csc-region-15", HOLDS, "", "that of the region's authorities, 15"),
    ],
)
def test_verdicts_that_a_release_settles(judged, claim, verdict, chance, said):
    found = judged.loc[claim]
    assert (found.verdict, found.chance) == (verdict, chance)
    assert said in found.sentence


def test_other_authorities_that_rose_are_those_of_the_panel(judged, official):
    """Counted here from the panel itself; a row that it repeats is one."""
    values = defaultdict(dict)
    for row in rows(official / "spend" / "panel_2010_2022.csv"):
        for column in ("referrals_n", "at31_cpp", "at31_cla"):
            if row["time_period"] in ("2012", "2013") and row[column] != "NA" and row["new_la_code"] != WILTSHIRE:
                values[column, row["new_la_code"]][row["time_period"]] = float(row[column])
    shares = []
    for column in ("referrals_n", "at31_cpp", "at31_cla"):
        both = [v for (name, _), v in values.items() if name == column and len(v) == 2]
        shares.append(f"{sum(v['2013'] > v['2012'] for v in both) / len(both):.0%}")
    assert shares == ["45%", "47%", "58%"]
    assert all(share in judged.at["ehs-in-common-with-others", "sentence"] for share in shares)


# --- Official figures beside a claim ------------------------------------------------------------------


def test_the_first_figure_is_called_so_only_if_no_release_has_an_earlier_one(judged, written, figures):
    told = 0
    for found in judged.itertuples():
        for reference in written.at[found.Index, "later"]:
            indicator, which = parts_of(reference, figures)
            area = which.get("area", WILTSHIRE)
            if area != WILTSHIRE:
                continue
            first = min(published(indicator, area, figures).items())[1]
            title = figures.indicators.at[indicator, "title"].rstrip(")")
            (said,) = [part for part in re.split(r"(?<=\.) (?=[A-Z])", found.later) if part.startswith(title)]
            early = f"{first} {first.when} (the first in the releases read here)"
            assert (early in said) == ("the first" in said), found.Index
            told += early in said
    assert told > 20


def test_what_stands_beside_a_claim_changes_with_the_release(written, figures, monkeypatch):
    def moved(name, area, period, _):
        figure = next(f for f in published(name, area, figures).values() if f.time_period == period)
        return dataclasses.replace(figure, value=figure.value + 1)

    monkeypatch.setattr(figures, "get", moved)
    (said,) = beside(written.at["ehs-children-in-care-increase", "later"], {2012, 2013}, figures)
    assert "417 on 31 March 2012, 447 in 2013, 398 in 2014" in said


def test_the_panel_counts_what_the_department_counts(figures):
    """Where both have a figure: the same number, or one within what a revision or a rounding makes of it."""
    for name, twin in PANEL.items():
        theirs = {(f.area, f.time_period): f.value for code in figures.areas.index for f in figures.every(twin, code)}
        pairs = [
            (f.value, theirs[f.area, f.time_period])
            for code in figures.areas.index
            for f in figures.every(name, code)
            if f.known and theirs.get((f.area, f.time_period), float("nan")) > 0
        ]
        assert len(pairs) > 70, name
        near = sum(abs(a - b) <= max(5, 0.02 * b) for a, b in pairs) / len(pairs)
        assert near == 1 if name in ("cin_number", "referrals_number") else near > 0.9, (name, near)
        assert sum(a for a, _ in pairs) == pytest.approx(sum(b for _, b in pairs), rel=0.01), name


# --- What no release has ------------------------------------------------------------------------------

SUBJECTS = {
    r"referrals?\b": "referral",
    r"in care\b|looked[- ]after|care leavers|care-experienced": "looked after",
    r"with a plan\b|protection plans?|\bplans and\b": "protection plan",
    r"statements?\b|with SEND\b": "statement",
    r"assessments? (completed|opened|made)": "assessment",
    r"\bresults\b": "expected standard",
    r"disadvantaged": "disadvantaged",
    r"\bpupils\b|school census": "pupils",
    r"\bposts\b|agency staff|social workers": "agency",
    r"suspen|exclu": "suspension|exclusion",
    r"\bspen[dt]|section 251|budget": "spend|expenditure",
    r"low-income|poverty": "low.income",
    r"\bNEET\b": "NEET",
    r"aged \d|population": "population",
    r"good (or|and) outstanding": "outstanding",
    r"substance|drug|alcohol|domestic abuse|mental illness": "misuse|abuse|mental",
    r"deprivation": "deprivation",
}
"""Words of a need that name something releases measure, and the words of the columns that do."""
LOOKED_FOR = {
    "ehs-hidden-harm-parents-base": "parents are counted in none",
    "ehs-deprivation-st-martin": "the panel has scores of authorities for 2015 and 2019, none of a small area",
    "ehs-deprivation-places": "the panel has scores of authorities for 2015 and 2019, none of a small area",
    "ehs-spend-year": "the year of the document's own table",
    "ehs-spend-short-breaks": "the council's budget book",
    "ehs-spend-pupil-premium": "the tool counts pupils, not pounds, and from 2016/17 on",
    "ehs-consultation-ends-before-budget-year": "a timetable",
    "ehs-conference-majority": "answers at a conference",
    "ehs-conference-low-agreement": "answers at a conference",
    "ehs-budget-reductions": "the returns are of children's services, the claim of the whole authority",
    "ehs-more-single-plans": "common assessments, which no release counts",
    "csc-staying-close-all": "plans for moving on, of three providers",
    "csc-pupils-in-good-schools": "of providers, releases have those of early education alone",
    "csc-ehcp-number-or-share": "of providers, releases have those of early education alone",
    "csc-schools-judged-good": "of providers, releases have those of early education alone",
    "csc-upgrades-no-resource": "the time of one team",
    "csc-right-choice-feedback": "answers of users",
    "wscb-domestic-abuse-course": "the date of a course",
    "wscb-caf-ongoing-increase": "common assessments, which no release counts",
    "wscb-caf-preceding-12-months": "common assessments, which no release counts",
    "wscb-hidden-harm-suspended": "the suspension of a service",
    "wscb-gateway-gap": "referrals to a panel of the authority",
    "wscb-training-fully-funded": "the board's budget",
    "wscb-cse-improved-referral": "exploitation is recorded at assessment, and from 2018 on",
}
"""Claims whose need has such words, of which no measure of a release can be named, and why."""


def subjects(need):
    return [words for words in SUBJECTS if re.search(words, need, re.I)]


def test_a_need_that_sounds_like_a_measure_names_it_or_says_why_none_settles_it(written):
    """Its measures stand in `missing`, where `analysis check` looks for them, or in `later`; else it was looked for."""
    unchecked = written[written["verdict"] == UNCHECKED].itertuples()
    open_ = {c.Index for c in unchecked if subjects(c.needs) and not c.missing and not c.later}
    assert open_ == set(LOOKED_FOR)


def test_the_subjects_are_what_columns_of_releases_measure(official):
    labels = [row["Measure"] for row in rows(official / "lait" / "lait_data_dictionary.csv")]
    labels += [row["var_labels"] for row in rows(official / "spend" / "panel_2010_2022_codebook.csv")]
    for words in SUBJECTS.values():
        assert any(re.search(words, label, re.I) for label in labels), words
