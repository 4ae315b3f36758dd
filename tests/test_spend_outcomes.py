"""The national panel: the published check, every model, what is kept of fits, the area, and every number followed."""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
import re
import subprocess
import sys
import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.data import reads
from analysis.data.figures import Figures
from analysis.methods import panel as method
from analysis.models.spend_panel import OUTCOMES, PRIMARY, PUBLISHED, Panel, prepared, primary
from analysis.official import readers as release
from analysis.official.cache import Kept
from analysis.official.releases import ReleaseError
from notebook_runs import ROOT, quick, ran, rewritten, said

WILTSHIRE = "E06000054"
REACH = 1.959963984540054


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
    return panel.models()


@pytest.fixture(scope="module")
def sure(panel):
    return panel.sureness()


@pytest.fixture(scope="module")
def wiltshire(official):
    """The page of Wiltshire with its defaults."""
    return ran("spend_outcomes")


def answer(run):
    return said(run, "answer")[0].splitlines()


# ---- The referee's figures (METHODS, section 8), to their printed digits -------------------------------------------

ROWS = {
    PRIMARY: (-1.33, 0.93),
    "trends": (0.41, 0.56),
    "changes": (-0.33, 0.46),
    "before": (-0.60, 0.27),
    "ahead": (-0.28, 0.84),
    PUBLISHED: (-3.75, 0.60),
    # Printed −0.26 (0.91), whose error does not count the 148 levels of authorities among what was estimated.
    "fifths": (-0.26, 0.95),
    # Printed −1.24 (1.85), as the release has each authority's own code for its region from 2011 to 2017.
    "regions": (-0.81, 0.79),
}


@pytest.mark.parametrize(("row", "found"), ROWS.items())
def test_each_row_is_the_referees_or_differs_for_a_stated_reason(models, row, found):
    assert tuple(models.loc[row, ["coefficient", "error"]].round(2)) == pytest.approx(found, abs=1e-9)


def test_how_sure_the_primary_model_is(sure, models):
    assert models.loc[[PRIMARY, PUBLISHED], "observations"].tolist() == [1734, 1741]
    assert set(models["groups"]) == {148}
    assert sure["left"] == pytest.approx(0.76, abs=0.005)
    assert method.detectable(models.at[PRIMARY, "error"]) == pytest.approx(2.6, abs=0.05)
    assert sure["robust clustered"] == pytest.approx(0.12, abs=0.005)
    assert sure["robust"] == pytest.approx(0.24, abs=0.005), "by the plain error, with which the value is exact"
    assert (sure["time spend"], sure["time outcome"]) == pytest.approx((0.595, 0.076), abs=0.002)
    assert (sure["wild"], sure["wild regions"]) == pytest.approx((0.15, 0.15), abs=0.025)
    assert (sure["regions"], sure["kernel"]) == pytest.approx((0.86, 0.38), abs=0.005)


def test_without_each_authority(panel):
    """METHODS: −3.49 without Salford, −3.86 without Tameside, of the published design with each row once."""
    table = panel.without()
    assert table[PUBLISHED].dropna().to_dict() == {"E08000006": -3.49, "E08000008": -3.86}
    assert len(table) == 148
    assert table[PRIMARY].agg(["min", "max"]).tolist() == [-1.701, -1.034]


def test_pages_without_the_release_have_the_same_primary_estimate(models):
    kept = reads.estimates(Figures(), "gspend_noncla_nonsg_pc").loc["care_year_effects_clustered"]
    found = models.loc[PRIMARY]
    assert (kept["value"], kept["standard_error"]) == tuple(found[["coefficient", "error"]])
    assert (kept["observations"], kept["authorities"]) == tuple(found[["observations", "groups"]])


# ---- The panel, and the primary model another way --------------------------------------------------------------------


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
    assert panel.rows["region"].nunique() == 9
    assert panel.rows.groupby("area")["region"].nunique().max() == 1


