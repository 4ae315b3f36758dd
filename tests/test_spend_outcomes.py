"""The national panel: the published check, every model, what is kept of fits, the area, and every number followed."""

from __future__ import annotations

import csv
import hashlib
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
from dataclasses import astuple, replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.data.figures import Figures
from analysis.methods import panel as panel_groups
from analysis.methods.panel import failed, fixed_effects
from analysis.models.spend_panel import (
    CLUSTERED,
    CONTROLS,
    COVARIATES,
    LEFT_IN,
    MIXED,
    NO_ARTEFACT,
    NO_PANDEMIC,
    OUTCOMES,
    PUBLISHED,
    REPEATED,
    ROWS,
    TAKEN_OUT,
    Panel,
    Specification,
    rows_of,
    tried,
)
from analysis.official import cache
from analysis.official import spend_panel as release
from analysis.official.cache import Kept
from analysis.official.releases import ReleaseError
from notebook_runs import ROOT, run_notebook
from test_neet import said, value_of
from unpictured import unpictured

QUICK = Specification(control=TAKEN_OUT, slopes=False)
LEADING = Specification()
WILTSHIRE = "E06000054"


@pytest.fixture(scope="module")
def raw(official):
    """The release as it is, read without the project's reader; a repeated row once."""
    table = pd.read_csv(official / "spend/panel_2010_2022.csv", low_memory=False)
    return table.drop_duplicates(["new_la_code", "time_period"])


@pytest.fixture(scope="module")
def panel(official):
    return Panel(Figures())


@pytest.fixture(scope="module")
def models(panel):
    """A row a model and estimator, per £100."""
    return panel.estimates(tried(LEADING))


@pytest.fixture(scope="module")
def wiltshire(official):
    """The page of Wiltshire with its defaults."""
    with pytest.MonkeyPatch.context() as patch:
        return run_notebook("spend_outcomes", patch)


def answer(run):
    return said(run, "answer")[0].splitlines()


# ---- The published check, and the panel -----------------------------------------------------------------------------


def test_the_published_model_is_made_again(panel, models, wiltshire):
    """METHODS: −3.750 (standard error 0.595), N = 1,741, 148 authorities; published −3.76."""
    found = models.loc[(*astuple(PUBLISHED), MIXED)]
    assert (found["observations"], found["groups"]) == (1741, 148)
    assert (found["coefficient"], found["error"]) == pytest.approx((-3.750, 0.595), abs=0.001)
    assert panel.fit(PUBLISHED).converged
    assert "Published: 3.76 fewer children in care; here: 3.75." in said(wiltshire, "finding")


def test_the_leading_model_has_each_row_once(models):
    found = models.loc[(*astuple(LEADING), MIXED)]
    assert (found["observations"], found["groups"]) == (1734, 148)
    assert (found["coefficient"], found["error"]) == pytest.approx((-3.743, 0.595), abs=0.001)


def test_the_panel_is_the_release(panel, raw, wiltshire):
    assert len(panel.as_it_stands) - len(panel.rows) == 7
    assert not set(panel.rows["area"]) & {"E06000053", "E06000046", "E09000001"}
    assert {"E06000066", "E06000065", "E10000006"} <= set(panel.rows["area"]), "present codes of those renamed"
    here, own = raw[raw["new_la_code"] == WILTSHIRE].set_index("time_period"), wiltshire.names["here"]
    assert own["spend"].to_numpy() == pytest.approx(here["gspend_noncla_nonsg_pc"].to_numpy())
    assert own["looked_after"].to_numpy() == pytest.approx(here["at_31_cla_rate10000"].to_numpy())
    kept = raw[~raw["la_name"].isin(["Isles of Scilly", "Isle of Wight", "City of London"])]
    means = kept.groupby("time_period")[["gspend_noncla_nonsg_pc", "at_31_cla_rate10000"]].mean()
    assert wiltshire.names["national"].to_numpy() == pytest.approx(means.to_numpy())


@pytest.mark.parametrize(("which", "fewer"), [(REPEATED, -7), (NO_ARTEFACT, 2), (NO_PANDEMIC, 2 * 148)])
def test_rows_that_are_left_out(panel, which, fewer):
    assert len(panel.rows) - len(rows_of(panel.as_it_stands, which)) == fewer


# ---- Every model ----------------------------------------------------------------------------------------------------


