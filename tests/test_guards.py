"""The plan of the house as numbers that only go down: words, pandas in notebooks, small rooms, circles of imports."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "analysis"
WORDS, MODULES = 8, 12
PANDAS = """
agg apply assign astype between clip concat cumsum DataFrame diff drop dropna fillna filter groupby iloc isin isna items
iat loc map mask max mean median melt merge min notna nunique pct_change pivot pivot_table query quantile rank reindex
rename rename_axis reset_index round Series set_axis set_index shift sort_index sort_values stack std sum to_numpy
unstack value_counts where xs at
"""
MESSAGES = {"refuse", "refuse_where", "say", "echo", "option"}
"""What is handed to these is said on the command line, or why something is refused."""
MARKUP = r"</?[a-z{ ]|=\"|^M-?\d"
"""Elements, attributes and paths of HTML and SVG."""
PROSE, OTHERS = 5, 73
"""Texts of more than eight words in the package that are neither docstrings, messages nor markup: in the modules whose
words stand on pages (five are notes that `analysis extract` writes beside figures), and in all others."""
PAGES = r"src/analysis/(charts|models|methods)/|/(report|html|standing|words|headline|published|changes|figures|figure"
PAGES += r"|fact|reads|evidence|verdicts|assemble|page|markup|publish)\.py"
"""Where the modules are whose words stand on pages."""
LONELY = 0
"""Modules under 40 lines that only one other imports."""
CROWDED = {".": 15, "press": 13}
"""Folders with more than twelve modules, and how many they have."""
CIRCLED = 0
"""Modules in a circle of imports."""
UNREAD: dict[str, float] = {}
"""Notebooks with pandas in fewer than every third cell of code."""


@cache
def modules():
    """Each module of the package by its name, with its tree."""
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = file, ast.parse(file.read_text(encoding="utf-8"))
    return found


@cache
def imports():
    """Each module's imports of other modules of the package, those inside functions too, those for types left out."""
    known, found = modules(), {}
    for name, (_, tree) in known.items():
        wanted, unread = set(), set()
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
                unread |= {id(part) for part in ast.walk(node)}
            if id(node) in unread:
                continue
            if isinstance(node, ast.Import):
                wanted |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                own = {f"{node.module}.{alias.name}" for alias in node.names}
                wanted |= {one if one in known else node.module for one in own}
        found[name] = {other for other in wanted if other in known and other != name}
    return found


def prose():
    """Texts of many words outside docstrings, exceptions and what is handed to one, with their places."""
    found = []
    for file, tree in modules().values():
        told = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
                told |= {id(part) for part in ast.walk(node)}
            if isinstance(node, ast.Call):
                name = str(getattr(node.func, "id", "") or getattr(node.func, "attr", ""))
                if name in MESSAGES or name.endswith(("Error", "Refused", "Failed")):
                    told |= {id(part) for part in ast.walk(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) and id(node) not in told:
                text = " ".join(p.value if isinstance(p, ast.Constant) else "{}" for p in node.values)
                told |= {id(part) for part in ast.walk(node)}
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
                text = node.value
            else:
                continue
            if len(text.split()) > WORDS and not re.search(MARKUP, text):
                found.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    return found


def circled():
    """Modules from which one comes back to themselves by imports."""
    graph = imports()

    def reached(name):
        seen, waiting = set(), [*graph[name]]
        while waiting:
            other = waiting.pop()
            if other not in seen:
                seen.add(other)
                waiting += graph[other]
        return seen

    return sorted(name for name in graph if name in reached(name))


def share_of_pandas(notebook):
    """How many of a notebook's cells of code use pandas, of those after parameters and imports."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    code = [source for source in code[1:] if "import " not in source]
    used = [
        {n.attr for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Attribute)} & set(PANDAS.split())
        for source in code
    ]
    return sum(map(bool, used)) / len(code)


def test_prose_lives_in_notebooks_and_data():
    pages = [place for place in prose() if re.search(PAGES, place)]
    assert len(pages) == PROSE, f"lower the number above; or, if it has grown, put the words into a notebook: {pages}"
    assert len(prose()) - len(pages) == OTHERS, "lower the number above; or say it in fewer words"


def test_no_small_module_serves_one_other():
    users = Counter(other for wanted in imports().values() for other in wanted)
    short = [name for name, (file, _) in modules().items() if len(file.read_text(encoding="utf-8").splitlines()) < 40]
    lonely = [name for name in short if users[name] == 1 and "." in name]
    assert len(lonely) == LONELY, lonely


def test_no_folder_is_crowded():
    sizes = Counter(file.parent for file, _ in modules().values())
    assert {str(f.relative_to(PACKAGE)): n for f, n in sizes.items() if n > MODULES} == CROWDED


def test_imports_come_back_to_no_module():
    assert len(circled()) == CIRCLED, circled()


@pytest.mark.parametrize("notebook", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_holds_its_analysis(notebook):
    found = share_of_pandas(notebook)
    if notebook.stem in UNREAD:
        assert round(found, 2) == UNREAD[notebook.stem], "raise the number, or take the notebook out above"
    else:
        assert found >= 1 / 3


FLOORS = (
    "files words methods press",
    "html headline charts",
    "data official models",
    "standing claims changes published report",
    "notebooks project checks cli preload __main__",
)
"""The five floors of the package, the lowest first: imports lead to the same floor or one below."""
READERS = {
    "open",
    "read_csv",
    "read_excel",
    "read_json",
    "read_parquet",
    "read_text",
    "read_bytes",
    "loadtxt",
    "urlopen",
}
"""What reads a file or the network past `analysis.data`, which keeps account of what a page has used."""


def test_imports_lead_down():
    floor = {room: number for number, rooms in enumerate(FLOORS) for room in rooms.split()}
    rooms = {name: name.split(".")[1] for name in modules() if "." in name}
    assert set(rooms.values()) == set(floor)
    up = [(name, other) for name in rooms for other in imports()[name] & rooms.keys()
          if floor[rooms[other]] > floor[rooms[name]]]  # fmt: skip
    assert up == []


@pytest.mark.parametrize("notebook", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_reads_figures_through_the_package_alone(notebook):
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    trees = [ast.parse("".join(cell["source"])) for cell in cells if cell["cell_type"] == "code"]
    called = [node.func for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert {getattr(func, "attr", getattr(func, "id", "")) for func in called} & READERS == set()
