"""Items of the display list as DrawingML: text boxes, lines, freeforms, rectangles and ellipses.

Lengths are English metric units, 12,700 to the point. Every element is named by its gid; the parts of one
item (the squares, say) stand in a group of that name and are numbered, as the ids in an SVG are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from k2meta.figures.lettering.faces import HAN_FAMILY, LATIN_FAMILY, SERIF_FAMILY, measure, split_runs
from k2meta.figures.looks.display import Item, Marks, Page, Points, Segments, Shape, Squares, Stroke, Text
from k2meta.figures.page.clipping import clip_area

__all__ = ["EMU", "Office", "SlidePen", "office_face"]

Box = tuple[float, float, float, float]
EMU = 12700  # to the point
ADJOINING = 0.05  # pt: runs of one cell that touch belong into one text box


class Office(NamedTuple):
    """A face that office programs have: its name, and the share of its line that lies above the baseline."""

    name: str
    share: float


# PowerPoint gives every line 1.2 type sizes and puts the baseline where usWinAscent and usWinDescent of the
# face divide it (measured on its own exports: github.com/developer0hye/office2pdf, issues 513 and 1176);
# LibreOffice puts it at 1.0. The two differ by 0.04 type sizes at most, 0.3 pt at 8 pt.
LINE = 1.2
ARIAL = Office("Arial", 1854 / (1854 + 434))
TIMES = Office("Times New Roman", 1825 / (1825 + 443))
YAHEI = Office("Microsoft YaHei", 2167 / (2167 + 536))
SIMSUN = Office("SimSun", 220 / 256)


def _baseline(faces: Iterable[Office]) -> float:
    """How far under the top of its line a baseline lies, in type sizes: the faces share one line."""
    shares = {face.share for face in faces}
    above, below = max(shares), 1 - min(shares)
    return LINE * above / (above + below)


def office_face(family: str, latin: str) -> Office:
    """Return the face that stands for one of the package's in an office program.

    Parameters
    ----------
    family : str
        Family name of the face that draws the run.
    latin : {"sans", "serif"}
        Kind of the page's Latin face; Chinese follows it.
    """
    chinese = SIMSUN if latin == "serif" else YAHEI
    known = {LATIN_FAMILY: ARIAL, SERIF_FAMILY: TIMES, HAN_FAMILY: chinese}
    # a face found on this machine is asked for by its own name, and stands like the other Chinese
    return known.get(family, chinese._replace(name=family))


@dataclass(frozen=True, slots=True)
class _Piece:
    """What one run of a text box says, in which look."""

    text: str
    face: Office
    of: Text
    han: bool

    def _looks(self, tag: str) -> str:
        """Write the look; all slots get one face, so that no program chooses another for ``±`` or ``χ``."""
        look = self.of
        style = (' b="1"' if look.bold else "") + (' i="1"' if look.italic and not self.han else "")
        name, lang = quoteattr(self.face.name), "zh-CN" if self.han else "en-US"
        return (
            f'<a:{tag} lang="{lang}" sz="{round(look.size * 100)}"{style} kern="0" dirty="0">'
            f"{_fill(look.colour)}<a:latin typeface={name}/><a:ea typeface={name}/>"
            f"<a:cs typeface={name}/></a:{tag}>"
        )

    def run(self) -> str:
        """Write the run."""
        return f"<a:r>{self._looks('rPr')}<a:t>{escape(self.text)}</a:t></a:r>"

    def mark(self) -> str:
        """Write the end of a paragraph in the same look: its face takes part in placing the line."""
        return self._looks("endParaRPr")


def _fill(colour: str) -> str:
    from matplotlib.colors import to_hex, to_rgba

    red_green_blue, alpha = to_hex(colour)[1:].upper(), to_rgba(colour)[3]
    if alpha == 0:
        return "<a:noFill/>"
    clear = f'<a:alpha val="{round(alpha * 1e5)}"/>' if alpha < 1 else ""
    return f'<a:solidFill><a:srgbClr val="{red_green_blue}">{clear}</a:srgbClr></a:solidFill>'


# joins as matplotlib has them: polygons keep their corners, or diamonds would be blunted
_ROUND_JOIN, _MITRE_JOIN = "<a:round/>", '<a:miter lim="800000"/>'


def _line(colour: str, width: float, dashes: Sequence[float] = (), join: str = _ROUND_JOIN) -> str:
    if colour == "none" or width <= 0:
        return "<a:ln><a:noFill/></a:ln>"
    parts = [round(dash / width * 1e5) for dash in dashes]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    stops = "".join(f'<a:ds d="{on}" sp="{off}"/>' for on, off in pairs)
    dashed = f"<a:custDash>{stops}</a:custDash>" if stops else ""
    return f'<a:ln w="{round(width * EMU)}" cap="flat">{_fill(colour)}{dashed}{join}</a:ln>'


def _emu(value: float) -> int:
    return round(value * EMU)


def _place(left: float, top: float, width: float, height: float, turned: str = "") -> str:
    # both corners are rounded, not corner and size, so that shapes that touch go on touching
    x, y = _emu(left), _emu(top)
    size = f'cx="{_emu(left + width) - x}" cy="{_emu(top + height) - y}"'
    return f'<a:xfrm{turned}><a:off x="{x}" y="{y}"/><a:ext {size}/></a:xfrm>'


def _preset(name: str) -> str:
    return f'<a:prstGeom prst="{name}"><a:avLst/></a:prstGeom>'


def _adjoin(one: Text, other: Text) -> bool:
    """Whether a text goes on where another ends, as the runs of one cell do."""
    if not one.gid or (one.gid, one.angle) != (other.gid, other.angle):
        return False
    width, turn = measure(one.text, one.size, one.bold, one.italic).width, math.radians(one.angle)
    gap = (other.x - one.x - width * math.cos(turn), other.y - one.y + width * math.sin(turn))
    return math.hypot(*gap) < ADJOINING


class SlidePen:
    """Writes the items of one page; shape ids count up from 2, as 1 is the slide's own tree.

    Parameters
    ----------
    page : Page
        Its plots turn values of the axes into points.
    picture : callable
        Makes pixels of marks and returns the picture's relation and its left, top, width and height in pt.
    """

    def __init__(self, page: Page, picture: Callable[[Marks], tuple[str, Box]]) -> None:
        self.page = page
        self.picture = picture
        self.count = 1

    def _named(self, name: str, descr: str = "") -> str:
        self.count += 1
        described = f" descr={quoteattr(descr)}" if descr else ""
        return f'id="{self.count}" name={quoteattr(name)}{described}'

    def group(self, name: str, parts: Iterable[str], descr: str = "") -> str:
        """Wrap shapes in a group that has the page's own coordinates."""
        head = self._named(name, descr)
        size = f'<a:off x="0" y="0"/><a:ext cx="{_emu(self.page.width)}" cy="{_emu(self.page.height)}"/>'
        child = size.replace("a:off", "a:chOff").replace("a:ext", "a:chExt")
        return (
            f"<p:grpSp><p:nvGrpSpPr><p:cNvPr {head}/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr>"
            f"<a:xfrm>{size}{child}</a:xfrm></p:grpSpPr>{''.join(parts)}</p:grpSp>"
        )

    def _shape(self, name: str, place: str, geometry: str, looks: str) -> str:
        return (
            f"<p:sp><p:nvSpPr><p:cNvPr {self._named(name)}/><p:cNvSpPr/><p:nvPr/></p:nvSpPr>"
            f"<p:spPr>{place}{geometry}{looks}</p:spPr></p:sp>"
        )

    def items(self) -> Iterator[str]:
        """Yield the XML of everything on the page, in drawing order."""
        pending: list[Text] = []
        for item in self.page.items:
            if isinstance(item, Text) and pending and _adjoin(pending[-1], item):
                pending.append(item)
                continue
            if pending:
                yield self.text(pending)
            pending = [item] if isinstance(item, Text) else []
            if not isinstance(item, Text):
                yield self.drawn(item)
        if pending:
            yield self.text(pending)

    def drawn(self, item: Item) -> str:
        """Write an item that is no text."""
        if isinstance(item, Stroke):
            points = self._points(item.points, item.space, item.panel)
            return self.open_line(item.gid, points, _line(item.colour, item.width, item.dashes))
        if isinstance(item, Segments):
            looks = _line(item.colour, item.width)
            return self.group(
                item.gid,
                [
                    self.open_line(f"{item.gid}.{i + 1}", self._points(line, item.space, item.panel), looks)
                    for i, line in enumerate(item.lines)
                ],
            )
        if isinstance(item, Shape):
            return self.polygon(item)
        if isinstance(item, Squares):
            colours = [item.colour if shown else "none" for shown in item.shown]
            fills = tuple(colours)
            squares = Marks(item.x, item.y, item.area, item.mark, fills, item.gid, panel=item.panel)
            return self.marks(squares)
        if isinstance(item, Marks):
            return self.pixels(item) if item.pixels else self.marks(item)
        raise TypeError(f"no way to write a {type(item).__name__}")

    def _points(self, points: Points, space: str, panel: int) -> Points:
        if space == "page":
            return points
        plot = self.page.plots[panel]
        return tuple((plot.x(x), plot.y(y)) for x, y in points)

    def text(self, runs: Sequence[Text]) -> str:
        """Write the runs of one line as a text box: no insets, no wrapping, no fitting."""
        first = runs[0]
        if not any(run.text.strip() for run in runs):
            return ""
        pieces = [
            _Piece(piece, office_face(face.family, self.page.latin), run, face.family not in _LATIN)
            for run in runs
            for piece, face in split_runs(run.text, run.bold, run.italic)
        ]
        size = max(run.size for run in runs)
        ascent, height = _baseline(piece.face for piece in pieces) * size, LINE * size
        width = sum(measure(run.text, run.size, run.bold, run.italic).width for run in runs)
        # a box narrower than its text by a hair would be centred on it by some programs
        width += 0.02 * width + 1
        turn = math.radians(first.angle)
        along, down = width / 2, height / 2 - ascent
        middle = (
            first.x + along * math.cos(turn) + down * math.sin(turn),
            first.y - along * math.sin(turn) + down * math.cos(turn),
        )
        rotation = f' rot="{round(-first.angle % 360 * 60000)}"' if first.angle else ""
        place = _place(middle[0] - width / 2, middle[1] - height / 2, width, height, rotation)
        return (
            f"<p:sp><p:nvSpPr><p:cNvPr {self._named(first.gid or 'k2:text')}/>"
            f'<p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr><p:spPr>{place}{_preset("rect")}<a:noFill/></p:spPr>'
            '<p:txBody><a:bodyPr wrap="none" lIns="0" tIns="0" rIns="0" bIns="0" rtlCol="0" anchor="t">'
            '<a:noAutofit/></a:bodyPr><a:lstStyle/><a:p><a:pPr marL="0" indent="0" algn="l">'
            '<a:lnSpc><a:spcPct val="100000"/></a:lnSpc><a:spcBef><a:spcPts val="0"/></a:spcBef>'
            '<a:spcAft><a:spcPts val="0"/></a:spcAft><a:buNone/></a:pPr>'
            f"{''.join(piece.run() for piece in pieces)}{pieces[0].mark()}</a:p></p:txBody></p:sp>"
        )

    def open_line(self, name: str, points: Points, looks: str) -> str:
        """Write a line: a connector between two points, else a freeform."""
        if len(points) == 2:
            (x0, y0), (x1, y1) = points
            flips = (' flipH="1"' if x1 < x0 else "") + (' flipV="1"' if y1 < y0 else "")
            place = _place(min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0), flips)
            return (
                f"<p:cxnSp><p:nvCxnSpPr><p:cNvPr {self._named(name)}/><p:cNvCxnSpPr/><p:nvPr/></p:nvCxnSpPr>"
                f"<p:spPr>{place}{_preset('line')}{looks}</p:spPr></p:cxnSp>"
            )
        return self._freeform(name, [points], closed=False, looks=f"<a:noFill/>{looks}")

    def _freeform(self, name: str, outlines: Sequence[Points], *, closed: bool, looks: str) -> str:
        xs = [x for points in outlines for x, _ in points]
        ys = [y for points in outlines for _, y in points]
        left, top, width, height = min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
        steps: list[str] = []
        for points in outlines:
            spots = [f'<a:pt x="{_emu(x) - _emu(left)}" y="{_emu(y) - _emu(top)}"/>' for x, y in points]
            steps += [f"<a:moveTo>{spots[0]}</a:moveTo>", *(f"<a:lnTo>{spot}</a:lnTo>" for spot in spots[1:])]
            steps += ["<a:close/>"] if closed else []
        filling = "" if closed else ' fill="none"'
        size = f'w="{_emu(left + width) - _emu(left)}" h="{_emu(top + height) - _emu(top)}"'
        geometry = (
            "<a:custGeom><a:avLst/><a:gdLst/><a:ahLst/><a:cxnLst/>"
            '<a:rect l="0" t="0" r="r" b="b"/>'
            f"<a:pathLst><a:path {size}{filling}>{''.join(steps)}</a:path>"
            "</a:pathLst></a:custGeom>"
        )
        return self._shape(name, _place(left, top, width, height), geometry, looks)

    def polygon(self, item: Shape) -> str:
        """Write a filled polygon: a rectangle where it is one, else a freeform, cut as the item asks."""
        points = item.points
        if item.clipped and item.space == "plot":
            points = clip_area(points, self.page.plots[item.panel])
        if len(points) < 3:
            return ""
        points = self._points(points, item.space, item.panel)
        fill = "<a:noFill/>" if item.fill == "none" else _fill(item.fill)
        looks = fill + _line(item.edge, item.edge_width, join=_MITRE_JOIN)
        xs, ys = {x for x, _ in points}, {y for _, y in points}
        corners = list(dict.fromkeys(points))
        upright = all(
            (a[0] == b[0]) != (a[1] == b[1]) for a, b in zip(corners, [*corners[1:], corners[0]], strict=True)
        )
        if len(corners) == 4 and len(xs) == len(ys) == 2 and upright:
            place = _place(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
            return self._shape(item.gid, place, _preset("rect"), looks)
        return self._freeform(item.gid, [points], closed=True, looks=looks)

    def pixels(self, item: Marks) -> str:
        """Write a cloud of many thousand points as a picture: that many shapes would not open."""
        relation, box = self.picture(item)
        return (
            f"<p:pic><p:nvPicPr><p:cNvPr {self._named(item.gid)}/><p:cNvPicPr/><p:nvPr/></p:nvPicPr>"
            f'<p:blipFill><a:blip r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch></p:blipFill>'
            f"<p:spPr>{_place(*box)}{_preset('rect')}</p:spPr></p:pic>"
        )

    def marks(self, item: Marks) -> str:
        """Write points as a group of ready-made shapes, each of its own area."""
        points = self._points(tuple(zip(item.x, item.y, strict=True)), item.space, item.panel)
        fills = [item.fill] * len(item.x) if isinstance(item.fill, str) else item.fill
        parts = []
        for i, (at, area, fill) in enumerate(zip(points, item.area, fills, strict=True)):
            if fill == "none" and (item.edge == "none" or item.edge_width <= 0):
                continue
            name = f"{item.gid}.{i + 1}"
            parts.append(self._mark(name, item, at, math.sqrt(area), fill))
        return self.group(item.gid, parts)

    def _mark(self, name: str, item: Marks, at: tuple[float, float], side: float, fill: str) -> str:
        x, y = at
        if item.shape in _STROKES:
            width = _line(fill, item.edge_width)
            arms: list[Points] = [
                tuple((x + dx * side, y + dy * side) for dx, dy in arm) for arm in _STROKES[item.shape]
            ]
            return self._freeform(name, arms, closed=False, looks=f"<a:noFill/>{width}")
        preset, wide, high, above, flips = _READY_MADE[item.shape]
        place = _place(x - wide * side / 2, y - above * side, wide * side, high * side, flips)
        edge = _line(item.edge, item.edge_width, join=_MITRE_JOIN)
        looks = ("<a:noFill/>" if fill == "none" else _fill(fill)) + edge
        return self._shape(name, place, _preset(preset), looks)


_LATIN = (LATIN_FAMILY, SERIF_FAMILY)
_ROUND = 2 / math.sqrt(math.pi)
_TRIANGLE = 2 / 3**0.75  # circumradius of an equilateral triangle of area 1
# preset, width, height and reach above the point, all of a mark of area 1
_READY_MADE = {
    "square": ("rect", 1.0, 1.0, 0.5, ""),
    "circle": ("ellipse", _ROUND, _ROUND, _ROUND / 2, ""),
    "diamond": ("diamond", math.sqrt(2), math.sqrt(2), math.sqrt(0.5), ""),
    "triangle": ("triangle", _TRIANGLE * math.sqrt(3), _TRIANGLE * 1.5, _TRIANGLE, ""),
    "triangle-down": (
        "triangle",
        _TRIANGLE * math.sqrt(3),
        _TRIANGLE * 1.5,
        _TRIANGLE / 2,
        ' flipV="1"',
    ),
}
_STROKES: dict[str, tuple[Points, ...]] = {
    "cross": (((-0.5, -0.5), (0.5, 0.5)), ((-0.5, 0.5), (0.5, -0.5))),
    "plus": (((-0.5, 0.0), (0.5, 0.0)), ((0.0, -0.5), (0.0, 0.5))),
}
