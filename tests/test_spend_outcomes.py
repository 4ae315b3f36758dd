"""The national panel: the published check, the curve, what is kept of fits, the area, and every number followed."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import os
import platform
import re
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.figures import Figures
from analysis.methods import panel_groups
from analysis.methods.intervals import Interval
from analysis.methods.panel import fixed_effects
from analysis.official import cache, spend_panel
from analysis.official.cache import Kept
from analysis.official.releases import ReleaseError
from analysis.report import Report
from analysis.topics.spend_outcomes import area_words, charts, findings, headlines, phrases, titles, words
from analysis.topics.spend_outcomes.models import Models, at_the_edge
from analysis.topics.spend_outcomes.specifications import (
    CONTROLS,
    COVARIATES,
    NO_ARTEFACT,
    NO_PANDEMIC,
    OUTCOMES,
    PUBLISHED,
    REPEATED,
    ROWS,
    YEARS,
    Specification,
    rows_of,
    tried,
)
from analysis.topics.spend_outcomes.study import Found, Study
from notebook_runs import ROOT, run_notebook

QUICK = Specification(control=YEARS, slopes=False)


@pytest.fixture(scope="module")
def raw(official):
    """The release as it is, read without the project's reader; a repeated row once."""
    table = pd.read_csv(official / "spend/panel_2010_2022.csv", low_memory=False)
    return table.drop_duplicates(["new_la_code", "time_period"])


@pytest.fixture(scope="module")
def study(official):
    return Study(Report(), Specification(), 100.0)


# ---- The published check, and the panel -----------------------------------------------------------------------------


def test_the_published_model_is_made_again(study):
    """METHODS: −3.750 (standard error 0.595), N = 1,741, 148 authorities; published −3.76."""
    fit = study.models.fit(PUBLISHED)
    assert (fit.converged, fit.observations, fit.groups) == (True, 1741, 148)
    assert study.models.estimate(PUBLISHED) == pytest.approx((-3.750, 0.595), abs=0.001)
    assert abs(study.models.estimate(PUBLISHED).value - study.published.value) < 0.02


def test_the_leading_model_has_each_row_once(study):
    fit = study.models.fit(Specification())
    assert (fit.observations, fit.groups) == (1734, 148)
    assert study.models.estimate(Specification()) == pytest.approx((-3.743, 0.595), abs=0.001)


def test_the_panel_is_the_release(study, raw):
    panel = study.rows
    assert len(study.models.panel) - len(panel) == 7
    assert not set(panel["area"]) & {"E06000053", "E06000046", "E09000001"}
    assert {"E06000066", "E06000065", "E10000006"} <= set(panel["area"]), "present codes of those that were renamed"
    here = raw[raw["new_la_code"] == "E06000054"].set_index("time_period")
    own = study.own
    assert own["spend"].to_numpy() == pytest.approx(here["gspend_noncla_nonsg_pc"].to_numpy())
    assert own["looked_after"].to_numpy() == pytest.approx(here["at_31_cla_rate10000"].to_numpy())
    kept = raw[~raw["la_name"].isin(["Isles of Scilly", "Isle of Wight", "City of London"])]
    means = kept.groupby("time_period")[["gspend_noncla_nonsg_pc", "at_31_cla_rate10000"]].mean()
    assert study.national.to_numpy() == pytest.approx(means.to_numpy())


@pytest.mark.parametrize(("which", "fewer"), [(REPEATED, -7), (NO_ARTEFACT, 2), (NO_PANDEMIC, 2 * 148)])
def test_rows_that_are_left_out(study, which, fewer):
    assert len(study.rows) - len(rows_of(study.models.panel, which)) == fewer


# ---- The curve ------------------------------------------------------------------------------------------------------


def test_every_choice_is_tried_and_the_cross_is_whole():
    every = tried(Specification())
    assert len(every) == len(set(every)) == 49
    assert {s.covariates for s in every} == set(COVARIATES)
    assert {s.rows for s in every} == set(ROWS)
    cross = {(s.outcome, s.control, s.lag, s.slopes) for s in every}
    assert len(cross) == len(OUTCOMES) * len(CONTROLS) * 2 * 2
    odd = Specification("children in need", YEARS, 0, False, rows=NO_ARTEFACT)
    assert tried(odd)[-1] == odd
    assert len(tried(odd)) == 50


