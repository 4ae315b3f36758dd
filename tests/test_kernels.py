"""The shell of a report's own process shows the same as a kernel that Jupyter starts, whatever a cell does."""

from __future__ import annotations

import gc
import os
from contextlib import suppress

import nbformat
import papermill
import pytest

from analysis.press.engine import normalise
from analysis.press.environment import can_fork, fixed_environment, for_good
from small_project import call, files_in, make_project, markdown

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")

HEAD = markdown("# Everything a cell can do\n\nIs it the same either way?")
# Jupyter's own kernel reads what comes from below in a thread of its own, late on a busy machine.
BELOW = "import os, time\nos.write(1, b'from below\\n')\nos.write(1, 'caf\\u00e9'.encode()); time.sleep(0.5)"
SHOWS = [
    HEAD,
    "print('one'); print('two', end='')\nimport sys\nprint('aside', file=sys.stderr)\n1 + 1",
    BELOW,
    # A stock kernel hears what a child prints a moment later, in no fixed order with a cell's own result.
    "import subprocess, time\ndone = subprocess.run(['echo', 'from a child'], check=True)\ntime.sleep(0.5)",
    "!echo from the shell",
    "import pandas as pd\ndisplay(pd.DataFrame({'a': [1, 2]}))\npd.Series([1.5, None], name='s')",
    "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots(figsize=(2, 1))\naxes.plot([1, 3, 2]);",
    "%config InlineBackend.figure_formats = ['svg']\nplt.rcParams['svg.hashsalt'] = 's'",
    "import asyncio\nawait asyncio.sleep(0.01)\n'awaited'",
    "%%capture held\nprint('captured')",
    "held.stdout",
    "from IPython.display import HTML, clear_output, display, update_display\n"
    "print('gone'); clear_output(); display(HTML('<i>first</i>'), display_id='it');",
    "update_display(HTML('<i>second</i>'), display_id='it')",
    "print('replaced'); clear_output(wait=True); display(HTML('<i>third</i>'), display_id='other')",
    "try:\n    input('?')\nexcept Exception as error:\n    print(type(error).__name__)",
    "_, Out[2], In[1][:5], __name__, get_ipython().__class__.__name__",
    "def broken():\n    return 1 / 0\n",
    "class Odd:\n    def _repr_html_(self): return '<b>odd</b>'\n    def __repr__(self): return 'odd'\nOdd()",
    "os.getcwd() == os.path.realpath('.'), os.environ['MPLBACKEND'], sys.stdout.isatty(), sys.stdout.encoding",
    "from tqdm.auto import tqdm\nprint(sum(tqdm([1, 2, 3], disable=True)))",
    "import multiprocessing\n"
    "child = multiprocessing.get_context('fork').Process(target=print, args=('forked',))\n"
    "child.start(); child.join(); print(child.exitcode)",
    "'x' * 100_000;",
    "print('y' * 20_000)",
]