def test_the_primary_model_is_least_squares_with_dummies_and_the_sandwich(panel, models):
    """The same estimate by another way: a dummy for each authority and year, and the sandwich written out."""
    made = panel.prepared()
    varying = list(primary(made).coefficients.index)
    dummies = [pd.get_dummies(made.group), pd.get_dummies(made.time).iloc[:, 1:]]
    x, y = np.hstack([made.fixed[varying], *dummies]).astype(float), made.outcome.to_numpy()
    left, inverse = y - x @ np.linalg.lstsq(x, y)[0], np.linalg.inv(x.T @ x)
    scores = np.array([(x * left[:, None])[made.group == area].sum(axis=0) for area in made.group.unique()])
    which = [varying.index(name) for name in panel.within]
    plain = math.sqrt((inverse @ scores.T @ scores @ inverse)[np.ix_(which, which)].sum())
    small = math.sqrt(148 / 147 * 1733 / (1734 - x.shape[1]))
    assert models.at[PRIMARY, "coefficient"] == pytest.approx(np.linalg.lstsq(x, y)[0][which].sum(), abs=0.001)
    assert models.at[PRIMARY, "error"] == pytest.approx(plain * small, rel=0.005)


def test_of_every_outcome_what_the_page_of_it_would_have(panel):
    table = panel.outcomes()
    assert list(table.index) == list(OUTCOMES)
    for name, row in table.iterrows():
        found = primary(prepared(panel.rows, name)).estimate(*panel.within)
        assert tuple(row) == pytest.approx(found, abs=0.0006)


# ---- The page --------------------------------------------------------------------------------------------------------


def test_one_sensitivity_is_clear(wiltshire):
    net = wiltshire.names["net"]
    clear = (net["coefficient"].abs() > REACH * net["error"]).to_numpy()
    assert list(net.index[clear]) == ["before"]
    assert (len(net), wiltshire.values["models_clear"]["value"]) == (11, 1)
    assert wiltshire.values["models_fewer"]["value"] == (net["coefficient"] < 0).sum() == 9


RESULTS = {"spend_outcomes": "spend_panel.Panel(", "child_poverty": "reads.estimates(", "neet": "standing.standing("}
RESULTS |= {"early_help_spend": "simulated(", "hidden_harm": "report.answer(", "send": "report.answer("}
"""Notebook → what its first cell with a result of its question calls."""


@pytest.mark.parametrize(("name", "result"), RESULTS.items())
def test_the_primary_specification_stands_in_words_with_its_date_before_its_result(name, result):
    """And owns that the figures had been seen before it was written."""
    cells = json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells]
    dated = re.compile(
        r"\*\*The primary \w+(\*\*, written down|, fixed) on \d+ \w+ 20\d\d, .*\b(seen the data|been seen)\b"
    )
    fixed = next(n for n, text in enumerate(sources) if dated.search(text))
    assert fixed < next(n for n, text in enumerate(sources) if result in text and cells[n]["cell_type"] == "code")


def shifted(plain, by, error):
    """Models of which the primary one is moved, and as sure as is wanted."""

    def models(self):
        found = plain(self)
        found.loc[PRIMARY, "coefficient"] += by
        found.loc[PRIMARY, "error"] *= error
        return found

    return models


@pytest.mark.parametrize(
    ("by", "error", "begins"),
    [
        (-3.0, 0.1, "- A clear link between early-help spend and … goes with 42 fewer children in care"),
        (math.nan, 1.0, "- The model with national change taken out could not be fitted"),
    ],
)
def test_the_answer_has_another_reading_where_the_data_have(monkeypatch, official, by, error, begins):
    monkeypatch.setattr(Panel, "models", shifted(Panel.models, by, error))
    page = quick("spend_outcomes")
    lead, _, then = begins.partition(" … ")
    assert answer(page)[0].startswith(lead)
    assert then in answer(page)[1]
    assert not re.search(r"\bnan\b|not available|\bNone\b", "\n".join(answer(page) + said(page, "finding")))


