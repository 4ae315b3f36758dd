"""Where the project's files are."""

from __future__ import annotations

import os
from pathlib import Path


def project_root() -> Path:
    """Return the project folder: the one that holds `data/` and `notebooks/`.

    The package is installed in place, so it is two folders above this file. `ANALYSIS_ROOT`
    names another folder (tests use it; so can an installation that was copied).

    Raises:
        FileNotFoundError: if the folder holds no `data/`.
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


def notebooks_dir() -> Path:
    """Return the folder of source notebooks, `notebooks/`."""
    return project_root() / "notebooks"