def test_the_curve_has_every_model_and_its_sentences_count_them(study):
    table = study.every
    assert len(table) == 49
    for row in table.itertuples():
        value, error = study.models.estimate(row.spec)
        assert row.value == pytest.approx(value / study.rows[row.spec.about.column].mean() * 100)
        robust, wide = study.models.clustered(row.spec)
        assert row.alone == (abs(value) > 1.959964 * error)
        assert row.robust_clear == (abs(robust) > 1.959964 * wide)
        assert row.clear == (row.alone and row.robust_clear and value * robust > 0)
        assert row.count == study.models.fit(row.spec).observations
    below = int((table["value"] < 0).sum())
    assert words.curve_sentence(study).startswith(f"{below} of 49 models tried, of three outcomes, point to fewer")
    assert "the models overlap, so this is no vote" in words.curve_sentence(study)
    chart = charts.curve_chart(study)
    assert f"{int(table['clear'].sum())} beyond chance" in chart.alt
    frame = pd.read_csv(io.StringIO(chart.table.csv()))
    assert frame["Percent of the usual rate"].is_monotonic_increasing
    assert {"1734", "1,734"} & set(frame["Authority-years"].astype(str))
    assert frame["Taken out"].value_counts().to_dict() == {
        "no time control": 17,
        "linear trend": 16,
        "year effects": 16,
    }


def test_time_moves_the_answer(study):
    """What the page leads with: clear before, not after, what all authorities shared in a year is taken out."""
    plain, timed = study.by_control["no time control"], study.by_control[YEARS]
    assert plain.clear
    assert not timed.clear
    assert abs(timed.value) < abs(plain.value) / 2
    assert "so most of the link cannot be told from what all authorities shared" in words.controls_sentence(study)
    said = words.leading_sentence(study)
    assert said.startswith("only while changes that all authorities shared are left in: then £100 more a child")
    assert "3.7 fewer children in care per 10,000 (95% interval 2.6 to 4.9; 148 authorities, 1,734 auth" in said
    assert "no clear link is left: 0.8 fewer (2.2 fewer to 0.6 more), or 1.3 fewer (3.1 fewer to 0.4 more)" in said


def test_clustered_errors_are_those_of_least_squares_with_dummies(study):
    """The same estimate by another way: a dummy for each authority, and the sandwich written out."""
    spec = Specification(control=YEARS)
    made = study.models.design(replace(spec, slopes=False))
    varying = list(fixed_effects(made).coefficients.index)
    dummies = pd.get_dummies(made.group).to_numpy(float)
    x, y = np.hstack([made.fixed[varying].to_numpy(), dummies]), made.outcome.to_numpy()
    beta, *_ = np.linalg.lstsq(x, y, rcond=None)
    left, inverse = y - x @ beta, np.linalg.inv(x.T @ x)
    scores = np.array([(x * left[:, None])[made.group == area].sum(axis=0) for area in made.group.unique()])
    covariance = inverse @ scores.T @ scores @ inverse
    which = [varying.index(name) for name in spec.within]
    robust = study.models.clustered(spec)
    assert robust.value == pytest.approx(beta[which].sum(), abs=0.001)
    assert robust.standard_error == pytest.approx(math.sqrt(covariance[np.ix_(which, which)].sum()), rel=0.01)
    assert study.models.clustered(replace(spec, slopes=False)) == robust, "differing associations drop out"


