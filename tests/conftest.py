"""Fixtures that several test modules share."""

from __future__ import annotations

import csv
import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import settings

import once

# The same examples in every run and on every machine, however slow or busy it is.
settings.register_profile("same", deadline=None, derandomize=True)
settings.load_profile("same")

# As the runner sets them for a report: several threads at a small matrix cost more than they save.
os.environ.update({f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")})

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"


def pytest_configure(config):
    """Give the run a folder for what its processes make for each other; see `once`."""
    if not hasattr(config, "workerinput"):
        os.environ[once.FOLDER] = tempfile.mkdtemp(prefix="analysis-tests-")


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
    """Share tests out by file, but those of the notebooks, which take longest, by notebook."""
    from xdist.scheduler import LoadFileScheduling

    class ByNotebook(LoadFileScheduling):
        def _split_scope(self, nodeid):
            notebook = re.fullmatch(r"tests/test_notebooks\.py::\w+\[([a-z_]+).*", nodeid, re.S)
            return notebook[1] if notebook else super()._split_scope(nodeid)

    return ByNotebook(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_modifyitems(items):
    """Leave out the cells of committed reports that need a release which is not there; nbval would run them again."""
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
    return Path(shutil.copytree(DATA, tmp_path / "data"))


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


@pytest.fixture(scope="session")
def with_cache(official):
    """A function that gives a copy of the project its cache, which one process of a run makes from the releases.

    The cache is the project's own, not a copy: a model that takes a second to fit is fitted once, whoever asks.
    """
    from official_samples import make_cache

    once.made_once("the cache of the releases", make_cache)

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


@pytest.fixture(scope="session")
def page(with_cache):
    """A function that returns a notebook's page of an area; see `notebook_runs.page_of`."""
    from notebook_runs import page_of

    return page_of
