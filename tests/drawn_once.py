"""Charts for many runs of one notebook: what is drawn from the same data is drawn once in a process.

Most of a run's time goes into its charts, and a run that differs from another in one parameter has most charts in
common with it. A kind of chart is a function of its arguments alone, so that a chart of equal arguments is the same.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import inspect
import io
import marshal
import pickle
import pkgutil
import sys

import pandas as pd

import analysis
from analysis import charts
from analysis.charts import About, Chart
from analysis.tables import Table

KINDS = {name: kind for name, kind in vars(charts).items() if name in charts.__all__ and inspect.isfunction(kind)}
"""The functions that draw, by name."""
_drawn = {}


class _Asked(pickle.Pickler):
    """Writes down what a chart was asked for, also where a function made on the spot makes its numbers text."""

    def reducer_override(self, thing):
        made = inspect.isfunction(thing) and "<locals>" in thing.__qualname__ and thing.__module__ in sys.modules
        if not made or thing.__module__ == "__main__":
            return NotImplemented
        held = [cell.cell_contents for cell in thing.__closure__ or ()]
        code = marshal.dumps(thing.__code__)
        return tuple, ([thing.__module__, code, thing.__defaults__, thing.__kwdefaults__, *held],)


def _key(*asked):
    """What a chart was asked for as a digest; None where something of it cannot be told from other things."""
    written = io.BytesIO()
    try:
        _Asked(written).dump(asked)
    except (AttributeError, TypeError, pickle.PicklingError):  # a function of the notebook's own
        return None
    return hashlib.sha256(written.getvalue()).digest()


def _once(kind):
    """A function that draws a chart of a kind unless an equal one was drawn before."""

    @functools.wraps(kind)
    def draw(*arguments, **named):
        asked = _key(kind.__name__, arguments, named)
        if asked is None:
            return kind(*arguments, **named)
        if asked not in _drawn:
            _drawn[asked] = kind(*arguments, **named)
        return _drawn[asked]

    return draw


ONCE = {kind: _once(kind) for kind in KINDS.values()}
"""Each function that draws, and the one that stands in for it."""


@functools.cache
def _load():
    """Load all that notebooks load: what is loaded while a stand-in is in place would keep it."""
    for module in pkgutil.walk_packages(analysis.__path__, "analysis."):
        if not module.name.startswith(("analysis.runner.", "analysis.__main__")):
            importlib.import_module(module.name)


def draw_once(patch):
    """Let the package draw equal charts once, until a patch of pytest's is undone."""
    _replace(patch, ONCE.get)


def undrawn(patch):
    """Let the package draw nothing, until a patch of pytest's is undone: of a chart there is what it is about."""
    _replace(patch, lambda kind: _words_of)


def unpictured(patch):
    """Let charts have their words and their data but no picture, until a patch of pytest's is undone."""
    _load()
    for name, module in list(sys.modules.items()):
        if name.startswith("analysis.charts"):
            for own, stand_in in (("lay_out", lambda drawing: None), ("svg_of", lambda drawing: "")):
                if hasattr(module, own):
                    patch.setattr(module, own, stand_in)


def _words_of(*arguments, **named):
    """Return a chart without a drawing and its data."""
    about = next(given for given in (*arguments, *named.values()) if isinstance(given, About))
    table = Table(f"{about.id}-data", about.subtitle, pd.DataFrame({"Left out": ["data"]}))
    return Chart(about.id, about.title, about.subtitle, about.title, about.note, "", table)


def _replace(patch, stand_in):
    """Put something in the place of each function that draws, wherever the package has it."""
    _load()
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "analysis":
            for own, found in list(vars(module).items()):
                if inspect.isfunction(found) and found in ONCE:
                    patch.setattr(module, own, stand_in(found))