def test_nothing_is_beyond_chance_that_clustered_errors_do_not_bear(study):
    """The plans of children with each year taken out: clear by the mixed model alone."""
    plans = Specification("child protection plans", YEARS)
    assert study.found(plans).clear
    assert study.clustered(plans).limits == pytest.approx((-0.46, 1.96), abs=0.01)
    assert not study.sure(plans)
    assert findings.outcomes_finding(study) == "with each year taken out, no outcome changes beyond chance"
    said = findings.curve_finding(study)
    assert said.endswith("of 32 that take it out, none points beyond chance to fewer or to more")
    assert "none of the 32 models that take out" in findings.curve_sentences(study)[0]
    assert "three of those that take it out would" in findings.curve_sentences(study)[0]
    leading = Study(Report(), plans, 100.0)
    leading.models = study.models
    assert words.leading_sentence(leading).startswith("no clear link: once what happened everywhere")
    assert "(0.5 fewer to 2.0 more) with years of one authority allowed to hang together" in words.leading_sentence(
        leading
    )


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("lag", [0, 1])
def test_the_answer_reads_whatever_leads(study, outcome, control, lag):
    leading = Study(Report(), Specification(outcome, control, lag), 100.0)
    leading.models = study.models
    said = words.answer(leading)
    assert len(said) == 5
    assert "authority-years)" in said[0]
    assert said[0].startswith("only while") == (control == "no time control" and leading.sure(leading.leading))
    assert not re.search(r"nan|  |: so|\bNone\b", " ".join(said))


def test_a_failed_model_is_shown_as_failed_and_counted(study, monkeypatch):
    plain = study.models.fit(QUICK)
    size = len(plain.coefficients)
    gone = replace(
        plain,
        coefficients=plain.coefficients * math.nan,
        covariance=plain.covariance * math.nan,
        converged=False,
        messages=("two searches end in different places",),
    )
    usual = study.models.fit
    monkeypatch.setattr(study.models, "fit", lambda spec: gone if spec == QUICK else usual(spec))
    monkeypatch.setattr(study.models, "own", study.models._own)  # nothing of it is remembered
    assert size
    for leading in (Specification(), QUICK):
        broken = Study(Report(), leading, 100.0)
        broken.models = study.models
        assert findings.health_sentences(broken)[0] == "of 49 models one could not be fitted"
        chart = charts.curve_chart(broken)
        assert "1 model failed" in chart.alt
        assert chart.table.rows()[-1][-5] == "[x]"
        assert len(words.answer(broken)) == 5
        text = " ".join([*words.answer(broken), findings.controls_finding(broken), findings.influence_finding(broken)])
        assert "nan" not in text
        assert "not available" not in text
    assert "could not be fitted" in words.leading_sentence(broken)
    assert broken.here is None
    assert "could not be fitted" in area_words.absent_sentence(broken)


def test_fits_at_the_edge_are_counted(study):
    edge = [spec for spec in tried(Specification()) if at_the_edge(study.models.fit(spec))]
    assert int(study.every["edge"].sum()) == len(edge)


# ---- One authority at a time ----------------------------------------------------------------------------------------


def test_the_five_that_move_it_most_are_fitted_anew_and_near_the_one_step(study):
    table, models, spec = study.without, study.models, Specification()
    assert len(table) == 148
    assert int(table["exact"].sum()) == 5
    whole = models.estimate(spec).value
    steps = panel_groups.without_each(models.design(spec), models.fit(spec), spec.within)
    for row in table[table["exact"]].itertuples():
        assert abs(steps[row.Index] - row.value) < 0.05
        assert abs(row.value - whole) > 0.1
    assert "no single authority makes the link" in findings.influence_finding(study)
    assert titles.influence_title(study) == "From 3.5 to 3.9 fewer, whoever is left out"


# ---- The area -------------------------------------------------------------------------------------------------------


def test_the_area_is_carried_by_its_own_children(study):
    own = study.models.own(Specification()).loc["E06000054"]
    count = study.own["children"].iloc[-1]
    assert count == pytest.approx(96991, abs=1)
    found = study.in_children["no time control"]
    assert found.value == pytest.approx(own["value"] * count / 1e4)
    assert found.limits.upper - found.value == pytest.approx(1.959964 * own["standard_error"] * count / 1e4)
    said = area_words.local_sentence(study)
    assert "36 fewer (95% interval 25 to 48), or 29 fewer (18 to 40) with years of one authority allowed to" in said
    assert "7 fewer (103 fewer to 89 more), with years of one authority allowed to hang together" in said
    assert study.fitted["actual"].to_numpy() == pytest.approx(study.own["looked_after"].loc[2011:].round(2).to_numpy())
    steps = study.own["looked_after"].diff().loc[2011:]
    guess = f"no better than guessing last year's ({np.sqrt((steps**2).mean()):.1f})"
    assert area_words.fit_finding(study).endswith(guess)


def test_what_one_authority_of_many_shows_is_no_finding(study):
    """Blackpool's own interval leaves zero out, as those of 28 others do: that is not in the answer."""
    other = Study(elsewhere("E06000009"), Specification(), 100.0)
    other.models = study.models
    assert other.in_children["no time control"].clear
    assert words.area_sentence(other) == (
        "what the panel says of Blackpool alone is no finding: it is one of 148 authorities looked at one by one, each "
        "with few years"
    )
    table = study.models.own(Specification())
    ratio = (table["value"] / table["standard_error"]).abs()
    alone, all_at_once = (ratio > 1.959964).sum(), ratio > 3.583  # 0.05 / 148, on two sides
    said = area_words.many_sentences(other)[0]
    assert f"{alone} of 148 authorities have an own association whose 95% interval leaves zero out" in said
    assert "where about 7 would by chance" in said
    assert all_at_once.sum() == 1
    assert said.endswith("of intervals wide enough for all 148 at once, one does")
    halton = Study(elsewhere(all_at_once.idxmax()), Specification(), 100.0)
    halton.models = study.models
    assert area_words.many_sentences(halton)[0].endswith("at once, one does: that of Halton")
    halton.leading = QUICK
    assert area_words.many_sentences(halton) == []
    assert "none for Halton alone" in area_words.area_sentence(halton)


def test_the_odd_returns_are_named_where_they_are_the_areas_own(study, raw):
    here = raw[raw["new_la_code"] == "E06000054"].set_index("time_period")
    said = area_words.odd_sentences(study)[0]
    start, spend = here["gspend_ss5_pc"], here["gspend_noncla_nonsg_pc"].drop([2011, 2012])
    assert f"£{start[2011]:.2f} a child in 2011 and £0 in 2012, between £{start[2010]:.0f} in 2010" in said
    assert said.endswith(f"between £{spend.min():.0f} and £{spend.max():.0f}")
    other = Study(elsewhere("E08000025"), Specification(), 100.0)
    other.models = study.models
    assert area_words.odd_sentences(other) == []


def test_the_rate_stands_beside_the_departments_own(study):
    assert area_words.rate_sentence(study).endswith("on ages 0 to 17, was 41.3 in 2022")


def test_the_headlines_say_which_way_the_models_point(study):
    fresh = Study(Report(), Specification(), 100.0)
    fresh.models = study.models
    headlines.record(fresh)
    found = fresh.report._values
    assert found["models_clear"]["unit"] == "models (13 fewer, 0 more)"
    assert found["association"]["period"] == "2011 to 2022"
    assert found["area_year_effects"]["lower"] == pytest.approx(-102.6, abs=0.1)


def elsewhere(area):
    report = Report()
    report.area, report.name = area, report.figures.area_name(area)
    return report


@pytest.mark.parametrize(
    ("area", "said"),
    [
        ("E06000053", "Isles of Scilly is not in the models, as the published study leaves it out"),
        ("E06000046", "Isle of Wight is not in the models"),
        ("E09000001", "City of London is not in the models"),
        ("E06000063", "Cumberland was formed in April 2023 from Cumbria, or parts of it, and the panel ends in 2022"),
        ("E06000064", "Westmorland and Furness was formed in April 2023 from Cumbria"),
        ("E06000061", "North Northamptonshire was formed in April 2021 from Northamptonshire"),
        ("E06000066", "alone is no finding: it is one of 148 authorities"),
        ("E06000065", "alone is no finding: it is one of 148 authorities"),
        ("E06000059", "alone is no finding: it is one of 148 authorities"),
        ("E08000025", "alone is no finding: it is one of 148 authorities"),
        ("E06000017", "alone is no finding: it is one of 148 authorities"),
    ],
)
def test_every_kind_of_area_gets_a_sentence(study, area, said):
    report = elsewhere(area)
    other = Study(report, Specification(), 100.0)
    other.models = study.models
    sentence = words.area_sentence(other)
    assert said in sentence
    assert report.name in sentence
    assert "nan" not in sentence
    if other.here:
        assert "nan" not in " ".join([*area_words.fit_sentences(other), area_words.fit_finding(other)])