def test_a_fit_that_fails_has_no_number(panel, monkeypatch, tmp_path):
    monkeypatch.setattr(panel, "kept", SimpleNamespace(get=lambda which, make: json.loads(json.dumps(make()))))
    usual = method.within_between
    lost = lambda made, control="none": replace(usual(made.__class__(  # noqa: E731
        made.outcome, made.fixed * 0, made.group, made.time, made.slopes), control))  # fmt: skip
    monkeypatch.setattr(method, "within_between", lost)
    table = panel.models()
    assert table.loc[["mixed", "linear", PUBLISHED], ["coefficient", "error"]].isna().all(axis=None)
    assert table.loc[PRIMARY, "coefficient"] == pytest.approx(-1.329)


# ---- The area -------------------------------------------------------------------------------------------------------


def test_the_area_is_carried_by_its_own_children(models, wiltshire):
    count = wiltshire.names["living"]
    assert count == pytest.approx(96991, abs=1)
    for key, name in (("area_year_effects", PRIMARY), ("area", PUBLISHED)):
        value, one = wiltshire.values[key], models.loc[name]
        assert value["value"] == pytest.approx(one["coefficient"] * count / 1e4)
        assert value["upper"] - value["value"] == pytest.approx(REACH * one["error"] * count / 1e4)


@pytest.mark.parametrize(
    ("area", "told"),
    [
        ("E06000053", "Isles of Scilly is not in the models, as the published study leaves it out"),
        ("E06000063", "Cumberland was formed in April 2023 from Cumbria, or parts of them"),
        ("E06000058", "Bournemouth, Christchurch and Poole spent £"),
    ],
)
def test_every_kind_of_area_gets_a_sentence(page, area, told):
    made = page(area, "spend_outcomes")
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
from analysis.models.spend_panel import OUTCOMES, Panel
from analysis.models import estimates
from blas import core

