"""What several tests need and takes long is made once in a test run, by the process that asks first."""

from __future__ import annotations

import hashlib
import os
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from analysis.files import lock

FOLDER = "ANALYSIS_TESTS_MADE"
"""The environment variable that names the run's folder; `conftest` makes and removes it."""
_held: dict[str, Any] = {}
_making: set[str] = set()


def made_once(name: str, make: Callable[[], Any], keep: bool = True) -> Any:
    """Return what `make` gives; whoever asks later gets the same, and nobody may change it.

    Args:
        name: what it is, and of what.
        make: makes it; another process of the run that asks meanwhile waits.
        keep: whether this process keeps it at hand.

    Raises RecursionError where making it asks for it again, which would wait for itself.
    """
    if name in _held:
        return _held[name]
    if name in _making:
        raise RecursionError(f"{name}: making it asks for it again")
    file = Path(os.environ[FOLDER]) / hashlib.sha256(name.encode()).hexdigest()
    with file.with_suffix(".lock").open("w") as held:
        while not lock(held.fileno()):
            time.sleep(0.05)
        if file.is_file():
            made = pickle.loads(file.read_bytes())
        else:
            _making.add(name)
            try:
                made = make()
            finally:
                _making.discard(name)
            unfinished = file.with_suffix(".new")
            unfinished.write_bytes(pickle.dumps(made))
            unfinished.replace(file)
    if keep:
        _held[name] = made
    return made