# ---- Words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "limits", "said"),
    [
        (-3.74, (-4.9, -2.58), "3.7 fewer (2.6 to 4.9)"),
        (0.31, (-1.04, 1.66), "0.3 more (1.0 fewer to 1.7 more)"),
        (1.2, (0.1, 2.3), "1.2 more (0.1 to 2.3)"),
        (0.0, (-1.0, 1.0), "no more and no fewer (1.0 fewer to 1.0 more)"),
        (-0.04, (-1.0, 0.9), "no more and no fewer (1.0 fewer to 0.9 more)"),
        (math.nan, (math.nan, math.nan), "not known"),
    ],
)
def test_a_change_in_words(value, limits, said):
    assert phrases.short(Found(value, Interval(*limits))) == said


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([-1, -2, 3], "two point beyond chance to fewer and one to more"),
        ([-1], "one points beyond chance to fewer"),
        ([2, 2], "two point beyond chance to more"),
        ([], "none points beyond chance to fewer or to more"),
    ],
)
def test_counts_of_models_in_words(values, said):
    rows = pd.DataFrame({"value": [*map(float, values), 0.5], "clear": [True] * len(values) + [False]})
    assert phrases.beyond_chance(rows) == said


def test_association_is_never_written_as_effect(study):
    said = [*words.answer(study), *findings.health_sentences(study), findings.between_sentence(study)]
    text = " ".join(said).lower()
    assert not re.search(r"\beffects?\b(?! of)|\bcauses?\b|\bprevents?\b|\bbecause of\b|\bleads to\b", text)
    assert "this is no proof that spend is the reason" in text


# ---- On every processor ---------------------------------------------------------------------------------------------

EVERYTHING = """
import json, sys
from pathlib import Path

from analysis.models import estimates
from analysis.report import Report
from analysis.topics.spend_outcomes import area_words, findings, words
from analysis.topics.spend_outcomes.specifications import Specification
from analysis.topics.spend_outcomes.study import Study
from blas import core

data, kept = map(Path, sys.argv[1:])
study = Study(Report(), Specification(), 100.0)
study.models.kept.folders = [kept]
said = [*words.answer(study), *findings.health_sentences(study), area_words.local_sentence(study)]
said += [area_words.fit_finding(study), findings.influence_finding(study), findings.between_finding(study)]
said += [table.to_csv() for table in (study.every, study.without, study.fitted, estimates.read_all(data))]
said += [file.read_text() for file in sorted(kept.iterdir())]
sys.stdout.write(json.dumps([core(), said]))
"""