def test_every_choice_is_tried_and_the_cross_is_whole():
    every = tried(LEADING)
    assert len(every) == len(set(every)) == 49
    assert {s.covariates for s in every} == set(COVARIATES)
    assert {s.rows for s in every} == set(ROWS)
    cross = {(s.outcome, s.control, s.lag, s.slopes) for s in every}
    assert len(cross) == len(OUTCOMES) * len(CONTROLS) * 2 * 2
    odd = Specification("children in need", TAKEN_OUT, 0, False, rows=NO_ARTEFACT)
    assert set(tried(odd)) - set(every) == set(odd.by_control())


def test_a_link_is_clear_only_if_both_estimators_bear_it(models, wiltshire):
    every = wiltshire.names["every"]
    assert len(every) == 49
    for row, one in every.iterrows():
        mixed, robust = (models.loc[(*row, kind)] for kind in (MIXED, CLUSTERED))
        alone = [abs(fit["coefficient"]) > 1.959964 * fit["error"] for fit in (mixed, robust)]
        assert one["clear"] == (all(alone) and mixed["coefficient"] * robust["coefficient"] > 0)
    plans = models.loc[astuple(Specification("child protection plans", TAKEN_OUT))]
    assert (plans["coefficient"] - 1.959964 * plans["error"])[[MIXED, CLUSTERED]].gt(0).tolist() == [True, False]
    assert "With national change out, no outcome has a clear link." in said(wiltshire, "finding")
    assert value_of(wiltshire, "models_clear")["unit"] == "models (13 fewer, 0 more)"
    assert value_of(wiltshire, "models_fewer")["value"] == (every["coefficient"] < 0).sum() == 35


def test_the_curve_has_every_model_in_percent_of_its_usual_rate(panel, wiltshire):
    curve = wiltshire.names["curve"]
    usual = panel.rows["looked_after"].mean()
    assert curve.loc[astuple(LEADING), "value"] == pytest.approx(-3.743 / usual * 100)
    assert curve["value"].is_monotonic_increasing
    assert curve.groupby("control", sort=False).size().to_dict() == dict(zip(CONTROLS, (17, 16, 16), strict=True))
    (alt,) = (mark["alt"] for _, mark in wiltshire.outputs if mark.get("id") == "curve")
    assert f"{int(curve['clear'].sum())} beyond chance" in alt


def test_time_moves_the_answer(wiltshire):
    """What the page leads with: clear before, not after, what all authorities shared in a year is taken out."""
    controls = wiltshire.names["by_control"]
    assert controls["clear"].to_dict() == {LEFT_IN: True, "linear trend": False, TAKEN_OUT: False}
    assert abs(controls.at[TAKEN_OUT, "value"]) < abs(controls.at[LEFT_IN, "value"]) / 2
    first, second, third, _ = answer(wiltshire)
    assert first == (
        "- No clear link once national change is taken out: £100 more a child goes with 0.8 fewer children in care per "
        "10,000."
    )
    assert "it is 3.7 fewer, with one straight trend taken out 0.3 more: how time is dealt with decides" in second
    assert "none in 32 models that take a trend or national change out, 13 in 17 that take neither" in third
    assert all(len(line.split()) <= 26 for line in answer(wiltshire))


def shifted(panel_class, by, error=1.0):
    """Estimates of a panel in which all that take national change out are moved, and as sure as is wanted."""
    plain = panel_class.estimates

    def estimates(self, specs):
        found = plain(self, specs)
        out = found.index.get_level_values("control") == TAKEN_OUT
        found.loc[out, "coefficient"] += by
        found.loc[out, "error"] *= error
        return found

    return estimates


@pytest.mark.parametrize(
    ("by", "error", "begins", "verdict"),
    [
        (
            -3.0,
            0.1,
            "- A clear link once national change is taken out: £100 more a child goes with 3.8 fewer",
            "decides",
        ),
        (6.0, 0.1, "- A clear link once national change is taken out: £100 more a child goes with 5.2 more", "decides"),
        (0.768, 9.0, "- No clear link once national change is taken out: £100 more a child goes with 0.0 more or", ""),
        (math.nan, 1.0, "- The model with national change taken out could not be fitted", ""),
    ],
)
def test_the_answer_has_another_reading_where_the_data_have(monkeypatch, official, by, error, begins, verdict):
    unpictured(monkeypatch)
    monkeypatch.setattr(Panel, "estimates", shifted(Panel, by, error))
    page = run_notebook("spend_outcomes", monkeypatch)
    assert answer(page)[0].startswith(begins)
    assert verdict in answer(page)[1]
    assert not re.search(r"\bnan\b|not available|\bNone\b", "\n".join(answer(page) + said(page, "finding")))


