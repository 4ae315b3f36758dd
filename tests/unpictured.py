"""Reports without pictures, for tests that read what a run says: most of its time goes into drawing."""

from __future__ import annotations

import matplotlib.pyplot as plt

from analysis.charts import figures, kit


def unpictured(patch):
    """Let charts have their words and their data but no picture, until a patch of pytest's is undone."""
    patch.setattr(kit, "twice", lambda draw: ("", ""))
    patch.setattr(figures, "pictures", _close)


def _close(drawing, _):
    plt.close(drawing)
    return "", ""
