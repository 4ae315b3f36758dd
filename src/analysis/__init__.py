"""Analysis of children's services figures: shared helpers for the notebooks.

A notebook takes `report.Report` (figures in, page parts out), `standing`, `charts`, `words` and `data.fact`; methods
are in `analysis.methods`.
"""