def test_clustered_errors_are_those_of_least_squares_with_dummies(panel, models):
    """The same estimate by another way: a dummy for each authority, and the sandwich written out."""
    spec = Specification(control=TAKEN_OUT)
    made = panel.design(replace(spec, slopes=False))
    varying = list(fixed_effects(made).coefficients.index)
    dummies = pd.get_dummies(made.group).to_numpy(float)
    x, y = np.hstack([made.fixed[varying].to_numpy(), dummies]), made.outcome.to_numpy()
    beta, *_ = np.linalg.lstsq(x, y, rcond=None)
    left, inverse = y - x @ beta, np.linalg.inv(x.T @ x)
    scores = np.array([(x * left[:, None])[made.group == area].sum(axis=0) for area in made.group.unique()])
    covariance = inverse @ scores.T @ scores @ inverse
    which = [varying.index(name) for name in spec.within]
    robust = models.loc[(*astuple(spec), CLUSTERED)]
    assert robust["coefficient"] == pytest.approx(beta[which].sum(), abs=0.001)
    assert robust["error"] == pytest.approx(math.sqrt(covariance[np.ix_(which, which)].sum()), rel=0.01)
    same = models.loc[(*astuple(replace(spec, slopes=False)), CLUSTERED)]
    assert (same[["coefficient", "error"]] == robust[["coefficient", "error"]]).all(), "differing associations drop out"


@pytest.mark.parametrize("lost", [QUICK, LEADING])
def test_a_failed_model_is_shown_as_failed_and_counted(official, monkeypatch, lost):
    unpictured(monkeypatch)
    usual = Panel._fit
    gone = lambda self, spec, *more: failed(self.design(spec), ("two searches end in different places",))  # noqa: E731
    monkeypatch.setattr(
        Panel,
        "_fit",
        lambda self, spec, *more: (gone if spec == lost and more[:1] != (CLUSTERED,) else usual)(self, spec, *more),
    )
    page = run_notebook("spend_outcomes", monkeypatch)
    assert any("Models that could not be fitted: one." in text for text in said(page, "text"))
    (table,) = [mark["csv"] for _, mark in page.outputs if mark.get("id") == "curve-data"]
    assert ",x," in table.splitlines()[-1]
    texts = "\n".join([*answer(page), *said(page, "finding"), *said(page, "text")])
    assert not re.search(r"\bnan\b|not available|\bNone\b", texts)
    if lost == LEADING:
        assert "The panel carries nothing to Wiltshire alone." in said(page, "finding")
        assert not any(value["key"] in ("association", "area") for value in page.values)
        assert "This model could not be fitted, so nobody is left out." in said(page, "finding")


# ---- One authority at a time ----------------------------------------------------------------------------------------


def test_the_five_that_move_it_most_are_fitted_anew_and_near_the_one_step(panel, wiltshire):
    """METHODS: −3.49 without Salford, −3.86 without Tameside."""
    table = panel.without(LEADING)
    assert len(table) == 148
    assert int(table["exact"].sum()) == 5
    steps = panel_groups.without_each(panel.design(LEADING), panel.fit(LEADING), LEADING.within)
    for row in table[table["exact"].astype(bool)].itertuples():
        assert abs(steps[row.Index] - row.coefficient) < 0.05
        assert abs(row.coefficient + 3.743) > 0.1
    moves = wiltshire.names["moves"].set_index("name")["value"]
    assert moves[["Salford", "Tameside"]].round(2).tolist() == [-3.49, -3.86]
    assert "Leaving any one authority out gives 3.9 fewer to 3.5 fewer." in said(wiltshire, "finding")


# ---- The area -------------------------------------------------------------------------------------------------------


def test_the_area_is_carried_by_its_own_children(panel, wiltshire, raw):
    own, row = panel.own(LEADING).loc[WILTSHIRE], wiltshire.names["own"].loc[LEFT_IN]
    count = wiltshire.names["living"]
    assert count == pytest.approx(96991, abs=1)
    assert row["value"] == pytest.approx(own["coefficient"] * count / 1e4)
    assert row["upper"] - row["value"] == pytest.approx(1.959964 * own["error"] * count / 1e4)
    assert value_of(wiltshire, "area_year_effects")["lower"] == pytest.approx(-102.6, abs=0.1)
    here = raw[raw["new_la_code"] == WILTSHIRE].set_index("time_period")["at_31_cla_rate10000"]
    assert wiltshire.names["fitted"]["actual"].to_numpy() == pytest.approx(here.loc[2011:].round(2).to_numpy())
    plain = np.sqrt((here.diff().loc[2011:] ** 2).mean())
    assert f"The model misses Wiltshire's rate by 3.0, last year's by {plain:.1f}." in said(wiltshire, "finding")
    assert any("its returns have £120, £8, £0 and £110 a child from 2010 to 2013" in t for t in said(wiltshire, "text"))


