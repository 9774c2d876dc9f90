"""A drawing in the making: text and shapes become SVG that stands alone and reads well in light and dark.

Lengths are pixels. Everything that is written passes through `escape`; positions are numbers of ours.
"""

from collections.abc import Iterable
from xml.sax.saxutils import escape

from rich.cells import cell_len, chop_cells

from course.report.escape import of_width

WIDTH = 900
MARGIN = 20
CELL = 7.9  # the width of a character of LETTERS pixels, with something to spare: monospaced fonts differ a little
LETTERS = 13
SMALL_CELL = 6.7
SMALL = 11

THREADS = 5  # so many colours, then they begin again
LIGHT = ("#0550ae", "#8250df", "#116329", "#8a4600", "#a40e6b")
DARK = ("#79c0ff", "#d2a8ff", "#56d364", "#e3b341", "#ff9bce")

# Rules begin with the class of the drawing, so that they leave a page alone into which it is put.
STYLE = """
.course-drawing { color-scheme: light dark; }
.course-drawing text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono',
  'Noto Sans Mono CJK SC', monospace; white-space: pre; fill: #1f2328; }
.course-drawing .ground { fill: #ffffff; stroke: #d1d9e0; }
.course-drawing .rail { stroke: #d1d9e0; fill: none; }
.course-drawing text.small { font-size: 11px; }
.course-drawing text.dim { fill: #59636e; }
.course-drawing text.bold { font-weight: bold; }
.course-drawing text.alert { fill: #b3261e; }
.course-drawing .arrow { stroke: #b35900; fill: none; stroke-width: 1.5; }
.course-drawing .head { fill: #b35900; }
.course-drawing .stuck { stroke: #b3261e; fill: none; stroke-width: 2; stroke-dasharray: 3 4; }
"""
STYLE_IN_THE_DARK = """
.course-drawing text { fill: #e6edf3; }
.course-drawing .ground { fill: #0d1117; stroke: #3d444d; }
.course-drawing .rail { stroke: #3d444d; }
.course-drawing text.dim { fill: #9da7b1; }
.course-drawing text.alert { fill: #ff8f85; }
.course-drawing .arrow { stroke: #f0a04b; }
.course-drawing .head { fill: #f0a04b; }
.course-drawing .stuck { stroke: #ff8f85; }
"""


def _of_threads(colours: tuple[str, ...]) -> str:
    return "".join(
        f".course-drawing text.thread{number} {{ fill: {colour}; }}\n"
        f".course-drawing .bar{number} {{ fill: {colour}; stroke: {colour}; }}\n"
        f".course-drawing .active{number} {{ fill: none; stroke: {colour}; stroke-width: 5; }}\n"
        f".course-drawing .hatch{number} {{ fill: none; stroke: {colour}; }}\n"
        for number, colour in enumerate(colours)
    )


def thread_class(kind: str, number: int) -> str:
    """The class of a `kind` (thread, bar, active, hatch) in the colour of thread `number`."""
    return f"{kind}{number % THREADS}"


class Drawing:
    """Shapes from top to bottom; `y` is where the next part begins."""

    def __init__(self) -> None:
        self.y: float = MARGIN
        self._shapes: list[str] = []
        self._behind: list[str] = []

    def text(self, x: float, y: float, words: str, classes: str = "", *, anchor: str = "start") -> None:
        """Write one line whose letters stand on `y`."""
        if words:
            named = f' class="{classes}"' if classes else ""
            end = "" if anchor == "start" else f' text-anchor="{anchor}"'
            self._shapes.append(f'<text x="{x:g}" y="{y:g}"{named}{end}>{escape(words)}</text>')

    def rectangle(self, x: float, y: float, width: float, height: float, classes: str) -> None:
        """Draw a box with slightly round corners."""
        size = f'width="{width:g}" height="{height:g}"'
        self._shapes.append(f'<rect x="{x:g}" y="{y:g}" {size} rx="2" class="{classes}"/>')

    def path(self, course: str, classes: str) -> None:
        """Draw along `course`, in the words of SVG."""
        self._shapes.append(f'<path d="{course}" class="{classes}"/>')

    def rail(self, x: float, top: float, bottom: float, classes: str = "rail") -> None:
        """Draw an upright line behind everything else."""
        self._behind.append(f'<path d="M{x:g} {top:g}V{bottom:g}" class="{classes}"/>')

    def svg(self, title: str, described: Iterable[str]) -> str:
        """The whole picture; `title` and `described` are for those who do not see it."""
        words = "\n".join(described)
        height = self.y + MARGIN
        dark = f"@media (prefers-color-scheme: dark) {{{STYLE_IN_THE_DARK}{_of_threads(DARK)}}}"
        size = f'width="{WIDTH}" height="{height:g}" viewBox="0 0 {WIDTH} {height:g}"'
        ground = f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1:g}" rx="6" class="ground"/>'
        return "\n".join(
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" class="course-drawing">',
                f"<title>{escape(title)}</title>",
                f"<desc>{escape(words)}</desc>",
                f"<style>{STYLE}{_of_threads(LIGHT)}{dark}</style>",
                ground,
                *self._behind,
                *self._shapes,
                "</svg>\n",
            )
        )


def wrapped(text: str, cells: int, most: int | None = None) -> list[str]:
    """`text` in lines of at most `cells`, broken at blanks where there are some; no more than `most` lines."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            if line and cell_len(line) + 1 + cell_len(word) > cells:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
            *full, line = chop_cells(line, cells) or [""]
            lines += full
        lines.append(line)
    if most is not None and len(lines) > most:
        lines[most - 1 :] = [of_width(" ".join(lines[most - 1 :]), cells)]
    return lines