def test_every_model_is_the_same_on_another_processor(official, tmp_path):
    """From scratch, with the sums of two kinds of processor: text, tables and what is kept, byte for byte."""
    if platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip(f"OpenBLAS is told which kernel to take on x86-64 only, and this is {platform.machine()}")
    features = np._core._multiarray_umath.__cpu_features__
    newer = "HASWELL" if features["AVX2"] else "SANDYBRIDGE" if features["AVX"] else "NEHALEM"
    found = []
    for kernel in ("PRESCOTT", newer):
        where = {**os.environ, "OPENBLAS_CORETYPE": kernel, "PYTHONPATH": str(ROOT / "tests")}
        command = [sys.executable, "-c", EVERYTHING, str(ROOT / "data"), str(tmp_path / f"fits-{kernel}")]
        done = subprocess.run(command, env=where, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found.append(json.loads(done.stdout))
    (old, one), (new, other) = found
    if old == new:
        pytest.skip(f"numpy's library has one kernel only: {old or 'it is not OpenBLAS'}")
    assert len(one) >= 100, "of which most are fits"
    assert one == other


# ---- What is kept ---------------------------------------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path):
    code = tmp_path / "code.py"
    code.write_text("one", encoding="utf-8")
    made = []

    def get(which="a", inputs="release", result=1.25):
        one = Kept(tmp_path / "data", [inputs], [code])
        return one.get({"fit": which}, lambda: made.append(which) or {"value": result, "list": [None, 0.1]})

    return SimpleNamespace(get=get, made=made, code=code, folder=tmp_path / "data" / ".cache")


def test_a_result_is_worked_out_once(kept):
    assert kept.get() == kept.get(result=9.0) == {"value": 1.25, "list": [None, 0.1]}
    assert kept.made == ["a"]
    kept.get("b")
    assert kept.made == ["a", "b"]


@pytest.mark.skipif(os.name == "nt", reason="folders cannot be locked")
def test_of_two_that_ask_at_once_one_works_it_out(tmp_path):
    begun, made, found = threading.Event(), [], []

    def make():
        begun.set()
        time.sleep(0.3)  # the other asks meanwhile
        made.append(1)
        return {"value": len(made)}

    ask = lambda: found.append(Kept(tmp_path / "data", ["release"], []).get({"fit": "a"}, make))  # noqa: E731
    one, other = threading.Thread(target=ask), threading.Thread(target=ask)
    one.start()
    begun.wait(5)
    other.start()
    one.join()
    other.join()
    assert (made, found) == ([1], [{"value": 1}] * 2)


@pytest.mark.parametrize("what", ["release", "code"])
def test_other_inputs_are_worked_out_anew_and_older_results_go(kept, what):
    kept.get()
    if what == "code":
        kept.code.write_text("two", encoding="utf-8")
    assert kept.get(inputs="another" if what == "release" else "release", result=9.0)["value"] == 9.0
    assert len(list(kept.folder.iterdir())) == 1


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"which": 1}', "swapped", "changed"])
def test_a_broken_result_is_worked_out_anew(kept, damage):
    kept.get()
    kept.get("b", result=7.0)
    file, other = sorted(kept.folder.glob("*/*.json"), key=lambda f: '"b"' in json.loads(f.read_text())["which"])
    text = file.read_text(encoding="utf-8")
    spoiled = {"swapped": other.read_text(encoding="utf-8"), "changed": text.replace("1.25", "1.75")}
    file.write_text(spoiled.get(damage, damage), encoding="utf-8")
    assert kept.get()["value"] == 1.25
    assert kept.made == ["a", "b", "a"]
    assert file.read_text(encoding="utf-8") == text, "the same bytes again"