def test_what_one_authority_of_many_shows_is_no_finding(panel, wiltshire):
    """29 of 148 intervals leave zero out one by one, and one (Halton's) if all are held at once (Bonferroni)."""
    table = panel.own(LEADING)
    ratio = (table["coefficient"] / table["error"]).abs()
    assert (ratio > 1.959964).sum() == 29
    assert list(ratio[ratio > 3.583].index) == ["E06000006"]  # 0.05 / 148, on two sides
    said_of = " ".join(said(wiltshire, "text"))
    assert "29 of 148 authorities have a link of their own whose interval leaves zero out" in said_of
    assert "where chance would give about 7; with intervals wide enough for all at once, one." in said_of


@pytest.mark.parametrize(
    ("area", "told"),
    [
        ("E06000053", "Isles of Scilly is not in the models, as the published study leaves it out"),
        ("E09000001", "City of London is not in the models"),
        ("E06000063", "Cumberland was formed in April 2023 from Cumbria, or parts of them"),
        ("E06000061", "the panel ends in 2022 and has no rows of it"),
        ("E06000058", "Bournemouth, Christchurch and Poole spent £"),
        ("E06000017", "Rutland spent £"),
    ],
)
def test_every_kind_of_area_gets_a_sentence(page, area, told):
    made = page(area, "spend_outcomes", drawn=False)
    words = " ".join(data["text/plain"] for kind in ("answer", "finding", "text") for data in made.all(kind))
    assert told.lower() in words.lower()
    assert not re.search(r"\bnan\b|not available|  |\bNone\b", words)
    assert ("carries nothing to" in words) == ("area" not in made.values) == ("spent £" not in told)
    assert "its returns have" not in words, "the odd returns are another's"


def test_association_is_never_written_as_effect(wiltshire):
    text = " ".join(said(wiltshire, "answer") + said(wiltshire, "finding") + said(wiltshire, "text")).lower()
    assert not re.search(r"\beffects?\b(?! of)|\bcauses?\b|\bprevents?\b|\bbecause of\b|\bleads to\b", text)
    assert "this is no proof that spend is the reason" in text


# ---- On every processor ---------------------------------------------------------------------------------------------

EVERYTHING = """
import json, sys
from pathlib import Path

from analysis.data.figures import Figures
from analysis.models.spend_panel import Panel, Specification, tried
from analysis.models import estimates
from blas import core

data, kept = map(Path, sys.argv[1:])
panel, spec = Panel(Figures()), Specification()
panel.kept.folders = [kept]
tables = [panel.estimates(tried(spec)), panel.without(spec), panel.own(spec), panel.fitted(spec, "E06000054").round(2)]
said = [table.to_csv() for table in (*tables, estimates.read_all(data))]
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
    assert len(one) >= 85, "of which most are fits"
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


def test_a_fit_is_the_same_cold_and_warm(panel, tmp_path):
    warm, other = panel.fit(QUICK), Panel(Figures())
    other.kept.folders = [tmp_path / "fits-cold"]
    cold = other.fit(QUICK)
    assert len(list(other.kept.folders[0].iterdir())) == 1
    pd.testing.assert_series_equal(cold.coefficients, warm.coefficients)
    pd.testing.assert_frame_equal(cold.covariance, warm.covariance)
    assert (cold.observations, cold.groups, cold.messages) == (warm.observations, warm.groups, warm.messages)


def test_without_the_release_one_line_says_how_to_get_it(data_copy, monkeypatch):
    monkeypatch.delenv("ANALYSIS_OFFICIAL", raising=False)
    with pytest.raises(ReleaseError, match=r"spend/panel_2010_2022\.csv is missing: run `analysis fetch`"):
        release.release_of(data_copy)


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
        for name in sorted(set(release.COLUMNS) - {"new_la_code", "la_name", "time_period"}):
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
    unpictured(monkeypatch)
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
