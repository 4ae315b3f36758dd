"""What an analyst does: a new notebook, own figures, charts of all authorities, wrong parameters, a tidied notebook."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from click.testing import CliRunner

from analysis import notebooks
from analysis.cli import main
from analysis.press.catalogue import load_catalogue
from notebook_runs import ROOT, copy_data, parameters_cell

NAMES = [entry.name for entry in load_catalogue(ROOT / "notebooks")]
NEEDS_RELEASES = pytest.mark.skipif(
    not os.environ.get("ANALYSIS_OFFICIAL"), reason="set ANALYSIS_OFFICIAL to the folder with the official releases"
)
ABSENCE = """
absence = figures.lait("Total absence from Primary Schools (%)")
absence[absence["role"] != "other"].pivot_table(index="time_period", columns="name", values="value")
---
latest = absence[absence["area"] == report.area].dropna(subset="value").iloc[-1]
england = absence.query("role == 'England' and time_period == @latest.time_period")["value"].iloc[0]
own = fact(latest, beside={"England": england})
report.answer("{own} of sessions in {area}'s primary schools were missed {own:when}, {own:vs England}", own=own)
report.headline("absence", own)
---
chosen = absence[absence["area"].isin([report.area, "E92000001"])].dropna(subset="value")
report.show(sns.lineplot(chosen, x="time_period", y="value", hue="name"), "Absence by year")
---
report.close()
"""
OWN = """
referrals = figures.local("referrals.csv")
first, last = fact(referrals.iloc[0]), fact(referrals.iloc[-1])
report.answer("{last} referrals to early help came {last:when}, {first} {first:when}", last=last, first=first)
report.headline("referrals", last)
report.close()
"""
ELSEWHERE = """
import pandas as pd
value = pd.read_csv(PATH)["value"].iloc[0]
report = Report(area)
report.answer("the file says {value}", value=int(value))
report.close()
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project folder of its own, with the notebooks and the data of this one."""
    root = tmp_path / "p"
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    copy_data(root)
    for name in ("uv.lock", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    monkeypatch.setenv("ANALYSIS_ROOT", str(root))
    return root


def call(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def made(project, name, cells):
    """A notebook made by the command, whose cells after the one that loads are replaced."""
    assert call("new", name).exit_code == 0
    path = project / "notebooks" / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    load = next(k for k, cell in enumerate(notebook.cells) if "report = Report" in cell.source)
    own = [nbformat.v4.new_code_cell(source.strip()) for source in cells.split("---")]
    notebook.cells = [*notebook.cells[: load + 1], *own]
    nbformat.write(notebook, path)
    return path


def page(project, area, name):
    text = (project / "reports" / area / f"{name}.html").read_text(encoding="utf-8")
    return " ".join(re.sub(r"<style.*?</style>|<[^>]*>", " ", text, flags=re.S).split())


def values(project, area):
    with (project / "reports" / area / "values.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_new_notebook_runs_at_once_and_is_in_order(project):
    before = (project / "notebooks" / "catalogue.yml").read_text(encoding="utf-8")
    path = project / "notebooks" / "absence.ipynb"
    assert str(path) in call("new", "absence").stdout
    assert (project / "notebooks" / "catalogue.yml").read_text(encoding="utf-8").startswith(before.rstrip("\n"))
    assert load_catalogue(project / "notebooks")[-1].title == "Absence"
    nbformat.validate(nbformat.read(path, as_version=4))
    assert call("tidy", "absence").stdout == "analysis: nothing put in order\n"
    result = call("run", "absence")
    assert result.exit_code == 0, result.output
    assert "[x]" not in page(project, "wiltshire", "absence").partition("How this page")[0].partition("Where")[0]
    assert [row["key"] for row in values(project, "wiltshire")] == ["cla_rate", "cin_rate"]
    checked = subprocess.run([sys.executable, "-m", "ruff", "check", "--config", ROOT / "pyproject.toml", path])
    assert checked.returncode == 0


@pytest.mark.parametrize(
    ("name", "said"),
    [("neet", "is there already"), ("Ab sence", "is no name"), ("../x", "is no name"), ("", "is no name")],
)
def test_a_new_notebook_is_refused_in_one_line(project, name, said):
    before = sorted(path.name for path in (project / "notebooks").iterdir())
    result = call("new", name)
    assert (result.exit_code, said in result.stderr, result.stderr.count("\n")) == (2, True, 1)
    assert sorted(path.name for path in (project / "notebooks").iterdir()) == before


def test_a_notebook_is_put_in_order(project):
    path = project / "notebooks" / "neet.ipynb"
    before = path.read_bytes()
    content = json.loads(before)
    code = next(cell for cell in content["cells"] if cell["cell_type"] == "code")
    code |= {"execution_count": 3, "outputs": [{"output_type": "stream", "name": "stdout", "text": "x"}]}
    code["metadata"] |= {"collapsed": True, "trusted": True}
    for cell in content["cells"]:
        cell["id"] = f"own-{cell['id']}"
    content["metadata"]["kernelspec"]["display_name"] = "Mine"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert call("tidy").stdout == "analysis: neet.ipynb put in order\n"
    assert path.read_bytes() == before
    result = call("tidy", "neeet")
    assert (result.exit_code, "did you mean 'neet'?" in result.stderr) == (2, True)
    path.write_text("{}", encoding="utf-8")
    assert call("tidy", "neet").exit_code == 2


AREAS = {"wiltshire": "Wiltshire", "cumberland": "Cumberland", "hackney": "Hackney"}


@NEEDS_RELEASES
def test_a_notebook_on_absence_for_three_authorities(project, monkeypatch, tmp_path):
    made(project, "absence", ABSENCE)
    result = call("run", "absence", *(word for name in AREAS.values() for word in ("--area", name)))
    assert result.exit_code == 0, result.output
    for area, name in AREAS.items():
        (row,) = values(project, area)
        assert (row["key"], row["unit"], row["source"]) == ("absence", "percent", "dfe_lait_2026")
        assert f"of sessions in {name}'s primary schools were missed" in page(project, area, "absence")
    assert "are up to date" in call("run", "absence", "--area", "Cumberland").stdout
    monkeypatch.setenv("ANALYSIS_OFFICIAL", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    result = call("run", "absence", "--force")
    assert (result.exit_code, "analysis fetch" in result.stderr) == (1, True)


def test_figures_of_ones_own_are_recorded(project):
    """A page names file, owner and digest of an analyst's own figures, and is made again when they change."""
    made(project, "mine", OWN)
    file = project / "data" / "local" / "referrals.csv"
    head = "measure,area,time_period,value,unit,owner\n"
    rows = "".join(f"Referrals,E06000054,2025-0{month},{{}},referrals,Early help team\n" for month in (4, 5))
    file.write_text(head + rows.format(112, 131), encoding="utf-8")
    assert call("run", "mine").exit_code == 0
    text = page(project, "wiltshire", "mine")
    assert "131 referrals to early help came in May 2025, 112 in April 2025" in text
    assert "Local figures. This page also uses figures of the area’s own that are not published" in text
    assert "data/local/referrals.csv : local figures, not published here. Kept by Early help team." in text
    assert values(project, "wiltshire")[0]["source"] == "data/local/referrals.csv"
    assert "1 of 1 reports are up to date" in call("run", "mine").stdout
    file.write_text(head + rows.format(112, 9999), encoding="utf-8")
    assert "up to date" not in call("run", "mine").stdout
    assert "9,999 referrals to early help came in May 2025" in page(project, "wiltshire", "mine")
    file.write_text(head + rows.format(112, "many"), encoding="utf-8")
    assert "referrals.csv, line 3, column value" in call("run", "mine").stderr
    assert "9,999 referrals" in page(project, "wiltshire", "mine")


BESIDE = re.search(
    r"```python\n(own = figures\.local.*?)```", (ROOT / "notebooks" / "README.md").read_text("utf-8"), re.S
)[1]


def test_five_lines_set_own_figures_beside_the_official_ones(project, monkeypatch):
    """What is withheld changes no byte of what is written; the page, its chart and its files say what is local."""
    assert len(BESIDE.strip().splitlines()) == 5
    more = 'ages = figures.local("ages.csv")\nreport.show(ages[["title", "value", "symbol"]], "Ages")\nreport.close()'
    made(project, "mine", f"import pandas as pd\nfrom analysis import charts\n---{BESIDE}---{more}")
    head = "measure,area,time_period,value,base,unit,owner,breakdown\n"
    share = "NEET,E06000054,{},{},{},percent,Participation team,\n"
    count = "Care leavers,E06000054,2025,{},,people,Participation team,{}\n"
    ages = "".join(count.format("{}", age) for age in ("At 17", "At 18", "At 19", "Total"))
    local, wrote = project / "data" / "local", []
    for few, two in ((1.5, (3, 6644)), (2, (5, 6642))):
        years = share.format(2023, 5, 8000) + share.format(2024, few, 200) + share.format(2025, 3.4, 8000)
        (local / "neet.csv").write_text(head + years, encoding="utf-8")
        (local / "ages.csv").write_text(head + ages.format(*two, 7741, 14388), encoding="utf-8")
        result = call("run", "mine")
        assert (result.exit_code, result.stderr) == (0, "")
        files = {path: path.read_bytes() for path in (project / "reports").rglob("*") if path.is_file()}
        assert [path.name for path, content in files.items() if re.search(rb"6,?64[24]", content)] == []
        wrote.append(files)
    assert "1 of 1 reports are up to date" in result.stdout, "nothing that is shown has changed"
    assert {path.name for path in wrote[0] if wrote[0][path] != wrote[1].get(path)} == {"run.json"}
    text = page(project, "wiltshire", "mine")
    assert text.count("Wiltshire (local figures)") >= 3, "in the chart, its words and its data"
    row = values(project, "wiltshire")[0]
    assert (row["value"], row["symbol"], row["source"]) == ("3.4", "", "data/local/neet.csv")
    monkeypatch.delenv("ANALYSIS_OFFICIAL", raising=False)
    assert "reports/wiltshire/mine.ipynb: reads data/local/neet.csv: use --output" in call("check").stderr


