"""The workflows of a Git host: a linter finds nothing in them, and the commands of an edition are run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from notebook_runs import ROOT

FOLDER = ROOT / ".github" / "workflows"
FILES = {name: (FOLDER / f"{name}.yml").read_text(encoding="utf-8") for name in ("tests", "edition")}
WORKFLOWS = {name: yaml.load(text, yaml.BaseLoader) for name, text in FILES.items()}  # "on" is a word, no truth value


def lint(folder):
    """Run the linter on a folder without network, by its strictest rules, and return what it said."""
    program = Path(sys.executable).parent / ("zizmor.exe" if os.name == "nt" else "zizmor")
    options = ["--offline", "--no-config", "--strict-collection", "--persona=auditor", "--collect=all"]
    return subprocess.run([program, *options, folder], capture_output=True, text=True, check=False)


def test_the_linter_finds_nothing():
    done = lint(FOLDER)
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(f"{name}.yml" in done.stderr for name in FILES), "each was looked at"


def test_every_python_of_the_project_is_tried_by_the_script_of_the_suite():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    low, high = (int(number) for number in re.findall(r"3\.(\d+)", project["requires-python"]))
    (job,) = WORKFLOWS["tests"]["jobs"].values()
    assert job["strategy"]["matrix"]["python"] == [f"3.{minor}" for minor in range(low, high)]
    (step,) = (step for step in job["steps"] if "run" in step)
    assert (step["run"], step["env"]) == (".ci/run", {"PYTHON": "python${{ matrix.python }}"})
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert {"push", "pull_request"} == WORKFLOWS["tests"]["on"].keys()


def test_nothing_may_be_written_and_one_version_stands_for_each_action():
    assert {"schedule", "workflow_dispatch"} == WORKFLOWS["edition"]["on"].keys()
    for workflow in WORKFLOWS.values():
        assert workflow["permissions"] == {}
        assert [job["permissions"] for job in workflow["jobs"].values()] == [{"contents": "read"}]
    used = re.findall(r"uses: (\S+)@([0-9a-f]{40}) # (v[\d.]+)\n", "".join(FILES.values()))
    assert len(used) == "".join(FILES.values()).count("uses:")
    assert len(set(used)) == len({name for name, *_ in used})


def test_an_edition_is_made_and_compared_by_its_commands(checkout, tmp_path):
    """The steps as they stand, for one notebook of Wiltshire: what they leave is what the artifact takes."""
    if not shutil.which("make"):
        pytest.skip("make is not installed")
    catalogue = checkout.folder / "notebooks" / "catalogue.yml"
    listed = yaml.safe_load(catalogue.read_text(encoding="utf-8"))
    listed["notebooks"] = [entry for entry in listed["notebooks"] if entry["name"] == "neet"]
    catalogue.write_text(yaml.safe_dump(listed), encoding="utf-8")
    (job,) = WORKFLOWS["edition"]["jobs"].values()
    assert WORKFLOWS["edition"]["defaults"]["run"]["shell"] == "bash", "which the copy's shell is, with pipefail"
    summary = tmp_path / "summary"
    settings = {"AREA": "Wiltshire", "MIRROR": "", "GITHUB_STEP_SUMMARY": str(summary)}
    assert {name for step in job["steps"] for name in step.get("env", {})} <= settings.keys()
    for line in (step["run"] for step in job["steps"] if "run" in step):
        if "fetch" in line and not os.environ.get("ANALYSIS_OFFICIAL"):
            continue  # it would ask the publishers
        # The releases are held against each other elsewhere, which takes long.
        done = checkout(line, **settings, **({} if "fetch" in line else {"ANALYSIS_OFFICIAL": ""}))
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    assert "headline values" in summary.read_text(encoding="utf-8")
    taken = job["steps"][-1]["with"]["path"].split()
    assert [name for name in taken if not (checkout.folder / name).exists()] == []
    assert (checkout.folder / "edition" / "wiltshire" / "neet.html").is_file()
