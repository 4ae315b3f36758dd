"""A table found in order is not checked again: until it, its schema or the libraries that check it change."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from analysis import checks
from analysis.data import checking, columns, tables
from analysis.data.tables import BadTable, read_table

AREAS = "areas.csv"
TABLES = [name for name in columns.tables() if name != "local.csv"]


@pytest.fixture
def forgetful(monkeypatch):
    """A function that lets a table be read as by a new process."""

    def read(path):
        monkeypatch.setattr(tables, "_known", {})
        return read_table(path)

    return read


@pytest.fixture
def data(data_copy):
    """A copy of the data folder, without what was found of it before."""
    shutil.rmtree(data_copy / ".cache", ignore_errors=True)
    return data_copy


def marked(path):
    """Whether a table, as it is now, is marked as in order."""
    return any(mark.is_file() for mark in tables.marks_of(path, path.read_bytes()))


def spoilt(path):
    """Give a table a level that no area can have."""
    text = path.read_text(encoding="utf-8")
    assert ",Regional," in text
    path.write_text(text.replace(",Regional,", ",Provincial,", 1), encoding="utf-8")


def test_every_table_is_the_same_checked_or_known_to_be_in_order(data, forgetful, monkeypatch):
    first = {name: forgetful(data / name) for name in TABLES}
    monkeypatch.setattr(checking, "checked", lambda *_: pytest.fail("checked again"))
    for name, table in first.items():
        pd.testing.assert_frame_equal(forgetful(data / name), table)
    assert len(list((data / ".cache" / tables.FOLDER).iterdir())) == len(TABLES)


def test_a_process_that_reads_what_is_in_order_does_not_load_what_checks_it(data):
    code = "import sys; from pathlib import Path; from analysis.data.figures import Figures\n"
    code += "Figures(Path(sys.argv[1])); print('pandera' in sys.modules)"
    said = [
        subprocess.run([sys.executable, "-c", code, data], capture_output=True, text=True, check=True).stdout.strip()
        for _ in range(2)
    ]
    assert said == ["True", "False"]


def test_a_changed_table_is_checked_again(data, forgetful):
    forgetful(data / AREAS)
    spoilt(data / AREAS)
    for _ in range(2):
        with pytest.raises(BadTable, match=r"^areas.csv, line \d+, column level: found 'Provincial'; expected one of"):
            forgetful(data / AREAS)


def test_a_mark_is_of_one_table_and_one_content_only(data, forgetful):
    forgetful(data / AREAS)
    (data / "sources.csv").write_bytes((data / AREAS).read_bytes())
    assert marked(data / AREAS)
    assert not marked(data / "sources.csv")
    (data / AREAS).write_bytes((data / AREAS).read_bytes() + b"\n")
    assert not marked(data / AREAS)


def test_a_mark_holds_for_the_schemas_and_libraries_that_it_was_made_with(data, forgetful, monkeypatch, tmp_path):
    forgetful(data / AREAS)
    usual, modules = tables._checker(), sorted(Path(columns.__file__).parent.glob("*.py"))
    assert marked(data / AREAS)
    for change in (("metadata.version", lambda name: "0"), ("platform.python_version", lambda: "3.0")):
        with monkeypatch.context() as changed:
            changed.setattr(f"analysis.data.tables.{change[0]}", change[1])
            assert tables._checker.__wrapped__() != usual
    for module in ("checking.py", "columns.py"):
        folder = tmp_path / module
        folder.mkdir()
        for file in modules:
            more = "\n# changed\n" if file.name == module else ""
            (folder / file.name).write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
        with monkeypatch.context() as changed:
            changed.setattr(columns, "__file__", str(folder / "columns.py"))
            other = tables._checker.__wrapped__()
            assert other != usual, module
            changed.setattr(tables, "_checker", lambda other=other: other)
            assert not marked(data / AREAS)


def test_a_mark_holds_for_the_description_that_it_was_made_with(data, forgetful):
    forgetful(data / AREAS)
    described = data / columns.FILE
    text = described.read_text(encoding="utf-8")
    assert "; Regional;" in text
    described.write_text(text.replace("; Regional;", ";"), encoding="utf-8")
    with pytest.raises(BadTable, match="column level: found 'Regional'; expected one of Local authority, National, "):
        forgetful(data / AREAS)
    described.write_text(text, encoding="utf-8")
    assert marked(data / AREAS)


def test_where_no_mark_can_be_written_tables_are_read_all_the_same(data, forgetful):
    (data / ".cache").write_text("not a folder", encoding="utf-8")
    assert len(forgetful(data / AREAS)) == len(forgetful(data / AREAS)) > 0


def test_the_check_of_the_project_does_without_marks(data, forgetful):
    spoilt(data / AREAS)
    mark = tables.marks_of(data / AREAS, (data / AREAS).read_bytes())[0]
    mark.parent.mkdir(parents=True)
    mark.touch()
    assert "Provincial" in set(forgetful(data / AREAS)["level"]), "taken for checked"
    problems, _ = checks.check_project(data.parent)
    assert any("column level: found 'Provincial'" in problem for problem in problems), problems