@pytest.mark.parametrize("relative", [False, True], ids=["by its path", "in data/local"])
def test_what_a_notebook_opens_itself_is_said_and_is_never_up_to_date(project, tmp_path, relative):
    file = project / "data" / "local" / "own.csv" if relative else tmp_path / "own.csv"
    file.write_text("value\n112\n", encoding="utf-8")
    made(project, "mine", ELSEWHERE.replace("PATH", repr(str(file))))
    assert call("run", "mine").exit_code == 0
    text = page(project, "wiltshire", "mine")
    assert "Not recorded : this notebook also opens own.csv." in text
    assert text.count(str(tmp_path)) == 1, "in the code that opens it, and nowhere else"
    file.write_text("value\n9999\n", encoding="utf-8")
    assert "up to date" not in call("run", "mine").stdout
    assert "The file says 9,999." in page(project, "wiltshire", "mine")


@pytest.mark.parametrize("name", NAMES)
def test_wrong_parameters_are_refused_in_one_line_by_the_notebook_itself(name):
    usual = parameters_cell(name)
    notebooks.check(name, usual)
    notebooks.check(name, usual | {"area": "wiltshire", "another": 1})
    notebooks.check("no such notebook", {})
    entry = next(entry for entry in load_catalogue(ROOT / "notebooks") if entry.name == name)
    for parameter in entry.parameters:
        wrong = {"bool": 3, "str": "no such", "area": "Wiltshier"}.get(parameter.type, "many")
        if parameter.type == "str" and not parameter.choices:
            wrong = "a\nb"
        with pytest.raises(notebooks.BadParameter, match=f"^parameter '{parameter.name}' of notebook {name}") as error:
            notebooks.check(name, usual | {parameter.name: wrong})
        assert error.value._render_traceback_() == [f"BadParameter: {error.value}"], "one line, whoever runs it"
    source = (ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
    assert json.dumps(f'notebooks.check("{name}", globals())')[1:-1] in source
