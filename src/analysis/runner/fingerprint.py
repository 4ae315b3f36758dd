"""Fingerprints of a report's inputs: the same five digests, the same report.

Before a run, `data` stands for all the data there is; a report that says what it read has the digest of just that.
"""

from __future__ import annotations

import hashlib
import json
from importlib import metadata
from pathlib import Path
from typing import Any

SHOWN = 12
_CACHES = {".parquet", ".feather", ".pickle", ".tmp", ".part", ".pyc"}


def digest_files(root: Path, files: list[Path]) -> str:
    """Return the SHA-256 of files: their paths below `root` and their contents, in order of path.

    Line endings are taken as LF, so that a checkout on Windows has the same fingerprint.
    """
    total = hashlib.sha256()
    for name, file in sorted((file.relative_to(root).as_posix(), file) for file in files):
        content = file.read_bytes().replace(b"\r\n", b"\n")
        total.update(f"{name}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def digest_texts(texts: list[str]) -> str:
    """Return the SHA-256 of texts in their order."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def data_files(root: Path) -> list[Path]:
    """Return the files of embedded figures below `root`/data: no official releases, caches or hidden files."""
    folder = root / "data"
    found = []
    for file in folder.rglob("*"):
        parts = file.relative_to(folder).parts
        hidden = any(part.startswith((".", "__")) for part in parts)
        if file.is_file() and not hidden and parts[0] != "official" and file.suffix not in _CACHES:
            found.append(file)
    return found


def package_files(package: Path) -> list[Path]:
    """Return the package's modules and templates."""
    templates = [file for file in (package / "templates").rglob("*") if file.is_file()]
    return [*package.rglob("*.py"), *templates]


def common_fingerprint(root: Path, package: Path) -> dict[str, str]:
    """Return the digests that every report of a run shares: data, package and lock."""
    lock = [file for file in [root / "uv.lock"] if file.is_file()]
    return {
        "data": digest_files(root, data_files(root)),
        "package": digest_files(package, package_files(package)),
        "lock": digest_files(root, lock),
    }


def needed_packages(package: str = "analysis") -> dict[str, str]:
    """Return the installed version of every package that this one needs, and of those that they need.

    Returns:
        Versions by normalised name; "" for one that is missing. Empty where the package itself is not installed.
    """
    from packaging.requirements import Requirement  # comes with distributed, and is only wanted with it
    from packaging.utils import canonicalize_name

    found: dict[str, str] = {}
    waiting = [package]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            found[name] = metadata.version(name)
            wanted = [Requirement(text) for text in metadata.requires(name) or ()]
        except metadata.PackageNotFoundError:
            found[name], wanted = "", []
        met = (r for r in wanted if r.marker is None or r.marker.evaluate({"extra": ""}))
        waiting += [canonicalize_name(r.name) for r in met]
    del found[package]
    return found


def notebook_fingerprint(path: Path) -> str:
    """Return the SHA-256 of a notebook's cells: type, source and tags. Running it in Jupyter does not change it."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    kept = [[c["cell_type"], "".join(c["source"]), c.get("metadata", {}).get("tags", [])] for c in cells]
    return hashlib.sha256(_canonical(kept)).hexdigest()


def parameters_fingerprint(parameters: dict[str, Any]) -> str:
    """Return the SHA-256 of the parameters as canonical JSON."""
    return hashlib.sha256(_canonical(parameters)).hexdigest()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
