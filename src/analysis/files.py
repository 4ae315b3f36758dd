"""Files put in place whole, and what a page may weigh."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

PAGE_BYTES = 400_000
"""What the page of a report or of a comparison may weigh: more is slow to read."""
PREFIX = ".new-"
"""How the names of files begin that are not yet in place; a killed process leaves them."""


def put(target: Path, content: bytes) -> bool:
    """Write a file so that a reader sees the old one or the new one, never a part.

    The content goes to a temporary file beside the target, which then takes the target's name. An unchanged file is
    left alone. The temporary file is removed if anything fails.

    Returns:
        Whether the file was written.
    """
    return put_all({target: content})


def put_all(contents: dict[Path, bytes]) -> bool:
    """Write files that belong together: none takes its place before all are written. As `put` for each.

    Returns:
        Whether any was written.
    """
    written: dict[Path, Path] = {}
    try:
        for target, content in contents.items():
            if not (target.is_file() and target.read_bytes() == content):
                written[target] = _write_beside(target, content)
        for target, temporary in written.items():
            os.replace(temporary, target)
    finally:
        for temporary in written.values():
            temporary.unlink(missing_ok=True)
    return bool(written)


def _write_beside(target: Path, content: bytes) -> Path:
    """Write a temporary file in a target's folder and return its path; leave none if that fails."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=PREFIX, dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary
