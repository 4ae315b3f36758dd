"""Fixtures that several test modules share."""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parent.parent / "data"


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
