"""The pictures: each character in its column, no external resources, and every scene drawn."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pyte
import pytest

from screenshots.draw import SCENES
from screenshots.svg import CELL, LINE, Frame, film, picture, rows_of
from tests.kit.emulator import Emulator

FOLDER = Path(__file__).parents[2] / "screenshots"
README = FOLDER.parent / "README.md"
SVG = "{http://www.w3.org/2000/svg}"
NAMES = [scene.name for scene in SCENES] + ["session"]


def shown(text: str, columns: int = 30, rows: int = 4) -> pyte.Screen:
    screen = Emulator(columns, rows)
    pyte.Stream(screen).feed(text)
    return screen


def words(document: str) -> dict[str, ElementTree.Element]:
    """Return the texts of the screen, without the title."""
    found = {
        element.text or "": element
        for element in ElementTree.fromstring(document).iter(f"{SVG}text")
    }
    del found["title"]
    return found


def test_each_word_is_at_its_column_and_as_wide_as_its_cells() -> None:
    found = words(picture(rows_of(shown("  ab  \x1b[1mé<&\x1b[0mcd\r\n漢字 x 👩‍🚀")), "title"))
    # Spaces are gaps, never characters: some renderers drop them at the start of a text.
    assert set("".join(found)).isdisjoint(" \xa0")
    places = {
        text: (float(element.attrib["x"]) / CELL, element.get("textLength"))
        for text, element in found.items()
    }
    assert places["ab"] == (2, str(2 * CELL))
    assert places["é<&"] == (6, str(3 * CELL))
    assert places["cd"] == (9, str(2 * CELL))
    assert places["漢"] == (1, None)
    assert places["字"] == (3, None)
    assert found["字"].attrib["text-anchor"] == "middle"
    assert places["x"][0] == 5


def test_lines_and_blocks_are_shapes_that_meet_their_neighbours() -> None:
    document = picture(rows_of(shown("╭─┤▐\r\n│\r\n━╳", rows=3)), "title")
    assert set(words(document)) == {"╳"}
    paths = [element.attrib["d"] for element in ElementTree.fromstring(document).iter(f"{SVG}path")]
    assert f"L{CELL} {LINE / 2:g}" in paths[1]  # the right end of ─
    assert all(f"{CELL / 2:g} {y}" in path for path, y in ((paths[0], LINE), (paths[3], LINE)))
    (block,) = [
        element
        for element in ElementTree.fromstring(document).iter(f"{SVG}rect")
        if element.get("x") == f"{3.5 * CELL:g}"
    ]
    assert block.attrib["width"] == f"{CELL / 2:g}"


def test_colours_are_those_of_the_cells() -> None:
    document = picture(rows_of(shown("\x1b[38;2;1;2;3;48;2;4;5;6mab\x1b[0m\x1b[7mcd")), "title")
    assert re.search(r'<g fill="#010203"><text[^>]*>ab<', document)
    assert re.search(
        rf'<rect x="0" y="0" width="{2 * CELL}" height="{LINE}" fill="#040506"/>', document
    )
    assert re.search(r'<g fill="#121212"><text[^>]*>cd<', document)


def test_a_film_shows_one_frame_at_a_time_and_the_first_if_paused() -> None:
    frames = [
        Frame(rows_of(shown(text)), seconds, key)
        for text, seconds, key in (("one", 1.0, ""), ("two", 2.0, "j"), ("one", 1.0, "k"))
    ]
    document = film(frames, "title")
    spans = re.findall(r"@keyframes k\d\{(.*)\}\n", document)
    assert spans == [
        "0.000%{visibility:visible}25.000%,100%{visibility:hidden}",
        "0%{visibility:hidden}25.000%{visibility:visible}75.000%,100%{visibility:hidden}",
        "0%{visibility:hidden}75.000%{visibility:visible}100.000%,100%{visibility:hidden}",
    ]
    assert document.count(">one<") == document.count(">two<") == 1
    assert document.count('class="frame first"') == 1
    assert "prefers-reduced-motion" in document


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_needs_nothing_from_elsewhere(name: str) -> None:
    document = (FOLDER / f"{name}.svg").read_text("utf-8")
    assert len(document) < 1_000_000
    assert "@font-face" not in document
    outside = re.findall(
        r"(?:href|src)=.(?!#)|url\(|https?://[^\"]*", re.sub(r">[^<]*<", "><", document)
    )
    assert outside == ["http://www.w3.org/2000/svg"]
    ElementTree.fromstring(document)


def test_every_picture_is_drawn_by_a_scene_and_every_link_has_its_picture() -> None:
    drawn = {path.stem for path in FOLDER.glob("*.svg")} - {"round-trips"}
    assert drawn == set(NAMES), "run: make screenshots"
    linked = set(re.findall(r"\(screenshots/([\w-]+)\.svg\)", README.read_text("utf-8")))
    assert {"list", "viewer", "why", "quit", "statistics", "session"} <= linked
    assert linked <= {*NAMES, "round-trips"}
