"""The map of pages: a small drawing for each, true to the theme, light, and nothing but a drawing."""

import re
from xml.etree import ElementTree

from explorer.figures.theme import css_variables
from explorer.home import ASSETS
from explorer.ui.shell.navigation import MENU

PICTURES = sorted((ASSETS / "map").glob("*.svg"))


def test_every_page_of_the_menu_has_its_picture():
    assert not {entry.name for entry in MENU} - {path.stem for path in PICTURES}
    assert sum(path.stat().st_size for path in PICTURES) <= 200_000


def test_a_picture_is_a_drawing_in_the_colours_of_the_theme():
    known = set(re.findall(r"--bx-[\w-]+", css_variables()))
    for path in PICTURES:
        root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
        for element in root.iter():
            tag = element.tag.rpartition("}")[2]
            assert tag in {"svg", "rect", "path", "circle", "text"}, f"{path.name}: {tag}"
            for name, value in element.attrib.items():
                assert not name.startswith("on") and "href" not in name, path.name
                if name in ("fill", "stroke"):
                    assert value == "none" or re.fullmatch(r"var\((--bx-[\w-]+)\)", value)[1] in known, path.name
        assert root.attrib["viewBox"] == "0 0 192 112"
