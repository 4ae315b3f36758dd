"""The way from a drawing to SVG: text stays text, little weight, the same bytes on every machine.

A renderer of our own, as matplotlib's writes four times as much: a style for each mark, clip paths that cut nothing, a
path for each grid line. Here the font stands at the root, marks of one look share a path, markers are defined once, and
a coordinate has two decimals, which also hides differences in a last digit.
"""

from __future__ import annotations

import io
import itertools
import pathlib
from base64 import b64encode
from collections.abc import Iterable, Sequence
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from matplotlib.backend_bases import FigureCanvasBase, GraphicsContextBase, RendererBase
from matplotlib.colors import to_hex
from matplotlib.figure import Figure as Drawing
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D
from PIL import Image

FONTS = "'DejaVu Sans',Verdana,Arial,sans-serif"

_SIDES = {"left": "", "center": "middle", "right": "end"}


class Renderer(RendererBase):
    """Collects what is drawn as parts of an SVG, one unit a point; marks below, texts above."""

    def __init__(self, width: float, height: float, telling: bool = False) -> None:
        super().__init__()
        self.width, self.height, self.telling = width, height, telling
        self.marks: list[tuple[str, list[str]]] = []  # attributes, path data
        self.texts: list[tuple[str, str]] = []  # attributes, element
        self.defined: dict[str, str] = {}  # definition → id
        self.around = ""  # what makes the text that is open stand out
        self.told: list[str] = []  # titles of marks still to come
        self.spots: np.ndarray | None = None  # of the line that is drawn, where it has titles

    def get_canvas_width_height(self) -> tuple[float, float]:
        return self.width, self.height

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: bool) -> tuple[float, float, float]:
        return measured(s, tuple(prop.get_family()), prop.get_size_in_points(), prop.get_weight(), prop.get_style())

    # --- Marks

    def draw_path(self, gc: GraphicsContextBase, path: Path, transform: Affine2D, rgbFace: tuple | None = None) -> None:
        """Add a path, joined to the one before it where both look the same."""
        shape = transform.transform_path(path)
        data = data_of(shape, self.height)
        look = look_of(gc, rgbFace) + self._clip(gc, shape)
        if self.spots is not None and len(path.vertices) == len(self.told):
            self.spots = shape.vertices
        title = self.told.pop(0) if self.told and self.spots is None else ""
        if not data or not look:
            return
        # Strokes of one look that follow each other share a path; where they are translucent, crossings would show.
        if title:
            self.marks.append(("", [f'<path{look} d="{data}">{_titled(title)}</path>']))
        elif self.marks and self.marks[-1][0] == look and rgbFace is None and "opacity" not in look:
            self.marks[-1][1].append(data)
        else:
            self.marks.append((look, [data]))

    def draw_markers(self, gc: GraphicsContextBase, marker_path: Path, marker_trans: Affine2D, path: Path,
                     trans: Affine2D, rgbFace: tuple | None = None) -> None:  # fmt: skip
        """Add a marker once and its places."""
        shape = data_of(marker_trans.transform_path(marker_path), 0)
        places = trans.transform(path.vertices)
        titles, self.spots = (self.told, None) if len(self.told) == len(places) else ((), self.spots)
        self._use(shape, look_of(gc, rgbFace), places, titles)

    def _use(self, shape: str, look: str, places: np.ndarray, titles: Sequence[str] = ()) -> None:
        """Add one shape at each place, with its title where it has one."""
        known = np.isfinite(places).all(axis=1)
        if not known.any() or not look:
            return
        name = self._define(f'<path id="{{}}" d="{shape}"/>')
        uses = ""
        for (x, y), title in zip(places[known], np.array(titles)[known] if titles else [""] * known.sum(), strict=True):
            end = f">{_titled(title)}</use>" if title else "/>"
            uses += f'<use href="#{name}" x="{short(x)}" y="{short(self.height - y)}"{end}'
        self.marks.append(("", [f"<g{look}>{uses}</g>"]))

    def _clip(self, gc: GraphicsContextBase, shape: Path) -> str:
        """Return a reference to the axes' frame for a shape that reaches beyond it; nothing for others."""
        frame = gc.get_clip_rectangle()
        known = shape.vertices[np.isfinite(shape.vertices).all(axis=1)]
        if frame is None or not len(known) or gc.get_clip_path()[0] is not None:
            return ""
        (left, low), (right, top) = known.min(axis=0), known.max(axis=0)
        if left > frame.x0 - 1 and right < frame.x1 + 1 and low > frame.y0 - 1 and top < frame.y1 + 1:
            return ""
        x, y, wide, high = map(short, (frame.x0, self.height - frame.y1, frame.width, frame.height))
        rectangle = f'<rect x="{x}" y="{y}" width="{wide}" height="{high}"/>'
        return f' clip-path="url(#{self._define(f"""<clipPath id="{{}}">{rectangle}</clipPath>""")})"'

    def _define(self, definition: str) -> str:
        return self.defined.setdefault(definition, f"m{len(self.defined)}")

    # --- Text

    def open_group(self, s: str, gid: object = None) -> None:
        if s == "text":
            self.around = _HALO if gid == HALO else ""
        if self.telling and isinstance(gid, tuple):  # titles of an artist's marks
            self.told, self.spots = list(gid), np.empty((0, 2)) if s == "line2d" else None

    def close_group(self, s: str) -> None:
        if s == "line2d" and self.spots is not None and len(self.spots):
            self._use(_SPOT, ' fill="none" pointer-events="all"', self.spots, self.told)
        if s not in ("text", "axis", "tick"):
            self.told, self.spots = [], None

    def draw_text(self, gc: GraphicsContextBase, x: float, y: float, s: str, prop: FontProperties, angle: float,
                  ismath: bool = False, mtext: Text | None = None) -> None:  # fmt: skip
        """Add a line of text that keeps its width in another font, and where a reader spaces letters out."""
        wide = self.get_text_width_height_descent(s, prop, False)[0]
        # matplotlib names a text of one line alone: held on its own side, it stands right even if too short to be kept.
        side = _SIDES[mtext.get_horizontalalignment()] if mtext and not angle else ""
        left = short(x + {"": 0, "middle": wide / 2, "end": wide}[side])
        place = f'x="{left}" y="{short(y)}"' + (f' textLength="{short(wide)}"' if len(s) > 2 else "")
        place += f' transform="rotate({short(-angle)} {left} {short(y)})"' if angle else ""
        look = (f' text-anchor="{side}"' if side else "") + text_look(gc, prop) + self.around
        self.texts.append((look, f"<text {place}>{escape(printable(s))}</text>"))

    def draw_image(self, gc: GraphicsContextBase, x: float, y: float, im: np.ndarray, transform: object = None) -> None:
        """Add a picture of pixels, at its place."""
        file = io.BytesIO()
        Image.fromarray(im[::-1]).save(file, "PNG")
        high, wide = im.shape[:2]
        place = f'x="{short(x)}" y="{short(self.height - y - high)}" width="{wide}" height="{high}"'
        pixels = b64encode(file.getvalue()).decode()
        self.marks.append(("", [f'<g><image {place} href="data:image/png;base64,{pixels}"/></g>']))

    # --- The whole

    def svg(self) -> str:
        """Return the document, from its <svg> tag; its size is in points."""
        root = f'<svg xmlns="http://www.w3.org/2000/svg" width="{short(self.width)}pt" height="{short(self.height)}pt" '
        root += f'viewBox="0 0 {short(self.width)} {short(self.height)}" '
        root += f'font-family={quoteattr(FONTS)} font-size="{SIZE}" fill="{TEXT}">'
        named = [definition.format(name) for definition, name in self.defined.items()]
        defined = f"<defs>{''.join(named)}</defs>" if named else ""
        marks = (d[0] if d[0].startswith("<") else f'<path{look} d="{"".join(d)}"/>' for look, d in self.marks)
        return "\n".join([root + defined, "\n".join(marks), "\n".join(_grouped(self.texts)), "</svg>\n"])


