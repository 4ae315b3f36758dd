"""Parameters in, files out: the catalogue of notebooks, their execution, their pages and their publication."""
