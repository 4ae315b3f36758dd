"""Pieces of SVG: numbers, path data, how much room a text takes, and looks as attributes."""

from __future__ import annotations

import io
import pathlib
from functools import lru_cache

from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.colors import to_hex
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.path import Path
from matplotlib.textpath import text_to_path

SIZE, TEXT = 10, "#3d3d3d"
"""What text has unless it says otherwise: points, colour."""

_SCALE = 100.0
"""Points at which a text is measured, as matplotlib does it: sizes are shares of that, whatever the resolution."""

_LETTERS = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C", Path.CLOSEPOLY: "z"}


def short(value: float) -> str:
    """Return a coordinate as short as two decimals allow: 12.50 → "12.5", -0.00 → "0"."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


@lru_cache(maxsize=8192)
def measured(text: str, family: tuple[str, ...], size: float, weight: str | int, style: str) -> tuple[float, ...]:
    """Return a line's width, height and depth below its base line, in points: layout asks for each some eight times."""
    face = _face(family, weight, style)
    if not all(map(face.get_char_index, map(ord, text))):  # matplotlib looks for such letters in its other fonts
        font = FontProperties(family=family, size=size, weight=weight, style=style)
        return text_to_path.get_text_width_height_descent(text, font, False)
    face.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    return tuple(part / 64 * (size / _SCALE) for part in (*face.get_width_height(), face.get_descent()))


@lru_cache
def _face(family: tuple[str, ...], weight: str | int, style: str) -> FT2Font:
    """Return a font held in memory: matplotlib's own reads the file anew for each text, three times as slowly."""
    file = findfont(FontProperties(family=family, weight=weight, style=style))
    face = FT2Font(io.BytesIO(pathlib.Path(file).read_bytes()))
    face.set_size(_SCALE, 72)
    return face


def data_of(shape: Path, flip: float, sign: int) -> str:
    """Return path data with y pointing down; what is missing leaves a gap."""
    parts, last = [], ""
    for points, code in shape.iter_segments(simplify=False, curves=True, remove_nans=True):
        letter = _LETTERS.get(code)
        if letter is None:
            continue
        if letter == "z":
            parts.append("z")
        else:
            values = [v if n % 2 == 0 else flip + sign * v for n, v in enumerate(points)]
            text = " ".join(map(short, values))
            # After M or L a further pair of numbers is a line, without a letter.
            parts.append(f" {text}" if letter == "L" and last in ("M", "L") else letter + text)
        last = letter
    return "" if all(part.startswith("M") or part == "z" for part in parts) else "".join(parts)


def look_of(gc: GraphicsContextBase, face: tuple | None) -> str:
    """Return fill and stroke as attributes; nothing for what cannot be seen."""
    alpha = gc.get_alpha() if gc.get_forced_alpha() else 1
    fill = _paint("fill", face, alpha) if face is not None else ""
    width, colour = gc.get_linewidth(), gc.get_rgb()
    stroke = _paint("stroke", colour, alpha) if width > 0 else ""
    if not fill and not stroke:
        return ""
    look = fill or ' fill="none"'
    if stroke:
        look += stroke + (f' stroke-width="{short(width)}"' if width != 1 else "")
        look += {"round": ' stroke-linecap="round"', "projecting": ' stroke-linecap="square"'}.get(
            gc.get_capstyle(), ""
        )
        offset, dashes = gc.get_dashes()
        if dashes is not None:
            look += f' stroke-dasharray="{" ".join(map(short, dashes))}"'
            look += f' stroke-dashoffset="{short(offset)}"' if offset else ""
    return look


def _paint(name: str, colour: tuple, alpha: float) -> str:
    seen = alpha * (colour[3] if len(colour) > 3 and alpha == 1 else 1)
    if seen == 0:
        return ""
    return f' {name}="{_hex(colour)}"' + (f' {name}-opacity="{short(seen)}"' if seen < 1 else "")


def _hex(colour: tuple) -> str:
    text = to_hex(colour[:3])
    return f"#{text[1]}{text[3]}{text[5]}" if text[1::2] == text[2::2] else text


def text_look(gc: GraphicsContextBase, prop: FontProperties) -> str:
    """Return the attributes of a text that differ from those of the drawing: size, colour, weight."""
    size, colour = prop.get_size_in_points(), _hex(gc.get_rgb())
    look = f' font-size="{short(size)}"' if size != SIZE else ""
    look += f' fill="{colour}"' if colour != TEXT else ""
    return look + (' font-weight="bold"' if prop.get_weight() in ("bold", 700) else "")


def printable(text: str) -> str:
    """Return text without the control characters that no XML may hold."""
    return "".join(letter for letter in text if letter >= " " or letter in "\t\n")
