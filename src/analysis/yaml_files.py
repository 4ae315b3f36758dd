"""What text in YAML holds: plain data, of which nothing is run."""

from __future__ import annotations

from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # both refuse tags; the first is ten times as fast


def plain_data(text: str) -> tuple[Any, yaml.Node | None]:
    """Return what YAML holds as plain data, and its tree of nodes, which know their lines; None for both if blank.

    Raises:
        yaml.YAMLError: if it is no YAML, holds more than one document, or has a tag that would make an object.
        ValueError: if a date or number in it is none, such as 2013-02-30.
    """
    loader = _LOADER(text)
    try:
        tree = loader.get_single_node()
        return (None if tree is None else loader.construct_document(tree)), tree
    finally:
        loader.dispose()
