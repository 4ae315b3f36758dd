"""The kernel without sockets shows the same as one that Jupyter starts, whatever a cell does."""

from __future__ import annotations

import gc
import os

import nbformat
import pytest

from analysis.press.environment import can_fork, for_good
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
    "raises": "raise ValueError('no')",
    "divides": "1 / 0",
    "syntax": "def f(:\n    pass",
    "quits": "import sys\nsys.exit(3)",
    "magic": "%nosuchmagic",
    "awaits": "await None",
    "expected": "1 / 0",
}
ODD = {"formless": "get_ipython().display_pub.publish({'text/html': ['a', 3]})"}
"""What no notebook can hold."""


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """What a run of all these notebooks says and makes, with kernels forked and with kernels started as usual."""
    found = {}
    for fork in ("1", "0"):
        notebooks = {"shows": SHOWS} | {name: [HEAD, "1", cell, "2"] for name, cell in (FAILS | ODD).items()}
        project = make_project(tmp_path_factory.mktemp(f"fork{fork}") / "p", notebooks)
        path = project / "notebooks" / "expected.ipynb"
        notebook = nbformat.read(path, 4)
        next(cell for cell in notebook.cells if cell.source == "1 / 0").metadata["tags"] = ["raises-exception"]
        nbformat.write(notebook, path)
        found[fork] = call(project, ANALYSIS_FORK=fork), project / "reports"
    return found


def shown(path):
    """What each code cell of a notebook showed, and its number."""
    cells = nbformat.read(path, 4).cells
    return [(cell.source, cell.execution_count, cell.outputs) for cell in cells if cell.cell_type == "code"]


def test_both_kernels_show_the_same(both):
    ours, usual = (shown(both[fork][1] / "wiltshire" / "shows.ipynb") for fork in ("1", "0"))
    assert [(cell, stock) for cell, stock in zip(ours, usual, strict=True) if cell != stock] == []
    assert files_in(both["1"][1] / "wiltshire") == files_in(both["0"][1] / "wiltshire")
    text = str([outputs for _, _, outputs in ours])
    drawn = ("<i>second</i>", "<i>third</i>", "image/png")
    for words in ("from below", "café", "from a child", "from the shell", *drawn, "captured"):
        assert words in text
    assert "gone" not in text
    assert "replaced" not in text


@pytest.mark.parametrize("name", FAILS)
def test_both_kernels_fail_the_same(both, name):
    said, kept = [], []
    for result, reports in both.values():
        said += [
            line.split(": failed at ")[1].split("; ")[0] for line in result.stderr.splitlines() if line.startswith(name)
        ]
        cells = shown(reports / ".failed" / "wiltshire" / f"{name}.ipynb")
        kept.append([(source, number, [output.output_type for output in outs]) for source, number, outs in cells])
    assert len(said) == 2
    assert said[0].replace(str(both["1"][1]), "") == said[1].replace(str(both["0"][1]), "")
    assert kept[0] == kept[1]


def test_what_no_notebook_can_hold_is_not_published(both):
    for result, reports in both.values():
        [line] = [line for line in result.stderr.splitlines() if line.startswith("formless")]
        assert "['a', 3] is not valid" in line
        assert not list((reports / "wiltshire").glob("formless.*"))
        assert (reports / ".failed" / "wiltshire" / "formless.log").is_file()


def test_what_is_printed_from_below_reaches_the_page(both):
    cells = {source: outputs for source, _, outputs in shown(both["1"][1] / "wiltshire" / "shows.ipynb")}
    assert [output.text for output in cells[BELOW]] == ["from below\ncafé"]


def test_what_is_loaded_for_good_is_left_alone_by_the_garbage_collector():
    with for_good():
        assert not gc.isenabled()
        loaded = [object() for _ in range(10)]
    assert gc.isenabled()
    assert gc.get_freeze_count() > len(loaded)
    gc.unfreeze()
    with pytest.raises(ValueError, match="broken"), for_good():
        raise ValueError("broken")
    assert gc.isenabled()
    gc.unfreeze()


def test_kernels_are_forked_only_where_that_is_safe(monkeypatch):
    monkeypatch.delenv("ANALYSIS_FORK", raising=False)
    monkeypatch.setattr("sys.platform", "darwin")
    assert not can_fork()
    monkeypatch.setenv("ANALYSIS_FORK", "1")
    assert can_fork()
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("ANALYSIS_FORK", "0")
    assert not can_fork()
