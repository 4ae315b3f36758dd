"""What an analyst imports: frames of figures, where an area stands, any drawing and any frame on a page."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest
import seaborn as sns

from analysis import charts
from analysis import report as reports
from analysis.data.fact import fact
from analysis.data.figures import FRAME, WILTSHIRE, Figures, NoSuchFigure
from analysis.report import Report, plain_table
from analysis.standing import standing, table
from notebook_runs import ROOT

EITHER, PLANS = "neet_16_17_or_not_known_rate", "ehc_plans"


@pytest.fixture
def shown(monkeypatch):
    found = []
    monkeypatch.setattr(reports, "display", lambda data, raw, metadata: found.append((data, metadata["analysis"])))
    return found


# --- Figures as a frame ---------------------------------------------------------------------------


def test_a_frame_has_the_figures_as_published_with_their_roles(figures):
    frame = figures.take(EITHER, period=2025)
    assert list(frame) == FRAME
    assert frame["role"].value_counts().to_dict() == {"neighbour": 10, "area": 1, "England": 1, "region": 1}
    own = frame[frame["role"] == "area"].iloc[0]
    assert own[["name", "value", "when", "source"]].tolist() == ["Wiltshire", 3.1, "in winter 2024/25", "dfe_neet_2025"]
    assert own["lower"] < 3.1 < own["upper"]
    assert (frame.loc[frame["role"] == "England", "value"] == 5.6).all()
    every = figures.take(EITHER, areas="all", period=2025)
    assert len(every[~every["role"].isin(["England", "region"])]) == 151, "every authority, or a refusal"
    gone = figures.take("september_guarantee_rate", areas=[WILTSHIRE], period=1999).iloc[0]
    assert (np.isnan(gone["value"]), gone["symbol"], gone["source"]) == (True, "x", "")
    fresh = Figures()
    fresh.take(EITHER, period=2025)
    assert len(fresh.used()) == 13, "what is taken is remembered as used"
    assert (EITHER, WILTSHIRE) in fresh.asked.pairs


def test_areas_are_named_and_found(figures):
    assert figures.code("cumberland") == figures.code("E06000063") == "E06000063"
    with pytest.raises(NoSuchFigure, match="did you mean 'Cumberland'"):
        figures.code("Cumberlnad")
    assert figures.take(EITHER, areas="England", period=2025)["value"].tolist() == [5.6]
    with pytest.raises(NoSuchFigure, match="unknown indicator"):
        figures.take("neet_16_17_rat")
    assert {EITHER, "neet_16_17_rate"} <= set(figures.find("neet 16")["indicator"])
    assert figures.find("no such words").empty


# --- Where an area stands -------------------------------------------------------------------------


def test_standing_agrees_with_plain_pandas(figures):
    where = standing(figures, EITHER, period=2025).loc[EITHER]
    every = figures.take(EITHER, areas="all", period=2025)
    others = every[~every["role"].isin(["England", "region"])]
    near = every.loc[every["role"] == "neighbour", "value"]
    assert where["rank"] == others["value"].rank(method="min")[others["role"] == "area"].iloc[0] == 22
    late = standing(figures, "ehc_plans_20_weeks_rate").iloc[0]
    every = figures.take(late.name, areas="all", period=late["time_period"]).query("role not in ['England', 'region']")
    assert late["rank"] == (every["value"] > late["value"]).sum() + 1, "where high is good the highest is first"
    assert format(fact(late), "rank").endswith("highest first")
    assert (where["among"], where["near"]) == (151, 10)
    assert where["neighbours"] == near.median() == pytest.approx(5.75)
    assert (where["lowest"], where["highest"]) == (near.min(), near.max())
    assert (where["England"], where["the South West"]) == (5.6, 6.1)
    count = standing(figures, PLANS)
    assert count.loc[PLANS, ["England", "region", "neighbours", "rank"]].isna().all(), "a count is not compared"
    assert "[x]" in table(count, "Wiltshire").to_numpy()


def test_standing_up_to_a_year_knows_nothing_later(figures):
    low, schools = "low_income_ahc_rate_under_16", "fsm_primary_rate"
    where = standing(figures, low, schools, until=2024)
    assert where["ends"].tolist() == [2024, 2024]
    assert where["when"].tolist() == ["in 2023/24", "in January 2024"]
    assert where.at[low, "England"] == figures.take(low, areas="England", period=202324)["value"].item()
    none = standing(figures, low, until=2012).loc[low]
    assert (np.isnan(none["value"]), none["symbol"], none["source"], none["when"]) == (True, "x", "", "up to 2012")


# --- Any drawing, any frame -----------------------------------------------------------------------


FRAME_DRAWN = pd.DataFrame({"a": range(6), "b": [1.0, 3, 2, 5, 4, 6], "kind": list("uvuvuv")})
DRAWINGS = {
    "scatter": lambda: sns.regplot(FRAME_DRAWN, x="a", y="b", seed=1),
    "bars": lambda: sns.barplot(FRAME_DRAWN, x="kind", y="b", errorbar=None),
    "grid": lambda: sns.relplot(FRAME_DRAWN, x="a", y="b", col="kind"),
    "heat": lambda: sns.heatmap(FRAME_DRAWN[["a", "b"]], annot=True),
    "picture": lambda: plt.imshow(np.arange(6).reshape(2, 3)).axes,
}


@pytest.mark.parametrize("kind", DRAWINGS)
def test_any_drawing_is_a_chart_of_a_page(kind):
    charts.house_style()
    made = []
    for _ in range(2):
        plt.figure()
        made.append(charts.chart(DRAWINGS[kind](), f"A {kind}", subtitle="Measure, place, time"))
        plt.close("all")
    chart = made[0]
    assert chart.svg == made[1].svg  # the same bytes
    assert chart.svg.startswith("<svg")
    assert "font-family=\"'DejaVu Sans'" in chart.svg
    name = {"bars": "Bar chart", "heat": "Table with shaded cells", "picture": "Table with shaded cells"}
    assert chart.alt.startswith(f"{name.get(kind, 'Dot chart')}: Measure, place, time. ")
    assert re.search(r"\d marks, values from ", chart.alt)
    assert f"A {kind}" not in chart.alt
    assert (chart.narrow == "") is (kind == "picture"), "one drawing serves where the scales are those of a map"
    assert len(chart.svg + chart.narrow) < 60_000
    assert "<title>" in chart.svg or kind in ("heat", "picture")
    assert "<title>" not in chart.narrow
    assert len(chart.table.frame)
    assert "<table" in chart.table.html()


def test_any_frame_is_a_table_of_a_page():
    frame = pd.DataFrame(
        {"rate": [3.14159, np.nan], "people": [1200, 7]}, index=pd.Index(["<b>Here</b>", "There"], name="Area")
    )
    made = plain_table(frame, "Rates & people")
    html = made.html()
    assert "<caption>Rates &amp; people</caption>" in html
    assert '<th scope="row">&lt;b&gt;Here&lt;/b&gt;</th>' in html
    assert '<th scope="col">Area</th>' in html
    assert made.rows() == [["<b>Here</b>", "3.14", "1,200"], ["There", "[x]", "7"]]
    several = frame.assign(kind="x").set_index("kind", append=True)
    assert plain_table(several.T.reset_index()).rows()
    with pytest.raises(TypeError, match="expected a figure"):
        Report().show(3)


def test_each_mark_has_its_value_and_a_line_its_name_in_place_of_a_legend():
    frame = pd.DataFrame({"Here": [1.0, 2.5], "There": [3.0, 3.5]}, index=["2023/24", "2024/25"])
    axes = frame.plot(ylabel="Percent")
    axes.bar([0, 1], [0.5, 0.25], color="grey", label="Bars")
    axes.axhline(2, label="Target")
    axes.legend()
    made = charts.chart(axes, "Both", data=frame.rename_axis("Year").reset_index())
    titles = re.findall("<title>(.*?)</title>", made.svg)
    assert {"Here, 2023/24: 1", "Here, 2024/25: 2.5", "There, 2024/25: 3.5", "2024/25: 0.25"} <= {
        title.replace("Bars, ", "") for title in titles
    }
    for svg in (made.svg, made.narrow):
        at = {text: float(x) for x, text in re.findall('<text[^>]* x="([0-9.]+)"[^>]*>([^<]*)</text>', svg)}
        assert at["Here"] == at["There"] == at["Target"] > at["2023/24"]
        assert at["Bars"] < at["Here"]
    assert made.alt.startswith("Line chart: Percent. ")
    assert " Here from 1 (2023/24) to 2.5 (2024/25). There from 3 (2023/24) to 3.5 (2024/25)." in made.alt


def test_axes_side_by_side_stand_below_each_other_on_a_phone():
    made = charts.chart(sns.relplot(FRAME_DRAWN, x="a", y="b", col="kind", kind="line"), "Two")
    spots = []
    for svg in (made.svg, made.narrow):
        texts = re.findall(r'<text x="([0-9.]+)" y="([0-9.]+)"[^>]*>(kind = [uv])</text>', svg)
        spots.append({text: (float(x), float(y)) for x, y, text in texts})
    wide, narrow = spots
    assert wide["kind = u"][1] == wide["kind = v"][1]
    assert narrow["kind = u"][0] == narrow["kind = v"][0]
    assert narrow["kind = v"][1] - narrow["kind = u"][1] > 100


VALUES = "application/vnd.analysis.values+json"
CELLS = """
import pandas as pd, seaborn as sns
from analysis.data.fact import Fact
from analysis.report import Report
report = Report("Wiltshire")
frame = pd.DataFrame({"area": ["A", "B"], "rate": [1.5, 2.5]})
frame
---
frame.style.highlight_max()
---
_ = sns.scatterplot(frame, x="rate", y="rate")
---
report.headline("one", Fact(1.0), "One")
report.close()
---
report.headline("one", Fact(2.0), "One")
report.close()
"""


def test_results_of_cells_are_shown_as_on_a_page_by_plain_jupyter(tmp_path):
    """A frame, a Styler and a drawing that are a cell's result have caption, scope, alternative text and data."""
    cells = [nbformat.v4.new_code_cell(source.strip()) for source in CELLS.split("---")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "mine.ipynb")
    command = [sys.executable, "-m", "jupyter", "execute", "--inplace", "mine.ipynb"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    made = nbformat.read(tmp_path / "mine.ipynb", as_version=4).cells
    for cell in made[:2]:
        output = cell.outputs[-1]  # before it stands, in the cell that sets up, of which area the page is
        assert output.metadata["analysis"]["kind"] == "working"
        assert "<caption>" in output.data["text/html"]
        assert 'scope="col"' in output.data["text/html"]
    (drawn,) = [output for output in made[2].outputs if "image/svg+xml" in output.get("data", {})]
    assert drawn.metadata["analysis"]["alt"].startswith("Dot chart: rate by rate. 2 marks")
    assert not any("image/png" in output.get("data", {}) for output in made[2].outputs)
    shown = [output.data for cell in made[3:] for output in cell.outputs]
    values = [data[VALUES] for data in shown if VALUES in data]
    assert [[value["value"] for value in rows] for rows in values] == [[1.0], [2.0]], (
        "a cell run again replaces its key"
    )


def test_papermill_runs_a_notebook_from_any_folder_for_an_area_by_name(tmp_path):
    source = ROOT / "notebooks" / "neet.ipynb"
    command = ["-m", "papermill", "--no-progress-bar", str(source), "out.ipynb", "-p", "area", "Wiltshire"]
    subprocess.run([sys.executable, *command], cwd=tmp_path, check=True, capture_output=True, timeout=300)
    cells = json.loads((tmp_path / "out.ipynb").read_text(encoding="utf-8"))["cells"]
    assert any(VALUES in o.get("data", {}) for c in cells for o in c.get("outputs", []))