data, kept = map(Path, sys.argv[1:])
said = [estimates.read_all(data).to_csv()]
panel = Panel(Figures(), list(OUTCOMES)[0], draws=99)
panel.kept.place, panel.kept.name = kept.parent, kept.name
said += [found.to_csv() for found in (panel.models(), panel.sureness())]
said += [file.read_text() for file in sorted(kept.iterdir())]
sys.stdout.write(json.dumps([core(), said]))
"""


def test_every_model_is_the_same_on_another_processor(official, tmp_path):
    """From scratch, with the sums of two kinds of processor: text, tables and what is kept, byte for byte."""
    if platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip(f"OpenBLAS is told which kernel to take on x86-64 only, and this is {platform.machine()}")
    features = np._core._multiarray_umath.__cpu_features__
    newer = "HASWELL" if features["AVX2"] else "SANDYBRIDGE" if features["AVX"] else "NEHALEM"
    begun = []
    for kernel in ("PRESCOTT", newer):
        where = {**os.environ, "OPENBLAS_CORETYPE": kernel, "PYTHONPATH": str(ROOT / "tests")}
        command = [sys.executable, "-c", EVERYTHING, str(ROOT / "data"), str(tmp_path / f"fits-{kernel}")]
        begun.append(subprocess.Popen(command, env=where, stdout=subprocess.PIPE, text=True))
    found = [json.loads(process.communicate()[0]) for process in begun]
    (old, one), (new, other) = found
    if old == new:
        pytest.skip(f"numpy's library has one kernel only: {old or 'it is not OpenBLAS'}")
    assert len(one) > 3, "text, and what is kept of it"
    assert one == other


# ---- What is kept ---------------------------------------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path):
    code = tmp_path / "code.py"
    code.write_text("one", encoding="utf-8")
    (tmp_path / "data").mkdir()
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
    (tmp_path / "data").mkdir()

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


def test_where_the_projects_folder_cannot_be_written_the_users_is_used(kept, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    monkeypatch.setattr("os.access", lambda *_: False)
    assert kept.get() == kept.get(result=9.0) == {"value": 1.25, "list": [None, 0.1]}
    assert len(list((tmp_path / "user").rglob("fits-*/*.json"))) == 1


def test_a_folder_that_cannot_be_written_is_said(kept):
    kept.folder.write_text("in the way", encoding="utf-8")
    with pytest.raises(ReleaseError, match="cannot write the cache"):
        kept.get()


def test_without_the_release_one_line_says_how_to_get_it(data_copy, monkeypatch):
    monkeypatch.delenv("ANALYSIS_OFFICIAL", raising=False)
    with pytest.raises(ReleaseError, match=r"spend/panel_2010_2022\.csv is missing: run `analysis fetch`"):
        release.panel_release(data_copy)


# ---- Every number on the page comes from the panel ------------------------------------------------------------------


def changed_project(official, folder, seed):
    """A project whose panel has 32 authorities, and where there is a seed, every number of it changed."""
    table = pd.read_csv(official / "spend/panel_2010_2022.csv", dtype=str, keep_default_na=False)
    codes = sorted(table["new_la_code"].unique())[::5]
    table = table[table["new_la_code"].isin([*codes, "E06000054"])]
    if seed:
        rng = np.random.default_rng(seed)
        # In a stated order: a set has another in every process, and the draws would go to other columns.
        for name in sorted(set(release.PANEL_COLUMNS) - {"new_la_code", "la_name", "time_period"}):
            number = pd.to_numeric(table[name].replace("NA", None))
            own = number * rng.uniform(0.5, 0.9) * rng.uniform(0.9, 1.1, len(table))
            table[name] = own.map(lambda v: "NA" if math.isnan(v) else repr(v))
    content = table.to_csv(index=False).encode()
    (folder / "official" / "spend").mkdir(parents=True)
    (folder / "official" / "spend" / "panel_2010_2022.csv").write_bytes(content)
    own = {"sources.csv": {"sha256": hashlib.sha256(content).hexdigest(), "bytes": str(len(content))}}
    for file, cells in (own | {"releases.csv": {"rows": str(len(table))}}).items():
        other = {"webb_panel_2022": cells}
        rewritten(folder, file, lambda row, other=other: row.update(other.get(row["source"], {})))
    return folder


def numbers_of(run):
    """The numbers with a decimal or a pound sign in all that a reader reads, each with where it stands."""
    found = set()
    for place, (data, mark) in enumerate(run.shown):
        if mark["kind"] in ("answer", "finding", "text", "chart"):
            text = " ".join([data["text/plain"], mark.get("title", "")])
            found |= {(place, mark["kind"], number) for number in re.findall(r"£\d+|\d+\.\d+", text)}
    # Small numbers are often equal by chance; the pounds, the published estimate and the department's own rate are no
    # numbers of the panel.
    given = ("£100", "3.76", "3.8", "41.3")
    return {(place, kind, n) for place, kind, n in found if n not in given and float(n.strip("£")) >= 2}


def test_every_number_changes_with_the_panel(official, tmp_path, monkeypatch):
    same, pages = None, []
    for seed in (0, 1, 3):  # of two, and of some threes, a number of two digits is the same by chance
        folder = changed_project(official, tmp_path / str(seed), seed)
        monkeypatch.setenv("ANALYSIS_OFFICIAL", str(folder / "official"))
        page = quick("spend_outcomes", root=folder)
        found = numbers_of(page)
        assert len(found) >= 15
        same = found if same is None else same & found
        pages.append(page)
    assert len({len(page.shown) for page in pages}) == 1, "each number is held to its own place"
    assert same == set()
    read = [page.shown[-1][0]["application/vnd.analysis.read+json"] for page in pages]
    assert read[0]["tables"] == ["edition.csv", "expected.csv", "the panel of spending"]
    assert len({one["digest"] for one in read}) == 3, "another panel, another fingerprint"
