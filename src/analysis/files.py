"""The lowest floor: where the project is, files put whole, locks, YAML, ids of sections, what is meant and said."""

from __future__ import annotations

import contextlib
import difflib
import errno
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

PAGE_BYTES = 400_000
"""What the page of a report or of a comparison may weigh: more is slow to read."""
PREFIX = ".new-"
"""How the names of files begin that are not yet in place; a killed process leaves them."""
_PATIENCE = 30.0
_TAKEN = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
_used: dict[Path, int] = {}
"""Folders that this process uses, each with the open handle that tells others."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # both refuse tags; the first is ten times as fast


def put(target: Path, content: bytes) -> bool:
    """Write a file so that a reader sees the old one or the new one, never a part; return whether it was written.

    The content goes to a temporary file beside the target, which then takes its name. An unchanged file is left alone.
    """
    return put_all({target: content})


def put_all(contents: dict[Path, bytes]) -> bool:
    """Write files that belong together, each as `put`: none takes its place before all are written."""
    written: dict[Path, Path] = {}
    with contextlib.ExitStack() as left:
        for target, content in contents.items():
            if not (target.is_file() and target.read_bytes() == content):
                written[target] = _write_beside(target, content, left)
        for target, temporary in written.items():
            os.replace(temporary, target)
    return bool(written)


def _write_beside(target: Path, content: bytes, left: contextlib.ExitStack) -> Path:
    """Write a temporary file in a target's folder and return its path; it is removed when `left` is closed.

    Until then it is locked, so that another run does not take it for what a killed one has left.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=PREFIX, dir=target.parent)
    temporary = Path(name)
    left.callback(temporary.unlink, missing_ok=True)
    with os.fdopen(handle, "wb") as stream:
        lock(handle)
        if os.name != "nt":  # which renames no open file
            left.callback(os.close, os.dup(handle))
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.chmod(0o644)
    return temporary


def lock(handle: int, shared: bool = False) -> bool | None:
    """Take the lock of an open file or folder, without waiting; it is held until that is closed.

    Returns whether it could be had; None where nothing can be locked, as on some network drives.
    """
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in _TAKEN else None
    return True


def use(folder: Path) -> bool:
    """Say of a folder that it is used until this process ends, so that nobody removes it; False if it is gone.

    Where folders cannot be locked, it counts as used by nobody.
    """
    if folder in _used or os.name == "nt":
        return folder.is_dir()
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    if lock(handle, shared=True) is False:  # it is being removed
        os.close(handle)
        return False
    _used[folder] = handle
    return True


def remove_unused(path: Path, certain: bool = False) -> None:
    """Remove a file or folder, of this process or any, unless another process uses it.

    If `certain`, it stays where this process uses it too, and where it cannot be known.
    """
    if path in _used:
        if certain:
            return
        os.close(_used.pop(path))
    with contextlib.ExitStack() as left, contextlib.suppress(OSError):  # another's, or gone
        free = None
        if os.name != "nt" or path.is_file():
            how = os.O_RDWR if path.is_file() else os.O_RDONLY
            handle = os.open(path, how | getattr(os, "O_NOFOLLOW", 0))
            left.callback(os.close, handle)
            free = lock(handle)
        if free or (free is None and not certain):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()


@contextlib.contextmanager
def turn(folder: Path) -> Iterator[None]:
    """Wait for one's turn to change a folder, so that two runs do not mix their files or make the same thing at once.

    After half a minute, or where folders cannot be locked, it goes on without: every file is whole in any case.
    """
    with contextlib.ExitStack() as held:
        if os.name != "nt":
            handle = os.open(folder, os.O_RDONLY)
            held.callback(os.close, handle)
            deadline = time.monotonic() + _PATIENCE
            while lock(handle) is False and time.monotonic() < deadline:
                time.sleep(0.01)
        yield


def plain_data(text: str) -> tuple[Any, yaml.Node | None]:
    """Return what YAML holds as plain data, and its tree of nodes, which know their lines; None for both if blank.

    Raises yaml.YAMLError if it is no YAML, holds more than one document, or has a tag that would make an object, and
    ValueError if a date or number in it is none, such as 2013-02-30.
    """
    loader = _LOADER(text)
    try:
        tree = loader.get_single_node()
        return (None if tree is None else loader.construct_document(tree)), tree
    finally:
        loader.dispose()


def anchor(heading: str) -> str:
    """Return the id of a section on a page, as its author's heading gives it: "Plans on time" → "plans-on-time"."""
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")[:60]


def did_you_mean(wanted: object, known: Iterable[object]) -> str:
    """Return '; did you mean …?' for the known word closest to another, in any case; '' if none is close."""
    folded = {str(word).casefold(): str(word) for word in known}
    close = difflib.get_close_matches(str(wanted).casefold(), list(folded), n=1)
    return f"; did you mean {folded[close[0]]!r}?" if close else ""


def say(line: str, err: bool = True) -> None:
    """Say a line, if anybody listens: that nobody does is no reason to stop making reports.

    A stream that is full, broken or closed says nothing more.
    """
    import click  # which tables and notebooks, that use the rest, do without

    stream = sys.stderr if err else sys.stdout
    try:
        click.echo(line, err=err)
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, stream.fileno())  # what is left in its buffer would fail again at the end
            os.close(nothing)


def project_root() -> Path:
    """Return the project folder, which holds `data/` and `notebooks/`: two above this file, or `ANALYSIS_ROOT`.

    Raises FileNotFoundError if the folder holds no `data/`.
    """
    root = Path(os.environ.get("ANALYSIS_ROOT") or Path(__file__).resolve().parents[2])
    if not (root / "data").is_dir():
        raise FileNotFoundError(
            f"no data folder in {root}: expected the project's folder; "
            "set ANALYSIS_ROOT to where data/ and notebooks/ are"
        )
    return root


def data_dir() -> Path:
    """Return the folder of embedded figures, `data/`."""
    return project_root() / "data"
