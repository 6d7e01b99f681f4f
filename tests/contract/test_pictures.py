"""The pictures of docs/pictures: each has its script, and everybody can read it on any ground."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
NAMES = sorted(path.stem for path in FOLDER.glob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"
DARK = "@media (prefers-color-scheme: dark) {"
ENOUGH = 4.5  # the contrast that WCAG 2 asks for, level AA
LARGEST = 60_000  # bytes
SHOWN, ON_A_PHONE = 640, 358  # pixels across
SCROLLED = (
    576  # pixels across: docs/static/site.css lets the picture of a terminal scroll on a phone
)
SMALLEST_TEXT = 11  # pixels


def read(name: str) -> ElementTree.Element:
    return ElementTree.fromstring((FOLDER / f"{name}.svg").read_text())


def text_in(picture: ElementTree.Element, tag: str) -> str:
    element = picture.find(SVG + tag)
    return (element.text or "") if element is not None else ""


def colors(style: str) -> dict[str, str]:
    """Return what each class fills with."""
    return dict(re.findall(r"^\.(\w+) \{ fill: (#\w{6}) \}", style, flags=re.M))


def luminance(color: str) -> float:
    """Return how light a color is, as WCAG 2 defines it."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_contrast_is_the_one_that_wcag_gives() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def test_each_picture_has_a_script_and_each_script_its_picture() -> None:
    scripts = {path.stem for path in FOLDER.glob("*.py")} - {"drawing"}

    assert scripts == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_script_says_how_it_is_run(name: str) -> None:
    script = (FOLDER / f"{name}.py").read_text()

    assert f"\npython -m docs.pictures.{name} >docs/pictures/{name}.svg\n" in script


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_says_in_words_what_it_shows(name: str) -> None:
    picture = read(name)

    assert picture.get("role") == "img"
    assert len(text_in(picture, "title")) > 20
    assert len(text_in(picture, "desc")) > 80


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_small_and_fits_any_width(name: str) -> None:
    picture = read(name)

    assert (FOLDER / f"{name}.svg").stat().st_size < LARGEST
    assert picture.get("width") == str(SHOWN)
    assert picture.get("height") is None


@pytest.mark.parametrize("name", NAMES)
def test_the_text_of_a_picture_can_be_read_on_a_phone(name: str) -> None:
    picture = read(name)
    sizes = dict(re.findall(r"^(\S+) \{ font: (\d+)px", text_in(picture, "style"), flags=re.M))
    units = int(picture.get("viewBox", "").split()[2])
    across = SCROLLED if name == "watch" else ON_A_PHONE

    for element in picture.findall(SVG + "text"):
        is_screen = "screen" in element.get("class", "").split()
        size = int(sizes[".screen" if is_screen else "text"])
        assert size * across / units >= SMALLEST_TEXT, element.text


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_the_text_of_a_picture_can_be_read_on_its_ground(name: str, scheme: str) -> None:
    picture = read(name)
    light, dark = map(colors, text_in(picture, "style").split(DARK))
    known = light if scheme == "light" else dark
    ground = picture.find(SVG + "rect")
    texts = picture.findall(SVG + "text")

    assert ground is not None
    assert ground.get("class") == "ground"
    assert f"0 0 {ground.get('width')} {ground.get('height')}" == picture.get("viewBox")
    assert texts
    for element in texts:
        [color] = [known[kind] for kind in element.get("class", "").split() if kind in known]
        assert contrast(color, known["ground"]) >= ENOUGH, element.text
