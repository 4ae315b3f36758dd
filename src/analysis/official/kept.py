"""Results that take long to work out, kept beside the cache of the releases, each under what it follows from.

A result that is missing, broken or of other inputs is worked out again; the same inputs give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from analysis.files import put, turn
from analysis.official.cache import FITS
from analysis.official.cache_folder import places
from analysis.official.releases import ReleaseError

LIBRARIES = ("numpy", "pandas", "scipy", "statsmodels")


class Kept:
    """A folder of results.

    Args:
        data: the project's data folder.
        inputs: what all results rest on, such as the SHA-256 of a release.
        code: the modules that work them out.
    """

    def __init__(self, data: Path, inputs: Iterable[str], code: Iterable[Path]) -> None:
        total = hashlib.sha256("\0".join(inputs).encode())
        for file in code:
            total.update(b"\0" + file.read_bytes())
        total.update(" ".join(metadata.version(name) for name in LIBRARIES).encode())
        self.folders = [place / f"{FITS}{total.hexdigest()[:16]}" for place in places(data)]

    def get(self, which: dict[str, Any], make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Return the result that is kept under `which`, or make and keep it.

        Args:
            which: what tells this result from others, as JSON can hold it.
            make: works it out; the result is what JSON can hold.

        Raises:
            ReleaseError: if it cannot be written.
        """
        name = _text(which)
        file = f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.json"
        found = self._find(file, name)
        if found is None:
            with turn(self._place()):  # of two reports that need it at once, one works it out
                found = self._find(file, name)
                if found is None:
                    found = json.loads(_text(make()))
                    self._write(file, name, found)
        return found

    def _find(self, file: str, name: str) -> dict[str, Any] | None:
        return next(filter(None, (_read(folder / file, name) for folder in self.folders)), None)

    def _place(self) -> Path:
        """Return the first folder of caches that there is or can be made, which outlives those in it."""

        def made(folder: Path) -> Path:
            folder.parent.mkdir(parents=True, exist_ok=True)
            return folder.parent

        return self._first(made)

    def _write(self, file: str, name: str, found: dict[str, Any]) -> None:
        content = _text({"which": name, "digest": _digest(name, found), "found": found}).encode()

        def written(folder: Path) -> Path:
            put(folder / file, content)
            return folder

        kept = self._first(written)
        for older in kept.parent.glob(f"{FITS}*"):
            if older != kept:
                shutil.rmtree(older, ignore_errors=True)

    def _first(self, use: Callable[[Path], Path]) -> Path:
        """Return what comes of the first folder that can be used; refuse if none can."""
        problems = []
        for folder in self.folders:
            try:
                return use(folder)
            except OSError as error:
                problems.append(f"{folder.parent}: {error.strerror or error}")
        raise ReleaseError(f"cannot write the cache {', nor '.join(problems)}")


def _read(file: Path, name: str) -> dict[str, Any] | None:
    """Return what a file keeps; None if it is not there, not whole, or about something else."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        whole = content["which"] == name and content["digest"] == _digest(name, content["found"])
        return content["found"] if whole else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _digest(name: str, found: dict[str, Any]) -> str:
    return hashlib.sha256(f"{name}\0{_text(found)}".encode()).hexdigest()


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
