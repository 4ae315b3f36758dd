"""The scratch folder of a run, and what killed runs have left behind.

A run holds a lock in its scratch folder for as long as it lives; the system gives it up when the run ends, however it
ends. So a folder whose lock is free belongs to nobody.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing.util import Finalize
from pathlib import Path

from analysis.files import PREFIX as UNFINISHED
from analysis.files import lock
from analysis.press.publish import remove_folder

PREFIX = "analysis-"
_OWNER = "owner"
_ROOM, _SHORT = 60, "/tmp"
"""A socket's path may have 104 characters; below a longer temporary folder it would not fit."""
_LAST = -200  # after multiprocessing has removed its own files from it


@contextmanager
def scratch_folder(output: Path | None = None) -> Iterator[Path]:
    """Make a run's scratch folder; remove it at the end, and first what killed runs have left.

    Args:
        output: the folder of reports that the run writes to. Files that a killed run has left there half-written are
            removed, unless another run is writing to the same folder. None for a run that writes to none.
    """
    output = output and output.resolve()
    began = time.time()
    base = Path(tempfile.mkdtemp(prefix=PREFIX))
    owner = _own(base, output or base)
    try:
        if not _remove_folders(base, output or base) and output:
            _remove_files(output, began)
        yield base
    finally:
        remove_folder(base)
        os.close(owner)
        remove_folder(base)  # where an open file cannot be removed


@cache
def lasting_folder() -> str:
    """Make a folder for what serves all the runs of this process; it is removed with the process, or by a later run."""
    usual = tempfile.gettempdir()
    base = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_SHORT if os.name == "posix" and len(usual) > _ROOM else usual))
    Finalize(None, remove_folder, args=(base,), exitpriority=_LAST)
    _own(base, base)
    return str(base)


def _own(base: Path, text: str | Path) -> int:
    """Write down whose folder this is, and lock it; nobody sees the note before it is locked."""
    note = base / f"{_OWNER}.new"
    note.write_text(str(text), encoding="utf-8", errors="surrogateescape")
    handle = os.open(note, os.O_RDWR)
    lock(handle)
    with suppress(OSError):  # Windows renames no open file: there such folders are left for the system to remove
        note.replace(base / _OWNER)
    return handle


def _remove_folders(own: Path, output: Path) -> bool:
    """Remove the scratch folders of runs that are gone; say whether another run writes to the same reports."""
    shared = False
    places = {own.parent, Path(lasting_folder()).parent}
    for folder in (folder for place in places for folder in place.glob(f"{PREFIX}*")):
        if folder == own or folder.is_symlink():
            continue
        try:
            handle = os.open(folder / _OWNER, os.O_RDWR)
        except OSError:  # another's, or not one of ours
            continue
        try:
            if lock(handle):
                remove_folder(folder)
            else:
                shared = shared or os.read(handle, 10_000) == os.fsencode(output)
        except OSError:
            continue
        finally:
            os.close(handle)
    return shared


def _remove_files(output: Path, before: float) -> None:
    """Remove half-written files from a folder of reports, if they are older than this run."""
    for folder, _, names in os.walk(output):
        for name in names:
            file = Path(folder, name)
            try:
                if name.startswith(UNFINISHED) and file.stat().st_mtime < before:
                    file.unlink()
            except OSError:
                continue
