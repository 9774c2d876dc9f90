"""The drawing board: text that cannot become markup, lines that fit, a picture that stands alone."""

import re
from xml.etree.ElementTree import Element, fromstring

import pytest
from rich.cells import cell_len

from course.report.svg_drawing import DARK, LIGHT, MARGIN, WIDTH, Drawing, thread_class, wrapped

SVG = "{http://www.w3.org/2000/svg}"
GROUND = {"light": "#ffffff", "dark": "#0d1117"}


def parsed(drawing: Drawing) -> Element:
    """Read the picture back by a strict parser."""
    return fromstring(drawing.svg("a title", ["one", "two"]))


def luminance(colour: str) -> float:
    """Compute the relative luminance of #rrggbb, as WCAG 2 defines it."""
    parts = (int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_text_is_never_markup() -> None:
    """Whatever a student calls a thread."""
    drawing = Drawing()
    drawing.text(0, 0, "</text><script>alert(1)</script>&amp;")
    assert "<script" not in drawing.svg("<title>", ["</desc><script>"])
    (text,) = parsed(drawing).iter(f"{SVG}text")
    assert text.text == "</text><script>alert(1)</script>&amp;"


def test_picture_has_title_and_description_for_screen_readers() -> None:
    """The title is the first child, as readers expect."""
    root = parsed(Drawing())
    assert root.get("role") == "img"
    assert [(child.tag.removeprefix(SVG), child.text) for child in root[:2]] == [
        ("title", "a title"),
        ("desc", "one\ntwo"),
    ]


def test_picture_is_as_high_as_its_content() -> None:
    """And always as wide."""
    drawing = Drawing()
    drawing.y = 200
    assert parsed(drawing).get("viewBox") == f"0 0 {WIDTH} {200 + MARGIN}"


def test_picture_needs_nothing_from_elsewhere() -> None:
    """No script, no font, no image, no address but the name of the format."""
    text = Drawing().svg("a title", [])
    assert re.findall(r"https?://[^\"']+", text) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"url\(|@import|<script|<image|href", text)


def test_rails_lie_behind_what_was_drawn_before() -> None:
    """They cross the whole picture, so their length is known last."""
    drawing = Drawing()
    drawing.rectangle(1, 1, 1, 1, "bar0")
    drawing.rail(0, 0, 100)
    classes = [child.get("class") for child in parsed(drawing)]
    assert classes.index("ground") < classes.index("rail") < classes.index("bar0")


@pytest.mark.parametrize(("ground", "colours"), [("light", LIGHT), ("dark", DARK)])
def test_colours_of_threads_can_be_read_on_their_ground(ground: str, colours: tuple[str, ...]) -> None:
    """At least 4.5 to 1, as WCAG 2 asks for text."""
    for colour in colours:
        dark, light = sorted((luminance(colour), luminance(GROUND[ground])))
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_every_class_of_a_thread_has_a_colour_in_light_and_dark() -> None:
    """Also that of the sixth, which is the first again."""
    text = Drawing().svg("a title", [])
    for kind, selector in (("thread", "text.thread"), ("bar", ".bar"), ("active", ".active"), ("hatch", ".hatch")):
        for number in range(7):
            name = thread_class(kind, number)
            assert text.count(f" {selector}{name.removeprefix(kind)} {{") == 2


@pytest.mark.parametrize(
    ("text", "cells", "most", "lines"),
    [
        ("", 5, None, [""]),
        ("one", 5, None, ["one"]),
        ("one two three", 7, None, ["one two", "three"]),
        ("one  two", 20, None, ["one  two"]),
        ("one\ntwo", 20, None, ["one", "two"]),
        ("abcdefgh", 3, None, ["abc", "def", "gh"]),
        ("取价取价取价", 5, None, ["取价", "取价", "取价"]),
        ("one two three four", 7, 2, ["one two", "three …"]),
        ("abcdefgh", 3, 1, ["ab…"]),
        ("one two", 7, 1, ["one two"]),
    ],
)
def test_long_text_is_wrapped_and_cut_with_a_sign(text: str, cells: int, most: int | None, lines: list[str]) -> None:
    """At blanks where there are some; Chinese characters take two cells."""
    assert wrapped(text, cells, most) == lines
    assert all(cell_len(line) <= cells for line in lines)
