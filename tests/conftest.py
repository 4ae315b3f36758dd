"""Fixtures that several test modules share."""

from __future__ import annotations

import csv
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import settings

import once

# The same examples in every run and on every machine, however slow or busy it is.
settings.register_profile("same", deadline=None, derandomize=True)
settings.load_profile("same")

# As the press sets them for a report: several threads at a small matrix cost more than they save.
os.environ.update({f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")})

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
STAND_IN_UV = "#!/bin/sh\nmkdir .venv && ln -s '{}' .venv/bin\n"
"""Gives `make` the environment of these tests where uv would make one."""

PARTS = re.compile(
    r"tests/test_((notebooks|browser)\.py::\w+\[(?=[a-z])|(frozen|one_figure)\.py::\w+\[(\w+-)?(?=[A-Z]))"
    r"(?P<part>[\w ]+).*",
    re.S,
)
"""Tests that are shared out by notebook, or by its page, or by area."""
LONG = [
    "test_environment", "test_any_area", "test_notebooks", "test_reorganisation", "test_unbreakable",
    "test_cluster", "test_press", "test_current", "test_lait", "test_readme", "test_spend_outcomes", "test_one_figure",
    "test_browser", "test_workflows", "test_frames", "test_local",
    "test_frozen", "test_official_extract", "test_official_readers", "test_cross_checks", "test_send",
    "test_kernels", "test_check", "test_claims", "test_hidden_harm", "test_charts",
    "test_panel", "test_neet", "test_overview",
]  # fmt: skip
"""Files whose tests take longest, in the order in which they are begun, so that at the end no process is idle."""


def pytest_configure(config):
    """Give the run a folder for what its processes make for each other (see `once`), and let them keep bytecode.

    Without bytecode each of the many processes that tests start would compile the package anew.
    """
    if not hasattr(config, "workerinput"):
        os.environ[once.FOLDER] = tempfile.mkdtemp(prefix="analysis-tests-")
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if "loadscopereorder" in config.option:  # by number of tests, which says nothing of how long they take
        config.option.loadscopereorder = False


def pytest_unconfigure(config):
    """Remove it when all are done."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(once.FOLDER), ignore_errors=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """One process more than there are cores: a good part of the tests waits for processes that it has started."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)  # without xdist there is nothing to share out
def pytest_xdist_make_scheduler(config, log):
    """Share tests out by file, but those of notebooks and their pages by notebook, and those of areas by area."""
    from xdist.scheduler import LoadFileScheduling

    class InParts(LoadFileScheduling):
        def _split_scope(self, nodeid):
            part = PARTS.fullmatch(nodeid)
            return part["part"] if part else super()._split_scope(nodeid)

    return InParts(config, log) if config.getvalue("dist") == "loadfile" else None


def _turn(path):
    """Return the place of a file: those of LONG, then the reports that nbval runs again, then the others."""
    return LONG.index(path.stem) if path.stem in LONG else len(LONG) + (path.suffix == ".py")


def pytest_collection_modifyitems(items):
    """Begin with what takes longest; leave out cells of committed reports that need a release which is not there.

    nbval would run them again.
    """
    items.sort(key=lambda item: _turn(item.path))
    if os.environ.get("ANALYSIS_OFFICIAL"):
        return
    catalogue = yaml.safe_load((ROOT / "notebooks" / "catalogue.yml").read_text(encoding="utf-8"))["notebooks"]
    needy = {f"{entry['name']}.ipynb" for entry in catalogue if "releases" in entry}
    skip = pytest.mark.skip(reason="set ANALYSIS_OFFICIAL: the report needs an official release")
    for item in items:
        if item.path.parent == ROOT / "reports" / "wiltshire" and item.path.name in needy:
            item.add_marker(skip)


@pytest.fixture
def data_copy(tmp_path):
    """A copy of the project's data/ that a test may spoil."""
    from notebook_runs import copy_data

    return copy_data(tmp_path)


@pytest.fixture(scope="session")
def document_text():
    """A function that returns the text of a source document, found by its sha256 under any file name.

    The texts are not part of the project; the environment variable ANALYSIS_SOURCES names their folder.
    """
    folder = os.environ.get("ANALYSIS_SOURCES")
    if not folder:
        pytest.skip("set ANALYSIS_SOURCES to the folder with the texts of the five documents")
    if not Path(folder).is_dir():
        pytest.fail(f"ANALYSIS_SOURCES is {folder}: no such folder")
    contents = [file.read_bytes() for file in sorted(Path(folder).iterdir()) if file.is_file()]
    by_hash = {hashlib.sha256(content).hexdigest(): content for content in contents}
    with (DATA / "sources.csv").open(encoding="utf-8", newline="") as stream:
        expected = {row["source"]: row for row in csv.DictReader(stream)}

    def find(source):
        row = expected[source]
        if row["sha256"] not in by_hash:
            pytest.fail(f"no file in ANALYSIS_SOURCES has the sha256 that sources.csv gives for {source}")
        content = by_hash[row["sha256"]]
        assert len(content) == int(row["bytes"])
        return content.decode("utf-8")

    return find


@pytest.fixture(scope="session")
def official():
    """The folder with the official releases, which are not part of the project."""
    if not os.environ.get("ANALYSIS_OFFICIAL"):
        pytest.skip("set ANALYSIS_OFFICIAL to the folder with the official releases")
    folder = Path(os.environ["ANALYSIS_OFFICIAL"])
    if not folder.is_dir():
        pytest.fail(f"ANALYSIS_OFFICIAL is {folder}: no such folder")
    return folder


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A project without releases, to be filled with made-up ones."""
    from official_samples import Made, undisturbed

    undisturbed(monkeypatch)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    return Made(tmp_path)


@pytest.fixture(scope="session")
def real():
    """The real releases, read once in a run; see `official_samples.Real`."""
    from official_samples import read_real

    return read_real()


@pytest.fixture(scope="session")
def with_cache(official):
    """A function that gives a copy of the project its cache, which one process of a run makes from the releases.

    The cache is the project's own, not a copy: a model that takes a second to fit is fitted once, whoever asks.
    """
    from analysis.official import cache
    from official_samples import make_cache

    once.made_once("the cache of the releases", make_cache)
    cache.ready(DATA)  # it stays as long as this process lives

    def link(project):
        (project / "data" / ".cache").symlink_to(DATA / ".cache", target_is_directory=True)

    return link


@pytest.fixture(scope="session")
def root(with_cache, tmp_path_factory):
    """A copy of the project with the figures of all areas."""
    made = tmp_path_factory.mktemp("project")
    for name in ("data", "notebooks"):
        shutil.copytree(ROOT / name, made / name, ignore=shutil.ignore_patterns("official", ".cache"))
    with_cache(made)
    return made


@pytest.fixture
def page(request):
    """A function that returns a notebook's page of an area; see `notebook_runs.page_of`."""
    from notebook_runs import WILTSHIRE, page_of

    def of(area, name, drawn=False):  # no page is drawn
        if area != WILTSHIRE:
            request.getfixturevalue("with_cache")
        return page_of(area, name)

    return of


@pytest.fixture(scope="session")
def figures():
    """The project's figures, read once; who asks what was used takes figures of their own."""
    from analysis.data.figures import Figures

    return Figures()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory, request):
    """A copy of the project, and a function that runs a line of the shell in it as a reader would.

    Where there are releases it has their cache, whose making is no part of what is tried.
    """
    from notebook_runs import copy_data

    if os.name == "nt":
        pytest.skip("the lines are written for a POSIX shell")
    folder = tmp_path_factory.mktemp("reader") / "project"
    for name in ("notebooks", "reports"):
        shutil.copytree(ROOT / name, folder / name)
    copy_data(folder)
    if os.environ.get("ANALYSIS_OFFICIAL"):
        request.getfixturevalue("with_cache")
        shutil.copytree(DATA / ".cache", folder / "data" / ".cache")
    for name in ("Makefile", "pyproject.toml", "uv.lock", "requirements.txt"):
        shutil.copy(ROOT / name, folder)
    programs = Path(sys.executable).parent
    uv = folder.parent / "uv"
    uv.write_text(STAND_IN_UV.format(programs), encoding="utf-8")
    uv.chmod(0o755)
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(programs)
    own = {"ANALYSIS_ROOT": str(folder), "UV": str(uv), "PYTHON": sys.executable, "MPLBACKEND": ""}
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}

    def shell(line, **settings):
        environment = {**inherited, "PATH": path, **own, **settings}
        command = ["bash", "-eo", "pipefail", "-c", line]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    shell.folder, shell.tried = folder, set()
    return shell
