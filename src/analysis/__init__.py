"""Analysis of children's services figures: shared helpers for the notebooks.

A notebook needs four names: `Report` (figures in, page parts out), `charts`, `tables` and
`narrative`; methods are in `analysis.methods`.
"""