FAILS = {
    "raises": ("raise ValueError('no')", "ValueError: no"),
    "syntax": ("def f(:\n    pass", "SyntaxError: "),
    "quits": ("import sys\nsys.exit(3)", "SystemExit: 3"),
    "magic": ("%nosuchmagic", "CellExecutionError"),
    "awaits": ("await None", "TypeError: "),
    # What no notebook can hold.
    "formless": ("get_ipython().display_pub.publish({'text/html': ['a', 3]})", "['a', 3] is not valid"),
}
"""A cell, and what its report's failure is said to be."""
EXPECTED = [cell for cell, _ in list(FAILS.values())[:-1]]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Results and folders of reports of two runs: with the cells in forked processes, and in those that start afresh.

    One report of failures that are expected has its cells run to the end.
    """
    notebooks = {"shows": SHOWS, "expected": [HEAD, *EXPECTED]}
    notebooks |= {name: [HEAD, "1", cell, "2"] for name, (cell, _) in FAILS.items()}
    project = make_project(tmp_path_factory.mktemp("cells") / "p", notebooks)
    path = project / "notebooks" / "expected.ipynb"
    notebook = nbformat.read(path, 4)
    for cell in notebook.cells[2:]:
        cell.metadata["tags"] = ["raises-exception"]
    nbformat.write(notebook, path)
    afresh = ("shows", "expected", "--output", str(project / "afresh"))
    forked, afresh = call(project, ANALYSIS_FORK="1"), call(project, *afresh, ANALYSIS_FORK="0")
    return {"forked": (forked, project / "reports"), "afresh": (afresh, project / "afresh")}


@pytest.fixture(scope="module")
def usual(made, tmp_path_factory):
    """The same two notebooks as papermill runs them, in a kernel that Jupyter starts."""
    folder, source = tmp_path_factory.mktemp("usual"), made["forked"][1].parent / "notebooks"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in fixed_environment().items():
            patch.setenv(name, value)
        patch.delenv("PYTEST_CURRENT_TEST", raising=False)  # with it, a kernel lets go what is written from below
        for name in ("shows", "expected"):
            try:
                papermill.execute_notebook(source / f"{name}.ipynb", folder / f"{name}.ipynb", progress_bar=False)
            except papermill.PapermillExecutionError:
                assert name == "expected"
    return folder


def shown(path):
    """What each code cell of a notebook showed, and its number, without what it warned of."""
    notebook = nbformat.read(path, 4)
    normalise(notebook, {})
    return [(cell.source, cell.execution_count, cell.outputs) for cell in notebook.cells if cell.cell_type == "code"]


def test_cells_show_the_same_as_in_a_kernel(made, usual):
    ours, stock = shown(made["forked"][1] / "wiltshire" / "shows.ipynb"), shown(usual / "shows.ipynb")
    assert [(cell, other) for cell, other in zip(ours, stock, strict=True) if cell != other] == []
    assert files_in(made["forked"][1] / "wiltshire") == files_in(made["afresh"][1] / "wiltshire")
    text = str([outputs for _, _, outputs in ours])
    for words in ("café", "from a child", "from the shell", "<i>second</i>", "<i>third</i>", "image/png", "captured"):
        assert words in text
    assert ("gone" in text, "replaced" in text) == (False, False)


def test_cells_fail_the_same_as_in_a_kernel(made, usual):
    files = [usual / "expected.ipynb", *(reports / ".failed/wiltshire/expected.ipynb" for _, reports in made.values())]
    kept = []
    for file in files:
        errors = [(source, number, [dict(one) for one in outputs]) for source, number, outputs in shown(file)]
        kept.append([(*cell, [(one.get("ename"), one.get("evalue")) for one in outs]) for *cell, outs in errors])
    assert kept[0] == kept[1] == kept[2]
    expected = ["ValueError", "SyntaxError", "SystemExit", "TypeError"]
    assert [name for *_, outputs in kept[0] for name, _ in outputs] == expected
    for result, _ in made.values():
        assert "expected, Wiltshire: failed at code cell 6 (await None): TypeError: " in result.stderr


@pytest.mark.parametrize("name", FAILS)
def test_a_cell_that_fails_fails_its_report(made, name):
    (result, reports), (cell, expected) = made["forked"], FAILS[name]
    [line] = [line for line in result.stderr.splitlines() if line.startswith(f"{name}, Wiltshire: failed at ")]
    assert expected in line
    assert (f"code cell 3 ({cell.splitlines()[0]}): {expected}" in line) == (name != "formless")
    assert not list((reports / "wiltshire").glob(f"{name}.*"))
    assert {".ipynb", ".log"} == {file.suffix for file in (reports / ".failed" / "wiltshire").glob(f"{name}.*")}


def test_what_is_loaded_for_good_is_left_alone_by_the_garbage_collector():
    with suppress(ValueError), for_good():
        assert not gc.isenabled()
        raise ValueError
    assert (gc.isenabled(), gc.get_freeze_count() > 10) == (True, True)
    gc.unfreeze()


@pytest.mark.parametrize(
    ("system", "asked", "forked"), [("darwin", None, False), ("darwin", "1", True), ("linux", "0", False)]
)
def test_kernels_are_forked_only_where_that_is_safe(monkeypatch, system, asked, forked):
    monkeypatch.delenv("ANALYSIS_FORK", raising=False)
    if asked:
        monkeypatch.setenv("ANALYSIS_FORK", asked)
    monkeypatch.setattr("sys.platform", system)
    assert can_fork() is forked