def test_where_the_projects_folder_cannot_be_written_the_users_is_used(kept, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    kept.folder.parent.mkdir()
    kept.folder.write_text("in the way", encoding="utf-8")
    assert kept.get() == kept.get(result=9.0) == {"value": 1.25, "list": [None, 0.1]}
    assert kept.made == ["a"]
    assert len(list((tmp_path / "user").rglob("fits-*/*.json"))) == 1


def test_a_folder_that_cannot_be_written_is_said(kept, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    for path in (kept.folder, tmp_path / "file"):
        path.parent.mkdir(exist_ok=True)
        path.write_text("in the way", encoding="utf-8")
    with pytest.raises(ReleaseError, match="cannot write the cache"):
        kept.get()


def test_the_cache_of_the_releases_leaves_kept_results_alone(tmp_path):
    for name in ("older", "fits-1", "making-x"):
        (tmp_path / name).mkdir()
    (tmp_path / "making-x" / "new").mkdir()
    cache._put(tmp_path / "making-x" / "new", tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fits-1", "making-x", "new"]


def test_a_fit_is_the_same_cold_and_warm(official, study, tmp_path, monkeypatch):
    warm = study.models.fit(QUICK)
    models = Models(Figures())
    models.kept.folders = [tmp_path / "fits-cold"]
    cold = models.fit(QUICK)
    assert len(list(models.kept.folders[0].iterdir())) == 1
    pd.testing.assert_series_equal(cold.coefficients, warm.coefficients)
    pd.testing.assert_frame_equal(cold.covariance, warm.covariance)
    assert (cold.observations, cold.groups, cold.messages) == (warm.observations, warm.groups, warm.messages)


def test_without_the_release_one_line_says_how_to_get_it(data_copy, monkeypatch):
    monkeypatch.delenv("ANALYSIS_OFFICIAL", raising=False)
    with pytest.raises(ReleaseError, match=r"spend/panel_2010_2022\.csv is missing: run `analysis fetch`"):
        spend_panel.release_of(data_copy)


# ---- Every number on the page comes from the panel ------------------------------------------------------------------


def changed_project(official, folder, seed):
    """A project whose panel has 13 authorities, and where there is a seed, every number of it changed."""
    data = shutil.copytree(ROOT / "data", folder / "data", ignore=shutil.ignore_patterns("official", ".*"))
    table = pd.read_csv(official / "spend/panel_2010_2022.csv", dtype=str, keep_default_na=False)
    codes = sorted(table["new_la_code"].unique())[::12]
    table = table[table["new_la_code"].isin([*codes, "E06000054"])]
    if seed:
        rng = np.random.default_rng(seed)
        # In a stated order: a set has another in every process, and the draws would go to other columns.
        for name in sorted(set(spend_panel.COLUMNS) - {"new_la_code", "la_name", "time_period"}):
            number = pd.to_numeric(table[name].replace("NA", None))
            own = number * rng.uniform(0.5, 0.9) * rng.uniform(0.9, 1.1, len(table))
            table[name] = own.map(lambda v: "NA" if math.isnan(v) else repr(v))
    content = table.to_csv(index=False).encode()
    (folder / "official" / "spend").mkdir(parents=True)
    (folder / "official" / "spend" / "panel_2010_2022.csv").write_bytes(content)
    with (data / "sources.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        if row["source"] == "webb_panel_2022":
            row |= {"sha256": hashlib.sha256(content).hexdigest(), "bytes": str(len(content))}
    with (data / "sources.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    register = (data / "releases.csv").read_text(encoding="utf-8")
    changed = re.sub(r"(?m)^(webb_panel_2022,.*,)\d+$", rf"\g<1>{len(table)}", register)
    assert changed != register
    (data / "releases.csv").write_text(changed, encoding="utf-8")
    return folder


def numbers_of(run):
    """The numbers with a decimal or a pound sign in all that a reader reads, each with where it stands."""
    found = set()
    for place, (data, mark) in enumerate(run.outputs):
        if mark["kind"] in ("answer", "finding", "text", "chart"):
            text = " ".join([data["text/plain"], mark.get("title", "")])
            found |= {(place, mark["kind"], number) for number in re.findall(r"£\d+|\d+\.\d+", text)}
    # Small numbers are often equal by chance; the pounds, the published estimate and the department's own rate are no
    # numbers of the panel.
    given = ("£100", "3.76", "3.8", "41.3")
    return {(place, kind, n) for place, kind, n in found if n not in given and float(n.strip("£")) >= 2}


def test_every_number_changes_with_the_panel(official, tmp_path, monkeypatch):
    few = [Specification(control=c, slopes=False) for c in CONTROLS]
    monkeypatch.setattr("analysis.topics.spend_outcomes.study.tried", lambda leading: [*few, leading])
    same, pages = None, []
    for seed in (0, 1, 3):  # of two, and of some threes, a number of two digits is the same by chance
        folder = changed_project(official, tmp_path / str(seed), seed)
        monkeypatch.setenv("ANALYSIS_OFFICIAL", str(folder / "official"))
        page = run_notebook("spend_outcomes", monkeypatch, root=folder, random_slopes=False)
        found = numbers_of(page)
        assert len(found) >= 15
        same = found if same is None else same & found
        pages.append(page)
    assert len({len(page.outputs) for page in pages}) == 1, "each number is held to its own place"
    assert same == set()
    read = [page.outputs[-1][0]["application/vnd.analysis.read+json"] for page in pages]
    assert read[0]["tables"] == ["the panel of spending"]
    assert len({one["digest"] for one in read}) == 3, "another panel, another fingerprint"