class Canvas(FigureCanvasBase):
    """A canvas that measures text as the SVG writes it, so that layout and picture agree."""

    def get_renderer(self) -> Renderer:
        return Renderer(*self.figure.bbox.size)


def svg_of(drawing: Drawing, telling: bool = True) -> str:
    """Return a drawing of 72 dots an inch as SVG; `telling`: its marks have the titles that their artists' gid has."""
    renderer = Renderer(*drawing.bbox.size, telling)
    drawing.draw(renderer)
    return renderer.svg()


def _grouped(texts: list[tuple[str, str]]) -> Iterable[str]:
    """Write what texts that follow each other have in common once."""
    for look, group in itertools.groupby(texts, key=lambda text: text[0]):
        elements = [element for _, element in group]
        if len(elements) == 1:
            yield elements[0].replace("<text", f"<text{look}", 1)
        else:
            yield f"<g{look}>" + "\n".join(elements) + "</g>" if look else "\n".join(elements)


SIZE, TEXT = 10, "#3d3d3d"
"""What text has unless it says otherwise: points, colour."""
HALO = "halo"
"""The gid of a text that is to stand out from lines behind it."""
_HALO = ' stroke="#fff" stroke-width="3" stroke-linejoin="round" paint-order="stroke"'
_SPOT = "M-7 0 Q-7 -7 0 -7 Q7 -7 7 0 Q7 7 0 7 Q-7 7 -7 0z"
"""Round a point of a line: where a pointer finds its title."""

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


def data_of(shape: Path, flip: float) -> str:
    """Return path data with y pointing down; what is missing leaves a gap."""
    parts, last = [], ""
    for points, code in shape.iter_segments(simplify=False, curves=True, remove_nans=True):
        letter = _LETTERS.get(code)
        if letter is None:
            continue
        if letter == "z":
            parts.append("z")
        else:
            values = [flip - v if n % 2 else v for n, v in enumerate(points)]
            text = " ".join(map(short, values))
            # After M or L a further pair of numbers is a line, without a letter.
            parts.append(f" {text}" if letter == "L" and last in ("M", "L") else letter + text)
        last = letter
    return "" if all(part.startswith("M") or part == "z" for part in parts) else "".join(parts)


def look_of(gc: GraphicsContextBase, face: tuple | None) -> str:
    """Return fill and stroke as attributes; nothing for what cannot be seen."""
    alpha = gc.get_alpha() if gc.get_forced_alpha() else 1
    width = gc.get_linewidth()
    fill = _paint("fill", face, alpha) if face is not None else ""
    stroke = _paint("stroke", gc.get_rgb(), alpha) if width > 0 else ""
    if not fill and not stroke:
        return ""
    look = fill or ' fill="none"'
    if stroke:
        look += stroke + (f' stroke-width="{short(width)}"' if width != 1 else "")
        cap = {"round": "round", "projecting": "square"}.get(gc.get_capstyle())
        look += f' stroke-linecap="{cap}"' if cap else ""
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


def _titled(title: str) -> str:
    return f"<title>{escape(printable(title))}</title>"


def printable(text: str) -> str:
    """Return text without the control characters that no XML may hold."""
    return "".join(letter for letter in text if letter >= " " or letter in "\t\n")
